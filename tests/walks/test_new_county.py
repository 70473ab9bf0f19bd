"""
A new county makes its campaign from an Excel table, in the browser, on an empty installation.

Its clerk has Excel and a browser and nothing else: no terminal, no text editor. The table is
made as such offices make them, with a heading of two lines and merged cells. At the end a poster
hangs on a wall of that county, and nothing of another county stands on any of them.
"""
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pypdfium2  # type: ignore[import-untyped]
import pytest
from cast import CHINA, County, Newcomer, OfficeWorker, Staff, read_poster
from deployed import BARE, Machine
from factories import make_phone
from needs import unix
from playwright.sync_api import Browser

unix("shells of Unix")

TABLE = (
    ("清河镇", 850, (("农商行清河支行", 500), ("邮储银行清河县支行", 350))),
    ("白塔乡", 300, (("农商行白塔分理处", 300),)),
    ("南门社区", 450, (("工商银行清河支行", 250), ("清河村镇银行营业部", 200))),
)
ANOTHER = ("兴国", "潋江", "81号", "赣州", "赣市", "40000", "40,000")


def workbook(folder: Path) -> Path:
    """Make the county's Attachment 1 as its office did."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "清河县2026年度云闪付新增用户指导任务表"
    sheet.merge_cells("A1:F1")
    for place, words, merged in (
        ("A2", "序号", "A2:A3"), ("B2", "乡镇（社区）", "B2:B3"), ("C2", "指导任务数", "C2:C3"),
        ("D2", "对接银行", "D2:E2"), ("D3", "网点", ""), ("E3", "任务数", ""),
        ("F2", "备注", "F2:F3"),
    ):  # fmt: skip
        sheet[place] = words
        if merged:
            sheet.merge_cells(merged)
    at = 4
    for number, (area, target, branches) in enumerate(TABLE, 1):
        for column, value in (("A", number), ("B", area), ("C", target)):
            sheet[f"{column}{at}"] = value
            if len(branches) > 1:
                sheet.merge_cells(f"{column}{at}:{column}{at + len(branches) - 1}")
        for branch, share in branches:
            sheet[f"D{at}"], sheet[f"E{at}"] = branch, share
            at += 1
    sheet[f"B{at}"], sheet[f"C{at}"], sheet[f"E{at}"] = "合  计", 1600, 1600
    path = folder / "附件1.xlsx"
    book.save(path)
    return path


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[County]:
    """A machine on which the program was started by a double click, and nothing else done."""
    machine = Machine(tmp_path_factory.mktemp("county"), BARE)
    with machine.serves():
        made = County(machine, browser)
        yield made
        for person in made.people:
            person.leaves()
    assert "the ledger is sound" in machine.shell.tries("attribution check")[1]


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return "".join(str(page.get_textpage().get_text_bounded()) for page in document)
    finally:
        document.close()


def test_from_an_excel_table_to_a_poster_on_the_wall(county: County) -> None:
    stranger = county.add(Newcomer(county, "路人"))
    stranger.enters("2345-6789-ABCD-EFGH")
    assert stranger.sees("口令不对")
    stranger.opens("/admin/setup/form")
    assert stranger.sees("这里还没有活动")

    clerk = county.add(Newcomer(county, "新县的经办"))
    clerk.enters(clerk.reads_the_key())
    assert clerk.sees("从哪里开始")
    clerk.follows("新建活动")
    clerk.uploads(workbook(county.machine.folder))
    assert clerk.sees("表上写的合计", "1,600", "清河村镇银行")
    assert [
        [area, branch, str(share)] for area, _, branches in TABLE for branch, share in branches
    ] == [[row[0], row[2], row[4]] for row in clerk.table()]
    clerk.corrects(2, "target", "450")
    clerk.presses("保存")
    assert clerk.sees("清河镇各网点加起来是 950")
    clerk.corrects(2, "target", "350")
    clerk.page.locator("[name=departments]").fill("县教育局\n县卫生健康委员会\n")
    clerk.presses("下一步：活动内容")
    assert clerk.has_room_to_type("title")

    today = datetime.now(CHINA)
    clerk.writes(
        title="清河县移动支付便民工程推广实施方案", short_title="清河县移动支付便民工程",
        document="清府办字〔2026〕12号", issuer="清河县人民政府办公室",
        first_day=f"{today - timedelta(days=1):%Y-%m-%d}",
    )
    clerk.writes(last_day=f"{today - timedelta(days=9):%Y-%m-%d}")
    assert "早于第一天" in clerk.is_told_at("last_day")
    clerk.writes(last_day=f"{today + timedelta(days=60):%Y-%m-%d}", hotline="0000-1234567")
    assert "" == clerk.is_told_at("last_day")
    seen = clerk.looks_at_the_poster()
    assert seen.startswith(f"{county.machine.url}/Q/N01-1.")
    assert clerk.sees_beside("清河镇·农商行清河支行") and clerk.sees_beside("0000-1234567")

    # Somebody else, with the same key, finds what was typed.
    chief = county.add(Newcomer(county, "科长"))
    chief.enters(chief.reads_the_key())
    chief.opens("/admin/setup/form")
    assert "清府办字〔2026〕12号" == chief.page.locator("[name=document]").input_value()

    clerk.presses("下一步：发布")
    assert clerk.sees("以后不能改的", county.machine.url, "A01–A03", "N01–N05", "B01–B04")
    clerk.publishes()
    slips = dict(clerk.hands_out_a_slip() for _ in range(3))
    assert {"admin", "checker", "accounts"} == set(slips)
    assert clerk.sees("工作人员入口")  # the service goes on by itself
    print(f"clicks of the clerk, from the key to the last slip: {clerk.clicks}")
    assert clerk.clicks <= 40
    chief.opens("/admin/setup")
    assert chief.sees("没有这一页")

    office = county.add(OfficeWorker(county, "admin"))
    checker, accounts = county.add(Staff(county, "checker")), county.add(Staff(county, "accounts"))
    for person in (office, checker, accounts):
        person.comes_in(slips[person.name])
        assert not person.holds_now("登录已经过期")
    posters = office.orders_all_posters()
    ticket = text_of(posters.pop("印刷工单.pdf"))
    assert [] == [word for word in ANOTHER if word in ticket]
    assert 3 + 5 + 2 + 4 == len(posters)
    for name, pdf in posters.items():
        assert county.machine.url in read_poster(pdf), name
        text = re.sub(r"\s", "", text_of(pdf))
        assert "清河县" in text and "0000-1234567" in text, name
        assert [] == [word for word in ANOTHER if word in text], name
    (poster,) = (pdf for name, pdf in posters.items() if "N02-1" in name)
    assert seen != read_poster(poster)

    anna = county.resident()
    anna.scans(poster)
    assert anna.sees("清河镇·邮储银行清河县支行")
    anna.fills_in(make_phone(2301))
    assert anna.sees("登记好了")
    office.opens("/admin/units/N02")
    assert office.sees("邮储银行清河县支行")
    # What somebody photographed off the screen while it was written is no code of ours.
    stranger.opens(seen)
    assert not stranger.holds_now("清河镇")
