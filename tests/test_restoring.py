# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A restored copy goes on with the log, is told before, and brings nobody back who was erased."""
import json
import os
import sqlite3

import pytest
from test_facts import claimed, take
from test_feeds import done, write
from test_retention import person

from attribution import cli
from attribution.deeds import Actor
from attribution.proof import checks, heads, merkle, publishing, sealer, tiles
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.service import open_service
from attribution.store import log_tree, residents
from attribution.store.engine.sqlite import SQLite
from attribution.upkeep import backup, restoring, retention, shredding
from attribution.upkeep.restore_plan import Plan

ME = Actor("test")


def sealed(service):
    heads.seal_now(service.ledger, service.settings, instants.now() + 1000)
    return sealer.head(service.ledger)


def found(service):
    return [one.detail for one in checks.check(
        service.ledger, heads.verifiers(service.ledger, service.settings))]


def claim(service, number, at):
    claimed(service, number, "N07", at, service.store.next_id(at))
    checks.rebuild(service.ledger, instants.now(), ME)


def left(service, number):
    """In how many rows a person can be found."""
    with service.store.read() as connection:
        return sum(connection.one(
            f"select count(*) as n from {table} where person = :p and last4 <> ''",
            {"p": person(service, number)},
        )["n"] for table in ("claim", "fact", "standing"))


def erase(service, number):
    now = instants.now()
    service.store.write(lambda c: residents.erase(
        c, service.campaign.id, person(service, number), id=service.store.next_id(now), at=now,
        claim=None, by_whom="person",
    ))
    assert 0 == cli.main(["retention", "run", "--instance", str(service.settings.instance)])


@pytest.fixture
def copied(service, tmp_path):
    """1 and 3 are credited and in the copy; 4 claims after it, and 3 is erased."""
    now = instants.now()
    claim(service, 1, now - 2 * HOUR)
    claim(service, 3, now - 2 * HOUR)
    take(service, write(tmp_path / "day.csv", [done(1, now), done(3, now)]))
    checks.rebuild(service.ledger, now, ME)
    sealed(service)
    claim(service, 2, now)  # has no leaf in the copy
    assert () == backup.backup(service, tmp_path / "copy.db", now, ME).found
    claim(service, 4, instants.now())
    erase(service, 3)
    return service, tmp_path / "copy.db"


def restored(service, copy):
    service.close()
    restoring.restore(service.settings, copy, instants.now(), ME)
    return open_service(service.settings)


def test_it_is_told_before_and_changes_nothing(copied, capsys):
    service, copy = copied
    sealed(service)
    size = log_size(copy)
    before = (service.settings.instance / "keys" / "log.erased").read_text()
    where = ("--instance", str(service.settings.instance))
    assert 0 == cli.main(["restore", str(copy), "--dry-run", *where])
    told = capsys.readouterr().out
    assert "claims: 1, 20" in told and "erased since: 1 persons" in told
    assert f"leaves {size} to {sealer.head(service.ledger).size} of" in told
    assert 0 == left(service, 3) and 2 <= left(service, 4)
    assert before == (service.settings.instance / "keys" / "log.erased").read_text()
    for secret in (person(service, 3), person(service, 3)[:12]):
        assert secret not in before
    assert not list(service.settings.instance.glob(".part-*"))


def log_size(path):
    with sqlite3.connect(path) as raw:
        return raw.execute("select max(size) from log_head").fetchone()[0]


def test_a_restored_ledger_continues_the_log_and_says_so_by_a_leaf(copied, capsys):
    service, copy = copied
    kept = sealed(service)
    published = publishing.keep_up(
        service.ledger, service.settings, instants.now(), on_demand=True)
    assert published is not None and published.checkpoint.size == kept.size
    again = restored(service, copy)
    try:
        assert [] == found(again)
        assert publishing.fault(again.ledger, again.settings) is None
        assert publishing.current(again.ledger, again.settings) == published
        newest = sealer.head(again.ledger)
        hash_of = tiles.of(again.ledger)
        assert newest.size > kept.size and kept.root == merkle.root(kept.size, hash_of)
        with again.store.read() as connection:
            (event,) = log_tree.events(connection, again.campaign.id, "restore")
            (leaf,) = log_tree.keys_among(
                connection, again.campaign.id, "log_event", [log_tree.key_text(event["id"])])
        told = json.loads(event["data"])
        assert (log_size(copy), kept.size) == (told["first"], told["last"]) and leaf
        assert left(again, 1) and left(again, 2) and not left(again, 4)
        assert 0 == cli.main(["check", "--instance", str(again.settings.instance)])
        assert f"leaves {told['first']} to {told['last']} have" in capsys.readouterr().out
        # Life goes on, and a second restore of the same copy too.
        claim(again, 5, instants.now())
        sealed(again)
        assert [] == found(again)
        third = restored(again, copy)
        assert [] == found(third)
        third.close()
    finally:
        again.close()


def test_who_was_erased_stays_erased_though_the_ledger_is_lost(copied):
    """By the list beside the keys, which knows rows and nobody's digest."""
    service, copy = copied
    service.close()
    for path in service.settings.instance.glob("ledger.db*"):
        path.unlink()
    assert not restoring.plan(service.settings, copy).readable
    again = restored(service, copy)
    try:
        assert 0 == left(again, 3) and left(again, 1)
        assert [] == found(again)
    finally:
        again.close()


def test_a_wish_that_was_not_carried_out_is_not_lost(copied):
    """Nor the erasure of a single claim, whose person has others."""
    service, copy = copied
    now = instants.now()
    with service.store.read() as connection:
        (row,) = connection.rows(
            "select id from claim where person = :p", {"p": person(service, 2)})
    for number, one in ((1, None), (2, row["id"])):
        service.store.write(lambda c, number=number, one=one: residents.erase(
            c, service.campaign.id, person(service, number), id=service.store.next_id(now),
            at=now, claim=one, by_whom="person",
        ))
    checks.rebuild(service.ledger, now, ME)
    planned = restoring.plan(service.settings, copy)
    assert 3 == planned.erased.number
    again = restored(service, copy)
    try:
        assert [0, 0, 0] == [left(again, number) for number in (1, 2, 3)]
        assert [] == found(again)
    finally:
        again.close()


def test_a_restore_that_is_killed_leaves_the_ledger_whole(copied, monkeypatch):
    service, copy = copied
    fork = getattr(os, "fork", None)
    if fork is None:
        pytest.skip("needs fork")
    service.close()
    ledger = service.settings.instance / "ledger.db"
    before = ledger.read_bytes()
    child = fork()
    if not child:
        monkeypatch.setattr(SQLite, "replace_with", lambda *_: os._exit(9))
        try:
            restoring.restore(service.settings, copy, instants.now(), ME)
        finally:
            os._exit(1)
    assert 9 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert before == ledger.read_bytes()
    restored(service, copy).close()
    assert not list(service.settings.instance.glob(".part-*"))


def test_after_shredding_a_copy_brings_nobody_back(copied):
    service, copy = copied
    end = instants.from_datetime(service.campaign.settle_end)
    last = write(copy.parent / "last.csv", [done(9, instants.now())])
    take(service, last, as_of=end, now=end + DAY)
    retention.run(service.ledger, end + 8 * DAY, ME)
    shredding.shred(service.ledger, service.settings.instance, end + 9 * DAY, ME)
    service.close()
    for path in service.settings.instance.glob("ledger.db*"):
        path.unlink()
    again = restored(service, copy)
    try:
        with again.store.read() as connection:
            for table in ("claim", "fact", "standing"):
                assert {"n": 0} == connection.one(
                    f"select count(*) as n from {table} where last4 <> ''"), table
            assert {"n": 0} == connection.one("select count(*) as n from known_user")
        assert [] == found(again)
    finally:
        again.close()


def test_a_restore_that_nobody_entered_excuses_nothing(copied):
    """Rows deleted by SQL are not restored away by one more row."""
    service, _ = copied
    newest = sealed(service)
    now = instants.now()
    service.store.write(lambda c: log_tree.add_event(c, service.campaign.id, {
        "id": service.store.next_id(now), "at": now, "kind": "restore",
        "data": json.dumps({"first": 0, "last": newest.size, "entry": 1}),
    }))
    sealed(service)
    assert [] == found(service)
    raw = sqlite3.connect(service.settings.instance / "ledger.db")
    raw.execute("delete from log_leaf where idx = 0")
    raw.commit()
    raw.close()
    assert found(service)


def test_without_the_ledger_what_was_published_is_told(copied, capsys):
    service, copy = copied
    size = sealed(service).size
    publishing.keep_up(service.ledger, service.settings, instants.now(), on_demand=True)
    service.close()
    for path in service.settings.instance.glob("ledger.db*"):
        path.unlink()
    where = ("--instance", str(service.settings.instance))
    assert 0 == cli.main(["restore", str(copy), "--dry-run", *where])
    told = capsys.readouterr().out
    assert f"{size} leaves were published" in told and "what this copy lacks is not known" in told


def test_a_log_that_was_spoilt_is_not_carried_on(copied):
    service, copy = copied
    sealed(service)
    planned: Plan = restoring.plan(service.settings, copy)
    assert planned.stretch is not None
    raw = sqlite3.connect(service.settings.instance / "ledger.db")
    raw.execute(
        "update log_tile set hashes = zeroblob(length(hashes)) where level = 0"
        " and n = (select max(n) from log_tile where level = 0)")
    raw.commit()
    raw.close()
    assert restoring.plan(service.settings, copy).stretch is None
