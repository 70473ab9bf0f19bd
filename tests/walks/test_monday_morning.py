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
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from cast import Checker, County, OfficeWorker
from deployed import BARE, Machine
from factories import make_phone
from playwright.sync_api import Browser
from test_contract_periods import Office

from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start
from attribution.service import open_service
from attribution.settings import load_settings

MERGED, INTO = "枫边乡", "A04 崇贤乡"
ERASED, CORRECTED = 8_000_000, 8_000_001


class Monday(County):
    """A county whose last week is over. *since*, *last*: its Monday and its Sunday."""

    def __init__(self, machine: Machine, browser: Browser, since: date, last: date):
        super().__init__(machine, browser)
        self.since, self.last = since, last
        # As page, shell and export told it on Monday.
        self.page, self.text = "", ""
        self.credited: Counter[str] = Counter()


def _last_week(machine: Machine) -> tuple[date, date]:
    """Let people of every area and bank have come last week, each where nobody else did."""
    service = open_service(load_settings(machine.instance))
    office = Office(service, machine.folder)
    since, until = snapshots.week_span(office.now)
    units = service.campaign.units
    lines = {unit.bank: unit.id for unit in units if unit.kind == "line"}
    places = [unit.id for unit in units if unit.kind == "area"] + sorted(lines.values())
    came = []
    for number, (unit, nth) in enumerate(
        (unit, nth) for place, unit in enumerate(places) for nth in range(1 + place % 3)
    ):
        at = day_start(since) + (number % 7) * DAY + 9 * HOUR + (number % 50) * MINUTE
        assert day_of(at) < until
        office.claim(ERASED + number, unit, at)
        came.append((ERASED + number, at + (5 + nth) * MINUTE))
    office.file(*came)
    service.close()
    return instants.date_of(since), instants.date_of(until) - timedelta(days=1)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Monday]:
    machine = Machine(tmp_path_factory.mktemp("monday"), BARE)
    machine.shell.runs(f"attribution init --demo --public-url {machine.url}")
    week = _last_week(machine)
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
    # Today's table is another one, and says so.
    office.opens("/admin/table")
    assert office.sees("崇贤乡（含枫边乡）")
