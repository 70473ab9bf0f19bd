"""The progress pack: real numbers that add up, ranks among equals, names only where they may be."""
import io
import zipfile
from decimal import Decimal
from functools import cache
from typing import Any

import made_figures
import openpyxl
import pypdfium2  # type: ignore[import-untyped]
import pytest
from made_figures import (
    CORRECTED,
    HEIR,
    LONG_NAME,
    NOTHING,
    TIED,
    UNASKED,
)
from PIL import Image

from attribution.papers import pack, pack_pictures
from attribution.papers.how_named import INTERNAL, Telling
from attribution.papers.pack_tables import tables
from attribution.proof import signed_notes
from attribution.reports.progress_picture import MOST_ROWS

SHEETS = ["乡镇社区", "银行网点", "区域×网点", "部门", "漏斗", "说明"]
HEADED = 4  # the row of the headings
COUNTS = ("任务数", "登记", "注册", "绑卡", "有效新用户", "累计更正", "本时段新增", "本时段更正",
          "上时段新增", "增减")


WHOLE = Telling()


@cache
def whole() -> dict[str, bytes]:
    """Return all files of a pack, by name."""
    return {file.name: file.content for file in pack.files(12, made_figures.figures(), WHOLE)}


def workbook(telling: Telling) -> bytes:
    return pack.workbook(12, made_figures.figures(), telling)


@cache
def book(telling: Telling = WHOLE) -> Any:
    return openpyxl.load_workbook(io.BytesIO(workbook(telling)), data_only=True)


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Any:
    yield
    book.cache_clear()
    whole.cache_clear()


def rows(sheet: Any) -> list[dict[str, Any]]:
    """Return the rows below the headings, each cell by its own."""
    headings = [cell.value for cell in sheet[HEADED]]
    return [
        dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=HEADED + 1)
    ]


def named(sheet: Any, name: str) -> dict[str, Any]:
    return next(row for row in rows(sheet) if row[name_of(sheet)].value == name)


def name_of(sheet: Any) -> str:
    return str(next(
        cell.value for cell in sheet[HEADED] if cell.value not in ("序号", "乡镇（社区）")
        or (cell.value == "乡镇（社区）" and sheet.title == "乡镇社区")
    ))


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_set_up_for_paper(name: str) -> None:
    sheet = book()[name]
    assert SHEETS == book().sheetnames
    # As wide as a page, whose width is 1 where a file does not say it, and as long as it is.
    assert (True, "9", None, 0) == (
        sheet.sheet_properties.pageSetUpPr.fitToPage, str(sheet.page_setup.paperSize),
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight,
    )
    lying = name in SHEETS[:4]
    assert ("landscape" if lying else "portrait") == sheet.page_setup.orientation
    assert "快照第12号" in sheet.oddHeader.right.text
    assert INTERNAL in sheet.oddFooter.left.text
    assert "&P" in sheet.oddFooter.right.text
    if name != "说明":
        assert "$4:$4" == sheet.print_title_rows
    assert INTERNAL == sheet["A3"].value


def test_numbers_are_numbers_and_what_is_not_asked_is_a_stroke() -> None:
    figures = made_figures.figures()
    table = figures.areas()
    sheet = book()["乡镇社区"]
    for line in table.lines:
        row = named(sheet, line.name)
        assert line.counts["effective"] == row["有效新用户"].value
        if line.target is None:
            assert ("—", "—") == (row["任务数"].value, row["完成率"].value)
            continue
        assert line.target == row["任务数"].value
        assert "0.00%" == row["完成率"].number_format
        assert line.rate == Decimal(str(row["完成率"].value * 100)).quantize(Decimal("0.01"))
    assert "#,##0" == named(sheet, "全县合计")["有效新用户"].number_format


@pytest.mark.parametrize("name", SHEETS[:4])
def test_a_total_is_what_its_lines_add_up_to(name: str) -> None:
    """Added by the check row of the file itself, and once more here, of the cells."""
    sheet = book()[name]
    total, *lines, check = rows(sheet)
    adding = [
        row for row in lines
        if row["序号"].value or "以外" in str(row[name_of(sheet)].value)
        or str(row[name_of(sheet)].value).startswith("未分")
    ]
    assert "核对：各行相加" in [cell.value for cell in check.values()]
    for heading in COUNTS:
        numbers = [row[heading].value for row in adding if row[heading].value != "—"]
        told = total[heading].value
        assert told == sum(numbers) == check[heading].value, heading
    assert made_figures.figures().areas().total.counts["effective"] == total["有效新用户"].value


def test_the_row_that_checks_is_a_formula_over_the_lines() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(WHOLE)))["乡镇社区"]
    last = sheet.max_row
    assert f"=SUM(C6:C{last - 1})" == sheet.cell(last, 3).value


def test_equals_share_a_rank_and_the_next_is_skipped() -> None:
    sheet = book()["乡镇社区"]
    names = {unit.id: unit.name for unit in made_figures.figures().units}
    tied = [named(sheet, names[id])["位次"] for id in TIED]
    assert 1 == len({cell.value for cell in tied})
    assert {'"并列第"0"位"'} == {cell.number_format for cell in tied}
    ranks = sorted(
        row["位次"].value for row in rows(sheet) if isinstance(row["位次"].value, int)
    )
    place = tied[0].value
    assert place + ranks.count(place) == min(rank for rank in ranks if rank > place)
    assert '"第"0"位"' == next(
        row["位次"].number_format for row in rows(sheet) if row["位次"].value == 1
    )
    assert "—" == named(sheet, names[UNASKED])["位次"].value
    nothing = named(sheet, names[NOTHING])
    assert (0, 0, max(ranks)) == (
        nothing["有效新用户"].value, nothing["完成率"].value, nothing["位次"].value
    )


def test_a_merged_township_stands_with_its_heir_and_a_correction_in_its_column() -> None:
    sheet = book()["乡镇社区"]
    told = [row[name_of(sheet)].value for row in rows(sheet)]
    assert "杰村乡" not in told
    heir = named(sheet, "南坑乡（含杰村乡）")
    assert "并入" in heir["变动"].value
    assert "2022-09-26" in heir["变动"].value
    steps = made_figures.figures().areas()
    line = next(line for line in steps.lines if line.key == HEIR)
    assert (line.target, line.counts["effective"]) == (
        heir["任务数"].value, heir["有效新用户"].value
    )
    assert LONG_NAME in told
    units = {unit.id: unit for unit in made_figures.figures().units}
    corrected = named(book()["区域×网点"], units[CORRECTED].branch or "")
    assert -3 == corrected["累计更正"].value
    assert -3 == corrected["本时段更正"].value


def test_the_stretch_before_stands_beside() -> None:
    figures = made_figures.figures()
    total = named(book()["乡镇社区"], "全县合计")
    fresh, earlier = (figures.areas(of=of).total.counts["effective"] for of in ("fresh", "earlier"))
    assert (fresh, earlier, fresh - earlier) == (
        total["本时段新增"].value, total["上时段新增"].value, total["增减"].value
    )
    assert round((fresh - earlier) / earlier, 4) == total["环比"].value


def test_words_say_on_what_it_rests_and_which_law() -> None:
    figures = made_figures.figures()
    words = {row[0].value: row[1].value for row in book()["说明"].iter_rows(min_row=4)}
    assert "国办函〔2026〕12号" in words["依据的规定"]
    assert "2024年网信" in words["依据的规定"]
    assert figures.terms == words["归属规则版本"]
    assert figures.last_batch in words["平台数据"]
    assert words["日志检查点"] == signed_notes.on_one_line(figures.head)
    headings = {cell.value for name in SHEETS[:4] for cell in book()[name][HEADED]}
    told = "、".join(str(word) for word in words)
    assert {"完成率", "环比", "位次", "变动"} <= headings
    for heading in headings - {"乡镇（社区）", "银行、网点", "对接网点", "部门"}:
        assert heading in told


def test_without_names_nobody_is_named_and_units_are_counted() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(Telling(naming=False)))) as parts:
        text = "".join(
            parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")
        )
    for unit in made_figures.figures().units:
        assert unit.name not in text.replace("兴国县人民政府办公室", ""), unit
    told = rows(book(Telling(naming=False))["乡镇社区"])
    figures = made_figures.figures()
    lines = [line for line in figures.areas().lines if not line.rest]
    far = sum(line.degree(figures.share).word == "严重滞后" for line in lines)
    assert [len(lines), far] == [told[0]["单位数"].value, told[5]["单位数"].value]


def test_without_ranks_there_is_no_column_of_them() -> None:
    sheet = book(Telling(ranking=False))["乡镇社区"]
    headings = [cell.value for cell in sheet[HEADED]]
    assert "位次" not in headings
    assert "完成率" in headings


def test_the_same_snapshot_is_the_same_bytes() -> None:
    figures = made_figures.figures()
    again = pack.files(12, figures, WHOLE)
    assert whole() == {file.name: file.content for file in again}
    one = pack.zipped(again, figures.at)
    assert one == pack.zipped(again, figures.at)
    with zipfile.ZipFile(io.BytesIO(one)) as made:
        assert {(2022, 10, 10, 9, 0, 0)} == {entry.date_time for entry in made.infolist()}


def test_the_pdf_has_the_same_figures_and_its_headings_on_each_page() -> None:
    content = next(content for name, content in whole().items() if name.endswith(".pdf"))
    pdf = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage().get_text_bounded() for page in pdf]
    count = len(pages)
    for number, text in enumerate(pages, 1):
        assert f"第 {number} 页，共 {count} 页" in text
        assert INTERNAL in text
        assert "快照第12号" in text
    of_lines = [text for text in pages if "区域×网点" in text]
    assert len(of_lines) > 1
    assert all("对接网点" in text and "完成率" in text for text in of_lines)
    line = next(line for line in made_figures.figures().areas().lines if line.key == "A02")
    assert f"长冈乡 {line.target:,}" in " ".join(pages[0].split())
    assert f"{line.rate}%" in pages[0]


def test_pictures_are_for_a_telephone() -> None:
    pictures = {name: content for name, content in whole().items() if name.endswith(".png")}
    assert {"图片/乡镇社区-1.png", "图片/银行网点.png", "图片/部门-1.png"} <= set(pictures)
    for content in pictures.values():
        assert len(content) < 2_000_000
        picture = Image.open(io.BytesIO(content))
        assert ("PNG", 1080) == (picture.format, picture.width)


def test_each_line_is_in_one_picture_and_none_has_more_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[tuple[str, int, list[str]]] = []

    def noted(title: str, about: str, columns: Any, rows: Any, heads: int, *more: Any) -> bytes:
        place = next(n for n, column in enumerate(columns) if not column.number)
        drawn.append((about, len(rows), [row[place] for row in rows[heads:]]))
        return b""

    monkeypatch.setattr(pack_pictures, "table_picture", noted)
    figures = made_figures.figures()
    list(pack_pictures.pictures(
        tables(figures, Telling()), title="", mark="", until="", share="", foot=[], checkpoint=""
    ))
    assert max(rows for _, rows, _ in drawn) <= MOST_ROWS
    areas = [name for about, _, names in drawn if "各乡镇（社区）进度" in about for name in names]
    assert [line.name for line in figures.areas().lines] == areas
