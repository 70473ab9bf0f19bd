"""
The platform's file as it really comes: from a first one with slips in it to the one that counts.

A title above the headings, rows that go on on a second sheet, a cover, days without times, 1970
for "not yet", an invisible mark in a number copied out of a chat, a total below, and twenty
thousand rows. Whoever is at the shell and whoever is at the console read how it was read, and
what is wrong with it by sheet and row; nothing counts before, and residents are served meanwhile,
all of them, and none is refused.
"""
import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from cast import CHINA, County, Manager, OfficeWorker, Resident
from deployed import LEDGERS, Machine, ledger
from factories import make_phone
from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shells and web servers of Unix")

# ZHUANMA_TEST_ROWS=200000 plays it with as many as the platform sends; that takes a quarter of an
# hour and more.
ROWS = int(os.environ.get("ZHUANMA_TEST_ROWS", "20000"))
HEADINGS = ("手机号", "注册日期", "绑卡日期", "首笔交易时间")


class FileDay(County):
    """A county in which three residents have registered, and the file of the day is due."""

    admin: Manager
    office: OfficeWorker
    paper: bytes = b""
    registered = 0

    def somebody_registers(self) -> Resident:
        """A resident scans and registers, and sees that it is done; nothing is refused."""
        self.registered += 1
        person = self.resident().scans(self.paper)
        person.fills_in(make_phone(self.registered))
        assert person.sees("登记好了") and [] == person.refused
        return person


@pytest.fixture(scope="module", params=LEDGERS)
def county(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[FileDay]:
    machine = Machine(tmp_path_factory.mktemp("county"), "nginx")
    with ledger(machine, request.param):
        printed = machine.begins()
        machine.writes("config.toml", before="trusted_proxies = 1\n")
        with machine.serves():
            made = FileDay(machine, browser, printed=printed)
            made.paper = made.poster("N07")
            made.admin = made.add(Manager(made))
            made.admin.signs_in(made.printed)
            made.office = made.add(OfficeWorker(made, "专班小李"))
            made.office.comes_in(made.admin.makes_an_account("专班小李", "office"))
            assert made.office.sees("总览")
            made.office.page.set_default_timeout(60_000 * max(1, ROWS // 40_000))
            yield made
            for person in made.people:
                person.leaves()
        assert "Traceback" not in machine.log()
        assert "sound" in machine.shell.runs("attribution check")


def sent(file: Path, slips: Sequence[Sequence[object]] = ()) -> Path:
    """Write the platform's workbook; *slips* stand at the end of its second sheet."""
    today = datetime.now(CHINA).date()
    book = openpyxl.Workbook(write_only=True)
    book.create_sheet("说明").append(["本表由平台导出，仅供对账"])
    parts = [book.create_sheet(name) for name in ("明细1", "明细2")]
    for part in parts:
        part.append(["云闪付新增用户明细"])
        part.append(["数据截至", today])
        part.append(HEADINGS)
    # Anna's number was copied out of a chat, Bert has bound and not paid, Carl has done neither.
    parts[0].append([f"\u202d{make_phone(1)}\u202c", today, today, today])
    parts[0].append([make_phone(2), today, today, datetime(1970, 1, 1, 8)])
    parts[0].append([int(make_phone(3)), today, None, "未交易"])
    for number in range(ROWS):
        parts[number % 2].append([make_phone(50_000 + number), today, today, _paid(number, today)])
    for slip in slips:
        parts[1].append(slip)
    parts[0].append(["合计", ROWS // 2 + 3])
    book.save(file)
    return file


def _paid(number: int, today: date) -> date | None:
    return today if number % 3 else None


def test_from_the_first_file_to_the_one_that_counts(county: FileDay) -> None:
    """A slip that is not named costs the office a day, and one that is not seen a credit."""
    machine, shell, office = county.machine, county.admin.shell, county.office
    for _ in ("Anna", "Bert", "Carl"):
        county.somebody_registers()
    today = datetime.now(CHINA).date()

    # The first one: a word nobody knows, a number with a point, and a time without its day.
    first = sent(machine.folder / "first.xlsx", [
        [make_phone(4), today, "已转网", None],
        [f"{make_phone(5)[:10]}.{make_phone(5)[10:]}", today, None, None],
        [make_phone(6), "9:30", None, None],
    ])
    told = machine.folder / "told.txt"
    command = f"attribution feed import '{first}' --dry-run; echo it ended with $?"
    with shell.keeps_running(["bash", "-c", command], told) as trying:
        county.somebody_registers()
        trying.wait()
    said = told.read_text("utf-8")
    assert "it ended with 1" in said
    last = ROWS // 2 + 4
    assert f"first.xlsx:3:{last}: card_bound_at: “已转网”" in said
    assert f"first.xlsx:3:{last + 1}: phone: not a mobile number" in said
    assert f"first.xlsx:3:{last + 2}: registered_at: a time without its day" in said
    assert f"--accept 3:{last},3:{last + 1},3:{last + 2}" in said
    assert make_phone(4) not in said

    office.uploads(first)
    assert office.sees(f"第 3:{last} 行", "已转网")
    office.photographs("file-with-slips")

    # The corrected one, tried at the shell and then taken in at the console.
    good = sent(machine.folder / "good.xlsx")
    report = machine.folder / "report.csv"
    said = shell.runs(f"attribution feed import {good} --dry-run --report {report}")
    for words in (
        f"{ROWS + 3} rows about {ROWS + 3} people", "new credits: 1",
        "sheets that were read: 明细1, 明细2", "sheet 说明 was not read",
        "the headings stand in row 3", f"registered_at: {ROWS + 3} dates without a time",
        "first_txn_at: 1 time before 2010", f"row {ROWS // 2 + 7} is a total, and agrees",
    ):
        assert words in said, words
    assert "time_anomaly,placeholder" in report.read_text("utf-8-sig")

    office.uploads(good)
    assert office.sees("这样读的", "读了这几张工作表：明细1、明细2", "按整天算")
    office.photographs("file-as-it-was-read")
    office.page.get_by_role("button", name="确认导入").click(no_wait_after=True)
    county.somebody_registers()
    assert office.sees(f"已导入：{ROWS + 3} 行", "新增有效新用户 1")
    assert office.sees("当时这样读的")
    office.opens("/admin/differences")
    assert office.sees("时间早于2010年，不算")
    office.photographs("placeholder-to-look-at")
