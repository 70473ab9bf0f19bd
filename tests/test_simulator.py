"""The simulator shows credits to a newcomer, and is itself no leak and no lie."""

import csv
import os
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import environment
import platform_simulator as simulator
import pytest

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
CODES = [f"N{n:02d}-1.{'9V3K7Q2M5X8T4B6N'}" for n in range(1, 21)]

FORM = """<!doctype html><form method=post action="/claim">
<input type=hidden name=token value="t-{n}"><input name=phone inputmode=numeric value="">
<input type=checkbox name=consent value=yes><input name=website value="">
<button>登记</button></form>"""


class Service(BaseHTTPRequestHandler):
    """As much of the service as a browser can see: a form, a rule against haste, a refusal."""

    hasty = 0  # how often a claim is sent back as too quick
    refuse = False
    seen: list[tuple[str, dict[str, list[str]]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, {}))
        self.answer(200, FORM.format(n=len(self.seen)))

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        typed = parse_qs(self.rfile.read(size).decode(), keep_blank_values=True)
        self.seen.append((self.path, typed))
        attempts = sum(p == "/claim" and t["phone"] == typed["phone"] for p, t in self.seen)
        if self.refuse:
            self.answer(400, "no")
        elif attempts <= self.hasty:
            self.answer(429, FORM.format(n="again"), {"Retry-After": "0"})
        else:
            self.answer(200, "<h1>登记好了</h1>")

    def answer(self, status: int, text: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[type[Service]]:
    handler = type("Handler", (Service,), {"seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    handler.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def make_campaign() -> Any:
    start = NOW - 30 * DAY
    return SimpleNamespace(start=start, end=start + 122 * DAY, mark_time=start)


def settled(seed: int, count: int = 400) -> list[simulator.Resident]:
    rng = random.Random(seed)
    everyone = simulator.invent(rng, CODES, count)
    for resident in everyone:
        resident.claimed_at = NOW - timedelta(seconds=rng.uniform(0, 40))
    everyone += simulator.invent_organic(rng, count)
    simulator.settle(everyone, make_campaign(), rng, NOW, first=True)
    return everyone


def test_resident_fills_in_the_form_that_the_page_holds(service: Any) -> None:
    """Hidden token sent back, consent ticked, and the trap for robots left empty."""
    residents = simulator.invent(random.Random(1), CODES, 5)
    simulator.visit_all(residents, service.url, random.Random(1))
    assert all(r.claimed_at for r in residents)
    claims = [typed for path, typed in service.seen if path == "/claim"]
    assert {r.phone for r in residents} == {typed["phone"][0] for typed in claims}
    for typed in claims:
        assert re.fullmatch(r"t-\d+", typed["token"][0])
        assert (["yes"], [""]) == (typed["consent"], typed["website"])


def test_resident_told_to_slow_down_waits_and_tries_again(service: Any) -> None:
    service.hasty = 2
    residents = simulator.invent(random.Random(2), CODES, 3)
    simulator.visit_all(residents, service.url, random.Random(2))
    assert all(r.claimed_at for r in residents)
    assert 9 == sum(path == "/claim" for path, _ in service.seen)


def test_refusal_is_told_without_a_number(service: Any) -> None:
    service.refuse = True
    residents = simulator.invent(random.Random(3), CODES, 2)
    with pytest.raises(environment.Fault, match=r"nobody could claim; .*HTTP 400") as caught:
        simulator.visit_all(residents, service.url, random.Random(3))
    assert not re.search(r"1\d{10}", str(caught.value) + caught.value.hint)


def test_silent_service_is_told_with_a_way_out() -> None:
    residents = simulator.invent(random.Random(4), CODES, 2)
    with pytest.raises(environment.Fault, match="no service answers") as caught:
        # Port 9 is discard: nothing of ours ever listens there.
        simulator.visit_all(residents, "http://127.0.0.1:9", random.Random(4))
    assert "scripts/run.py" in caught.value.hint


def test_same_seed_invents_the_same_residents() -> None:
    first, second = (simulator.invent(random.Random(7), CODES, 50) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("seed", range(5))
def test_every_fact_is_past_and_in_its_order(seed: int) -> None:
    """A fact of tomorrow would be no fact, and no payment comes before its card."""
    campaign = make_campaign()
    for resident in settled(seed):
        times = [resident.registered_at, resident.bound_at, resident.paid_at]
        known = [t for t in times if t is not None]
        assert known == times[: len(known)] and known == sorted(known)
        assert all(t <= NOW for t in known)
        if known and resident.fate == "known":
            assert known[0] < campaign.mark_time
        elif known:
            assert campaign.mark_time - DAY < known[0]
        if known and resident.fate in ("effective", "bound", "registered"):
            # Whole seconds: up to one before the claim, which the rule forgives (5 min).
            assert resident.claimed_at
            assert resident.claimed_at - timedelta(seconds=1) <= known[0]


def test_every_kind_of_fate_shows_in_a_report() -> None:
    everyone = settled(1)
    reached = Counter(
        (r.fate, sum(t is not None for t in (r.registered_at, r.bound_at, r.paid_at)))
        for r in everyone
    )
    wanted = {("effective", 3), ("bound", 2), ("registered", 1), ("later", 0), ("never", 0)}
    assert wanted | {("known", 3)} <= set(reached)
    assert {1, 2, 3} == {steps for fate, steps in reached if fate == "organic"}


def test_resident_who_came_to_nothing_yet_registers_in_a_later_round() -> None:
    everyone = settled(1)
    late = [r for r in everyone if r.fate == "later"]
    simulator.settle(everyone, make_campaign(), random.Random(1), NOW + DAY, first=False)
    assert late and all(r.paid_at and r.paid_at <= NOW + DAY for r in late)


def test_feed_says_that_it_is_simulated_and_is_its_owners_alone(tmp_path: Path) -> None:
    everyone = settled(1)
    path = simulator.write_feed(everyone, tmp_path / "feeds", NOW)
    assert "simulated-20261124-120000.csv" == path.name  # Shanghai's day
    assert [path] == list(path.parent.iterdir())
    assert 0 == path.stat().st_mode & 0o077 or os.name == "nt"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert ["phone", "registered_at", "card_bound_at", "first_txn_at"] == list(rows[0])
    assert {r.phone for r in everyone if r.registered_at} == {row["phone"] for row in rows}
    shape = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
    assert all(shape.fullmatch(row["registered_at"]) for row in rows)


def test_nothing_printed_holds_a_number(
    service: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    residents = simulator.invent(random.Random(5), CODES, 20)
    simulator.visit_all(residents, service.url, random.Random(5))
    simulator.settle(residents, make_campaign(), random.Random(5), NOW, first=True)
    path = simulator.write_feed(residents, tmp_path, NOW)
    simulator.report(residents, residents, path, 5)
    out = capsys.readouterr()
    assert "SIMULATED: 20 residents claimed" in out.out
    assert not [r for r in residents if r.phone in out.out + out.err + repr(residents)]


def test_numbers_are_nobodys() -> None:
    """No carrier has the prefix, so the demonstration names no living person."""
    rng = random.Random(6)
    assert all(re.fullmatch(r"154\d{8}", simulator.make_phone(rng)) for _ in range(100))


def test_campaign_that_is_over_is_told_before_anybody_claims() -> None:
    campaign = make_campaign()
    with pytest.raises(environment.Fault, match="claims of today earn nothing"):
        simulator.check_open(campaign, campaign.end)
