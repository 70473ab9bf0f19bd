"""A bulletin as DOCX by GB/T 9704-2012: official fonts by name, none of them embedded."""
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from docx.oxml.ns import qn

from attribution.papers import measures as m
from attribution.papers.bulletin import BULLETIN, Attached, Paper, Paragraph, Style
from attribution.papers.docx_parts import (
    element,
    new_document,
    paragraph,
    properties,
    run,
    saved,
)
from attribution.papers.how_named import INTERNAL

_RED = {"val": "FF0000"}
_EXACT = {"before": 0, "after": 0, "line": m.LINE, "lineRule": "exact"}
_INDENT = {"firstLineChars": 200, "firstLine": 2 * m.ONE}
COLUMNS = {
    "序号": 34, "单位": 108, "任务数": 50, "完成数": 50, "完成率": 56, "位次": 36, "备注": 108,
}
_FRAME = {
    "w": m.WIDE, "wrap": "around", "hAnchor": "margin", "vAnchor": "margin", "xAlign": "left",
    "yAlign": "bottom",
}
# The head's letters begin below the top of their line: measured at 34 points on exact 40.
_HEAD_BEFORE_MM = 33.4


def write(paper: Paper) -> bytes:
    """Return the file."""
    made = new_document()
    body = made.element.body
    section = body.find(qn("w:sectPr"))
    for old in list(body):
        if old is not section:
            body.remove(old)
    for part in _parts(paper):
        section.addprevious(part)
    day = paper.day
    return saved(
        made, title=paper.title, author=paper.issuer,
        at=datetime(day.year, day.month, day.day, tzinfo=timezone.utc),
    )


def _parts(paper: Paper) -> Iterator[Any]:
    yield from _head(paper)
    signed = m.signature(paper.issuer, paper.day_text, paper.kind == BULLETIN)
    for one in paper.paragraphs:
        yield _paragraph(paper, one, signed)
    for n, table in enumerate(paper.attached, 1):
        yield from _attached(paper, table, n)
    yield from _foot(paper)


def _head(paper: Paper) -> Iterator[Any]:
    if paper.internal:
        yield paragraph({"spacing": _EXACT}, run(INTERNAL, m.HEI))
    text = paper.text(paper.head)
    size = m.head_size(text)
    red = paper.kind == BULLETIN
    above = _HEAD_BEFORE_MM * m.MM if red else 2 * m.LINE
    yield paragraph({
        "spacing": {
            "before": round(above - (m.LINE if paper.internal else 0)), "after": 0,
            "line": round(size * 10 * 40 / 34), "lineRule": "exact",
        },
        "jc": {"val": "center"}, "snapToGrid": {"val": 0},
    }, run(text, m.TITLE_FONT, size, **({"color": _RED} if red else {})))
    rule = element("pBdr", {}, element("bottom", {
        "val": "single", "sz": 16 if red else 8, "space": 11 if red else 4,
        "color": "FF0000" if red else "000000",
    }))
    told = [paper.text(one) for one in paper.number]
    # Issue and issuer to the left, the date to the right: a long issuer has room.
    line = "".join(told) if red else "　".join(filter(None, told[:2])) + f"\t{told[2]}"
    yield paragraph({
        "pBdr": rule, "spacing": {**_EXACT, "before": (2 if red else 1) * m.LINE},
        "jc": {"val": "center" if red else "left"}, "snapToGrid": {"val": 0},
        **({} if red else {"tabs": _right_tab()}),
    }, run(line, size=m.BODY if red else m.SMALL))


def _right_tab() -> Any:
    return element("tabs", {}, element("tab", {"val": "right", "pos": m.WIDE}))


def _paragraph(paper: Paper, one: Paragraph, signed: tuple[float, float]) -> Any:
    text = paper.text(one.parts)
    if one.style is Style.TITLE:
        return _in_the_middle(m.title_lines(text, paper.joint), 2 * m.LINE)
    parts: dict[str, Any] = {"spacing": _EXACT}
    font = {Style.HEADING: m.HEI, Style.HEADING_2: m.KAI}.get(one.style, m.BODY_FONT)
    if one.style in (Style.BODY, Style.HEADING, Style.HEADING_2):
        parts["ind"] = _INDENT
        if one.style is not Style.BODY:
            parts |= {"keepNext": {}}
    elif one.style in (Style.ATTACHED, Style.ATTACHED_ON):
        # A title that is longer than its line goes on below itself.
        begins = 2 if one.style is Style.ATTACHED else 5
        own = 5 if len(paper.attached) == 1 else 6
        parts["ind"] = {
            "leftChars": own * 100, "left": own * m.ONE,
            "hangingChars": (own - begins) * 100, "hanging": (own - begins) * m.ONE,
        }
        if one.style is Style.ATTACHED:
            parts["spacing"] = {**_EXACT, "before": m.LINE}
    elif one.style in (Style.SIGNED, Style.DATE):
        after = signed[one.style is Style.DATE]
        parts |= {
            "jc": {"val": "right"},
            "ind": {"rightChars": round(after * 100), "right": round(after * m.ONE)},
        }
        if one.style is Style.SIGNED:
            parts |= {"spacing": {**_EXACT, "before": 2 * m.LINE}, "keepNext": {}}
    return paragraph(parts, run(text, font))


def _in_the_middle(lines: list[str], before: int) -> Any:
    return paragraph({
        "spacing": {"before": before, "after": m.LINE, "line": 700, "lineRule": "exact"},
        "jc": {"val": "center"}, "snapToGrid": {"val": 0}, "keepNext": {},
    }, run("\n".join(lines), m.TITLE_FONT, m.TITLE))


def _attached(paper: Paper, table: Attached, n: int) -> Iterator[Any]:
    number = "" if len(paper.attached) == 1 else str(n)
    yield paragraph({"spacing": _EXACT, "pageBreakBefore": {}}, run(f"附件{number}", m.HEI))
    yield _in_the_middle(m.title_lines(paper.text(table.title)), m.LINE)
    widths = m.column_widths([COLUMNS[name] for name in table.headings])
    yield element(
        "tbl", {}, element(
            "tblPr", {}, element("tblW", {"w": m.WIDE, "type": "dxa"}),
            element("tblBorders", {}, *(
                element(side, {"val": "single", "sz": 4, "space": 0, "color": "000000"})
                for side in ("top", "left", "bottom", "right", "insideH", "insideV")
            )),
            element("tblLayout", {"type": "fixed"}),
            element("tblCellMar", {}, *(
                element(side, {"w": 57, "type": "dxa"}) for side in ("left", "right")
            )),
        ),
        element("tblGrid", {}, *(element("gridCol", {"w": wide}) for wide in widths)),
        _row(table, list(table.headings), widths, heading=True),
        *(_row(table, [paper.text(cell) for cell in row], widths) for row in table.rows),
        _note(paper.text(table.note), len(widths)),
    )

def _note(text: str, columns: int) -> Any:
    """Return the last row, of one cell: a paragraph below might be a page of its own."""
    return element("tr", {}, element("trPr", {}, element("cantSplit")), element(
        "tc", {}, element(
            "tcPr", {}, element("tcW", {"w": m.WIDE, "type": "dxa"}),
            element("gridSpan", {"val": columns}),
        ),
        _in_cell(text, m.BODY_FONT, "left"),
    ))


def _row(table: Attached, cells: list[str], widths: list[int], heading: bool = False) -> Any:
    made = element("tr", {}, element(
        "trPr", {}, element("cantSplit"), element("trHeight", {"val": 454, "hRule": "atLeast"}),
        *([element("tblHeader")] if heading else []),
    ))
    for name, text, wide in zip(table.headings, cells, widths, strict=True):
        words = not heading and name in ("单位", "备注")
        made.append(element(
            "tc", {}, element(
                "tcPr", {}, element("tcW", {"w": wide, "type": "dxa"}),
                element("vAlign", {"val": "center"}),
            ),
            _in_cell(text, m.HEI if heading else m.BODY_FONT, "left" if words else "center"),
        ))
    return made


def _in_cell(text: str, font: str, side: str) -> Any:
    return paragraph({
        "spacing": {"before": 0, "after": 0, "line": 300, "lineRule": "exact"},
        "jc": {"val": side}, "snapToGrid": {"val": 0},
    }, run(text, font, m.TABLE))


def _foot(paper: Paper) -> Iterator[Any]:
    """Yield 版记: a frame whose last rule lies on the area's bottom."""
    issuer, day = (paper.text(one) for one in paper.printed)
    lines = []
    if paper.copy:
        lines += [run("\n".join(m.copy_lines(f"{paper.text(paper.copy)}。")), size=m.SMALL), None]
    lines.append(run(f"　{issuer}\t{day}　", size=m.SMALL))
    for line in lines:
        # All with one frame and one border, or LibreOffice leaves both out in silence.
        parts: dict[str, Any] = {
            "framePr": _FRAME,
            "pBdr": element("pBdr", {}, *(
                element(side, {"val": "single", "sz": 8, "space": 1, "color": "000000"})
                for side in ("top", "bottom")
            )),
            "tabs": _right_tab(),
            "spacing": {
                "before": 0, "after": 0, "line": 14 if line is None else 500, "lineRule": "exact",
            },
            "jc": {"val": "left"}, "snapToGrid": {"val": 0},
        }
        if line is None:
            parts["shd"] = {"val": "clear", "color": "auto", "fill": "000000"}
            yield element("p", {}, properties(parts))
        else:
            yield element("p", {}, properties(parts), line)
