"""
What one area or bank is made of: its lines, or a bank's branches, which add up to it.

The head is a line of the progress table, so its numbers are those that the table shows; what
it has beside its lines (its own code, a code that counts for it) is a line of its own.
"""
from dataclasses import replace

from attribution.reports import counted, progress, whose
from attribution.reports.counted import Counted, Roll
from attribution.reports.lines import Line, ProgressTable, ranked
from attribution.reports.whose import Only
from attribution.store import Store

HEADS = {"area": progress.by_area, "bank": progress.by_bank}


def head_of(
    store: Store, campaign: str, kind: str, id: str, since: int = 0, until: int = progress.LAST,
    *, period: tuple[int, int] = progress.ALWAYS, only: Only = None,
) -> tuple[Line | None, ProgressTable]:
    """
    Return the line of the area or bank *id* and the table it stands in.

    Returns:
        None for the line where *only* does not show all of it, or where it is listed no more.
    """
    table = HEADS[kind](store, campaign, since, until, period=period, only=only)
    return next((line for line in table.lines if line.key == id), None), table


def branches(head: Line, table: ProgressTable) -> ProgressTable:
    """Return the branches of the bank *head*, ranked among themselves, and what it has beside."""
    return _of(head, table, head.children)


def lines(
    store: Store, campaign: str, head: Line, table: ProgressTable, since: int = 0,
    until: int = progress.LAST, *, period: tuple[int, int] = progress.ALWAYS, only: Only = None,
) -> ProgressTable:
    """
    Return the lines of the area or bank *head*, ranked among themselves.

    Args:
        table: Where *head* stands; made of the same days, for the same *only*.
    """
    read = counted.read(store, campaign, since, until, period, only)
    return _of(head, table, _lines(read, head))


def _lines(read: Counted, head: Line) -> list[Line]:
    then, codes = read.then, set(head.units or ())
    made: list[Line] = []
    for unit in then.of_kind("line"):
        if unit.id not in codes:
            continue
        roll = Roll()
        for code in read.codes(unit.id):
            roll.add(code, read)
        codes.difference_update(roll.units)
        if unit.active or any(roll.counts.values()):
            made.append(replace(
                roll.line(unit.id, then.name(unit.id)),
                target=unit.target if unit.active else None,
                area=_name(read, unit.area), bank=_name(read, unit.bank),
                note=then.notes(roll.units),
            ))
    rest = Roll()
    for id in head.units or ():
        if id in codes:
            rest.add(id, read)
    if made and not (any(rest.counts.values()) or rest.corrected):
        return made
    name = whose.rest_name(f"{head.name}不属于某一网点", then.units, rest.units)
    return [*made, replace(rest.line("", name), rest=True)] if rest.units else made


def _name(read: Counted, id: str | None) -> str:
    heir = read.then.heir(id or "")
    return read.then.name(heir) if heir in read.then.units else ""


def _of(head: Line, table: ProgressTable, lines: list[Line] | tuple[Line, ...]) -> ProgressTable:
    places = ranked(line for line in lines if not line.rest)
    return ProgressTable(
        # Its own rank is among others than those below it.
        replace(head, name=f"{head.name}合计", children=(), rank=None),
        (*places, *(line for line in lines if line.rest)), table.locked, head.name,
    )
