"""
The people of a county, each with a browser, a shell or paper of their own.

They do what such a person can: open, read, type, press, print, look at a print. Clicks are
hidden here, outcomes never: what came of it stands on that person's screen and is told by
`sees`. Nobody calls a function of the product.
"""
import base64
import csv
import hashlib
import hmac
import io
import json
import os
import re
import struct
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from chromium import find_browser
from deployed import PATIENCE_S, Machine, Shell
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, Response
from playwright.sync_api import TimeoutError as TooLate

WAIT_MS = PATIENCE_S * 1000
# A person reads on when the page stands there and its script has run, not when the last
# picture is there.
READABLE: Literal["domcontentloaded"] = "domcontentloaded"
CHINA = timezone(timedelta(hours=8))

WECHAT_ON_ANDROID = (
    "Mozilla/5.0 (Linux; Android 8.1.0; PBAM00 Build/OPM1.171019.026; wv) AppleWebKit/537.36"
    " (KHTML, like Gecko) Version/4.0 Chrome/66.0.3359.126 Mobile Safari/537.36"
    " MicroMessenger/7.0.17.1720(0x27001134) NetType/3gnet Language/zh_CN"
)
PHONE = {"width": 360, "height": 640}
SMALL_PHONE = {"width": 320, "height": 568}
CHROME_ON_ANDROID = (
    "Mozilla/5.0 (Linux; Android 12; HMA-AL00) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/114.0.5735.196 Mobile Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
# What people scan with: the app, the browser their advice leads to, and the screen.
PHONES: Mapping[str, tuple[str, str, Mapping[str, int]]] = {
    "WeChat on Android": (WECHAT_ON_ANDROID, CHROME_ON_ANDROID, PHONE),
    "WeChat on an iPhone": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
        " Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x1800322d) NetType/WIFI Language/zh_CN",
        SAFARI, SMALL_PHONE,
    ),
    "WeChat on HarmonyOS": (
        "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile MicroMessenger/8.0.6.1",
        "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile", PHONE,
    ),
    "Alipay": (
        "Mozilla/5.0 (Linux; U; Android 12; zh-CN; PEGM00 Build/SKQ1) AppleWebKit/537.36 (KHTML,"
        " like Gecko) Version/4.0 Chrome/100.0.4896.58 UWS/3.22 Mobile Safari/537.36"
        " UCBS/3.22 NebulaSDK/1.8 AlipayDefined(nt:WIFI) AliApp(AP/10.3.20) AlipayClient/10.3.20",
        CHROME_ON_ANDROID, PHONE,
    ),
    "an old Android": (
        "Mozilla/5.0 (Linux; Android 5.1; OPPO R9tm Build/LMY47I; wv) AppleWebKit/537.36 (KHTML,"
        " like Gecko) Version/4.0 Chrome/43.0.2357.121 Mobile Safari/537.36"
        " MicroMessenger/6.5.7.1041 NetType/3gnet Language/zh_CN", CHROME_ON_ANDROID, SMALL_PHONE,
    ),
}
DESK = {"width": 1280, "height": 900}


class Person:
    """Somebody with a browser. *sent* are the forms they sent, *refused* what was not taken."""

    role = ""
    device: Mapping[str, Any] = {"viewport": DESK}

    def __init__(self, county: "County", name: str = ""):
        self.county, self.name = county, name
        self.machine = county.machine
        self.sent: list[str] = []
        self.refused: list[str] = []
        # Our certificate is nobody's business but ours; `Machine.answer` checks it.
        self._begins()

    def _begins(self, **kept: Any) -> None:
        """Take up a browser of one's own, with what it *kept*."""
        self._context = self.county.browser.new_context(
            ignore_https_errors=True, **self.device, **kept
        )
        self._takes_up()

    def _takes_up(self) -> None:
        self._context.set_default_timeout(WAIT_MS)
        self._context.on("response", self._note)
        self.page = self._context.new_page()
        self.page.on("dialog", lambda dialog: dialog.accept())

    def opens(self, address: str) -> "Person":
        self.page.goto(
            address if "://" in address else self.machine.url + address, wait_until=READABLE
        )
        return self

    def sees(self, *words: str) -> bool:
        """Whether all of *words* come to stand on the page; waits for them."""
        try:
            for word in words:
                self.page.locator("main", has_text=word).first.wait_for()
        except TooLate:
            print(self.name, self.page.url, self.page.locator("body").inner_text())
            return False
        return True

    def holds_now(self, word: str) -> bool:
        """Whether *word* stands on the page as it is."""
        return word in self.page.locator("body").inner_text()

    def follows(self, words: str) -> None:
        """Tap the link with these *words*."""
        self.page.locator("main a:visible", has_text=words).first.click()
        self.page.wait_for_load_state(READABLE)

    def goes_back(self) -> None:
        self.page.go_back(wait_until=READABLE)

    def reloads(self) -> None:
        self.page.reload(wait_until=READABLE)

    def cookies(self) -> dict[str, Any]:
        return {cookie["name"]: cookie for cookie in self._context.cookies()}

    def photographs(self, name: str) -> None:
        """Keep a picture of the page where ZHUANMA_TEST_PICTURES says, for people to look at."""
        folder = os.environ.get("ZHUANMA_TEST_PICTURES")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def leaves(self) -> None:
        self._context.close()

    def _send(self, button: Locator) -> None:
        """Press *button* and wait for the page that comes of it."""
        self.photographs(f"{self.county.front}-{len(self.county.people)}-{self.name}"
                         f"-{len(self.sent):02}")
        with self.page.expect_navigation(wait_until=READABLE):
            button.click()

    def _note(self, response: Response) -> None:
        method, path = response.request.method, urlsplit(response.url).path
        if method == "POST":
            self.sent.append(path)
        if response.status >= 400:
            self.refused.append(f"{method} {path}: {response.status}")

    def _button(self, name: str, within: Locator | Page | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=name).first

    def _fills(self, within: Locator | Page | None = None, **fields: str) -> None:
        for name, text in fields.items():
            field = (within or self.page).locator(f"[name={name}]:not([type=hidden])").first
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(text)
            else:
                field.fill(text)


class Staff(Person):
    """Somebody of a unit or the office, with an account; *role* is the account's."""

    password = ""

    def _send(self, button: Locator) -> None:
        """Press *button*; whoever is asked again who they are, after ten minutes, tells it."""
        super()._send(button)
        asked = self.page.locator("[name=proved_password]")
        if asked.count():
            asked.fill(self.password)
            super()._send(self._button("确认，接着办"))

    def enters_scenes(self, table: Path) -> None:
        """One by the form, in the first area that is theirs, then a table of them."""
        self.opens("/admin/scenes/0")
        areas = self.page.locator("[name=area] option")
        area = areas.nth(1).get_attribute("value") or ""
        self._fills(sector="药店", name=f"康民药房（{self.name}）", area=area)
        self._send(self._button("存"))
        rows = f"领域,名称,乡镇（社区）\n药店,益民（{self.name}）,{area}\n"
        table.write_text(rows, encoding="utf-8")
        form = self.page.locator("form:has([name=file])")
        form.locator("[name=file]").set_input_files(table)
        self._send(self._button("导入", form))

    def downloads(self, words: str) -> bytes:
        """Take what the link with these *words* gives."""
        with self.page.expect_download() as kept:
            self.page.locator("main a:visible", has_text=words).first.click()
        return Path(kept.value.path()).read_bytes()

    def takes_the_weeks_snapshot(self) -> None:
        """By the one button that the page begins with."""
        self._send(self._button("取上周"))

    def reads_the_snapshot(self) -> dict[str, dict[str, dict[str, str]]]:
        """Return each table of the snapshot that is open: by line, what stands under a heading."""
        found = {}
        for table in self.page.locator(".sheet").all():
            heads = [squeezed(text) for text in table.locator("thead th").all_inner_texts()]
            rows = table.locator("tbody tr").all()
            lines = [[squeezed(text) for text in row.locator("th, td").all_inner_texts()]
                     for row in rows]
            found[table.get_attribute("aria-label") or ""] = {
                line[0]: dict(zip(heads, line, strict=True)) for line in lines
            }
        return found

    def takes_todays_snapshot(self) -> None:
        """Of a day that is typed."""
        day = f"{datetime.now(CHINA):%Y-%m-%d}"
        self.opens("/admin/snapshots")
        self.page.locator("summary", has_text="取别的日子").click()
        form = self.page.locator("form:has([name=from])")
        self._fills(form, **{"from": day, "to": day})
        self._send(self._button("取快照", form))

    def has_packs_made_for_the_units(self) -> None:
        self.opens("/admin/exchange")
        self._send(self._button("现在做一批"))

    def writes_a_report(self, steps: str) -> None:
        """Of the newest snapshot, and look at it before it is sent."""
        self.opens("/admin/bulletin")
        form = self.page.locator("form[data-draft]")
        self._fills(form, steps=steps)
        self._send(self._button("预览", form))

    def takes_the_report(self, kind: str = "DOCX") -> bytes:
        """As a file of a *kind*, from the page on which it was looked at."""
        with self.page.expect_download() as kept:
            self._button(f"下载 {kind}").click()
        return Path(kept.value.path()).read_bytes()

    def waits_for_the_packs(self) -> None:
        """Until none is being made any more."""
        self.page.locator("main button:enabled", has_text="现在做一批").wait_for(timeout=300_000)

    def signs_in(self, password: str) -> None:
        self.password = password
        self.opens("/admin/login")
        self._fills(name=self.name, password=password)
        self._send(self._button("登录"))

    def chooses(self, password: str, instead_of: str) -> None:
        """Choose a password of one's own, on the page that asks for it."""
        self._fills(current=instead_of, new=password, again=password)
        self._send(self.page.locator("form:has([name=again]) button"))

    def comes_in(self, given: str) -> None:
        """Sign in for the first time, choose a password, and sign in with it."""
        own = f"院子里的第{len(self.county.people)}棵桂花树今年又开花了"
        self.signs_in(given)
        assert self.sees("请先设自己的密码")
        self.chooses(own, given)
        assert self.sees("请用新密码登录")
        self.signs_in(own)

    def looks_for(self, text: str) -> None:
        """Type *text* into the box that stands on every page, and press Enter."""
        box = self.page.get_by_role("searchbox")
        box.fill(text)
        with self.page.expect_navigation(wait_until=READABLE):
            box.press("Enter")

    def clicks(self) -> int:
        """How often this browser was clicked or had Enter pressed since `counts_clicks`."""
        return int(self.page.evaluate("Number(sessionStorage.clicks || 0)"))

    def counts_clicks(self) -> None:
        """Count from here on what the hand does, by the browser's own trusted events."""
        count = (
            "for (const kind of ['click', 'keydown']) addEventListener(kind, event => {"
            " if (event.isTrusted && (kind === 'click' ? event.detail : event.key === 'Enter'))"
            " sessionStorage.clicks = 1 + Number(sessionStorage.clicks || 0) }, true)"
        )
        self.page.add_init_script(count)
        self.reloads()

    def follows_the_menu(self, words: str) -> None:
        """Open the menu, which a phone hides, and tap the page called *words*."""
        if (menu := self._button("菜单")).is_visible():
            menu.click()
        self.page.locator("nav a:visible", has_text=words).first.click()
        self.page.wait_for_load_state(READABLE)

    def signs_out(self) -> None:
        self._send(self._button("退出", self.page.locator(".who")))

    def signs_out_everywhere(self) -> None:
        self.opens("/admin/me")
        self._send(self._button("退出所有设备"))

    def has_read_what_others_did(self) -> None:
        """Open a page that begins with it, and say so."""
        self.opens("/admin/guide")
        assert self.sees("别人做了")
        self._send(self._button("知道了"))
        assert not self.holds_now("别人做了")

    def turns_the_second_step_on_and_off(self) -> None:
        self.opens("/admin/me/totp")
        secret = self.page.locator("main code").inner_text()
        for later in (0, 1):  # what turned it on is spent, and the next digits are taken too
            self.opens("/admin/me/totp")
            self._fills(step=digits_of(secret, later))
            self._send(self.page.locator("form:has([name=step]) button"))
            assert self.sees("两步验证已")

    def wants_to_be_told(self, address: str, code: Callable[[], str]) -> None:
        """Give an address, the code that arrives there, and choose what to hear of."""
        self.opens("/admin/me/notices")
        self._fills(address=address)
        self._send(self._button("发验证码"))
        self._fills(code=code())
        self._send(self._button("验证", self.page.locator("form:has([name=code])")))
        assert self.sees("邮箱已验证")
        self.page.locator("select").first.select_option("at_once")
        self._send(self._button("保存"))
        assert self.sees("1 种通知会发给您")

    def stops_the_mail(self, link: str) -> None:
        """Follow the link of a letter, and say so."""
        self.opens(link)
        self._send(self._button("不再收"))
        assert self.sees("已停")

    def orders_posters(self, unit: str) -> bytes:
        """Have the poster of *unit* made, and return the one PDF of the archive."""
        self.opens(f"/admin/posters?unit={unit}")
        self._send(self._button("生成并打包"))
        link = self.page.get_by_role("link", name="下载 ZIP").first
        link.wait_for()  # the page looks again by itself
        with self.page.expect_download() as kept:
            link.click()
        with zipfile.ZipFile(kept.value.path()) as archive:
            (name,) = (name for name in archive.namelist() if name != "印刷工单.pdf")
            return archive.read(name)

    def orders_all_posters(self) -> dict[str, bytes]:
        """Have A4 posters of all units made, and return the PDFs of the archive by their names."""
        self.opens("/admin/posters")
        self._send(self._button("生成并打包"))
        link = self.page.get_by_role("link", name="下载 ZIP").first
        link.wait_for()
        with self.page.expect_download() as kept:
            link.click()
        with zipfile.ZipFile(kept.value.path()) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def downloads_the_poster(self, unit: str, place: str = "") -> bytes:
        """Return the poster of *unit*, or of one *place* of its."""
        self.opens(f"/admin/units/{unit}")
        link = f"下载 {place} 的海报" if place else "下载海报"
        with self.page.expect_download() as kept:
            self.page.get_by_role("link", name=link).click()
        return Path(kept.value.path()).read_bytes()

    def hangs_new_paper(self, *units: str) -> None:
        """Say that the old posters of *units* are down."""
        self.opens("/admin/paper")
        for unit in units:
            self.page.locator(f":is(tbody, .cases, .case) [name=unit][value={unit}]").check()
        self._send(self._button("勾选的记为已换"))

    def reads(self, address: str) -> str:
        """Return what stands on the page at *address*."""
        self.opens(address)
        return self.told()

    def told(self) -> str:
        """Return what the page says, without the strip of what others did."""
        return squeezed(" ".join(self.page.locator("main > :not(.news)").all_inner_texts()))

    def reads_the_table(self, view: str = "area") -> dict[str, dict[str, str]]:
        """Return the progress table: by line, what stands under each heading."""
        self.opens(f"/admin/table?view={view}&size=100")
        table = self.page.locator("main table")
        heads = [squeezed(text) for text in table.locator("thead th").all_inner_texts()]
        found = {}
        for row in table.locator("tbody tr").all():
            cells = [squeezed(text) for text in row.locator("th, td").all_inner_texts()]
            name, _, note = cells[1].partition(" ")
            found[name] = {**dict(zip(heads, cells, strict=True)), "note": note}
        return found

    def downloads_the_table(self, to: str = "", by: str = "area") -> dict[str, dict[str, str]]:
        """Download the progress table of the day *to*: by line, what stands under each heading."""
        self.opens(f"/admin/downloads?name=progress&by={by}&to={to}")
        with self.page.expect_download() as kept:
            self.page.get_by_role("button", name="下载 CSV").click()
        text = Path(kept.value.path()).read_text(encoding="utf-8-sig")
        heads, *rows = csv.reader(io.StringIO(text))
        # The last, empty column's heading says of when and whose it is.
        return {row[heads.index("名称")]: dict(zip(heads[:-1], row, strict=False)) for row in rows}

    def patrols(self, pictures: Sequence[bytes], only: str = "") -> None:
        """Send *pictures* on the page that is open; of the places listed, *only* one was walked."""
        for box in self.page.locator("[name=place]").all():
            if only and box.get_attribute("value") != only:
                box.uncheck()
        self.page.locator("[type=file]").set_input_files([
            FilePayload(name=f"IMG_{number}.jpg", mimeType="image/jpeg", buffer=picture)
            for number, picture in enumerate(pictures, 1)
        ])
        self._send(self._button("查这些照片"))

    def finds(self) -> set[tuple[str, str, int]]:
        """Return what the page tells of a patrol: result, code, which picture (0: none)."""
        return {
            (
                row.locator(".pill").inner_text(), row.locator("b").inner_text().split()[0],
                int((re.findall("第 ([0-9]+) 张", row.inner_text()) or ["0"])[0]),
            )
            for row in self.page.locator(".found li").all()
        }

    def writes_down_a_colleague(self, unit: str) -> None:
        """Add somebody to reach at *unit*, and take them away again."""
        self.opens(f"/admin/units/{unit}")
        self._fills(self.page.locator("form:has([name=reach])").last, name="小王", duty="经办")
        self._send(self._button("添加联系人"))
        kept = self.page.get_by_role("form", name="小王")
        assert self.sees("联系人已保存") and "经办" == kept.locator("[name=duty]").input_value()
        self._send(self._button("删除 小王"))

    def gives_a_wall_a_number(self, unit: str, number: str, label: str = "大厅东门") -> None:
        self.opens(f"/admin/units/{unit}")
        self._fills(placement=number, label=label)
        self._send(self.page.locator("form:has([name=placement]) button"))

    def appeals(self, unit: str, about: str) -> None:
        self.opens("/admin/appeals")
        self._fills(unit=unit, about=about, note="当面帮办，有登记表")
        self._send(self._button("提交申诉"))


class Clerk(Staff):
    """Somebody at a branch, a township or a department: *role* says which."""

    def __init__(self, county: "County", name: str, role: str, unit: str):
        super().__init__(county, name)
        self.role, self.unit = role, unit


    def opens_the_counter(self, unit: str = "") -> None:
        self.opens(f"/counter/{unit or self.unit}")

    def types_in(self, number: str, *, read_out: bool = True) -> None:
        """Type what a customer says, having read the consent out, and send it."""
        self.page.locator("#phone").fill(number)
        box = self.page.locator("[name=consent]")
        if read_out != box.is_checked():
            box.click()
        self._send(self._button("登记"))

    def types_the_digits_of(self, number: str) -> None:
        """Type the one-time password that the customer reads out."""
        self._fills(password=self.county.message_to(number))
        self._send(self._button("填好了"))

    def hears_of_no_message(self) -> None:
        self._send(self._button("收不到短信"))

    def hears_no(self) -> None:
        """The customer does not want to."""
        self.page.get_by_role("link", name="客人不同意").click()
        self.page.wait_for_load_state(READABLE)

    def shows(self) -> str:
        """Return what a phone reads off the screen."""
        image = self.page.locator(".qr img")
        image.wait_for()
        picture = Image.open(io.BytesIO(image.screenshot()))
        (found,) = zxingcpp.read_barcodes(picture)
        return str(found.text)

    def prints_a_slip(self) -> str:
        """Print the slip of paper, and return what stands on it."""
        self.page.get_by_role("link", name="印一张纸条").click()
        self.page.wait_for_load_state(READABLE)
        text = self.page.locator(".slip").inner_text()
        self.goes_back()
        return text

    def calls_the_next(self) -> None:
        self._send(self._button("下一位"))


class Leader(Staff):
    """Who looks at numbers."""

    role = "viewer"


class Checker(Staff):
    """The second pair of eyes."""

    role = "checker"

    def sees_what_is_asked(self) -> str:
        """Open the newest request, and return what it would come to."""
        self.opens("/admin/requests")
        self.page.get_by_role("link", name="看会改什么").first.click()
        self.page.wait_for_load_state(READABLE)
        return self.told()

    def agrees(self) -> None:
        """Approve what stands on the page."""
        self._send(self._button("批准"))

    def answers_a_request(self, word: str) -> str:
        """Answer (批准, 驳回) what waits for a second person; return a password that it shows."""
        self.opens("/admin/requests")
        self._send(self.page.locator("article").first.get_by_role("button", name=word).first)
        told = self.page.locator("[role=status] code")
        return told.inner_text() if told.count() else ""

    def confirms_the_file(self, batch: str) -> None:
        self.opens("/admin/feeds")
        self.page.get_by_role("link", name=batch).click()
        self._send(self._button("确认导入"))

    def answers_a_correction(self, what: str, word: str = "批准") -> None:
        """Approve the newest correction of the kind *what*."""
        self.opens("/admin/corrections")
        case = self.page.locator("article", has_text=what).last
        assert case.get_by_text("批准以后").is_visible() and case.get_by_text("登记到").count()
        self._send(self._button(word, case))

    def asks_for_holds(self) -> None:
        self.opens("/admin/takeovers")
        self._fills(self.page.locator("form:has(:is(tbody, .cases))"), note="两家都问过了")
        self._send(self.page.get_by_role("button", name="全部 2 条提出暂缓"))
        assert "合计的影响" in self.told()
        self._send(self._button("提出暂缓（2 条）"))

    def answers_corrections(self, word: str) -> None:
        """Approve or refuse all that others asked for."""
        self.opens("/admin/corrections")
        for box in self.page.locator("article [type=checkbox]").all():
            box.check()
        self.page.get_by_text("一次答复多条").click()
        self._send(self._button(f"预览{word}勾选的"))
        assert "合计的影响" in self.told()
        self._send(self._button(f"{word}这"))

    def asks_for_a_release(self) -> None:
        self.opens("/admin/held")
        case = self.page.locator("article").first
        assert case.get_by_text("放行以后").is_visible()
        self._fills(case, note="已电话核实")
        self._send(self._button("提出放行", case))

    def approves_the_lock(self) -> None:
        self.opens("/admin/periods")
        self._send(self._button("批准"))

    def asks_a_customer_of_a_counter(self) -> None:
        """Keep what somebody who was registered at a counter says."""
        self.opens("/admin/callbacks")
        row = self.page.locator(":is(tbody tr, .case):has(form)").first
        self._fills(row, outcome="knows", note="当面问过")
        self._send(self._button("记下", row))

    def settles_a_difference(self) -> None:
        self.opens("/admin/differences")
        case = self.page.locator("article").first
        self._fills(case, note="已和平台核对")
        self._send(self._button("记为已处理", case))

    def refuses_an_appeal(self, unit: str) -> None:
        self._looks_into(unit)
        form = self.page.locator("form:has([value=refuse])")
        self._fills(form, note="没有依据")
        self._send(self._button("驳回申诉"))

    def upholds_an_appeal(self, unit: str) -> None:
        """Ask that the person of whom *unit* speaks be credited to it."""
        self._looks_into(unit)
        form = self.page.locator("form:has([value=uphold])").first
        self._fills(form, kind="reassign", note="登记表第3页有签名")
        self._send(self._button("申诉成立", form))

    def reads_what_is_left(self) -> str:
        """Open the page of the campaign's end, and return what stands there."""
        return self.reads("/admin/end")

    def answers_that_everybody_be_forgotten(self, word: str) -> None:
        self.opens("/admin/end")
        self._send(self._button(word))
        self._waits_for_the_end()

    def ticks_off(self, note: str) -> None:
        """Say of everything that lies elsewhere that it is destroyed."""
        self.opens("/admin/end")
        for box in self.page.locator("[name=copy]").all():
            box.check()
        self._fills(note=note)
        self._send(self._button("勾选的记为已销毁"))

    def _waits_for_the_end(self) -> None:
        """Look on while something long is done; the page looks again by itself."""
        until = time.monotonic() + PATIENCE_S * 4
        while self.holds_now("这一页会自己刷新"):
            assert time.monotonic() < until, self.told()
            self.page.wait_for_timeout(500)

    def downloads_the_archive(self) -> bytes:
        self.opens("/admin/end")
        with self.page.expect_download() as kept:
            self.page.get_by_role("link", name="下载存档").click()
        return Path(kept.value.path()).read_bytes()

    def _looks_into(self, unit: str) -> None:
        self.opens("/admin/appeals")
        filed = self.page.locator(":is(tbody tr, .case)", has_text=unit)
        row = filed.filter(has_text="核实并决定")
        row.get_by_role("link", name="核实并决定").first.click()


class AccountMaker(Staff):
    """Whoever makes accounts; in a demonstration the office, too."""

    role = "accounts"

    def asks_for_an_account(self, name: str, role: str) -> None:
        """Ask for an account that takes an approver's word."""
        self.opens("/admin/users")
        self._fills(self.page.locator("form:has([name=scopes])"), name=name, role=role,
                    real_name=f"{name}本人")
        self._send(self._button("新增并生成密码"))

    def takes_it_back(self) -> None:
        self.opens("/admin/requests")
        self._send(self._button("收回"))

    def makes_accounts_of_units(self, kind: str, *units: str) -> list[tuple[str, str]]:
        """Make an account for each of *units*; return the names and passwords on the slips."""
        self.opens(f"/admin/accounts-by-unit?kind={kind}")
        for box in self.page.locator("tbody [name=unit]").all():
            if box.get_attribute("value") not in units:
                box.uncheck()
        self._fills(reach="县专班 小刘 内线8023")
        self._send(self._button("建账号并出纸条"))
        return [
            (slip.locator("dd").nth(1).inner_text(), slip.locator("dd").nth(2).inner_text())
            for slip in self.page.locator(".handout").all()
        ]

    def makes_an_account(self, name: str, role: str, unit: str = "") -> str:
        """Make an account, and return the password that the page shows."""
        self.opens("/admin/users")
        self._fills(self.page.locator("form:has([name=scopes])"), name=name, role=role,
                    scopes=unit, real_name=f"{name}本人")
        self._send(self._button("新增并生成密码"))
        return self.page.locator("[role=status] code").inner_text()

    def writes_down_who_it_is(self, name: str, real_name: str) -> None:
        self.opens(f"/admin/users/{name}")
        self._fills(real_name=real_name)
        self._send(self._button("保存姓名"))

    def hands_over(self, leaver: str, successor: str) -> None:
        """Give what *leaver* has open to *successor*, and close the account."""
        self.opens(f"/admin/users/{leaver}")
        form = self.page.locator("form:has([name=successor])")
        form.locator("[name=successor]").select_option(successor)
        self._send(self._button("移交", form))

    def does_to_the_account(self, name: str, button: str) -> None:
        self.opens(f"/admin/users/{name}")
        self._send(self._button(button))


class OfficeWorker(Checker, AccountMaker):
    """Somebody of the office, who does all there is to do."""

    role = "office"

    def brings_a_robot(self, group: str, platform: str, address: str, secret: str) -> None:
        """Add the robot of a group, and let it say a try."""
        self.opens("/admin/notices")
        self._fills(name=group, platform=platform, url=address, secret=secret)
        self._send(self._button("添加", self.page.locator("form:has([name=url])")))
        assert self.sees("机器人已添加", group)
        self._send(self._button("发测试"))
        assert self.sees("测试消息已发出")

    def tries_the_mail(self) -> None:
        self.opens("/admin/notices")
        self._send(self._button("发一封测试邮件给我"))
        assert self.sees("测试消息已发出")

    def uploads(self, file: Path) -> None:
        self.opens("/admin/feeds")
        self.page.locator("[type=file]").set_input_files(file)
        self._send(self._button("上传并试算"))
        self._waits_for_the_file()

    def submits_the_file(self) -> None:
        self._send(self._button("提交，由另一个人确认"))
        self._waits_for_the_file()

    def _waits_for_the_file(self) -> None:
        """Look on while a large file is worked off; the page goes on by itself."""
        self.page.locator("[data-work]").wait_for(state="detached")
        self.page.wait_for_load_state(READABLE)

    def asks_for(self, kind: str, about: str, **more: str) -> None:
        """Ask for the correction *kind* of whom *about* means by their last four digits."""
        self.opens("/admin/rows?what=claims&reset=1")
        row = self.page.locator("tbody tr").filter(
            has=self.page.get_by_role("cell", name=about, exact=True)
        )
        row.first.locator("td").last.get_by_role("link").click()
        form = self._begins_a_correction()
        self._fills(form, kind=kind, note="和登记表不符", **more)
        form.locator("[name=attachment]").set_input_files(
            {"name": "登记表.txt", "mimeType": "text/plain", "buffer": "登记表".encode()}
        )
        self._send(self._button("提出", form))

    def asks_to_reassign(self, unit: str, note: str) -> None:
        """On a person's page, ask that *unit*, by its name, be credited."""
        form = self._begins_a_correction()
        self._fills(form, kind="reassign", to_unit=unit, note=note)
        self._send(self._button("提出", form))

    def _begins_a_correction(self) -> Locator:
        self.page.locator("summary", has_text="提出更正").click()
        return self.page.locator("form:has([name=attachment])")

    def reissues(self, unit: str) -> None:
        self.opens(f"/admin/units/{unit}")
        self._send(self._button("换发第"))

    def downloads_what_patrols_found(self) -> list[dict[str, str]]:
        """Return the rows of the list of all patrols."""
        self.opens("/admin/inspect")
        self.follows("下载记录")
        with self.page.expect_download() as kept:
            self._button("下载 CSV").click()
        text = Path(kept.value.path()).read_text("utf-8-sig")
        return [row for row in csv.DictReader(io.StringIO(text)) if row["结果"]]

    def asks_to_lock(self, days_ago: int) -> None:
        self.asks_to_lock_up_to(f"{datetime.now(CHINA) - timedelta(days=days_ago):%Y-%m-%d}")

    def asks_to_lock_up_to(self, day: str) -> None:
        self.opens("/admin/periods")
        self._fills(to=day)
        self._send(self._button("申请"))

    def makes_the_archive(self) -> None:
        self.opens("/admin/end")
        self._send(self._button("做存档"))
        self._waits_for_the_end()

    def asks_that_everybody_be_forgotten(self) -> None:
        self.opens("/admin/end")
        self._send(self._button("提出：忘掉所有人"))

    def states_how_goals_stand(self, survey: Path) -> None:
        """A figure of the platform's, and the survey's table."""
        day = f"{datetime.now(CHINA):%Y-%m-%d}"
        self.opens("/admin/goals")
        self._fills(number="96000", day=day, source="县级运营方月报")
        self._send(self._button("记下"))
        form = self.page.locator("form:has([name=file])")
        form.locator("[name=file]").set_input_files(survey)
        self._fills(form, day=day, source="乡镇上报")
        self._send(self._button("导入", form))

    def states_how_many_there_are(self) -> None:
        """Of a sector, in the county."""
        self.opens("/admin/scenes")
        self.page.locator("summary", has_text="填报应有总数").click()
        form = self.page.locator("form:has([name=number])")
        day = f"{datetime.now(CHINA):%Y-%m-%d}"
        self._fills(form, sector="药店", number="40", day=day, source="县市监局")
        self._send(self._button("记下", form))

    def takes_down_an_erasure(self, about: str) -> None:
        self.opens("/admin/erasures")
        self._fills(about=about)
        self._send(self._button("查找"))
        self.writes_down_the_wish_to_be_erased()

    def writes_down_the_wish_to_be_erased(self) -> None:
        """Of the one person whom the page tells of."""
        self._fills(self.page.locator("form:has([name=row])"), note="当面出示回执")
        self._send(self._button("记下删除请求"))

    def carries_the_erasures_out(self) -> None:
        self.opens("/admin/erasures")
        self._send(self._button("执行删除"))

    def wants_units_changed(self, what: str, **fields: str) -> str:
        """Go to 变更单位, fill in the form *what*, and return what would come of it."""
        self.opens("/admin/units")
        self._follows("变更单位")
        self._follows(what)
        self._fills(None, **fields)
        return self._asks_first()

    def wants_targets_moved(self, since: str = "", **targets: str) -> str:
        """Fill in a target for each unit, and return what would come of it."""
        self.opens("/admin/units")
        self._follows("变更单位")
        self._follows("改任务数")
        rows = self.page.locator("tbody tr")
        for number, (unit, target) in enumerate(targets.items()):
            self._fills(rows.nth(number), unit=unit, target=target)
        self._fills(since=since)
        return self._asks_first()

    def wants_the_campaign_changed(self, what: str, **fields: str) -> str:
        """Go to 活动设置, fill in the form *what*, and return what would come of it."""
        self.opens("/admin/campaign")
        self._follows(what)
        self._fills(None, **fields)
        return self._asks_first()

    def _follows(self, words: str) -> None:
        self.page.locator("main a", has_text=words).first.click()
        self.page.wait_for_load_state(READABLE)

    def _asks_first(self) -> str:
        self._send(self._button("先看会改什么"))
        return self.told()

    def goes_through_with_it(self) -> None:
        self._send(self.page.locator("main button.main").last)

    def takes_the_table_of_units(self) -> bytes:
        """Download the table of units as Excel reads it."""
        self.opens("/admin/units-import")
        with self.page.expect_download() as kept:
            self.page.get_by_role("link", name="下载 Excel").click()
        return Path(kept.value.path()).read_bytes()

    def brings_the_table_of_units(self, file: bytes) -> str:
        """Upload an edited table, and return what would come of it."""
        self.opens("/admin/units-import")
        self.page.locator("[type=file]").set_input_files(
            {"name": "单位表.xlsx", "mimeType": "application/octet-stream", "buffer": file}
        )
        self._send(self._button("上传并预览"))
        return self.told()

    def brings_units(self, text: str) -> None:
        self.opens("/admin/units-import")
        self.page.locator("[type=file]").set_input_files(
            {"name": "units.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}
        )
        self._send(self._button("上传并预览"))

    def confirms_the_units(self) -> None:
        self._send(self._button("确认导入"))

    def reissues_and_revokes(self, unit: str) -> None:
        self.opens(f"/admin/units/{unit}")
        self._send(self._button("换发第 2 版"))
        assert self.sees(f"{unit}-2")
        self._send(self._button("撤销"))


class Manager(OfficeWorker):
    """The IT person, who has the machine's shell and the first account."""

    def __init__(self, county: "County", name: str = "admin"):
        super().__init__(county, name)
        self.shell: Shell = county.machine.shell


class Newcomer(Person):
    """Somebody of a county that has no campaign yet, who has Excel and a browser only."""

    role = "newcomer"
    device: Mapping[str, Any] = {"viewport": {"width": 1366, "height": 768}}
    clicks = 0

    def reads_the_key(self) -> str:
        """Read the set-up key off the window in which the service was started."""
        found = re.search(r"\b[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}\b", self.machine.log())
        assert found
        return found[0]

    def enters(self, key: str) -> None:
        self.opens("/")
        self._fills(key=key)
        self.presses("进入")

    def presses(self, button: str) -> None:
        self.clicks += 1
        self._send(self._button(button))

    def follows(self, words: str) -> None:
        self.clicks += 1
        self.page.get_by_role("link", name=words).first.click()
        self.page.wait_for_load_state(READABLE)

    def uploads(self, file: Path) -> None:
        self.clicks += 2  # into the field, and on the file
        self.page.locator("[type=file]").set_input_files(file)
        self.presses("读取表格")

    def table(self) -> list[list[str]]:
        """Return what stands in the table's rows: 乡镇, 任务数, 网点, 银行, 网点任务数."""
        rows = self.page.locator(".cells tbody tr")
        return [
            [field.input_value() for field in row.locator("td input:not([type=checkbox])").all()]
            for row in rows.all()
        ]

    def corrects(self, row: int, column: str, text: str) -> None:
        self.clicks += 1
        self.page.locator(f"[name='row.{row - 1}.{column}']").fill(text)

    def writes(self, **fields: str) -> None:
        """Type into the form; wait until what was typed is kept and shown."""
        for name, text in fields.items():
            self.clicks += 1
            self.page.locator(f"[name={name}]").fill(text)
        self.page.locator("#kept", has_text="已保存").wait_for()
        self.page.locator("#poster:not(.old)").wait_for()

    def has_room_to_type(self, field: str) -> bool:
        """Whether *field* shows some thirty letters, beside the poster on the same screen."""
        box = self.page.locator(f"[name={field}]").bounding_box()
        poster = self.page.locator("#poster").bounding_box()
        if box is None or poster is None:
            return False
        return box["width"] > 420 and poster["x"] > box["x"] + box["width"]

    def looks_at_the_poster(self) -> str:
        """Return what a phone would read off the poster on the screen."""
        picture = self.page.locator("#poster:not(.old)").screenshot()
        (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
        return str(found.text)

    def sees_beside(self, word: str) -> bool:
        """Whether the resident's page beside the form says *word*."""
        try:
            self.page.frame_locator("#page").locator("body", has_text=word).wait_for()
        except TooLate:
            return False
        return True

    def is_told_at(self, field: str) -> str:
        """Return what stands below *field* as wrong."""
        return self.page.locator(f"[data-wrong='{field}']").inner_text()

    def publishes(self) -> None:
        self.clicks += 1
        self.page.locator("[name=sure]").check()
        self.presses("发布")

    def hands_out_a_slip(self) -> tuple[str, str]:
        """Give a slip to somebody: return account and first password that stand on it."""
        told = [self.page.locator(f"#{name}").inner_text() for name in ("account", "password")]
        self.presses("交好了")
        return told[0], told[1]


class Resident(Person):
    """Somebody with a phone, who scans with WeChat unless they have another."""

    role = "resident"
    device: Mapping[str, Any] = {"viewport": PHONE, "user_agent": WECHAT_ON_ANDROID}

    def __init__(
        self, county: "County", name: str, agent: str = WECHAT_ON_ANDROID,
        screen: Mapping[str, int] = PHONE, **more: Any
    ):
        self.device = {"viewport": screen, "user_agent": agent, **more}
        super().__init__(county, name)

    def comes_back_a_day_later(self) -> None:
        """The app was closed: it kept what has a date, and forgot what ends with it."""
        kept = self._context.storage_state()
        kept["cookies"] = [c for c in kept.get("cookies", ()) if c.get("expires", -1) > 0]
        address = self.page.url
        self._context.close()
        self._begins(storage_state=kept)
        self.opens(address)

    def holds_the_receipt(self) -> bool:
        """Whether this browser shows a receipt."""
        self.opens("/receipt")
        self.page.locator("h1").wait_for()
        return self.page.locator(".receipt").count() > 0

    def goes_to_the_store(self) -> None:
        """Tap the way to the store; what stands there is not ours, and no network leads to it."""
        with self.page.expect_request(lambda request: self.machine.name not in request.url):
            self.page.locator("main a[href^='/go/']:visible").first.click()
        self.page.wait_for_url("chrome-error://**")

    def asked_for_the_number(self) -> bool:
        """Whether a field for the number is in sight."""
        return self.page.locator("[name=phone]:visible").count() > 0

    def scans(self, poster: bytes) -> "Resident":
        """Hold the phone before *poster* and open what it reads."""
        self._before = len(self.sent)
        self.opens(self.reads(poster))
        return self

    def reads(self, poster: bytes) -> str:
        """Return the address that the phone reads from *poster*."""
        return read_poster(poster)

    def gives(self, number: str) -> None:
        """Type the number into the form in sight, consent, and send it."""
        self.number = number
        self._fills(phone=number)
        self.page.locator("[name=consent]").check()
        self._send(self.page.locator("#fill button"))

    def typed(self) -> str:
        """Return what stands in the field for the number."""
        return self.page.locator("[name=phone]").input_value()

    def keeps_no_cookies(self) -> None:
        """Have a browser whose settings let nobody leave a cookie."""
        profile = Path(tempfile.mkdtemp(dir=self.machine.folder))
        (profile / "Default").mkdir()
        settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
        (profile / "Default" / "Preferences").write_text(json.dumps(settings))
        self._context.close()
        self._context = self.county.browser.browser_type.launch_persistent_context(
            profile, executable_path=find_browser(shell=False), ignore_https_errors=True,
            **self.device, args=["--no-sandbox", "--host-resolver-rules=MAP *.test 127.0.0.1"],
        )
        self._takes_up()

    def fills_in(self, number: str, by: str = "填手机号登记") -> None:
        """Give the number, and consent; a message with a password is on its way then."""
        self.number = number
        way = self.page.locator("a:visible", has_text=by)
        if "/seen" in self.sent[self._before :]:
            way.click()
        else:
            with self.page.expect_response("**/seen"):  # the page says that somebody looks at it
                way.click()
        self.gives(number)

    def sends_it_again(self) -> None:
        """Go back from a page that says to come again, to the form, and send it."""
        self.page.go_back()
        self._fills(phone=self.number)
        self.page.locator("[name=consent]").check()
        self._send(self.page.locator("#fill button"))

    def types_the_password(self) -> None:
        self.types(self.county.message_to(self.number))

    def types(self, password: str) -> None:
        self._fills(password=password)
        self._send(self._button("填好了"))

    def got_no_message(self) -> None:
        self._send(self._button("收不到短信"))

    def notes_the_receipt(self) -> str:
        self.opens("/receipt")
        self.receipt = self.page.locator(".receipt").first.inner_text()
        return self.receipt

    def shows_the_receipt(self) -> None:
        self.opens("/my")
        self._fills(receipt=self.receipt)
        self._send(self._button("查看"))

    def asks_by_number(self) -> None:
        self.opens("/my")
        self._fills(phone=self.number)
        self._send(self._button("发验证码"))

    def withdraws(self) -> None:
        self._send(self._button("撤回在"))
        assert self.sees("真的要撤回吗")
        self._send(self._button("确定撤回"))

    def erases(self) -> None:
        self._send(self._button("撤回并删除"))
        assert self.sees("真的要撤回并删除吗")
        self._send(self._button("确定撤回并删除"))

    def asks_for_another_message(self) -> None:
        self._send(self._button("重发验证码"))

    def follows_our_advice_into(self, browser: "Resident") -> None:
        """Tap the way into the phone's own browser, and open there what the menu opens."""
        self._send(self._button("换到浏览器里办"))
        assert self.sees("浏览器打开")
        browser.opens(self.page.url)

    def takes_the_receipt(self) -> None:
        self._send(self._button("存到这部手机"))

    def ticks_by_hand(self, step: int) -> None:
        self.page.locator(f"#step-{step} summary").click()
        self.page.locator(f"#step-{step} [type=checkbox]").check()

    def has_ticked(self, step: int) -> bool:
        return self.page.locator(f"#step-{step} [type=checkbox]").is_checked()

    def lets_another_person_begin(self) -> None:
        self._send(self._button("换一个人登记"))


class Platform:
    """The payment platform's people: a folder, and the file they send of a day."""

    HEADINGS = ("手机号", "注册时间", "绑卡时间", "首笔交易时间", "备注")

    def __init__(self, county: "County"):
        self._folder = county.machine.folder

    def writes(self, name: str, rows: Sequence[Sequence[str]], size: int = 0) -> Path:
        """Write a file of *rows*, with remarks that make it *size* bytes."""
        file = self._folder / f"{name}.csv"
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(self.HEADINGS)
            for row in rows:
                writer.writerow([*row, "无" * (size // len(rows) // 3)])
        return file

    @staticmethod
    def now(minus: timedelta = timedelta()) -> str:
        return f"{datetime.now(CHINA) - minus:%Y-%m-%d %H:%M:%S}"


class County:
    """One county's machine and the people around it."""

    def __init__(self, machine: Machine, browser: Browser, printed: str = ""):
        self.machine, self.browser = machine, browser
        self.printed = printed  # the first password, as it stood at the shell
        self.front = machine.front
        self.people: list[Person] = []

    def add(self, person: Any) -> Any:
        self.people.append(person)
        return person

    def clerk(self, name: str, role: str, unit: str) -> Clerk:
        found: Clerk = self.add(Clerk(self, name, role, unit))
        return found

    def resident(self, agent: str = WECHAT_ON_ANDROID, **more: Any) -> Resident:
        found: Resident = self.add(Resident(self, "居民", agent, **more))
        return found

    def poster(self, unit: str) -> bytes:
        """Return the poster of *unit*, printed at the machine's shell."""
        self.machine.shell.runs(f"qrgen posters --units {unit} --out paper")
        (found,) = (self.machine.folder / "paper").rglob(f"*{unit}-*.pdf")
        return found.read_bytes()

    def message_to(self, number: str) -> str:
        """Return the newest password sent to *number*: where the service runs, it is printed."""
        until = time.monotonic() + PATIENCE_S
        while True:
            found = re.findall(
                rf"one-time password for {number[:3]}\*+{number[-4:]}: (\d+)",
                self.machine.terminal.read_text("utf-8"),
            )
            if found:
                return str(found[-1])
            assert time.monotonic() < until, "no message came"
            time.sleep(0.1)


def squeezed(text: str) -> str:
    """Return *text* with each run of blanks and line ends as one blank."""
    return re.sub(r"\s+", " ", text).strip()


def words_of(pdf: bytes) -> str:
    """Return what stands on the pages of *pdf*, without blanks."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return re.sub(r"\s+", "", text)


def read_poster(pdf: bytes) -> str:
    """Return what a phone reads from the first page of *pdf*."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    picture = document[0].render(scale=2).to_pil()
    document.close()
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


def digits_of(secret: str, later: int = 0) -> str:
    """Return what an authenticator app shows for *secret*, now or some turns *later* (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + later)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"
