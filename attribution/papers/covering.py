"""The covering note of an exchange pack: a plain letter to the unit, as DOCX."""
from collections.abc import Iterable, Sequence
from io import BytesIO

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.run import Run

from attribution.papers import zips
from attribution.rule.instants import Instant, to_datetime

# Not embedded: a computer without them shows another, and the words stay the same.
HEAVY, PLAIN = "黑体", "仿宋_GB2312"
FONTS = f"字体：标题{HEAVY}，正文{PLAIN}。没有这两种字体的电脑会用别的字体代替，内容不变。"


def letter(
    title: str, to: str, paragraphs: Iterable[str], signed: Sequence[str], at: Instant
) -> bytes:
    """
    Return the letter *to* a unit.

    Args:
        signed: The lines at its end, on the right.
        at: When it is made, which stands in its properties.
    """
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    told = document.core_properties
    told.title, told.author, told.comments = title, signed[0], ""
    told.created = told.modified = to_datetime(at).replace(tzinfo=None, microsecond=0)
    told.last_modified_by = told.author

    def add(text: str, font: str = PLAIN, size: float = 16) -> None:
        line = document.add_paragraph()
        form = line.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing = Pt(28)
        if font == HEAVY:
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            form.space_after = Pt(14)
        elif text in signed:
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        elif text != f"{to}：":
            form.first_line_indent = Pt(2 * size)
        _in(line.add_run(text), font, size)

    add(title, HEAVY, 18)
    add(f"{to}：")
    for text in paragraphs:
        add(text)
    add("")
    for text in signed:
        add(text)
    add(FONTS, size=10.5)
    file = BytesIO()
    document.save(file)
    return zips.again(file.getvalue())


def _in(run: Run, font: str, size: float) -> None:
    run.font.size, run.font.name = Pt(size), font
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
