"""
From sheets to a draft: which sheets hold tables of ours, and what they say together.

Totals, notes, hidden rows and columns that nobody asked for are told and left out; nothing is
left out in silence, and no number is made up.
"""
from collections.abc import Sequence

from qrgen.setup.areas import Areas, Taken
from qrgen.setup.departments import departments_in
from qrgen.setup.draft import Draft, Remark, note
from qrgen.setup.fault_codes import Code
from qrgen.setup.finding import tables_of
from qrgen.setup.grids import Grid


def recognise(grids: Sequence[Grid]) -> Draft:
    """
    Return what *grids* (`qrgen.setup.opening`) say, as rows to be seen and corrected.

    A sheet that holds no table we know is told of. Nothing is raised: what cannot be taken is a
    problem among the remarks, here or of `qrgen.setup.understanding.understand`.
    """
    taken = Taken()
    for grid in grids:
        _read(grid, taken)
    if not taken.rows and not taken.departments:
        taken.remarks.append(Remark("problem", Code.NO_TABLE, file=""))
    return Draft(
        tuple(taken.rows), tuple(taken.departments),
        sum(taken.totals) if taken.totals else None, taken.title,
        tuple(dict.fromkeys(taken.excluded)), tuple(taken.parts), tuple(taken.remarks),
    )


def _read(grid: Grid, taken: Taken) -> None:
    if not grid.rows:
        return
    if grid.hidden:
        taken.remarks.append(note(Code.SHEET_HIDDEN, grid.name))
        return
    found = tables_of(grid)
    areas = [table for table in found if table.is_areas]
    lists = [table for table in found if table.is_departments]
    if not areas and not lists:
        taken.remarks.append(note(Code.SHEET_PASSED, grid.name, min(grid.rows)))
    if areas:
        Areas(taken, grid, areas).read()
    for table in lists:
        taken.departments += departments_in(table)
