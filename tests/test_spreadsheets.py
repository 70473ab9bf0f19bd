"""What a spreadsheet program itself makes of our files. Skipped where none is installed."""
import csv
import io
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest
from console import Visitor, add_everyone, signed_in
from test_console_pages import claimed, feed
from test_console_queues import imported

from attribution.reports import exports, xlsx
from attribution.rule.instants import HOUR
from attribution.service import Service
from attribution.store import log, registry

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.fixture
def filled(service: Service) -> Service:
    """People, and a unit whose name is a formula."""
    add_everyone(service)
    with service.store.read() as connection:
        unit = registry.read(connection, service.campaign.id).units["A01"]
    from dataclasses import replace

    evil = replace(unit, name='=HYPERLINK("http://evil.example","点我")')
    service.store.write(lambda c: registry.put(c, service.campaign.id, [evil]))
    for number in (1, 2, 3):
        claimed(service, number, "A01", 2 * HOUR)
    scan = log.Scan(1, service.campaign.id, 1_700_000_000_000_000, "A01", 1, None, "n", "ios")
    service.store.write(lambda c: log.add_scans(c, [scan]))
    return service


def converted(folder: Path, names: Sequence[str], kind: str) -> dict[str, str]:
    """Let the program open files of *folder*, all at once, and save each as *kind*."""
    assert OFFICE
    out = folder / f"out-{names[0].partition('.')[2]}-{kind[:4]}"
    subprocess.run(
        [OFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
         "--convert-to", kind, "--outdir", str(out), *(str(folder / name) for name in names)],
        check=True, capture_output=True, timeout=200,
    )  # fmt: skip
    return {path.stem: path.read_text(encoding="utf-8") for path in out.iterdir()}


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_a_spreadsheet_program_shows_no_formula_right_types_and_chinese_headings(
    filled: Service, tmp_path: Path
) -> None:
    office = signed_in(filled, "office")
    imported(office, feed(1, 2, 3))
    names = ("attribution", "claims", "credits", "progress", "scans")
    for name in names:
        for kind in ("xlsx", "csv"):
            body = office.get(f"/admin/export/{name}.{kind}?purpose=x").get_data()
            (tmp_path / f"{name}.{kind}").write_bytes(body)
    checker = signed_in(filled, "checker")
    (tmp_path / "audit.xlsx").write_bytes(checker.get("/admin/audit/export.xlsx").get_data())
    books = converted(tmp_path, [f"{name}.xlsx" for name in (*names, "audit")], "fods")
    lists = converted(tmp_path, [f"{name}.csv" for name in names], "fods")
    assert (6, 5) == (len(books), len(lists))
    for name, text in [*books.items(), *lists.items()]:
        assert "table:formula" not in text and "xlink:href" not in text, name
    # The program's own types: dates are dates, numbers numbers, digits with a nought text.
    credits = books["credits"]
    assert credits.count('office:value-type="date"') == 3 * 6
    assert "手机尾号" in credits and "成为有效新用户时间" in credits
    assert "<text:p>0001</text:p>" in credits
    progress = books["progress"]
    assert 'office:value-type="float" office:value="40000"' in progress
    assert "&apos;=HYPERLINK" in progress or "'=HYPERLINK" in progress
    # And it can write them back without losing a row.
    back = converted(tmp_path, ["claims.xlsx"], "csv:Text - txt - csv (StarCalc):44,34,76")
    rows = list(csv.reader(io.StringIO(back["claims"])))
    assert "流水号" == rows[1][0] and 5 == len(rows)


def cells(blocks: list[bytes]) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(blocks)))
    return [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]


def test_rows_leave_before_the_last_is_read() -> None:
    """The first bytes are sent when a block or two of rows were taken."""
    taken = 0

    def rows() -> Iterator[xlsx.Block]:
        nonlocal taken
        for first in range(0, 6_000, 500):
            taken += 500
            numbers = range(first, first + 500)
            yield [
                [xlsx.text_cell(f"{n}-{n * n}") for n in numbers],
                [xlsx.number_cell(n) for n in numbers],
            ]

    stream = xlsx.stream(xlsx.Layout("表", ["甲", "乙"], [9, 9]), rows())
    first = next(stream)
    assert first and taken <= 1000
    whole = [first, *stream]
    assert max(map(len, whole)) < 100_000
    assert 6_001 == len(cells(whole))


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 3)
    rows = [[xlsx.number_cell(n) for n in range(7)]]
    blocks = list(xlsx.stream(xlsx.Layout("表", ["甲"], [9]), [rows]))
    names = openpyxl.load_workbook(io.BytesIO(b"".join(blocks))).sheetnames
    assert ["表", "表2", "表3"] == names
    assert [["甲"], [0], [1], [2], ["甲"], [3], [4], [5], ["甲"], [6]] == cells(blocks)
    assert zipfile.ZipFile(io.BytesIO(b"".join(blocks))).testzip() is None


def test_what_xml_cannot_hold_is_left_out() -> None:
    """A control character in a note must not make the whole file unreadable."""
    text = "a\x00\x0b\ud800<b>&\"' 　\n\t"
    blocks = list(xlsx.stream(xlsx.Layout("表", ["甲"], [9]), [[[xlsx.text_cell(text)]]]))
    assert [["甲"], ["a<b>&\"' 　\n\t"]] == cells(blocks)


def test_old_excel_reads_gb18030(filled: Service) -> None:
    office: Visitor = signed_in(filled, "office")
    body = office.get("/admin/export/claims.csv?purpose=x&encoding=gb18030").get_data()
    rows = list(csv.reader(io.StringIO(body.decode("gb18030"))))
    assert rows[0][0] == "流水号" and len(rows) == 4
    assert exports.EXPORTS["claims"].columns[0].heading == rows[0][0]
