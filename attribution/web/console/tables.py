"""The progress tables: as Attachment 1, by bank and branch, by line, by department."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask import abort, render_template, request

from attribution.office import naming
from attribution.reports import outlook, pace, progress, silent
from attribution.reports.lines import Line, ProgressTable, added
from attribution.reports.pace import Degree
from attribution.reports.whose import COUNTY
from attribution.rule import instants
from attribution.rule.instants import Instant, local_text
from attribution.web.console import access, days
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import page_of, whole_number
from attribution.web.current import service
from qrgen.texts import fold

VIEWS = {
    "area": "按乡镇（附件1）", "bank": "按银行→网点", "line": "对接明细（乡镇×网点）",
    "matrix": "乡镇×银行矩阵", "department": "按部门",
}
_HEADINGS = {
    "bank": "银行、网点", "line": "乡镇·网点", "matrix": "乡镇·网点", "department": "部门",
}
SIZES = ("50", "100", "500")
FILTERS = ("view", "period", "from", "to", "sort", "dir", "q", "state", "size", "offset")
# Which lines: how far they stand from the pace, and who brings nobody.
STANDS = {
    **{how.style: f"{how.sign} {how.word}" for how in Degree if how.word},
    "fallen": "归零", "never": "一个也没有",
}


def _count_of(step: str) -> Callable[[Line], int]:
    return lambda line: line.counts.get(step, 0)


# What a table may be sorted by.
_KEYS: dict[str, Callable[[Line], Any]] = {
    "target": lambda line: line.target or -1,
    "fresh": lambda line: line.fresh,
    "corrected": lambda line: line.corrected,
    "rate": lambda line: -1 if line.rate is None else line.rate,
    "rank": lambda line: line.rank or 10**6,
    "name": lambda line: line.name,
    **{step: _count_of(step) for step in progress.STEPS},
}


@dataclass(frozen=True)
class Shown:
    """A table as it is shown: of which view, over which period, in which order."""

    view: str
    title: str
    table: ProgressTable
    chosen: dict[str, str]
    period: tuple[int, int]
    period_text: str
    share: Decimal
    until: str

    @property
    def heading(self) -> str:
        """How the column of names is headed."""
        return _HEADINGS.get(self.view, "乡镇（社区）")

    @property
    def of_whom(self) -> str:
        """Whose numbers they are, where it is not the whole county."""
        return "" if self.table.whose == COUNTY else f"（{self.table.whose}）"

    @property
    def days(self) -> dict[str, str]:
        """The period as a filter of rows."""
        return days.span(*self.period)


@pages.get("/table")
@allow(*access.EVERYBODY)
def table() -> str:
    """Show a progress table."""
    shown = read_shown()
    common = {
        "shown": shown, "views": VIEWS, "stands": STANDS, "steps": progress.STEPS,
        "periods": days.PRESETS, "usual": days.USUAL,
        "parts": _parts(shown.table),
        "explained": pace.EXPLAINED,
    }
    if shown.view == "matrix":
        banks, rows, sums = _matrix(shown.table)
        return render_template(
            "admin/matrix.html", banks=banks, rows=rows, sums=sums, degrees=Degree,
            **common
        )
    size = shown.chosen.get("size", SIZES[0])
    if size not in SIZES:
        abort(400)
    offset = whole_number(shown.chosen.get("offset", "0"))
    lines = shown.table.lines[offset : offset + int(size)]
    return render_template(
        "admin/table.html", lines=lines, first=offset + 1, size=size, sizes=SIZES,
        page=page_of(offset, len(lines), len(shown.table.lines), int(size)), **common,
    )


def _parts(table: ProgressTable) -> dict[str, dict[str, str]]:
    """Return the columns behind a step's own that have anything to tell."""
    lesser = len(service().campaign.grades) > 1
    return {
        "claimant": progress.ASSISTED if table.total.counts.get("assisted") else {},
        "effective": progress.LESSER if lesser else {},
    }


def read_shown() -> Shown:
    """Return the table that the request asks for."""
    here, now, only = service(), instants.now(), access.visible()
    chosen = access.remembered("table", FILTERS)
    view = chosen.get("view") or _own_view()
    if view not in VIEWS:
        abort(404)
    try:
        period, text = days.chosen_period(chosen, request.args.get("shown", ""), now)
    except ValueError:
        abort(400)
    campaign = here.campaign.id
    if view == "area":
        made = progress.by_area(here.store, campaign, period=period, only=only)
    elif view == "bank":
        made = progress.by_bank(here.store, campaign, period=period, only=only)
    else:
        kind = "line" if view == "matrix" else view
        made = progress.by_unit(here.store, campaign, period=period, only=only, kind=kind)
    share = pace.at(here.campaign, now).share
    wanted, state = _looked_for(chosen.get("q", "")), chosen.get("state", "")
    if state and state not in STANDS:
        abort(404)
    if wanted or state:
        found = tuple(line for line in made.lines if _is_looked_for(wanted, line))
        if state:
            found = _standing(found, state, share, now)
        # The sum of what is there, under its own name: whoever looks for one bank must not
        # read the county's sum above it.
        name = f"查到的{len(found)}行合计"
        made = replace(made, lines=found, total=added(found, name), part=None, rest=None)
    if sort := _KEYS.get(chosen.get("sort", "")):
        down = chosen.get("dir") == "desc"
        made = replace(made, lines=_sorted(
            [replace(line, children=_sorted(line.children, sort, down)) for line in made.lines],
            sort, down,
        ))
    return Shown(
        view, VIEWS[view], made, chosen, period,
        text, share, local_text(now)[:16],
    )


def _standing(
    lines: tuple[Line, ...], state: str, share: Decimal, now: Instant
) -> tuple[Line, ...]:
    """Return which of *lines* stand so: as the overview counts them."""
    if state == "never":
        return tuple(silent.never(lines))
    if state == "fallen":
        fallen = silent.fallen(lines, outlook.lately(service().ledger, now))
        return tuple(one.line for one in fallen)
    return tuple(
        line for line in lines if not line.rest and line.degree(share).style == state
    )


def _is_looked_for(wanted: str, line: Line) -> bool:
    names = [line.name, line.area, line.bank, *(child.name for child in line.children)]
    return wanted in _looked_for(f"{line.key} {' '.join(names)}") or naming.by_initials(
        names, wanted
    )


def _sorted(lines: Sequence[Line], key: Callable[[Line], Any], down: bool) -> tuple[Line, ...]:
    """Return *lines* in order; what is left over stays the last."""
    ordered = sorted((line for line in lines if not line.rest), key=key, reverse=down)
    return (*ordered, *(line for line in lines if line.rest))


def _looked_for(text: str) -> str:
    # As somebody types it: full width, small letters, odd brackets find what stands there.
    return fold(text).casefold()


def _own_view() -> str:
    """Return the view an account opens on: the first that has a row of its own for it."""
    units, scopes = access.snapshot().units, access.account().scopes
    kinds = {units[id].kind for id in scopes if id in units}
    # The views are called as the kinds of unit whose rows they have.
    return next((view for view in VIEWS if view in kinds), "area")


def _matrix(
    table: ProgressTable
) -> tuple[list[str], list[tuple[str, list[Line | None], Line]], list[Line]]:
    """Return the banks; of each area name, a cell a bank, and their sum; and the banks' sums."""
    lines = table.lines
    banks = list(dict.fromkeys(line.bank for line in lines))
    fields: dict[str, dict[str, list[Line]]] = {}
    for line in lines:
        fields.setdefault(line.area, {}).setdefault(line.bank, []).append(line)
    rows = []
    for area, by_bank in fields.items():
        cells = [
            added(by_bank[bank], area) if bank in by_bank else None for bank in banks
        ]
        rows.append((area, cells, added([x for y in by_bank.values() for x in y], area)))
    sums = [added([line for line in lines if line.bank == bank], bank) for bank in banks]
    return banks, rows, sums


def sort_link(shown: Shown, key: str) -> dict[str, str]:
    """Return the query that sorts by *key*, the other way round the second time."""
    first = "asc" if key in ("rank", "name") else "desc"
    again = shown.chosen.get("sort") == key
    way = {"asc": "desc", "desc": "asc"}[shown.chosen.get("dir", first)] if again else first
    return {**shown.chosen, "sort": key, "dir": way, "offset": "0"}


@pages.context_processor
def _helpers() -> dict[str, object]:
    return {"sort_link": sort_link, "query": request.args}


