# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The seal is on what leaves, in nobody's way, and a file proves itself or not."""
import csv
import io

import openpyxl
import pytest
from test_facts import claimed, done, take, write

from attribution import cli
from attribution.proof import heads
from attribution.reports import spreadsheets
from attribution.rule import instants
from attribution.rule.instants import HOUR


@pytest.fixture
def filled(service, tmp_path):
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 1)
    take(service, write(tmp_path / "a.csv", [done(1, now), done(2, now)]))
    return service


def export(instance, out, *more):
    return cli.main(["export", "credits", "--out", str(out), *more,
                     "--instance", str(instance.folder)])


def verify(instance, path):
    return cli.main(["verify-export", str(path), "--instance", str(instance.folder)])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_carries_the_seal_in_an_empty_last_column(
    filled, instance, tmp_path, encoding, capsys
):
    out = tmp_path / "credits.csv"
    assert 0 == export(instance, out, "--encoding", encoding)
    heading, *rows = csv.reader(io.StringIO(out.read_bytes().decode(encoding)))
    seal = heads.latest_text(filled.ledger)
    assert heading[-1].startswith(seal) and "封印 " in seal
    assert rows and {""} == {row[-1] for row in rows}
    assert {len(heading)} == {len(row) for row in rows}
    assert seal == spreadsheets.mark_in(out)
    capsys.readouterr()
    assert 0 == verify(instance, out)
    assert seal in capsys.readouterr().out
    out.write_bytes(out.read_bytes().replace(b"N07", b"N08", 1))
    assert 1 == verify(instance, out)
    assert f"it says {seal}" in capsys.readouterr().err


def test_an_xlsx_carries_it_on_a_sheet_in_the_foot_and_in_the_properties(
    filled, instance, tmp_path, capsys
):
    out = tmp_path / "credits.xlsx"
    assert 0 == export(instance, out, "--format", "xlsx")
    seal = heads.latest_text(filled.ledger)
    book = openpyxl.load_workbook(out)
    table, page = book.worksheets
    assert "封印" == page.title and page["A1"].value.startswith(seal)
    assert 3 == table.max_row  # what it is of, the headings, the one row
    assert str(table["A1"].value).startswith(table.title)
    assert table["A2"].value == "归属单位"
    assert not any("封印" in str(cell.value) for row in table.iter_rows() for cell in row)
    assert table.oddFooter is not None and table.oddFooter.left is not None
    assert seal in str(table.oddFooter.left.text)
    assert book.properties.description.startswith(seal)
    assert seal == spreadsheets.mark_in(out)
    assert 0 == verify(instance, out)
    book.save(out)  # opened and saved again: the same table, another file
    capsys.readouterr()
    assert 1 == verify(instance, out)


def test_what_is_no_export_says_nothing(filled, instance, tmp_path):
    for name, content in (("a.csv", b"phone\n"), ("b.xlsx", b"PK\x03\x04"), ("c", b"")):
        (tmp_path / name).write_bytes(content)
        assert "" == spreadsheets.mark_in(tmp_path / name)
        assert 1 == verify(instance, tmp_path / name)
