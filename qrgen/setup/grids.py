"""
A sheet held whole, as plain data: a set-up table is short, and is looked at from all sides.

Cells are text, for names decide here; what is no text says so in its spelling (``#错误``,
``=公式``, a date in ISO form), so that a damaged name stays known as one wherever the text goes.
"""
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from qrgen.setup.fault_codes import Code
from qrgen.shell import Fault
from qrgen.tables.cells import Area, Cell, Flaw, Sheet
from qrgen.texts import clean_lines

# No county has a tenth of it.
MOST_ROWS = 10_000
MOST_COLUMNS = 200

ERROR = "#错误"
FORMULA = "=公式"


@dataclass
class Grid:
    """
    One sheet.

    Args:
        name: As on its tab; empty for a text.
        rows: Number of each row that is not blank, and its cells from column A on.
        merged: Areas, with the numbers of their rows.
        above: What stands before the table where that is no sheet: a title, a line of text.
    """

    name: str
    rows: dict[int, list[str]] = field(default_factory=dict)
    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)
    above: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        return max(map(len, self.rows.values()), default=0)

    def cell(self, row: int, column: int) -> str:
        cells = self.rows.get(row, [])
        return cells[column] if column < len(cells) else ""


def grid_of(sheet: Sheet, file: str) -> Grid:
    """
    Return *sheet*, read.

    Raises:
        Fault: It is too long, or cannot be read.
    """
    rows: dict[int, list[str]] = {}
    for row in sheet.rows:
        cells = [text_of(cell) for cell in row.cells[:MOST_COLUMNS]]
        if any(cells):
            rows[row.number] = cells
        if len(rows) > MOST_ROWS:
            raise Fault(Code.TABLE_TOO_LONG, file=file, most=MOST_ROWS)
    return Grid(
        sheet.name, rows, sheet.hidden, set(sheet.hidden_rows), set(sheet.hidden_columns),
        [area for area in sheet.merged if area.top in rows],
    )


def text_of(cell: Cell) -> str:
    """Return *cell* as text; its lines stay lines."""
    if cell is None:
        return ""
    if isinstance(cell, Flaw):
        return ERROR if cell is Flaw.ERROR else FORMULA
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.10f}".rstrip("0").rstrip(".")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return clean_lines(str(cell))


def as_plain(grid: Grid) -> dict[str, Any]:
    """Return *grid* as JSON can hold it."""
    return {
        "name": grid.name, "rows": [[n, cells] for n, cells in grid.rows.items()],
        "hidden": grid.hidden, "hidden_rows": sorted(grid.hidden_rows),
        "hidden_columns": sorted(grid.hidden_columns),
        "merged": [list(area) for area in grid.merged], "above": grid.above,
    }


def from_plain(plain: Any) -> Grid:
    """
    Return what `as_plain` made *plain* of.

    Raises:
        ValueError: It is not of that form.
    """
    try:
        return Grid(
            str(plain["name"]), {int(n): [str(c) for c in cells] for n, cells in plain["rows"]},
            bool(plain["hidden"]), set(_numbers(plain["hidden_rows"])),
            set(_numbers(plain["hidden_columns"])),
            [Area(*_numbers(area)) for area in plain["merged"]], [str(t) for t in plain["above"]],
        )
    except (KeyError, TypeError, ValueError):
        raise ValueError("not a grid") from None


def _numbers(found: Iterable[Any]) -> list[int]:
    return [int(one) for one in found]


def no_table(file: str) -> Fault:
    return Fault(Code.NO_TABLE, file=file)
