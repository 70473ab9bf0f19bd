"""One-time passwords: proof of a number, their limits, and what a proved person is told."""
import json
import re

import pytest
from conftest import Instance
from factories import make_phone
from flask.testing import FlaskClient
from visitors import Fields, claim, code_of, listening, masked, opened, rows, scan
from visitors import send as follow
from werkzeug import Request, Response

from attribution.resident.messages import Gateway, NotSent
from attribution.resident.one_time import OneTime, Proved, Sent, TooMany, Wrong
from attribution.resident.signed_post import sign
from attribution.rule.instants import DAY, HOUR, MINUTE, SECOND, now
from attribution.rule.people import Person, identify, open_head
from attribution.service import Service
from attribution.settings.resident_options import Quotas

CONSOLE = '\n[one_time]\nsender = "console"\n'


class Phone:
    """Receives messages."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []

    def send(self, phone: str, password: str) -> None:
        self.got.append((phone, password))


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def one_time(service: Service, phone: Phone) -> OneTime:
    return OneTime(service.ledger, "k" * 32, Quotas(), phone)


def person(number: int = 1) -> Person:
    return identify(make_phone(number), "p" * 32)


def send(one_time: OneTime, at: int, number: int = 1, **more: str) -> Sent | TooMany:
    told = {"purpose": "claim", "form": "f", "network": "n", "visitor": "v", **more}
    return one_time.send(make_phone(number), person(number), at, **told)


def sent(one_time: OneTime, at: int, number: int = 1) -> str:
    done = send(one_time, at, number)
    assert isinstance(done, Sent)
    return done.id


def test_the_right_password_proves_once(one_time: OneTime, phone: Phone) -> None:
    id = sent(one_time, 0)
    (number, password), = phone.got
    assert (make_phone(1), 6) == (number, len(password))
    spoken = f" {password[:3]} {password[3:]}"
    assert Proved(person(), "f", "claim") == one_time.check(id, spoken, 1)
    assert Wrong("expired") == one_time.check(id, password, 2 + MINUTE)


def test_the_same_form_a_moment_later_sends_no_second_message(
    one_time: OneTime, phone: Phone
) -> None:
    """A web server asks again when the first answer was lost: the page must fit the message."""
    first = send(one_time, 0)
    assert first == send(one_time, 30 * SECOND)
    assert 1 == len(phone.got)
    assert TooMany(30) == send(one_time, 30 * SECOND, form="another")
    later = send(one_time, MINUTE + SECOND)
    assert isinstance(later, Sent) and later != first
    assert 2 == len(phone.got)


def test_the_same_password_a_moment_later_proves_the_same_claim_and_nothing_else(
    one_time: OneTime, phone: Phone
) -> None:
    id = sent(one_time, 0)
    password = phone.got[0][1]
    other = f"{(int(password) + 1) % 10**6:06d}"
    proved = one_time.check(id, password, 1)
    assert proved == one_time.check(id, password, 30 * SECOND)
    assert Wrong("expired") == one_time.check(id, other, 30 * SECOND)
    my = one_time.send(
        make_phone(2), person(2), 0, purpose="my", form="", network="n", visitor="v"
    )
    assert isinstance(my, Sent)
    assert isinstance(one_time.check(my.id, phone.got[1][1], 1), Proved)
    assert Wrong("expired") == one_time.check(my.id, phone.got[1][1], 2)


def test_five_tries_and_then_not_even_the_right_one(one_time: OneTime, phone: Phone) -> None:
    id = sent(one_time, 0)
    password = phone.got[0][1]
    other = f"{(int(password) + 1) % 10**6:06d}"
    lefts = [one_time.check(id, other, 1) for _ in range(4)]
    assert [Wrong("wrong", left) for left in (4, 3, 2, 1)] == lefts
    assert Wrong("tries") == one_time.check(id, other, 1)
    assert Wrong("tries") == one_time.check(id, password, 1)


@pytest.mark.parametrize("dress", [
    "{wide}", "{0}。", "\u202d{0}\u202c", "{0}\u200b", "{1}\u00a0{2}", "{1}-{2}", "{1}　{2}",
    "【云闪付】验证码：{0}，5分钟内有效。", "您的验证码是“{wide}”",
])
def test_a_password_is_read_however_it_is_typed(
    one_time: OneTime, phone: Phone, dress: str
) -> None:
    id = sent(one_time, 0)
    password = phone.got[0][1]
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in password)
    typed = dress.format(password, password[:3], password[3:], wide=wide)
    assert Proved(person(), "f", "claim") == one_time.check(id, typed, 1)


@pytest.mark.parametrize("typed", [
    "", "12345", "1234567", "abcdef", "①②③④⑤⑥", "123456 654321", "١٢٣٤٥٦", "1" * 501,
])
def test_what_is_no_password_is_told_and_costs_no_try(
    one_time: OneTime, phone: Phone, typed: str
) -> None:
    id = sent(one_time, 0)
    for _ in range(7):
        assert Wrong("unread") == one_time.check(id, typed, 1)
    assert Proved(person(), "f", "claim") == one_time.check(id, phone.got[0][1], 1)


def test_a_password_lasts_five_minutes(one_time: OneTime, phone: Phone) -> None:
    id = sent(one_time, 0)
    assert Wrong("expired") == one_time.check(id, phone.got[0][1], 300 * SECOND)
    assert isinstance(one_time.check(id, phone.got[0][1], 300 * SECOND - 1), Proved)


def test_a_newer_message_voids_the_older(one_time: OneTime, phone: Phone) -> None:
    old, new = sent(one_time, 0), sent(one_time, 61 * SECOND)
    assert Wrong("expired") == one_time.check(old, phone.got[0][1], 62 * SECOND)
    assert isinstance(one_time.check(new, phone.got[1][1], 62 * SECOND), Proved)


def test_one_a_minute_five_an_hour_ten_a_day(one_time: OneTime, phone: Phone) -> None:
    start = now()
    sent(one_time, start)
    assert TooMany(30) == send(one_time, start + 30 * SECOND, form="another")
    at = start
    for _ in range(2000):
        at += MINUTE + SECOND
        send(one_time, at)
        if at > start + 3 * HOUR:
            break
    times = [row["at"] for row in _rows(one_time)]
    for first in times:
        assert sum(first <= t < first + HOUR for t in times) <= 5
        assert sum(first <= t < first + DAY for t in times) <= 10
    assert 10 == len(phone.got)


def test_budgets_of_a_browser_a_network_and_a_day(service: Service, phone: Phone) -> None:
    quotas = Quotas(visitor_per_day=2, network_per_day=3, all_per_day=4)
    one_time = OneTime(service.ledger, "k" * 32, quotas, phone)
    outcomes = [
        isinstance(send(one_time, 0, n, visitor=v, network=net), Sent)
        for n, (v, net) in enumerate(
            [("a", "x"), ("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"), ("d", "y"), ("e", "z")]
        )
    ]
    assert [True, True, False, True, False, True, False] == outcomes


def test_the_ledger_keeps_no_password(one_time: OneTime, phone: Phone) -> None:
    sent(one_time, 0)
    assert phone.got[0][1] not in json.dumps(_rows(one_time))


def _rows(one_time: OneTime) -> list[dict[str, int]]:
    with one_time._store.read() as connection:
        return connection.rows("select * from one_time")


# --- gateways -----------------------------------------------------------------------------


def test_the_gateway_gets_number_and_password_signed() -> None:
    got = []

    @Request.application
    def gateway(request: Request) -> Response:
        body = request.get_data()
        due = sign("key", request.headers["X-Timestamp"], request.headers["X-Nonce"], body)
        got.append((json.loads(body), due == request.headers["X-Signature"]))
        return Response(status=202 if len(got) == 1 else 500)

    with listening(gateway) as url:
        Gateway(f"{url}/send", "key").send(make_phone(1), "123456")
        with pytest.raises(NotSent, match="the gateway answered 500"):
            Gateway(f"{url}/send", "key").send(make_phone(1), "123456")
    assert ({"phone": make_phone(1), "password": "123456"}, True) == got[0]
    with pytest.raises(NotSent, match="cannot be reached") as caught:
        Gateway("http://127.0.0.1:9/", "key").send(make_phone(1), "123456")
    assert make_phone(1) not in str(caught.value)


@pytest.mark.parametrize("kit", ["aliyun", "tencent"])
def test_a_carriers_kit_sends_and_tells_a_refusal(kit: str) -> None:
    """The real kit against an imitation of the carrier's interface."""
    pytest.importorskip(
        {"aliyun": "alibabacloud_dysmsapi20170525", "tencent": "tencentcloud.sms"}[kit]
    )
    from attribution.resident.messages import Aliyun, Sender, Tencent

    got: list[str] = []
    code = ["OK", "Ok"]

    @Request.application
    def carrier(request: Request) -> Response:
        got.append(request.url + request.get_data(as_text=True))
        answer = {
            "Code": code[0], "Message": "m", "RequestId": "r",
            "Response": {"SendStatusSet": [{"Code": code[1]}], "RequestId": "r"},
        }
        return Response(json.dumps(answer), mimetype="application/json")

    with listening(carrier) as url:
        endpoint = url.removeprefix("http://")
        sender: Sender
        if kit == "aliyun":
            sender = Aliyun("i", "s", "sign", "t", endpoint=endpoint, protocol="http")
        else:
            sender = Tencent("i", "s", "a", "sign", "t", endpoint=endpoint, protocol="http")
        sender.send(make_phone(1), "123456")
        assert make_phone(1) in got[0] and "123456" in got[0]
        code[:] = ["isv.BUSINESS_LIMIT_CONTROL", "LimitExceeded"]
        with pytest.raises(NotSent, match="L") as caught:
            sender.send(make_phone(1), "123456")
        assert make_phone(1) not in str(caught.value)


def test_a_kit_that_is_not_installed_is_named() -> None:
    import importlib.util

    from attribution.resident.messages import Aliyun
    from qrgen.shell import Fault

    if importlib.util.find_spec("alibabacloud_dysmsapi20170525"):
        pytest.skip("it is installed")
    with pytest.raises(Fault) as caught:
        Aliyun("i", "s", "sign", "t")
    assert "zhuanma[aliyun]" in str(caught.value.hint)


# --- on the web ---------------------------------------------------------------------------


def password_in(text: str) -> str:
    found = re.findall(r"one-time password for \d{3}\*{4}\d{4}: (\d{6})", text)
    assert found, text
    return str(found[-1])


def start(client: FlaskClient, service: Service, number: int) -> dict[str, str]:
    answer = claim(client, service, make_phone(number))
    assert 200 == answer.status_code
    assert "/claim/prove" in Fields(answer.text).actions
    return Fields(answer.text).values


def test_a_proved_claim_is_verified_and_told_where_it_stands(
    instance: Instance, capfd: pytest.CaptureFixture[str]
) -> None:
    with opened(instance, CONSOLE) as (service, app):
        client = app.test_client()
        step = start(client, service, 1)["step"]
        assert [] == rows(service, "claim")
        password = password_in(capfd.readouterr().err)
        wrong = follow(client, "/claim/prove", {"step": step, "password": "0" * 6})
        assert f"/password/{step}" == wrong.request.path and "还能再试4次" in wrong.text
        done = follow(client, "/claim/prove", {"step": step, "password": password})
        assert 200 == done.status_code and done.request.path.startswith("/s/")
        assert "登记好了，请接着办" in done.text and "没有用短信核实" not in done.text
        (row,) = rows(service, "claim")
        assert 1 == row["verified"]
        # The same form again starts nothing and is answered alike; another password is not.
        again = follow(client, "/claim/prove", {"step": step, "password": password})
        assert (200, done.text) == (again.status_code, again.text)
        other = f"{(int(password) + 1) % 10**6:06d}"
        stranger = app.test_client()
        told = follow(stranger, "/claim/prove", {"step": step, "password": other})
        assert done.request.path == told.request.path and "登记好了" not in told.text
        assert done.request.path == client.get(f"/password/{step}").headers["Location"]
        assert 1 == len(rows(service, "claim"))


def test_a_form_for_a_password_sent_twice_gets_one_message_and_one_page(
    instance: Instance, capfd: pytest.CaptureFixture[str]
) -> None:
    """Behind a web server that asks again when a connection broke."""
    with opened(instance, CONSOLE) as (service, app):
        client = app.test_client()
        fields = scan(client, code_of(service))
        form = {"token": fields.values["token"], "phone": make_phone(1), "consent": "yes"}
        first, second = (follow(app.test_client(), "/claim", form) for _ in range(2))
        assert (200, first.text) == (second.status_code, second.text)
        password_in(err := capfd.readouterr().err)
        assert 1 == err.count("one-time password for")
        step = Fields(first.text).values["step"]
        skipped = [
            follow(client, "/claim/prove", {"step": step, "skip": "yes"}) for _ in range(2)
        ]
        assert 200 == skipped[0].status_code
        assert skipped[0].request.path == skipped[1].request.path
        assert 1 == len(rows(service, "claim"))


def test_the_first_digits_are_kept_sealed_once_there_is_a_claim(
    instance: Instance, capfd: pytest.CaptureFixture[str]
) -> None:
    """By a password, or without one: not before, and opened by the pepper alone."""
    with opened(instance, CONSOLE) as (service, app):
        client = app.test_client()
        step = start(client, service, 1)["step"]
        assert [] == rows(service, "head")
        password = password_in(capfd.readouterr().err)
        client.post("/claim/prove", data={"step": step, "password": password})
        step = start(client, service, 2)["step"]
        client.post("/claim/prove", data={"step": step, "skip": "1"})
        pepper = service.settings.person_pepper
        kept = {row["person"]: row["sealed"] for row in rows(service, "head")}
        assert {make_phone(1)[:3]} == {open_head(kept[p], p, pepper) for p in kept}
        assert set(kept) == {identify(make_phone(n), pepper).digest for n in (1, 2)}


def test_before_the_password_every_number_gets_the_same_page(instance: Instance) -> None:
    with opened(instance, CONSOLE) as (service, app):
        pages = set()
        for number in (10001, 20001):  # the same last digits: the page reads them back
            text = claim(app.test_client(), service, make_phone(number)).text
            pages.add(re.sub(r"/form/[^/#\"]+", "", masked(text)))
        assert 1 == len(pages)


def test_who_gets_no_message_can_claim_unproved(instance: Instance) -> None:
    with opened(instance, CONSOLE) as (service, app):
        client = app.test_client()
        step = start(client, service, 1)["step"]
        done = follow(client, "/claim/prove", {"step": step, "skip": "yes"})
        assert 200 == done.status_code and "登记好了" in done.text
        assert "没有用短信核实" in done.text
        assert [0] == [row["verified"] for row in rows(service, "claim")]


def test_a_form_that_asks_for_too_many_passwords_still_registers(instance: Instance) -> None:
    """A limit costs a message, never the way."""
    config = CONSOLE + '\n[limits]\nclaims_per_form = "2 per hour"\n'
    with opened(instance, config) as (service, app):
        client = app.test_client()
        fields = scan(client, code_of(service)).values
        pages = [
            follow(client, "/claim", {**fields, "phone": make_phone(n), "consent": "yes"})
            for n in (1, 500, 900)
        ]
        assert [200] * 3 == [page.status_code for page in pages]
        assert ["/claim/prove" in Fields(page.text).actions for page in pages] == [
            True, True, False
        ]
        (row,) = rows(service, "claim")
        assert (0, identify(make_phone(900), service.settings.person_pepper).digest) == (
            row["verified"], row["person"]
        )


def test_made_up_steps_shut_no_neighbour_out(instance: Instance) -> None:
    """Who posts junk at the door of proofs must not close it to the village behind him."""
    village = {"REMOTE_ADDR": "198.51.100.7"}
    config = CONSOLE + '\n[limits]\nrights_per_network = "3 per hour"\n'
    with opened(instance, config) as (service, app):
        for number in range(10):
            for path in ("/claim/prove", "/my/prove"):
                answer = app.test_client().post(
                    path, data={"step": f"{number:032x}", "password": "000000"},
                    environ_overrides=village,
                )
                assert 404 == answer.status_code
        client = app.test_client()
        step = start(client, service, 1)["step"]
        done = follow(
            client, "/claim/prove", {"step": step, "skip": "1"}, environ_overrides=village
        )
        assert 200 == done.status_code and 1 == len(rows(service, "claim"))


def test_a_gateway_that_is_down_is_no_reason_to_send_anybody_home(instance: Instance) -> None:
    (instance.folder / "keys" / "messages.keys").write_text("m" * 32)
    config = '\n[one_time]\nsender = "http"\nurl = "http://127.0.0.1:9/send"\n'
    with opened(instance, config) as (service, app):
        fields = scan(app.test_client(), code_of(service))
        form = {"token": fields.values["token"], "phone": make_phone(1), "consent": "yes"}
        answer = follow(app.test_client(), "/claim", form)
        assert 200 == answer.status_code and "短信现在发不出去，已经先登记" in answer.text
        again = follow(app.test_client(), "/claim", form)
        assert answer.request.path == again.request.path
        assert [0] == [row["verified"] for row in rows(service, "claim")]


def test_my_shows_everything_to_whom_the_number_belongs(
    instance: Instance, capfd: pytest.CaptureFixture[str]
) -> None:
    with opened(instance, CONSOLE) as (service, app):
        client = app.test_client()
        for unit in ("N07", "N08"):
            step = Fields(claim(client, service, make_phone(1), unit).text).values.get("step")
            if step:
                follow(client, "/claim/prove", {"step": step, "skip": "yes"})
        with service.store.transaction() as connection:
            connection.run("delete from one_time")  # the minute between two messages
        page = follow(client, "/my", {"phone": make_phone(1)})
        step = Fields(page.text).values["step"]
        password = password_in(capfd.readouterr().err)
        mine = follow(client, "/my/prove", {"step": step, "password": password}).text
        assert "请接着办后三步" in mine and "已登记" in mine
        proof = Fields(mine).values["proof"]
        asked = follow(client, "/my/act", {"proof": proof, "what": "erase"})
        assert "真的要撤回并删除吗" in asked.text and [] == rows(service, "claim_event")
        assert all(service.scans.snapshot().units[u].name in asked.text for u in ("N07", "N08"))
        gone = follow(client, "/my/act", {"proof": proof, "what": "erase", "sure": "yes"})
        assert "已删除您的登记" in gone.text
        kinds = [row["kind"] for row in rows(service, "claim_event")]
        assert ["withdrawn"] * len(rows(service, "claim")) == kinds
        assert [] == rows(service, "receipt")
        assert 1 == len(rows(service, "erasure_asked"))
        # The proof went with the rest.
        over = follow(client, "/my/act", {"proof": proof, "what": "erase"})
        assert "/my" == over.request.path and "时间过了" in over.text
