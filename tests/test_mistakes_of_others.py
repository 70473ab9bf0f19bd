# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Defects found by reading the leaders of the field; each that could happen here is named.

(The lead lost on error-then-retry, Dub's, is in test_api.py: an error spends nothing.)
"""

import pytest
from factories import make_phone
from racing import at_once, split
from test_facts import claimed, take
from test_feeds import done, write

from attribution import judging
from attribution.deeds import Actor
from attribution.facts import intake
from attribution.office import corrections
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.rule.people import identify
from attribution.store import StoreError, log, staff, standings, tallies
from qrgen.shell import Fault


def count(service, table):
    with service.store.read() as connection:
        return connection.one(f"select count(*) as n from {table}")["n"]


def test_no_error_of_the_store_is_swallowed(service, monkeypatch):
    """YOURLS: "an error probably means a concurrency problem: just skip the logging"."""
    now = instants.now()
    scan = log.Scan(1, service.campaign.id, now, "N07", 1, None, "n", "w")
    version = service.scans.reload().version

    def fail(*_):
        raise StoreError("disk full")

    monkeypatch.setattr(log, "add_tallies", fail)
    with pytest.raises(StoreError):
        service.store.append_scan(scan, version)
    # YOURLS again: the counter and the row were two statements, and one survived a kill.
    assert (0, 0) == (count(service, "scan"), count(service, "tally"))


def test_one_order_is_not_paid_five_times(service, tmp_path):
    """The same payment in five files, from five hands at once: one credit, counted once."""
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 101)
    paths = []
    for n in range(5):
        (tmp_path / str(n)).mkdir()
        paths.append(write(tmp_path / str(n) / f"f{n}.csv", [done(1, now), done(50 + n, now)]))
    _, refused = split(at_once(*(lambda path=path: take(service, path) for path in paths)))
    assert [] == refused
    assert (1, 0) == (count(service, "credit"), count(service, "adjustment"))
    with service.store.read() as connection:
        counts = tallies.by_unit(connection, service.campaign.id)
    assert 1 == counts["N07"]["effective"]
    assert [] == checks.check(service.ledger)


def test_counters_are_not_applied_twice_when_a_batch_is_replayed(service, tmp_path):
    """Dub's consumer: a failed acknowledgement is a warning, and the events come again."""
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 101)
    path = write(tmp_path / "day.csv", [done(1, now)])
    take(service, path)
    assert take(service, path, batch="again").repeated
    person = identify(make_phone(1), service.settings.person_pepper).digest
    with service.store.transaction() as connection:
        again = judging.refresh(
            service.ledger, connection, [person], now, "replayed")
    assert [] == again
    assert [] == checks.check(service.ledger)


def test_check_then_insert_never_makes_two_credits(service, tmp_path):
    """"Attributions are created twice" (hcb): the key refuses what a check overlooked."""
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 101)
    take(service, write(tmp_path / "day.csv", [done(1, now)]))
    person = identify(make_phone(1), service.settings.person_pepper).digest
    second = {"campaign": service.campaign.id, "person": person, "id": 7, "unit": "N08",
              "claim": 101, "effective_at": now, "decided_at": now, "policy": "last_claim"}
    with pytest.raises(StoreError):
        service.store.write(lambda c: standings.add_credits(c, [second]))
    assert 1 == count(service, "credit")


def test_two_who_approve_one_correction_at_once_apply_it_once(service, tmp_path):
    now = instants.now()
    for name in ("ben", "eve"):
        service.store.write(lambda c, name=name: staff.add_account(c, name, "-", "office", now))
    claimed(service, 1, "N07", now - 2 * HOUR, 101)
    take(service, write(tmp_path / "day.csv", [done(1, now)]))
    proposal = corrections.ask(
        service.ledger, "reassign", 101, to_unit="A01", reason="appeal",
        note="表3", asked_by=Actor("admin"), now=now)

    def approve(name):
        corrections.answer(service.ledger, proposal, approve=True,
                           answered_by=Actor(name), now=now)

    applied, late = split(at_once(lambda: approve("ben"), lambda: approve("eve")))
    assert (1, 1) == (len(applied), len(late))
    assert 1 == count(service, "adjustment")
    assert [] == checks.check(service.ledger)


def test_a_leaderboard_counts_a_person_once_in_every_view(service, tmp_path):
    """open-chat's leaderboard counted twice: by area, by bank and by unit are one sum."""
    now = instants.now()
    for number, unit in enumerate(("N07", "A01", "D01", "B01", "N07")):
        claimed(service, number, unit, now - 2 * HOUR, 100 + number)
    claimed(service, 0, "B01", now - 3 * HOUR, 90)
    take(service, write(tmp_path / "day.csv", [done(n, now) for n in range(5)]))
    assert 5 == count(service, "credit")
    assert [] == checks.check(service.ledger)


def test_a_half_written_file_is_not_half_taken(service, tmp_path, monkeypatch):
    """Every import that commits as it goes leaves half a file behind when it fails."""
    now = instants.now()
    path = write(tmp_path / "day.csv", [done(n, now) for n in range(1200)])
    real, calls = standings.add_fact_columns, []

    def fail_in_the_middle(*args):
        calls.append(1)
        if len(calls) == 2:
            raise StoreError("disk full")
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(standings, "add_fact_columns", fail_in_the_middle)
        with pytest.raises(StoreError, match="disk full"):
            take(service, path)
    assert 0 == sum(count(service, t) for t in ("batch", "fact", "standing", "batch_report"))
    assert 1200 == take(service, path).rows


@pytest.mark.parametrize("place", range(0, 200, 13))
def test_a_corrupted_byte_never_changes_a_credit_without_a_report(service, tmp_path, place):
    """Whatever a damaged file does to a credit, its report or its refusal tells."""
    now = instants.now()
    for number in (1, 2):
        claimed(service, number, "N07", now - 2 * HOUR, 100 + number)
    good = write(tmp_path / "good.csv", [done(1, now), done(2, now)])
    take(service, good, now=now)
    content = bytearray(good.read_bytes())
    content[place % len(content)] ^= 0x15
    bad = tmp_path / "bad.csv"
    bad.write_bytes(content)

    def credits():
        with service.store.read() as connection:
            rows = connection.rows("select person, credited from standing order by person")
        return {row["person"]: row["credited"] for row in rows if row["credited"]}

    before = credits()
    try:
        report = take(service, bad, now=now + HOUR)
    except Fault:
        assert before == credits()
        return
    after = credits()
    changed = {p for p in before if before[p] != after.get(p)} | (after.keys() - before.keys())
    assert len(changed) == report.credited + report.lost
    if changed:
        assert report.categories["conflict"] + report.categories["time_anomaly"] > 0
    assert set(report.categories) <= set(intake.CATEGORIES)
    assert [] == checks.check(service.ledger)
