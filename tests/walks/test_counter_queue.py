"""
The counter: a clerk's tablet, fifteen customers in a row, one network, passwords on.

All of them scanned the township's own poster before, and two registered by it. The third's number
is mistyped and mended, the sixth declines, the ninth gets no message, the twelfth closes the page
and comes again, the fifteenth has no phone that scans. Once the eleventh was turned away, and the
next customer could erase the one before.
"""
import csv
import io
import re
import time
from collections.abc import Iterator

import pytest
from cast import Clerk, County, Manager, Platform, Resident
from deployed import LEDGERS, Machine, ledger
from factories import make_phone
from needs import unix
from playwright.sync_api import Browser

unix("shells and web servers of Unix")

BRANCH = "潋江支行柜台"
CUSTOMERS = 15


class Village(County):
    """A county with a township's poster on the wall and a branch's tablet on the counter."""

    paper: bytes = b""
    clerk_there: Clerk
    admin: Manager

    def exported(self, what: str) -> list[dict[str, str]]:
        """Return the rows that the shell exports of *what*."""
        told = self.machine.shell.runs(f"attribution export {what} --format csv --out -")
        rows = csv.DictReader(io.StringIO(told.lstrip("\ufeff")))
        # Below the table stands what was chosen of it.
        return [row for row in rows if re.fullmatch("#?[0-9]{4}", row["手机尾号"] or "")]


@pytest.fixture(scope="module", params=LEDGERS)
def county(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Village]:
    machine = Machine(tmp_path_factory.mktemp("county"), "nginx")
    with ledger(machine, request.param):
        printed = machine.begins()
        machine.writes("config.toml", before="trusted_proxies = 1\n")
        # What lies between is a day, and here a minute.
        machine.writes("config.toml", after='[one_time]\nsender = "console"\nper_minute = 60\n')
        with machine.serves():
            made = Village(machine, browser, printed=printed)
            made.admin = made.add(Manager(made))
            made.admin.signs_in(printed)
            made.paper = made.admin.downloads_the_poster("A01")
            made.clerk_there = made.clerk(BRANCH, "bank", "N01")
            made.clerk_there.comes_in(made.admin.makes_an_account(BRANCH, "bank", "N01"))
            yield made
            for person in made.people:
                person.leaves()
        assert "Traceback" not in machine.log()
        logs = machine.log() + (machine.folder / "nginx.txt").read_text("utf-8")
        assert not any(make_phone(number) in logs for number in numbers())
        assert "sound" in machine.shell.runs("attribution check")


def numbers() -> list[int]:
    """Return whose numbers they are; no two lie side by side."""
    return [3000 + 50 * n for n in range(1, CUSTOMERS + 1)]


def takes_it_along(county: Village, customer: Resident) -> None:
    customer.opens(county.clerk_there.shows())
    assert customer.sees("把登记存到这部手机")
    customer.takes_the_receipt()
    assert customer.sees("登记好了", "下载并注册")


def test_fifteen_customers_in_a_row(county: Village) -> None:
    clerk = county.clerk_there
    customers = {}
    for place, number in enumerate(numbers(), 1):
        customer = county.resident().scans(county.paper)
        assert customer.sees("填手机号登记")
        if place <= 2:  # by the township's poster, before they came
            customer.fills_in(make_phone(number))
            customer.types_the_password()
            assert customer.sees("登记好了")
        customers[place] = customer

    clerk.opens_the_counter()
    took = 0
    for place, number in enumerate(numbers(), 1):
        phone, customer = make_phone(number), customers[place]
        assert clerk.sees(f"今天已登记 {took} 位")
        if place == 3:
            clerk.types_in(phone[:-1])
            assert clerk.sees("手机号是11位")
            clerk.photographs("counter-wrong")
        if place == 6:
            clerk.hears_no()
            assert clerk.sees("没有登记")
            continue
        clerk.types_in(phone)
        assert clerk.sees("请客人念短信里的6位数字")
        if place == 9:
            clerk.hears_of_no_message()
        else:
            clerk.types_the_digits_of(phone)
        took += 1
        assert clerk.sees("登记好了，请客人扫码", f"今天第 {took} 位")
        assert not clerk.holds_now(phone)
        clerk.photographs(f"counter-{place}")
        if place == 15:
            slip = clerk.prints_a_slip()
            assert "请保管这张纸" in slip and "应用商店搜“云闪付”" in slip
        elif place == 12:
            customer.opens(clerk.shows())
            assert customer.sees("存到这部手机")
            customer.leaves()
            again = county.resident()
            takes_it_along(county, again)
        else:
            takes_it_along(county, customer)
            assert clerk.sees("客人手机上已经存好")
        screen = clerk.page.url
        clerk.calls_the_next()
        clerk.goes_back()
        assert clerk.sees("已经交接") and clerk.page.url == screen
        assert clerk.page.locator(".qr").count() == 0
        clerk.opens_the_counter()
    # Of nobody served is anything left on the tablet, nor may it take back what they have.
    for page in ("/receipt", "/my"):
        clerk.opens(page)
        assert not clerk.holds_now("撤回在")
    assert 0 == clerk.page.locator(".receipt").count()

    claims = county.exported("claims")
    at_the_counter = [row for row in claims if row["打开方式"] == "柜台协助"]
    assert CUSTOMERS - 1 == took == len(at_the_counter)
    assert {"N01"} == {row["单位编号"] for row in at_the_counter}
    assert {"正常"} == {row["状态"] for row in claims}
    assert ["POST /counter/N01/claim: 400"] == clerk.refused  # the third, mended at once


def test_they_are_the_branchs(county: Village) -> None:
    time.sleep(1.1)  # the file knows whole seconds, and who registers has been at the counter
    now = Platform.now()
    rows = [(make_phone(number), now, now, now) for number in numbers()]
    file = Platform(county).writes("day-3", rows)
    county.admin.uploads(file)
    assert county.admin.sees("导入后会怎样")
    county.admin.shell.runs(f"attribution feed import {file}")
    credits = county.exported("credits")
    assert [("N01", CUSTOMERS - 1)] == [
        (unit, sum(row["归属单位"] == unit for row in credits))
        for unit in sorted({row["归属单位"] for row in credits})
    ]
