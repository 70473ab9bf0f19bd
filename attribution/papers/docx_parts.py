"""
What python-docx has no words for: fonts for Chinese, the grid, frames, order, equal bytes.

A font is named in all four slots, else Chinese falls back to ＭＳ 明朝; the children of ``w:pPr``
stand in the order of the schema, else Word calls the file broken; a ZIP has one time for all.
"""
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as DocxDocument
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from attribution.papers import measures as m
from attribution.papers import zips

# Children of w:pPr in the order of the schema (ISO/IEC 29500-1, CT_PPrBase).
_ORDER = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr",
    "suppressLineNumbers", "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap",
    "overflowPunct", "topLinePunct", "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd",
    "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc",
    "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle",
    "rPr", "sectPr", "pPrChange",
)

# Official fonts, and what they are called where these are missing.
_ALSO = {
    m.BODY_FONT: "仿宋", m.KAI: "楷体", m.TITLE_FONT: "小标宋", m.HEI: "SimHei", m.SONG: "SimSun",
}

Attributes = Mapping[str, object]


def element(name: str, attributes: Attributes | None = None, *children: Any) -> Any:
    """Return the element ``w:name`` with *attributes* of that namespace, and *children*."""
    made = OxmlElement(f"w:{name}")
    for key, value in (attributes or {}).items():
        made.set(qn(f"w:{key}"), str(value))
    made.extend(children)
    return made


def properties(parts: Mapping[str, Any]) -> Any:
    """Return ``w:pPr`` of *parts*, name -> attributes or element, in the schema's order."""
    made = element("pPr")
    for name in sorted(parts, key=_ORDER.index):
        part = parts[name]
        made.append(element(name, part) if isinstance(part, Mapping) else part)
    return made


def run(text: str, font: str = m.BODY_FONT, size: int = m.BODY, **more: Attributes) -> Any:
    """
    Return a run of *text*; a line end in it is one on paper, ``\\t`` a tab.

    Args:
        more: Further properties, in the schema's order between fonts and size: ``color``.
    """
    made = element("r", {}, element(
        "rPr", {}, fonts(font), *(element(name, value) for name, value in more.items()),
        element("sz", {"val": size}), element("szCs", {"val": size}),
    ))
    for n, line in enumerate(text.split("\n")):
        if n:
            made.append(element("br"))
        for k, words in enumerate(line.split("\t")):
            if k:
                made.append(element("tab"))
            told = element("t")
            told.text = words
            told.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            made.append(told)
    return made


def page_number() -> Any:
    """Return the number of the page between dashes (7.5): 4号宋体."""
    begin, end = (element("fldChar", {"fldCharType": kind}) for kind in ("begin", "end"))
    asked = element("instrText")
    asked.text = "PAGE"
    field = run("", m.SONG, m.SMALL)
    field.remove(field[-1])
    field.extend((begin, asked, end))
    return run("— ", m.SONG, m.SMALL), field, run(" —", m.SONG, m.SMALL)


def fonts(name: str) -> Any:
    """Return ``w:rFonts`` with *name* in all four slots."""
    return element("rFonts", dict.fromkeys(("ascii", "hAnsi", "eastAsia", "cs"), name))


def paragraph(parts: Mapping[str, Any], *runs: Any) -> Any:
    return element("p", {}, properties(parts), *runs)


def new_document() -> DocxDocument:
    """Return an empty document with the measures of `measures`, and nothing of a template's."""
    made = Document()
    styles = made.styles.element
    defaults = styles.find(qn("w:docDefaults"))
    defaults.getparent().replace(defaults, element(
        "docDefaults", {}, element("rPrDefault", {}, element(
            "rPr", {}, fonts(m.BODY_FONT), element("sz", {"val": m.BODY}),
            element("szCs", {"val": m.BODY}),
            element("lang", {"val": "en-US", "eastAsia": "zh-CN", "bidi": "ar-SA"}),
        )), element("pPrDefault"),
    ))
    normal = made.styles["Normal"].element
    for name in ("pPr", "rPr"):
        for old in normal.findall(qn(f"w:{name}")):
            normal.remove(old)
    normal.append(properties({
        "widowControl": {"val": 0}, "overflowPunct": {"val": 0}, "autoSpaceDE": {"val": 0},
        "autoSpaceDN": {"val": 0}, "jc": {"val": "both"},
        "spacing": {"before": 0, "after": 0, "line": m.LINE, "lineRule": "exact"},
    }))
    normal.append(element(
        "rPr", {}, fonts(m.BODY_FONT), element("spacing", {"val": m.TIGHTER}),
        element("sz", {"val": m.BODY}), element("szCs", {"val": m.BODY}),
    ))
    _page(made)
    for part in made.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            _name_fonts(part)
    return made


def _page(made: DocxDocument) -> None:
    section = made.sections[0]._sectPr
    for old in list(section):
        section.remove(old)
    section.extend((
        element("pgSz", {"w": m.PAGE[0], "h": m.PAGE[1]}),
        element("pgMar", {
            "top": m.TOP, "right": m.RIGHT, "bottom": m.BOTTOM, "left": m.LEFT,
            "header": 850, "footer": round(25.7 * m.MM), "gutter": 0,
        }),
        element("docGrid", {"type": "lines", "linePitch": m.LINE}),
    ))
    made.settings.odd_and_even_pages_header_footer = True
    one = m.SMALL * 10
    for footer, side, indent in (
        (made.sections[0].footer, "right", {"right": one}),
        (made.sections[0].even_page_footer, "left", {"left": one}),
    ):
        footer.is_linked_to_previous = False
        inside = footer._element
        for old in list(inside):
            inside.remove(old)
        inside.append(paragraph({
            "spacing": {"before": 0, "after": 0, "line": 280, "lineRule": "exact"},
            "ind": indent, "jc": {"val": side}, "snapToGrid": {"val": 0},
        }, *page_number()))


def _name_fonts(part: Part) -> None:
    """Say in the table of fonts what else an official font is called."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    told = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{also}"/><w:charset w:val="86"/>'
        f'<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, also in _ALSO.items()
    )
    part._blob = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:fonts xmlns:w="{space}">{told}</w:fonts>'
    ).encode()


def saved(made: DocxDocument, *, title: str, author: str, at: datetime) -> bytes:
    """Return the file of *made*: equal content is equal bytes."""
    core = made.core_properties
    core.title, core.author, core.last_modified_by = title, author, author
    core.created = core.modified = at
    core.language, core.comments, core.keywords, core.subject = "zh-CN", "", "", ""
    core.revision = 1
    file = io.BytesIO()
    made.save(file)
    return zips.again(file.getvalue())
