"""
WeChat to browser: somebody scans, registers, follows our advice, and comes back next day.

WeChat opens no store, so our own page sends people into the phone's browser, which knows
nothing of what they did in WeChat. Once that led whoever had registered to an error page. Here
they go the whole way: reload, back, the browser, the store, sharing, the next day.
"""
import os
import re
from collections.abc import Iterator

import pytest
from cast import CHROME_ON_ANDROID, PHONES, County, Resident
from deployed import Machine
from factories import make_phone
from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shells and web servers of Unix")

STEPS = ("下载并注册", "绑卡", "付一笔")


class Village(County):
    """A county in which one unit's poster hangs at the market."""

    paper: bytes = b""
    other_paper: bytes = b""

    def claims(self) -> list[str]:
        """Return the lines of the claims that the ledger tells at the shell."""
        told = self.machine.shell.runs("attribution export claims --format csv --out -")
        return told.strip().splitlines()[1:]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Village]:
    machine = Machine(tmp_path_factory.mktemp("county"), "nginx")
    machine.shell.runs(f"attribution init --demo --public-url {machine.url}")
    machine.writes("config.toml", before="trusted_proxies = 1\n")
    with machine.serves():
        made = Village(machine, browser)
        made.paper, made.other_paper = made.poster("N07"), made.poster("N08")
        yield made
        for person in made.people:
            person.leaves()
    assert "Traceback" not in machine.log()
    # No log of the service or of the web server has the way to anybody's page.
    logs = machine.log() + (machine.folder / "nginx.txt").read_text("utf-8")
    assert not re.search(r"/(?:s|h|form|password)/[0-9A-Za-z]", logs)
    assert "sound" in machine.shell.runs("attribution check")


def stands_at_the_steps(person: Resident) -> None:
    assert person.sees("登记好了", *STEPS) and not person.asked_for_the_number()


@pytest.mark.parametrize("phone", PHONES)
def test_always_the_steps_and_the_receipt_where_our_advice_leads(
    county: Village, phone: str
) -> None:
    app, browser, screen = PHONES[phone]
    before = len(county.claims())
    anna = county.resident(app, screen=screen).scans(county.paper)
    anna.photographs(f"{phone}-1-landing")
    anna.fills_in(make_phone(100 * list(PHONES).index(phone) + 1))
    stands_at_the_steps(anna)
    anna.photographs(f"{phone}-2-steps")
    address = anna.page.url
    assert re.fullmatch(re.escape(county.machine.url) + r"/s/[0-9A-Z]{20}", address)
    anna.reloads()
    stands_at_the_steps(anna)
    anna.goes_back()  # to the unit's page, which knows that she has registered
    assert anna.sees("登记过了") and not anna.asked_for_the_number()
    anna.photographs(f"{phone}-3-back")
    anna.follows("看我的登记")
    stands_at_the_steps(anna)

    chrome = county.resident(browser, screen=screen)
    anna.follows_our_advice_into(chrome)
    anna.photographs(f"{phone}-4-handing")
    assert chrome.sees("存到这部手机")
    chrome.photographs(f"{phone}-5-taking")
    handed = chrome.page.url
    chrome.takes_the_receipt()
    stands_at_the_steps(chrome)
    chrome.photographs(f"{phone}-6-in the browser")
    chrome.goes_to_the_store()
    chrome.goes_back()
    stands_at_the_steps(chrome)
    chrome.reloads()
    stands_at_the_steps(chrome)
    assert chrome.holds_the_receipt()

    friend = county.resident(app, screen=screen)
    friend.opens(f"{address}?from=singlemessage&isappinstalled=0")
    assert friend.sees("您还没登记？", *STEPS) and not friend.holds_now("登记好了")
    friend.photographs(f"{phone}-7-friend")
    friend.opens(handed)
    assert friend.sees("交接码用过了，步骤还在")
    assert not friend.holds_the_receipt()
    friend.opens(address)
    friend.follows("点这里")
    assert friend.sees("填手机号登记")

    for person in (anna, chrome):
        person.opens(address)
        person.comes_back_a_day_later()
        stands_at_the_steps(person)
        assert person.holds_the_receipt()
    assert [] == anna.refused + chrome.refused + friend.refused
    assert 1 == anna.sent.count("/claim") and 0 == chrome.sent.count("/claim")
    assert before + 1 == len(county.claims())


def test_without_a_script_it_is_the_same_way(county: Village) -> None:
    bert = county.resident(java_script_enabled=False)
    bert.opens(bert.reads(county.paper))
    bert.follows("填手机号登记")
    bert.gives(make_phone(5001)[:-1])
    assert bert.sees("您填了10位")
    bert.photographs("no-script-slip")
    bert.reloads()
    assert bert.sees("您填了10位") and bert.typed() == make_phone(5001)[:-1]
    bert.gives(make_phone(5001))
    stands_at_the_steps(bert)
    bert.reloads()
    stands_at_the_steps(bert)
    chrome = county.resident(CHROME_ON_ANDROID, java_script_enabled=False)
    bert.follows_our_advice_into(chrome)
    chrome.takes_the_receipt()
    stands_at_the_steps(chrome)
    assert chrome.holds_the_receipt() and [] == bert.refused + chrome.refused


def test_without_cookies_there_are_the_steps_and_what_to_mend(county: Village) -> None:
    """No receipt then, but the way; and a slip is told all the same."""
    cara = county.resident()
    cara.keeps_no_cookies()
    cara.scans(county.paper)
    cara.fills_in(make_phone(6001)[:-1])
    assert cara.sees("您填了10位")
    cara.gives(make_phone(6001))
    assert cara.sees("登记好了", *STEPS)
    cara.photographs("no-cookies-steps")
    cara.reloads()
    assert cara.sees(*STEPS) and not cara.asked_for_the_number()
    assert not cara.holds_the_receipt() and [] == cara.refused


def test_another_units_poster_and_another_person_on_one_phone(county: Village) -> None:
    dora = county.resident().scans(county.paper)
    dora.fills_in(make_phone(7001))
    stands_at_the_steps(dora)
    dora.scans(county.paper)
    assert dora.sees("登记过了") and not dora.asked_for_the_number()
    dora.scans(county.other_paper)
    assert dora.sees("改登记到本单位")
    dora.photographs("another-unit")
    dora.fills_in(make_phone(7001), by="改登记到本单位")
    assert dora.sees("您之前在")
    dora.lets_another_person_begin()
    dora.fills_in(make_phone(7500))
    stands_at_the_steps(dora)
    assert not dora.holds_now("您之前在")
    dora.opens("/receipt")
    assert 1 == dora.page.locator(".receipt").count()  # the last person is forgotten
    dora.photographs("receipt")
    assert [] == dora.refused
