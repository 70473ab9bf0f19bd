"""How often, and what looks like a list being typed: it is held for a look, and nothing drops."""
import shutil
import subprocess
import threading
import time
from functools import cache
from pathlib import Path

import pytest
from conftest import Instance
from factories import make_phone
from visitors import claim, code_of, masked, opened, rows, scan

from attribution import judging
from attribution.resident.review import neighbours, reason_to_hold
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, SECOND
from attribution.service import Service
from attribution.settings.resident_options import Signs
from attribution.store import log, standings
from attribution.web import counts


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


def held(service: Service) -> list[tuple[str, str]]:
    """Return reason and unit of every claim that was held, in the order of the claims."""
    units = {row["id"]: row["unit"] for row in rows(service, "claim")}
    events = sorted(rows(service, "claim_event"), key=lambda row: row["claim"])
    return [(row["reason"], units[row["claim"]]) for row in events]


def test_a_claim_beyond_a_limit_is_taken_and_held(instance: Instance) -> None:
    """A limit cannot tell a list being typed from a market day: it turns nobody away."""
    config = """
[limits]
claims_per_network = "4 per hour"
claims_per_visitor = "3 per hour"
claims_per_code = "5 per hour"
"""
    with opened(instance, config) as (service, app):
        def claims(numbers: range, unit: str, address: str, one: bool = False) -> list[int]:
            client = app.test_client()
            return [
                claim(
                    client if one else app.test_client(), service, make_phone(37 * n), unit,
                    environ_overrides={"REMOTE_ADDR": address},
                ).status_code
                for n in numbers
            ]

        assert [200] * 4 == claims(range(4), "N01", "127.0.0.1", one=True)
        assert [("crowded", "N01")] == held(service)
        assert [200] * 5 == claims(range(4, 9), "N02", "198.51.100.7")
        assert [("crowded", "N01"), ("crowded", "N02")] == held(service)
        answers = [claims(range(n, n + 1), "N03", f"203.0.{n}.7") for n in range(9, 15)]
        assert [[200]] * 6 == answers
        assert ("crowded", "N03") == held(service)[-1] and 3 == len(held(service))
        assert 15 == len(rows(service, "claim"))


def test_what_is_no_claim_costs_nobody_anything(instance: Instance) -> None:
    """Forged tokens closed a unit's code to its real visitors, and slips a form to its own."""
    config = """
[limits]
claims_per_network = "10 per hour"
claims_per_code = "10 per hour"
claims_per_form = "1 per hour"
"""
    village = {"REMOTE_ADDR": "198.51.100.7"}
    with opened(instance, config) as (service, app):
        fields = scan(app.test_client(), code_of(service), environ_overrides=village).values
        token = fields["token"]
        data = {"phone": make_phone(1), "consent": "yes"}
        forged = token[:-1] + ("A" if token[-1] != "A" else "B")
        for wrong in (forged, "1:1:N07:1:.x", "", "?"):
            for _ in range(12):
                answer = app.test_client().post(
                    "/claim", data={**data, "token": wrong}, environ_overrides=village
                )
                assert 400 == answer.status_code
        for slip in ({"phone": "1"}, {"consent": ""}):
            for _ in range(12):
                answer = app.test_client().post(
                    "/claim", data={**fields, **data, **slip}, environ_overrides=village
                )
                assert "/form/" in answer.headers["Location"]
        people = [
            claim(
                app.test_client(), service, make_phone(37 * n), environ_overrides=village
            ).status_code
            for n in range(10)
        ]
        assert [200] * 10 == people
        assert [] == held(service)


def test_a_form_sent_again_and_again_counts_once(instance: Instance) -> None:
    """Else whoever repeats one form has the claims of all his neighbours held."""
    with opened(instance, '\n[limits]\nclaims_per_code = "2 per hour"\n') as (service, app):
        village = {"REMOTE_ADDR": "198.51.100.7"}
        fields = scan(app.test_client(), code_of(service), environ_overrides=village).values
        data = {**fields, "phone": make_phone(1), "consent": "yes"}
        for _ in range(5):
            answer = app.test_client().post("/claim", data=data, environ_overrides=village)
            assert 303 == answer.status_code
        assert 200 == claim(
            app.test_client(), service, make_phone(500), environ_overrides=village
        ).status_code
        assert [] == held(service)


def test_counts_in_memory_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address costs an attacker nothing; a key of his must not stay for ever."""
    monkeypatch.setattr(counts, "MOST", 100)
    kept = counts.BoundedMemory()
    for number in range(1000):
        assert 1 == kept.incr(f"network {number}", 600)
    assert 100 == kept.reset()


def test_a_window_in_memory_begins_with_its_first_count_and_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("attribution.web.counts.time.time", lambda: now)
    kept = counts.BoundedMemory()
    assert [1, 2] == [kept.incr("k", 60), kept.incr("k", 60)]
    assert (2, 1060.0) == (kept.get("k"), kept.get_expiry("k"))
    now = 1060.0
    assert (0, 1) == (kept.get("k"), kept.incr("k", 60))
    kept.clear("k")
    assert 0 == kept.get("k")


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
            from attribution.web.application import create_app

            other = create_app(service.settings, service)
            codes = [
                claim(
                    one.test_client(), service, make_phone(37 * n), environ_overrides=far
                ).status_code
                for n, one in enumerate([app, other, app, other])
            ]
            assert [200] * 4 == codes
            assert [("crowded", "N07")] * 2 == held(service)
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
    from attribution.rule.people import identify

    took_s = int(more.pop("took_s", 30))
    signs = more.pop("signs", Signs())
    opened_at = at - took_s * SECOND
    scan_id = service.store.next_id(opened_at) if took_s else service.store.next_id(at)
    person = identify(make_phone(number), "p" * 32)
    row = log.ClaimRow(
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
        assert masked(plain.text) == masked(trapped.text)
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
            standings.add_facts(
                connection,
                [standings.FactRow(service.store.next_id(now), service.campaign.id, person, now,
                             now, "b", "0001", now, now, now)],
            )
            judging.refresh(service.ledger, connection, [person], now, "feed")

        service.store.write(facts)
        (credit,) = rows(service, "credit")
        last = max(claims, key=lambda row: (row["at"], row["id"]))
        assert (last["id"], last["unit"]) == (credit["claim"], credit["unit"])
