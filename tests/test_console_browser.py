"""The console in a real Chromium: no finding of axe, at a desk's width and a telephone's."""
import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from console import PASSWORD, add_everyone
from factories import make_phone
from feeding import import_feed
from playwright.sync_api import Browser, Page, expect
from visitors import listening

from attribution.deeds import Actor
from attribution.office import unit_deeds
from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.service import Service
from attribution.store import log, patrol_log
from attribution.web.application import create_app

# One page of each template, by the role that has the most on it.
PAGES = {
    "office": [
        "/admin/", "/admin/table", "/admin/table?view=bank", "/admin/table?view=matrix",
        "/admin/table/picture?view=area", "/admin/rows?what=claims",
        "/admin/rows?what=credits", "/admin/rows?what=scans", "/admin/units",
        "/admin/units/A01", "/admin/units-import", "/admin/paper",
        "/admin/units-change/merge?unit=A05", "/admin/units-change/target",
        "/admin/units-change/add", "/admin/units-change/replace", "/admin/units-change/close",
        "/admin/campaign", "/admin/campaign/dates", "/admin/campaign/rule",
        "/admin/campaign/names", "/admin/campaign/links", "/admin/campaign/texts",
        "/admin/campaign/design", "/admin/accounts-by-unit",
        "/admin/posters", "/admin/feeds", "/admin/batches/day", "/admin/differences?state=all",
        "/admin/inspect", "/admin/inspect?walls=A01", "/admin/inspect/1",
        "/admin/held", "/admin/lapsing", "/admin/end", "/admin/takeovers", "/admin/callbacks",
        "/admin/appeals", "/admin/corrections",
        "/admin/erasures?about=1",
        "/admin/downloads", "/admin/downloads?name=claims", "/admin/downloads/log?whose=all",
        "/admin/rows?what=claims&unit=zg", "/admin/users", "/admin/users/area",
        "/admin/me", "/admin/me/totp", "/admin/guide", "/admin/deeds", "/admin/me/notices",
        "/admin/notices",
        "/admin/proof", "/admin/proof/keys", "/admin/snapshots", "/admin/snapshots/1",
        "/admin/exchange",
        "/admin/bulletin",
        "/admin/snapshots/1/pack",
    ],
    "checker": ["/admin/audit", "/admin/deeds", "/admin/guide"],
    "area": [
        "/admin/", "/admin/inspect", "/admin/inspect/1", "/admin/units/A01", "/admin/units/A02",
        "/admin/appeals", "/admin/guide",
    ],
    "viewer": ["/admin/", "/admin/rows"],
}


@pytest.fixture
def site(service: Service, tmp_path: Path) -> Iterator[str]:
    """The service with a little of everything in it, on a port of its own."""
    add_everyone(service)
    now, campaign = instants.now(), service.campaign.id
    unit_deeds.do(  # a name as long as those that follow a merger
        service.ledger, Actor("test"), "rename",
        {"unit": "A02", "name": "长冈乡（含枫边乡、樟木乡）"}, now,
    )
    for number in range(1, 4):
        person = identify(make_phone(number), service.settings.person_pepper)
        at = now - 2 * HOUR
        scan = log.Scan(number, campaign, at, "A01", 1, None, "n", "wechat")
        claim = log.ClaimRow(
            number, campaign, person.digest, at, "A01", 1, None, number, False, person.last4,
            "c", "n", "wechat", token=f"t{number}",
        )
        with service.store.transaction() as connection:
            log.add_scans(connection, [scan])
            log.add_claim(connection, claim)
            if number == 3:
                log.add_claim_event(
                    connection, campaign, person.digest, number, id=99, at=now, kind="held",
                    reason="测试", by_whom="rule",
                )
    service.store.write(lambda c: patrol_log.add(c, campaign, [
        {"id": number, "at": now, "visit": 1, "unit": "A01", "picture": number, "state": state,
         "code_unit": None, "issue": None, "placement": None, "leads": "", "by_whom": "area"}
        for number, state in enumerate(patrol_log.STATES, 1)
    ]))
    snapshots.take(service.ledger, now, Actor("office"), *snapshots.day_span(now))
    path = tmp_path / "day.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        times = [local_text(now - HOUR + n * MINUTE) for n in (0, 5, 9)]
        csv.writer(file).writerows(
            [["手机号", "注册时间", "绑卡时间", "首笔交易时间"], [make_phone(1), *times]]
        )
    import_feed(
        service.ledger, path, pepper=service.settings.person_pepper,
        digest="sha256", now=now, by_whom="test",
    )
    with listening(create_app(service.settings, service)) as url:
        yield url


def sign_in(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/admin/login")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{site}/admin/")


@pytest.mark.parametrize("role", list(PAGES))
def test_axe_finds_nothing_and_nothing_sticks_out(browser: Browser, site: str, role: str) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, bypass_csp=True)
    page, found = context.new_page(), []
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, site, role)
    for path in PAGES[role]:
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(site + path)
        for violation in Axe().run(page).response["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"][:3]]
            found.append((path, violation["id"], nodes))
        for width in (1366, 390):
            page.set_viewport_size({"width": width, "height": 768})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append((path, "wider than the screen", [str(width), str(wide)]))
    context.close()
    assert [] == found
    assert [] == errors


def test_the_login_page_is_clean_and_nothing_comes_from_elsewhere(
    browser: Browser, site: str
) -> None:
    """With the content security policy in force, for residents' and staff's pages alike."""
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: refused.append(message.text))
    sign_in(page, site, "office")
    page.goto(f"{site}/admin/me/totp")
    context.close()
    assert [] == [url for url in asked if not url.startswith(site)]
    assert [] == refused


def test_the_whole_console_works_by_keyboard(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/admin/login")
    page.keyboard.press("Tab")  # the skip link
    page.keyboard.press("Tab")
    page.keyboard.type("office")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/admin/")
    page.keyboard.press("Tab")
    assert "跳到正文" == page.evaluate("document.activeElement.textContent")
    context.close()


def test_a_held_claim_is_released_in_the_browser(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site, "office")
    page.get_by_role("link", name="1 条登记待核查").click()
    expect(page.locator("article").get_by_text("登记到").first).to_be_visible()
    expect(page.get_by_text("放行以后")).to_be_visible()
    page.get_by_label("说明").fill("已电话核实")
    page.get_by_role("button", name="提出放行").click()
    expect(page.locator("article").get_by_text("已提出放行", exact=True)).to_be_visible()
    context.close()
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site, "checker")
    page.goto(f"{site}/admin/corrections")
    page.get_by_role("button", name="批准").click()
    expect(page.get_by_text("已批准并生效")).to_be_visible()
    page.goto(f"{site}/admin/held")
    expect(page.get_by_text("没有待核查的登记")).to_be_visible()
    context.close()


def test_what_is_too_long_is_told_at_the_field_and_nothing_is_cut(
    browser: Browser, site: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site, "office")
    page.goto(f"{site}/admin/units/N07")
    field = page.locator("input[name=reach]")
    page.locator("input[name=name]").fill("王小明")
    field.fill("长" * 61)
    assert "写了 61 个字，最多 60 个字" in field.evaluate("field => field.validationMessage")
    page.get_by_role("button", name="添加联系人").click()
    assert "长" * 61 == field.input_value()
    expect(page.get_by_text("联系人已保存")).to_have_count(0)
    field.fill("长" * 60)
    page.get_by_role("button", name="添加联系人").click()
    expect(page.get_by_text("联系人已保存")).to_be_visible()
    context.close()


def test_a_telephone_unfolds_the_menu(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    sign_in(page, site, "viewer")
    link = page.get_by_role("link", name="上手指南")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="菜单").click()
    link.click()
    expect(page.get_by_role("heading", name="第一天怎么用")).to_be_visible()
    context.close()
    # Without script the menu simply stands there.
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, java_script_enabled=False
    )
    page = context.new_page()
    sign_in(page, site, "viewer")
    expect(page.get_by_role("link", name="上手指南")).to_be_visible()
    context.close()


def test_the_picture_is_copied_or_kept(browser: Browser, site: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    sign_in(page, site, "viewer")
    page.goto(f"{site}/admin/table/picture?view=area")
    assert page.evaluate("document.querySelector('.preview').naturalWidth") == 1080
    assert 4 == page.locator(".preview").count()  # forty areas
    page.get_by_role("button", name="复制图片").last.click()
    page.get_by_text("已复制").wait_for()
    kinds = page.evaluate(
        "navigator.clipboard.read().then(function (found) { return found[0].types; })"
    )
    assert ["image/png"] == kinds
    context.close()
    # As in an old browser, or over plain http: it is downloaded instead.
    context = browser.new_context()
    context.add_init_script("delete window.ClipboardItem;")
    page = context.new_page()
    sign_in(page, site, "viewer")
    page.goto(f"{site}/admin/table/picture?view=area")
    with page.expect_download() as kept:
        page.get_by_role("button", name="复制图片").last.click()
    assert kept.value.suggested_filename.endswith("-第4张.png")
    expect(page.get_by_text("已改为下载")).to_be_visible()
    context.close()


def test_a_table_prints_without_the_menu_and_with_its_head_on_each_page(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    import pypdfium2  # type: ignore[import-untyped]

    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site, "viewer")
    page.goto(f"{site}/admin/table?view=line&size=100")
    page.pdf(path=tmp_path / "table.pdf", prefer_css_page_size=True, print_background=False)
    context.close()
    document = pypdfium2.PdfDocument(tmp_path / "table.pdf")
    texts = [document[n].get_textpage().get_text_range() for n in range(len(document))]
    wide, high = document[0].get_size()
    document.close()
    assert wide > high and 2 <= len(texts) <= 5
    assert "对接明细" in texts[0] and "退出" not in texts[0] and "查看" not in "".join(texts)
    assert all("指导任务数" in text for text in texts[:-1])


def test_posters_are_ordered_and_fetched_in_the_browser(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site, "area")
    page.goto(f"{site}/admin/posters")
    page.locator("input[name=format][value=sticker]").check()
    page.locator("input[name=print]").check()
    page.get_by_text("只要其中几个单位").click()
    page.get_by_label("A01 潋江镇").check()
    page.get_by_role("button", name="生成并打包").click()
    done = page.get_by_role("link", name="下载 ZIP（2 个文件）")
    done.wait_for(timeout=60_000)  # the page sees to that itself
    with page.expect_download() as kept:
        done.click()
    names = zipfile.ZipFile(kept.value.path()).namelist()
    assert ["印刷工单.pdf", "潋江镇-A01-1.pdf", "潋江镇-A01-1-sticker.pdf"] == names
    context.close()
