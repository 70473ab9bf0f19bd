"""
What a table of the platform's looks like to somebody who must choose how it is read.

Its sheets, its first rows and its columns by their headings, each with a value below it, so that
nobody has to count columns. Only headings are shown as they stand: of a value as much as tells
what it is, and nothing of a number that would find a person.

`plain_looks` runs in the process that opens such files (`qrgen.apart`), `looks` in ours.
"""
import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from attribution.facts.feed_columns import FIELDS, HEADINGS, REQUIRED, wanted
from attribution.facts.feed_notes import LONGEST_NAME
from attribution.facts.feed_values import (
    TimeColumn,
    has_value,
    is_identity,
    is_not_yet,
    is_time,
    text_of,
)
from attribution.faults import Code
from qrgen import apart
from qrgen.shell import Fault
from qrgen.tables.cells import Cell, Flaw, Sheet, TableRow
from qrgen.tables.headings import ROWS_LOOKED_AT, find_heading, key_of, place_of
from qrgen.tables.opening import sheets

MOST_SHEETS = 30
MOST_COLUMNS = 60

# Values of a column that are shown, each another one.
SAMPLES = 3
_LONGEST = 24
_NO_ROW = 1 << 21

_KNOWN = {key_of(word) for field in FIELDS for word in (field, *HEADINGS[field])}
_DIGITS = re.compile(r"\d{5,}")
_TIME = TimeColumn("registered_at", short_years=True)


class ColumnSeen(NamedTuple):
    """
    A column to choose.

    Args:
        choice: How the choice names it.
        place: Where it stands, from 0.
        sample: Three values that stand in it, so far as they tell what they are.
        found: The field that its heading says it is; empty where it says none.
    """

    choice: str
    place: int
    heading: str
    sample: str
    found: str = ""


class Look(NamedTuple):
    """
    One sheet.

    Args:
        heading: The row of its headings, as found or as chosen; 0 where there is none.
        rows: Its first ones: number, and the beginning of what stands in it.
    """

    number: int
    name: str
    hidden: bool
    heading: int
    rows: list[tuple[int, str]]
    columns: list[ColumnSeen]


def looks(path: Path, heading_row: int | None = None) -> list[Look]:
    """
    Return what the sheets of *path* look like; as far as they can be read.

    Args:
        heading_row: Where somebody said that the headings stand; 0: nowhere.
    """
    found: list[Look] = []
    # Whoever reads the file itself is told why it cannot be read.
    with contextlib.suppress(Fault, ValueError):
        for plain in apart.read(
            path, "attribution.facts.feed_preview:plain_looks", heading_row,
            remedy=Code.FEED_ROWS_ALONE,
        ):
            found.append(checked(plain))
    return found


def checked(plain: Any) -> Look:
    """
    Return the look in *plain*, which a reader that was taken over may have written.

    Raises:
        ValueError: it is none.
    """
    match plain:
        case [int(number), str(name), bool(hidden), int(heading), list(rows), list(columns)]:
            looked = Look(number, name, hidden, heading, [], [])
        case _:
            raise ValueError("not a look")
    for row in rows:
        match row:
            case [int(at), str(text)] if _shown(text):
                looked.rows.append((at, text))
            case _:
                raise ValueError("not a row")
    for column in columns:
        match column:
            case [str(choice), int(place), str(title), str(sample), str(found)] if (
                all(map(_shown, (choice, title, sample))) and found in ("", *FIELDS)
            ):
                looked.columns.append(ColumnSeen(choice, place, title, sample, found))
            case _:
                raise ValueError("not a column")
    if not (_shown(name) and len(looked.columns) <= MOST_COLUMNS):
        raise ValueError("too much of a look")
    return looked


def _shown(text: str) -> bool:
    return len(text) <= 200 and text.isprintable()


def shape_of_headings(look: Look) -> str:
    """Return what tells tables with the headings of *look* from others: no word of them."""
    keys = [key_of(column.heading) for column in look.columns]
    told = "\n".join(keys) if look.heading else f"{len(keys)} columns"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def plain_looks(path: str, heading_row: int | None) -> Iterator[Look]:
    """Yield the looks of the sheets of the file at *path*."""
    for number, sheet in enumerate(islice(sheets(Path(path)), MOST_SHEETS), 1):
        yield _look(number, sheet, heading_row)


def _look(number: int, sheet: Sheet, heading_row: int | None) -> Look:
    name = "".join(filter(str.isprintable, sheet.name))[:LONGEST_NAME]
    first: list[TableRow] = []
    with contextlib.suppress(Fault):  # what came before it helps nevertheless
        first.extend(islice(sheet.rows, max(ROWS_LOOKED_AT, (heading_row or 0) + 2)))
    row, last, names, plain, fields = _heading(first, heading_row)
    below = [one for one in first if one.number > last]
    width = min(MOST_COLUMNS, max([len(names), *(len(one.cells) for one in below)], default=0))
    keys = [key_of(name) for name in names]
    columns = []
    for place in range(width):
        heading = names[place][:_LONGEST] if place < len(names) else ""
        whole = place < len(names) and len(names[place]) <= 100
        alone = plain and whole and keys[place] and keys.count(keys[place]) == 1
        alone = alone and place_of(heading) is None
        shown = (masked(one.cells[place]) for one in below if place < len(one.cells))
        sample = "、".join(islice(dict.fromkeys(filter(None, shown)), SAMPLES))
        choice = names[place] if alone else f"#{place + 1}"
        columns.append(ColumnSeen(choice, place, heading, sample, fields.get(place, "")))
    top = next((one.number for one in first if has_value(one.cells)), _NO_ROW)
    rows = [
        (one.number, _beginning(one.cells, plain=one.number < max(top, last + 1)))
        for one in first[:ROWS_LOOKED_AT]
    ]
    return Look(number, name, sheet.hidden, row, rows, columns)


def _heading(
    first: Sequence[TableRow], told: int | None
) -> tuple[int, int, list[str], bool, dict[int, str]]:
    """
    Return the first and the last row of the headings, their texts, whether these are plain,
    and which field which column is by them.

    Noughts where there are none; texts that may be somebody's are hidden.
    """
    if told == 0 or not first:
        return 0, 0, [], False, {}
    found = find_heading(first, wanted(REQUIRED), {}, told)
    if found is not None:
        cells = [cell for one in first if one.number in (found.row, found.last)
                 for cell in one.cells]
        plain = not has_value(cells)
        names = list(map(_printable if plain else masked, found.names))
        fields = {at: field for field, at in found.places.items()}
        return found.row, found.last, names, plain, fields
    at = next((place for place, one in enumerate(first) if one.number == told), None)
    if at is None:
        data = next((place for place, one in enumerate(first) if has_value(one.cells)), len(first))
        if not data or told is not None:
            return 0, 0, [], False, {}
        at = data - 1 if data < len(first) else 0
    if has_value(first[at].cells):
        return 0, 0, [], False, {}
    names = [_printable(text_of(cell)) for cell in first[at].cells]
    return first[at].number, first[at].number, names, True, {}


def masked(cell: Cell) -> str:
    """Return what stands in *cell* so far as it tells what it is, and not whose."""
    if isinstance(cell, Flaw):
        return "#"
    text = _printable(text_of(cell))
    if not text or key_of(text) in _KNOWN or is_not_yet(text):
        return text[:_LONGEST]
    if is_identity(cell):
        return text[:3] + "*" * 8
    if is_time(cell, _TIME):
        return text[:_LONGEST]
    text = _DIGITS.sub(lambda run: run[0][:2] + "*" * (len(run[0]) - 2), text)
    if re.search(r"[^\W\d]", text):
        return text[0] + "*" * min(len(text) - 1, 6)
    return text[:_LONGEST]


def _beginning(cells: Sequence[Cell], *, plain: bool) -> str:
    def show(cell: Cell) -> str:
        hidden = not plain or has_value(cells)
        return masked(cell) if hidden else _printable(text_of(cell))[:_LONGEST]

    return " | ".join(text for cell in cells[:MOST_COLUMNS] if (text := show(cell)))[:80]


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:100]
