"""Workbooks written part by part, for what no spreadsheet program would write, or only one."""
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from qrgen.tables.cells import Cell, Sheet, TableRow
from qrgen.tables.opening import sheets

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Style 1 is a date with its time, 2 a date, 3 a time of day, 4 hours beyond a day.
STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="2">
<numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm:ss"/>
<numFmt numFmtId="165" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>
<cellStyleXfs count="1"><xf numFmtId="22"/></cellStyleXfs>
<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/>
<xf numFmtId="20"/><xf numFmtId="46"/></cellXfs></styleSheet>"""


def sheet_xml(rows: str, before: str = "", after: str = "") -> str:
    """Return a sheet with *rows*, each a ``<row>``."""
    return (
        f'{DECLARED}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}'
        "</worksheet>"
    )


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def book_bytes(
    *tabs: str, texts: str | None = None, book: str = "", states: Mapping[int, str] | None = None,
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """
    Return a workbook whose sheets are the parts *tabs*.

    Args:
        texts: The part of shared texts.
        book: What stands before the sheets in the part of the workbook.
        states: Number of a sheet -> "hidden" or "veryHidden".
        more: Other parts, or these in another way.
    """
    names = range(1, len(tabs) + 1)
    listed = "".join(
        f'<sheet name="表{n}" sheetId="{n}" state="{(states or {}).get(n, "visible")}" '
        f'r:id="rId{n}"/>'
        for n in names
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATED}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in names
    )
    related += f'<Relationship Id="s" Type="{RELATED}/styles" Target="/xl/styles.xml"/>'
    if texts is not None:
        related += (
            f'<Relationship Id="t" Type="{RELATED}/sharedStrings" Target="sharedStrings.xml"/>'
        )
    parts = {
        "[Content_Types].xml": f'{DECLARED}<Types xmlns="{PACKAGE}"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" '
        f'Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{DECLARED}<workbook xmlns="{MAIN}" xmlns:r="{RELATED}">{book}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{related}'
        "</Relationships>",
        "xl/styles.xml": STYLES,
        **{f"xl/worksheets/sheet{n}.xml": tab for n, tab in zip(names, tabs, strict=True)},
        **({} if texts is None else {"xl/sharedStrings.xml": texts}),
    }
    made = {name: part.encode() for name, part in parts.items()} | dict(more or {})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in made.items():
            packed.writestr(name, content)
    return out.getvalue()


def read_whole(path: Path) -> list[tuple[Sheet, list[TableRow]]]:
    """Return all sheets of the file at *path*, read to their ends."""
    return [(sheet, list(sheet.rows)) for sheet in sheets(path)]


def cells_of(path: Path) -> list[list[Cell]]:
    """Return the cells of the rows of the only sheet at *path*."""
    [(_, rows)] = read_whole(path)
    return [row.cells for row in rows]


def old_excel(
    rows: Sequence[Sequence[str | None]], more: Mapping[tuple[int, int], tuple[int, bytes]]
) -> bytes:
    """
    Return a workbook of Excel 97: one sheet of texts, in a compound file.

    Args:
        more: Row and column from 0 -> the kind of another record, and what follows its format.
    """
    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6))
    name = "甲"
    listed = struct.pack("<IHBB", 0, 0, len(name), 1) + name.encode("utf-16-le")
    place = len(begin) + 4 + len(listed) + 4
    globals_ = begin + record(0x85, struct.pack("<I", place) + listed[4:]) + record(0xA, b"")
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 6))
    width = max(map(len, rows))
    sheet += record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for number, cells in enumerate(rows):
        for column, text in enumerate(cells):
            at = struct.pack("<HHH", number, column, 0)
            if (number, column) in more:
                kind, body = more[number, column]
                sheet += record(kind, at + body + (bytes(8) if kind == 6 else b""))
            elif text is not None:
                wide = struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
                sheet += record(0x204, at + wide)
    stream = globals_ + sheet + record(0xA, b"")
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        wide = (name + "\0").encode("utf-16-le")
        return (wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, ~0 & 0xFFFFFFFF,
                ~0 & 0xFFFFFFFF, child) + bytes(36) + struct.pack("<III", first, size, 0))

    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    table = [0xFFFFFFFD, end, *range(3, sectors + 2), end]
    head = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3,
            0xFFFE, 9, 6) + bytes(6) + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0))
    head += struct.pack("<109I", 0, *[free] * 108)
    directory = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, len(stream))
    directory += bytes(256)
    return head + struct.pack("<128I", *table, *[free] * (128 - len(table))) + directory + stream
