"""The data for 考核: figures whose rows can be listed, and no score, no rank, of nobody."""
import io
from typing import Any

import openpyxl
from test_figures import made

from attribution.office.scenes import Scene
from attribution.papers import assessment, sheets
from attribution.papers.sheets import PaperColumn, PaperSheet
from attribution.papers.unit_measures import MEASURES


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def table(content: bytes, sheet: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a sheet by number or name, each by heading."""
    rows = [list(row) for row in opened(content)[sheet].values]
    head = next(place for place, row in enumerate(rows) if row[0] == "编号")
    return {
        row[0] or row[1]: dict(zip(rows[head], row, strict=True)) for row in rows[head + 2 :]
    }


def texts(content: bytes) -> str:
    return "\n".join(
        str(cell) for sheet in opened(content) for row in sheet.values for cell in row if cell
    )


def test_a_line_is_a_count_or_follows_from_counts_beside_it() -> None:
    content = assessment.workbook(made(held={"N01": 2}, turned={"A02": 1}), 3)
    row = table(content, "乡镇社区")["A01"]
    assert (100, 7, 7.0, 20, -13) == tuple(
        row[name] for name in ("指导任务数", "有效新用户", "完成率（%）", "按时序应到", "比应到多")
    )
    assert (-13.0, "严重滞后", 2, 1, -1) == tuple(
        row[name] for name in
        ("时序进度差（百分点）", "快慢", "待核查登记", "归属后又转出、撤销", "其中锁定后更正")
    )
    assert {"A01", "A02", "N01"} == set(row["由哪些码合计"].split(","))
    bank = table(content, "银行")["B01"]
    # The area's only bank has the area's own codes as well.
    assert 7 == bank["有效新用户"] and 9 == bank["扫码"]
    for name in ("乡镇社区", "银行"):
        assert 7 == table(content, name)["全县合计"]["有效新用户"]


def test_every_column_says_how_it_is_counted_and_where_its_rows_are() -> None:
    content = assessment.workbook(made(), 3)
    rows = [list(row) for row in opened(content)["说明"].values]
    told = {row[0]: row[1:3] for row in rows}
    assert all(all(told[one.heading]) for one in MEASURES)
    assert "快照第3号" in str(opened(content)["乡镇社区"]["A2"].value)


def test_there_is_no_score_and_no_rank_and_the_law_is_named_first() -> None:
    content = assessment.workbook(made(), 3)
    headings = {name for sheet in ("乡镇社区", "银行", "网点")
                for row in table(content, sheet).values() for name in row}
    assert not any(word in name for name in headings for word in ("位次", "排名", "得分", "名次"))
    first = opened(content).sheetnames[0]
    told = "\n".join(str(row[0]) for row in opened(content)[first].values)
    assert "国办函〔2026〕12号" in told and "不打分、不排名" in told


def test_scenes_stand_by_area_and_by_their_first_bank() -> None:
    scenes = [
        Scene(1, "药店", "一", area="A01", bank="B01", state="open"),
        Scene(2, "药店", "二", area="A01", state="planned"),
    ]
    found = opened(assessment.workbook(made(), 3, scenes))["场景"]
    rows = {row[0]: row for row in found.values}
    assert (1, 1) == rows["A01"][2:4] and (1, 1) == rows["B01"][2:4]


def test_the_same_snapshot_makes_the_same_bytes() -> None:
    assert assessment.workbook(made(), 3) == assessment.workbook(made(), 3)


def test_no_name_of_a_unit_becomes_a_formula() -> None:
    columns = [PaperColumn("名称"), PaperColumn("数", "count")]
    sheet = PaperSheet("一", "题", [], columns, [["=1+1", 5]])
    page = opened(sheets.made("题", 0, [sheet]))["一"]
    assert ["'=1+1", "s", "n"] == [page["A3"].value, page["A3"].data_type, page["B3"].data_type]
