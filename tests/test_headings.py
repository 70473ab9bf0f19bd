"""A table begins where its headings are, and ends where its totals do."""
import pytest

from qrgen.tables.cells import Area, Cell, TableRow
from qrgen.tables.headings import (
    ROWS_LOOKED_AT,
    Heading,
    Wanted,
    by_place,
    find_heading,
    is_repeated,
    place_of,
)
from qrgen.tables.merges import filled_down, together
from qrgen.tables.totals import Apart, apart, sums

WANTED = Wanted(
    {"phone": ("手机号", "电话"), "bound": ("绑卡时间",), "paid": ("首笔交易时间",)},
    ("phone", "bound"),
)


def rows_of(*lines: str | list[Cell]) -> list[TableRow]:
    """Return rows 1, 2, 3…: cells as a list, or as a text with commas; blank ones are left out."""
    cells: list[list[Cell]] = [
        [*line.split(",")] if isinstance(line, str) else line for line in lines
    ]
    return [TableRow(number, row) for number, row in enumerate(cells, 1) if any(row)]


def found(*lines: str | list[Cell], at: int | None = None, **mapping: str) -> Heading:
    heading = find_heading(rows_of(*lines), WANTED, mapping, at)
    assert heading is not None
    return heading


def test_a_title_and_a_preamble_are_passed_over_and_told() -> None:
    heading = found("某县名单,,", "导出时间：2026-11-29,,", "", "手机号,姓名,绑卡时间", "1,2,3")
    assert (4, 4, [1, 2]) == (heading.row, heading.last, heading.passed_over)
    assert {"phone": 0, "bound": 2} == heading.places
    assert heading.is_whole


@pytest.mark.parametrize("cells", [
    ["手机号\u200b", "绑卡 时间"], ["\ufeff手机号 ", "绑卡\n时间"], ["手机号", "绑卡\u3000时间"],
    ["PHONE", "Bound"], ["ｐｈｏｎｅ", "绑卡时间\u202c"],
])  # fmt: skip
def test_what_nobody_sees_makes_no_other_heading(cells: list[Cell]) -> None:
    assert {"phone": 0, "bound": 1} == found(cells).places


@pytest.mark.parametrize(("upper", "lower", "names"), [
    ("用户信息,,交易信息", "手机号,绑卡时间,首笔交易时间", "手机号"),
    ("手机号,绑卡,首笔交易", ",时间,时间", "手机号"),
    ("手机号,交易信息,", ",绑卡时间,首笔交易时间", "手机号"),
])  # fmt: skip
def test_two_lines_of_headings_are_one(upper: str, lower: str, names: str) -> None:
    """The upper one is merged over several columns, or both together are the known word."""
    heading = found("名单", upper, lower, "1,2,3")
    assert {"phone": 0, "bound": 1, "paid": 2} == heading.places
    assert 3 == heading.last
    assert names == heading.names[0]


def test_a_column_is_chosen_by_its_full_name_or_its_place() -> None:
    lines = ("绑卡,,开户,", "时间,地点,时间,地点", "1,2,3,4")
    assert 2 == found(*lines, phone="绑卡/地点", bound="开户/时间").places["bound"]
    heading = found("甲,乙,绑卡时间", phone="#2")
    assert {"phone": 1, "bound": 2} == heading.places


def test_two_columns_of_one_name_are_told_and_a_place_settles_it() -> None:
    """Which of them is meant only a person knows; the place that is named in the fault works."""
    lines = ("手机号,绑卡时间,手机号", "1,2,3")
    heading = found(*lines)
    assert ({"phone": [0, 2]}, False) == (heading.twice, heading.is_whole)
    choice = by_place(heading.twice["phone"])
    assert ["#1", "#3"] == choice
    settled = found(*lines, phone=choice[1])
    assert (2, True) == (settled.places["phone"], settled.is_whole)


def test_our_own_name_goes_before_a_known_word() -> None:
    assert 1 == found("手机号,phone,绑卡时间").places["phone"]


def test_a_row_of_data_is_no_heading() -> None:
    assert find_heading(rows_of("13900000001,2026-11-28", "13900000002,"), WANTED) is None


def test_a_list_without_headings_goes_by_place() -> None:
    heading = found("1,2", "3,4", at=0, phone="#1", bound="#2")
    assert (0, 0, {"phone": 0, "bound": 1}) == (heading.row, heading.last, heading.places)


def test_a_place_alone_makes_no_row_a_heading() -> None:
    """Any row has a first column."""
    assert find_heading(rows_of("某县名单", "1,2"), WANTED, {"phone": "#1"}) is None


def test_the_row_that_somebody_names_is_it() -> None:
    lines = ("手机号,绑卡时间", "1,2", "手机号,绑卡时间,首笔交易时间", "3,4,5")
    assert 3 == found(*lines).row
    assert 1 == found(*lines, at=1).row
    told = found("甲,乙", "1,2", at=1)
    assert (1, ["phone", "bound"]) == (told.row, told.missing)


def test_headings_are_looked_for_in_the_first_rows_alone() -> None:
    """Below them stands what people entered, and a heading's word there is a cell."""
    above = ["x"] * ROWS_LOOKED_AT
    assert find_heading(rows_of(*above, "手机号,绑卡时间"), WANTED) is None
    assert ROWS_LOOKED_AT == found(*above[1:], "手机号,绑卡时间").row


def test_the_row_with_most_headings_is_it() -> None:
    assert 2 == found("电话,1234567", "手机号,绑卡时间", "1,2").row


def test_headings_said_again_are_known() -> None:
    heading = found("手机号,绑卡时间,", "1,2")
    [again, other] = rows_of("手机号,绑卡 时间", "手机号,2")
    assert is_repeated(again, heading) and not is_repeated(other, heading)


@pytest.mark.parametrize(("told", "place"), [
    ("#1", 0), (" ＃12", 11), ("#0", None), ("#", None), ("1", None), ("#1a", None), ("号", None),
])  # fmt: skip
def test_a_place_is_a_number_behind_its_sign(told: str, place: int | None) -> None:
    assert place == place_of(told)


@pytest.mark.parametrize(("cells", "kind"), [
    (["合计", 3], Apart.TOTAL), (["合  计", "3"], Apart.TOTAL), (["", "小计：", 3], Apart.TOTAL),
    (["全县合计", 3200, "各银行"], Apart.TOTAL), (["镇小计", 0.6], Apart.TOTAL),
    (["总计", None, 1500], Apart.TOTAL), (["松原县", 1], Apart.TOTAL), (["Total", 3], Apart.TOTAL),
    (["注：扫码后由平台识别。"], Apart.NOTE), (["共2笔记录"], Apart.NOTE),
    (["导出时间：2026-11-29", ""], Apart.NOTE), (["--------"], Apart.RULE),
    (["第1页"], Apart.NOTE), (["----本页结束----"], Apart.NOTE),
    (["13900000001", "2026-11-28"], None), (["合计镇", 3], None), (["总计划局", 1], None),
    ([13900000001, 5], None), (["-", "1"], None), (["东山镇", 300], None),
])  # fmt: skip
def test_totals_and_notes_are_no_items(cells: list[Cell], kind: Apart | None) -> None:
    assert kind is apart(TableRow(9, cells), {"松原县"})


@pytest.mark.parametrize(("values", "places"), [
    ([3200, 1500, 700, 1000], {0: [1, 2, 3]}),
    ([0.35, 0.25, 0.6, 0.255, 0.145, 0.4, 1.0], {2: [0, 1], 5: [3, 4], 6: [0, 1, 3, 4]}),
    ([900, 450, 1350], {2: [0, 1]}), ([1, None, 2, 3], {3: [0, 2]}),
    ([5, 5], {}), ([1, 2, 4], {}), ([], {}), ([0, 0, 0], {}),
])  # fmt: skip
def test_a_sum_of_its_neighbours_is_found(
    values: list[float | None], places: dict[int, list[int]]
) -> None:
    """A total may bear any name, even that of the county."""
    assert places == sums(values)


def test_a_merged_area_fills_the_columns_of_names_alone() -> None:
    """A number in it is one for all its rows, and would be added up as many times."""
    rows = rows_of(["白沙镇", 1200, "甲"], [None, None, "乙"], ["马头乡", 450, "丙"])
    merged = [Area(1, 0, 2, 0), Area(1, 1, 2, 1)]
    filled = filled_down(rows, merged, {0})
    assert ["白沙镇", "白沙镇", "马头乡"] == [row.cells[0] for row in filled]
    assert [1200, None, 450] == [row.cells[1] for row in filled]
    assert [range(1, 3)] == together(merged, 1)
    assert None is rows[1].cells[0]
