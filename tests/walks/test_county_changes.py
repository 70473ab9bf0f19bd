"""
The county changes in the middle of its campaign: the ledger's half of it, at the shell.

A township is merged, a department added, a branch replaced, another renamed, two targets move,
the end is put off by a month, the hotline changes. What was printed before leads on, what is
printed after says the new words, every figure is of its day, and who changed what from what to
what can be read. Two workers serve all the while, and follow without a reload.
"""
import csv
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from cast import CHINA, County, Platform, read_poster
from deployed import Machine
from factories import make_phone
from needs import unix
from playwright.sync_api import Browser

unix("shells of Unix")
assert sys.platform != "win32"

MERGED, HEIR = "A05", "A04"  # 枫边乡 into 崇贤乡; its line N10
HOTLINE = "0797-5321000"


class ChangingCounty(County):
    """A county with a poster of everybody whom something happens to, printed before."""

    def __init__(self, machine: Machine, browser: Browser):
        super().__init__(machine, browser)
        self.papers = {unit: self.poster(unit) for unit in (MERGED, HEIR, "N01", "D02")}
        self._number = 0

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
        rows = [(number, *[Platform.now()] * 3) for number in numbers]
        file = Platform(self).writes(name, rows)
        self.runs(f"attribution feed import {file}")

    def units(self) -> dict[str, str]:
        lines = self.runs("attribution units list").splitlines()
        return {line.split("\t")[0]: line for line in lines}

    def rows(self, what: str) -> list[dict[str, str]]:
        """The rows of a download, by their headings in English."""
        out = self.machine.folder / f"{what}.csv"
        self.runs(f"attribution export {what} --headings en --out {out}")
        with out.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def of(self, what: str) -> dict[str, str]:
        """Whose unit each row of a download names, by last four digits."""
        return {re.sub("[^0-9]", "", row["last4"]): row["unit"] for row in self.rows(what)}

    def credited(self) -> dict[str, str]:
        return self.of("credits")


@pytest.fixture(scope="module")
def county(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[ChangingCounty]:
    machine = Machine(tmp_path_factory.mktemp("county"), "own")
    machine.shell.runs(f"attribution init --demo --public-url {machine.url}")
    machine.writes("config.toml", before=(
        f'tls_certificate = "{machine.certificates}/fullchain.pem"\n'
        f'tls_key = "{machine.certificates}/privkey.pem"\n'
    ))
    made = ChangingCounty(machine, browser)
    with machine.serves():
        yield made
        for person in made.people:
            person.leaves()
    assert "Traceback" not in machine.log()
    assert "sound" in machine.shell.runs("attribution check")


def test_a_township_is_merged_and_its_old_posters_lead_on(county: ChangingCounty) -> None:
    """What it earned stays its own; from then on its paper claims for the other."""
    before, page = county.registers(MERGED)
    assert "枫边乡" in page
    county.file("before", before)
    assert MERGED == county.credited()[before[-4:]]
    workers = county.machine.workers()
    seen = county.runs(f"attribution units merge {MERGED} --into {HEIR} --dry-run")
    assert "target: 1150 -> 1750" in seen and "area: A05 -> A04" in seen
    assert "nothing was changed" in seen and "在用" in county.units()[MERGED]
    county.runs(f"attribution units merge {MERGED} --into {HEIR}")
    assert f"已并入 {HEIR}" in county.units()[MERGED]

    after, page = county.registers(MERGED)
    assert "崇贤乡" in page.partition("编号")[0]
    assert "海报上的枫边乡已并入崇贤乡，登记记到崇贤乡" in page and "A05-1" in page
    assert workers == county.machine.workers(), "nobody had to reload"
    county.file("after", after)
    told = county.credited()
    assert (MERGED, HEIR) == (told[before[-4:]], told[after[-4:]])
    claims = county.of("claims")
    assert (MERGED, HEIR) == (claims[before[-4:]], claims[after[-4:]])


def test_a_department_comes_and_its_poster_is_printed(county: ChangingCounty) -> None:
    made = county.runs("attribution units add --kind department --name 县退役军人事务局二")
    (unit,) = re.findall(r"^\+ (D\d+) ", made, re.MULTILINE)
    county.papers[unit] = county.poster(unit)
    number, page = county.registers(unit)
    assert "县退役军人事务局二" in page
    county.file("department", number)
    assert unit == county.credited()[number[-4:]]


def test_a_branch_is_replaced_and_another_renamed(county: ChangingCounty) -> None:
    """Another bank's branch gets codes of its own; a new name keeps its posters."""
    before, _ = county.registers("N01")
    county.file("branch", before)
    made = county.runs(
        "attribution units replace N01 --name 潋江镇·邮储银行潋江所 --bank B02"
        " --branch 邮储银行潋江所"
    )
    (new,) = re.findall(r"^\+ (N\d+) ", made, re.MULTILINE)
    assert "N88" == new and "850" in made
    told = county.resident().scans(county.papers["N01"])
    assert told.sees("已不再办理登记", "下载并注册")
    told.photographs("county-changes-closed")
    county.papers[new] = county.poster(new)
    assert new in read_poster(county.papers[new])
    after, page = county.registers(new)
    assert "邮储银行潋江所" in page
    county.file("branch-after", after)
    told_of = county.credited()
    assert ("N01", new) == (told_of[before[-4:]], told_of[after[-4:]])

    county.runs("attribution units rename D02 县教育体育局（新）")
    _, page = county.registers("D02")
    assert "县教育体育局（新）" in page


def test_two_targets_move_from_a_day_to_come(county: ChangingCounty) -> None:
    """Entered today, for next month: until then nothing of it shows but in the history."""
    day = f"{datetime.now(CHINA) + timedelta(days=30):%Y-%m-%d}"
    county.runs(f"attribution units target A01=1500 A02=1900 --from {day}")
    out = county.machine.folder / "units.csv"
    county.runs(f"attribution units export --out {out}")
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["编号"]: row for row in csv.DictReader(file)}
    assert ("1450", "1950") == (rows["A01"]["指导任务数"], rows["A02"]["指导任务数"])
    assert "merged" == rows[MERGED]["状态"]
    told = county.runs("attribution units history A01")
    assert f"from {day}" in told and "target: 1450 -> 1500" in told and "shell:" in told
    assert "nothing to change" in county.runs(f"attribution units import {out} --dry-run")


def test_the_end_is_put_off_and_the_hotline_changes(county: ChangingCounty) -> None:
    shown = dict(
        line.split("\t", 1) for line in county.runs("attribution campaign show").splitlines()
    )
    end = datetime.fromisoformat(shown["end"])
    later = (end + timedelta(days=31)).isoformat()
    settled = (datetime.fromisoformat(shown["settle_end"]) + timedelta(days=31)).isoformat()
    county.runs(f"attribution campaign set settle_end {settled}")
    assert "~ end" in county.runs(f"attribution campaign set end {later} --dry-run")
    county.runs(f"attribution campaign set end {later}")
    county.runs(f"attribution campaign set hotline {HOTLINE}")
    _, page = county.registers(HEIR)
    assert HOTLINE in page
    told = county.runs("attribution campaign history")
    assert f"end\t{shown['end']} -> {later}" in told


def test_who_changed_what_can_be_read_and_the_folder_is_of_the_last_revision(
    county: ChangingCounty,
) -> None:
    """The export is sound, prints the heir and not the merged, and comes in again as nothing."""
    told = county.runs("attribution units history")
    for note in ("merge", "add", "replace", "rename", "target"):
        assert f"\t{note}\t" in told
    folder = county.machine.folder / "export"
    said = county.runs(f"attribution campaign export {folder}")
    (revision,) = re.findall(r"revision (\d+)", said)
    county.runs(f"qrgen check {folder}")
    codes = county.machine.folder / "codes.csv"
    county.runs(f"qrgen codes --campaign {folder} --out {codes}")
    listed = codes.read_text(encoding="utf-8-sig")
    assert f",{MERGED}," not in listed and ",N01," not in listed and f",{HEIR}," in listed
    assert f"# 修订 {revision}" in (folder / "campaign.toml").read_text(encoding="utf-8")
    again = county.runs(f"attribution campaign import {folder} --dry-run")
    assert "nothing to change" in again
    own = county.machine.instance / "campaign" / "campaign.toml"
    assert f"# 修订 {revision}" in own.read_text(encoding="utf-8")
