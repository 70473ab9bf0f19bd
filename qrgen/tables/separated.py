"""
A text with separators, read as Excel, WPS, banks and databases write it.

Which separator it is shows in the lines themselves: the one that cuts most of them into the
same number of cells. A line ``sep=;``, which Excel obeys and does not show, says it outright.
"""
import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from qrgen.fault_codes import Code
from qrgen.files import csv_problem
from qrgen.shell import Fault
from qrgen.tables.cells import Cell, Sheet, TableRow
from qrgen.tables.encodings import find_encoding, lines_of, open_text

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
        first = list(itertools.islice(lines_of(file), _LINES_LOOKED_AT))
        said = _said(first[0]) if first else None
        separator = said or _separator(first)
        lines = itertools.chain(first, lines_of(file))
        reader = csv.reader(lines, delimiter=separator, strict=True)
        if said:
            next(reader)
        while True:
            # A quoted cell may span lines: the row begins on the line after the last.
            line = reader.line_num + 1
            try:
                cells: list[Cell] = [*next(reader)]
            except StopIteration:
                return
            except csv.Error as error:
                raise Fault(
                    Code.TABLE_QUOTES, file=path.name, line=line, problem=csv_problem(error)
                ) from None
            if len(cells) > MOST_COLUMNS:
                raise Fault(Code.TABLE_WIDE_LINE, file=path.name, line=line, most=MOST_COLUMNS)
            if any(cells) and cells != [_END]:
                yield TableRow(line, cells)


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
