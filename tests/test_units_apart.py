"""Units that somebody sends may stand in a workbook; a campaign's own are a text."""
from pathlib import Path

import openpyxl
import pytest
from factories import UNITS_CSV
from workbooks import book_bytes, sheet_xml, text_cell

from qrgen.campaign import Problem
from qrgen.fault_codes import Code
from qrgen.units_apart import read_units
from qrgen.units_file import read_units_file


def workbook(path: Path, *tables: list[list[str | int]]) -> Path:
    book = openpyxl.Workbook()
    for table in tables:
        tab = book.create_sheet()
        for row in table:
            tab.append(row)
    book.save(path)
    return path


def test_units_in_a_workbook_are_those_of_the_text(tmp_path: Path) -> None:
    """Numbers are numbers there, and the empty first sheet that every program makes is none."""
    table: list[list[str | int]] = [
        [int(cell) if cell.isdecimal() else cell for cell in line.split(",")]
        for line in UNITS_CSV.splitlines()
    ]
    (tmp_path / "units.csv").write_text(UNITS_CSV, encoding="utf-8")
    problems: list[Problem] = []
    told = read_units(workbook(tmp_path / "units.xlsx", table), problems)
    assert ([], read_units_file(tmp_path / "units.csv", [])) == (problems, told)


@pytest.mark.parametrize("code", [Code.SHEETS_WITH_ROWS, Code.CELL_WITHOUT_VALUE])
def test_what_a_workbook_leaves_open_is_told(tmp_path: Path, code: Code) -> None:
    """A second sheet is not left out in silence, and an error is no empty cell."""
    path = tmp_path / "units.xlsx"
    if code is Code.SHEETS_WITH_ROWS:
        workbook(path, [["id", "kind", "name"]], [["A01", "area", "东山镇"]])
    else:
        heading = "".join(text_cell(f"{'ABCD'[n]}1", name)
                          for n, name in enumerate(("id", "kind", "name", "target")))
        units = "".join(text_cell(f"{'ABC'[n]}2", cell)
                        for n, cell in enumerate(("A01", "area", "东山镇")))
        path.write_bytes(book_bytes(sheet_xml(
            f'<row r="1">{heading}</row><row r="2">{units}<c r="D2" t="e"><v>#REF!</v></c></row>'
        )))  # fmt: skip
    problems: list[Problem] = []
    read_units(path, problems)
    assert code in [problem.code for problem in problems]


def test_a_campaigns_own_units_are_no_workbook(tmp_path: Path) -> None:
    """A process that serves reads it, and what reads workbooks may end its process."""
    problems: list[Problem] = []
    path = workbook(tmp_path / "units.csv", [["id", "kind", "name"]])
    assert [] == read_units_file(path, problems)
    assert [Code.EXCEL_WORKBOOK] == [problem.code for problem in problems]
