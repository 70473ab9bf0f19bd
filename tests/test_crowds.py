"""Who opens one code or link again and again: nobody is turned away, and the log does not fill."""
import asyncio
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import stores
from asgi import ask
from conftest import Instance, Signs
from factories import make_phone
from visitors import PHONE_AGENT, Fields, opened, rows

from attribution.resident import crowds
from attribution.resident.crowds import Crowds
from attribution.resident.scans import BadCode, Logged, ScanLog
from attribution.rule import instants
from attribution.rule.instants import MINUTE, Instant
from attribution.service import Service
from attribution.store import registry
from attribution.web.application import create_app
from attribution.web.fast_scans import FastScan
from qrgen.codes import Code

FAR = "198.51.100.7"
# The middle of a minute, in the campaign: no test crosses into the next by being slow.
NOON = instants.day_start(instants.day_of(instants.now())) + 12 * 60 * MINUTE


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small numbers, for tests that write every row."""
    monkeypatch.setattr("attribution.resident.scans.PER_CODE", 5)
    monkeypatch.setattr("attribution.resident.scans.PER_NETWORK", 12)
    monkeypatch.setattr("attribution.web.public.guide.PER_LINK", 5)


def scanned(
    scans: ScanLog, code: str, times: int, now: Instant = NOON, address: str = FAR, **more: Any
) -> list[Logged]:
    return [
        scans.record(scans.open(code), now, address=address, client="wechat", **more)
        for _ in range(times)
    ]


def test_hundreds_of_one_network_at_one_code_have_a_row_each(
    service: Service, sign: Signs
) -> None:
    """A market stall behind a carrier's address: every one of them is counted."""
    scans, code = service.scans, sign("N07")
    found = asyncio.run(_at_once(scans, code, crowds.PER_CODE))
    assert {0} == {logged.turn for logged in found}
    assert crowds.PER_CODE == len({logged.id for logged in found}) == len(rows(service, "scan"))


async def _at_once(scans: ScanLog, code: str, times: int) -> list[Logged]:
    await scans.prepare()
    opened = scans.open(code)
    return await asyncio.gather(*(
        scans.record_awaited(opened, NOON, address=FAR, client="wechat") for _ in range(times)
    ))  # fmt: skip


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("kind", stores.KINDS)
def test_a_loop_writes_so_many_rows_a_minute_and_no_more(
    kind: str, instance: Instance, tmp_path: Path
) -> None:
    with stores.new_service(kind, instance, tmp_path) as service:
        scans = service.scans
        code = scans.sign(service_code(service, "N07"))
        found = scanned(scans, code, 50)
        assert [0] * 5 + list(range(1, 46)) == [logged.turn for logged in found]
        assert {found[4].id} == {logged.id for logged in found[4:]}
        assert 5 == len(rows(service, "scan"))
        scanned(scans, code, 50, NOON + MINUTE)
        assert 10 == len(rows(service, "scan"))
        # Those who come from elsewhere have their own.
        scanned(scans, code, 1, NOON + MINUTE, "203.0.113.7")
        assert 11 == len(rows(service, "scan"))


def service_code(service: Service, unit: str) -> Code:
    return Code(unit, service.scans.snapshot().units[unit].issue, None)


@pytest.mark.usefixtures("few")
def test_a_list_of_all_codes_is_no_way_around(service: Service, sign: Signs) -> None:
    codes = [sign(f"N{n:02d}") for n in range(1, 9)]
    for _ in range(10):
        for code in codes:
            scanned(service.scans, code, 1)
    # Twelve of the network, and the first of each code; never more.
    assert 12 <= len(rows(service, "scan")) <= 12 + len(codes)


@pytest.mark.usefixtures("few")
def test_no_form_of_a_person_rests_on_a_scan_that_does_not_count(
    service: Service, sign: Signs
) -> None:
    code = sign("N07")
    robots = scanned(service.scans, code, 20, flag="crawler")
    (person,) = scanned(service.scans, code, 1)
    assert 0 == person.turn and person.id not in {logged.id for logged in robots}


@pytest.mark.usefixtures("few")
def test_behind_a_proxy_that_nobody_named_all_scans_have_rows(
    service: Service, sign: Signs
) -> None:
    """Loopback is no network, nor is a socket without an address."""
    for address in ("127.0.0.1", "::1", ""):
        found = scanned(service.scans, sign("N07"), 20, address=address)
        assert {0} == {logged.turn for logged in found}
    assert 60 == len(rows(service, "scan"))


@pytest.mark.usefixtures("few")
def test_a_code_revoked_meanwhile_is_found_out_by_the_next_row(
    service: Service, sign: Signs
) -> None:
    code = sign("N07")
    scanned(service.scans, code, 20)
    # By another process: this one's registry is as it was.
    service.store.write(
        lambda c: registry.revoke(c, service.campaign.id, "N07", 1, NOON, "ann")
    )
    with pytest.raises(BadCode):
        scanned(service.scans, code, 1, NOON + MINUTE)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("way", ["Flask", "past Flask"])
def test_everybody_in_the_crowd_can_register(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The forms of one row are forms of their own: each takes one person's claim."""
    with opened(instance) as (service, app):
        path = f"/Q/{service.scans.sign(service_code(service, 'N07'))}"
        fast = FastScan(app, 2)
        client = app.test_client()
        minute = instants.now() // MINUTE * MINUTE
        monkeypatch.setattr(instants, "now", lambda: minute)
        tokens = []
        for _ in range(20):
            if way == "Flask":
                page = client.get(
                    path, headers={"User-Agent": PHONE_AGENT},
                    environ_overrides={"REMOTE_ADDR": FAR},
                ).text
            else:
                page = ask(
                    fast, path, headers={"User-Agent": PHONE_AGENT}, address=FAR
                ).body.decode()
            tokens.append(Fields(page).values["token"])
        assert 5 == len(rows(service, "scan")) and 20 == len(set(tokens))
        scans = {row["id"] for row in rows(service, "scan")}
        for number, token in enumerate(tokens):
            data = {"token": token, "phone": make_phone(37 * number), "consent": "yes"}
            for _ in range(2):  # a double tap is one claim
                assert 303 == app.test_client().post("/claim", data=data).status_code
        taken = rows(service, "claim")
        assert 20 == len(taken) == len({row["person"] for row in taken})
        assert scans >= {row["scan"] for row in taken}


def test_threads_never_get_the_same_form() -> None:
    kept: Crowds[str] = Crowds()
    kept.enter("k", NOON)
    kept.keep("k", 7)
    turns: list[tuple[int, int] | None] = []

    def work() -> None:
        turns.extend(kept.share("k") for _ in range(2000))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(7, turn): 1 for turn in range(1, 8001)} == Counter(turns)


def test_crowds_are_forgotten_with_the_minute_and_never_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowds, "MOST", 100)
    kept: Crowds[int] = Crowds()
    assert [1, 2] == [kept.enter(1, NOON) for _ in range(2)]
    kept.keep(1, 7)
    assert (7, 1) == kept.share(1)
    assert 1 == kept.enter(1, NOON + MINUTE)
    assert kept.share(1) is None
    # Beyond the bound all begin again, and so does one that was there before.
    assert 2 == kept.enter(1, NOON + MINUTE)
    for number in range(2, 102):
        kept.enter(number, NOON + MINUTE)
    assert 1 == kept.enter(1, NOON + MINUTE)


# --- ways out -----------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
def test_ways_out_lead_on_for_ever_and_write_so_many_rows(service: Service) -> None:
    app = create_app(service.settings, service)
    minute = instants.now() // MINUTE * MINUTE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instants, "now", lambda: minute)
        client = app.test_client()

        def go(link: str, agent: str = PHONE_AGENT, address: str = FAR) -> int:
            return client.get(
                f"/go/{link}", headers={"User-Agent": agent},
                environ_overrides={"REMOTE_ADDR": address},
            ).status_code

        assert [302] * 30 == [go("ios") for _ in range(30)]
        assert 5 == len(rows(service, "way_out"))
        assert [302] * 4 == [
            go("ios"), go("android"), go("ios", "Mozilla/5.0"), go("ios", address="203.0.113.7")
        ]
        assert 8 == len(rows(service, "way_out"))
