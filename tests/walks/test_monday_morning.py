# mypy: allow-untyped-calls
"""
Monday morning: the office makes the week's papers, sends them, and is asked about them later.

Forty areas, eleven banks. The week's snapshot is taken in the browser, and papers are made of it;
every figure adds up, from the tables' own lines and from the exports. Then two townships merge,
a resident asks to be erased and a credit of that week is corrected; somebody rings about the week's
figure, and is told it as it was, to the byte, by its number.
"""
import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import docx
import openpyxl
import pytest
from cast import Checker, Clerk, County, OfficeWorker
from deployed import BARE, Machine
from factories import make_phone
from last_week import ERASED, people_of_last_week
from playwright.sync_api import Browser

MERGED, INTO = "枫边乡", "A04 崇贤乡"
CORRECTED = ERASED + 1
STEPS = "各单位继续进村入户，让移动支付进万家。"


class Monday(County):
    """A county whose last week is over. *since*, *last*: its Monday and its Sunday."""

    def __init__(self, machine: Machine, browser: Browser, since: date, last: date):
        super().__init__(machine, browser)
        self.since, self.last = since, last
        # As page, shell and export told it on Monday.
        self.page, self.text = "", ""
        self.credited: Counter[str] = Counter()
        self.pack = b""
        self.report = b"", b""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Monday]:
    machine = Machine(tmp_path_factory.mktemp("monday"), BARE)
    machine.shell.runs(f"attribution init --demo --public-url {machine.url}")
    week = people_of_last_week(machine.instance, machine.folder)
    with machine.serves():
        made = Monday(machine, browser, *week)
        yield made
        for person in made.people:
            person.leaves()
    assert "Traceback" not in machine.log()


@pytest.fixture(scope="module")
def two(county: Monday) -> tuple[OfficeWorker, Checker]:
    people = OfficeWorker(county, "office"), Checker(county, "checker")
    for one in people:
        told = county.machine.shell.runs(
            f"attribution user add {one.name} --role {one.name} --generate"
        )
        county.add(one).comes_in(told.rpartition("password: ")[2].strip())
    return people


@pytest.fixture(scope="module")
def township(county: Monday) -> Clerk:
    told = county.machine.shell.runs(
        "attribution user add township --role area --scope A03 --generate"
    )
    clerk: Clerk = county.add(Clerk(county, "township", "area", "A03"))
    clerk.comes_in(told.rpartition("password: ")[2].strip())
    return clerk


def credited(county: Monday, until: date) -> Counter[str]:
    """Return unit -> effective new users before the day *until*, by the office's own export."""
    machine = county.machine
    machine.shell.runs(f"attribution export credits --out credits.csv --until {until}")
    with (machine.folder / "credits.csv").open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    column = next(n for n, head in enumerate(heads) if head.startswith("归属单位"))
    return Counter(row[column] for row in rows if row and row[column])


def test_the_week_is_taken_in_three_clicks_and_every_figure_adds_up(
    county: Monday, two: tuple[OfficeWorker, Checker]
) -> None:
    office, _ = two
    office.opens("/admin/")
    office.counts_clicks()
    office.follows_the_menu("快照")
    office.takes_the_weeks_snapshot()
    assert office.sees("1 号快照", f"{county.since} 至 {county.last}")
    assert office.clicks() <= 2
    office.reloads()  # that it was taken is said once
    county.page = office.told()
    office.photographs("monday-snapshot")

    shell = county.machine.shell
    county.text = shell.runs("attribution snapshot show 1 --format json")
    told = json.loads(county.text)
    assert hashlib.sha256(county.text.encode()).hexdigest() in county.page
    theirs = county.credited = credited(county, county.last + timedelta(days=1))
    assert 100 < sum(theirs.values())
    assert theirs == {
        unit: kinds["effective"] for unit, kinds in told["steps"].items()
        if kinds.get("effective")
    }
    tables = office.reads_the_snapshot()
    areas, banks = tables["乡镇（社区）"], tables["银行网点"]
    assert {f"{sum(theirs.values()):,}"} == {
        lines["全县合计"]["累计有效新用户"] for lines in (areas, banks)
    }
    for lines in (areas, banks):
        of_lines = [name for name in lines if name != "全县合计"]
        for heading in ("累计有效新用户", "这几天新增"):
            assert int(lines["全县合计"][heading].replace(",", "")) == sum(
                int(lines[name][heading].replace(",", "")) for name in of_lines
            )
    assert 40 <= len(areas) - 1 and 11 <= len(banks) - 1


def test_the_weeks_papers_are_made_and_sent(
    county: Monday, two: tuple[OfficeWorker, Checker], township: Clerk
) -> None:
    """Tables and pictures, the report, the data for assessments, a pack for each unit."""
    office, _ = two
    total = f"{sum(county.credited.values()):,}"
    office.opens("/admin/snapshots/1")
    before = office.clicks()
    office.follows("进度包")
    county.pack = office.downloads("下载 ZIP")
    with zipfile.ZipFile(io.BytesIO(county.pack)) as packed:
        (table,) = (name for name in packed.namelist() if name.endswith(".xlsx"))
        assert "快照1" in table
        assert 11 <= sum(name.endswith(".png") for name in packed.namelist())
        book = openpyxl.load_workbook(io.BytesIO(packed.read(table)), data_only=True)
    assert {"乡镇社区", "银行网点", "区域×网点", "部门", "漏斗", "说明"} <= set(book.sheetnames)
    for sheet in ("乡镇社区", "银行网点"):
        cells = [cell for row in book[sheet].values for cell in row]
        assert sum(county.credited.values()) in cells, sheet

    office.writes_a_report(STEPS)
    assert office.sees(f"{total}人" if office.told().count(f"{total}人") else total, "进万家")
    county.report = office.takes_the_report("DOCX"), office.takes_the_report("PDF")
    text = "\n".join(one.text for one in docx.Document(io.BytesIO(county.report[0])).paragraphs)
    assert total.replace(",", "") in text.replace(",", "") and "进万家" in text

    office.follows_the_menu("信息交换")
    data = openpyxl.load_workbook(io.BytesIO(office.downloads("下载考核数据")))
    assert len(data.sheetnames) >= 3
    office.has_packs_made_for_the_units()
    office.waits_for_the_packs()
    assert office.clicks() - before <= 12
    office.photographs("monday-exchange")

    township.opens("/admin/exchange")
    with zipfile.ZipFile(io.BytesIO(township.downloads("下载"))) as packed:
        inside = {name: packed.read(name) for name in packed.namelist()}
    assert any("A03" in name for name in inside)
    for number in (ERASED, CORRECTED):
        assert not any(make_phone(number).encode() in content for content in inside.values())
    office.opens("/admin/exchange")
    assert office.sees("township")
    office.opens("/admin/snapshots/1")
    for content in (county.pack, *county.report):
        assert hashlib.sha256(content).hexdigest() in office.told()
    county.page = office.told()  # with the files that were made of it


def test_somebody_rings_about_last_week_and_is_told_it_as_it_was(
    county: Monday, two: tuple[OfficeWorker, Checker]
) -> None:
    """Since Monday two townships merged, somebody was erased, and a credit was moved."""
    office, checker = two
    shell = county.machine.shell
    office.wants_units_changed("并入", unit=MERGED, into=INTO)
    office.goes_through_with_it()
    assert office.sees("枫边乡")
    office.looks_for(make_phone(CORRECTED)[-4:])
    office.asks_to_reassign("鼎龙乡", "镇里有当天的登记表，第3页")
    assert office.sees("等另一个人批准")
    checker.answers_a_correction("改归属")
    assert checker.sees("已批准并生效")
    office.looks_for(make_phone(ERASED)[-4:])
    office.follows("替本人提出删除")
    office.writes_down_the_wish_to_be_erased()
    office.carries_the_erasures_out()
    shell.runs("attribution rebuild")
    assert credited(county, county.last + timedelta(days=1)) != county.credited
    shell.runs("attribution check")

    office.opens("/admin/snapshots/1")
    assert county.page == office.told()
    assert county.text == shell.runs("attribution snapshot show 1 --format json")
    # Papers made again of that number are those of Monday, to the byte.
    office.follows("进度包")
    assert county.pack == office.downloads("下载 ZIP")
    office.opens("/admin/bulletin?snapshot=1")
    office.writes_a_report(STEPS)
    assert county.report == (office.takes_the_report("DOCX"), office.takes_the_report("PDF"))
    # Today's table is another one, and says so.
    office.opens("/admin/table")
    assert office.sees("崇贤乡（含枫边乡）")
