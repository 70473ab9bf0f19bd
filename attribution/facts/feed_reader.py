"""
The platform's file, read row by row, whatever program wrote it and whatever stands around it.

Tolerant of form (`qrgen.tables` for files, `feed_heading` and `feed_columns` for where things
stand, `feed_values` for how they are written) and strict of content: a row that cannot be read is
reported with its line (`bad_rows`), and the caller then takes nothing at all. What was assumed or
passed over comes out as notes (`feed_notes`), and a row is never left out without one. Reports
name line and column, never a number.

Files come from outside, so this reading runs in a process of its own (`feed_rows`).
"""
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from attribution.facts import bad_rows, feed_heading, feed_notes
from attribution.facts.bad_rows import BadRow, Problem
from attribution.facts.feed_columns import FIELDS, REQUIRED, Places, place
from attribution.facts.feed_notes import Note
from attribution.facts.feed_values import (
    Assumed,
    Cell,
    Refused,
    day_and_clock,
    is_empty,
    phone_of,
    quick_time,
    text_of,
    time_of,
)
from attribution.facts.lines import MOST_SHEETS, line_of
from attribution.faults import Code
from attribution.rule.people import is_number
from attribution.rule.stated import Stated
from qrgen.shell import Fault
from qrgen.tables.cells import Sheet
from qrgen.tables.opening import sheets

__all__ = ["FIELDS", "REQUIRED", "FeedRow", "plain_rows", "read_feed", "sha256_of"]

_ASSUMED = {
    Assumed.SHANGHAI: Code.NOTE_SHANGHAI, Assumed.DAYS: Code.NOTE_DAYS,
    Assumed.DAY_NUMBERS: Code.NOTE_DAY_NUMBERS, Assumed.DIGITS: Code.NOTE_DIGITS,
    Assumed.EPOCH: Code.NOTE_EPOCH, Assumed.UTC: Code.NOTE_UTC,
    Assumed.PLACEHOLDERS: Code.NOTE_PLACEHOLDERS,
}

_TOTAL = re.compile(r"(?:合计|总计|共计|小计|汇总|总数|合\s计|total|sum)", re.IGNORECASE)
_OF_ROWS = re.compile(r"(?:共|计|total)\D{0,6}?(\d{1,9})\s*(?:条|行|人|笔|户|个|名|rows|records)?")
_FOOTER = re.compile(
    r"(?:[-=*#_—]{3,}.*|(?:制表|填表|审核|复核|经办|打印|导出|生成|统计|下载|制单|负责)"
    r"(?:人|员|时间|日期|单位|机构)?\s*[:：].*|(?:备注|说明|注|附注|备 注|声明)\s*[:：]?.*"
    r"|第?\s*\d+\s*页.*|.*(?:以下无数据|以下空白|数据结束|到此结束|end of .*)|(?:end|eof))",
    re.IGNORECASE,
)


class FeedRow(NamedTuple):
    """One row of the file. *line* as `lines` has it, the heading counted."""

    line: int
    phone: str
    registered_at: Stated | None
    card_bound_at: Stated | None
    first_txn_at: Stated | None
    as_of: Stated | None


Item = FeedRow | BadRow | Note
Numbered = tuple[int, Sequence[Cell]]


def sha256_of(path: Path) -> str:
    """Return the hash that identifies the content of *path*."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def plain_rows(
    path: str, choices: Mapping[str, str], required: Sequence[str]
) -> Iterator[object]:
    """Yield what `read_feed` does, for `feed_rows` in another process."""
    return read_feed(Path(path), choices, required=required)


def read_feed(
    path: Path, choices: Mapping[str, str] | None = None, *,
    required: Sequence[str] = REQUIRED,
) -> Iterator[Item]:
    """
    Yield the rows of *path* in order, and what was assumed: the layout first, the rest behind.

    Args:
        choices: What somebody chose of how it is to be read (`feed_columns`).

    Raises:
        Fault: the file as a whole cannot be read.
    """
    if not path.is_file():
        raise Fault(Code.FEED_MISSING, file=path)
    yield from _Reader(path, choices or {}, required).items()


class _Reader:
    """One file on its way through: its sheets, and what is noted of them all together."""

    def __init__(self, path: Path, choices: Mapping[str, str], required: Sequence[str]) -> None:
        self._path = path
        self._choices = choices
        self._required = required
        self._assumed: Counter[tuple[Assumed, str]] = Counter()
        self._read: list[str] = []
        self._problem: Fault | None = None
        self._found: Counter[str] = Counter()  # rows with a value, by field, over all sheets

    def items(self) -> Iterator[Item]:
        chosen = [part.strip() for part in self._choices.get("sheet", "").split("/")]
        wanted = {part.casefold() for part in chosen if part}
        met: set[str] = set()
        names: list[str] = []
        unread: list[Note] = []
        for number, sheet in enumerate(islice(sheets(self._path), MOST_SHEETS), 1):
            name = "".join(filter(str.isprintable, sheet.name))[:feed_notes.LONGEST_NAME]
            names.append(name)
            if wanted:
                same = wanted & {name.casefold(), str(number)}
                if not same:
                    unread.append(feed_notes.note(Code.NOTE_SHEET_NOT_CHOSEN, sheet=name))
                    continue
                met |= same
            elif sheet.hidden:
                unread.append(
                    feed_notes.note(Code.NOTE_SHEET_HIDDEN, sheet=name, number=number)
                )
                continue
            rows = ((row.number, row.cells) for row in sheet.rows
                    if not all(map(is_empty, row.cells)))
            first = list(islice(rows, feed_heading.WITHIN))
            try:
                table = self._table(sheet, number, first)
            except Fault as problem:
                if problem.code is Code.FEED_COLUMN_TWICE:
                    raise
                self._problem = self._problem or problem
                unread.append(feed_notes.note(Code.NOTE_SHEET_NO_HEADINGS, sheet=name))
                continue
            if table is None:
                unread.append(feed_notes.note(Code.NOTE_SHEET_EMPTY, sheet=name))
                continue
            self._read.append(name)
            yield from table.items(chain(first, rows))
        if wanted - met:
            raise Fault(Code.FEED_SHEET_UNKNOWN, file=self._path, sheets=names)
        if not self._read:
            raise self._problem or Fault(Code.FEED_EMPTY, file=self._path)
        if len(names) > 1:
            yield feed_notes.note(Code.NOTE_SHEETS, sheets=self._read)
            yield from unread
        for (assumed, field), count in sorted(self._assumed.items()):
            yield feed_notes.note(_ASSUMED[assumed], field=field, count=count)

    def _table(self, sheet: Sheet, number: int, first: Sequence[Numbered]) -> "_Table | None":
        """Return the table in *sheet*; None where it is empty."""
        if not first:
            return None
        heading = feed_heading.find(first, self._choices, self._required)
        if heading is None:
            if chosen := self._choices.get("heading_row"):
                raise Fault(Code.FEED_HEADING_ROW_NONE, file=self._path, row=chosen)
            row, cells = first[0]
            heading = feed_heading.Heading(1, row, feed_heading.names_of(cells), [])
        places = place(
            self._path, heading.row, heading.names, self._choices, self._required,
            since_1904=sheet.since_1904,
        )
        if (heading.row == 0 or not any(heading.names)) and places.phone >= len(first[0][1]):
            raise Fault(Code.FEED_HEADING_ROW_NONE, file=self._path, row=heading.row)
        return _Table(
            sheet, line_of(number if self._read else 0, 0), heading, places, self._required,
            self._assumed, self._found,
        )


class _Table:
    """The rows of one sheet under its headings."""

    def __init__(
        self, sheet: Sheet, line: int, heading: feed_heading.Heading, places: Places,
        required: Sequence[str], assumed: Counter[tuple[Assumed, str]], found: Counter[str],
    ) -> None:
        self._sheet = sheet
        self._line = line
        self._heading = heading
        self._places = places
        self._needed = places.needed(required)
        # A text has all its cells; a workbook keeps none that are empty.
        self._padded = sheet.name != ""
        self._assumed = assumed
        self._found = found
        self._here: Counter[str] = Counter()
        self._footers: list[int] = []
        self._again: list[int] = []

    def items(self, rows: Iterator[Numbered]) -> Iterator[Item]:
        heading, notes = self._heading, []
        if heading.row + self._line != 1:
            notes.append(feed_notes.note(Code.NOTE_HEADING, row=heading.row))
        if heading.above:
            notes.append(feed_notes.note(
                Code.NOTE_ABOVE, lines=[self._line + row for row in heading.above]
            ))
        notes += [
            feed_notes.note(
                Code.NOTE_PAIR, field=times.column.field, day=times.day, clock=times.clock
            )
            for times in self._places.times if times.clock is not None
        ]
        unused = [
            place for place, name in enumerate(heading.names)
            if name and place not in self._places.used()
        ]
        if unused:
            notes.append(feed_notes.note(Code.NOTE_COLUMNS_UNUSED, columns=unused))
        yield from notes
        usual = self._usual()
        for number, cells in islice(rows, heading.place, None):
            yield usual(number, cells) or self._careful(number, cells)
        if self._footers:
            yield feed_notes.note(Code.NOTE_FOOTERS, lines=self._footers)
        if self._again:
            yield feed_notes.note(Code.NOTE_HEADINGS_AGAIN, lines=self._again)
        if hidden := len(self._sheet.hidden_rows):
            yield feed_notes.note(Code.NOTE_HIDDEN_ROWS, count=hidden)

    def _usual(self) -> Callable[[int, Sequence[Cell]], FeedRow | None]:
        """
        Return what reads a row written in the usual way, and gives None for every other.

        Nearly all rows are, and this takes a fifth of the time; it must never read one otherwise
        than `_careful` does.
        """
        places, width, begin = self._places, self._places.width, self._line
        at = {times.column.field: times.day for times in places.times}
        if any(times.clock is not None or times.column.epoch or times.column.utc
               for times in places.times):
            return lambda number, cells: None
        phone = places.phone
        instants = [(at.get(field), field) for field in FIELDS[1:]]
        counts, assumed = self._here, self._assumed
        counted = [(place, field, (Assumed.SHANGHAI, field)) for place, field in instants]

        def read(number: int, cells: Sequence[Cell]) -> FeedRow | None:
            if len(cells) != width:
                return None
            mobile = cells[phone]
            if type(mobile) is not str or not is_number(mobile):
                return None
            found: list[Stated | None] = []
            for place, _, _ in counted:
                text = None if place is None else cells[place]
                if text is None or text == "":
                    found.append(None)
                    continue
                instant = quick_time(text) if type(text) is str else None
                if instant is None:
                    return None
                found.append(instant)
            counts["phone"] += 1
            for value, (_, field, key) in zip(found, counted, strict=True):
                if value is not None:
                    counts[field] += 1
                    assumed[key] += 1
            return FeedRow(begin + number, mobile, *found)

        return read

    def _careful(self, number: int, cells: Sequence[Cell]) -> Item:
        line, places = self._line + number, self._places
        other = self._no_item(number, line, cells)
        if other is not None:
            return other
        width = max(places.width, self._needed)
        if len(cells) < self._needed:
            # A row cut short would read as "not yet", and one with a stray comma as another
            # column's value.
            if not self._padded:
                return BadRow(line, [bad_rows.short(len(cells), width)])
        if any(not is_empty(cell) for cell in cells[width:]):
            return BadRow(line, [bad_rows.long(len(cells), width)])

        def cell(place: int) -> Cell:
            return cells[place] if place < len(cells) else None

        problems: list[Problem] = []
        noted: list[tuple[Assumed, str]] = []
        phone, stated = "", dict.fromkeys(FIELDS[1:])  # type: str, dict[str, Stated | None]
        try:
            phone = phone_of(cell(places.phone))
        except Refused as refused:
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
            except Refused as refused:
                problems.append(refused.problem)
        if problems:
            return BadRow(line, problems)
        self._assumed.update(noted)
        self._here["phone"] += 1
        self._here.update(field for field, value in stated.items() if value is not None)
        return FeedRow(line, phone, *stated.values())

    def _no_item(self, number: int, line: int, cells: Sequence[Cell]) -> Item | None:
        """Return what is to be said of a row that is about nobody; None where it is about one."""
        phone = cells[self._places.phone] if self._places.phone < len(cells) else None
        if is_number(text_of(phone)[-11:]):
            return None
        filled = [text_of(cell) for cell in cells if not is_empty(cell)]
        if _TOTAL.match(filled[0]) or _OF_ROWS.fullmatch(filled[0]):
            return self._total(line, cells, filled)
        if feed_heading.same_heading(cells, self._heading.names):
            self._again.append(line)
            return feed_notes.note(Code.NOTE_HEADINGS_AGAIN, lines=[line])
        if len(filled) <= 3 and _FOOTER.fullmatch(filled[0]):
            self._footers.append(line)
            return feed_notes.note(Code.NOTE_FOOTERS, lines=[line])
        return None

    def _total(self, line: int, cells: Sequence[Cell], filled: Sequence[str]) -> Item:
        """Compare a row of totals with what was read of this sheet, or of all."""
        said: list[tuple[str, int]] = []
        match = _OF_ROWS.search(filled[0])
        if match is not None:
            said.append(("phone", int(match[1])))
        columns = [(self._places.phone, "phone")]
        columns += [(times.day, times.column.field) for times in self._places.times]
        for place, field in columns:
            text = text_of(cells[place]) if place < len(cells) else ""
            if text.isascii() and text.isdecimal() and len(text) < 8:
                said.append((field, int(text)))
        for field, number in said:
            here = self._here[field]
            if number not in (here, here + self._found[field]):
                return BadRow(line, [bad_rows.total(number, here)])
        if said:
            return feed_notes.note(Code.NOTE_TOTAL, line=line)
        return feed_notes.note(Code.NOTE_TOTAL_UNKNOWN, line=line)
