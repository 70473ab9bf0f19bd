"""
Tables of outside whose columns are few and named: what `whatif` judges, what a platform counted.

The same reader as for the platform's files (`qrgen.tables`), in a process of its own: every
visible sheet with these headings is read, what is passed over is told, and a cell that holds an
error is never an empty one. What a text means belongs to whoever asks.
"""
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from attribution.facts import feed_notes
from attribution.facts.feed_notes import Note, checked_note
from attribution.facts.row_numbers import MOST_SHEETS, line_of
from attribution.faults import Code
from qrgen import apart
from qrgen.shell import Fault
from qrgen.tables.cells import Cell, Flaw, Sheet, TableRow, is_blank
from qrgen.tables.headings import ROWS_LOOKED_AT, Heading, Wanted, find_heading, is_repeated
from qrgen.tables.merges import filled_down, together
from qrgen.tables.opening import sheets
from qrgen.tables.totals import Apart
from qrgen.tables.totals import apart as set_apart

# What stands for a cell that holds an error, or a formula without its value.
BROKEN = "!ERROR!"

# A table is held whole, for what is merged in it is known at its end. More than a year of counts
# of every branch of a county, and more people than its what-if was ever asked about.
MOST_ROWS = 500_000


# So many of the rows that cannot be read are named.
MOST_TOLD = 1000

class PlainTableRow(NamedTuple):
    """A row: its line, its texts by column (those that the table has), whether it is a total."""

    line: int
    texts: dict[str, str]
    is_total: bool = False


def read(
    path: Path, words: Mapping[str, Sequence[str]], required: Sequence[str],
    merged: Sequence[str] = (), *, totals: bool = False,
) -> Iterator[PlainTableRow | Note | Fault]:
    """
    Yield the rows of *path*; of one that is too long or too short the fault, with its ``line``.

    Args:
        words: Column -> headings, besides its own name.
        required: Without these it is no such table.
        merged: Columns of which one cell may stand for several rows.
        totals: Whether rows of totals and remarks may stand in it, known by their words.

    Raises:
        Fault: the file as a whole cannot be read; `TABLE_COLUMNS` where it has not the columns.
    """
    for item in apart.read(
        path, "attribution.facts.plain_tables:plain_rows", {k: list(v) for k, v in words.items()},
        list(required), list(merged), totals, remedy=Code.FEED_ROWS_ALONE,
    ):
        yield _checked(path, item, words)


def _checked(path: Path, item: Any, words: Mapping[str, Any]) -> PlainTableRow | Note | Fault:
    match item:
        case [str(_), dict(_)]:
            return checked_note(item)
        case [int(line), dict(texts), bool(total)] if all(
            name in words and isinstance(text, str) for name, text in texts.items()
        ):
            return PlainTableRow(line, texts, total)
        case [int(line), int(cells), int(width)]:
            code = Code.ROW_LONG if cells > width else Code.ROW_SHORT
            return Fault(code, line=line, cells=cells, width=width)
    raise Fault(Code.FEED_READER_BROKE, file=path)


class WholeTable(NamedTuple):
    """What was made of the rows of a table, the notes, and the rows (line, column) not read."""

    made: list[Any]
    notes: list[Note]
    bad: list[tuple[int, str]]


def read_whole(
    path: Path, words: Mapping[str, Sequence[str]], required: Sequence[str],
    merged: Sequence[str], made_of: Callable[[dict[str, str]], Iterable[Any] | str],
) -> WholeTable:
    """
    Return what *made_of* makes of every row of *path*, totals left out.

    Args:
        made_of: Makes of a row's texts what it stands for, or names the column that it cannot
            read. A row of another length is told by the first of *required*.

    Raises:
        Fault: as `read`; or there is no row.
    """
    found = WholeTable([], [], [])
    for row in read(path, words, required, merged, totals=True):
        if isinstance(row, Note):
            found.notes.append(row)
        elif isinstance(row, Fault):
            found.bad.append((row.data["line"], required[0]))
        elif not row.is_total:
            made = made_of(row.texts)
            if isinstance(made, str):
                found.bad.append((row.line, made))
            else:
                found.made.extend(made)
    if not found.made and not found.bad:
        raise Fault(Code.FEED_NO_ROWS, file=path)
    return found


def plain_rows(
    path: str, words: Mapping[str, Sequence[str]], required: Sequence[str], merged: Sequence[str],
    totals: bool,
) -> Iterator[tuple[Any, ...]]:
    """Yield what `read` does as plain data, in the process that opens files."""
    file, wanted = Path(path), Wanted(words, required)
    read, unread = 0, []
    for number, sheet in enumerate(islice(sheets(file), MOST_SHEETS), 1):
        name = "".join(filter(str.isprintable, sheet.name))[:feed_notes.LONGEST_NAME]
        first = list(islice(sheet.rows, ROWS_LOOKED_AT))
        heading = None if sheet.hidden or not first else find_heading(first, wanted)
        if heading is None or heading.missing:
            if first:
                unread.append(feed_notes.note(Code.NOTE_SHEET_UNREAD, sheet=name))
            continue
        if not heading.twice.keys().isdisjoint(required):
            raise Fault(Code.TABLE_COLUMN_TWICE, file=file, columns=list(heading.twice))
        yield from _rows(file, sheet, first, heading, line_of(number if read else 0, 0), merged,
                         totals)
        read += 1
    if not read:
        raise Fault(Code.TABLE_COLUMNS, file=file, columns=list(required))
    yield from unread


def _rows(
    file: Path, sheet: Sheet, first: Sequence[TableRow], heading: Heading, begin: int,
    merged: Sequence[str], totals: bool,
) -> Iterator[tuple[Any, ...]]:
    rows = list(islice(chain(first, sheet.rows), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise Fault(Code.FEED_LONG, file=file, most=MOST_ROWS)
    rows = [row for row in rows if row.number > heading.last]
    areas = [area for area in sheet.merged if area.top > heading.last]
    rows = filled_down(rows, areas, {heading.places[name] for name in merged
                                     if name in heading.places})
    for name, place in heading.places.items():
        if name not in merged and (shared := together(areas, place)):
            raise Fault(Code.TABLE_MERGED, file=file, column=name, row=shared[0].start)
    if heading.passed_over:
        yield feed_notes.note(
            Code.NOTE_ABOVE, lines=[begin + row for row in heading.passed_over]
        )
    footers = []
    width = len(heading.names)
    for row in rows:
        if all(map(is_blank, row.cells)) or is_repeated(row, heading):
            continue
        kind = set_apart(row) if totals else None
        if kind is not None and kind is not Apart.TOTAL:
            footers.append(begin + row.number)
            continue
        # In a text a comma too many or too few makes one column's value another's.
        if (not sheet.name and len(row.cells) < width) or any(
            not is_blank(cell) for cell in row.cells[width:]
        ):
            yield begin + row.number, len(row.cells), width
            continue
        yield (
            begin + row.number,
            {name: _text(row.cells[place]) if place < len(row.cells) else ""
             for name, place in heading.places.items()},
            kind is Apart.TOTAL,
        )
    if footers:
        yield feed_notes.note(Code.NOTE_FOOTERS, lines=footers)
    if sheet.notes:
        yield feed_notes.note(Code.NOTE_ERRORS_LOOK_EMPTY, sheet=sheet.name[:31])


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Flaw):
        return BROKEN
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell).strip()
