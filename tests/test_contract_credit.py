# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Exactly one credit a person, whoever answers, in whatever order, how often it is sent.

Two nodes are two stores on one database, as two machines are.
"""
import csv
import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from factories import make_phone
from feeding import import_feed
from stores import KINDS, migrated_url

from attribution.deeds import Actor
from attribution.facts import intake, rows
from attribution.ledger import Ledger
from attribution.office.units import import_units
from attribution.proof import checks
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.service import open_service
from attribution.settings import load_settings
from attribution.store import registry
from qrgen.codes import Code

# The thousand is the bench's; here a few less, so that the suite stays quick.
PEOPLE = int(os.environ.get("ZHUANMA_TEST_PEOPLE", "150"))


@pytest.fixture(params=KINDS)
def nodes(request, instance, tmp_path):
    """Two open services on one database."""
    with migrated_url(request.param, tmp_path) as url:
        settings = load_settings(instance.folder, environ={"ZHUANMA_DATABASE": url})
        first = open_service(settings, migrating=True)
        import_units(first.ledger, instants.now(), Actor("test"))
        second = open_service(settings)
        try:
            yield first, second
        finally:
            first.close()
            second.close()


def person_of(node, number):
    return identify(make_phone(number), node.settings.person_pepper)


def claim(node, number, unit, at, form):
    code = Code(unit, 1, None)
    return claims.claim(
        node.ledger, node.scans.check(code), Form(form, at, code),
        person_of(node, number), at, consent="同意", network="n", client="wechat",
    )


def feed(node, path, numbers, at, as_of=None):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ("phone", "registered_at", "card_bound_at", "first_txn_at"),
                *(
                    (make_phone(n), *(local_text(at + m * MINUTE) for m in (0, 5, 9)))
                    for n in numbers
                ),
            ]
        )
    return import_feed(
        node.ledger, path, pepper=node.settings.person_pepper, digest="sha256",
        now=instants.now(), by_whom="test", as_of=as_of,
    )


def credits(node):
    with node.store.read() as connection:
        return {
            row["person"]: row["unit"]
            for row in connection.rows("select person, unit from credit")
        }


def standings(node):
    with node.store.read() as connection:
        return {
            row["person"]: row["credited"]
            for row in connection.rows("select person, credited from standing")
        }


def test_contract_everybody_claimed_and_completed_at_once_has_one_right_credit(nodes, tmp_path):
    """Claims sent twice through both nodes while the platform's files are taken in."""
    now = instants.now()
    chance = random.Random(7)
    half = PEOPLE // 2
    units = {n: chance.choice(["N07", "N08", "A01", "B02"]) for n in range(PEOPLE)}

    def send(job):
        n, turn = job
        return claim(nodes[turn % 2], n, units[n], now - 2 * HOUR, n + 1).claim.id

    def take(part):
        node, numbers = nodes[part], range(part * half, (part + 1) * half)
        return feed(node, tmp_path / f"part{part}.csv", numbers, now - HOUR).rows

    jobs = [(n, turn) for n in range(PEOPLE) for turn in range(3)]
    chance.shuffle(jobs)
    with ThreadPoolExecutor(16) as pool:
        files = [pool.submit(take, part) for part in (0, 1)]
        ids = list(pool.map(send, jobs))
        assert 2 * half == sum(file.result(120) for file in files)
    assert PEOPLE == len(set(ids))
    expected = {person_of(nodes[0], n).digest: units[n] for n in range(2 * half)}
    # A first credit is what the first decision said; the standing is what is true now.
    assert expected == {person: unit for person, unit in standings(nodes[1]).items() if unit}
    assert expected.keys() == credits(nodes[0]).keys()
    assert [] == checks.check(nodes[0].ledger)


def test_contract_one_person_who_claims_everywhere_at_once_counts_once(nodes, tmp_path):
    """Both nodes judge the same person in the same moment, over and over."""
    now = instants.now()
    feed(nodes[0], tmp_path / "one.csv", [1], now - HOUR)
    units = ["N07", "N08", "N09", "N10"]

    def send(turn):
        return claim(
            nodes[turn % 2], 1, units[turn % 4], now - 3 * HOUR + turn * MINUTE, turn + 1
        ).claim.id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(send, range(24)))
    assert 24 == len(set(ids))
    (unit,) = standings(nodes[0]).values()
    assert "N10" == unit  # the latest claim, whoever was answered last
    assert 1 == len(credits(nodes[1]))
    assert [] == checks.check(nodes[1].ledger)


def test_contract_a_withdrawal_and_a_fact_at_once_agree_in_the_end(nodes, tmp_path):
    now = instants.now()
    numbers = range(20)
    made = {n: claim(nodes[0], n, "N07", now - 2 * HOUR, n + 1).claim for n in numbers}

    def withdraw(n):
        claims.withdraw(
            Ledger(nodes[n % 2].store, nodes[0].campaign), made[n].person, made[n].id, now,
            by_whom="self", reason="asked",
        )

    with ThreadPoolExecutor(6) as pool:
        file = pool.submit(feed, nodes[1], tmp_path / "all.csv", numbers, now - HOUR)
        list(pool.map(withdraw, range(0, 20, 2)))
        file.result(60)
    credited = {person for person, unit in standings(nodes[0]).items() if unit}
    assert {made[n].person for n in range(1, 20, 2)} == credited
    assert [] == checks.check(nodes[0].ledger)


def test_contract_a_node_whose_clock_is_behind_tells_the_same_story(nodes, tmp_path):
    """Its decisions come after the other's, and so must their ids."""
    now = instants.now()
    feed(nodes[0], tmp_path / "one.csv", [1], now - HOUR)
    claim(nodes[0], 1, "N07", now - 4 * HOUR, 1)
    later = claim(nodes[0], 1, "N08", now - 3 * HOUR, 2).claim
    claims.withdraw(
        nodes[1].ledger, later.person, later.id, now - 2 * 24 * HOUR,
        by_whom="self", reason="asked",
    )
    assert ["N07"] == list(standings(nodes[0]).values())
    assert [] == checks.check(nodes[0].ledger)


def test_contract_a_revocation_on_one_node_is_known_to_the_other(nodes):
    """No node answers for a code that was revoked before its scan came in."""
    code = Code("N07", 1, None)
    opened = nodes[1].scans.check(code)
    nodes[0].store.write(
        lambda c: registry.revoke(c, nodes[0].campaign.id, "N07", 1, instants.now(), "ann")
    )
    from attribution.resident.scans import BadCode

    with pytest.raises(BadCode):
        nodes[1].scans.record(opened, instants.now(), address="", client="other")
    with nodes[0].store.read() as connection:
        assert connection.one("select 1 as one from scan") is None


def test_contract_a_file_cut_off_is_finished_by_both_nodes_at_once(nodes, tmp_path, monkeypatch):
    """While people go on claiming: each chunk is taken by one, each person credited once."""
    now = instants.now()
    units = {n: ("N07", "A01", "B02")[n % 3] for n in range(PEOPLE)}
    with monkeypatch.context() as patch:
        patch.setattr(intake, "IN_ONE_GO", 0)
        patch.setattr(rows, "CHUNK", 20)
        patch.setattr(intake, "absorb_job", lambda *args: None)
        assert PEOPLE == feed(nodes[0], tmp_path / "all.csv", range(PEOPLE), now - HOUR).people
    assert {} == credits(nodes[0])

    def finish(node):
        return intake.finish(node.ledger, now)

    with ThreadPoolExecutor(8) as pool:
        helpers = [pool.submit(finish, node) for node in (*nodes, *nodes)]
        list(pool.map(
            lambda n: claim(nodes[n % 2], n, units[n], now - 2 * HOUR, n + 1), range(PEOPLE)
        ))
        for helper in helpers:
            helper.result(120)
    expected = {person_of(nodes[0], n).digest: units[n] for n in range(PEOPLE)}
    assert expected == standings(nodes[1])
    assert expected == credits(nodes[0])
    with nodes[1].store.read() as connection:
        for table in ("feed_job", "feed_chunk"):
            assert {"n": 0} == connection.one(f"select count(*) as n from {table}")
    assert [] == checks.check(nodes[1].ledger)
    assert feed(nodes[1], tmp_path / "all.csv", range(PEOPLE), now - HOUR).repeated
