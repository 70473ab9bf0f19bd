"""
The pages in a real Chromium, at 360 x 640 as on an old phone: without JavaScript, at 200 %
zoom, over a slow line, and as axe-core sees them.
"""
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Instance
from factories import make_phone
from flask import Flask
from playwright.sync_api import Browser, Page
from test_clients import PEOPLE
from visitors import code_of, listening, opened, rows

from attribution.service import Service

WECHAT_IOS, WECHAT_ANDROID = PEOPLE[0][0], PEOPLE[1][0]
SIZE = {"width": 360, "height": 640}

MOST_BYTES = 50_000  # of one page, everything told
SMALLEST_TARGET = 60
BASE_PX = 24  # 18 pt


class Site:
    def __init__(self, service: Service, app: Flask, base: str):
        self.service, self.app, self.base = service, app, base
        self.code = code_of(service)

    def open(self, page: Page, path: str) -> None:
        page.goto(self.base + path)


@pytest.fixture
def site(instance: Instance) -> Iterator[Site]:
    with opened(instance) as (service, app), listening(app) as base:
        yield Site(service, app, base)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=SIZE, user_agent=WECHAT_ANDROID)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def walk(site: Site, page: Page, number: int = 1) -> Iterator[str]:
    """Lead *page* through the whole road; yield the name of each screen."""
    site.open(page, f"/q/{site.code}")
    yield "landing"
    page.locator("a:visible", has_text="填手机号登记").click()
    yield "form"
    page.locator("#phone").fill(make_phone(number))
    page.locator("[name=consent]").check()
    page.locator("button:visible").first.click()
    page.wait_for_url("**/s/**")
    yield "steps"
    if page.locator("button:visible", has_text="换到浏览器里办").count():
        page.locator("button:visible", has_text="换到浏览器里办").click()
        page.wait_for_url("**/h/**")
        yield "handing over"
        page.locator("a:visible", has_text="回到步骤").click()
    page.locator("a:visible", has_text="看我的登记回执").click()
    page.wait_for_url("**/receipt")
    yield "receipt"
    receipt = page.locator(".receipt").inner_text()
    site.open(page, "/my")
    yield "my door"
    page.locator("#receipt").fill(receipt)
    with page.expect_navigation():
        page.locator("button:visible", has_text="查看").click()
    yield "my"
    page.locator("button:visible", has_text="撤回并删除").click()
    page.wait_for_url("**/my/sure/erase")
    yield "sure"
    page.locator("button:visible", has_text="确定撤回并删除").click()
    page.wait_for_url("**/my/erased")
    yield "erased"
    site.open(page, "/s/00000000000000000000")
    yield "no such page"
    for name, path in (
        ("guide", f"/guide/{site.code}"), ("guide alone", "/guide"), ("rules", "/rules"),
        ("revoked", "/q/X"), ("home", "/"),
    ):
        site.open(page, path)
        yield name


def test_the_whole_road_without_javascript(site: Site, browser: Browser) -> None:
    context = browser.new_context(
        viewport=SIZE, user_agent=WECHAT_IOS, java_script_enabled=False,  # type: ignore[arg-type]
    )
    screens = list(walk(site, context.new_page()))
    context.close()
    assert "erased" in screens
    assert ["N07"] == [row["unit"] for row in rows(site.service, "claim")]
    assert ["withdrawn"] == [row["kind"] for row in rows(site.service, "claim_event")]


def test_every_screen_passes_axe_and_the_rules_for_old_eyes(site: Site, page: Page) -> None:
    """MIIT's rules for old people: 18 pt, targets of 60, nothing to scroll sideways."""
    axe = Axe()
    for screen in walk(site, page):
        found = axe.run(page)
        assert 0 == found.violations_count, f"{screen}: {found.generate_report()}"
        assert [] == small_text(page), screen
        assert [] == small_targets(page), screen
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"], screen
        assert 1 == page.locator("h1:visible").count(), screen


def small_text(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(
        """least => [...document.querySelectorAll('body *')]
            .filter(e => e.offsetParent && !e.closest('.away') && !e.closest('script')
                && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
            .filter(e => parseFloat(getComputedStyle(e).fontSize) < least)
            .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 20))""",
        BASE_PX,
    )
    return found


def small_targets(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(
        """least => [...document.querySelectorAll('a, button, input:not([type=hidden])')]
            .filter(e => e.offsetParent && !e.closest('.away'))
            .map(e => [e.tagName + ' ' + (e.name || e.textContent.trim().slice(0, 20)),
                       e.getBoundingClientRect()])
            .filter(([_, r]) => r.width < least || r.height < least)
            .map(([name, r]) => `${name} ${r.width} x ${r.height}`)""",
        SMALLEST_TARGET,
    )
    return found


def test_the_two_choices_are_equal(site: Site, page: Page) -> None:
    site.open(page, f"/q/{site.code}")
    looks = [
        page.locator("#welcome a.button").nth(n).evaluate(
            """e => [e.offsetWidth, e.offsetHeight, getComputedStyle(e).backgroundColor,
                getComputedStyle(e).fontSize, getComputedStyle(e).color]"""
        )
        for n in (0, 1)
    ]
    assert looks[0] == looks[1]
    bottom = page.locator("#welcome a.button").nth(1).evaluate(
        "e => e.getBoundingClientRect().bottom"
    )
    assert bottom <= SIZE["height"], "both choices are on the first screen"


def test_at_two_hundred_percent_nothing_is_lost(site: Site, browser: Browser) -> None:
    """Zooming to 200 % halves the width there is for the layout."""
    context = browser.new_context(
        viewport={"width": 180, "height": 320}, device_scale_factor=2, user_agent=WECHAT_ANDROID,
    )
    page = context.new_page()
    for screen in walk(site, page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 180, screen
        scale = page.locator("meta[name=viewport]").get_attribute("content") or ""
        assert "maximum-scale" not in scale and "user-scalable" not in scale
    context.close()


def test_every_screen_is_light_and_asks_nobody_else(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport=SIZE, user_agent=WECHAT_ANDROID)  # type: ignore[arg-type]
    page = context.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    sizes = {}
    for screen in walk(site, page):
        urls = page.evaluate(
            "performance.getEntriesByType('resource').map(e => e.name)"
        )
        total = len(page.content().encode())
        for url in {u for u in urls if "/static/" in u or "/symbol/" in u}:
            total += len(context.request.get(url).body())
        sizes[screen] = total
    context.close()
    assert max(sizes.values()) <= MOST_BYTES, sizes
    assert [] == [url for url in seen if not url.startswith(site.base)]


def test_over_a_slow_line_the_page_is_there_in_time(site: Site, page: Page) -> None:
    """3G at 400 kbit/s and 400 ms a round trip: DevTools' "slow 3G"."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 50_000,
         "uploadThroughput": 50_000},
    )
    site.open(page, f"/q/{site.code}")
    assert page.locator("#welcome h1").is_visible()


def test_the_script_groups_reads_back_and_counts_a_look(site: Site, page: Page) -> None:
    site.open(page, f"/q/{site.code}#fill")
    with page.expect_response("**/seen") as seen:
        page.locator("#phone").press_sequentially(make_phone(12345678))
    assert 204 == seen.value.status
    number = make_phone(12345678)
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    assert spaced == page.locator("#phone").input_value()
    assert f"您输入的是 {spaced}" == page.locator("#said").inner_text()
    page.locator("[name=consent]").check()
    page.locator("button:visible").first.dblclick()
    page.wait_for_url("**/s/**")
    assert "登记好了" in page.locator("h1").inner_text()
    assert 1 == len(rows(site.service, "claim"))
    assert 1 == len(rows(site.service, "seen"))


def test_the_script_takes_no_digit_away(site: Site, page: Page) -> None:
    """Full width is grouped as plain digits are; what is no digit stays for the server to tell."""
    site.open(page, f"/q/{site.code}#fill")
    number = make_phone(12345678)
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    for typed, left, told in (
        (wide, spaced, f"您输入的是 {spaced}"),
        (f"{number[0]}{wide[1:]}\u202c", spaced, f"您输入的是 {spaced}"),
        (f"{number[:-1]}¹", f"{number[:-1]}¹", ""),
        (f"{number[:-1]}.{number[-1]}", f"{number[:-1]}.{number[-1]}", ""),
    ):
        page.locator("#phone").fill(typed)
        assert left == page.locator("#phone").input_value()
        assert told == page.locator("#said").inner_text()


def test_a_slip_is_told_where_the_form_is(site: Site, browser: Browser) -> None:
    context = browser.new_context(
        viewport=SIZE, user_agent=WECHAT_ANDROID, java_script_enabled=False,  # type: ignore[arg-type]
    )
    page = context.new_page()
    site.open(page, f"/q/{site.code}#fill")
    page.locator("#phone").fill(make_phone(1)[:10])
    page.locator("[name=consent]").check()
    page.locator("button:visible").first.click()
    assert "您填了10位" in page.locator("[role=alert]").inner_text()
    assert not page.locator("#welcome").is_visible()
    context.close()


@pytest.mark.parametrize(
    ("hint", "system", "words", "picture"),
    [
        ("menu", "ios", "带“浏览器打开”的一项", "menu-ios.svg"),
        ("menu", "android", "带“浏览器打开”的一项", "menu-android.svg"),
        ("inside", "android", "请用手机自带浏览器打开", None),
        ("unionpay", "ios", "您已经在云闪付里了", None),
        ("plain", "harmony", "应用市场", None),
        ("desktop", "desktop", "请用手机扫", None),
    ],
)
def test_each_app_gets_its_hint_and_every_way_out(
    site: Site, browser: Browser, hint: str, system: str, words: str, picture: str | None
) -> None:
    agent = next(a for a, _, s, h in PEOPLE if (h, s) == (hint, system))
    context = browser.new_context(viewport=SIZE, user_agent=agent)  # type: ignore[arg-type]
    page = context.new_page()
    site.open(page, f"/guide/{site.code}")
    assert words in page.locator(".steps").inner_text()
    pictures = page.locator(".tip img")
    assert ([picture] if picture else []) == [
        Path(pictures.nth(n).get_attribute("src") or "").name for n in range(pictures.count())
    ]
    if picture:
        assert pictures.first.evaluate("e => e.naturalWidth") > 0
    ways = {a.get_attribute("href") or "" for a in page.locator("a[href^='/go/']").all()}
    keys = {re.sub(r"^/go/|\?.*$", "", way) for way in ways}
    # Inside the app itself nobody is sent to download it.
    assert (set() if hint == "unionpay" else set(site.service.campaign.links)) == keys
    context.close()


def test_a_computer_shows_the_code_to_scan(site: Site, browser: Browser) -> None:
    import zxingcpp
    from PIL import Image

    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    site.open(page, f"/q/{site.code}")
    shot = page.locator("img.symbol").screenshot()
    context.close()
    import io

    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(shot)))
    assert f"{site.service.settings.public_url}/Q/{site.code}" == found.text
