# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
More files as the world sends them, one of each kind that a report or a look around brought up.

Each is read right, or refused by its name; none reads as "not yet" what its file does not say.
"""
import struct
from datetime import date, datetime, time

import openpyxl
import pytest
from factories import make_phone
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from test_feed_files import AT, COLUMN, HEAD, TIMES, book, read, row
from workbooks import book_bytes, old_excel, sheet_xml, text_cell

from attribution.facts import feed_reader
from attribution.facts.bad_rows import BadRow
from attribution.facts.feed_blocks import FeedRow
from attribution.facts.feed_notes import Note
from attribution.facts.feed_values import NotRead, identity_in, time_of
from attribution.rule.instants import parse_instant
from qrgen.shell import Fault

PHONES = [make_phone(number) for number in range(20)]
LINES = [",".join(HEAD), ",".join(row(1)), ",".join(row(2))]
PLAIN = "\r\n".join(LINES) + "\r\n"


def at(hour=0, minute=0):
    return datetime(2026, 11, 28, hour, minute)


USUAL = [PHONES[1], at(9, 30), at(9, 35), at(9, 40)]
RAW = {
    "utf-8 with mark": PLAIN.encode("utf-8-sig"), "gb18030": PLAIN.encode("gb18030"),
    "utf-16 with mark": PLAIN.encode("utf-16"), "utf-16-le bare": PLAIN.encode("utf-16-le"),
    "utf-16-be bare": PLAIN.encode("utf-16-be"), "utf-32": PLAIN.encode("utf-32"),
    "utf-16-be with mark": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "lines of a Mac": PLAIN.replace("\r\n", "\r").encode(),
    "an end as DOS wrote it": f"{PLAIN}\x1a".encode(),
    "blank lines": f"\n\n{PLAIN}\n\n".replace("\r\n", "\n\n").encode(),
    "commas behind": PLAIN.replace("\r\n", ",,,\r\n").encode(),
    "all quoted": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in LINES).encode(),
    "as formulas": "\n".join(
        ",".join(f'="{cell}"' for cell in line.split(",")) for line in LINES).encode(),
    "tabs behind": PLAIN.replace(",", "\t,").encode(),
    "a heading in two lines in quotes": PLAIN.replace("注册时间", '"注册\n时间"').encode(),
    "a note in two lines": "\n".join(
        [f"{LINES[0]},备注", f'{LINES[1]},"甲\n乙"', f"{LINES[2]},"]).encode(),
    "as MySQL prints": "\n".join([
        "+---+---+---+---+", *(f"| {line.replace(',', ' | ')} |" for line in LINES[:1]),
        "+---+---+---+---+", *(f"| {line.replace(',', ' | ')} |" for line in LINES[1:]),
        "+---+---+---+---+", "2 rows in set (0.00 sec)"]).encode(),
    "as SQL*Plus prints": "\n".join([
        LINES[0].replace(",", "\t"), "\t".join(["-----------"] * 4),
        *(line.replace(",", "\t") for line in LINES[1:]), "已选择2行。"]).encode(),
    "a table of a wiki": "\n".join([
        f"| {LINES[0].replace(',', ' | ')} |", "|---|---|---|---|",
        *(f"| {line.replace(',', ' | ')} |" for line in LINES[1:])]).encode(),
    **{f"separator {separator!r}": PLAIN.replace(",", separator).encode()
       for separator in ["\t", ";", "|", "，", "；", "\x01", "^", "~", "||"]},
    **{f"said {line!r}": f"{line}\r\n{PLAIN}".encode()
       for line in ["sep=,", "SEP=,", '"sep=,"', "sep =,"]},
    "said sep=;": f"sep=;\n{PLAIN.replace(',', ';')}".encode(),
    "a preamble of eight lines": ("\n".join(
        ["支付宝（中国）网络技术有限公司", "#账号：[x@example.com]", "#起始日期：2026-11-28",
         "-" * 40, "", "", "云闪付新增", "单位：人"]) + "\n" + PLAIN).encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", RAW)
def test_a_text_is_read_whatever_wrote_it(tmp_path, kind):
    path = tmp_path / "a.csv"
    path.write_bytes(RAW[kind])
    rows, bad, _ = read(path)
    assert ({}, PHONES[1:3]) == (bad, [one.phone for one in rows])
    assert [AT, AT] == [one.registered_at for one in rows]


@pytest.mark.parametrize(("raw", "words"), [
    ("<div><table><tr><td>手机号", "web page"), ("<tr><td>手机号</td></tr>", "web page"),
    ("<meta charset=gbk><table>", "web page"), ("<script>location='/login'</script>", "web page"),
    ("------=_NextPart_01\nContent-Type: text/html\n", "MHTML"),
    ('[{"phone":"15400000001"}]', "JSON"), ('{ "code": 500, "msg": "登录已过期" }', "JSON"),
    ("ID;PWXL;N;E\nC;Y1;X1\n", "very old"), ("", "empty"), ("\ufeff", "empty"),
    (PLAIN.replace(",", "   "), "all in one column"), (PLAIN.replace(",", "、"), "one column"),
    ("insert into t values('x');", "one column"),
])
def test_what_is_no_table_of_ours_is_told_by_its_name(tmp_path, raw, words):
    """And nothing of it is repeated."""
    path = tmp_path / "a.xls"
    path.write_text(raw, encoding="utf-8", newline="")
    with pytest.raises(Fault) as caught:
        read(path)
    assert words in caught.value.told("en") and "15400000001" not in caught.value.told("en")


@pytest.mark.parametrize("cell", [
    "2026-11-28 09:30:00 CST", "2026-11-28 09:30:00（北京时间）", "2026年11月28日 9时30分0秒",
    "2026年11月28日9点30分", "2026-11-28-09.30.00.000000", "2026-11-28 09.30.00", "202611280930",
    "20261128T013000Z", "20261128T093000+0800", "20261128 0930", "2026-11-28_09:30:00",
    "2026-11-28 9:30:00 AM", "2026-11-28T09:30:00.000+08:00", "2026-11-28 上午 09:30:00",
    "'2026-11-28 09:30:00", '="2026-11-28 09:30:00"', "2026-11-28 09:30:00.000000000",
], ids=repr)
def test_more_ways_to_write_an_instant(cell):
    assert AT == time_of(cell, COLUMN, lambda _: None)


@pytest.mark.parametrize("cell", [
    "----", "————", "无数据", "未绑定银行卡", "尚未发生交易", "未发生首笔交易", "无交易记录",
    "待激活", "待完成", "还未绑卡", "没有绑定", "(空)", "（空白）", "空值", "0.00", "N", "no", "×",
    "undefined", "{}", '""',
    "0000-00-00T00:00:00Z", "1900/1/0", "暂无", "未", "未注册", "<null>",
], ids=repr)
def test_more_ways_to_write_not_yet(cell):
    assert time_of(cell, COLUMN, lambda _: None) is None


@pytest.mark.parametrize("cell", [
    "28-NOV-2026 09:30:00", "28-Nov-2026 09.30.00.000000 AM", "28-11月-2026 09.30.00 上午",
    "28-十一月-2026 09:30:00", "Nov 28, 2026 9:30AM", "November 28 2026, 09:30:00",
    "Sat Nov 28 09:30:00 CST 2026", "Sat, 28 Nov 2026 01:30:00 GMT", "28NOV2026:09:30:00",
    "28 November 2026 09:30", "2026-Nov-28 09:30:00", "28-Nov-2026 09:30:00 Asia/Shanghai",
    "28-NOV-2026 09:30:00 +08:00",
], ids=repr)
def test_a_month_by_its_name_is_read(cell):
    assert parse_instant("2026-11-28 09:30:00") == time_of(cell, COLUMN, lambda _: None)
    assert 20261128 == time_of("28-NOV-2026", COLUMN, lambda _: None)


@pytest.mark.parametrize(("cells", "told"), [
    # The 28th of 2022 is over, the 22nd of 2028 is to come; nobody has a 31st year.
    (["12-NOV-22", "28-OCT-22"], True), (["31-OCT-22", "12-NOV-22"], True),
    (["12-NOV-22", "13-NOV-22"], False), (["28-OCT-22", "12-NOV-31"], False),
], ids=repr)
def test_a_year_of_two_digits_is_read_where_the_column_leaves_one_reading(tmp_path, cells, told):
    rows = "".join(f"{make_phone(n)},{cell},,\n" for n, cell in enumerate(cells))
    path = tmp_path / "a.csv"
    path.write_text("手机号,注册时间,绑卡时间,首笔交易时间\n" + rows, "utf-8")
    items = list(feed_reader.rows_here(path))
    days = [item.registered_at for item in items if isinstance(item, FeedRow)]
    notes = [item.data for item in items if isinstance(item, Note) and "short" in item.code]
    problems = {item.problems[0][0] for item in items if isinstance(item, BadRow)}
    if told:
        read_as = [int(datetime.strptime(cell, "%d-%b-%y").strftime("%Y%m%d")) for cell in cells]
        assert read_as == days
        assert [{"field": "registered_at", "count": 2}] == notes
    else:
        assert ([], [], {"row_short_year"}) == (days, notes, problems)


@pytest.mark.parametrize(("cell", "code"), [
    ("#N/A", "row_error"), ("#REF!", "row_error"), ("#VALUE!", "row_error"),
    ("#DIV/0!", "row_error"), ("########", "row_time"), ("未知", "row_word"),
    ("未达标", "row_word"), ("已绑卡", "row_word"),
    ("已解绑", "row_word"), ("是", "row_time"), ("28-NOV-26 09.30.00 AM", "row_short_year"),
    ("11/28/2026 9:30", "row_day_or_month"), ("1.7958294E+12", "row_time"),
    ("28/11/26", "row_day_or_month"), ("31-NOV-2026", "row_time"), ("1795829400.0", "row_seconds"),
    ("28-NOV-2026 25:00", "row_time"), ("111月2026", "row_time"),
    ("2026年11月", "row_time"), ("11月28日", "row_time"), ("2026-11-28 09:305", "row_time"),
    ("2026-11-28 09:3000", "row_time"), ("00:00:00", "row_no_day"),
], ids=repr)  # fmt: skip
def test_more_that_is_refused_and_named(cell, code):
    """An error that a spreadsheet wrote into a text is no "not yet" there either."""
    with pytest.raises(NotRead) as caught:
        time_of(cell, COLUMN, lambda _: None)
    assert code == caught.value.problem[0]


@pytest.mark.parametrize(("cell", "text"), [
    ("154…0012", "154****0012"), ("154....0012", "154****0012"), ("+86 154****0012", "154****0012"),
    ("154-****-0012", "154****0012"), (f"SHA256:{'A1' * 32}", "a1" * 32),
    (f"{{SM3}}{'b1' * 32}", "b1" * 32),
])
def test_more_ways_to_hide_a_number(cell, text):
    assert text == identity_in(cell)


@pytest.mark.parametrize(("cell", "code"), [
    ("*******0012", "row_masked"), ("154****", "row_masked"), ("1****0012", "row_masked"),
    ("尾号0012", "row_masked"), ("a1" * 16, "row_hashed"), ("154.0012", "row_phone"),
    ("#N/A", "row_error"), ("015400000012", "row_phone"), ("15400000012(本人)", "row_phone"),
    ("15400000012/15400000013", "row_phone"),
])
def test_what_hides_too_much_is_named(cell, code):
    with pytest.raises(NotRead) as caught:
        identity_in(cell)
    assert code == caught.value.problem[0]


@pytest.mark.parametrize("head", [
    ["用户手机", "注册成功时间", "绑卡成功时间", "首次交易成功时间"],
    ["会员手机号", "开户时间", "首次绑卡时间", "首笔消费时间"],
    ["客户手机号码：", "注册日期*", "最早绑卡时间", "首次动账时间"],
    ["手机号（脱敏）", "注册时间(北京时间)", "银行卡绑定时间", "首刷时间"],
    ["Mobile No.", "Register Time", "Bind Time", "First Pay Time"],
    ["mobile", "reg_time", "bind_card_time", "first_trade_time"],
    ["MSISDN", "registerTime", "bindCardTime", "firstPayTime"],
    ["手 机 号", "注册\n时间", "绑卡\r\n时间", "首笔\u3000交易时间"],
])
def test_headings_are_known_as_platforms_name_them(tmp_path, head):
    path = book(tmp_path / "a.xlsx", A=[head, row(1)])
    assert [AT] == [one.registered_at for one in read(path)[0]]


def made(path, fill):
    workbook = openpyxl.Workbook()
    fill(workbook, workbook.active)
    workbook.save(path)
    return path


def test_a_word_above_three_columns_belongs_to_each(tmp_path):
    def fill(_, sheet):
        sheet.append(["手机号", "时间", None, None])
        sheet.append([None, "注册", "绑卡", "首笔交易"])
        sheet.merge_cells("B1:D1")
        sheet.append(USUAL)

    assert [AT] == [one.registered_at for one in read(made(tmp_path / "a.xlsx", fill))[0]]


def test_days_and_clocks_under_headings_in_two_lines(tmp_path):
    def fill(_, sheet):
        sheet.append(["某县明细"])
        sheet.append(["手机号", "注册", None, "绑卡", None, "首笔交易", None])
        sheet.append([None, *["日期", "时间"] * 3])
        day = date(2026, 11, 28)
        sheet.append([PHONES[1], day, time(9, 30), day, time(9, 35), day, time(9, 40)])

    assert [AT] == [one.registered_at for one in read(made(tmp_path / "a.xlsx", fill))[0]]


@pytest.mark.parametrize("area", ["B2:B4", "A2:A3", "B2:D3"])
def test_one_cell_for_several_people_is_refused_with_its_place(tmp_path, area):
    """Of a merged day the file has the first row's alone: the others would read as "not yet"."""
    def fill(_, sheet):
        sheet.append(HEAD)
        for number in range(1, 5):
            sheet.append([PHONES[number], *USUAL[1:]])
        sheet.merge_cells(area)

    with pytest.raises(Fault) as caught:
        read(made(tmp_path / "a.xlsx", fill))
    assert area in caught.value.told("en") and "Ctrl+D" in caught.value.advice("en")


def test_merged_titles_and_footers_refuse_nothing(tmp_path):
    def fill(_, sheet):
        sheet.append(["某县云闪付新增用户明细表"])
        sheet.merge_cells("A1:D1")
        sheet.append(HEAD)
        sheet.append(USUAL)
        sheet.append(["制表：某某"])
        sheet.merge_cells("A4:D5")

    assert 1 == len(read(made(tmp_path / "a.xlsx", fill))[0])


def test_hidden_columns_that_are_read_are_told(tmp_path):
    def fill(_, sheet):
        sheet.append([*HEAD, "备注"])
        sheet.append([*USUAL, "x"])
        sheet.column_dimensions["C"].hidden = sheet.column_dimensions["E"].hidden = True

    assert {"columns": [2]} == read(made(tmp_path / "a.xlsx", fill))[2]["note_hidden_columns"]


def test_a_list_that_is_hidden_is_named_and_not_the_cover(tmp_path):
    path = book(tmp_path / "a.xlsx", 封面=[["见明细"]], _明细=[HEAD, row(1)])
    with pytest.raises(Fault) as caught:
        read(path)
    assert "明细" in caught.value.told("en") and "--sheet 2" in caught.value.advice("en")
    assert 1 == len(read(path, sheet="2")[0])


def test_totals_of_parts_are_compared_with_their_part(tmp_path):
    def rows(*numbers):
        part = iter(numbers)
        return [HEAD, row(1), ["小计", next(part)], row(2), row(3), ["小计", next(part)],
                ["总计", next(part)]]

    path = book(tmp_path / "a.xlsx", A=rows(1, 2, 3))
    assert {} == read(path)[1]
    assert {"6": "row_total"} == read(book(tmp_path / "b.xlsx", A=rows(1, 1, 3)))[1]


def test_a_workbook_of_1904_with_formats(tmp_path):
    def fill(workbook, sheet):
        workbook.epoch = CALENDAR_MAC_1904
        sheet.append(HEAD)
        sheet.append(USUAL)

    assert [AT] == [one.registered_at for one in read(made(tmp_path / "a.xlsx", fill))[0]]


def test_a_second_table_below_is_named_row_by_row(tmp_path):
    path = book(tmp_path / "a.xlsx", A=[HEAD, row(1), [], ["支行", "人数"], ["甲支行", 1]])
    assert {"4": "row_phone", "5": "row_phone"} == read(path)[1]
    path = book(tmp_path / "b.xlsx", A=[HEAD, row(1), [], HEAD, row(2)])
    assert [4] == read(path)[2]["note_headings_again"]["lines"] and 2 == len(read(path)[0])


def test_formulas_that_a_program_wrote_nought_for_are_no_not_yet(tmp_path):
    """XlsxWriter, and pandas with it, write 0 and ask for the values to be worked out."""
    heads = "".join(
        text_cell(f"{letter}1", name) for letter, name in zip("ABCD", HEAD, strict=True)
    )
    cells = text_cell("A2", PHONES[1]) + text_cell("B2", TIMES[0]) + (
        '<c r="C2"><f>B2</f><v>0</v></c><c r="D2"><f>B2</f><v></v></c>'
    )
    tab = sheet_xml(f'<row r="1">{heads}</row><row r="2">{cells}</row>')
    path = tmp_path / "a.xlsx"
    path.write_bytes(book_bytes(tab, book='<calcPr calcId="1" fullCalcOnLoad="1"/>'))
    assert {"2": "row_uncalculated"} == read(path)[1]
    path.write_bytes(book_bytes(tab.replace("<v></v>", "<v>0</v>")))
    assert ({}, 1) == (read(path)[1], len(read(path)[0]))


# --- old Excel ------------------------------------------------------------------------------

WHEN = struct.pack("<d", 46354.395833333336)
TYPE_3 = b"\x03\0\0\0\0\0\xff\xff"


@pytest.mark.parametrize(("kind", "body", "code"), [
    (0x205, b"\x2a\x01", "row_error"), (0x6, b"\x02\0\x2a\0\0\0\xff\xff\0\0", "row_error"),
    (0x6, TYPE_3 + b"\0\0", "row_uncalculated"), (0x6, bytes(8) + b"\x02\0", "row_uncalculated"),
], ids=["error", "formula with an error", "formula without its text", "to be calculated"])
def test_an_error_in_old_excel_is_no_empty_cell(tmp_path, kind, body, code):
    """Its library shows both as empty, and a credit would wait for ever."""
    path = tmp_path / "a.xls"
    path.write_bytes(old_excel([HEAD, row(1), [PHONES[2], TIMES[0], TIMES[1], None]],
                               {(2, 3): (kind, body)}))
    rows, bad, notes = read(path)
    assert ({"3": code}, 1) == (bad, len(rows)) and "note_errors_look_empty" not in notes


def test_old_excel_with_values_of_formulas_is_read(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(old_excel([HEAD, [PHONES[1], None, *TIMES[1:]]],
                               {(1, 1): (0x6, WHEN + b"\0\0")}))
    assert [AT] == [one.registered_at for one in read(path)[0]]
