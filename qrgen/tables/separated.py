"""
A text with separators, read as Excel, WPS, banks and databases write it.

Which separator it is shows in the lines themselves: the one that cuts most of them into the
same number of cells. A line ``sep=;``, which Excel obeys and does not show, says it outright.
"""
import csv
import io
import itertools
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

from qrgen.fault_codes import Code
from qrgen.files import csv_problem
from qrgen.shell import Fault
from qrgen.tables.cells import Cell, Sheet, TableRow
from qrgen.tables.encodings import find_encoding, lines_of, open_text, some_lines

# Where two cut alike, the earlier one is it. The last ones: typed by hand, Hive's, old systems'.
SEPARATORS = ",\t;|，；\x01^~"

# As many columns as Excel has.
MOST_COLUMNS = 16_384

_LINES_LOOKED_AT = 60

# How DOS ended a text. It is no cell.
_END = "\x1a"


def open_separated(path: Path) -> Iterator[Sheet]:
    """
    Yield the text at *path* as one sheet whose cells are all text.

    Raises:
        Fault: It is no text, or (with the rows) its quotes are wrong.
    """
    encoding = find_encoding(path)
    yield Sheet("", hidden=False, rows=_rows(path, encoding))


def _rows(path: Path, encoding: str) -> Iterator[TableRow]:
    with open_text(path, encoding) as file:
        lines = some_lines(file)
        while len(lines) < _LINES_LOOKED_AT and (more := some_lines(file)):
            lines += more
        said = _said(lines[0]) if lines else None
        separator = said or _separator(lines[:_LINES_LOOKED_AT])
        begin = 0
        if said:
            del lines[0]
            begin = 1
        while lines:
            rows = _a_row_a_line(lines, separator)
            if rows is None:
                begin = yield from _row_by_row(path, file, lines, begin, separator)
            else:
                numbered = enumerate(rows, begin + 1)
                yield from [
                    TableRow(number, cells) for number, cells in numbered
                    if any(cells) and cells != [_END]
                ]
                begin += len(lines)
            lines = some_lines(file)


def _a_row_a_line(lines: list[str], separator: str) -> list[list[Cell]] | None:
    """Return the rows in *lines*, as many; None where that cannot be said so quickly."""
    try:
        rows: list[list[Cell]] = [*csv.reader(lines, delimiter=separator, strict=True)]
    except csv.Error:
        return None
    # Each row takes a line at least, so of as many rows none takes two.
    if len(rows) < len(lines) or max(map(len, rows)) > MOST_COLUMNS:
        return None
    return rows


def _row_by_row(
    path: Path, file: io.TextIOWrapper, lines: list[str], begin: int, separator: str
) -> Generator[TableRow, None, int]:
    """
    Yield the rows of *lines*, and the rest of the last of them where it goes on behind these.

    Args:
        begin: How many lines came before.

    Returns:
        How many lines are read then.
    """
    reader = csv.reader(
        itertools.chain(lines, lines_of(file)), delimiter=separator, strict=True
    )
    while reader.line_num < len(lines):
        # A quoted cell may span lines: the row begins on the line after the last.
        line = begin + reader.line_num + 1
        try:
            cells: list[Cell] = [*next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            raise Fault(
                Code.TABLE_QUOTES, file=path.name, line=line, problem=csv_problem(error)
            ) from None
        if len(cells) > MOST_COLUMNS:
            raise Fault(Code.TABLE_WIDE_LINE, file=path.name, line=line, most=MOST_COLUMNS)
        if any(cells) and cells != [_END]:
            yield TableRow(line, cells)
    return begin + reader.line_num


def _said(line: str) -> str | None:
    """Return the separator that the first *line* names, if it does nothing else."""
    text = line.strip("\r\n\" ").lower()
    if text.startswith("sep=") and len(text) == 5 and text[4] in SEPARATORS:
        return text[4]
    # Of a tab nothing is left but the word.
    return "\t" if line.rstrip("\r\n").lower() == "sep=\t" else None


def _separator(lines: list[str]) -> str:
    return max(SEPARATORS, key=lambda separator: _cut(lines, separator))


def _cut(lines: list[str], separator: str) -> tuple[int, int]:
    """Return how many lines *separator* cuts into equally many cells, and into how many."""
    widths: Counter[int] = Counter()
    try:
        for cells in csv.reader(lines, delimiter=separator):
            widths[len(cells)] += 1
    except csv.Error:
        pass  # told where it stands, when the rows are read
    return max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))
