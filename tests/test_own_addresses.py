"""Every result has an address: reloaded, shared, gone back to, in another browser, a day later."""
import re
from collections.abc import Iterator
from datetime import timezone

import pytest
from conftest import Instance
from factories import make_phone
from flask import Flask
from flask.testing import FlaskClient
from test_one_time import CONSOLE, password_in
from visitors import PHONE_AGENT, Fields, claim, code_of, masked, opened, rows, scan, send

from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, SECOND, from_datetime
from attribution.service import Service
from attribution.upkeep import late_addresses, unanswered

Site = tuple[Service, Flask]


@pytest.fixture
def site(instance: Instance) -> Iterator[Site]:
    with opened(instance) as found:
        yield found


@pytest.fixture
def messages(instance: Instance) -> Iterator[Site]:
    """The same with one-time passwords, printed where the service runs."""
    with opened(instance, CONSOLE) as found:
        yield found


def form_of(client: FlaskClient, service: Service, number: int = 1, unit: str = "N07"
            ) -> dict[str, str]:
    fields = scan(client, code_of(service, unit)).values
    return {**fields, "phone": make_phone(number), "consent": "yes"}


def test_the_steps_can_be_reloaded_and_belong_to_who_registered(site: Site) -> None:
    service, app = site
    client = app.test_client()
    done = claim(client, service, make_phone(1))
    path = done.request.path
    assert re.fullmatch(r"/s/[0-9A-Z]{20}", path)
    assert client.get(path).text == client.get(path).text
    for dressed in (path.upper(), path.lower(), f"{path}.", f"{path}?from=singlemessage"):
        assert "登记好了" in client.get(dressed).text
    friend = app.test_client()
    shared = friend.get(path)
    assert 200 == shared.status_code and "登记好了" not in shared.text
    assert "您还没登记？" in shared.text and "下载并注册" in shared.text
    assert "看我的登记回执" not in shared.text
    assert "登记在登记时的手机里" not in friend.get("/receipt").text
    assert 1 == len(rows(service, "scan"))  # none of these is a scan
    receipt = client.get("/receipt").text
    assert path in receipt and path not in friend.get("/receipt").text


def test_whoever_keeps_no_cookie_is_told_too_and_no_guest_of_a_chat_is(site: Site) -> None:
    service, app = site
    form = form_of(app.test_client(use_cookies=False), service)
    client = app.test_client(use_cookies=False)
    done = send(client, "/claim", form)
    assert "登记好了" in done.text and "您还没登记？" in done.text
    shared = client.get(f"{done.request.path}?m=ok", headers={"Sec-Fetch-Site": "none"})
    assert "登记好了" not in shared.text


def test_the_cookie_of_a_receipt_lasts_until_the_campaign_is_settled(site: Site) -> None:
    service, app = site
    answer = app.test_client().post("/claim", data=form_of(app.test_client(), service))
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if "zhuanma" in c]
    settled = service.campaign.settle_end.astimezone(timezone.utc)
    assert f"Expires={settled:%a, %d %b %Y %H:%M:%S} GMT" in cookie
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" in cookie
    # Who only looks keeps nothing that outlives the browser.
    looked = app.test_client().get(f"/guide/{code_of(service)}")
    assert "Expires" not in looked.headers["Set-Cookie"]


def test_erased_settled_and_never_given_are_one_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, app = site
    client = app.test_client()
    path = claim(client, service, make_phone(1)).request.path
    unknown = app.test_client().get("/s/00000000000000000000")
    assert 404 == unknown.status_code and "下载并注册" in unknown.text
    after = from_datetime(service.campaign.settle_end) + 30 * DAY
    monkeypatch.setattr(instants, "now", lambda: after - 1)
    assert 200 == app.test_client().get(path).status_code
    monkeypatch.setattr(instants, "now", lambda: after)
    settled = app.test_client().get(path)
    monkeypatch.undo()
    proof = Fields(send(client, "/my", {
        "receipt": re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", client.get("/receipt").text)[0]  # type: ignore[index]
    }).text).values["proof"]
    send(client, "/my/act", {"proof": proof, "what": "erase", "sure": "yes"})
    erased = app.test_client().get(path)
    assert [(404, unknown.text)] * 2 == [
        (page.status_code, page.text) for page in (settled, erased)
    ]


def test_a_claim_from_before_steps_had_an_address_is_given_one(site: Site) -> None:
    service, app = site
    client = app.test_client()
    path = claim(client, service, make_phone(1)).request.path
    service.store.write(lambda c: c.run("update receipt set page = null"))
    assert 404 == client.get(path).status_code
    assert 1 == late_addresses.give(service)
    assert "登记好了" in client.get(path).text
    assert path in client.get("/receipt").text
    assert 0 == late_addresses.give(service)


def test_a_withdrawn_claim_is_told_to_its_holder_alone(site: Site) -> None:
    service, app = site
    client = app.test_client()
    path = claim(client, service, make_phone(1)).request.path
    before = app.test_client().get(path).text
    page = send(client, "/my", {
        "receipt": re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", client.get("/receipt").text)[0]  # type: ignore[index]
    }).text
    fields = {**Fields(page).values, "what": "withdraw", "sure": "yes"}
    assert "已经撤回" in send(client, "/my/act", fields).text
    assert "这次登记已经撤回" in client.get(path).text
    assert before == app.test_client().get(path).text


# --- slips --------------------------------------------------------------------------------


def test_a_slip_keeps_what_was_typed_on_this_phone_and_nowhere_else(site: Site) -> None:
    service, app = site
    client = app.test_client()
    form = form_of(client, service)
    wrong = make_phone(1)[:-1]
    answer = client.post("/claim", data={**form, "phone": wrong})
    assert 303 == answer.status_code and wrong not in answer.headers["Location"]
    page = client.get(answer.headers["Location"])
    assert f'value="{wrong}"' in page.text and "checked" in page.text
    assert "您填了10位" in page.text and "<title>有问题：" in page.text
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if "typed" in c]
    for part in ("Max-Age=600", "Path=/form", "HttpOnly", "SameSite=Lax", "Secure"):
        assert part in cookie
    assert page.text == client.get(answer.headers["Location"]).text
    friend = app.test_client().get(answer.headers["Location"])
    assert wrong not in friend.text and "您填了10位" in friend.text
    done = client.post("/claim", data={**Fields(page.text).values, "phone": make_phone(1),
                                       "consent": "yes"})
    assert any(c.startswith("__Secure-typed=;") for c in done.headers.getlist("Set-Cookie"))
    back = client.get(answer.headers["Location"]).text
    assert wrong not in back and 'name="phone"' not in back and "看我的登记" in back
    assert 1 == len(rows(service, "scan")) == len(rows(service, "claim"))


def test_a_number_is_kept_without_the_tick_that_was_forgotten(site: Site) -> None:
    service, app = site
    client = app.test_client()
    page = send(client, "/claim", {**form_of(client, service), "consent": ""})
    assert make_phone(1) in page.text and "checked" not in page.text
    assert "请先看懂并勾选同意" in page.text


# --- the same form again ------------------------------------------------------------------


def test_a_form_of_the_last_seconds_sent_again_after_the_end_is_answered_alike(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer was lost: today the second says that the campaign has ended."""
    service, app = site
    client = app.test_client()
    end = from_datetime(service.campaign.end)
    monkeypatch.setattr(instants, "now", lambda: end - 12 * SECOND)
    form, other = form_of(client, service), form_of(client, service, 2)
    first = client.post("/claim", data=form)
    monkeypatch.setattr(instants, "now", lambda: end + 3 * SECOND)
    again = app.test_client().post("/claim", data=form)
    path = first.headers["Location"].partition("?")[0]
    assert path.startswith("/s/") and path == again.headers["Location"]
    monkeypatch.setattr(instants, "now", lambda: end + 3 * DAY)  # the form itself is too old
    assert path == app.test_client().post("/claim", data=form).headers["Location"]
    monkeypatch.setattr(instants, "now", lambda: end + 3 * SECOND)
    late = send(client, "/claim", other)
    assert 410 == late.status_code and "已经结束" in late.text
    assert 1 == len(rows(service, "claim"))


def test_a_password_typed_after_the_end_verifies_the_claim_of_before(
    messages: Site, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, app = messages
    client = app.test_client()
    end = from_datetime(service.campaign.end)
    monkeypatch.setattr(instants, "now", lambda: end - 20 * SECOND)
    step = Fields(claim(client, service, make_phone(1)).text).values["step"]
    password = password_in(capfd.readouterr().err)
    monkeypatch.setattr(instants, "now", lambda: end + 3 * SECOND)
    done = send(client, "/claim/prove", {"step": step, "password": password})
    assert done.request.path.startswith("/s/")
    (row,) = rows(service, "claim")
    assert (end - 20 * SECOND, 1) == (row["at"], row["verified"])


@pytest.mark.parametrize("late", [False, True], ids=["within the campaign", "after its end"])
def test_five_wrong_tries_end_in_the_unproved_claim(
    messages: Site, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    service, app = messages
    client = app.test_client()
    end = from_datetime(service.campaign.end)
    monkeypatch.setattr(instants, "now", lambda: end - 2 * MINUTE)
    step = Fields(claim(client, service, make_phone(1)).text).values["step"]
    if late:
        monkeypatch.setattr(instants, "now", lambda: end + 10 * SECOND)
    pages = [
        send(client, "/claim/prove", {"step": step, "password": f"{n:06d}"}) for n in range(5)
    ]
    assert all(f"还能再试{4 - n}次" in page.text for n, page in enumerate(pages[:4]))
    assert pages[4].request.path.startswith("/s/") and "没有用短信核实" in pages[4].text
    (row,) = rows(service, "claim")
    assert (end - 2 * MINUTE, 0) == (row["at"], row["verified"])


@pytest.mark.parametrize("quota", [
    "per_hour = 0", "visitor_per_day = 0", "network_per_day = 0", "all_per_day = 0",
    "per_minute = 0",
])
def test_a_spent_quota_costs_the_message_and_not_the_way(instance: Instance, quota: str) -> None:
    with opened(instance, f"{CONSOLE}{quota}\n") as (service, app):
        client = app.test_client()
        done = claim(client, service, make_phone(1),
                     environ_overrides={"REMOTE_ADDR": "198.51.100.7"})
        assert done.request.path.startswith("/s/") and "短信现在不能再发，已经先登记" in done.text
        assert [0] == [row["verified"] for row in rows(service, "claim")]


def test_within_the_minute_another_scan_registers_without_a_message(messages: Site) -> None:
    service, app = messages
    claim(app.test_client(), service, make_phone(1))
    done = claim(app.test_client(), service, make_phone(1), "N08")
    assert "没有用短信核实" in done.text
    assert ["N08"] == [row["unit"] for row in rows(service, "claim")]


def test_the_password_page_has_another_message_another_number_and_an_honest_wait(
    messages: Site, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, app = messages
    client = app.test_client()
    start = instants.now()
    monkeypatch.setattr(instants, "now", lambda: start)
    page = claim(client, service, make_phone(1))
    assert "60秒以后可以重发" in page.text
    again = re.search(r'action="(/form/[^"]+/again)"', page.text)
    assert again
    soon = send(client, again[1], {})
    assert page.request.path == soon.request.path  # within the minute: the same page
    monkeypatch.setattr(instants, "now", lambda: start + 61 * SECOND)
    assert "可以重发" in client.get(page.request.path).text
    second = send(client, again[1], {})
    assert page.request.path != second.request.path
    assert 2 == capfd.readouterr().err.count("one-time password for")
    other = client.get(re.search(r'href="(/form/[^"#]+)', page.text)[1])  # type: ignore[index]
    assert make_phone(1) in other.text  # to be mended, not typed anew
    # Proved by the second message: the claim is as old as the first.
    monkeypatch.setattr(instants, "now", lambda: start + 5 * HOUR)
    assert "验证码过期了" in client.get(second.request.path).text
    send(client, "/claim/prove", {"step": Fields(second.text).values["step"], "skip": "1"})
    assert [start] == [row["at"] for row in rows(service, "claim")]


def test_a_claim_skipped_and_proved_later_is_one_registration(
    messages: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    service, app = messages
    client = app.test_client()
    step = Fields(claim(client, service, make_phone(1)).text).values["step"]
    send(client, "/claim/prove", {"step": step, "skip": "yes"})
    back = client.get(f"/password/{step}").text  # gone back to: what is done is said
    assert "已经先登记了" in back and "先这样登记" not in back and "换号码" not in back
    password = password_in(capfd.readouterr().err)
    done = send(client, "/claim/prove", {"step": step, "password": password})
    assert "没有用短信核实" not in done.text
    assert 2 == len(rows(service, "claim"))
    assert 1 == client.get("/receipt").text.count("回执编号 <b")
    receipt = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", client.get("/receipt").text)
    assert receipt
    fields = Fields(send(client, "/my", {"receipt": receipt[0]}).text).values
    send(client, "/my/act", {**fields, "what": "withdraw", "sure": "yes"})
    assert 2 == len([r for r in rows(service, "claim_event") if r["kind"] == "withdrawn"])


# --- scanning again -----------------------------------------------------------------------


def test_the_same_units_code_leads_to_ones_registration(site: Site) -> None:
    service, app = site
    client = app.test_client()
    path = claim(client, service, make_phone(1)).request.path
    page = client.get(f"/q/{code_of(service)}", headers={"User-Agent": PHONE_AGENT}).text
    assert f'href="{path}"' in page and 'name="phone"' not in page and "换一个人登记" in page


def test_another_units_code_offers_to_change_or_another_person(site: Site) -> None:
    service, app = site
    client = app.test_client()
    first = claim(client, service, make_phone(1)).request.path
    page = client.get(f"/q/{code_of(service, 'N08')}", headers={"User-Agent": PHONE_AGENT}).text
    assert "改登记到本单位" in page and "换一个人登记" in page and first in page
    changed = claim(client, service, make_phone(1), "N08")
    units = service.scans.snapshot().units
    assert f"您之前在【{units['N07'].name}】登记过" in changed.text
    token = Fields(client.get(f"/q/{code_of(service, 'A01')}").text).values["token"]
    scans = len(rows(service, "scan"))
    empty = send(client, "/another", {"token": token})
    assert empty.request.path.startswith("/form/") and 'name="phone"' in empty.text
    assert scans == len(rows(service, "scan"))
    assert "登记好了" not in client.get(first).text  # the last person is forgotten
    assert "回执编号 <b" not in client.get("/receipt").text


def test_another_person_begins_no_new_limits(instance: Instance) -> None:
    """Else a list is typed in with a tap between two numbers."""
    with opened(instance, '\n[limits]\nclaims_per_visitor = "2 per hour"\n') as (service, app):
        client = app.test_client()
        for number in (1, 500, 900):
            path = claim(client, service, make_phone(number)).request.path
            send(client, "/another", {"of": path.rpartition("/")[2]})
        assert ["held"] == [row["kind"] for row in rows(service, "claim_event")]


def test_from_the_steps_another_person_begins_at_the_units_page(site: Site) -> None:
    service, app = site
    client = app.test_client()
    path = claim(client, service, make_phone(1)).request.path
    page = send(client, "/another", {"of": path.rpartition("/")[2]})
    assert page.request.path.lower().startswith("/q/n07-1") and 'name="phone"' in page.text
    assert "登记过" not in page.text


# --- the receipt for one more browser -----------------------------------------------------


def test_the_receipt_goes_to_one_more_browser_once_and_by_a_tap(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, app = site
    wechat, chrome, third = (app.test_client() for _ in range(3))
    path = claim(wechat, service, make_phone(1)).request.path
    of = path.rpartition("/")[2]
    handing = send(wechat, "/h", {"of": of}, headers={"User-Agent": PHONE_AGENT})
    assert handing.request.path.startswith("/h/") and "浏览器打开" in handing.text
    at = handing.request.path
    for looker in (chrome, third):  # opening spends nothing
        assert "存到这部手机" in looker.get(at).text
    taken = send(chrome, at, {})
    assert path == taken.request.path and "登记好了" in taken.text
    assert "回执编号 <b" in chrome.get("/receipt").text
    assert path == send(chrome, at, {}).request.path  # a double tap
    late = send(third, at, {})
    assert path == late.request.path and "交接码用过了，步骤还在" in late.text
    assert "回执编号 <b" not in third.get("/receipt").text
    assert "交接码用过了" in third.get(at, follow_redirects=True).text
    # Not proved: what is carried is the receipt, not the right to see how far somebody is.
    old = send(wechat, "/h", {"of": of})
    later = instants.now() + 10 * MINUTE
    monkeypatch.setattr(instants, "now", lambda: later)
    assert "交接码用过了" in send(third, old.request.path, {}).text


def test_nobody_hands_on_what_is_not_theirs(site: Site) -> None:
    service, app = site
    path = claim(app.test_client(), service, make_phone(1)).request.path
    of = path.rpartition("/")[2]
    assert path == send(app.test_client(), "/h", {"of": of}).request.path
    assert [] == rows(service, "passing")
    assert 404 == app.test_client().get("/h/00000000000000000000").status_code


def test_the_same_bytes_for_every_number_at_every_step(site: Site) -> None:
    service, app = site
    seen = set()
    for number in (1, 41, 500):
        client = app.test_client()
        answer = client.post("/claim", data=form_of(client, service, number))
        lengths = tuple(len(cookie) for cookie in answer.headers.getlist("Set-Cookie"))
        page = client.get(answer.headers["Location"])
        seen.add((answer.status_code, masked(answer.headers["Location"]), lengths,
                  masked(answer.text), masked(page.text)))
    assert 1 == len(seen)


# --- a page that was closed ---------------------------------------------------------------


def test_a_password_page_that_was_closed_is_a_claim_of_when_it_was_given(
    messages: Site, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit or a short patience costs the proof; the first number was a slip, and stays one."""
    service, app = messages
    client = app.test_client()
    start = instants.now()
    monkeypatch.setattr(instants, "now", lambda: start)
    form = form_of(client, service, 1)
    send(client, "/claim", form)
    start += 2 * SECOND
    page = send(client, "/claim", {**form, "phone": make_phone(2)})
    assert "过十分钟会自动登记" in page.text
    step = Fields(claim(app.test_client(), service, make_phone(3)).text).values["step"]
    password = password_in(capfd.readouterr().err)
    send(app.test_client(), "/claim/prove", {"step": step, "password": password})
    assert 0 == unanswered.take_in(service, start + 10 * MINUTE)
    assert 1 == unanswered.take_in(service, start + 10 * MINUTE + 1)
    assert 0 == unanswered.take_in(service, start + 11 * MINUTE)
    made = {row["last4"]: (row["at"], row["verified"]) for row in rows(service, "claim")}
    assert {make_phone(2)[-4:]: (start, 0), make_phone(3)[-4:]: (start, 1)} == made
    # Whoever comes back to the page is led on, and its own browser has the receipt.
    monkeypatch.setattr(instants, "now", lambda: start + HOUR)
    assert "登记好了" in client.get(page.request.path, follow_redirects=True).text
    assert "回执编号 <b" in client.get("/receipt").text
    stranger = app.test_client()
    assert "登记好了" not in stranger.get(page.request.path, follow_redirects=True).text
