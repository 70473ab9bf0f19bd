# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Two people, or two nodes, do the same thing in the same moment: one of them does it.

Two nodes are two services on one database, as two machines are.
"""
import threading

import pytest
from factories import make_phone
from feeding import import_feed
from racing import at_once, split
from stores import KINDS, new_url
from test_contract_credit import claim, credits, feed, nodes, person_of, standings

from attribution.deeds import Actor
from attribution.office import corrections
from attribution.proof import checks, heads
from attribution.resident.one_time import OneTime, Sent, TooMany
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE
from attribution.rule.people import identify
from attribution.settings.resident_options import Quotas
from attribution.store import StoreError, audit_log, open_store, staff

assert nodes  # the fixture


def sound(node):
    return [] == checks.check(node.ledger)


def rows(node, table):
    with node.store.read() as connection:
        return connection.rows(f"select * from {table}")


@pytest.fixture
def credited(nodes, tmp_path):
    """One person credited to N07, and three members of staff."""
    now = instants.now()
    for name in ("ann", "bob", "cid"):
        nodes[0].store.write(lambda c, name=name: staff.add_account(c, name, "-", "office", now))
    claim(nodes[0], 1, "N07", now - 2 * HOUR, 101)
    feed(nodes[0], tmp_path / "one.csv", [1], now - HOUR)
    return nodes


def ask(node, kind, **more):
    (made,) = rows(node, "claim")
    return corrections.ask(
        node.ledger, kind, made["id"], reason="appeal", note="form 3", asked_by=Actor("ann"),
        now=instants.now(), **more,
    )


def approve(node, proposal, by):
    return corrections.answer(
        node.ledger, proposal, approve=True, answered_by=Actor(by), now=instants.now()
    )


def test_contract_a_correction_approved_by_two_at_once_takes_effect_once(credited):
    a, b = credited
    proposal = ask(a, "reassign", to_unit="N08")
    done, refused = split(at_once(
        lambda: approve(a, proposal, "bob"), lambda: approve(b, proposal, "cid")
    ))
    assert 1 == len(done) and "was approved by" in str(refused[0])
    assert 1 == len(rows(a, "adjustment"))
    assert ["N08"] == list(standings(b).values())
    assert sound(a)


def test_contract_two_corrections_of_one_person_at_once_follow_each_other(credited):
    """Each says from where to where: the second starts where the first ended, or is vain."""
    a, b = credited
    first, second = ask(a, "reassign", to_unit="N08"), ask(b, "reassign", to_unit="N09")
    done, _ = split(at_once(lambda: approve(a, first, "bob"), lambda: approve(b, second, "cid")))
    assert done
    unit = "N07"
    for row in sorted(rows(a, "adjustment"), key=lambda row: row["id"]):
        assert unit == row["from_unit"]
        unit = row["to_unit"]
    assert [unit] == list(standings(a).values())
    assert sound(b)


@pytest.mark.parametrize("names", [("day", "day"), ("day", "same")])
def test_contract_one_file_brought_by_two_nodes_at_once_counts_once(nodes, tmp_path, names):
    """Also under two numbers, and also when two people confirm the same plan."""
    now = instants.now()
    claim(nodes[0], 1, "N07", now - 2 * HOUR, 101)
    feed(nodes[0], tmp_path / "first.csv", [5], now - HOUR)
    (tmp_path / "a").mkdir()
    paths = [tmp_path / f"{name}.csv" for name in names]
    text = (tmp_path / "first.csv").read_text("utf-8").replace(make_phone(5), make_phone(1))
    for path in paths:
        path.write_text(text, "utf-8")

    def take(node, path):
        return lambda: import_feed(
            node.ledger, path, pepper=node.settings.person_pepper, digest="sha256",
            now=instants.now(), by_whom="test",
        ).repeated

    done, refused = split(at_once(take(nodes[0], paths[0]), take(nodes[1], paths[1])))
    assert [False, True] == sorted(done) and not refused
    assert 2 == len(rows(nodes[0], "batch")) == len(rows(nodes[0], "fact"))
    assert {person_of(nodes[0], 1).digest: "N07"} == {
        person: unit for person, unit in credits(nodes[1]).items() if unit
    }
    assert sound(nodes[0])


def test_contract_a_number_gets_one_message_a_minute_from_all_nodes_together(nodes):
    class Phone:
        def __init__(self):
            self.got = []

        def send(self, phone, password):
            self.got.append(phone)

    phone, now = Phone(), instants.now()
    both = [OneTime(node.ledger, "k" * 32, Quotas(), phone) for node in nodes]

    def send(number):
        # Each from a form of its own: the same one again gets the answer of the first.
        return lambda: both[number % 2].send(
            make_phone(1), identify(make_phone(1), "p" * 32), now, purpose="claim",
            form=f"f{number}", network="n", visitor="v",
        )

    results = at_once(*(send(number) for number in range(6)))
    assert 1 == len(phone.got) == len([one for one in results if isinstance(one, Sent)])
    assert 5 == len([one for one in results if isinstance(one, TooMany)])


def seal(node, now):
    return heads.seal_now(node.ledger, node.settings, now)


def test_contract_two_who_seal_at_once_make_one_tree(nodes):
    now = instants.now()
    claim(nodes[0], 1, "N07", now - HOUR, 101)
    done = at_once(
        lambda: seal(nodes[0], now + MINUTE), lambda: seal(nodes[1], now + MINUTE)
    )
    assert any(done) and sound(nodes[0])
    claim(nodes[1], 2, "N08", now, 102)
    seal(nodes[0], now + 2 * MINUTE)
    assert sound(nodes[0])


def test_contract_a_row_committed_after_its_time_was_sealed_is_in_the_next_seal(nodes):
    """A transaction of one node begun before the seal of another, and ended after it."""
    a, b = nodes
    now = instants.now()
    opened, sealed = threading.Event(), threading.Event()
    audit = b.store.next_id(now)

    def slow():
        if a.store.database.one_writer:
            sealed.wait(30)  # one writer: whoever is late begins late
        with b.store.transaction() as connection:
            audit_log.append(connection, audit, now, "bob", "slow", "")
            opened.set()
            if not a.store.database.one_writer:
                sealed.wait(30)

    thread = threading.Thread(target=slow)
    thread.start()
    if not a.store.database.one_writer:
        opened.wait(30)
    assert seal(a, now + MINUTE)
    sealed.set()
    thread.join(30)
    assert sound(a)  # late, but not too late to be explained
    claim(a, 1, "N07", now, 101)
    assert 2 <= seal(b, now + 2 * MINUTE)
    assert sound(a)
    # And now it is held to: gone without a trace it is missed.
    with b.store.read() as connection:
        assert connection.one("select 1 as one from audit where id = :id", {"id": audit})


@pytest.mark.parametrize("kind", KINDS)
def test_contract_two_nodes_that_upgrade_at_once_do_it_once(kind, tmp_path):
    """A third, still starting, finds either the old tables or the new ones."""
    with new_url(kind, tmp_path) as url:
        stores = [open_store(url) for _ in range(3)]
        seen: list[list[str] | None] = []

        def look():
            try:
                seen.append(stores[2].missing_migrations())
            except StoreError:
                seen.append(None)  # no tables at all yet

        try:
            taken = at_once(stores[0].migrate, stores[1].migrate, look)
            assert 1 == len([steps for steps in taken if steps])
            # All of it or nothing: a half is seen by nobody.
            assert seen[0] in (None, [])
            assert [] == stores[2].missing_migrations()
        finally:
            for store in stores:
                store.close()
