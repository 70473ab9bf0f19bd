"""
The rows of each download: what the logs hold, with names beside codes and words beside reasons.

Whoever gets a table has no second one to look a code up in. Everything comes in blocks of columns,
for a million rows are written as fast as columns are and not as single rows.
"""
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from attribution.office import audit, patrols
from attribution.reports import beside, difference_table, finance_points, progress
from attribution.reports.lines import Line, ProgressTable
from attribution.reports.words import APPS, FLAGS, GRADES, REASONS
from attribution.rule.instants import day_of
from attribution.store import Store, export_pages, patrol_log, registry
from attribution.store.engine.database import Columns, Row
from attribution.store.export_pages import Filter

TABLES: dict[str, Callable[..., ProgressTable]] = {
    "area": progress.by_area, "bank": progress.by_bank, "line": progress.by_unit,
    "department": progress.by_unit,
}


def in_blocks(rows: Iterable[Row]) -> Iterator[Columns]:
    """Yield *rows*, all with the same names, as what an Export is made of."""
    every = iter(rows)
    while some := list(islice(every, export_pages.PAGE)):
        yield {name: [row[name] for row in some] for name in some[0]}


class _Words(dict[Any, str]):
    """Words by what they are of; what has none is said as it is, and nothing is ''."""

    def __missing__(self, value: Any) -> str:
        return str(value or "")

    def of(self, values: Sequence[Any]) -> list[str]:
        return list(map(self.__getitem__, values))


_APPS, _FLAGS, _PATROLS = _Words(APPS), _Words(FLAGS), _Words(patrols.STATES)


def _names(store: Store, campaign: str) -> _Words:
    with store.read() as connection:
        units = registry.read(connection, campaign).units
    return _Words({id: unit.name for id, unit in units.items()})


def scans(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield scans, oldest first."""
    names = _names(store, campaign)
    for block in export_pages.scans(store, campaign, chosen):
        yield {
            **block, "unit_name": names.of(block["unit"]),
            "client_text": _APPS.of(block["client"]),
            "flag_text": _FLAGS.of(block["flag"]),
        }


def claims(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield claims, oldest first, with what befell them."""
    names = _names(store, campaign)
    for block in export_pages.claims(store, campaign, chosen):
        yield {
            **block, "unit_name": names.of(block["unit"]),
            "client_text": _APPS.of(block["client"]),
            "state": [
                "已撤回" if withdrawn_at is not None else "待核查" if review == "held" else "正常"
                for withdrawn_at, review
                in zip(block["withdrawn_at"], block["review"], strict=True)
            ],
            "verified": ["是" if verified else "否" for verified in block["verified"]],
        }


def attribution(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield everybody, in the order of their claims or, without one, of registration."""
    names = _names(store, campaign)
    for block in export_pages.standings(store, campaign, chosen, credited=False):
        yield {
            **block, "credited_name": names.of(block["credited"]),
            "claimed_name": names.of(block["claimed_unit"]),
            "reason_text": [REASONS.get(reason or "", "有效新用户") for reason in block["reason"]],
            "verified": [{1: "是", 0: "否"}.get(verified, "") for verified in block["verified"]],
            "grade": _grades(block),
        }


def credited(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield the effective new users, in the order in which they became so."""
    names = _names(store, campaign)
    for block in export_pages.standings(store, campaign, chosen, credited=True):
        yield {
            **block, "unit": block["credited"], "unit_name": names.of(block["credited"]),
            "grade": _grades(block),
        }


def _grades(block: Columns) -> list[str]:
    """Return by what of the number each person's facts came, '' where there are none."""
    return [
        "" if registered_at is None else GRADES[grade or "number"]
        for grade, registered_at in zip(block["grade"], block["registered_at"], strict=True)
    ]


def differences(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield the difference ledger, as `difference_table` has it."""
    found = difference_table.chosen_by(chosen)
    yield from difference_table.rows_of(store, campaign, found, REASONS)


def patrolled(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield what patrols found; whose a code is that is not theirs, units are not told."""
    names = _names(store, campaign)
    for block in patrol_log.pages(store, campaign, chosen):
        hidden = [state == "others" and chosen.only is not None for state in block["state"]]
        for name in ("code_unit", "issue", "placement"):
            block[name] = [
                None if hide else value for hide, value in zip(hidden, block[name], strict=True)
            ]
        yield {
            **block, "unit_name": names.of(block["unit"]),
            "code_name": names.of(block["code_unit"]), "state_text": _PATROLS.of(block["state"]),
        }


def counts(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield what the platform counted without a name, beside ours."""
    lines = beside.table(store, campaign, *_days(chosen), only=chosen.only)
    yield from in_blocks(
        {
            "place": line.place, "name": line.name, "source": line.source,
            "first_day": line.since, "last_day": line.until,
            **{f"platform_{name}": n for name, n in line.theirs.items()}, **line.ours,
        }
        for line in lines if chosen.unit in (None, line.place)
    )


def progressed(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield the progress table that is chosen: its sums, then its lines."""
    since, until = _days(chosen)
    kind = {"kind": chosen.by} if TABLES[chosen.by] is progress.by_unit else {}
    table = TABLES[chosen.by](
        store, campaign, since, until, period=chosen.period, only=chosen.only, **kind
    )
    yield from in_blocks(
        {
            "number": number, "level": level, "unit": line.key, "name": line.name,
            "area": line.area, "bank": line.bank, "note": line.note,
            "target": line.target, "rate": line.rate, "fresh": line.fresh, "rank": line.rank,
            "corrected": line.corrected,
            "gap": None if chosen.share is None else line.gap(chosen.share),
            **{kind: line.counts.get(kind, 0) for kind in progress.COLUMNS},
        }
        for number, level, line, of in _levels(table, chosen.by)
        # A bank with its branches.
        if chosen.unit in (None, line.key, of)
    )


def surveyed(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield the survey points: their sum, each of them, then the same by area and by bank."""
    only = chosen.only if chosen.unit is None else frozenset({chosen.unit})
    table = finance_points.read(store, campaign, *_days(chosen), only=only)
    yield from in_blocks(
        {
            "number": number or None, "level": level, "unit": line.key, "name": line.name,
            "area": table.area_name(line) if line.codes else "",
            "bank": table.bank_names(line) if line.codes else "",
            "points": line.points, "scans": line.scans, "ways": line.ways, "share": line.share,
            "note": line.note,
        }
        for level, lines in (
            ("合计", [table.total]), ("调查点", table.points), ("按乡镇", table.areas),
            ("按银行", table.banks),
        )
        for number, line in enumerate(lines, 1 if level != "合计" else 0)
    )


def _levels(table: ProgressTable, by: str) -> Iterator[tuple[int | None, str, Line, str]]:
    """Yield number, level and each line, with the id of the line that it is a part of."""
    for head in table.heads:
        yield None, "其他" if head.rest else "合计", head, ""
    word = {"area": "乡镇", "bank": "银行", "line": "网点", "department": "部门"}[by]
    for number, line in enumerate(table.lines, 1):
        yield None if line.rest else number, "其他" if line.rest else word, line, ""
        for child in line.children:
            yield None, f"{word}之内", child, line.key


def _days(chosen: Filter) -> tuple[int, int]:
    since = day_of(chosen.since) if chosen.since is not None else 0
    until = day_of(chosen.until - 1) + 1 if chosen.until is not None else 99_999_999
    return since, until


def audited(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield the entries of the audit log."""
    # Whoever shows them has the words for what was done; the kept text is what the hash covers.
    yield from in_blocks(
        {**row, "deed": row["what"], "kept": row["detail"]} for row in audit.entries(store)
    )
