"""
The rows of one table under its headings: persons, totals, footers, headings again, bad rows.

Nearly all rows are written in the usual way and read many at once (`usual_rows`); each other one
is looked at cell by cell here. None is left out without a note or a problem that names it.
"""
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import dropwhile, islice
from pathlib import Path

from attribution.facts import bad_rows, feed_notes
from attribution.facts.bad_rows import BadRow, Problem
from attribution.facts.feed_blocks import NO_COLUMN, FeedRow, RowBlock
from attribution.facts.feed_columns import FIELDS, TIMES, Places
from attribution.facts.feed_notes import Note
from attribution.facts.feed_values import (
    Assumed,
    NotRead,
    day_and_clock,
    identity_in,
    is_empty,
    phone_of,
    text_of,
    time_of,
)
from attribution.facts.usual_rows import UsualRows
from attribution.facts.usual_times import NOTHING
from attribution.faults import Code
from attribution.rule.people import is_number
from attribution.rule.stated import NO_AS_OF, VOID, Stated, first
from qrgen.shapes import column_letter, shape_of
from qrgen.shell import Fault
from qrgen.tables.cells import Cell, Sheet, TableRow
from qrgen.tables.headings import Heading, is_repeated, key_of
from qrgen.tables.totals import Apart, apart

Told = FeedRow | BadRow | Note

# Rows that are looked at together.
_TOGETHER = 500

_OF_ROWS = re.compile(
    r"(?:共|计|total|已选择)\D{0,6}?(\d{1,9})(?:条|行|人|笔|户|个|名|rows|records)?"
    r"|^\(?(\d{1,9})(?:行|rows?)(?:inset|selected|affected|受影响)"
)


class Table:
    """The rows of one sheet under its headings."""

    def __init__(
        self, path: Path, sheet: Sheet, line: int, heading: Heading, places: Places,
        required: Sequence[str], assumed: Counter[tuple[Assumed, str]], found: Counter[str],
    ) -> None:
        self._path = path
        self._sheet = sheet
        self._line = line
        self._heading = heading
        self._places = places
        self._needed = places.needed(required)
        self._phone_of = reads_phone(required)
        self._dated = {times.column.field for times in places.times} & {"as_of"}
        # A text has all its cells; a workbook keeps none that are empty.
        self._padded = sheet.name != ""
        self._cells: int | None = None  # of a text's rows, where it is not the heading's number
        self._assumed = assumed
        self._found = found
        self._here: Counter[str] = Counter()
        self._totalled: Counter[str] = Counter()  # what stood above the last row of totals
        self._footers: list[int] = []
        self._again: list[int] = []
        self.short_years = False  # whether years of two digits stand behind the day

    def times_in(self, rows: Iterable[TableRow]) -> Iterator[str]:
        """Yield what stands under the headings of times in *rows*."""
        for row in rows:
            for times in self._places.times:
                if times.day < len(row.cells) and row.number > self._heading.last:
                    yield text_of(row.cells[times.day])

    def items(self, rows: Iterator[TableRow]) -> Iterator[Told | RowBlock]:
        yield from self._layout()
        last = self._heading.last
        if self.short_years:
            self._places = self._places.with_short_years()
        for part in self._parts(dropwhile(lambda row: row.number <= last, rows)):
            if isinstance(part, RowBlock):
                self._count(part)
                yield part
            elif (item := self._careful(part)) is not None:
                yield item
        self._refuse_merged()
        self._found.update(self._here)
        if self._footers:
            yield feed_notes.note(Code.NOTE_FOOTERS, lines=self._footers)
        if self._again:
            yield feed_notes.note(Code.NOTE_HEADINGS_AGAIN, lines=self._again)
        if hidden := len(self._sheet.hidden_rows):
            yield feed_notes.note(Code.NOTE_HIDDEN_ROWS, count=hidden)
        if hidden_columns := sorted(self._sheet.hidden_columns & self._places.used()):
            yield feed_notes.note(Code.NOTE_HIDDEN_COLUMNS, columns=hidden_columns)
        if self._sheet.notes:
            name = "".join(filter(str.isprintable, self._sheet.name))[:feed_notes.LONGEST_NAME]
            yield feed_notes.note(Code.NOTE_ERRORS_LOOK_EMPTY, sheet=name)

    def _refuse_merged(self) -> None:
        """Refuse a list in which one cell stands for several people: the file has it once."""
        apart_from = {line - self._line for line in self._footers}
        areas = [
            area for area in self._sheet.merged
            if area.bottom > area.top > self._heading.last and area.top not in apart_from
            and any(area.left <= place <= area.right for place in self._places.used())
        ]
        if areas:
            raise Fault(
                Code.FEED_MERGED, file=self._path, sheet=self._sheet.name,
                areas=[
                    f"{column_letter(area.left)}{area.top}:{column_letter(area.right)}{area.bottom}"
                    for area in areas[:20]
                ],
            )

    def _layout(self) -> Iterator[Note]:
        """Yield where the table stands, as far as it does not stand where every table does."""
        heading, used = self._heading, self._places.used()
        if heading.row > 1:
            yield feed_notes.note(Code.NOTE_HEADING, row=heading.row)
        if heading.row == 0:
            yield feed_notes.note(Code.NOTE_NO_HEADINGS)
        if heading.passed_over:
            yield feed_notes.note(
                Code.NOTE_ABOVE, lines=[self._line + row for row in heading.passed_over]
            )
        for times in self._places.times:
            if times.clock is not None:
                yield feed_notes.note(
                    Code.NOTE_PAIR, field=times.column.field, day=times.day, clock=times.clock
                )
        unused = [at for at, name in enumerate(heading.names) if name and at not in used]
        if unused:
            yield feed_notes.note(Code.NOTE_COLUMNS_UNUSED, columns=unused)

    def _parts(self, rows: Iterator[TableRow]) -> Iterator[TableRow | RowBlock]:
        if not UsualRows.reads(self._places):
            yield from rows
            return
        usual = UsualRows(self._places, self._line, padded=self._padded)
        while not self._longer() and (some := list(islice(rows, _TOGETHER))):
            done = 0
            for part in usual.parts(some):
                yield part
                done += len(part.lines) if isinstance(part, RowBlock) else 1
                if self._longer():  # what was taken for usual is cut short
                    yield from some[done:]
                    break
        yield from rows

    def _longer(self) -> bool:
        """Whether rows turned out to be longer than their heading."""
        return self._cells is not None

    def _count(self, block: RowBlock) -> None:
        """Count the values of *block*, and of its times that they are taken for Shanghai's."""
        self._here["phone"] += len(block.lines)
        columns = zip(TIMES, block[2:], strict=True)
        for field, column in columns:
            stated = len(column) - column.count(NOTHING) - column.count(NO_COLUMN)
            if stated:
                self._here[field] += stated
                self._assumed[Assumed.SHANGHAI, field] += stated

    def _careful(self, row: TableRow) -> Told | None:
        """Return what *row* says; None where it is about nobody, and told with others."""
        line, places, cells = self._line + row.number, self._places, row.cells
        phone_cell = cells[places.phone] if places.phone < len(cells) else None
        if all(map(is_empty, cells)):
            return None
        if not is_number(text_of(phone_cell)[-11:]):
            if is_repeated(row, self._heading):
                self._again.append(line)
                return None
            kind = apart(row)
            if kind is Apart.TOTAL or (kind is not None and _OF_ROWS.search(_first(cells))):
                return self._total(line, cells)
            if kind is not None:
                self._footers.append(line)
                return None
        width = max(places.width, self._needed)
        if (problem := self._wrong_length(cells, width)) is not None:
            return BadRow(line, [problem])

        def cell(place: int) -> Cell:
            return cells[place] if place < len(cells) else None

        problems: list[Problem] = []
        noted: list[tuple[Assumed, str]] = []
        phone = ""
        stated: dict[str, Stated | None] = dict.fromkeys(FIELDS[1:])
        try:
            phone = self._phone_of(cell(places.phone))
        except NotRead as refused:
            problems.append(refused.problem)
        for column, day, clock in places.times:
            field = column.field

            def note(assumed: Assumed, field: str = field) -> None:
                noted.append((assumed, field))

            try:
                if clock is None:
                    stated[field] = time_of(cell(day), column, note)
                else:
                    stated[field] = day_and_clock(cell(day), cell(clock), column, note)
                if field == "as_of" and stated[field] == VOID:
                    problems.append(bad_rows.no_time(field, shape_of(text_of(cell(day)))))
            except NotRead as refused:
                problems.append(refused.problem)
        if problems:
            return BadRow(line, problems)
        self._assumed.update(noted)
        self._here["phone"] += 1
        self._here.update(field for field, value in stated.items() if value is not None)
        if "as_of" in self._dated:
            as_of = stated["as_of"]
            stated["as_of"] = NO_AS_OF if not as_of else first(as_of)
        return FeedRow(line, phone, *stated.values())

    def _wrong_length(self, cells: Sequence[Cell], width: int) -> Problem | None:
        """
        Return what is wrong with how many *cells* a row has; None if nothing is.

        One cut short would read as "not yet", and one with a comma too many or too few as another
        column's value. In a text all rows have as many, be it one more than the heading.
        """
        if any(not is_empty(cell) for cell in cells[width:]):
            return bad_rows.long(len(cells), width)
        if self._padded:
            return None
        if self._cells is None and len(cells) > width and not self._here["phone"]:
            self._cells = len(cells)
        if len(cells) > (self._cells or width):
            return bad_rows.long(len(cells), width)
        if len(cells) < self._needed or (self._cells and len(cells) < self._cells):
            return bad_rows.short(len(cells), self._cells or width)
        if len(cells) < width and any(
            at >= len(cells) or is_empty(cells[at]) for at in self._places.used()
        ):
            return bad_rows.short(len(cells), width)
        return None

    def _total(self, line: int, cells: Sequence[Cell]) -> Told:
        """Compare a row of totals with what was read of this sheet, or of all."""
        said: list[tuple[str, int]] = []
        match = _OF_ROWS.search(_first(cells))
        if match is not None:
            said.append(("phone", int(match[1] or match[2])))
        columns = [(self._places.phone, "phone")]
        columns += [(times.day, times.column.field) for times in self._places.times]
        for column, field in columns:
            text = text_of(cells[column]) if column < len(cells) else ""
            if text.isascii() and text.isdecimal() and len(text) < 8:
                said.append((field, int(text)))
        for field, number in said:
            here = self._here[field]
            # Of this part of the sheet, of the whole sheet, or of all sheets.
            if number not in (here, here - self._totalled[field], here + self._found[field]):
                return BadRow(line, [bad_rows.total(number, here)])
        self._totalled = Counter(self._here)
        if said:
            return feed_notes.note(Code.NOTE_TOTAL, line=line)
        return feed_notes.note(Code.NOTE_TOTAL_UNKNOWN, line=line)


def reads_phone(required: Sequence[str]) -> Callable[[Cell], str]:
    """Return what reads a number; a list of known users is of use by whole ones alone."""
    return identity_in if len(required) > 1 else phone_of


def _first(cells: Sequence[Cell]) -> str:
    """Return what stands first in a row."""
    return next((key_of(cell) for cell in cells if not is_empty(cell)), "")
