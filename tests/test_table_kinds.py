"""A file is what its bytes are: whatever is no table is named, with what to do about it."""
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from workbooks import book_bytes, cells_of, read_whole, sheet_xml, text_cell

from qrgen import apart
from qrgen.fault_codes import Code, Term
from qrgen.shell import Fault
from qrgen.tables.opening import sheets

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def fault_of(path: Path) -> Fault:
    with pytest.raises(Fault) as caught:
        read_whole(path)
    return caught.value


@pytest.mark.parametrize(("raw", "kind"), [
    (b'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table>', Term.IS_WEB_PAGE),
    (b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>", Term.IS_WEB_PAGE),
    (b"<table border=1><tr><td>1</td></tr></table>", Term.IS_WEB_PAGE),
    ("\ufeff<html><body>".encode("utf-16-le"), Term.IS_WEB_PAGE),
    (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', Term.IS_WEB_PAGE),
    (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", Term.IS_WEB_ARCHIVE),
    (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
     b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', Term.IS_XML_TABLE),
    (b'<?xml version="1.0"?><rows/>', Term.IS_XML),
    (b"%PDF-1.7\n", Term.IS_PDF),
    (b"{\\rtf1\\ansi", Term.IS_DOCUMENT),
    (packed(**{"[Content_Types].xml": b"", "word/document.xml": b""}), Term.IS_DOCUMENT),
    (packed(**{"[Content_Types].xml": b"", "ppt/presentation.xml": b""}), Term.IS_SLIDES),
    (packed(**{"Index/Document.iwa": b""}), Term.IS_NUMBERS),
    (packed(**{"list.csv": b"a,b"}), Term.IS_ARCHIVE),
    (b"Rar!\x1a\x07\x01\x00", Term.IS_ARCHIVE),
    (b"\x89PNG\r\n\x1a\n", Term.IS_PICTURE),
    (OLE + wide("WordDocument"), Term.IS_DOCUMENT),
    (b"\x09\x08\x08\x00\x00\x05\x10\x00", Term.IS_OLD_OFFICE),
])  # fmt: skip
def test_what_is_no_table_is_told_by_its_true_name(
    tmp_path: Path, raw: bytes, kind: Term
) -> None:
    """Renaming it helps nobody; each kind has a cure of its own."""
    for name in ("a.xls", "a.xlsx", "a.csv"):
        path = tmp_path / name
        path.write_bytes(raw)
        fault = fault_of(path)
        assert (Code.TABLE_OTHER, kind) == (fault.code, fault.data["kind"].code)
        for language in ("en", "zh"):
            assert kind.words(language).cause in fault.told(language)
            assert kind.words(language).hint == fault.advice(language)


@pytest.mark.parametrize("raw", [b"ID;Phone\n1;2\n", b"From:,To\n1,2\n", b"BM,GIF\n1,2\n"])
def test_a_list_that_begins_like_something_else_is_a_list(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    assert ["1", "2"] == cells_of(path)[1]


def test_a_password_is_named(tmp_path: Path) -> None:
    """A locked workbook has the bytes of old Excel, and saving it again would not help."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(OLE + wide("EncryptedPackage") + wide("Workbook"))
    assert Code.TABLE_LOCKED is fault_of(path).code
    book = bytearray(book_bytes(sheet_xml("")))
    at = book.index(b"PK\x01\x02")
    book[at + 8] |= 1  # the flag of the first part in the ZIP's own list
    path.write_bytes(book)
    assert Code.TABLE_LOCKED is fault_of(path).code


@pytest.mark.parametrize("raw", [
    OLE + wide("Workbook"), b"PK\x03\x04" + bytes(100), packed(**{"content.xml": b"<a>"}),
    packed(**{"[Content_Types].xml": b"", "xl/workbook.xml": b"<workbook"}),
])  # fmt: skip
def test_a_workbook_that_is_cut_off_is_damaged(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(raw)
    assert Code.TABLE_DAMAGED is fault_of(path).code


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert Code.NO_SUCH_FILE is fault_of(tmp_path / "none.csv").code


def test_the_suffix_decides_nothing(tmp_path: Path) -> None:
    row = f'<row r="1">{text_cell("A1", "甲")}</row>'
    for name, raw in (("a.csv", book_bytes(sheet_xml(row))), ("b.xlsx", "甲\n".encode())):
        (tmp_path / name).write_bytes(raw)
        assert [["甲"]] == cells_of(tmp_path / name)


OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
ODS = f"""<office:document-content xmlns:office="{OFFICE}"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="甲"><table:table-row table:number-rows-repeated="2"><table:table-cell/>
</table:table-row><table:table-row><table:table-cell/><table:table-cell
 office:value-type="string"><text:p>手机号</text:p></table:table-cell><table:table-cell
 office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell>
</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"""


def test_opendocument_is_read_and_what_it_hides_is_told(tmp_path: Path) -> None:
    """Its reader tells an error from an empty cell no more than that of old Excel does."""
    path = tmp_path / "a.ods"
    path.write_bytes(packed(**{
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:'
        b'opendocument:xmlns:manifest:1.0"/>',
        "content.xml": ODS.replace(">\n<", "><").encode(),
    }))
    [(sheet, [row])] = read_whole(path)
    assert ("甲", 3, [None, "手机号", 3]) == (sheet.name, *row)
    assert [Term.ERRORS_LOOK_EMPTY] == [note.code for note in sheet.notes]


def plain_cells(path: str) -> Iterator[list[str]]:
    """Yield the cells of all sheets as texts: what runs in another process here."""
    for sheet in sheets(Path(path)):
        for row in sheet.rows:
            yield [str(cell) for cell in row.cells]


def test_a_bomb_of_texts_ends_with_its_name_in_the_process_with_bounds(tmp_path: Path) -> None:
    """A megabyte that unpacks to a thousand: refused before it is held."""
    path = tmp_path / "a.xlsx"
    text = "a" * (1 << 20)
    texts = "<sst>" + f"<si><t>{text}</t></si>" * 100 + "</sst>"
    path.write_bytes(book_bytes(sheet_xml(""), texts=texts))
    assert path.stat().st_size < 1 << 20
    bounds = apart.Bounds(memory=400 << 20)
    with pytest.raises(Fault) as caught:
        list(apart.items(f"{__name__}:plain_cells", str(path), bounds=bounds))
    assert Code.TABLE_TEXTS is caught.value.code


def test_a_list_passes_through_the_process_with_bounds(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("手机号;时间\n1;2\n".encode("gb18030"))
    assert [["手机号", "时间"], ["1", "2"]] == list(
        apart.items(f"{__name__}:plain_cells", str(path))
    )
