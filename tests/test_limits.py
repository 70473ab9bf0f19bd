"""How often, and what looks like a list being typed: limits refuse, reviews hold, nothing drops."""
import shutil
import subprocess
import threading
import time
from functools import cache
from pathlib import Path

import pytest
from conftest import Instance
from factories import make_phone
from visitors import claim, code_of, opened, rows, scan

from attribution import decisions, instants
from attribution.instants import HOUR, MINUTE, SECOND
from attribution.review import Signs, neighbours, reason_to_hold
from attribution.service import Service
from attribution.store import ledger, log


def test_a_village_behind_one_address_gets_through(instance: Instance) -> None:
    config = '\n[limits]\nclaims_per_visitor = "5 per minute"\n'
    with opened(instance, config) as (service, app):
        village = {"REMOTE_ADDR": "100.64.7.9"}  # carrier NAT (RFC 6598)
        codes = [
            claim(
                app.test_client(), service, make_phone(37 * n), f"N{1 + n % 40:02d}",
                environ_overrides=village,
            ).status_code
            for n in range(30)
        ]
        assert [200] * 30 == codes


def test_a_network_a_browser_and_a_form_have_their_limits(instance: Instance) -> None:
    config = """
[limits]
claims_per_network = "4 per hour"
claims_per_visitor = "3 per hour"
claims_per_form = "2 per hour"
"""
    with opened(instance, config) as (service, app):
        client = app.test_client()
        one = [claim(client, service, make_phone(37 * n)).status_code for n in range(4)]
        assert [200, 200, 200, 429] == one
        far = {"REMOTE_ADDR": "198.51.100.7"}
        many = [
            claim(
                app.test_client(), service, make_phone(37 * n), environ_overrides=far
            ).status_code
            for n in range(5)
        ]
        assert [200] * 4 + [429] == many
        fields = scan(app.test_client(), code_of(service)).values
        typed = [
            app.test_client().post("/claim", data={**fields, "phone": "1", "consent": "yes"})
            for _ in range(3)
        ]
        assert [400, 400, 429] == [answer.status_code for answer in typed]
        assert "60" == typed[-1].headers["Retry-After"]
        assert "请等1分钟" in typed[-1].text


def test_a_refused_form_is_not_spent(instance: Instance) -> None:
    with opened(instance, '\n[limits]\nclaims_per_form = "1 per 1 hour"\n') as (service, app):
        client = app.test_client()
        fields = scan(client, code_of(service)).values
        data = {**fields, "phone": make_phone(1), "consent": "yes"}
        client.post("/claim", data={**data, "phone": "1"})
        assert 429 == client.post("/claim", data=data).status_code
        app.extensions["zhuanma.limiter"].reset()  # the hour is over
        assert 200 == client.post("/claim", data=data).status_code


@pytest.mark.skipif(not shutil.which("redis-server"), reason="no Redis here")
def test_workers_count_together_through_redis(instance: Instance, tmp_path: Path) -> None:
    socket = tmp_path / "r.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""],
        stdout=subprocess.DEVNULL, cwd=tmp_path,
    )
    try:
        until = time.monotonic() + 10
        while not socket.exists() and time.monotonic() < until:
            time.sleep(0.05)
        config = f"""
[limits]
storage = "redis+unix://{socket}"
claims_per_network = "2 per hour"
"""
        far = {"REMOTE_ADDR": "198.51.100.7"}
        with opened(instance, config) as (service, app):
            from attribution import create_app

            other = create_app(service.settings, service)
            codes = [
                claim(
                    one.test_client(), service, make_phone(37 * n), environ_overrides=far
                ).status_code
                for n, one in enumerate([app, other, app, other])
            ]
            assert [200, 200, 429, 429] == codes
            # Without its Redis the service goes on.
            server.kill()
            server.wait()
            assert 200 == claim(
                app.test_client(), service, make_phone(1), environ_overrides=far
            ).status_code
    finally:
        server.kill()
        server.wait()


# --- review -------------------------------------------------------------------------------


def hold(service: Service, unit: str, at: int, number: int, **more: int | bool) -> str | None:
    """Review one claim at *at* whose form was opened *took_s* before; then add it."""
    from attribution.people import identify

    took_s = int(more.pop("took_s", 30))
    signs = more.pop("signs", Signs())
    opened_at = at - took_s * SECOND
    scan_id = service.store.next_id(opened_at) if took_s else service.store.next_id(at)
    person = identify(make_phone(number), "p" * 32)
    row = log.Claim(
        service.store.next_id(at), service.campaign.id, person.digest, at, unit, 1, None,
        scan_id, False, person.last4, "c", "n", "wechat", token=f"{scan_id:x}",
    )
    near = neighbours(make_phone(number), "p" * 32, "sha256")

    def act(connection):  # type: ignore[no-untyped-def]
        reason = reason_to_hold(
            connection, service.campaign.id, unit, now=at, scan=scan_id, near=near,
            honeypot=bool(more.get("honeypot")), signs=signs,  # type: ignore[arg-type]
        )
        log.add_claim(connection, row)
        return reason

    result: str | None = service.store.write(act)
    return result


@cache
def noon() -> int:
    """Return the noon, in Shanghai, of the day on which it was first asked for."""
    return instants.day_start(instants.day_of(instants.now())) + 12 * HOUR


def test_a_stall_is_not_suspected(service: Service) -> None:
    """Three helpers, one person every 20 seconds, for a quarter of an hour."""
    found = [hold(service, "N07", noon() + n * 20 * SECOND, 997 * n) for n in range(45)]
    assert {None} == set(found)


def test_a_list_being_typed_is_held(service: Service) -> None:
    found = [hold(service, "N07", noon() + n * 5 * SECOND, 997 * n) for n in range(80)]
    assert [None] * 60 + ["velocity"] * 20 == found
    # Another code is not to blame, and this one not for ever.
    assert hold(service, "N08", noon() + 401 * SECOND, 1) is None
    assert hold(service, "N07", noon() + 2 * HOUR, 2) is None


def test_numbers_in_a_row_are_held(service: Service) -> None:
    found = [hold(service, "N07", noon() + n * 60 * SECOND, 5000 + n) for n in range(12)]
    assert [None] * 8 + ["sequence"] * 4 == found


def test_a_quick_claim_alone_is_nothing_but_thirty_are(service: Service) -> None:
    found = [hold(service, "N07", noon() + n * 15 * SECOND, 997 * n, took_s=1) for n in range(32)]
    assert [None] * 30 + ["too_fast"] * 2 == found


def test_a_burst_at_night_is_held(service: Service) -> None:
    night = instants.day_start(instants.day_of(instants.now())) + 2 * HOUR
    found = [hold(service, "N07", night + n * 2 * MINUTE, 997 * n) for n in range(22)]
    assert [None] * 20 + ["night"] * 2 == found


def test_a_sign_can_be_switched_off(service: Service) -> None:
    signs = Signs(per_code=0, too_fast=0, in_a_row=0, at_night=0)
    found = [hold(service, "N07", noon() + n, n, signs=signs) for n in range(70)]  # type: ignore[arg-type]
    assert {None} == set(found)


def test_the_honeypot_holds_and_the_page_says_nothing(instance: Instance) -> None:
    with opened(instance) as (service, app):
        trapped = claim(app.test_client(), service, make_phone(1), data={"remark": "hi"})
        plain = claim(app.test_client(), service, make_phone(500))
        assert plain.get_data() == trapped.get_data()
        (event,) = rows(service, "claim_event")
        assert ("held", "honeypot", "rule") == (event["kind"], event["reason"], event["by_whom"])


def test_a_plain_claim_at_once_is_not_held(instance: Instance) -> None:
    with opened(instance) as (service, app):
        assert 200 == claim(app.test_client(), service, make_phone(1)).status_code
        assert [] == rows(service, "claim_event")


# --- a thousand at once -------------------------------------------------------------------


def test_claims_of_one_number_from_many_codes_leave_one_order(instance: Instance) -> None:
    """Every claim is kept; the rule names one winner, the claim with the highest id."""
    with opened(instance) as (service, app):
        units = [f"N{n:02d}" for n in range(1, 88)]
        answers: list[int] = []
        todo = iter([units[n % 87] for n in range(200)])
        mutex = threading.Lock()

        def work() -> None:
            while True:
                with mutex:
                    unit = next(todo, None)
                if unit is None:
                    return
                answers.append(
                    claim(app.test_client(), service, make_phone(1), unit).status_code
                )

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [200] * 200 == answers
        claims = rows(service, "claim")
        assert 200 == len({row["id"] for row in claims})
        person = claims[0]["person"]
        now = max(row["at"] for row in claims) + SECOND

        def facts(connection):  # type: ignore[no-untyped-def]
            ledger.add_facts(
                connection,
                [ledger.Fact(service.store.next_id(now), service.campaign.id, person, now, now,
                             "b", "0001", now, now, now)],
            )
            decisions.refresh(service.store, connection, service.campaign, [person], now, "feed")

        service.store.write(facts)
        (credit,) = rows(service, "credit")
        last = max(claims, key=lambda row: (row["at"], row["id"]))
        assert (last["id"], last["unit"]) == (credit["claim"], credit["unit"])
