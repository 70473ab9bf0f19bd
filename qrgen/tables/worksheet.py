"""
The rows of one sheet of a workbook, as its XML has them.

Nothing that the sheet says of its size is believed: a row is as long as its last filled cell,
and one far to the right is refused with its address instead of filling up the row to it. Two
ways lead to the same row (`skimming`), and every value is made in one place.
"""
import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Sequence

from qrgen.fault_codes import Code
from qrgen.shapes import column_letter
from qrgen.shell import Fault
from qrgen.tables.cells import Area, Cell, Flaw, Sheet, TableRow
from qrgen.tables.formats import LAST_DAY, Kind, in_kind
from qrgen.tables.parts import Attributes, Parts
from qrgen.tables.shared import SharedTexts, TextRuns, unescaped
from qrgen.tables.skimming import ATTRIBUTES, BLANKS, TEXT

# No list has a tenth of it, and a cell beyond it is there by mistake.
MOST_COLUMNS = 1024
_LAST_ROW = 1 << 20
_MOST_AREAS = 100_000

_CELL = (
    rb'<c r="(%s[A-Z]{1,3})[0-9]{1,7}"(%s' + ATTRIBUTES + rb")(?:/>|></c>|><v>(%s" + TEXT
    + rb')</v></c>|><is><t(?: xml:space="preserve")?>(%s' + TEXT + rb")</t></is></c>)"
)
_CELLS = re.compile(_CELL.replace(b"%s", b""))
_ROW = re.compile(
    BLANKS + rb'<row(?: r="([0-9]+)")?(' + ATTRIBUTES + rb")>((?:" + _CELL.replace(b"%s", b"?:")
    + rb")*)</row>"
)
_OPENING = re.compile(rb"<sheetData[^<>]*>")
_NAMED = re.compile(rb' ([^ =]+)="([^"]*)"')
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")

# Excel keeps fifteen digits; a longer whole number has lost its last ones and stays a float.
_EXACT = 10**15

# Of a list nearly all rows are of a few shapes: with and without the last columns.
_MOST_SHAPES = 4
_MOST_READERS = 10_000
_SOME = TEXT[:-1] + b"+"

Reader = Callable[[bytes], Cell]


class _Shape:
    """
    Rows that are written alike but for their values: from column A on, without a gap.

    Args:
        attributes: Of the row, behind its number.
        cells: Letters, attributes, value and text of each cell.
    """

    def __init__(
        self, attributes: bytes, cells: Sequence[tuple[bytes, bytes, bytes, bytes]],
        readers: Sequence[Reader],
    ) -> None:
        row = BLANKS + rb'<row r="(%s[0-9]+)"' + re.escape(attributes) + b">"
        for letters, marks, value, _ in cells:
            row += b'<c r="' + letters + rb'[0-9]{1,7}"' + re.escape(marks) + b">"
            row += (
                b"<v>(%s" + _SOME + b")</v></c>" if value
                else rb'<is><t(?: xml:space="preserve")?>(%s' + _SOME + b")</t></is></c>"
            )
        row += b"</row>"
        self.row = re.compile(row.replace(b"%s", b""))
        self.run = re.compile(b"(?:" + row.replace(b"%s", b"?:") + b")+")
        self.readers = readers


class Worksheet:
    """
    The reader of one sheet.

    Args:
        name: Of its part.
        sheet: Gets what is told beside the rows: what is hidden, what is merged.
        kinds: What the format of each style shows.
        to_calculate: Whether its formulas are to be worked out by who opens it. Programs that
            calculate nothing write 0 in the place of their values then.
    """

    def __init__(
        self, parts: Parts, name: str, sheet: Sheet, texts: SharedTexts, kinds: Sequence[Kind],
        epoch: dt.datetime, to_calculate: bool = False,
    ) -> None:
        self._parts = parts
        self._name = name
        self._sheet = sheet
        self._texts = texts
        self._kinds = kinds
        self._epoch = epoch
        self._to_calculate = to_calculate
        self._columns: dict[bytes, int] = {}
        self._readers: dict[bytes, Reader] = {}
        self._shapes: list[_Shape] = []
        self._row = 0
        self._placed: bool | None = None  # whether this row's cells say where they stand
        self._path: list[str] = []
        self._found: list[TableRow] = []
        self._cells: list[Cell] = []
        self._runs = TextRuns()
        self._value: list[str] = []
        self._formula = False
        self._attributes: Attributes = {}

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows that are not blank."""
        for _ in self._parts.skim(
            self._name, self._start, self._end, self._text, _OPENING, b"</row>", self._plain,
            lambda: len(self._path) == 2 and self._path[1] == "sheetData",
        ):
            yield from self._found
            self._found.clear()

    # The usual way

    def _plain(self, rest: bytes, at: int) -> int:
        for shape in self._shapes:
            if run := shape.run.match(rest, at):
                self._alike(shape, shape.row.findall(rest, at, run.end()))
                return run.end()
        if found := _ROW.match(rest, at):
            self._plain_row(*found.groups())
            return found.end()
        return at

    def _alike(self, shape: "_Shape", rows: list[tuple[bytes, ...]]) -> None:
        readers, found, last = shape.readers, self._found, self._row
        for number, *values in rows:
            row = int(number)
            if not last < row <= _LAST_ROW:
                raise self._parts.damaged()
            last = row
            cells = [read(value) for read, value in zip(readers, values, strict=True)]
            if cells[0] or not _is_blank(cells):
                found.append(TableRow(row, cells))
        self._row = last

    def _plain_row(self, number: bytes | str | None, rest: bytes, body: bytes) -> None:
        named = _named(rest)
        if "r" in named and number is not None:
            raise ValueError("two numbers")
        hidden = named.get("hidden")
        number = number or named.get("r")
        self._begin_row(number, hidden)
        cells: list[Cell] = []
        raw: list[tuple[bytes, bytes, bytes, bytes]] = _CELLS.findall(body)
        whole = hidden is None and isinstance(number, bytes)
        for letters, marks, value, text in raw:
            column = self._column(letters)
            if not value and not text:
                whole = False
                continue
            if column != len(cells):
                self._reach(cells, column)
                whole = False
            cells.append(self._plain_reader(marks)(value or text))
        if whole and raw and len(self._shapes) < _MOST_SHAPES:
            readers = [self._plain_reader(marks) for _, marks, _, _ in raw]
            self._shapes.append(_Shape(rest, raw, readers))
        self._end_row(cells)

    def _plain_reader(self, attributes: bytes) -> Reader:
        read = self._readers.get(attributes)
        if read is None:
            named = _named(attributes)
            if "r" in named:
                raise ValueError("two places")
            read = self._reader(named.get("t", "n"), named.get("s", "0"))
            if len(self._readers) < _MOST_READERS:
                self._readers[attributes] = read
        return read

    # The careful way

    def _start(self, tag: str, attributes: Attributes) -> None:
        path = self._path
        path.append(tag)
        if len(path) > 2 and path[1] == "sheetData":
            if len(path) == 3 and tag == "row":
                self._begin_row(attributes.get("r"), attributes.get("hidden"))
                self._cells = []
            elif len(path) == 4 and tag == "c":
                self._attributes = attributes
                self._formula = False
                self._value.clear()
            elif tag == "f":
                self._formula = True
            elif "is" in path:
                self._runs.start(tag)
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            first = int(attributes.get("min", "1"))
            last = min(int(attributes.get("max", str(first))), MOST_COLUMNS)
            self._sheet.hidden_columns.update(range(first - 1, last))
        elif tag == "mergeCell" and len(self._sheet.merged) < _MOST_AREAS:
            self._sheet.merged.append(_area(attributes.get("ref", "")))

    def _end(self, tag: str) -> None:
        path = self._path
        if len(path) > 2 and path[1] == "sheetData":
            if "is" in path:
                self._runs.end(tag)
            if len(path) == 4 and tag == "c":
                self._careful_cell()
            elif len(path) == 3 and tag == "row":
                self._end_row(self._cells)
        path.pop()

    def _text(self, text: str) -> None:
        if len(self._path) < 5 or self._path[1] != "sheetData":
            return
        if self._path[4] == "v":
            self._value.append(text)
        else:
            self._runs.text(text)

    def _careful_cell(self) -> None:
        value = "".join(self._value) or self._runs.taken()
        self._runs.taken()
        kind = self._attributes.get("t", "n")
        reference = self._attributes.get("r")
        column = len(self._cells)
        # A program says of all cells where they stand, or of none.
        if self._placed not in (None, reference is not None):
            raise self._parts.damaged()
        self._placed = reference is not None
        if reference is not None:
            found = _REFERENCE.fullmatch(reference)
            if found is None:
                raise self._parts.damaged()
            column = self._column(found[1].encode())
        cell: Cell
        if self._formula and self._to_calculate and kind == "n" and value in ("", "0"):
            cell = Flaw.UNCALCULATED
        elif value:
            cell = self._reader(kind, self._attributes.get("s", "0"))(value.encode())
        elif self._formula and kind != "str":
            cell = Flaw.UNCALCULATED
        else:
            return
        self._reach(self._cells, column)
        self._cells.append(cell)

    # What both have in common

    def _begin_row(self, number: str | bytes | None, hidden: str | None) -> None:
        row = self._row + 1 if number is None else int(number)
        if not self._row < row <= _LAST_ROW:
            raise self._parts.damaged()
        self._row = row
        self._placed = None
        if hidden in ("1", "true"):
            self._sheet.hidden_rows.append(row)

    def _column(self, letters: bytes) -> int:
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = column_of(letters.decode())
        return column

    def _reach(self, cells: list[Cell], column: int) -> None:
        """Fill *cells* up with empty ones, so that *column* is next."""
        if column >= MOST_COLUMNS:
            raise Fault(
                Code.TABLE_FAR_CELL, file=self._parts.file, sheet=self._sheet.name,
                cell=f"{column_letter(column)}{self._row}",
            )
        if column < len(cells):
            raise self._parts.damaged()
        cells.extend([None] * (column - len(cells)))

    def _end_row(self, cells: list[Cell]) -> None:
        if not _is_blank(cells):
            self._found.append(TableRow(self._row, cells))

    def _reader(self, kind: str, style: str) -> Reader:
        """Return what makes a cell of type *kind* in *style* out of its value."""
        if kind == "s":
            return self._texts.read
        if kind in ("str", "inlineStr"):
            return lambda value: (unescaped(value) if b"_x" in value else value).decode()
        if kind == "b":
            return lambda value: value.decode().strip() in ("1", "true")
        if kind == "e":
            return _error
        if kind == "d":
            return _iso
        number = int(style)
        shown = self._kinds[number] if number < len(self._kinds) else Kind.NUMBER
        if shown is Kind.NUMBER:
            return _number
        epoch = self._epoch
        if shown is not Kind.DATE_TIME:
            return lambda value: in_kind(_number(value), shown, epoch)
        span = dt.timedelta

        def when(value: bytes) -> Cell:
            # As `in_kind` does, in half the time: most cells of many a long list are such.
            days = float(value)
            if 60 <= days < LAST_DAY:
                return epoch + span(0, 0, int(days * 86_400_000 + 0.5) * 1000)
            return in_kind(_number(value), shown, epoch)

        return when


def _named(attributes: bytes) -> dict[str, str]:
    found = _NAMED.findall(attributes)
    named = {name.decode(): value.decode() for name, value in found}
    if len(named) < len(found):
        raise ValueError("one attribute twice")
    return named


def _is_blank(cells: list[Cell]) -> bool:
    return all(cell is None or cell == "" for cell in cells)


def column_of(letters: str) -> int:
    """Return the column that spreadsheets show as *letters*: A 0, Z 25, AA 26."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _number(value: bytes) -> int | float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a number of a workbook")
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def _error(value: bytes) -> Cell:
    value.decode()  # what is no text is damage here, too
    return Flaw.ERROR


def _iso(value: bytes) -> Cell:
    text = value.decode().strip().removesuffix("Z")
    if len(text) == 10:
        return dt.date.fromisoformat(text)
    return dt.datetime.fromisoformat(text)


def _area(reference: str) -> Area:
    first, _, last = reference.partition(":")
    begin = _REFERENCE.fullmatch(first)
    end = _REFERENCE.fullmatch(last or first)
    if begin is None or end is None:
        raise ValueError("not an area")
    return Area(int(begin[2]), column_of(begin[1]), int(end[2]), column_of(end[1]))
