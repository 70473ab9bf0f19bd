"""
Where the table begins in a sheet: the row of its headings, among titles, dates and notes.

Every bank's export has a title above its headings. The row with most headings that we know is
it, within the first thirty; a heading may stand in two rows, with what it belongs to above it
(绑卡 over 时间), or be merged over both.
"""
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from attribution.facts.feed_columns import FIELDS, known_in, names_of
from attribution.facts.feed_values import Cell, Refused, is_empty, phone_of

WITHIN = 30


class Heading(NamedTuple):
    """
    A row of headings.

    Args:
        place: How many of the rows looked at stand before the first row of the table itself.
        row: Its number; 0 where the table has no headings.
        names: As they are compared.
        above: The rows before it that are no part of it.
    """

    place: int
    row: int
    names: list[str]
    above: list[int]


def find(
    rows: Sequence[tuple[int, Sequence[Cell]]], choices: Mapping[str, str],
    required: Sequence[str],
) -> Heading | None:
    """
    Return where the table begins in *rows*, the first of a sheet; None where nothing says so.

    Somebody's choice of the row comes first: None then means that there is no such row.
    """
    chosen = choices.get("heading_row")
    if chosen:
        return _chosen(rows, int(chosen))
    best: tuple[int, Heading] | None = None
    for place, (number, cells) in enumerate(rows[:WITHIN]):
        above = [line for line, _ in rows[:place]]
        found = [(names_of(cells), above)]
        if place:
            found.append((_joined(rows[place - 1][1], cells), above[:-1]))
        for names, before in found:
            known = len(_by_name(names, choices))
            if known and (best is None or known > best[0]):
                best = known, Heading(place + 1, number, names, before)
    if best is not None:
        return best[1]
    if all(choices.get(field, "").startswith("#") for field in required):
        return _without(rows, choices)
    return None


def _by_name(names: Sequence[str], choices: Mapping[str, str]) -> set[str]:
    """Return the fields that *names* themselves tell of; a position tells nothing of a row."""
    named = {field: text for field, text in choices.items() if not text.startswith("#")}
    placed = {field for field in FIELDS if choices.get(field, "").startswith("#")}
    return known_in(names, named) - placed


def _chosen(rows: Sequence[tuple[int, Sequence[Cell]]], row: int) -> Heading | None:
    if row == 0:
        return Heading(0, 0, [""] * max((len(cells) for _, cells in rows), default=0), [])
    for place, (number, cells) in enumerate(rows):
        if number == row:
            return Heading(place + 1, row, names_of(cells), [line for line, _ in rows[:place]])
    return None


def _without(
    rows: Sequence[tuple[int, Sequence[Cell]]], choices: Mapping[str, str]
) -> Heading | None:
    """Return where a table begins of which every column was named by its position."""
    phone = int(choices["phone"][1:]) - 1
    for place, (number, cells) in enumerate(rows):
        try:
            phone_of(cells[phone] if phone < len(cells) else None)
        except Refused:
            continue
        above = [line for line, _ in rows[:place]]
        width = max(len(cells) for _, cells in rows)
        if not place:
            return Heading(0, 0, [""] * width, [])
        names = names_of(rows[place - 1][1])
        return Heading(place, above[-1], [*names, *[""] * (width - len(names))], above[:-1])
    return None


def _joined(upper: Sequence[Cell], lower: Sequence[Cell]) -> list[str]:
    """Return the headings of two rows, of which the upper one spreads over what it heads."""
    above, below = names_of(upper), names_of(lower)
    above += [""] * (len(below) - len(above))
    names, over = [], ""
    for place, name in enumerate(above):
        over = name or over
        under = below[place] if place < len(below) else ""
        names.append(over + under if under and not name.endswith(under) else under or name)
    return names


def same_heading(cells: Sequence[Cell], names: Sequence[str]) -> bool:
    """Whether *cells* are the headings once more, as at the top of each printed page."""
    again = names_of([cell for cell in cells if not is_empty(cell)])
    return bool(again) and again == [name for name in names if name]
