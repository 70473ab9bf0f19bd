"""
Tables in the shapes that counties send, with what each means.

Seen in public documents (two-line headings, banks as columns, totals that bear the county's own
name, communities below towns, two tables side by side, damage of spreadsheets); names are made up.
"""
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from workbooks import old_excel

from qrgen.faults import FaultCode
from qrgen.setup.departments import departments_of
from qrgen.setup.draft import Draft
from qrgen.setup.fault_codes import Code
from qrgen.setup.opening import read_file, read_text
from qrgen.setup.recognising import recognise
from qrgen.setup.understanding import understand
from qrgen.setup.understood import Understood


def book(path: Path, *sheets: tuple[str, Sequence[Sequence[Any]], list[str]]) -> Path:
    """Write a workbook of sheets with name, rows and merged areas."""
    made = openpyxl.Workbook()
    assert made.active is not None
    made.remove(made.active)
    for name, rows, merged in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in merged:
            sheet.merge_cells(area)
    made.save(path)
    return path


def sheet(path: Path, rows: Sequence[Sequence[Any]], *merged: str) -> Understood:
    return understand(recognise(read_file(book(path, ("表1", rows, list(merged))))))


def lines(made: Understood) -> list[tuple[str, str, str, int]]:
    return [(a.name, line.bank, line.branch, line.target) for a in made.areas for line in a.lines]


def areas(made: Understood) -> list[tuple[str, int]]:
    return [(area.name, area.target) for area in made.areas]


def codes(made: Understood, weight: str = "problem") -> list[FaultCode]:
    return [one.code for one in made.remarks if one.weight == weight]


def test_banks_as_columns_below_a_heading_of_two_lines(tmp_path: Path) -> None:
    made = sheet(
        tmp_path / "a.xlsx", [
            ["青石县2025年新增用户任务分配表"],
            ["片区", "乡镇", "任务数（户）", None, None, None],
            [None, None, "农商行", "邮储银行", "农行", "合计"],
            ["东片", "甲子镇", 500, 200, 100, 800],
            [None, "乙丑乡", 300, 100, None, 400],
            [None, "小计", 800, 300, 100, 1200],
            ["西片", "丙寅镇", 700, 300, 200, 1200],
            [None, "丁卯乡", 300, "—", None, 300],
            [None, "小计", 1000, 300, 200, 1500],
            ["合计", None, 1800, 600, 300, 2700],
        ], "A1:F1", "A2:A3", "B2:B3", "C2:F2", "A4:A6", "A7:A9", "A10:B10",
    )
    assert [] == codes(made)
    assert (9, 2700) == (len(made.lines), made.total) and 2700 == made.draft.stated_total
    assert ["农商行", "邮储银行", "农业银行"] == list(made.banks)
    assert ("丁卯乡", "农商行", "农商行", 300) == lines(made)[-1]
    [asked] = made.questions
    assert (Code.ONE_BANK, "bank:农行", ("农业银行", "农行")) == (
        asked.code, asked.key, asked.options
    )


def test_an_answer_ends_the_question_and_may_keep_banks_apart(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["乡镇", "任务", "银行"], ["甲子镇", 5, "农行甲子支行"],
            ["乙丑镇", 7, "农业银行乙丑支行"]]
    draft = recognise(read_file(book(tmp_path / "a.xlsx", ("", rows, []))))
    assert ["农业银行"] == list(understand(draft).banks)
    yes = understand(draft, {"bank:农行": "农业银行"})
    assert ["农业银行"] == list(yes.banks) and () == yes.questions
    no = understand(draft, {"bank:农行": "农行"})
    assert ["农行", "农业银行"] == list(no.banks) and () == no.questions


def test_three_names_of_one_bank_are_asked_of_once(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["乡镇", "任务", "银行"], ["甲子镇", 5, "农行甲子支行"], ["乙丑镇", 7, "农业银行乙丑支行"],
            ["丙寅镇", 7, "中国农业银行丙寅支行"], ["丁卯镇", 7, "ABC丁卯支行"],
    ]
    draft = recognise(read_file(book(tmp_path / "a.xlsx", ("", rows, []))))
    [asked] = understand(draft).questions
    assert ["农业银行"] == list(understand(draft).banks)
    yes, no = (understand(draft, {asked.key: answer}) for answer in asked.options)
    assert () == yes.questions == no.questions
    assert 1 == len(yes.banks) and 4 == len(no.banks)


def test_full_width_numbers_and_brackets_of_all_kinds(tmp_path: Path) -> None:
    """What is read is right, and a stated total that it misses is no campaign."""
    made = sheet(tmp_path / "a.xlsx", [
        ["乡镇（社区）", "指导任务数", "对接银行"],
        ["全县合计", "２１５０", None],
        ["甲子镇", "１,０００户", "农商行甲子支行（850户)、邮储银行甲子所：150"],
        ["乙丑乡", "６５０", "农商行乙丑支行【４００】；邮储银行乙丑所[250]"],
        ["丙寅乡", "400户", "农商行丙寅支行\n邮储银行丙寅所（150"],
    ])
    assert [
        ("甲子镇", "农商行", "农商行甲子支行", 850), ("甲子镇", "邮储银行", "邮储银行甲子所", 150),
        ("乙丑乡", "农商行", "农商行乙丑支行", 400), ("乙丑乡", "邮储银行", "邮储银行乙丑所", 250),
    ] == lines(made)[:4]
    assert [Code.AMOUNT_MISSING, Code.TOTAL_DIFFERS] == sorted(
        codes(made), key=lambda code: code.value
    )
    told = {one.code: one.data for one in made.problems}[Code.TOTAL_DIFFERS]
    assert {"stated": 2150, "found": 2050} == told


def test_two_tables_side_by_side(tmp_path: Path) -> None:
    made = sheet(tmp_path / "a.xlsx", [
        ["任务分配表"],
        ["序号", "乡镇", "任务数", "对接银行", None, "序号", "乡镇", "任务数", "对接银行"],
        [1, "甲子镇", 400, "农商行甲子支行", None, 3, "丙寅镇", 300, "农商行丙寅支行"],
        [2, "乙丑乡", 350, "农商行乙丑支行（200）、邮储银行乙丑所（150）", None, 4, "丁卯乡", 450,
         "农商行丁卯支行"],
        [None, None, None, None, None, None, "合计", 1500, None],
    ], "A1:I1")
    assert [] == codes(made)
    assert (4, 5, 1500) == (len(made.areas), len(made.lines), made.total)


def test_what_a_spreadsheet_has_damaged_is_named_with_its_cell(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("表1", [
        ["乡镇", "任务数", "对接银行"],
        ["㙟坪乡", 300, "农商行㙟坪支行"],
        ["甲子镇", 400, "农商行甲子支行"],
        ["乙丑镇", 500, "农商行乙丑支行"],
        [dt.datetime(2025, 9, 1), 200, "农商行城区支行"],
        ["#REF!", 200, "农商行城南支行"],
        ["丁卯乡", 0, "农商行丁卯支行"],
        ["戊辰乡", "=SUM(B2:B3)", "农商行戊辰支行"],
        ["己巳乡", "—", None],
    ], []))
    made = understand(recognise(read_file(path)))
    assert ("㙟坪乡", 300) == areas(made)[0]
    assert [5, 6, 7, 8] == sorted({one.row for one in made.problems})
    assert [Code.NOTHING_ASKED] == [c for c in codes(made, "note") if c is Code.NOTHING_ASKED]
    for one in made.problems:
        assert one.told("zh") and one.advice("zh") and f"第{one.row}行" in one.place("zh")


def test_a_total_that_bears_the_countys_own_name(tmp_path: Path) -> None:
    made = sheet(tmp_path / "a.xlsx", [
        ["曹溪镇2025年任务表"], ["单位", "目标（万户）", "占比"],
        ["东山村", 0.35, 0.35], ["西山村", 0.65, 0.65], ["曹溪镇", 1, 1],
    ], "A1:C1")
    assert [("东山村", 3500), ("西山村", 6500)] == areas(made)
    assert 10_000 == made.draft.stated_total


def test_targets_in_a_column_of_their_own_for_each_branch(tmp_path: Path) -> None:
    made = sheet(tmp_path / "a.xlsx", [
        ["乡镇", "对接银行", None, None], [None, "网点名称", "任务数", "联系人"],
        ["甲子镇", "农商行甲子支行", 300, "某人"], [None, "邮储银行甲子所", 200, None],
        ["乙丑镇", "农商行乙丑支行", 100, None], ["合计", None, 600, None],
    ], "A1:A2", "B1:D1", "A3:A4")
    assert [] == codes(made)
    assert [("甲子镇", 500), ("乙丑镇", 100)] == areas(made)
    assert 600 == made.draft.stated_total


def test_pairs_of_branch_and_number(tmp_path: Path) -> None:
    made = sheet(tmp_path / "a.xlsx", [
        ["乡镇", "总任务", "网点一", "任务", "网点二", "任务"],
        ["甲子镇", 500, "农商行甲子支行", 300, "邮储银行甲子所", 200],
        ["乙丑镇", 100, "农商行乙丑支行", 100, None, None],
    ])
    assert [] == codes(made)
    assert [300, 200, 100] == [line.target for line in made.lines]


def test_a_bank_beside_its_branch(tmp_path: Path) -> None:
    made = sheet(tmp_path / "a.xlsx", [
        ["乡镇", "银行", "网点", "任务数"], ["甲子镇", "农业银行", "甲子分理处", 300],
        ["甲子镇", "农商行", "甲子支行", 100],
    ])
    assert [] == codes(made)
    assert [("甲子镇", "农业银行", "甲子分理处", 300), ("甲子镇", "农商行", "甲子支行", 100)] == (
        lines(made))


@pytest.mark.parametrize("rows", [
    [["单位全称", "任务数", "备注", "对接银行"], ["甲子镇", 500, "重点", "农商行甲子支行"]],
    [["序号", "责任单位", "2024年任务", "2024年完成", "2025年任务", "包干银行"],
     [1, "甲子镇", 100, 90, 500, "农商行甲子支行"]],
    [["填报单位：某办", None, "单位：户"], ["辖区", "新增用户目标任务", "责任银行及任务数"],
     ["甲子镇", 500, "农商行甲子支行（500户）"]],
    [["乡 镇", "指 导 任 务 数", "对 接 银 行"], ["甲 子 镇", "500", "农商行甲子支行"]],
], ids=["others", "years", "asides", "blanks"])
def test_the_offices_words(tmp_path: Path, rows: list[list[Any]]) -> None:
    made = sheet(tmp_path / "a.xlsx", rows)
    assert [] == codes(made)
    assert [("甲子镇", "农商行", "农商行甲子支行", 500)] == lines(made)


@pytest.mark.parametrize("text", [
    "乡镇\t任务数\t对接银行\n甲子镇\t500\t农商行甲子支行（300）、邮储银行甲子所（200）\n合计\t500\t\n",
    "| 乡镇 | 任务数 | 对接银行 |\n|---|---|---|\n"
    "| 甲子镇 | 500 | 农商行甲子支行（300）、邮储银行甲子所（200） |\n",
    "附件\n乡镇\n任务数\n对接银行\n\n甲子镇\n500\n农商行甲子支行（300）、邮储银行甲子所（200）\n",
    "<table><tr><th>乡镇<th>任务数<th>对接银行<tr><td rowspan=2>甲子镇<td rowspan=2>500"
    "<td>农商行甲子支行（300）<tr><td>邮储银行甲子所（200）</table>",
    "乡镇  任务数  对接银行\n甲子镇  500  农商行甲子支行（300）、邮储银行甲子所（200）\n",
    '乡镇\t任务数\t对接银行\n甲子镇\t500\t"农商行甲子支行（300）\n邮储银行甲子所（200）"\n',
], ids=["tabs", "markdown", "blocks", "html", "wide", "quoted"])
def test_pasted(text: str) -> None:
    made = understand(recognise(read_text(text)))
    assert [] == codes(made)
    assert [300, 200] == [line.target for line in made.lines]


def test_old_excel_under_a_new_name_with_a_hidden_row_and_column(tmp_path: Path) -> None:
    """WPS saves so. What nobody sees is asked of and not taken, and a total may still count it."""
    path = tmp_path / "任务.xlsx"
    hidden_row, hidden_column = (0x208, bytes(6) + b"\x20" + bytes(3)), (0x7D, b"\0\0\1\0")
    path.write_bytes(old_excel([
        ["序号", "单位", "去年完成", "今年任务", "银行", None],
        ["1", "甲子镇", "310", "500", "农商行甲子支行", None],
        ["2", "乙丑镇", "90", "150", "农商行乙丑支行", None],
        ["3", "丙寅镇", "700", "900", "农商行丙寅支行（600）、赣南银行丙寅支行（300）", None],
        ["合计", None, None, "1550", None, None],
    ], {(2, 5): hidden_row, (2, 2): hidden_column}))
    draft = recognise(read_file(path))
    made = understand(draft)
    assert [("甲子镇", 500), ("丙寅镇", 900)] == areas(made)
    assert [Code.HIDDEN_COUNTED] == codes(made)
    assert [Code.ROW_HIDDEN] == codes(made, "question")
    assert Code.COLUMN_HIDDEN in codes(made, "note")
    assert () == understand(draft, {"total": "lines"}).problems
    taken = replace(draft, rows=tuple(replace(row, taken=True) for row in draft.rows))
    assert (1550, ()) == (understand(taken).total, understand(taken).problems)


def test_a_web_page_that_is_called_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "任务.xls"
    path.write_text("<html><body><table><tr><td>乡镇</td><td>任务数</td></tr>"
                    "<tr><td>甲子镇</td><td>500</td></tr></table></body></html>", "gb18030")
    assert [("甲子镇", 500)] == areas(understand(recognise(read_file(path))))


def test_ids_stay_when_rows_are_corrected(tmp_path: Path) -> None:
    """They are on paper by then: a row that went takes its id with it."""
    rows: list[list[Any]] = [["乡镇", "任务", "银行"], ["甲子镇", 5, "农商行甲子支行"],
            ["乙丑镇", 7, "农商行乙丑支行"], ["丙寅镇", 7, "农商行丙寅支行"]]
    first = sheet(tmp_path / "a.xlsx", rows).draft
    kept = [first.rows[2], replace(first.rows[0], area="甲子乡")]
    added = replace(first.rows[0], area="丁卯镇", area_id="", line_id="", branch="农商行丁卯支行")
    made = understand(replace(first, rows=(*kept, added)))
    assert [("A03", "N03"), ("A01", "N01"), ("A04", "N04")] == [
        (area.id, area.lines[0].id) for area in made.areas
    ]


def test_departments_as_a_list_and_as_a_table(tmp_path: Path) -> None:
    names = ["县公安局", "县卫健委"]
    shapes: list[list[list[Any]]] = [
        [["部门（单位）"], *[[n] for n in names]],
        [["序号", "单位名称", "服务领域"], *[[i, n, ""] for i, n in enumerate(names, 1)]],
        [[n] for n in names],
    ]
    for rows in shapes:
        found = departments_of(read_file(book(tmp_path / "a.xlsx", ("", rows, []))))
        made = understand(Draft(departments=found))
        assert names == [one.name for one in made.departments]
        assert ["D01", "D02"] == [one.id for one in made.departments]
    assert names == [one.name for one in departments_of(read_text("县公安局\n县卫健委\n"))]


def test_ids_that_the_table_gives_are_kept(tmp_path: Path) -> None:
    made = sheet(tmp_path / "a.xlsx", [
        ["编号", "乡镇", "任务", "银行"], ["A07", "甲子镇", 500, "农商行甲子支行"],
        ["A03", "乙丑镇", 300, "农商行乙丑支行"], [None, "丙寅镇", 300, "农商行丙寅支行"],
    ])
    assert ["A07", "A03", "A08"] == [area.id for area in made.areas]


@pytest.mark.parametrize("rows", [
    [["银行", "任务数", "包干乡镇"], ["农商行", 1000, "甲子镇（600）、乙丑镇（400）"],
     ["邮储银行", 300, "甲子镇（300）"]],
    [["银行", "乡镇", "任务数"], ["农商行", "甲子镇", 600], [None, "乙丑镇", 400],
     ["邮储银行", "甲子镇", 300]],
    [["银行", "乡镇", "任务数"], ["农商行", "甲子镇", 600], ["农商行", "乙丑镇", 400],
     ["小计", None, 1000], ["邮储银行", "甲子镇", 300], ["小计", None, 300], ["合计", None, 1300]],
], ids=["in one cell", "merged", "subtotals"])
def test_a_table_by_banks(tmp_path: Path, rows: list[list[Any]]) -> None:
    made = sheet(tmp_path / "a.xlsx", rows)
    assert [] == codes(made)
    assert [("甲子镇", 900), ("乙丑镇", 400)] == areas(made)
    assert ["农商行", "邮储银行", "农商行"] == [line.bank for line in made.lines]


def test_groups_with_sums_that_no_word_names(tmp_path: Path) -> None:
    made = sheet(tmp_path / "a.xlsx", [
        ["序号", "单位", "任务", "银行"], ["一", "乡镇", 1500, None],
        [1, "甲子镇", 1000, "农商行甲子支行"], [2, "乙丑乡", 500, "农商行乙丑支行"],
        ["二", "社区", 700, None], [3, "东街社区", 400, "工行东街支行"],
        [4, "西街社区", 300, "建行西街支行"], [None, "合计", 2200, None],
    ])
    assert [] == codes(made)
    assert (4, 2200, 2200) == (len(made.areas), made.total, made.draft.stated_total)


def test_three_lines_of_headings(tmp_path: Path) -> None:
    made = sheet(tmp_path / "a.xlsx", [
        ["附件2"], ["2026年新增用户任务分解表"], ["单位：户"],
        ["序号", "乡镇（街道）", "2026年目标任务", None, None],
        [None, None, "总任务", "其中", None], [None, None, None, "农商银行", "邮政储蓄银行"],
        [1, "甲子镇", 900, 600, 300], [2, "乙丑街道", 500, 300, 200],
        ["合计", None, 1400, 900, 500],
    ], "A2:E2", "A4:A6", "B4:B6", "C4:E4", "C5:C6", "D5:E5", "A9:B9")
    assert [] == codes(made) and (2, 4, 1400) == (len(made.areas), len(made.lines), made.total)


def test_departments_beside_and_below_the_areas(tmp_path: Path) -> None:
    names = ["县公安局", "县卫健委"]
    shapes: list[list[list[Any]]] = [
        [["乡镇", "任务数", "对接银行"], ["甲子镇", 500, "农商行甲子支行"], ["合计", 500, None], [],
         ["县直部门（单位）"], *[[name] for name in names]],
        [["乡镇", "任务数", "对接银行", None, "县直部门"],
         ["甲子镇", 500, "农商行甲子支行", None, names[0]],
         ["乙丑镇", 300, "农商行乙丑支行", None, names[1]]],
    ]
    for rows in shapes:
        made = sheet(tmp_path / "a.xlsx", rows)
        assert [] == codes(made) and names == [one.name for one in made.departments]


def test_no_persons_name_or_number_is_told_back(tmp_path: Path) -> None:
    """Any cell may hold one, and what is said ends up in screenshots."""
    name, phone = "欧阳慕容", "15400000001"
    made = sheet(tmp_path / "a.xlsx", [
        ["乡镇", "任务", "银行", name], ["甲子镇", name, f"{name}（5）", phone],
        [name, phone, phone],
        [f"联系人：{name} {phone}"], [f"{name}：{phone}"],
    ])
    assert made.problems
    for one in made.remarks:
        for language in ("zh", "en"):
            told = one.told(language) + one.advice(language) + one.place(language)
            assert name not in told and phone not in told


def test_banks_below_a_heading_that_says_of_which(tmp_path: Path) -> None:
    """其中：各承办银行任务 over the banks' names is a heading; 单位：户 above it is none."""
    made = sheet(
        tmp_path / "a.xlsx", [
            ["山阳县2026年新增用户任务分解表"],
            [None, None, None, None, None, None, "单位：户"],
            ["片区", "序号", "乡镇", "任务数", "其中：各承办银行任务", None, None],
            [None, None, None, None, "农商银行", "邮储银行", "工商银行"],
            ["东片", 1, "塅头乡", 350, 200, 100, 50],
            [None, 2, "畲源乡", 150, 150, None, None],
            ["小  计", None, None, 500, 350, 100, 50],
            ["南片", 3, "潋水镇", 300, 150, 100, 50],
            ["小  计", None, None, 300, 150, 100, 50],
            ["合  计", None, None, 800, None, None, None],
        ], "A1:G1", "A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:G3", "A5:A6", "A7:C7", "A9:C9",
    )
    assert [] == codes(made)
    assert [("塅头乡", 350), ("畲源乡", 150), ("潋水镇", 300)] == areas(made)
    assert (7, 800) == (len(made.lines), made.draft.stated_total)
    assert ["农商行", "邮储银行", "工商银行"] == list(made.banks)


def test_branches_with_their_part_of_ten_thousand(tmp_path: Path) -> None:
    """农商行东城支行（0.75） in a table in 万户 is 7 500; in one in 户 it is wrong."""
    rows = [["东城区", 1.25, "农商行东城支行(0.75)、工行东城支行（0.5）"]]
    made = sheet(tmp_path / "a.xlsx", [["单位：万户"], ["县区", "目标", "承办银行网点"], *rows])
    assert [] == codes(made)
    assert [
        ("东城区", "农商行", "农商行东城支行", 7500), ("东城区", "工商银行", "工行东城支行", 5000),
    ] == lines(made)
    made = sheet(tmp_path / "b.xlsx", [["县区", "目标", "承办银行网点"],
                                       ["东城区", 8, "农商行东城支行(7.5)"]])
    [told] = made.problems
    assert "7.5" in told.told("zh")


def test_what_is_said_of_a_hidden_sheet_and_a_damaged_cell_names_it(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", ("旧", [["乡镇", "任务数"], ["甲镇", 9]], []),
        ("表1", [["乡镇", "任务数"], ["甲镇", "=2*100"]], []),
    )
    kept = openpyxl.load_workbook(path)
    kept["旧"].sheet_state = "hidden"
    kept.save(path)
    made = understand(recognise(read_file(path)))
    [hidden] = [one for one in made.remarks if one.code is Code.SHEET_HIDDEN]
    assert ("表“旧”", "sheet 旧") == (hidden.place("zh"), hidden.place("en"))
    [damaged] = made.problems
    assert "=公式" in damaged.told("zh") and "表“表1”第2行（B2）" == damaged.place()
