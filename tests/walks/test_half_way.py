"""
Half-way: whoever proves the number is told the one thing that is left, and nobody else anything.

Six people register at one counter with one-time passwords on, and the platform is asked who is
new: somebody new, one who registered last week, one years ago, one of whom it says nothing.
Next day its file knows more: one has bound a card, one has finished. Once "registered in the
campaign" was told as "nothing to do", and an old user as "done".
"""
import json
import os
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cast import CHINA, CHROME_ON_ANDROID, WECHAT_ON_ANDROID, County, Resident
from deployed import Machine
from factories import make_phone
from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shells and web servers of Unix")

NEW, LAST_WEEK, OLD, SILENT, BOUND, FINISHED, SHY = (make_phone(100 * n) for n in range(1, 8))
INSIDE_THE_APP = (
    "Mozilla/5.0 (Linux; Android 12; PEGM00 Build/SKQ1; wv) AppleWebKit/537.36 (KHTML, like"
    " Gecko) Version/4.0 Chrome/99.0.4844.88 Mobile Safari/537.36 (com.unionpay.chsp)"
    " (cordova 4.5.4) (updebug 0) (version 1009)"
)


class Counter(County):
    """A bank's counter with its poster, and a platform that is asked who is new."""

    paper: bytes = b""
    platform: "AnsweringPlatform"

    def registers(self, number: str, agent: str = WECHAT_ON_ANDROID) -> Resident:
        """Somebody scans, gives the number and types the password in."""
        person = self.resident(agent).scans(self.paper)
        person.fills_in(number)
        assert person.sees("填短信验证码") and not person.holds_now("还差")
        self.platform.waits_for(number)
        person.types_the_password()
        return person


class AnsweringPlatform(ThreadingHTTPServer):
    """The platform's answers about numbers, by the day somebody registered; None: never did."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.known: dict[str, datetime | None] = {}
        self.asked: set[str] = set()
        self.heard = threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def waits_for(self, number: str) -> None:
        with self.heard:
            assert self.heard.wait_for(lambda: number in self.asked, 60)


class _Answer(BaseHTTPRequestHandler):
    server: AnsweringPlatform

    def do_POST(self) -> None:
        number = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["phone"]
        silent = number not in self.server.known
        at = self.server.known.get(number)
        body = json.dumps(
            {"known": at is not None, **({"registered_at": at.isoformat()} if at else {})}
        ).encode()
        self.send_response(503 if silent else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        with self.server.heard:
            self.server.asked.add(number)
            self.server.heard.notify_all()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Counter]:
    now = datetime.now(CHINA)
    platform = AnsweringPlatform()
    platform.known = {
        NEW: None, BOUND: None, FINISHED: None, LAST_WEEK: now - timedelta(days=7),
        SHY: now - timedelta(days=7), OLD: now - timedelta(days=3000),
    }
    machine = Machine(tmp_path_factory.mktemp("county"), "nginx")
    machine.shell.runs(f"attribution init --demo --public-url {machine.url}")
    machine.writes("config.toml", before="trusted_proxies = 1\n", after=(
        '[one_time]\nsender = "console"\nper_minute = 60\n[newness]\nmode = "http"\n'
        f'url = "http://127.0.0.1:{platform.server_port}/lookups"\n'
    ))
    (machine.instance / "keys" / "platform.keys").write_text("p" * 32)
    with machine.serves():
        made = Counter(machine, browser)
        made.paper, made.platform = made.poster("N07"), platform
        yield made
        for person in made.people:
            person.leaves()
    platform.shutdown()
    platform.server_close()
    assert "Traceback" not in machine.log()
    assert "sound" in machine.shell.runs("attribution check")


def first_step(person: Resident) -> str:
    """Return the head of the step that stands first."""
    return person.page.locator(".steps h2:visible").first.inner_text().strip()


def ways_to_download(person: Resident) -> int:
    return person.page.locator("a[href^='/go/']:visible").count()


def test_each_sees_the_one_thing_that_is_left(county: Counter) -> None:
    new = county.registers(NEW)
    assert new.sees("还差下载注册") and "② 下载并注册" == first_step(new) and ways_to_download(new)
    new.photographs("half-way-new")
    week = county.registers(LAST_WEEK)
    assert week.sees("还差绑卡") and "③ 绑卡" == first_step(week)
    assert not ways_to_download(week) and not week.holds_now("不用再办")
    week.photographs("half-way-registered")
    old = county.registers(OLD)
    assert old.sees("您早就有云闪付，直接用就行", "这次不计")
    assert not old.holds_now("登记好了") and not ways_to_download(old)
    old.photographs("half-way-old")
    silent = county.registers(SILENT)
    assert silent.sees("登记好了，请接着办") and not silent.holds_now("查不到")
    assert "② 下载并注册" == first_step(silent)
    silent.photographs("half-way-unknown")
    bound, finished = county.registers(BOUND), county.registers(FINISHED)

    # Next day the platform's file has come.
    now = datetime.now(CHINA)
    at = [(now + timedelta(seconds=n)).isoformat(timespec="seconds") for n in (0, 1, 2)]
    (county.machine.folder / "day.csv").write_text(
        "phone,registered_at,card_bound_at,first_txn_at\n"
        f"{BOUND},{at[0]},{at[1]},\n{FINISHED},{at[0]},{at[1]},{at[2]}\n", encoding="utf-8",
    )
    county.machine.shell.runs("attribution feed import day.csv")
    for person in (bound, finished):
        person.reloads()
    assert bound.sees("只差付一笔") and "④ 付一笔" == first_step(bound)
    assert not ways_to_download(bound)
    bound.photographs("half-way-bound")
    assert finished.sees("都办好了，谢谢您") and not ways_to_download(finished)
    assert 0 == finished.page.locator(".steps li").count()
    finished.photographs("half-way-finished")
    everybody = [new, week, old, silent, bound, finished]
    assert [] == [path for person in everybody for path in person.refused]


def test_nothing_is_told_before_the_number_is_proved(county: Counter) -> None:
    """Somebody who goes on without a message, in a second browser, and by a message after all."""
    shy = county.resident().scans(county.paper)
    shy.fills_in(SHY)
    shy.got_no_message()
    assert shy.sees("登记好了，请接着办", "没有用短信核实") and "② 下载并注册" == first_step(shy)
    assert not shy.holds_now("还差绑卡")
    shy.photographs("half-way-unproved")
    chrome = county.resident(CHROME_ON_ANDROID)
    shy.follows_our_advice_into(chrome)
    chrome.takes_the_receipt()
    assert chrome.sees("登记好了，请接着办") and not chrome.holds_now("还差绑卡")
    steps = chrome.page.url
    chrome.ticks_by_hand(2)
    chrome.comes_back_a_day_later()
    assert chrome.has_ticked(2) and not chrome.has_ticked(3)  # the ticks stay on the phone
    chrome.photographs("half-way-ticked")
    chrome.follows("用短信看我办到哪一步")
    chrome.number = SHY
    chrome.asks_by_number()
    assert chrome.sees("填短信验证码")
    chrome.types_the_password()
    assert chrome.sees("还差绑卡")
    chrome.photographs("half-way-my")
    chrome.opens(steps)
    assert chrome.sees("还差绑卡") and "③ 绑卡" == first_step(chrome)
    # Whom it is shared with is told nothing, nor is the browser that proved nothing.
    for other in (county.resident(), shy):
        other.opens(re.sub(r"\?.*", "", steps))
        assert other.sees("下载并注册") and not other.holds_now("还差绑卡")


def test_inside_the_app_nobody_is_asked_to_download_it(county: Counter) -> None:
    inside = county.resident(INSIDE_THE_APP).scans(county.paper)
    inside.fills_in(make_phone(900))
    inside.got_no_message()
    assert inside.sees("您已经在云闪付里了") and not ways_to_download(inside)
    assert not inside.holds_now("应用商店")
    inside.photographs("half-way-inside")
