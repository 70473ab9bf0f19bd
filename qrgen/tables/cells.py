"""
What a table from outside is made of: sheets, rows, cells.

A number is never made a text, nor a text a number: which of both it was decides what may be
believed of it. An error and a formula without its value are a `Flaw` and never an empty cell,
for an empty one means "not yet".
"""
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from qrgen.faults import Said
from qrgen.tables.formats import EPOCH_1900
from qrgen.texts import squeeze


class Flaw(Enum):
    """What stands in a cell instead of a value."""

    ERROR = "error"  # #N/A, #REF!…
    UNCALCULATED = "uncalculated"  # a formula that no program has worked out


Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | Flaw | None


class TableRow(NamedTuple):
    """
    One row that is not blank.

    Args:
        number: Its number in the program that made the file; in a text, the line it begins on.
        cells: From column A on, up to the last that is filled: rows may differ in length.
    """

    number: int
    cells: list[Cell]


class Area(NamedTuple):
    """A merged area. Rows as `TableRow.number` has them, columns from 0; both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Sheet:
    """
    One sheet of a workbook, or a text file as its only one.

    Args:
        name: As on its tab; empty for a text.
        hidden: Whether somebody who opens the file would not see it.
        rows: To be read once, before the next sheet is asked for.
        hidden_rows: Numbers of the hidden ones among the rows read so far.
        hidden_columns: Known when the first row is.
        merged: Known when the last row is read.
        epoch: The day that is 0 in its calendar, for numbers that are days without saying so.
        notes: What somebody should know who only sees the rows: read them when the rows are read.
    """

    name: str
    hidden: bool
    rows: Iterator[TableRow]
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)
    epoch: dt.datetime = EPOCH_1900
    notes: list[Said] = field(default_factory=list)


def is_blank(cell: Cell) -> bool:
    """Whether nothing stands in *cell*, or nothing but blanks and marks without width."""
    return cell is None or (isinstance(cell, str) and not squeeze(cell))
