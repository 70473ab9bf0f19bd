"""
The county changes in the middle of its campaign, from the console alone; two people each time.

A township is merged, a department added, a branch replaced, another renamed, two targets move,
the end is put off by a month, the hotline changes. What was printed before leads on, what is
printed after says the new words, every figure is of its day, old reports are told again as they
were, and who changed what from what to what can be read. Two workers serve all the while, and
follow without a reload; the shell says the same.
"""
import io
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import openpyxl
import pytest
from cast import (
    CHINA,
    AccountMaker,
    Checker,
    Clerk,
    County,
    Manager,
    OfficeWorker,
    Platform,
    read_poster,
    words_of,
)
from deployed import Machine
from factories import make_phone
from needs import unix
from playwright.sync_api import Browser

unix("shells of Unix")
assert sys.platform != "win32"

MERGED, HEIR = "A05", "A04"  # 枫边乡 into 崇贤乡; its line N10
HOTLINE = "0797-5321000"
Table = dict[str, dict[str, str]]


def day(days: int) -> str:
    return f"{datetime.now(CHINA) + timedelta(days=days):%Y-%m-%d}"


class ChangingCounty(County):
    """The office and a checker, with posters of everybody whom something happens to."""

    office: OfficeWorker
    checker: Checker
    keeper: AccountMaker

    def __init__(self, machine: Machine, browser: Browser, slips: dict[str, str]):
        super().__init__(machine, browser)
        self.office, self.checker = self.add(Manager(self)), self.add(Checker(self, "checker"))
        self.keeper = self.add(AccountMaker(self, "accounts"))
        self.office.signs_in(slips["admin"])
        self.checker.comes_in(slips["checker"])
        self.keeper.comes_in(slips["accounts"])
        self.papers = {
            unit: self.office.downloads_the_poster(unit)
            for unit in (MERGED, HEIR, "N01", "N10", "D02")
        }
        self._number = 0
        # What was reported of yesterday, before anything changed.
        self.reported = self.yesterday()

    def runs(self, command: str) -> str:
        """What the office's shell prints; it must succeed."""
        return self.machine.shell.runs(command)

    def registers(self, unit: str) -> tuple[str, str]:
        """Somebody scans the old poster of *unit* and registers: the number, and what is seen."""
        self._number += 1
        number = make_phone(self._number * 100_003)
        resident = self.resident().scans(self.papers[unit])
        page = resident.page.locator("body").inner_text()
        resident.photographs(f"county-changes-{unit}-{self._number}")
        resident.fills_in(number)
        assert resident.sees("登记好了") and [] == resident.refused
        resident.leaves()
        self.people.remove(resident)
        return number, page

    def file(self, name: str, *numbers: str) -> None:
        """The platform's file says that *numbers* registered, bound and paid by now."""
        file = Platform(self).writes(name, [(number, *[Platform.now()] * 3) for number in numbers])
        self.office.uploads(file)
        self.office.submits_the_file()
        self.checker.confirms_the_file(name)
        assert self.checker.sees("已导入")

    def agreed(self, *words: str) -> str:
        """The office asks for what its page shows; the checker sees *words* too, and agrees."""
        self.office.goes_through_with_it()
        assert self.office.sees("已提出", "等另一个人批准")
        told = self.checker.sees_what_is_asked()
        for word in words:
            assert word in told, (word, told)
        self.checker.photographs(f"county-changes-asked-{len(self.checker.sent):02}")
        self.checker.agrees()
        assert self.checker.sees("已批准，马上生效")
        return told

    def yesterday(self) -> dict[str, Table]:
        """What the office downloads of yesterday, by table."""
        return {by: self.office.downloads_the_table(day(-1), by)
                for by in ("area", "line", "department")}

    def told_otherwise(self, *but: str) -> list[str]:
        """What of yesterday's report is told otherwise by now, *but* for some headings."""
        now = self.yesterday()
        return [
            f"{name} {head}: {cells[head]} -> {now[by].get(name, {}).get(head)}"
            for by, was in self.reported.items() for name, cells in was.items() for head in cells
            if head not in but and cells[head] != now[by].get(name, {}).get(head)
        ]


@pytest.fixture(scope="module")
def county(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[ChangingCounty]:
    machine = Machine(tmp_path_factory.mktemp("county"), "own")
    told = machine.shell.runs(f"attribution init --demo --public-url {machine.url}")
    slips = {"admin": "".join(re.findall(r"^password: (\S+)$", told, re.MULTILINE))}
    # This year's document: whoever goes on with last year's sample is told so by `qrgen check`.
    machine.shell.runs("attribution campaign set document '兴府办字〔2026〕9号'")
    machine.shell.runs("attribution campaign set demo false")
    told = machine.shell.runs("attribution init")
    slips |= dict(re.findall(r"^account: (\S+)\nfirst password: (\S+)$", told, re.MULTILINE))
    machine.writes("config.toml", before=(
        f'tls_certificate = "{machine.certificates}/fullchain.pem"\n'
        f'tls_key = "{machine.certificates}/privkey.pem"\n'
    ))
    with machine.serves():
        made = ChangingCounty(machine, browser, slips)
        workers = machine.workers()
        yield made
        assert workers == machine.workers(), "nobody had to start anything anew"
        for person in made.people:
            person.leaves()
    assert "Traceback" not in machine.log()
    assert "sound" in machine.shell.runs("attribution check")


def test_a_township_is_merged_and_its_old_posters_lead_on(county: ChangingCounty) -> None:
    """What it earned stays its own; from then on its paper claims for the other."""
    number, page = county.registers(MERGED)
    assert "枫边乡" in page
    county.file("before", number)
    before = county.office.reads_the_table()
    assert ("600", "1") == (before["枫边乡"]["指导任务数"], before["枫边乡"]["有效新用户"])
    assert ("0.17%", "1,150") == (before["枫边乡"]["完成率"], before["崇贤乡"]["指导任务数"])

    seen = county.office.wants_units_changed("并入", unit="枫边乡", into=f"{HEIR} 崇贤乡")
    county.office.photographs("county-changes-preview")
    for words in (
        "现在还没有改", "指导任务数 1,150 1,750", "A05 枫边乡 A04 崇贤乡", "40,000（不变）",
        "39 个", "比现在少 1 个", "没有人的归属会变", "0.00% → 0.06%",
        "已并入崇贤乡，旧海报扫码后转到那里",
    ):
        assert words in seen, (words, seen)
    assert county.office.reads_the_table() == before
    county.office.wants_units_changed("并入", unit="枫边乡", into=f"{HEIR} 崇贤乡")
    county.agreed("指导任务数 1,150 1,750", "40,000（不变）", "0.00% → 0.06%")

    after = county.office.reads_the_table()
    heir = after["崇贤乡（含枫边乡）"]
    assert ("1,750", "1", "0.06%") == tuple(
        heir[head] for head in ("指导任务数", "有效新用户", "完成率")
    )
    assert "1" == heir["位次"] and "枫边乡" not in after and "枫边乡并入崇贤乡" in heir["note"]
    assert ("40,000", "1") == tuple(
        after["全县合计"][head] for head in ("指导任务数", "有效新用户")
    )
    assert [] == county.told_otherwise()

    later, page = county.registers(MERGED)
    assert "崇贤乡" in page.partition("编号")[0]
    assert "海报上的枫边乡已并入崇贤乡，登记记到崇贤乡" in page and "A05-1" in page
    county.file("after", later)
    assert "2" == county.office.reads_the_table()["崇贤乡（含枫边乡）"]["有效新用户"]
    listed = county.runs("attribution units list")
    assert f"已并入 {HEIR}" in listed


def test_a_department_comes_and_its_poster_is_printed(county: ChangingCounty) -> None:
    seen = county.office.wants_units_changed("新增", kind="department", name="县退役军人事务局二")
    assert "19 个" in seen and "比现在多 1 个" in seen and "40,000（不变）" in seen
    county.agreed("比现在多 1 个")
    units = county.office.reads("/admin/units?kind=department&q=退役军人事务局二")
    (unit,) = set(re.findall(r"D\d+", units))
    county.papers[unit] = county.office.downloads_the_poster(unit)
    assert "县退役军人事务局二" in words_of(county.papers[unit])
    number, page = county.registers(unit)
    assert "县退役军人事务局二" in page
    county.file("department", number)
    table = county.office.reads_the_table("department")
    assert "1" == table["县退役军人事务局二"]["有效新用户"]
    assert "3" == county.office.reads_the_table("line")["全县合计"]["有效新用户"]
    assert [] == county.told_otherwise()


def test_a_branch_is_replaced_and_another_renamed(county: ChangingCounty) -> None:
    """Another bank's branch gets codes of its own; a new name keeps its posters."""
    number, _ = county.registers("N01")
    county.file("branch", number)
    seen = county.office.wants_units_changed(
        "接替", unit="N01", branch="邮储银行潋江所", bank="B02"
    )
    assert "N88 潋江镇·邮储银行潋江所 新增" in seen and "指导任务数 无 850" in seen
    assert "40,000（不变）" in seen and "已停用，旧海报扫码后不再登记" in seen
    county.agreed("N88 潋江镇·邮储银行潋江所")
    told = county.resident().scans(county.papers["N01"])
    assert told.sees("已不再办理登记", "下载并注册")
    county.papers["N88"] = county.office.downloads_the_poster("N88")
    assert "N88" in read_poster(county.papers["N88"])
    assert "邮储银行潋江所" in words_of(county.papers["N88"])
    number, page = county.registers("N88")
    assert "邮储银行潋江所" in page
    county.file("branch-after", number)
    lines = county.office.reads_the_table("line")
    assert ("1", "1") == tuple(
        lines[name]["有效新用户"]
        for name in ("潋江镇·农商行潋江支行（已停用）", "潋江镇·邮储银行潋江所")
    )
    assert "850" == lines["潋江镇·邮储银行潋江所"]["指导任务数"]
    assert "40,000" == county.office.reads_the_table()["全县合计"]["指导任务数"]

    was = words_of(county.papers["D02"])
    name = county.office.reads("/admin/units/D02").removeprefix("帮助 ").partition(" ")[0]
    assert name in was
    seen = county.office.wants_units_changed("改名", unit="D02", name=f"{name}（新）")
    assert f"名称 {name} {name}（新）" in seen
    county.agreed(f"名称 {name} {name}（新）")
    _, page = county.registers("D02")
    assert f"{name}（新）" in page
    assert f"{name}（新）" in words_of(county.office.downloads_the_poster("D02"))
    assert [] == county.told_otherwise()


def test_two_targets_move_from_their_day(county: ChangingCounty) -> None:
    """One from yesterday on, which had begun; one for next month, of which nothing shows yet."""
    seen = county.office.wants_targets_moved(day(30), A01="1500", A02="1900")
    assert "指导任务数 1,450 1,500" in seen and "指导任务数 1,950 1,900" in seen
    assert "40,000（不变）" in seen
    county.agreed("指导任务数 1,450 1,500")
    table = county.office.reads_the_table()
    assert ("1,450", "1,950") == tuple(table[name]["指导任务数"] for name in ("潋江镇", "长冈乡"))
    history = county.office.reads("/admin/units/A01")
    assert f"{day(30)} 还没到" in history and "指导任务数 1,450 → 1,500" in history
    assert [] == county.told_otherwise()

    was = county.office.downloads_the_table(day(-2))
    a06, a07 = (int(was[name]["指导任务数"]) for name in ("良村镇", "南坑乡"))
    seen = county.office.wants_targets_moved(day(-1), A06=f"{a06 + 100:,}", A07=str(a07 + 50))
    assert f"指导任务数 {a06:,} {a06 + 100:,}" in seen and f"从 {day(-1)} 起" in seen
    assert "40,000 → 40,150" in seen
    county.agreed(f"从 {day(-1)} 起", "40,000 → 40,150")
    assert was == county.office.downloads_the_table(day(-2))
    moved = county.office.downloads_the_table(day(-1))
    assert (str(a06 + 100), str(a07 + 50), "40150") == tuple(
        moved[name]["指导任务数"] for name in ("良村镇", "南坑乡", "全县合计")
    )
    assert f"任务数 {a06:,}→{a06 + 100:,}" in moved["良村镇"]["单位变动"]
    assert "40,150" == county.office.reads_the_table()["全县合计"]["指导任务数"]
    county.reported = county.yesterday()  # by intention, and from that day alone


def test_the_end_is_put_off_and_the_hotline_changes(county: ChangingCounty) -> None:
    county.office.opens("/admin/campaign/dates")
    end, settled = (
        datetime.fromisoformat(county.office.page.locator(f"[name={name}]").input_value())
        for name in ("end", "settle_end")
    )
    later, settle = (f"{one + timedelta(days=31):%Y-%m-%d}" for one in (end, settled))
    pace = re.search(r"时序进度 ([\d.]+)%", county.office.reads("/admin/table"))
    paper = words_of(county.papers[HEIR])
    assert pace and f"{end.month}月{end.day}日" in paper and HOTLINE not in paper
    seen = county.office.wants_the_campaign_changed("时间和阶段", end=later, settle_end=settle)
    assert f"结束 {end:%Y-%m-%d}（含当天） {later}（含当天）" in seen
    assert "没有人的归属会变：按新的设置把每个人重算过一遍" in seen and "活动时间" in seen
    county.agreed(f"{later}（含当天）")
    slower = re.search(r"时序进度 ([\d.]+)%", county.office.reads("/admin/table"))
    assert slower and float(slower[1]) < float(pace[1])

    county.office.wants_the_campaign_changed("电话", hotline=HOTLINE)
    county.agreed(f"咨询电话 无 {HOTLINE}")
    _, page = county.registers(HEIR)
    assert HOTLINE in page
    last = datetime.fromisoformat(later)
    anew = words_of(county.office.downloads_the_poster(HEIR))
    assert HOTLINE in anew and f"{last.month}月{last.day}日" in anew
    history = county.office.reads("/admin/campaign")
    assert f"结束 {end:%Y-%m-%d}（含当天） {later}（含当天）" in history
    assert f"咨询电话 无 {HOTLINE}" in history
    assert f"hotline\t{HOTLINE}" in county.runs("attribution campaign show")
    # Dates have no day: by the later end, yesterday was less behind.
    assert [] == county.told_otherwise("时序进度差（百分点）")


def test_paper_that_is_wrong_now_is_listed_until_it_is_hung_anew(county: ChangingCounty) -> None:
    listed = county.office.reads("/admin/paper")
    county.office.photographs("county-changes-paper")
    for words in (
        "A05 枫边乡", "已并入崇贤乡，旧海报扫码后转到那里", "海报上的名称 枫边乡 → 崇贤乡",
        f"咨询电话 无 → {HOTLINE}", "撕下旧的即可", "已生成，等换上", "N01",
    ):
        assert words in listed, (words, listed[:2000])
    county.office.hangs_new_paper(MERGED, HEIR, "N01")
    assert county.office.sees("3 个单位记为已换新海报")
    left = county.office.reads("/admin/paper")
    assert "A05 枫边乡" not in left and "N10" in left


def test_the_table_goes_out_to_excel_and_comes_back(county: ChangingCounty) -> None:
    """Edited as people edit: one name, one field; nothing else changes."""
    book = openpyxl.load_workbook(io.BytesIO(county.office.takes_the_table_of_units()))
    (sheet,) = book.worksheets
    (row,) = [row for row in sheet.iter_rows() if "D06" in [cell.value for cell in row]]
    row[2].value = "县工商联（新）"
    kept = io.BytesIO()
    book.save(kept)
    seen = county.office.brings_the_table_of_units(kept.getvalue())
    county.office.photographs("county-changes-table")
    assert "新增 0 个，修改 1 个，停用 0 个" in seen and "县工商联（新）" in seen
    county.agreed("县工商联（新）")
    assert "县工商联（新）" in county.office.reads("/admin/units/D06")


def test_each_township_gets_its_account_on_a_slip(county: ChangingCounty) -> None:
    made = county.keeper.makes_accounts_of_units("area", HEIR, "A06")
    county.keeper.photographs("county-changes-slips")
    assert ["崇贤乡", "良村镇"] == [name for name, _ in made]
    clerk: Clerk = county.add(Clerk(county, "崇贤乡", "area", HEIR))
    clerk.comes_in(made[0][1])
    assert "崇贤乡" in clerk.reads("/admin/table") and clerk.sees("崇贤乡（含枫边乡）")


def test_who_changed_what_can_be_read_and_all_copies_agree(county: ChangingCounty) -> None:
    """On the units' pages, in the audit log, at the shell; and the folder says the same."""
    told = county.office.reads(f"/admin/units/{MERGED}")
    assert "并入另一单位" in told and "状态 在用 → 已并入" in told and "admin" in told
    log = county.checker.reads("/admin/audit")
    for words in ("变更单位", "修改活动设置", "结束", "提出申请", "批准申请"):
        assert words in log, words
    said = county.runs("attribution units history")
    for note in ("merge", "add", "replace", "rename", "target", "import"):
        assert f"\t{note}\t" in said
    folder = county.machine.folder / "export"
    (revision,) = re.findall(
        r"revision (\d+)", county.runs(f"attribution campaign export {folder}")
    )
    county.runs(f"qrgen check {folder}")
    codes = county.machine.folder / "codes.csv"
    county.runs(f"qrgen codes --campaign {folder} --out {codes}")
    listed = codes.read_text(encoding="utf-8-sig")
    assert f",{MERGED}," not in listed and ",N01," not in listed and f",{HEIR}," in listed
    again = county.runs(f"attribution campaign import {folder} --dry-run")
    assert "nothing to change" in again
    own = county.machine.instance / "campaign" / "campaign.toml"
    assert f"# 修订 {revision}" in own.read_text(encoding="utf-8")
