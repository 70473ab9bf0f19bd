# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A count is the sum of its slots: many add at once, and nothing is counted twice or lost."""
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import DAY, day_of
from attribution.store import log, tallies
from attribution.store.engine import postgres_connection

C = "dongshan"
AT = 1_900_000_000_000_000


def scan(store, at=AT):
    made = log.Scan(store.next_id(at), C, at, "A01", 1, None, "n", "other")
    store.append_scan(made, 0)


def claim(store, number, at=AT):
    made = log.ClaimRow(
        store.next_id(at), C, f"p{number}", at, "A01", 1, None, None, False, "0001", "c", "n",
        "other", token=f"t{number}",
    )
    store.write(lambda c: log.add_claim(c, made))


def slots(store):
    with store.read() as connection:
        return Counter(row["slot"] for row in connection.rows("select slot from tally"))


def exact(store):
    with store.read() as connection:
        return tallies.recorded(connection, C) == tallies.counted(connection, C)


def test_contract_counts_are_right_whatever_slot_they_are_in(store):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: claim(store, n), range(60)))
    day = day_of(AT)
    with store.read() as connection:
        assert {"A01": {"claim": 60, "claimant": 60}} == tallies.by_unit(connection, C)
        assert {"A01": {day: 60}} == tallies.by_unit_and_day(
            connection, C, "claim", day, day + 1
        )
        assert {"claim": 60, "claimant": 60} == tallies.by_kind(connection, C)
    assert exact(store)
    if store.database.one_writer:
        assert {0} == slots(store).keys()
    else:
        assert 2 < len(slots(store)) <= postgres_connection.SLOTS


def test_contract_closed_days_are_folded_and_today_is_left_alone(store):
    for number in range(30):
        claim(store, number)
        claim(store, 100 + number, AT + DAY)
    with store.transaction() as connection:
        spared = tallies.fold(connection, C, day_of(AT + DAY))
    with store.transaction() as connection:
        assert 0 == tallies.fold(connection, C, day_of(AT + DAY))
    assert exact(store)
    with store.read() as connection:
        rows = connection.rows(
            "select slot, n from tally where day = :day and kind = 'claim'", {"day": day_of(AT)}
        )
        kept = connection.folded("A01")
    assert [{"slot": kept, "n": 30}] == rows
    assert kept <= 0
    assert store.database.one_writer or spared > 0


def miscounted(ledger):
    """What `attribution check` tells of the counts: unit, day and kind."""
    return {
        tuple(found.fault.data[name] for name in ("unit", "day", "kind"))
        for found in checks._tallies_right(ledger)
    }


@pytest.mark.parametrize("act", ["rebuild", "fold"])
def test_contract_counting_afresh_while_others_count_loses_nothing(store, act):
    """
    A count taken before a scan's commit and kept after it would be one too few.

    Nor is one told as wrong that only seems so: of a ledger on several nodes there is no one view.
    """
    ledger = Ledger(store, SimpleNamespace(id=C))  # type: ignore[arg-type]
    wrong = Counter({("A01", day_of(AT), "scan"): 7, ("Z99", day_of(AT), "claim"): -1})
    stop = threading.Event()

    def visit(number):
        while not stop.is_set():
            scan(store)
            claim(store, f"{number}-{store.next_id(AT)}")

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(visit, n) for n in range(3)]
        try:
            for _ in range(12):
                if act == "rebuild":
                    store.write(lambda c: log.add_tallies(c, C, wrong))
                    assert wrong.keys() <= miscounted(ledger)
                    checks.rebuild_tallies(ledger, instants.now(), Actor("test"))
                else:
                    with store.transaction() as connection:
                        tallies.fold(connection, C, day_of(AT) + 1)
                assert set() == miscounted(ledger)
        finally:
            stop.set()
        for one in work:
            one.result(60)
    assert exact(store)
    with store.read() as connection:
        assert tallies.by_kind(connection, C)["scan"] > 0
