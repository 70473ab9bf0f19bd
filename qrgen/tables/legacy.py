"""
Old Excel (.xls), its binary form (.xlsb) and OpenDocument (.ods), read by calamine.

It holds the whole sheet as a full rectangle, so a cell far away can end the process: this runs
only where that is bounded. It tells an error, or a formula without its value, no different from
an empty cell: in old Excel `biff` finds these, of the other two it is said with every sheet.
"""
import itertools
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from qrgen.fault_codes import Code, Term
from qrgen.faults import Said
from qrgen.shell import Fault
from qrgen.tables.biff import Flaws, unshown_in
from qrgen.tables.cells import Area, Cell, Flaw, Sheet, TableRow


def open_legacy(path: Path) -> Iterator[Sheet]:
    """
    Yield the sheets of the file at *path*.

    Raises:
        Fault: It is damaged or locked.
    """
    import python_calamine as calamine

    damaged = Fault(Code.TABLE_DAMAGED, file=path.name)
    try:
        # By what it holds: a path is read by its name, and WPS gives old files new names.
        with path.open("rb") as file:
            book = calamine.CalamineWorkbook.from_filelike(file)
    except calamine.PasswordError:
        raise Fault(Code.TABLE_LOCKED, file=path.name) from None
    # Without the library's own words, which may quote a cell.
    except (calamine.CalamineError, OSError, ValueError):
        raise damaged from None
    unshown = None if zipfile.is_zipfile(path) else unshown_in(path)
    read = 0
    for place, told in enumerate(book.sheets_metadata):
        if told.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        known = unshown[read] if unshown is not None and read < len(unshown) else None
        read += 1
        try:
            found = book.get_sheet_by_index(place)
        except (calamine.CalamineError, OSError, ValueError, IndexError):
            raise damaged from None
        yield Sheet(
            told.name, told.visible is not calamine.SheetVisibleEnum.Visible,
            _rows(found.iter_rows(), found.start[1] if found.start else 0,
                  known.flaws if known else {}),
            hidden_rows=known.rows if known else [],
            hidden_columns=known.columns if known else set(),
            merged=[
                Area(top + 1, left, bottom + 1, right)
                for (top, left), (bottom, right) in found.merged_cell_ranges or ()
            ],
            notes=[Said(Term.ERRORS_LOOK_EMPTY)] if known is None else [],
        )


def _rows(rows: Iterator[Sequence[Cell]], left: int, flaws: Flaws) -> Iterator[TableRow]:
    # iter_rows starts at the sheet's first row, but at the first column that is used, and ends
    # where its library sees nothing any more.
    before: list[Cell] = [None] * left
    by_row: dict[int, list[tuple[int, Flaw]]] = {}
    for (row, column), flaw in sorted(flaws.items(), key=lambda one: one[0]):
        by_row.setdefault(row, []).append((column, flaw))
    for number in itertools.count(1):
        cells = next(rows, None)
        if cells is None and not by_row:
            return
        made = [] if cells is None else before + [_whole(cell) for cell in cells]
        for column, flaw in by_row.pop(number, ()):
            made.extend([None] * (column + 1 - len(made)))
            made[column] = flaw
        while made and made[-1] is None:
            made.pop()
        if made:
            yield TableRow(number, made)


def _whole(cell: Cell) -> Cell:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return int(cell)
    return None if cell == "" else cell
