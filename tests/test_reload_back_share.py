"""
Reload, back, share and another browser, at every address of the resident's, in a real Chromium.

An in-app browser is killed and restored by the address, people go back, send a page to a group and
open it in the phone's own browser: whatever stands at an address must stand there again, send
nothing a second time, and give to nobody else what is one person's.
"""
import re
from collections.abc import Iterator

import pytest
from conftest import Instance
from factories import make_phone
from playwright.sync_api import Browser, Page, Request
from test_browser import SIZE, WECHAT_ANDROID, WECHAT_IOS, Site
from test_one_time import CONSOLE, password_in
from visitors import listening, opened, rows

CODE = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")


@pytest.fixture
def site(instance: Instance) -> Iterator[Site]:
    with opened(instance, f"{CONSOLE}per_minute = 60\n") as (service, app), \
            listening(app) as base:
        yield Site(service, app, base)


def road(site: Site, page: Page, capfd: pytest.CaptureFixture[str]) -> Iterator[str]:
    """Lead *page* to every address once; yield what stands there."""
    def sends(button: str) -> None:
        with page.expect_navigation():
            page.locator("button:visible", has_text=button).first.click()

    for path in ("/", "/guide", "/rules", f"/guide/{site.code}", "/my", "/receipt", "/Q/X",
                 "/s/00000000000000000000", "/h/00000000000000000000", "/form/x", "/my/erased"):
        site.open(page, path)
        yield path
    site.open(page, f"/Q/{site.code}")
    yield "landing"
    page.locator("a:visible", has_text="填手机号登记").click()
    page.locator("#phone").fill(make_phone(1)[:-1])
    page.locator("[name=consent]").check()
    sends("填好了，登记")
    yield "a slip"
    page.locator("#phone").fill(make_phone(1))
    sends("填好了，登记")
    yield "password"
    page.locator("#password").fill("1")
    sends("填好了")
    yield "a wrong password"
    asked = page.url
    page.locator("#password").fill(password_in(capfd.readouterr().err))
    sends("填好了")
    yield "steps"
    steps = page.url
    page.goto(asked)
    assert "/s/" in page.url  # a password that was typed in leads on
    site.open(page, f"/Q/{site.code}")
    yield "the same code again"
    sends("换一个人登记")
    yield "another person's form"
    page.goto(steps)
    yield "steps of somebody forgotten here"


def persons(site: Site, page: Page) -> Iterator[str]:
    """Lead *page*, which holds a receipt, to the addresses that are its person's alone."""
    with page.expect_navigation():
        page.locator("button:visible", has_text="换到浏览器里办").click()
    yield "handing over"
    site.open(page, "/receipt")
    yield "receipt"
    site.open(page, "/my")
    yield "door"
    with page.expect_navigation():
        page.locator("button:visible", has_text="看在").click()
    yield "mine"
    with page.expect_navigation():
        page.locator("button:visible", has_text="撤回在").click()
    yield "sure"


def text_of(page: Page) -> str:
    """Return what stands on the page, without what is written anew each time."""
    words = page.locator("main").inner_text()
    return re.sub(r"[0-9]+(秒|分钟)以后|可以重发", "…", words)


def holds_everywhere(site: Site, browser: Browser, page: Page, where: str) -> None:
    """Reload, go away and back, share, and open in another browser what stands on *page*."""
    posted: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and not request.url.endswith("/seen"):
            posted.append(request.url)

    address, words = page.url, text_of(page)
    page.on("request", note)
    page.reload()
    assert (address, words) == (page.url, text_of(page)), where
    site.open(page, "/healthz")
    page.go_back()
    assert (address, words) == (page.url, text_of(page)), where
    page.remove_listener("request", note)
    assert [] == posted, where
    # What a chat hangs on it; and the phone's own browser knows as little as a friend's.
    friend = browser.new_context(viewport=SIZE, user_agent=WECHAT_IOS).new_page()  # type: ignore[arg-type]
    plain, _, anchor = address.partition("#")
    mark = "&" if "?" in plain else "?"
    answer = friend.goto(f"{plain}{mark}from=singlemessage&isappinstalled=0#{anchor}")
    assert answer is not None and answer.status < 500, where
    assert 1 == friend.locator("h1:visible").count(), where
    seen = friend.locator("body").inner_text()
    assert not CODE.search(seen) and "撤回在" not in seen, where
    assert "/password/" in address or make_phone(1)[-4:] not in seen, where
    friend.context.close()


def test_every_address_holds(
    site: Site, browser: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    context = browser.new_context(viewport=SIZE, user_agent=WECHAT_ANDROID)  # type: ignore[arg-type]
    page = context.new_page()
    seen = 0
    for where in road(site, page, capfd):
        holds_everywhere(site, browser, page, where)
        seen += 1
        if where == "steps":
            steps = page.url
            for own in persons(site, page):
                holds_everywhere(site, browser, page, own)
                seen += 1
                if own == "handing over":
                    page.goto(steps)
            page.goto(steps)
    assert seen > 20
    assert 1 == len(rows(site.service, "claim"))  # nothing was sent twice
    context.close()
