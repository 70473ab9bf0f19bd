"""
Old Excel (.xls), its binary form (.xlsb) and OpenDocument (.ods), read by calamine.

It holds the whole sheet as a full rectangle, so a cell far away can end the process: this runs
only where that is bounded. It tells an error, or a formula without its value, no different from
an empty cell; so that is said with every sheet, and who asks may refuse it.
"""
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from qrgen.fault_codes import Code, Term
from qrgen.faults import Said
from qrgen.shell import Fault
from qrgen.tables.cells import Area, Cell, Sheet, TableRow


def open_legacy(path: Path) -> Iterator[Sheet]:
    """
    Yield the sheets of the file at *path*.

    Raises:
        Fault: It is damaged or locked.
    """
    import python_calamine as calamine

    damaged = Fault(Code.TABLE_DAMAGED, file=path.name)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
    except calamine.PasswordError:
        raise Fault(Code.TABLE_LOCKED, file=path.name) from None
    # Without the library's own words, which may quote a cell.
    except (calamine.CalamineError, OSError, ValueError):
        raise damaged from None
    for place, told in enumerate(book.sheets_metadata):
        if told.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        try:
            found = book.get_sheet_by_index(place)
        except (calamine.CalamineError, OSError, ValueError, IndexError):
            raise damaged from None
        yield Sheet(
            told.name, told.visible is not calamine.SheetVisibleEnum.Visible,
            _rows(found.iter_rows(), found.start[1] if found.start else 0),
            merged=[
                Area(top + 1, left, bottom + 1, right)
                for (top, left), (bottom, right) in found.merged_cell_ranges or ()
            ],
            notes=[Said(Term.ERRORS_LOOK_EMPTY)],
        )


def _rows(rows: Iterator[Sequence[Cell]], left: int) -> Iterator[TableRow]:
    # iter_rows starts at the sheet's first row, but at the first column that is used.
    before: list[Cell] = [None] * left
    for number, cells in zip(itertools.count(1), rows):
        made = before + [_whole(cell) for cell in cells]
        while made and made[-1] is None:
            made.pop()
        if made:
            yield TableRow(number, made)


def _whole(cell: Cell) -> Cell:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return int(cell)
    return None if cell == "" else cell
