"""A bulletin as a file: the measures of GB/T 9704-2012, and the same bytes of the same snapshot."""
import io
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import made_figures
import pypdfium2  # type: ignore[import-untyped]
import pytest
from docx import Document
from docx.oxml.ns import qn

from attribution.papers import bulletin, official_docx, official_pdf
from attribution.papers import measures as m
from attribution.papers.bulletin import Draft, Paper
from attribution.papers.how_named import INTERNAL, Telling

OFFICE = "兴国县人民政府办公室"
POINT_MM = 25.4 / 72
# A paragraph of Chinese alone, long enough for three pages.
LONG = "推广移动支付便民惠企服务群众办好实事用心用情用力" * 70


def made(**more: Any) -> Paper:
    draft = Draft(
        bulletin.BULLETIN, OFFICE, date(2022, 10, 10), number="兴府办字〔2022〕90号",
        to="各乡镇人民政府，县直各有关单位",
        copy="县委办公室，县人大常委会办公室，县政协办公室，县金融服务中心，各银行",
        steps="（一）加强辅导\n每周{2}次上门辅导。",
    )
    return bulletin.make(7, made_figures.figures(), replace(draft, **more), Telling())


PAPER = made()
FILE = official_docx.write(PAPER)


@pytest.fixture(scope="module")
def written() -> Iterator[Any]:
    yield Document(io.BytesIO(FILE))


def test_the_same_snapshot_and_words_make_the_same_file() -> None:
    assert official_docx.write(made()) == FILE
    assert official_docx.write(made(steps="")) != FILE
    with zipfile.ZipFile(io.BytesIO(FILE)) as read:
        assert {info.date_time[0] for info in read.infolist()} == {1980}
        core = read.read("docProps/core.xml").decode()
    assert OFFICE in core and "2022-10-10" in core and "python-docx" not in core


def test_no_figure_is_in_the_file_that_is_not_in_a_checked_sentence() -> None:
    """So what was checked is what is sent; only the numbers of the attachments come with it."""
    nodes = Document(io.BytesIO(FILE)).element.body.iter(qn("w:t"))
    figures = Counter(run for node in nodes for run in re.findall(r"\d+", node.text or ""))
    bound = Counter(
        run for one in PAPER.sentences for run in re.findall(r"\d+", PAPER.text(one))
    )
    assert figures - bound == Counter({"1": 1, "2": 1})
    assert not bound - figures


def test_letters_are_official_fonts_in_all_four_slots_and_never_bold(written: Any) -> None:
    body = written.element.body
    runs = list(body.iter(qn("w:r")))
    assert len(runs) > 300
    for run in runs:
        fonts = run.find(qn("w:rPr")).find(qn("w:rFonts"))
        assert len({fonts.get(qn(f"w:{s}")) for s in ("ascii", "hAnsi", "eastAsia", "cs")}) == 1
        assert fonts.get(qn("w:eastAsia")) in (
            m.BODY_FONT, m.KAI, m.HEI, m.SONG, m.TITLE_FONT
        )
    assert not list(body.iter(qn("w:b")))
    styles = written.styles.element.find(qn("w:docDefaults"))
    assert not [key for node in styles.iter() for key in node.attrib if "Theme" in key]


def test_properties_of_paragraphs_stand_in_the_order_of_the_schema(written: Any) -> None:
    from attribution.papers.docx_parts import _ORDER

    for node in written.element.body.iter(qn("w:pPr")):
        places = [_ORDER.index(child.tag.partition("}")[2]) for child in node]
        assert places == sorted(set(places))


def test_page_grid_numbers_and_foot_are_the_standard_s(written: Any) -> None:
    section = written.sections[0]
    assert [round(side.mm) for side in (
        section.page_width, section.page_height, section.top_margin, section.left_margin,
    )] == [210, 297, 37, 28]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    sides = [
        footer._element[0].find(qn("w:pPr")).find(qn("w:jc")).get(qn("w:val"))
        for footer in (section.footer, section.even_page_footer)
    ]
    assert sides == ["right", "left"]
    framed = [
        node for node in written.element.body.iter(qn("w:pPr"))
        if node.find(qn("w:framePr")) is not None
    ]
    assert len(framed) == 3
    for name in ("framePr", "pBdr", "tabs"):
        alike = {
            tuple((part.tag, *part.attrib.items()) for part in node.find(qn(f"w:{name}")).iter())
            for node in framed
        }
        assert len(alike) == 1


def test_a_report_has_one_line_of_head_and_no_red() -> None:
    report = made(kind=bulletin.REPORT, issue="3", number="")
    read = Document(io.BytesIO(official_docx.write(report)))
    texts = [one.text for one in read.paragraphs[:4]]
    assert texts == [INTERNAL, "工作专报", f"第3期　{OFFICE}\t2022年10月10日",
                     "兴国县移动支付便民工程进展情况"]
    assert not list(read.element.body.iter(qn("w:color")))
    assert list(Document(io.BytesIO(FILE)).element.body.iter(qn("w:color")))


@pytest.mark.parametrize(("name", "sealed", "ends"), [
    (OFFICE, False, (2, 2 + 10 - 2 - 7)), (OFFICE, True, (2.5, 4)),
    ("县府办", False, (2 + 7 + 2 - 3, 2)), ("东山县移动支付推广工作领导小组办公室", True, (2, 7.5)),
])
def test_issuer_and_date_stand_to_each_other_as_the_standard_says(
    name: str, sealed: bool, ends: tuple[float, float]
) -> None:
    assert m.signature(name, "2022年10月10日", sealed) == ends


def test_titles_are_cut_where_the_sense_is_and_keep_what_belongs_together() -> None:
    long = "关于兴国县移动支付便民工程暨推广进展情况的通报"
    assert m.title_lines(long, len(long) - 7) == [long[:-7], "进展情况的通报"]
    for text in (long, long * 2, "二〇二二年《关于》推广（2022）"):
        lines = m.title_lines(text)
        assert "".join(lines) == text and all(len(line) <= 22 for line in lines)
    assert m.head_size("中") == m.HEAD and m.head_size("中" * 20) == 44


def letters_of(file: Path, number: int) -> list[tuple[str, float, float, float, float]]:
    """Return of each letter on page *number* its text and box in mm from the page's top left."""
    page = pypdfium2.PdfDocument(file)[number]
    high = page.get_height()
    text = page.get_textpage()
    found = []
    for n in range(text.count_chars()):
        letter = text.get_text_range(n, 1)
        if letter.strip():
            left, bottom, right, top = text.get_charbox(n)
            found.append((letter, *(
                side * POINT_MM for side in (left, high - top, right, high - bottom)
            )))
    return found


def lines_of(file: Path, number: int) -> list[str]:
    """Return the lines of the area on page *number*."""
    rows: dict[int, list[tuple[float, str]]] = {}
    for letter, left, top, _, bottom in letters_of(file, number):
        middle = (top + bottom) / 2
        if middle < 263:
            # Marks are low or high in their line.
            rows.setdefault(int((middle - 37) / (m.LINE / m.MM)), []).append((left, letter))
    return ["".join(letter for _, letter in sorted(row)) for _, row in sorted(rows.items())]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_shows_22_lines_of_28_characters(tmp_path: Path) -> None:
    paper = tmp_path / "paper.docx"
    paper.write_bytes(official_docx.write(made(steps=LONG)))
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}", "--headless",
         "--convert-to", "pdf", "--outdir", str(tmp_path), str(paper)],
        check=True, capture_output=True,
    )
    lines = lines_of(tmp_path / "paper.pdf", 3)
    assert [28] * 22 == [len(line) for line in lines]


def test_the_twin_has_22_lines_of_28_characters_and_the_same_figures(tmp_path: Path) -> None:
    """Set by typst in our own fonts: the head 35 mm down, the last dash 7 mm below the area."""
    paper = made(steps=LONG)
    content = official_pdf.write(paper)
    assert content == official_pdf.write(paper)
    twin = tmp_path / "twin.pdf"
    twin.write_bytes(content)
    assert [28] * 22 == [len(line) for line in lines_of(twin, 3)]
    first = letters_of(twin, 0)
    area = [(left, right) for _, left, top, right, _ in first if top < 262]
    assert min(left for left, _ in area) >= 28 and max(right for _, right in area) <= 184.1
    head = [top for letter, _, top, _, _ in first if letter in "兴国县" and top > 60]
    assert 71.5 < min(head) < 73
    (dash, _) = [top for letter, _, top, _, _ in first if letter == "—"]
    assert 268.7 < dash < 269.3
    read = pypdfium2.PdfDocument(twin)
    whole = "".join(page.get_textpage().get_text_range() for page in read)
    told = Counter(re.findall(r"\d+", "".join(whole.split())))
    for figure in ("12925", "39200", "2316"):
        assert told[figure]
