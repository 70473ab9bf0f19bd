"""Workbooks written part by part, for what no spreadsheet program would write, or only one."""
import io
import zipfile
from collections.abc import Mapping
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
