"""A unit's counter: one device, a queue of customers, and nothing of any of them left on it."""
import re
from collections.abc import Iterator

import pytest
from conftest import Instance
from console import Visitor, add_everyone, signed_in
from factories import make_phone
from flask import Flask
from test_one_time import CONSOLE, password_in
from visitors import Fields, claim, opened, rows
from werkzeug.test import TestResponse

from attribution.deeds import Entry
from attribution.office import accounts, callbacks
from attribution.resident import counter
from attribution.rule import instants
from attribution.service import Service

CUSTOMERS = 15


class Desk(Visitor):
    """A unit's device at its counter; *unit* is whose."""

    def __init__(self, service: Service, app: Flask, name: str, unit: str):
        super().__init__(service)
        self.client, self.unit = app.test_client(), unit
        assert 302 == self.sign_in(name).status_code

    def form(self) -> dict[str, str]:
        page = self.text(f"/counter/{self.unit}")
        return {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0]
                for name in ("csrf_token", "token")}

    def take(self, phone: str, form: dict[str, str] | None = None, **more: str) -> TestResponse:
        return self.client.post(
            f"/counter/{self.unit}/claim",
            data={**(form or self.form()), "phone": phone, "consent": "yes", **more},
        )


@pytest.fixture
def desk(service: Service) -> Desk:
    add_everyone(service)
    app = signed_in(service, "office").client.application
    return Desk(service, app, "bank", "B01")


def token_of(answer: TestResponse) -> str:
    assert 303 == answer.status_code, answer.text
    found = re.search(r"/counter/(?:done|password)/([0-9A-Z]{20})", answer.headers["Location"])
    assert found, answer.headers["Location"]
    return found[1]


def test_a_customer_is_registered_and_takes_it_along(service: Service, desk: Desk) -> None:
    token = token_of(desk.take(make_phone(1)))
    page = desk.text(f"/counter/done/{token}")
    assert "请客人扫码" in page and make_phone(1) not in page and "今天第 <b>1</b> 位" in page
    assert "<svg" in desk.text(f"/counter/done/{token}/code.svg")
    (row,) = rows(service, "claim")
    assert ("counter", None, "B01") == (row["client"], row["scan"], row["unit"])

    phone = desk.client.application.test_client()
    assert "存到这部手机" in phone.get(f"/H/{token}").text
    kept = phone.post(f"/h/{token}", follow_redirects=True)
    assert "登记好了，请接着办" in kept.text
    assert "receipt" in phone.get("/receipt").text
    assert '{"taken":true}\n' == desk.text(f"/counter/done/{token}/seen")


def test_it_is_a_deed_of_the_account(service: Service, desk: Desk) -> None:
    desk.take(make_phone(1))
    (row,) = rows(service, "claim")
    told = [entry for entry in rows(service, "audit") if entry["what"] == "assisted"]
    assert [("bank", f"claim {row['id']}")] == [
        (entry["who"], Entry.from_text(entry["detail"]).subject) for entry in told
    ]
    assert make_phone(1) not in str(told)


def test_the_device_keeps_nothing_of_who_was_served(service: Service, desk: Desk) -> None:
    token = token_of(desk.take(make_phone(1)))
    assert "回执在登记时的手机里" in desk.text("/receipt")
    # Nor may it take what is the customer's.
    desk.client.post(f"/h/{token}")
    assert "回执在登记时的手机里" in desk.text("/receipt")
    name = desk.client.application.config["SESSION_COOKIE_NAME"]
    before = desk.client.get_cookie(name)
    desk.post("/counter/next", {"of": token})
    after = desk.client.get_cookie(name)
    assert before and after and before.value != after.value
    page = desk.text(f"/counter/done/{token}")
    assert "已经交接" in page and "code.svg" not in page
    assert 404 == desk.get(f"/counter/done/{token}/code.svg").status_code
    # A phone that scanned a moment ago still may.
    phone = desk.client.application.test_client()
    assert "登记好了" in phone.post(f"/h/{token}", follow_redirects=True).text


def test_opening_the_next_form_ends_the_screen_before(desk: Desk) -> None:
    token = token_of(desk.take(make_phone(1)))
    desk.get("/counter/B01")
    assert "已经交接" in desk.text(f"/counter/done/{token}")


def test_the_same_form_again_is_the_same_customer(service: Service, desk: Desk) -> None:
    form = desk.form()
    assert {303} == {desk.take(make_phone(1), form).status_code for _ in range(2)}
    assert 1 == len(rows(service, "claim"))
    assert 409 == desk.take(make_phone(2), form).status_code
    assert 1 == len(rows(service, "claim"))


def test_a_slip_keeps_what_was_typed_in_the_page_alone(service: Service, desk: Desk) -> None:
    answer = desk.take(make_phone(1)[:-1])
    assert 400 == answer.status_code and make_phone(1)[:-1] in answer.text
    assert "Set-Cookie" not in answer.headers or make_phone(1)[:-1] not in str(answer.headers)
    assert "有问题：" in answer.text and 'value="yes" checked' in answer.text
    answer = desk.take(make_phone(1), consent="")
    assert 400 == answer.status_code and "客人同意了再勾选" in answer.text
    assert "checked" not in answer.text
    assert [] == rows(service, "claim")


def test_a_queue_is_no_list_being_typed(service: Service, desk: Desk) -> None:
    """Fifteen customers of one device and one network in a minute: none is held."""
    for number in range(CUSTOMERS):
        token_of(desk.take(make_phone(50 * number)))
    assert CUSTOMERS == len(rows(service, "claim"))
    assert [] == rows(service, "claim_event")


def test_numbers_in_a_row_are_held_here_too(service: Service, desk: Desk) -> None:
    for number in range(12):
        desk.take(make_phone(number))
    assert {"sequence"} == {row["reason"] for row in rows(service, "claim_event")}


def test_residents_beside_a_counter_are_not_held_for_its_queue(
    instance: Instance
) -> None:
    with opened(instance, "\n[review]\nper_code = 5\n") as (service, app):
        add_everyone(service)
        desk = Desk(service, app, "bank", "B01")
        for number in range(8):
            token_of(desk.take(make_phone(50 * number)))
        claim(app.test_client(), service, make_phone(9999), "B01")
        assert [] == rows(service, "claim_event")


@pytest.fixture
def with_messages(instance: Instance) -> Iterator[tuple[Service, Desk]]:
    with opened(instance, CONSOLE) as (service, app):
        add_everyone(service)
        yield service, Desk(service, app, "bank", "B01")


def test_a_number_is_proved_by_the_digits_on_the_customers_phone(
    with_messages: tuple[Service, Desk], capfd: pytest.CaptureFixture[str]
) -> None:
    service, desk = with_messages
    for number in range(CUSTOMERS):  # more than one browser may have at home
        step = token_of(desk.take(make_phone(50 * number)))
        page = desk.text(f"/counter/password/{step}")
        assert make_phone(50 * number)[-4:] in page
        csrf = Fields(page).values["csrf_token"]
        wrong = desk.client.post("/counter/prove", data={
            "csrf_token": csrf, "step": step, "password": "0"})
        assert "why=unread" in wrong.headers["Location"]
        done = desk.client.post("/counter/prove", data={
            "csrf_token": csrf, "step": step, "password": password_in(capfd.readouterr().err)})
        assert f"/counter/done/{token_of(done)}" in done.headers["Location"]
        # Sent again, it is the same customer.
        assert 303 == desk.client.post("/counter/prove", data={
            "csrf_token": csrf, "step": step, "password": "1"}).status_code
    assert [1] * CUSTOMERS == [row["verified"] for row in rows(service, "claim")]


def test_who_gets_no_message_is_registered_all_the_same(
    with_messages: tuple[Service, Desk]
) -> None:
    service, desk = with_messages
    step = token_of(desk.take(make_phone(1)))
    done = desk.post("/counter/prove", {"step": step, "skip": "yes"})
    assert "这次没有核实号码" in desk.text(done.headers["Location"])
    assert [0] == [row["verified"] for row in rows(service, "claim")]


@pytest.mark.parametrize("name", accounts.ROLES)
def test_a_counter_is_a_units_own(service: Service, name: str) -> None:
    add_everyone(service)
    visitor = signed_in(service, name)
    own = {"area": "A01", "department": "D01", "bank": "B01"}.get(name)
    if own is None:
        for path in ("/counter/", "/counter/B01", "/counter/B01/slips"):
            assert 403 == visitor.get(path).status_code, path
        assert 403 == visitor.post("/counter/B01/claim").status_code
        assert "/counter/" not in visitor.text("/admin/guide")
        return
    assert 200 == visitor.client.get("/counter/", follow_redirects=True).status_code
    assert 200 == visitor.get(f"/counter/{own}").status_code
    for path in ("/counter/B02", "/counter/A02", "/counter/D02", "/counter/nowhere"):
        assert 404 == visitor.get(path).status_code, path
    assert 404 == visitor.post("/counter/B02/claim", {"phone": make_phone(1)}).status_code


def test_another_counters_screen_is_not_there(service: Service, desk: Desk) -> None:
    token = token_of(desk.take(make_phone(1)))
    other = signed_in(service, "area")
    for page in ("", "/code.svg", "/seen", "/slip"):
        assert 404 == other.get(f"/counter/done/{token}{page}").status_code, page
    assert 404 == other.post("/counter/next", {"of": token}).status_code


def test_a_stranger_is_led_to_the_door_and_back(service: Service) -> None:
    add_everyone(service)
    visitor = Visitor(service)
    answer = visitor.get("/counter/B01")
    assert 302 == answer.status_code
    query = answer.headers["Location"].partition("?")[2]
    assert "/counter/B01" == visitor.sign_in("bank", query=f"?{query}").headers["Location"]


def test_no_form_is_taken_without_its_token(service: Service, desk: Desk) -> None:
    for path in ("/counter/B01/claim", "/counter/prove", "/counter/next"):
        assert 400 == desk.client.post(path, data={}).status_code, path


def test_a_slip_of_paper_says_the_steps_and_gives_no_right(service: Service, desk: Desk) -> None:
    token = token_of(desk.take(make_phone(1)))
    page = desk.text(f"/counter/done/{token}/slip")
    assert "请保管这张纸" in page and "/S/" in page and 1 == page.count("<section class=\"slip\"")
    assert make_phone(1) not in page
    (receipt,) = rows(service, "receipt")
    assert receipt["digest"] not in page
    assert 4 == desk.text("/counter/B01/slips").count("<section class=\"slip\"")


def test_some_customers_are_asked_afterwards(service: Service, desk: Desk) -> None:
    for number in range(CUSTOMERS):
        desk.take(make_phone(50 * number))
    key = service.settings.person_pepper
    ids = {row["id"] for row in rows(service, "claim")}
    assert {one.claim for one in callbacks.drawn(service.ledger, key, 3, instants.now())} == {
        id for id in ids if counter.is_sampled(id, key, 3)
    }
    checker = signed_in(service, "checker")
    page = checker.text("/admin/callbacks")
    assert re.search(rf"<td>{CUSTOMERS}</td><td>{CUSTOMERS}</td><td>100%</td>", page)
    claim = min(ids)
    answer = checker.post(f"/admin/callbacks/{claim}", {"outcome": "denies", "note": "不认得"})
    assert 302 == answer.status_code
    told = [row for row in rows(service, "audit") if row["what"] == "called_back"]
    assert [("checker", f"claim {claim}", "denies")] == [
        (row["who"], Entry.from_text(row["detail"]).subject, Entry.from_text(row["detail"]).after)
        for row in told
    ]
    for path, outcome in ((claim, "perhaps"), (5, "knows")):
        assert 400 == checker.post(f"/admin/callbacks/{path}", {"outcome": outcome}).status_code


def test_one_in_ten_is_drawn_and_the_key_decides() -> None:
    drawn = sum(counter.is_sampled(claim, "k" * 32, 10) for claim in range(10_000))
    assert 800 < drawn < 1200
    assert not counter.is_sampled(1, "k" * 32, 0) and counter.is_sampled(1, "k" * 32, 1)
    other = [counter.is_sampled(claim, "o" * 32, 10) for claim in range(100)]
    assert other != [counter.is_sampled(claim, "k" * 32, 10) for claim in range(100)]
