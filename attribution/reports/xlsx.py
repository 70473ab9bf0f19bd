"""
XLSX block by block: the first bytes leave before the last row is read, and memory stays flat.

A workbook is a ZIP of XML, and a ZIP can be written to a pipe; what is at its end is a list
of what went before. Every library we know makes the whole file first (XlsxWriter keeps it on
disk), so a download of a million rows would begin after a minute. Rows only, no formula: text
stands in the cell as text, whatever it begins with.
"""
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import groupby
from operator import itemgetter
from typing import IO, cast
from xml.sax.saxutils import escape

from attribution.rule.instants import DAY, SHANGHAI, Instant, from_datetime
from qrgen.shapes import column_letter

# One sheet holds 1 048 576 rows; the heading takes one.
SHEET_ROWS = 1_000_000

# The last sheet, which holds the seal alone.
SEAL_SHEET = "封印"

# Excel counts days since then, and wall-clock time: its dates have no zone.
_EXCEL_EPOCH = from_datetime(datetime(1899, 12, 30, tzinfo=timezone.utc))
_OFFSET = from_datetime(datetime(1970, 1, 2, tzinfo=timezone.utc)) - from_datetime(
    datetime(1970, 1, 2, tzinfo=SHANGHAI)
)

# Some rows by columns: the insides of their cells.
Block = Sequence[Sequence[str]]

# What XML 1.0 cannot hold.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_MIDDLE = ' applyAlignment="1"><alignment horizontal="center"/>'

# 0 plain, 1 heading, 2 date and time, 3 two places, 4 date, 5 whole number in threes, 6 title,
# 7 whole number. What is right of a text or left of one stands in the middle: else they touch.
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    '<border><left/><right/><top/><bottom style="thin"/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="8"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1"'
    ' applyAlignment="1"><alignment horizontal="center" vertical="center" wrapText="1"/></xf>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
    f'{_MIDDLE}</xf>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
    f'{_MIDDLE}</xf>'
    '<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    f'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"{_MIDDLE}</xf>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class _Pipe:
    """What a ZIP is written to: it cannot be wound back, so the ZIP does not try."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def taken(self) -> bytes:
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def text_cell(value: object) -> str:
    """Return the inside of a cell that holds *value* as text."""
    text = str(value)
    if not text.isalnum():  # most are
        text = escape(_UNFIT.sub("", text))
    return f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def number_cell(value: object) -> str:
    """Return the inside of a cell that holds the number *value*."""
    return f' s="7"><v>{value}</v></c>'


def count_cell(value: object) -> str:
    """Return the inside of a cell that holds the whole number *value*, shown in threes."""
    return f' s="5"><v>{value}</v></c>'


def rate_cell(value: object) -> str:
    """Return the inside of a cell that holds *value* with two places."""
    return f' s="3"><v>{value}</v></c>'


def time_cell(value: Instant) -> str:
    """Return the inside of a cell that holds *value* as Shanghai's wall clock shows it."""
    # To the second: what lies below would show as 08:59:59.9999996.
    seconds = round((value + _OFFSET - _EXCEL_EPOCH) / 1_000_000)
    return f' s="2"><v>{seconds / (DAY // 1_000_000):.10f}</v></c>'


def day_cell(value: Instant) -> str:
    """Return the inside of a cell that holds the Shanghai day that begins at *value*."""
    return f' s="4"><v>{(value + _OFFSET - _EXCEL_EPOCH) // DAY}</v></c>'


@dataclass(frozen=True)
class Layout:
    """
    How a table stands on its sheets.

    Args:
        title: The sheet's name; a table longer than a sheet goes on in ``title2``.
        headings, widths: Of each column; a width in letters of the usual size.
        about: What the table is of, in a line above the headings; '' for none.
        mark: The seal, for the page's foot, a last sheet and the file's properties.
    """

    title: str
    headings: Sequence[str]
    widths: Sequence[float]
    about: str = ""
    mark: str = ""

    @property
    def head(self) -> int:
        """The row of the headings."""
        return 2 if self.about else 1

    @property
    def letters(self) -> list[str]:
        return [column_letter(place) for place in range(len(self.headings))]


def stream(layout: Layout, blocks: Iterable[Block]) -> Iterator[bytes]:
    """
    Yield a workbook: frozen headings with a filter, to be printed across, headings on each page.

    Args:
        blocks: Some rows each, column by column: the insides of its cells; ``""`` leaves
            one empty.
    """
    pipe = _Pipe()
    letters = layout.letters
    names: list[str] = []
    ends: list[int] = []
    target = cast(IO[bytes], pipe)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        for number, parts in groupby(_placed(blocks, layout.head + 1), key=itemgetter(0)):
            names.append(layout.title if not names else f"{layout.title}{number}")
            last = layout.head
            with book.open(f"xl/worksheets/sheet{number}.xml", "w") as sheet:
                sheet.write(_opening(layout).encode())
                for _, first, block in parts:
                    sheet.write(_rows(letters, first, block).encode())
                    last = first + (len(block[0]) if block else 0) - 1
                    if done := pipe.taken():
                        yield done
                sheet.write(_closing(layout, last).encode())
            ends.append(last)
        if layout.mark:
            names.append(SEAL_SHEET)
            book.writestr(f"xl/worksheets/sheet{len(names)}.xml", _seal_sheet(layout.mark))
        for name, text in _rest(names, layout, ends):
            book.writestr(name, text)
    yield pipe.taken()


def _placed(blocks: Iterable[Block], start: int) -> Iterator[tuple[int, int, Block]]:
    """Yield *blocks*, cut where a sheet is full: which sheet, the first row's number, the rows."""
    number, row = 1, start
    yield number, row, []  # a table of nothing is a sheet too
    for block in blocks:
        count, begin = len(block[0]), 0
        while begin < count:
            if row > SHEET_ROWS + start - 1:
                number, row = number + 1, start
            end = min(begin + SHEET_ROWS + start - row, count)
            yield number, row, [column[begin:end] for column in block]
            row, begin = row + end - begin, end


def _rows(letters: Sequence[str], first: int, block: Block) -> str:
    if not block:
        return ""
    numbers = range(first, first + len(block[0]))
    cells = [
        [
            f'<c r="{letter}{number}"{inside}' if inside else ""
            for number, inside in zip(numbers, column, strict=True)
        ]
        for letter, column in zip(letters, block, strict=True)
    ]
    rows = zip(numbers, map("".join, zip(*cells, strict=True)), strict=True)
    return "".join([f'<row r="{number}">{inside}</row>' for number, inside in rows])


def _opening(layout: Layout) -> str:
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(layout.widths, 1)
    )
    head = layout.head
    cells = "".join(
        f'<c r="{letter}{head}" s="1"{text_cell(heading)}'
        for letter, heading in zip(layout.letters, layout.headings, strict=True)
    )
    about = ""
    if layout.about:
        cell = f'<c r="A1" s="6"{text_cell(layout.about)}'
        about = f'<row r="1" ht="20" customHeight="1">{cell}</row>'
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView workbookViewId="0">'
        f'<pane ySplit="{head}" topLeftCell="A{head + 1}" activePane="bottomLeft" state="frozen"/>'
        "</sheetView></sheetViews>"
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols>'
        f'<sheetData>{about}<row r="{head}" ht="33" customHeight="1">{cells}</row>'
    )


def _closing(layout: Layout, last: int) -> str:
    # 255 characters are all that Excel takes; & begins a code.
    # A head of the log is too long for a foot, and stands on the last sheet.
    short = layout.mark.partition(" · 检查点 ")[0]
    mark = "&L&8" + short.replace("&", "&&")[:200] if layout.mark else ""
    foot = escape(f"{mark}&R&8&P/&N")
    return (
        f'</sheetData><autoFilter ref="{_filtered(layout, last)}"/>'
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        f"<headerFooter><oddFooter>{foot}</oddFooter></headerFooter></worksheet>"
    )


def _filtered(layout: Layout, last: int) -> str:
    return f"A{layout.head}:{layout.letters[-1]}{last}"


def _names(names: Sequence[str], layout: Layout, ends: Sequence[int]) -> str:
    """Return what spreadsheets know of the sheets by name: what is filtered, what each page has."""
    found = []
    for place, last in enumerate(ends):
        sheet = "'" + names[place].replace("'", "''") + "'"
        end = f"${layout.letters[-1]}${last}"
        found.append(
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">'
            f"{escape(sheet)}!$A${layout.head}:{end}</definedName>"
            f'<definedName name="_xlnm.Print_Titles" localSheetId="{place}">'
            f"{escape(sheet)}!$1:${layout.head}</definedName>"
        )
    return f"<definedNames>{''.join(found)}</definedNames>"


def _seal_sheet(mark: str) -> str:
    short, _, head = mark.partition(" · 检查点 ")
    told = [f"检查点 {head}"] if head else []
    rows = (short, *told, "核对这个文件：attribution verify-export 文件名")
    cells = "".join(
        f'<row r="{n}"><c r="A{n}"{text_cell(text)}</row>' for n, text in enumerate(rows, 1)
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><cols><col min="1" max="1" width="80"'
        f' customWidth="1"/></cols><sheetData>{cells}</sheetData></worksheet>'
    )


def _rest(names: Sequence[str], layout: Layout, ends: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Yield the small parts that say what the sheets are."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    yield "xl/styles.xml", _STYLES
    yield "xl/workbook.xml", (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>{sheets}</sheets>'
        f"{_names(names, layout, ends)}</workbook>"
    )
    yield "xl/_rels/workbook.xml.rels", (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="rId{len(names) + 1}" Type="{_RELS}/styles" Target="styles.xml"/>'
        "</Relationships>"
    )
    yield "_rels/.rels", (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/><Relationship Id="rId2"'
        f' Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>"
    )
    yield "docProps/core.xml", (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(layout.title)}</dc:title><dc:subject>{escape(layout.about)}</dc:subject>"
        f"<dc:description>{escape(layout.mark)}</dc:description>"
        "</cp:coreProperties>"
    )
    yield "[Content_Types].xml", (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        '<Override PartName="/docProps/core.xml"'
        ' ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{kinds}</Types>'
    )
