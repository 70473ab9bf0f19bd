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
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

from attribution.facts import feed_notes, named_months
from attribution.facts.feed_blocks import FeedRow, RowBlock
from attribution.facts.feed_columns import FIELDS, REQUIRED, TIMES, place, wanted
from attribution.facts.feed_notes import Note
from attribution.facts.feed_table import Table, Told, reads_phone
from attribution.facts.feed_values import (
    Assumed,
    NotRead,
    has_value,
    is_empty,
    text_of,
)
from attribution.facts.row_numbers import MOST_SHEETS, line_of
from attribution.faults import Code
from attribution.rule.instants import day_of, now
from qrgen.shell import Fault
from qrgen.tables.cells import Sheet, TableRow
from qrgen.tables.formats import EPOCH_1904
from qrgen.tables.headings import (
    ROWS_LOOKED_AT,
    Heading,
    find_heading,
    place_of,
)
from qrgen.tables.opening import sheets

__all__ = [
    "FIELDS",
    "REQUIRED",
    "FeedRow",
    "blocks_here",
    "plain_rows",
    "rows_here",
    "sha256_of",
]

_ASSUMED = {
    Assumed.DAYS: Code.NOTE_DAYS,
    Assumed.DAY_NUMBERS: Code.NOTE_DAY_NUMBERS, Assumed.DIGITS: Code.NOTE_DIGITS,
    Assumed.EPOCH: Code.NOTE_EPOCH, Assumed.UTC: Code.NOTE_UTC,
    Assumed.SHORT_YEARS: Code.NOTE_SHORT_YEARS, Assumed.PLACEHOLDERS: Code.NOTE_PLACEHOLDERS,
}


# Further rows that are asked where a date's year stands: a day's file may begin with its 20th.
_ASKED_FOR_YEARS = 5000


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
    """Yield what `blocks_here` does as plain data, for `feed_rows` in another process."""
    for item in blocks_here(Path(path), choices, required=required):
        yield item.packed() if type(item) is RowBlock else item


def rows_here(
    path: Path, choices: Mapping[str, str] | None = None, *,
    required: Sequence[str] = REQUIRED,
) -> Iterator[Told]:
    """
    Yield the rows of *path* in order, and what was assumed: the layout first, the rest behind.

    Args:
        choices: What somebody chose of how it is to be read (`feed_columns`).

    Raises:
        Fault: the file as a whole cannot be read.
    """
    for item in blocks_here(path, choices, required=required):
        if isinstance(item, RowBlock):
            yield from item.rows()
        else:
            yield item


def blocks_here(
    path: Path, choices: Mapping[str, str] | None = None, *,
    required: Sequence[str] = REQUIRED,
) -> Iterator[Told | RowBlock]:
    """Do as `rows_here`, with many usual rows at once."""
    if not path.is_file():
        raise Fault(Code.FEED_MISSING, file=path)
    try:
        yield from _Reader(path, choices or {}, required).items()
    except Fault as fault:
        # The reader of tables tells a file's name alone, which two folders may have.
        if fault.data.get("file") == path.name:
            fault.data["file"] = path
        raise


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

    def items(self) -> Iterator[Told | RowBlock]:
        hidden: Fault | None = None
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
                if hidden is None and self._looks_like_it(sheet, number):
                    hidden = Fault(
                        Code.FEED_HIDDEN_ALONE, file=self._path, sheet=name, number=number
                    )
                unread.append(
                    feed_notes.note(Code.NOTE_SHEET_HIDDEN, sheet=name, number=number)
                )
                continue
            rows = sheet.rows
            first = list(islice(rows, self._looked_at()))
            try:
                table = self._table(sheet, number, first)
            except Fault as problem:
                if problem.code is Code.FEED_COLUMN_TWICE:
                    raise
                self._problem = self._problem or problem
                unread.append(
                    feed_notes.note(Code.NOTE_SHEET_NO_HEADINGS, sheet=name, number=number)
                )
                continue
            if table is None:
                unread.append(feed_notes.note(Code.NOTE_SHEET_EMPTY, sheet=name))
                continue
            self._read.append(name)
            first += self._about_years(table, first, rows)
            yield from table.items(chain(first, rows))
        if wanted - met:
            raise Fault(Code.FEED_SHEET_UNKNOWN, file=self._path, sheets=names)
        if not self._read:
            raise hidden or self._problem or Fault(Code.FEED_EMPTY, file=self._path)
        if len(names) > 1:
            yield feed_notes.note(Code.NOTE_SHEETS, sheets=self._read)
            yield from unread
        plain = sum(n for (assumed, _), n in self._assumed.items() if assumed is Assumed.SHANGHAI)
        if plain:
            yield feed_notes.note(Code.NOTE_SHANGHAI, count=plain)
        for assumed, code in _ASSUMED.items():
            for field in TIMES:
                if count := self._assumed[assumed, field]:
                    yield feed_notes.note(code, field=field, count=count)

    def _about_years(
        self, table: Table, first: Sequence[TableRow], rows: Iterator[TableRow]
    ) -> list[TableRow]:
        """Let *table* know where short years stand; return the *rows* that were asked for it."""
        today = day_of(now())
        if not any(map(named_months.is_short, table.times_in(first))):
            return []
        further: list[TableRow] = []
        if not named_months.years_are_last(table.times_in(first), today):
            further = list(islice(rows, _ASKED_FOR_YEARS))
        table.short_years = named_months.years_are_last(
            table.times_in([*first, *further]), today
        )
        return further

    def _looks_like_it(self, sheet: Sheet, number: int) -> bool:
        """Whether the list stands in *sheet*, which nobody sees."""
        try:
            first = list(islice(sheet.rows, self._looked_at()))
            return self._table(sheet, number, first) is not None
        except Fault:
            return False

    def _looked_at(self) -> int:
        return max(ROWS_LOOKED_AT, int(self._choices.get("heading_row", 0)) + 2)

    def _table(self, sheet: Sheet, number: int, first: Sequence[TableRow]) -> "Table | None":
        """Return the table in *sheet*; None where it is empty."""
        if not first:
            return None
        chosen = self._choices.get("heading_row")
        heading = find_heading(
            first, wanted(self._required), self._choices, int(chosen) if chosen else None
        )
        if heading is None:
            if chosen:
                raise Fault(Code.FEED_HEADING_ROW_NONE, file=self._path, row=chosen)
            heading = self._without(first)
        places = place(
            self._path, heading, self._choices, self._required,
            since_1904=sheet.epoch == EPOCH_1904,
        )
        return Table(
            self._path, sheet, line_of(number if self._read else 0, 0), heading, places,
            self._required, self._assumed, self._found,
        )

    def _without(self, first: Sequence[TableRow]) -> Heading:
        """Return the headings where no row has any that we know: all columns go by position."""
        told = {
            field: at for field in FIELDS
            if (at := place_of(self._choices.get(field, ""))) is not None
        }
        missing = [field for field in self._required if field not in told]
        if not missing:
            phone = told["phone"]
            for above, (_, cells) in enumerate(first):
                try:
                    reads_phone(self._required)(cells[phone] if phone < len(cells) else None)
                except NotRead:
                    continue
                passed = [one.number for one in first[:above]]
                width = max(len(one.cells) for one in first)
                return Heading(0, passed[-1] if passed else 0, [""] * width, told, {}, [], passed)
        if len(self._required) > 1 and all(
            sum(not is_empty(cell) for cell in one.cells) <= 1 for one in first
        ):
            raise Fault(Code.FEED_ONE_COLUMN, file=self._path, row=first[0].number)
        # What stands right above the first number or time is likelier headings than a title is.
        data = next((place for place, one in enumerate(first) if has_value(one.cells)), 0)
        row = first[max(0, data - 1)]
        names = [text_of(cell) for cell in row.cells]
        return Heading(row.number, row.number, names, told, {}, missing, [])
