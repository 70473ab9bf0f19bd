# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Whatever a message of the console asks for can be chosen there, and is followed to the letter.

A file is uploaded, its page read as a browser reads it, something chosen from what the page
offers, and sent as its form sends it.
"""
import io
import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import openpyxl
import pytest
from console import add_everyone, signed_in
from factories import make_phone
from test_console_pages import claimed, upload
from test_feed_files import CASES, HEAD, READ, TIMES

from attribution.facts.feed_preview import checked, looks, masked
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, local_text


@pytest.fixture
def office(service):
    add_everyone(service)
    return signed_in(service, "office")


class Form(HTMLParser):
    """The form of a page by which somebody says how the file is to be read."""

    def __init__(self, page):
        super().__init__()
        self.chosen: dict[str, list[str]] = {}
        self.offered: dict[str, dict[str, str]] = {}  # select -> label -> value
        self.ticks: dict[str, dict[str, str]] = {}
        self._select = self._option = self._tick = None
        self.feed(page[page.index("怎样读这个文件"):])

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "select":
            self._select = told["name"]
            self.offered[self._select] = {}
        elif tag == "option" and self._select:
            self._option = (told["value"], "selected" in told)
        elif tag == "input" and told.get("type") == "checkbox":
            self._tick = told["name"], told["value"]
            if "checked" in told:
                self.chosen.setdefault(told["name"], []).append(told["value"])
        elif tag == "input" and told.get("value"):
            self.chosen[told["name"]] = [told["value"]]

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None
        elif tag == "label":
            self._tick = None

    def handle_data(self, data):
        if self._option and self._select:
            value, selected = self._option
            self.offered[self._select][data] = value
            if selected:
                self.chosen[self._select] = [value]
            self._option = None
        elif self._tick and data.strip():
            self.ticks.setdefault(self._tick[0], {})[data.strip()] = self._tick[1]

    def option(self, name, words):
        """Choose of the select *name* the only option that begins with *words*."""
        [value] = [
            value for label, value in self.offered[name].items() if label.startswith(words)
        ]
        self.chosen[name] = [value]
        return self

    def tick(self, name, words):
        [value] = [value for label, value in self.ticks[name].items() if words in label]
        self.chosen.setdefault(name, []).append(value)
        return self

    def sent(self, path):
        return f"{path}?{urlencode(self.chosen, doseq=True)}"


def times():
    now = instants.now()
    return [local_text(now - HOUR + n * MINUTE) for n in (0, 5, 9)]


def csv(*rows):
    return "".join(",".join(row) + "\r\n" for row in rows).encode()


def book(*sheets):
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, state, rows in sheets:
        sheet = made.create_sheet(name)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def row(number):
    return [make_phone(number), *times()]


def tried(office, body, name="a.csv"):
    """Return where the file waits, and what its page says."""
    path = upload(office, body, name)
    page = office.text(path)
    for number in range(1, 9):
        assert make_phone(number) not in page
    return path, page


def is_read(office, path, form, rows=1):
    """Whether the file is read as *form* says, and can be taken in so."""
    page = office.text(form.sent(path))
    assert f"<dt>行数</dt><dd>{rows}</dd>" in page, page[page.index("<h1>"):][:1500]
    data = {name: values[0] for name, values in form.chosen.items() if name != "map_sheet"}
    if "map_sheet" in form.chosen:
        data["map_sheet"] = "/".join(form.chosen["map_sheet"])
    return office.post(path, {"deed": "confirm", **data}).status_code == 302


def test_two_columns_alike_are_told_apart_by_what_stands_in_them(office):
    path, page = tried(office, csv([*HEAD, "手机号"], [*row(1), "15512345678"]))
    assert "有几列都像是手机号：第 1、5 列" in page and "“列对应”里选好" in page
    form = Form(page)
    assert "手机号（第 5 列）：155********" in form.offered["map_phone"]
    assert is_read(office, path, form.option("map_phone", "手机号（第 1 列）"))


def test_strange_headings_are_chosen_by_their_own_words(service, office):
    """And are remembered: the next file of the source needs its name alone."""
    claimed(service, 1, "N07", 2 * HOUR)
    names = ["客户号", "开户办结", "签约日", "首动"]
    path, page = tried(office, csv(["某行明细"], names, row(1)))
    assert "找不到这几列" in page and "“列对应”里选好各列" in page
    form = Form(page)
    assert f"开户办结：{times()[0][:10]}" in str(form.offered["map_registered_at"])
    for field, name in zip(("phone", "registered_at", "card_bound_at", "first_txn_at"), names,
                           strict=True):
        form.option(f"map_{field}", name)
    assert "开户办结" == form.chosen["map_registered_at"][0]
    form.chosen["source"] = ["某行"]
    assert is_read(office, path, form)
    path, page = tried(office, csv(names, row(2)), "b.csv")
    assert '<option value="某行">' in page
    form = Form(page)
    form.chosen["source"] = ["某行"]
    assert is_read(office, path, form)


@pytest.mark.parametrize(("unit", "digits", "words"), [("s", 10, "“秒”"), ("ms", 13, "“毫秒”")])
def test_numbers_since_1970_are_chosen(office, unit, digits, words):
    since = str((instants.now() - HOUR) // (1_000_000 if unit == "s" else 1000))
    path, page = tried(office, csv(HEAD, [make_phone(1), since, *times()[1:]]))
    assert len(since) == digits and f"请在“列对应”里选{words}" in page and since not in page
    form = Form(page)
    form.chosen["map_epoch_registered_at"] = [
        form.offered["map_epoch_registered_at"][words.strip("“”")]
    ]
    assert [unit] == form.chosen["map_epoch_registered_at"]
    assert is_read(office, path, form)


def test_a_date_beside_its_time_of_day(office):
    day, clock = times()[0].split(" ")
    head = ["手机号", "办理日", "注册时间", "绑卡时间", "首笔交易时间"]
    path, page = tried(office, csv(head, [make_phone(1), day, clock, *times()[1:]]))
    assert "请在“列对应”里选好日期列和钟点列" in page
    form = Form(page).option("map_registered_at", "办理日")
    assert is_read(office, path, form.option("map_time_registered_at", "注册时间"))


def test_a_file_without_headings(office):
    path, page = tried(office, csv(row(1), row(2)))
    assert "选“没有表头”，再选好各列" in page
    form = Form(page).option("map_heading_row", "没有表头")
    fields = ("phone", "registered_at", "card_bound_at", "first_txn_at")
    for place, field in enumerate(fields, 1):
        form.option(f"map_{field}", f"第 {place} 列")
    assert is_read(office, path, form, rows=2)


def test_a_column_is_chosen_by_its_heading_with_three_values_that_find_nobody(office):
    head = ["会员", "手机", "电话", "注册时间", "绑卡时间", "首笔交易时间"]
    rows = [[f"王小{n}", make_phone(n), make_phone(9 - n), *times()] for n in (1, 2, 3, 4)]
    path, page = tried(office, csv(head, *rows))
    offered = Form(page).offered
    begin = make_phone(1)[:3] + "*" * 8
    assert "手机" in "".join(offered["map_phone"]) and f"手机：{begin}" in offered["map_phone"]
    assert "会员：王**" in offered["map_phone"]
    assert f"注册时间：{times()[0]}"[:20] in "".join(offered["map_registered_at"])
    assert not re.search(r"1\d{10}", page) and not re.search(r"[A-F] 列", page)
    form = Form(page).option("map_phone", "手机：")
    assert 200 == office.get(form.sent(path)).status_code
    # As it was left, for whoever comes back; and for the next file with these headings.
    assert ["手机"] == Form(office.text(path)).chosen["map_phone"]
    assert is_read(office, path, form, rows=4)
    more = ["李四", make_phone(5), "1", *times()]
    _, page = tried(office, csv(head, *rows, more), "day-2.csv")
    assert "<dt>行数</dt><dd>5</dd>" in page
    assert ["手机"] == Form(page).chosen["map_phone"]
    assert "#" not in "".join(re.findall('<datalist id="sources">(.*?)</datalist>', page))
    _, page = tried(office, csv([*head, "备注"], [*rows[0], "x"]), "day-3.csv")
    assert "在“列对应”里" in page


def test_headings_far_below_are_chosen_by_their_row(office):
    names = ["客户号", "开户办结", "签约日", "首动"]
    above = [["某行明细", "", "", ""], ["甲", "乙", "丙", "丁"]]
    path, page = tried(office, csv(*above, names, row(1)))
    form = Form(page).option("map_heading_row", "第 3 行：客户号 | 开户办结")
    form = Form(office.text(form.sent(path)))
    for field, name in zip(("phone", "registered_at", "card_bound_at", "first_txn_at"), names,
                           strict=True):
        form.option(f"map_{field}", name)
    assert "3" == form.chosen["map_heading_row"][0]
    assert is_read(office, path, form)


def test_a_hidden_sheet_and_one_without_headings_can_be_chosen(office):
    body = book(("封面", "visible", [["见明细"]]), ("明细", "hidden", [HEAD, row(1)]))
    path, page = tried(office, body, "a.xlsx")
    assert "隐藏的“明细”里有" in page and "请在“工作表”里选它" in page
    assert is_read(office, path, Form(page).tick("map_sheet", "2. 明细（隐藏）"))

    body = book(("一", "visible", [HEAD, row(1)]), ("二", "hidden", [HEAD, row(2), row(3)]),
                ("三", "visible", [row(4)]))
    path, page = tried(office, body, "b.xlsx")
    assert "没有读工作表“二”：它是隐藏的。要读它，请在“工作表”里选" in page
    assert "没有读工作表“三”：前面几行里没有这些表头。要读它，请在“工作表”里选它" in page
    form = Form(page).tick("map_sheet", "1. 一").tick("map_sheet", "2. 二（隐藏）")
    assert is_read(office, path, form, rows=3)


def test_choices_that_fit_no_longer_lead_to_those_that_do(office):
    """What was remembered of a source may be of another file."""
    body = book(("一", "visible", [HEAD, row(1)]), ("二", "visible", [["x"]]))
    path, _ = tried(office, body, "a.xlsx")
    page = office.text(f"{path}?map_sheet=三")
    assert "没有这张工作表。有这几张：一、二。请在“工作表”里重新选" in page
    page = office.text(f"{path}?map_heading_row=9")
    assert "第 9 行什么也没有，请在“表头在第几行”里重新选" in page
    page = office.text(f"{path}?map_phone=%2312")
    assert "选的列不存在，这张表有 4 列。请在“列对应”里重新选" in page
    form = Form(page)
    assert "#12（这张表里没有）" in form.offered["map_phone"]
    assert is_read(office, path, form.option("map_phone", "自动"))


def test_rows_that_cannot_be_read_are_let_go_by_a_tick(office):
    path, page = tried(office, csv(HEAD, row(1), ["154", *times()]))
    assert 'name="accept" value="3"' in page
    assert "<dt>行数</dt><dd>2</dd>" in office.text(f"{path}?accept=3")
    assert 302 == office.post(path, {"deed": "confirm", "accept": "3"}).status_code


def test_what_is_shown_of_a_cell_finds_nobody():
    assert ["154********", "154********", "a1a********", "欧***", "15********"] == [
        masked(cell) for cell in (make_phone(1), "154****0001", "a1" * 32, "欧阳慕容", "1540000000")
    ]
    assert ["2026-11-28 09:30:00", "未绑卡", "手机号", "12", ""] == [
        masked(cell) for cell in (TIMES[0], "未绑卡", "手机号", 12, None)
    ]


def test_a_look_from_a_reader_that_was_taken_over_is_refused(tmp_path):
    good = [1, "一", False, 1, [[1, "x"]], [["#1", 0, "x", "y", ""]]]
    assert "一" == checked(good).name
    for place, wrong in ((1, "a" * 201), (2, 1), (4, [["x", "y"]]), (0, None),
                         (5, [["#1", 0, "x\n", "y", ""]]), (5, [["#1", 0, "x", "y", "z"]]),
                         (5, [["#1", 0, "x", "y", ""]] * 99)):
        with pytest.raises(ValueError, match=r"look|row|column"):
            checked([*good[:place], wrong, *good[place + 1:]])
    path = tmp_path / "a.csv"
    path.write_bytes(b"PK\x03\x04 no workbook")
    assert [] == looks(path)


@pytest.mark.skipif(not CASES.is_dir(), reason="these files are not beside this checkout")
def test_the_real_files_are_read_in_the_console_as_at_the_shell(office):
    """Each is read with as many rows, or refused by its name; no number stands on the page."""
    found = {}
    for path in sorted(CASES.iterdir()):
        place = upload(office, path.read_bytes(), path.name)
        page = office.text(place)
        assert "139000000" not in page.split("怎样读这个文件")[0], path.name
        if "导入后会怎样" in page:
            [rows] = re.findall(r"<dt>行数</dt><dd>(\d+)</dd>", page)
            found[path.name] = int(rows)
        else:
            assert 'role="alert"' in page, path.name
        office.post(place, {"deed": "discard"})
    assert found == {name: rows for name, (rows, _) in READ.items()}
