"""
What a unit has to work off, and its people by the last four digits: of the moment it is read.

A unit's account sees no difference ledger, for a row of a file is of no unit yet; whose person's
claim or credit is a unit's, that row is the unit's to look into, and is all it gets: no batch, no
other unit, nobody who dealt with it. What patrols found of another's code is not told either.
"""
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from attribution.ledger import Ledger
from attribution.office import paper, patrols
from attribution.office.paper import OldPaper
from attribution.reports import difference_table, exports, spreadsheets
from attribution.reports.exports import EXPORTS, Column, Export
from attribution.reports.words import REASONS
from attribution.rule.instants import DAY, Instant, local_text
from attribution.store import patrol_log, registry, standings
from attribution.store.difference_rows import Chosen
from attribution.store.engine.database import Columns, Row, height
from attribution.store.export_pages import Filter
from attribution.store.registry import Registry

# Patrols of longer ago say nothing of the walls of today.
PATROLLED = 60 * DAY

DIFFERENCES = Export(
    "differences", "待办差异",
    (
        Column("id", "流水号", "digits"), Column("at", "发现时间", "time"),
        Column("last4", "手机尾号", "digits"), Column("category_text", "种类"),
        Column("reason_text", "原因"), Column("step", "不一致的步骤"), Column("was", "原值"),
        Column("now", "新值"), Column("moved", "归属有变化"),
    ),
    lambda *_: iter(()),
)
POSTERS = Export(
    "posters", "海报待办",
    (
        Column("unit", "单位编号"), Column("name", "单位名称"), Column("place", "张贴点"),
        Column("state", "情况"), Column("seen", "什么时候发现", "time"), Column("do", "怎么办"),
    ),
    lambda *_: iter(()),
)
# Of what the console gives out, what one needs to see who stands where: so much is readable on
# a sheet of paper.
_PEOPLE = {
    "last4", "claimed_at", "claimed_unit", "claimed_name", "verified", "registered_at",
    "card_bound_at", "first_txn_at", "effective_at", "credited", "reason_text", "first_claim",
}
PEOPLE = replace(EXPORTS["attribution"], title="人员进度", columns=tuple(
    column for column in EXPORTS["attribution"].columns if column.key in _PEOPLE
))
_DO = {
    "void": "换上现在的版次", "missing": "补贴一张", "former": "撕下，换上本活动的",
    "pasted": "撕下盖住的码，拍照告诉县专班", "forged": "撕下，拍照告诉县专班",
    "copied": "撕下，拍照告诉县专班", "unlisted": "撕下，问县专班",
    "unread": "看清楚，污损的换新", "foreign": "看是不是盖住了自己的码",
    "elsewhere": "看是不是贴错了地方",
}


@dataclass(frozen=True)
class ToWorkOff:
    """What is to be worked off, by code, read once for all packs."""

    differences: Mapping[str, Sequence[Row]]
    posters: Mapping[str, Sequence[Row]]

    def of(self, codes: Collection[str]) -> tuple[list[Row], list[Row]]:
        """Return the differences and the posters of *codes*."""
        return (
            [row for code in sorted(codes) for row in self.differences.get(code, ())],
            [row for code in sorted(codes) for row in self.posters.get(code, ())],
        )


def read(ledger: Ledger, now: Instant) -> ToWorkOff:
    """Return what every code has to work off at *now*."""
    with ledger.store.read() as connection:
        units = registry.read(connection, ledger.campaign.id)
    posters: dict[str, list[Row]] = defaultdict(list)
    for row in (*_patrolled(ledger, units, now), *_revoked(units),
                *_reprinted(paper.wrong(ledger, now), units)):
        posters[row["unit"]].append(row)
    return ToWorkOff(_differences(ledger), posters)


def people(ledger: Ledger, only: frozenset[str], mark: str) -> tuple[bytes, int]:
    """Return the people of the codes *only* as a workbook, by last four digits; and how many."""
    count = 0

    def counted(blocks: Iterable[Columns]) -> Iterator[Columns]:
        nonlocal count
        for block in blocks:
            count += height(block)
            yield block

    blocks = PEOPLE.blocks(ledger.store, ledger.campaign.id, Filter(only=only))
    content = b"".join(spreadsheets.stream_xlsx(PEOPLE, counted(blocks), about=mark))
    return content, count


def table(export: Export, rows: Sequence[Row], mark: str) -> bytes:
    """Return *rows* as a workbook with the columns of *export*."""
    about = f"{mark}　共 {len(rows):,} 条"  # an empty table says that it is one
    return b"".join(spreadsheets.stream_xlsx(export, exports.in_blocks(rows), about=about))


def _differences(ledger: Ledger) -> dict[str, list[Row]]:
    """Return the open differences of each code that its person's claim or credit is of."""
    found: dict[str, list[Row]] = defaultdict(list)
    campaign = ledger.campaign.id
    for block in difference_table.rows_of(ledger.store, campaign, Chosen("open"), REASONS):
        persons = sorted({person for person in block["person"] if person})
        with ledger.store.read() as connection:
            where = standings.standings_of(connection, campaign, persons)
        for values in zip(*block.values(), strict=True):
            row = dict(zip(block, values, strict=True))
            stands = where.get(row["person"])
            code = stands and (stands.credited or stands.unit)
            if code:
                found[code].append({column.key: row[column.key] for column in DIFFERENCES.columns})
    return found


def _patrolled(ledger: Ledger, units: Registry, now: Instant) -> Iterator[Row]:
    """Yield what patrols found wrong at each place and was not found right since."""
    wrong: dict[tuple[str, str, str], Row] = {}
    newest: dict[str, int] = {}
    for block in patrol_log.pages(
        ledger.store, ledger.campaign.id, Filter(since=now - PATROLLED)
    ):
        for values in zip(*block.values(), strict=True):
            row = dict(zip(block, values, strict=True))
            unit = str(row["code_unit"] or row["unit"])
            newest[row["unit"]] = row["visit"]
            if row["state"] == "genuine":
                for state in ("void", "missing"):
                    wrong.pop((unit, row["placement"] or "", state), None)
            elif row["state"] in _DO and unit:
                wrong[unit, row["placement"] or "", row["state"]] = row
    for (unit, placement, state), row in wrong.items():
        # What is of no place of ours, or is another's, is seen to be gone by the next patrol only.
        if state in ("void", "missing") or newest[row["unit"]] == row["visit"]:
            yield _poster(units, unit, placement, patrols.STATES[state], row["at"], _DO[state])


def _revoked(units: Registry) -> Iterator[Row]:
    for unit, issue in sorted(units.revoked):
        if unit in units.units:
            yield _poster(
                units, unit, "", f"第{issue}版已作废", None,
                f"墙上还有第{issue}版的都取下，换第{units.units[unit].issue}版",
            )


def _reprinted(old: Iterable[OldPaper], units: Registry) -> Iterator[Row]:
    for one in old:
        if one.state != "active":
            yield _poster(units, one.unit, "", "单位已停用或并入", one.printed, "旧海报取下")
        else:
            printed = f"{local_text(one.anew)[:10]} 印好的新海报换上" if one.anew else "重印后换上"
            told = "、".join(dict.fromkeys(
                _PAPER.get(difference.what, "海报文字") for difference in one.differences
            ))
            yield _poster(
                units, one.unit, "", f"旧海报上的{told}改了", one.printed,
                f"{printed}，换好后在后台“要重印的海报”里勾上",
            )


_PAPER = {
    "name": "名称", "second": "第二行", "issue": "版次", "hotline": "咨询电话",
    "period": "活动时间", "campaign": "活动简称", "document": "文号", "issuer": "主办",
    "demo": "演示字样",
    "look": "颜色或标志",
}


def _poster(
    units: Registry, unit: str, place: str, state: str, seen: Instant | None, do: str
) -> dict[str, Any]:
    known = units.units.get(unit)
    return {
        "unit": unit, "name": known.name if known else "", "place": place, "state": state,
        "seen": seen, "do": do,
    }
