"""A table is read the same whatever program wrote it, and what is none is named."""
import codecs
import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from workbooks import MAIN, book_bytes, cells_of, read_whole, sheet_xml, text_cell

from qrgen.fault_codes import Code
from qrgen.shell import Fault
from qrgen.tables import parts, shared
from qrgen.tables.cells import Area, Cell, Flaw
from qrgen.tables.formats import EPOCH_1900, EPOCH_1904, Kind, in_kind, kind_of
from qrgen.tables.opening import sheets

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Letters that mean something to one of the programs on the way, and some that do not.
LETTERS = "手机号注册时间甲乙𠮷㙟é１ aZ09-+=*'&<>\"\n\r\t,;|"
MARKS = {
    "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
    "gb18030": b"", "utf-32-le": codecs.BOM_UTF32_LE,
}  # fmt: skip


def fault_of(path: Path, read: Callable[[Path], object] = read_whole) -> Fault:
    with pytest.raises(Fault) as caught:
        read(path)
    return caught.value


def written(rows: list[list[str]], separator: str, line_end: str = "\r\n") -> str:
    out = io.StringIO(newline="")
    # The csv module leaves a bare carriage return without quotes; other programs do not.
    alone = any("\r" in cell for row in rows for cell in row)
    csv.writer(
        out, delimiter=separator, lineterminator=line_end,
        quoting=csv.QUOTE_ALL if alone else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    return out.getvalue()


# --- texts --------------------------------------------------------------------------------


@SLOW
@given(
    rows=st.lists(st.lists(st.text(LETTERS, max_size=6), min_size=3, max_size=3), max_size=5),
    encoding=st.sampled_from(sorted(MARKS)), marks=st.integers(0, 2),
    separator=st.sampled_from(",;\t|"), said=st.booleans(),
    line_end=st.sampled_from(["\r\n", "\n"]),
)
def test_a_text_is_read_the_same_in_every_encoding_and_with_every_separator(
    tmp_path: Path, rows: list[list[str]], encoding: str, marks: int, separator: str, said: bool,
    line_end: str,
) -> None:
    """Which of them it is depends on whose computer the list was saved on."""
    heading = ["phone", "registered_at", "name"]
    if not said:
        # Two cut alike where each cell has another separator in it: then nobody could say.
        other = str.maketrans(dict.fromkeys(",;\t|", "x"))
        rows = [[cell.translate(other) for cell in row] for row in rows]
    text = (f"sep={separator}{line_end}" if said else "") + written(
        [heading, *rows], separator, line_end
    )
    raw = MARKS[encoding] * marks + text.encode(encoding)
    if encoding == "utf-32-le":
        assume(marks > 0)
    if encoding == "gb18030":
        assume(text.isascii() or not _is_utf8(raw))
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    assert [heading, *(row for row in rows if any(row))] == cells_of(path)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_a_mark_in_the_middle_of_a_file_is_no_letter(tmp_path: Path) -> None:
    """Files that were joined have one before a quote, and a quote in a cell is only a quote."""
    path = tmp_path / "a.csv"
    path.write_text('\ufeffa,b\r\n\ufeff"1,\ufeff2",3\r\n', encoding="utf-8")
    assert [["a", "b"], ["1,2", "3"]] == cells_of(path)


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    """Somebody is told a line and looks there: blank ones, broken cells and sep= are lines."""
    path = tmp_path / "a.csv"
    path.write_bytes('sep=;\r\na;b\r\n\r\n"x\r\ny";1\r\n;\r\nz;2\r\n'.encode("utf-16"))
    [(_, rows)] = read_whole(path)
    assert [2, 4, 7] == [row.number for row in rows]


def test_a_title_with_commas_does_not_choose_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "名单，第1,2,3批,甲,乙,丙\n" + "手机号\t时间\n" + "1\t2,5\n3\t4,5\n"
    path.write_bytes(text.encode("gb18030"))
    assert [["手机号", "时间"], ["1", "2,5"], ["3", "4,5"]] == cells_of(path)[1:]


@pytest.mark.parametrize(("raw", "code", "line"), [
    (b'a,b\n1,"2\n3,4\n', Code.TABLE_QUOTES, 2),
    (b'a,b\n1,2\n1,"2"x\n', Code.TABLE_QUOTES, 3),
    (b"a,b\n" + b"," * 20_000 + b"\n", Code.TABLE_WIDE_LINE, 2),
    (b"a,b\nx\xff\xff\xff\n", Code.TABLE_ENCODING, None),
    (codecs.BOM_UTF8 + "手机".encode("gb18030"), Code.TABLE_ENCODING, None),
    (b"a,b\n" + b"\0" * 3, Code.TABLE_NO_TEXT, None),
    (b"a,b\n" + bytes(9000), Code.TABLE_NO_TEXT, None),
    (b"a" * (5 << 20), Code.TABLE_LINE_LONG, None),
    (b"", Code.TABLE_EMPTY, None),
    (codecs.BOM_UTF8 + b"\r\n \r\n", Code.TABLE_EMPTY, None),
])  # fmt: skip
def test_a_text_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, raw: bytes, code: Code, line: int | None
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    fault = fault_of(path)
    assert (code, line) == (fault.code, fault.data.get("line"))


# --- workbooks ----------------------------------------------------------------------------

VALUES = st.one_of(
    st.text("手机号𠮷é aZ09-&<>\"'_\n\t", max_size=8).filter(lambda text: text[:1] != "="),
    st.integers(-(10**14), 10**14),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 3)).filter(lambda n: n % 1 != 0),
    st.booleans(),
    st.dates(dt.date(1900, 3, 1)),
    st.datetimes(dt.datetime(1900, 3, 1)).map(lambda when: when.replace(microsecond=0)),
    st.none(),
)


@SLOW
@given(rows=st.lists(st.lists(VALUES, min_size=1, max_size=5), max_size=8), late=st.booleans())
def test_a_workbook_is_read_as_it_was_written(
    tmp_path: Path, rows: list[list[Cell]], late: bool
) -> None:
    """Numbers stay numbers and texts texts, and a day is the same day in both calendars."""
    if late:
        rows = [[_later(cell) for cell in row] for row in rows]
    book = openpyxl.Workbook()
    book.epoch = EPOCH_1904 if late else EPOCH_1900
    tab = book.active
    assert tab is not None
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row, 1):
            at = tab.cell(number, column)
            at.value = cell  # type: ignore[assignment]
            if isinstance(cell, str):
                at.data_type = "s"  # and no error, should it look like one
    book.save(tmp_path / "a.xlsx")
    found = cells_of(tmp_path / "a.xlsx")
    wanted = [_trimmed(row) for row in rows]
    assert [row for row in wanted if row] == found
    assert [list(map(type, row)) for row in wanted if row] == [list(map(type, r)) for r in found]


def _later(cell: Cell) -> Cell:
    if isinstance(cell, dt.date) and cell.year < 1905:
        return cell.replace(year=2026)
    return cell


def _trimmed(row: list[Cell]) -> list[Cell]:
    made = [None if cell == "" else cell for cell in row]
    while made and made[-1] is None:
        made.pop()
    return made


ODD_CELLS = [
    '<c r="{}" t="s"><v>0</v></c>', '<c r="{}" t="s"><v>1</v></c>', '<c r="{}"/>',
    '<c r="{}" s="1"><v>46354.39583333334</v></c>', '<c r="{}" s="2"><v>46354</v></c>',
    '<c r="{}" s="3"><v>0.5</v></c>', '<c r="{}" s="4"><v>1.5</v></c>', '<c r="{}"><v>7</v></c>',
    '<c r="{}" t="e"><v>#N/A</v></c>', '<c r="{}" t="b"><v>1</v></c>',
    '<c r="{}" t="str"><f>A1</f><v>甲</v></c>', '<c r="{}"><f>A1</f><v></v></c>',
    '<c r="{}"><f>A1</f></c>', '<c r="{}" t="str"><f>A1</f><v></v></c>',
    '<c r="{}" t="inlineStr"><is><t xml:space="preserve"> 甲&amp;乙 </t></is></c>',
    '<c r="{}" t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r><rPh><t>x</t></rPh></is></c>',
    '<c r="{}" t="d"><v>2026-11-28T09:30:00</v></c>', '<c t="str" r="{}"><v>_x0041_</v></c>',
    "<c r='{}'><v>8</v></c>", '<c r="{}"><v>1.39E+10</v></c>', '<c r="{}" s="99"><v>5</v></c>',
]  # fmt: skip
TEXTS = (
    f'<sst xmlns="{MAIN}"><si><t>甲</t></si>'
    "<si><r><t>乙</t></r><r><t>丙</t></r><rPh><t>x</t></rPh></si></sst>"
)


@st.composite
def odd_sheets(draw: st.DrawFn) -> str:
    """Return the rows of a sheet: runs of rows alike, and others between them."""
    kinds = draw(st.lists(st.lists(st.sampled_from(ODD_CELLS), max_size=4), min_size=1, max_size=3))
    rows = ""
    for number, kind in enumerate(draw(st.lists(st.sampled_from(kinds), max_size=12)), 1):
        cells = "".join(
            cell.format("ABCD"[column] + str(number)) for column, cell in enumerate(kind)
        )
        hidden = draw(st.sampled_from(["", "", ' hidden="1"', ' spans="1:4"']))
        rows += f'<row r="{number}"{hidden}>{cells}</row>'
    return rows


def outcome(path: Path) -> object:
    try:
        return [
            (rows, sheet.hidden_rows, sheet.hidden_columns, sheet.merged)
            for sheet, rows in read_whole(path)
        ]
    except Fault as fault:
        return fault.code


@SLOW
@given(rows=odd_sheets(), at=st.integers(0, 5000), letter=st.integers(0, 255), cut=st.booleans())
def test_the_quick_way_reads_no_row_otherwise_than_the_parser(
    tmp_path: Path, rows: str, at: int, letter: int, cut: bool
) -> None:
    """A comment makes the parser read all, and damage must not slip through the quick way."""
    sound = sheet_xml(rows).encode()
    careful = sound.replace(b"<sheetData>", b"<!-- --><sheetData>")
    begin = sound.index(b"<sheetData>") + len(b"<sheetData>")
    found = []
    for name, page in (("quick", sound), ("careful", careful)):
        place = len(page) - len(sound) + begin + at % max(1, len(sound) - begin)
        hurt = page[:place] + bytes([letter]) + page[place + cut:] if at else page
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(book_bytes("", texts=TEXTS, more={"xl/worksheets/sheet1.xml": hurt}))
        found.append(outcome(path))
    assert found[1] == found[0]


@pytest.mark.parametrize("kind", ["e", "b", "s", "n", "d", "str"])
def test_what_is_no_text_is_damage_in_a_cell_of_every_kind(tmp_path: Path, kind: str) -> None:
    """Also in one whose value says nothing: a byte more in #N/A, and the row was taken."""
    row = f'<row r="1"><c r="A1" t="{kind}"><v>0@</v></c></row>'
    hurt = sheet_xml(row).encode().replace(b"@", b"\x80")
    path = tmp_path / "hurt.xlsx"
    path.write_bytes(book_bytes("", texts=TEXTS, more={"xl/worksheets/sheet1.xml": hurt}))
    assert Code.TABLE_DAMAGED is outcome(path)


@SLOW
@given(st.data())
def test_a_damaged_file_is_told_or_read_and_nothing_else_happens(
    tmp_path: Path, data: st.DataObject
) -> None:
    whole = book_bytes(
        sheet_xml('<row r="1">' + text_cell("A1", "甲") + '<c r="B1" s="1"><v>46354</v></c></row>'),
        sheet_xml('<row r="3"><c r="C3" t="s"><v>0</v></c></row>',
                  after='<mergeCells><mergeCell ref="A1:B2"/></mergeCells>'),
        texts=TEXTS,
    )  # fmt: skip
    raw = bytearray(whole)
    if data.draw(st.booleans()):
        # Within a part, where the check sum of the ZIP does not find it.
        with zipfile.ZipFile(io.BytesIO(whole)) as packed:
            name = data.draw(st.sampled_from(packed.namelist()))
            part = bytearray(packed.read(name))
        for _ in range(data.draw(st.integers(1, 3))):
            part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
        raw = bytearray(book_bytes("", "", texts=TEXTS, more=_others(whole) | {name: bytes(part)}))
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        del raw[data.draw(st.integers(len(raw) // 2, len(raw))):]
    path = tmp_path / "a.xlsx"
    path.write_bytes(raw)
    outcome(path)


def _others(whole: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@SLOW
@given(raw=st.one_of(
    st.binary(max_size=200),
    st.text("a1,;\t|\"\n手\0\ufeff", max_size=60).map(lambda text: text.encode("utf-8")),
    st.text("a1,\"\n手", max_size=60).map(lambda text: text.encode("gb18030")[:-1]),
))  # fmt: skip
def test_any_bytes_are_told_or_read(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    outcome(path)


def test_errors_and_formulas_without_values_are_flaws(tmp_path: Path) -> None:
    """An empty cell says "not yet", and they do not."""
    path = tmp_path / "a.xlsx"
    row = (
        '<row r="4"><c r="A4" t="e"><v>#REF!</v></c><c r="B4"><f>A1+1</f><v/></c>'
        '<c r="C4" t="str"><f>""</f><v></v></c><c r="D4"><f>2+2</f><v>4</v></c></row>'
    )
    path.write_bytes(book_bytes(sheet_xml(row)))
    assert [[Flaw.ERROR, Flaw.UNCALCULATED, None, 4]] == cells_of(path)


def test_a_number_in_the_later_calendar_is_days_after_its_epoch(tmp_path: Path) -> None:
    """Four years and a day lie between them, and a number in no format says nothing of it."""
    row = '<row r="1"><c r="A1" s="1"><v>44892.5</v></c><c r="B1"><v>44892.5</v></c></row>'
    path = tmp_path / "a.xlsx"
    path.write_bytes(book_bytes(sheet_xml(row), book='<workbookPr date1904="1"/>'))
    [(sheet, rows)] = read_whole(path)
    when = dt.datetime(2026, 11, 28, 12)
    assert [when, 44892.5] == rows[0].cells
    assert when == in_kind(44892.5, Kind.DATE_TIME, sheet.epoch)


@pytest.mark.parametrize(("number", "kind", "value"), [
    (0, Kind.DATE, dt.date(1899, 12, 31)), (1, Kind.DATE, dt.date(1900, 1, 1)),
    (59, Kind.DATE, dt.date(1900, 2, 28)), (61, Kind.DATE, dt.date(1900, 3, 1)),
    (46354.25, Kind.DATE, dt.datetime(2026, 11, 28, 6)),
    (46354, Kind.DATE_TIME, dt.datetime(2026, 11, 28)),
    (0.75, Kind.TIME, dt.time(18)), (1.5, Kind.SPAN, dt.timedelta(hours=36)),
    (-1, Kind.DATE, -1), (2_958_466, Kind.DATE, 2_958_466), (13900000001, Kind.DATE, 13900000001),
])  # fmt: skip
def test_days_are_counted_as_excel_counts_them(
    number: float, kind: Kind, value: Cell
) -> None:
    """With its 29th of February 1900; what is no day of the calendar stays a number."""
    assert value == in_kind(number, kind, EPOCH_1900)


@pytest.mark.parametrize(("code", "kind"), [
    ("General", Kind.NUMBER), ("0.00E+00", Kind.NUMBER), ("#,##0.00_);[Red]-0", Kind.NUMBER),
    ('0"天"', Kind.NUMBER), ("@", Kind.NUMBER), ("0%", Kind.NUMBER), ("[h]:mm", Kind.SPAN),
    ("yyyy/m/d", Kind.DATE), ("m月d日", Kind.DATE), ("[$-804]aaaa", Kind.DATE),
    ('yyyy"年"m"月"d"日" h:mm', Kind.DATE_TIME), ("yyyy\\-mm\\-dd\\ hh:mm:ss", Kind.DATE_TIME),
    ("上午/下午h时mm分", Kind.TIME), ("h:mm AM/PM", Kind.TIME), ("mm:ss.0", Kind.TIME),
    ("[DBNum1][$-804]yyyy年m月d日;@", Kind.DATE), ("[Red]0.0", Kind.NUMBER), ("", Kind.NUMBER),
])  # fmt: skip
def test_a_format_says_whether_a_number_is_a_time(code: str, kind: Kind) -> None:
    assert kind is kind_of(code)


def test_what_is_hidden_and_merged_is_told(tmp_path: Path) -> None:
    """Somebody who opens the file would not see it, and must be asked."""
    rows = "".join(
        f'<row r="{n}"{hidden}>{text_cell(f"A{n}", "甲")}{text_cell(f"B{n}", "乙")}</row>'
        for n, hidden in ((1, ""), (2, ' hidden="1"'), (3, ' ht="0" hidden="true"'))
    )
    cols = '<cols><col min="2" max="2" hidden="1"/><col min="9" max="16384" hidden="1"/></cols>'
    merged = '<mergeCells count="1"><mergeCell ref="A1:B2"/><mergeCell ref="C3"/></mergeCells>'
    path = tmp_path / "a.xlsx"
    path.write_bytes(book_bytes(
        sheet_xml(rows, cols, merged), sheet_xml(""), states={2: "veryHidden"}
    ))  # fmt: skip
    (first, found), (second, none) = read_whole(path)
    assert (False, [2, 3]) == (first.hidden, first.hidden_rows)
    assert {1, 8, 1023} <= first.hidden_columns and 2 not in first.hidden_columns
    assert [Area(1, 0, 2, 1), Area(3, 2, 3, 2)] == first.merged
    assert 3 == len(found)
    assert (True, []) == (second.hidden, none)


def test_what_a_sheet_says_of_its_size_is_not_believed(tmp_path: Path) -> None:
    rows = '<row r="1048576"><c r="B1048576"><v>1</v></c></row>'
    for told in ("A1:XFD1048576", "A1", "nonsense"):
        path = tmp_path / "a.xlsx"
        path.write_bytes(book_bytes(sheet_xml(rows, f'<dimension ref="{told}"/>')))
        [(_, [row])] = read_whole(path)
        assert (1048576, [None, 1]) == row


@pytest.mark.parametrize("cell", [
    '<c r="XFD9"><v>1</v></c>', '<c r="XFD9" t="inlineStr"><is><t>&amp;</t></is></c>',
])  # fmt: skip
def test_a_cell_far_beyond_the_table_is_refused_with_its_address(tmp_path: Path, cell: str) -> None:
    """It costs a full row of empty cells in each row, and somebody must find it to delete it."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(book_bytes(sheet_xml(f'<row r="9">{cell}</row>')))
    fault = fault_of(path)
    assert (Code.TABLE_FAR_CELL, "XFD9", "表1") == (
        fault.code, fault.data["cell"], fault.data["sheet"]
    )  # fmt: skip


def test_empty_cells_far_away_are_nothing(tmp_path: Path) -> None:
    """Colouring a whole row makes sixteen thousand of them."""
    path = tmp_path / "a.xlsx"
    row = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>'
    path.write_bytes(book_bytes(sheet_xml(row)))
    assert [[1]] == cells_of(path)


@pytest.mark.parametrize("rows", [
    '<row r="2"/><row r="1"><c r="A1"><v>1</v></c></row>',
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>',
    '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
    '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
    '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
    '<row r="1"><c r="A1"><v>x</v></c></row>', '<row r="1"><c r="A1"><v>nan</v></c></row>',
    '<row r="9999999"><c r="A1"><v>1</v></c></row>', '<row r="1"><c r="1"><v>1</v></c></row>',
])  # fmt: skip
def test_a_sheet_that_contradicts_itself_is_damaged(tmp_path: Path, rows: str) -> None:
    """Which of two cells is meant nobody can say, so neither is taken."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(book_bytes(sheet_xml(rows), texts=TEXTS))
    assert Code.TABLE_DAMAGED is fault_of(path).code


def test_a_row_in_a_comment_is_none(tmp_path: Path) -> None:
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c></row>'
    rows = row.format(1) + "<!--" + row.format(2) + "-->" + row.format(3)
    path = tmp_path / "a.xlsx"
    path.write_bytes(book_bytes(sheet_xml(rows)))
    assert [[1], [3]] == cells_of(path)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_a_document_type_is_refused(tmp_path: Path, part: str) -> None:
    """A page of one word can unfold into a thousand."""
    path = tmp_path / "a.xlsx"
    page = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    path.write_bytes(book_bytes(sheet_xml(""), more={part: page.encode()}))
    assert Code.TABLE_DOCTYPE is fault_of(path).code


def test_what_comes_out_of_a_workbook_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizes that the ZIP tells are not believed; texts that are kept have a bound of their own."""
    path = tmp_path / "a.xlsx"
    text = "a" * (3 << 20)
    path.write_bytes(book_bytes(sheet_xml(""), texts=f"<sst><si><t>{text}</t></si></sst>"))
    monkeypatch.setattr(shared, "MOST_BYTES", 1 << 20)
    assert Code.TABLE_TEXTS is fault_of(path).code
    honest = parts.Parts(path, most=8 << 20)
    assert 3 << 20 < sum(map(len, honest.blocks("xl/sharedStrings.xml")))
    with pytest.raises(Fault) as caught:
        for _ in range(2):
            list(honest.blocks("xl/sharedStrings.xml"))
    honest.close()
    assert Code.TABLE_UNPACKS is caught.value.code


def test_rows_leave_before_the_last_is_read(tmp_path: Path) -> None:
    """A list of two hundred thousand rows takes no more room than one of a thousand."""
    path = tmp_path / "a.xlsx"
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c></row>'
    path.write_bytes(book_bytes(sheet_xml("".join(row.format(n) for n in range(1, 50_001)))))
    taken, found = 0, sheets(path)
    read = parts.Parts.blocks

    def counted(self: parts.Parts, name: str) -> object:
        nonlocal taken
        for block in read(self, name):
            taken += len(block)
            yield block

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts.Parts, "blocks", counted)
        sheet = next(found)
        assert 1 == next(sheet.rows).number
        early = taken
        assert 49_999 == sum(1 for _ in sheet.rows)
    assert early * 10 < taken


