"""
A disputed credit: a township rings and says that this person is theirs.

Two units claimed one resident, and the later one is credited. The office finds the person by the
last four digits while the township is on the line, sees scan, claims, facts and the decision, and
asks for a reassignment; somebody else sees the same evidence and what it would change, and
approves. Each of them with a browser of their own, in ten clicks together.
"""
from collections.abc import Iterator

import pytest
from cast import Checker, Clerk, County, OfficeWorker, Platform
from deployed import LEDGERS, Machine, ledger
from factories import make_phone
from playwright.sync_api import Browser

NUMBER = make_phone(7_000_001)
THEIRS, CREDITED = "A03", "A01"


class Disputed(County):
    """A county, and the first passwords that were handed to its people."""

    def __init__(self, machine: Machine, browser: Browser):
        super().__init__(machine, browser)
        self.handed: dict[str, str] = {}


@pytest.fixture(scope="module", params=LEDGERS)
def county(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Disputed]:
    machine = Machine(tmp_path_factory.mktemp("county"), "nginx")
    with ledger(machine, request.param):
        machine.shell.runs(f"attribution init --demo --public-url {machine.url}")
        machine.writes("config.toml", before="trusted_proxies = 1\n")
        with machine.serves():
            made = Disputed(machine, browser)
            yield made
            for person in made.people:
                person.leaves()
        assert "Traceback" not in machine.log()
        assert "sound" in machine.shell.runs("attribution check")


@pytest.fixture(scope="module")
def two(county: Disputed) -> tuple[OfficeWorker, Checker]:
    """The office's two people, each with a password of their own; then the rule of two."""
    for name, role in (
        ("office", "office"), ("checker", "checker"), ("accounts", "accounts"),
        ("township", f"area --scope {THEIRS}"),
    ):
        told = county.machine.shell.runs(f"attribution user add {name} --role {role} --generate")
        county.handed[name] = told.rpartition("password: ")[2].strip()
    county.machine.shell.runs("attribution campaign set demo false")
    office, checker = OfficeWorker(county, "office"), Checker(county, "checker")
    for one in (office, checker):
        county.add(one).comes_in(county.handed[one.name])
    return office, checker


def test_a_township_rings_and_two_people_decide_with_the_evidence(
    county: Disputed, two: tuple[OfficeWorker, Checker]
) -> None:
    office, checker = two
    for unit in (THEIRS, CREDITED):
        resident = county.resident().scans(county.poster(unit))
        resident.fills_in(NUMBER)
        assert resident.sees("登记好了")
    file = Platform(county).writes("day", [(NUMBER, *[Platform.now()[:10]] * 3)])
    office.uploads(file)
    office.submits_the_file()
    checker.confirms_the_file(file.stem)
    assert checker.sees("新增有效新用户 1")

    for person in two:
        person.opens("/admin/")
        person.counts_clicks()
    office.looks_for(NUMBER[-4:])
    office.photographs("disputed-person")
    assert office.sees("登记到", "平台事实", "计为有效新用户", "按规则算这一条", "潋江镇", CREDITED)
    assert office.holds_now(THEIRS) and not office.holds_now(NUMBER)
    office.asks_to_reassign("鼎龙乡", "镇里有当天的登记表，第3页")
    assert office.sees("等另一个人批准")
    assert CREDITED in office.page.locator("dl.words:visible").first.inner_text()

    checker.looks_for(NUMBER[-4:])
    checker.page.get_by_role("link", name="改归属").click()
    assert checker.sees("批准以后", "镇里有当天的登记表", "登记到", "平台事实")
    effect = checker.page.locator("dl.words:visible").first.inner_text()
    assert "-1" in effect and "+1" in effect
    checker.photographs("disputed-correction")
    checker._send(checker._button("批准"))
    assert checker.sees("已批准并生效")
    assert office.clicks() + checker.clicks() <= 10
    office.reloads()
    assert THEIRS in office.page.locator("dl.words:visible").first.inner_text()
    assert [] == office.refused + checker.refused


def test_the_one_who_asked_cannot_be_the_second(
    county: Disputed, two: tuple[OfficeWorker, Checker]
) -> None:
    office, _ = two
    office.looks_for(NUMBER[-4:])
    office.asks_to_reassign("潋江镇", "再改回去试试")
    office.page.get_by_role("link", name="改归属").last.click()
    assert office.sees("这是您自己提出的，要由另一个人批准")
    assert 0 == office.page.get_by_role("button", name="批准").count()


def test_the_township_sees_its_own_person_and_nobody_elses_name(
    county: Disputed, two: tuple[OfficeWorker, Checker]
) -> None:
    clerk = county.add(Clerk(county, "township", "area", THEIRS))
    clerk.comes_in(county.handed["township"])
    clerk.looks_for(NUMBER[-4:])
    assert clerk.sees("另一单位", "更正")
    assert not clerk.holds_now("提出更正") and not clerk.holds_now("潋江镇")
