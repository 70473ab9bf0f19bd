"""
Departments (县直部门): a list with one a line, or a table with its headings.

Their list seldom has a heading that is not also the title of something else, so who sends one
says that it is one.
"""
from collections.abc import Iterable, Sequence

from qrgen.setup.branches import name_of
from qrgen.setup.columns import Role
from qrgen.setup.draft import Department
from qrgen.setup.finding import Found, tables_of
from qrgen.setup.grids import Grid
from qrgen.tables.cells import TableRow
from qrgen.tables.headings import key_of
from qrgen.tables.totals import apart
from qrgen.texts import clean

_TITLES = (
    "部门", "部门(单位)", "单位", "单位名称", "单位全称", "部门名称", "责任部门", "名称",
    "成员单位",
)


def departments_of(grids: Sequence[Grid]) -> tuple[Department, ...]:
    """Return the departments in *grids*, which are known to be a list of them; without ids."""
    made: list[Department] = []
    for grid in grids:
        if grid.rows and not grid.hidden:
            tables = [table for table in tables_of(grid) if table.of(Role.DEPARTMENT, Role.AREA)]
            if tables:
                made += [one for table in tables for one in departments_in(table)]
            else:
                made += _listed(grid)
    return tuple(made)


def departments_in(table: Found) -> list[Department]:
    """Return the departments of *table*, which has a column of them."""
    column = (table.of(Role.DEPARTMENT) or table.of(Role.AREA))[0]
    sector = table.of(Role.SECTOR)
    return list(_rows(table.grid, table.rows, column, sector[0] if sector else None))


def _listed(grid: Grid) -> Iterable[Department]:
    """Return what a list without a known heading names: its first column that is no number."""
    numbers = sorted(grid.rows)
    for column in range(grid.width):
        cells = [cell for number in numbers if (cell := grid.cell(number, column))]
        if sum(not key_of(cell).isdecimal() for cell in cells) * 2 > len(cells):
            return _rows(grid, numbers, column, None)
    return ()


def _rows(
    grid: Grid, numbers: Iterable[int], column: int, sector: int | None
) -> Iterable[Department]:
    for number in numbers:
        told = name_of(grid.cell(number, column))
        row = TableRow(number, list(grid.rows[number]))
        if not told or number in grid.hidden_rows or apart(row) or key_of(told) in _TITLES:
            continue
        if len(told) > 20 or "：" in told:
            continue  # a title, a note
        words = "" if sector is None else clean(grid.cell(number, sector).replace("\n", " "))
        yield Department(told, words, "", grid.name, number)
