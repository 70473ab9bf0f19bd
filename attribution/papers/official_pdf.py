"""The PDF twin of a bulletin: the same text and measures, in the fonts that come with us."""
from pathlib import Path
from typing import Any

from attribution.papers import measures as m
from attribution.papers.bulletin import BULLETIN, Attached, Paper, Style
from attribution.papers.how_named import INTERNAL
from attribution.papers.official_docx import COLUMNS
from attribution.papers.typesetting import pdf_of

TEMPLATE = Path(__file__).parent / "bulletin.typ"
_MEASURES = {
    "page": m.PAGE, "top": m.TOP, "bottom": m.BOTTOM, "left": m.LEFT, "right": m.RIGHT,
    "line": m.LINE, "one": m.ONE, "body": m.BODY * 10, "title": m.TITLE * 10,
    "small": m.SMALL * 10, "table": m.TABLE * 10, "head-below": m.HEAD_BELOW_MM,
}


def write(paper: Paper) -> bytes:
    """
    Return the file.

    Raises:
        Fault: printing is not installed.
    """
    head = paper.text(paper.head)
    red = paper.kind == BULLETIN
    number = [paper.text(one) for one in paper.number]
    return pdf_of(TEMPLATE, {
        "measures": _MEASURES, "title": paper.title, "issuer": paper.issuer, "red": red,
        "internal": INTERNAL if paper.internal else "",
        "head": {"text": head, "size": m.head_size(head) * 10},
        "number": "".join(number) if red else "　".join(filter(None, number[:2])),
        "date": "" if red else number[2],
        "lines": m.title_lines(paper.title, paper.joint),
        "signed": m.signature(paper.issuer, paper.day_text, red),
        "paragraphs": [
            {"style": one.style.value, "text": paper.text(one.parts)}
            for one in paper.paragraphs if one.style is not Style.TITLE
        ],
        "attached": [_table(paper, one, n) for n, one in enumerate(paper.attached, 1)],
        "copy": m.copy_lines(f"{paper.text(paper.copy)}。") if paper.copy else [],
        "printed": [paper.text(one) for one in paper.printed],
    })


def _table(paper: Paper, table: Attached, n: int) -> dict[str, Any]:
    return {
        "number": f"附件{n if len(paper.attached) > 1 else ''}",
        "lines": m.title_lines(paper.text(table.title)),
        "headings": table.headings,
        "widths": m.column_widths([COLUMNS[name] for name in table.headings]),
        "words": [name in ("单位", "备注") for name in table.headings],
        "rows": [[paper.text(cell) for cell in row] for row in table.rows],
        "note": paper.text(table.note),
    }
