"""Behind every number its rows: scans, claims, people and credits, a page at a time."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request, url_for

from attribution.office import patrols
from attribution.reports import difference_table, exports, whose
from attribution.reports.about import period_text, units_text
from attribution.store import console_lists
from attribution.store.engine.database import Row
from attribution.store.export_pages import CLAIM_STATES, SCAN_STATES, Filter
from attribution.web.console import access, days, picking, words
from attribution.web.console.access import allow, pages
from attribution.web.current import service

PAGE = 50
# Paging deeper costs the database more and more; nobody reads so far.
DEEPEST = 10_000

WHAT = {
    "claims": "登记", "credits": "有效新用户", "attribution": "归属", "scans": "扫码",
}
FILTERS = (
    "what", "unit", "codes", "since", "to", "until", "state", "batch", "sort", "dir", "offset",
)

STATE_WORDS = words.STATES
# A step of the tables -> the log it is counted from, and which of its rows.
STEP_ROWS = {
    "opened": {"what": "scans"},
    "scan": {"what": "scans", "state": "counted"},
    "claimant": {"what": "claims", "state": "first"},
    "registered": {"what": "attribution", "state": "registered"},
    "bound": {"what": "attribution", "state": "bound"},
    "effective": {"what": "credits"},
}
STATES: dict[str, tuple[str, ...]] = {
    "scans": tuple(SCAN_STATES), "claims": tuple(CLAIM_STATES), "credits": (),
    "attribution": (
        "credited", "registered", "bound", "matched", "waiting", "organic", "ruled_out",
        *exports.REASONS,
    ),
    "differences": tuple(difference_table.STATES), "patrols": tuple(patrols.STATES),
}


@dataclass(frozen=True)
class Page:
    """Which rows of how many, and where the pages beside it begin (None: nowhere)."""

    first: int
    last: int
    total: int
    before: int | None
    after: int | None


def page_of(offset: int, count: int, total: int, size: int = PAGE) -> Page:
    """Return the page that begins after *offset* rows."""
    last = offset + count
    more = last < total and last <= DEEPEST
    return Page(
        offset + 1 if count else 0, last, total,
        max(offset - size, 0) if offset else None, last if more else None,
    )


def whole_number(text: str, most: int = DEEPEST) -> int:
    """Return the number in a query, or end the request."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) > most:
        abort(400)
    return int(text)


def filter_of(chosen: dict[str, str]) -> Filter:
    """
    Return the filter in a query, within what the account may see, or end the request.

    Raises:
        Unpicked: the unit is none, or may be several.
    """
    try:
        since, until = days.bounds(chosen)
    except ValueError:
        abort(404)
    state, batch = chosen.get("state") or None, chosen.get("batch") or None
    return Filter(since, until, None, _units(chosen), state, batch)


def _units(chosen: dict[str, str]) -> frozenset[str] | None:
    """Return the units in a query: *codes* as they stand, *unit* with all that is below it."""
    only = access.visible()
    if chosen.get("codes"):
        return frozenset(access.unit_or_404(id).id for id in chosen["codes"].split(","))
    # From here on by its id alone, however it was called.
    unit = chosen["unit"] = picking.unit("unit", {**request.args, **chosen})
    if not unit:
        return only
    found = access.unit_or_404(unit)
    # An area or a bank stands for its lines as well, as in the tables.
    units = frozenset(
        other.id
        for other in access.snapshot().units.values()
        if found.id in (other.id, other.area, other.bank)
    )
    return units if only is None else units & only


# So many codes an address may name; more make one that a proxy refuses.
_MOST_CODES = 300


def step_link(step: str, units: Iterable[str] | None = None, **more: str) -> str | None:
    """
    Return where the rows are that a number of *step* was counted from.

    Args:
        units: Whose codes; None for all of the ledger.

    Returns:
        None where the account may not see all these rows, or there are no *units*.
    """
    if not access.may("admin.rows"):
        return None
    query: dict[str, Any] = {**STEP_ROWS[step], **more}
    codes, visible = None if units is None else list(units), access.visible()
    if codes is None:
        return url_for("admin.rows", **query) if visible is None else None
    if visible is not None and set(codes) == visible:
        return url_for("admin.rows", **query)
    if not 0 < len(codes) <= _MOST_CODES or not visible_codes(codes):
        return None
    return url_for("admin.rows", **query, codes=",".join(codes))


def visible_codes(codes: Iterable[str]) -> bool:
    """
    Whether the account may see all *codes*: a bank counts areas where it is alone with them.
    """
    visible = access.visible()
    known = access.snapshot().units
    return all(code in known and (visible is None or code in visible) for code in codes)


@pages.get("/rows")
@allow("office", "checker", "area", "department", "bank")
def rows() -> str:
    """Show a page of a log."""
    chosen = access.remembered("rows", FILTERS)
    what = chosen.get("what", "claims")
    if what not in WHAT or chosen.get("state", "") not in ("", *STATES[what]):
        abort(404)
    sorts = console_lists.SORTS[what]
    sort = chosen.get("sort", next(iter(sorts)))
    if sort not in sorts:
        sort = next(iter(sorts))
    offset = whole_number(chosen.get("offset", "0"))
    here = service()
    found: list[Row] = []
    total = 0
    try:
        filter = filter_of(chosen)
    except picking.Unpicked:  # told at the field; all rows would be read as that unit's
        chosen.pop("unit", None)
    else:
        with here.store.read() as connection:
            found, total = console_lists.rows(
                connection, here.campaign.id, what, filter, sort=sort,
                descending=chosen.get("dir", "desc") != "asc", offset=offset, limit=PAGE,
            )
    names = {id: unit.name for id, unit in access.snapshot().units.items()}
    return render_template(
        "admin/rows.html", what=what, kinds=WHAT, chosen=chosen, rows=found, names=names,
        states=STATES[what], words=STATE_WORDS, sorts=sorts, sort=sort,
        page=page_of(offset, len(found), total), whose=whose_rows(chosen),
        between=days.fields(chosen), when=period_text(*days.bounds(chosen)),
    )


def whose_rows(chosen: Mapping[str, str]) -> str:
    """Say whose rows are chosen: all of the county's need no word."""
    units, only = access.snapshot().units, access.visible()
    if chosen.get("codes"):
        return units_text(units, chosen["codes"].split(","))
    if unit := chosen.get("unit"):
        return f"{units_text(units, [unit])}（含下属各码）"
    return "" if only is None else whose.label(units, only)


@pages.context_processor
def _helpers() -> dict[str, object]:
    return {"step_link": step_link, "visible_codes": visible_codes}
