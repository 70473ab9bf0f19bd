"""
A campaign ends: the window closes, late files come, somebody appeals, the office's chief leaves.

Figures become final, the archive is made and checked on another machine, and two people forget
everybody; then the next year begins with the same units and accounts. The machine's clock is set
forward by real seconds, and goes on from there. At the end nothing counts after its time, every
figure is told and proved as it was, nobody can be found, and old posters are told from new.
"""
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

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
    Resident,
    read_poster,
)
from deployed import Machine, Shell
from factories import make_phone
from forms import AT_THE_END, form_at
from needs import unix
from playwright.sync_api import Browser

unix("LD_PRELOAD, shells of Unix")
assert sys.platform != "win32"

HERE = Path(__file__).parent
ANNA, BERT, CARL, DORA, EVA = (make_phone(8_100_000 + 100_003 * n) for n in range(5))
UNIT, THEIRS = "A01", "A03"


class EndingCounty(County):
    """A county whose clock can be set, and the people who lead it through its end."""

    successor: OfficeWorker
    archive: bytes
    figures: dict[str, str]
    registered: datetime  # when all four did, as the platform says
    pepper: str  # as the operator saw it, before it was destroyed

    def __init__(
        self, machine: Machine, browser: Browser, later: Path, slips: dict[str, str],
        served: ExitStack,
    ):
        super().__init__(machine, browser)
        self._later, self._ahead = later, timedelta()
        self.served = served
        shown = machine.shell.runs("attribution campaign show")
        self.closes, self.settles = (
            datetime.fromisoformat("".join(re.findall(rf"^{name}\t(\S+)$", shown, re.MULTILINE)))
            for name in ("end", "settle_end")
        )
        self.chief, self.checker = self.add(Manager(self)), self.add(Checker(self, "checker"))
        self.keeper = self.add(AccountMaker(self, "accounts"))
        self.township = self.add(Clerk(self, "township", "area", THEIRS))
        self.chief.signs_in(slips["admin"])
        for person in (self.checker, self.keeper, self.township):
            person.comes_in(slips[person.name])
        self.paper = {unit: self.chief.downloads_the_poster(unit) for unit in (UNIT, THEIRS)}

    def now(self) -> datetime:
        return datetime.now(CHINA) + self._ahead

    def waits_until(self, moment: datetime) -> None:
        """Set the clock forward; everybody was signed out meanwhile, and signs in again."""
        self._ahead = moment - datetime.now(CHINA)
        self._later.write_text(f"{int(self._ahead.total_seconds())}\n")
        time.sleep(0.2)
        for person in self.people:
            if isinstance(person, Checker | AccountMaker | Clerk) and person.password:
                person.opens("/admin/login")
                person.signs_in(person.password)

    def registers(self, number: str, unit: str) -> Resident:
        resident = self.resident().scans(self.paper[unit])
        resident.fills_in(number)
        assert resident.sees("登记好了")
        return resident

    def file(self, name: str, *rows: tuple[str, datetime | None, datetime | None]) -> None:
        """The platform's file: who registered, and when they bound a card and paid."""
        told = Platform(self).writes(name, [
            (number, f"{registered:%Y-%m-%d %H:%M:%S}" if registered else "",
             *[f"{done:%Y-%m-%d %H:%M:%S}" if done else ""] * 2)
            for number, registered, done in rows
        ])
        self.office.uploads(told)
        self.office.submits_the_file()
        self.checker.confirms_the_file(name)
        assert self.checker.sees("已导入")

    @property
    def office(self) -> OfficeWorker:
        """Whoever does the office's work: the chief, until they leave."""
        found: OfficeWorker = getattr(self, "successor", self.chief)
        return found

    def effective(self) -> dict[str, str]:
        """What the progress table says of each area."""
        return {
            name: cells["有效新用户"] for name, cells in self.checker.reads_the_table().items()
        }


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    folder = tmp_path_factory.mktemp("clock")
    program, told = folder / "later.so", folder / "later"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", program, HERE.parent / "later.c", "-ldl"], check=True
    )
    told.write_text("0\n")
    return program, told


@pytest.fixture(scope="module")
def county(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser, later: tuple[Path, Path]
) -> Iterator[EndingCounty]:
    machine = Machine(tmp_path_factory.mktemp("county"), "nginx")
    machine.shell = Shell(machine.folder, {
        **machine.shell.more, "LD_PRELOAD": str(later[0]), "LATER": str(later[1]),
    })
    told = machine.shell.runs(f"attribution init --demo --public-url {machine.url}")
    slips = {"admin": "".join(re.findall(r"^password: (\S+)$", told, re.MULTILINE))}
    told = machine.shell.runs(
        f"attribution user add township --role area --scope {THEIRS} --generate"
    )
    slips["township"] = told.rpartition("password: ")[2].strip()
    machine.shell.runs("attribution campaign set document '兴府办字〔2026〕9号'")
    machine.shell.runs("attribution campaign set demo false")
    told = machine.shell.runs("attribution init")
    slips |= dict(re.findall(r"^account: (\S+)\nfirst password: (\S+)$", told, re.MULTILINE))
    machine.writes("config.toml", before="trusted_proxies = 1\n")
    with ExitStack() as served:
        served.enter_context(machine.serves())
        made = EndingCounty(machine, browser, later[1], slips, served)
        yield made
        for person in made.people:
            person.leaves()
    assert "Traceback" not in machine.log()


def test_while_it_runs_three_register_and_one_has_all_done(county: EndingCounty) -> None:
    for number in (ANNA, BERT, CARL, DORA):
        county.registers(number, UNIT).leaves()
    now = county.registered = county.now()
    county.file(
        "within", (ANNA, now, now), (BERT, now, None), (CARL, now, now), (DORA, now, None)
    )
    assert "2" == county.effective()["潋江镇"]
    told = county.office.reads_what_is_left()
    assert "登记到" in told and "现在办这一步" in told
    assert 0 == county.office.page.get_by_role("button", name="做存档").count()


def test_the_window_closes_and_residents_are_told_what_still_counts(county: EndingCounty) -> None:
    county.waits_until(county.closes + timedelta(hours=1))
    last, until = county.closes - timedelta(days=1), county.settles - timedelta(days=1)
    eva = county.resident().scans(county.paper[UNIT])
    assert eva.sees("本次登记活动已经结束", f"{last.month}月{last.day}日",
                     f"{until.month}月{until.day}日", "照样算数")
    eva.photographs("the-end-window-closed")
    assert not eva.asked_for_the_number()
    assert "结束活动，共 9 步，到第 2 步" in county.checker.reads("/admin/")


def test_files_come_late_and_count_by_what_happened_when(county: EndingCounty) -> None:
    """Who paid before the settlement's end counts; who paid after it never does."""
    county.waits_until(county.settles - timedelta(hours=2))
    county.file("late", (BERT, county.registered, county.now()))
    assert "3" == county.effective()["潋江镇"]
    assert "绑卡和交易认到" in county.office.reads_what_is_left()


def test_a_township_appeals_and_two_people_decide(county: EndingCounty) -> None:
    day = f"{datetime.now(CHINA):%Y-%m-%d}"
    county.township.appeals(THEIRS, f"{CARL[-4:]}@{day}")
    assert county.township.sees("申诉已提交")
    county.office.upholds_an_appeal(THEIRS)
    county.waits_until(county.settles + timedelta(days=1))
    county.file("too-late", (DORA, county.registered, county.settles + timedelta(hours=1)))
    assert "3" == county.effective()["潋江镇"]
    told = county.office.reads_what_is_left()
    assert "更正待批" in told
    county.checker.answers_a_correction("改归属")
    assert ("2", "1") == tuple(county.effective()[name] for name in ("潋江镇", "鼎龙乡"))


def test_the_chief_leaves_and_a_successor_goes_on(county: EndingCounty) -> None:
    """What the chief had asked for, the successor stands for, and cannot approve."""
    county.waits_until(county.settles + timedelta(days=8))
    county.keeper.asks_for_an_account("successor", "office")
    password = county.chief.answers_a_request("批准")
    assert password
    last = county.settles - timedelta(days=1)
    county.chief.asks_to_lock_up_to(f"{last:%Y-%m-%d}")
    assert county.chief.sees("请另一个人批准")
    county.keeper.hands_over("admin", "successor")
    assert county.keeper.sees("没有办完的 1 件事已移交")
    county.successor = county.add(OfficeWorker(county, "successor"))
    county.successor.comes_in(password)
    county.people.remove(county.chief)
    county.chief.leaves()
    county.successor.opens("/admin/periods")
    assert county.successor.sees("等另一个人批准")
    assert "个时段等着锁定" in county.successor.reads_what_is_left()
    county.checker.approves_the_lock()
    assert county.checker.sees("的数字已锁定")


def test_the_last_figures_have_their_bulletin(county: EndingCounty) -> None:
    """Of the snapshot that the lock took; without it no archive is made."""
    assert "还没有出专报" in county.office.reads_what_is_left()
    county.office.writes_a_report("活动的数字到此为止，谢谢各单位。")
    assert county.office.sees("谢谢各单位")
    assert county.office.takes_the_report("DOCX")
    assert "还没有做存档" in county.office.reads_what_is_left()


def test_the_archive_is_made_and_proves_itself_on_another_machine(
    county: EndingCounty, tmp_path: Path
) -> None:
    county.figures = county.effective()
    county.office.makes_the_archive()
    county.office.photographs("the-end-archive")
    assert county.office.sees("下载存档")
    county.archive = county.office.downloads_the_archive()
    told = archive_told(county, tmp_path)
    assert told.splitlines()[-1].endswith("相符")
    for number in (ANNA, BERT, CARL, DORA):
        assert number.encode() not in county.archive


def archive_told(county: EndingCounty, folder: Path) -> str:
    """What the archive says of itself, in a folder of somebody who has nothing else."""
    (folder / "存档.zip").write_bytes(county.archive)
    key = county.machine.shell.runs("attribution proof keys").splitlines()[0]
    (folder / "密钥.txt").write_text(f"{key}\n")
    elsewhere = Shell(folder)
    elsewhere.runs("unzip -q 存档.zip")
    (unpacked,) = folder.glob("archive-*")
    return elsewhere.runs(
        f"{sys.executable} -I -X utf8 {unpacked.name}/archive_check.py 存档.zip --key 密钥.txt"
    )


def test_two_people_forget_everybody(county: EndingCounty) -> None:
    """One asks, and cannot agree; the other is shown the same, and does."""
    county.pepper = key_of(county.machine.instance)
    seen = county.office.reads_what_is_left()
    county.office.asks_that_everybody_be_forgotten()
    assert county.office.sees("等另一个人答复")
    asked = county.checker.reads_what_is_left()
    county.checker.photographs("the-end-asked")
    rows = re.findall("登记（尾号、来访网络） ([0-9,]+)", seen)
    assert ["4"] == rows == re.findall("登记（尾号、来访网络） ([0-9,]+)", asked)
    assert "admin 下载的" not in asked and "keys/person.keys 的副本" in asked
    assert "导入过的对账文件" in asked
    county.checker.answers_that_everybody_be_forgotten("同意，忘掉所有人")
    assert county.checker.sees("登记过的人已全部忘掉")
    county.checker.photographs("the-end-forgotten")
    county.checker.ticks_off("两人在场，粉碎、删除")
    assert county.checker.sees("项记为已销毁") and county.checker.holds_now("已销毁")


def key_of(instance: Path) -> str:
    """What stood on the key's last line, read with the operator's eyes."""
    return (instance / "keys" / "person.keys").read_text().splitlines()[-1]


def test_nobody_is_taken_in_any_more_and_nobody_is_found(county: EndingCounty) -> None:
    file = Platform(county).writes("after", [(EVA, f"{county.now():%Y-%m-%d %H:%M:%S}", "", "")])
    county.office.opens("/admin/feeds")
    county.office.page.locator("[type=file]").set_input_files(file)
    county.office._send(county.office._button("上传并试算"))
    assert county.office.holds_now("登记过的人已全部忘掉，不再收任何人的信息")
    status, said = county.machine.shell.tries(f"attribution feed import {file} --dry-run")
    assert 1 == status and "nothing about anybody is taken in" in said
    eva = county.resident().scans(county.paper[UNIT])
    assert eva.sees("本次登记活动已经结束")
    eva.opens("/my")
    assert eva.sees("登记信息都已删除")
    county.office.looks_for(ANNA)
    assert not county.office.holds_now("登记到")
    kept = b"".join(
        path.read_bytes() for path in county.machine.instance.rglob("*") if path.is_file()
    )
    for secret in (ANNA, BERT, CARL, DORA, EVA, county.pepper):
        assert secret.encode() not in kept


def test_every_figure_is_told_and_proved_as_it_was(
    county: EndingCounty, tmp_path: Path
) -> None:
    assert county.figures == county.effective()
    assert "sound" in county.machine.shell.runs("attribution check")
    assert archive_told(county, tmp_path).splitlines()[-1].endswith("相符")
    (unpacked,) = tmp_path.glob("archive-*")
    kept = f"{unpacked}/log/checkpoint.txt"
    county.machine.shell.runs(
        f"attribution proof bundle --unit {UNIT} --since {kept} --out {tmp_path}/now.json"
    )
    told = Shell(tmp_path).runs(
        f"{sys.executable} {unpacked.name}/verify.py now.json --key 密钥.txt --since {kept}"
    )
    assert "登记 4" in told and "衔接" in told and "全部相符" in told, told
    sent = {form_at(path) for person in county.people for path in person.sent}
    assert set() == set(AT_THE_END) - sent


def test_the_next_year_begins_with_the_same_units_and_accounts(county: EndingCounty) -> None:
    """The same people sign in; an old poster is told as one, and a new one takes a number."""
    machine = county.machine
    day = f"{county.now():%Y-%m-%d}"
    shell, old = machine.shell, machine.instance
    shell.runs(
        f"attribution init --instance next --from {old} --start {day} --public-url {machine.url}"
    )
    old_code = read_poster(county.paper[UNIT])
    county.served.close()
    machine.instance = machine.folder / "next"
    machine.shell = Shell(
        machine.folder, {**shell.more, "ZHUANMA_INSTANCE": str(machine.instance)}
    )
    machine.writes("config.toml", before="trusted_proxies = 1\n")
    county.served.enter_context(machine.serves())
    scanned = county.resident().opens(old_code)
    assert scanned.sees("这是以前活动的海报")
    county.office.opens("/admin/login")
    county.office.signs_in(county.office.password)
    assert county.office.sees("总览")
    county.checker.opens("/admin/login")
    county.checker.signs_in(county.checker.password)
    papers = {"old": county.paper[UNIT], "new": county.office.downloads_the_poster(UNIT)}
    county.paper[UNIT] = papers["new"]
    assert read_poster(papers["new"]) != old_code
    for name, paper in papers.items():
        (machine.folder / f"{name}.pdf").write_bytes(paper)
    status, told = machine.shell.tries("qrgen inspect old.pdf")
    assert (1, True) == (status, "of an earlier campaign" in told), told
    assert "genuine" in machine.shell.runs("qrgen inspect new.pdf")
    county.registers(EVA, UNIT).leaves()
    assert {"0"} == set(county.effective().values())
