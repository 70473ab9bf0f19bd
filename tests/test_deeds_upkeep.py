# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What upkeep does is entered with who did it and what changed, or it is not done."""
import itertools
import subprocess
import sys

import pytest
from factories import make_phone
from needs import SIGKILL
from stores import new_url
from test_facts import claimed, take
from test_feeds import done, write

from attribution.deeds import Actor, Entry
from attribution.proof import checks, given_out, heads, publishing, tree_checks
from attribution.reports import exports
from attribution.resident import claims
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.rule.people import identify
from attribution.service import open_service
from attribution.store import StoreError, audit_log, open_store
from attribution.store.engine.sqlite_connection import SQLiteConnection
from attribution.store.export_pages import Filter
from attribution.upkeep import backup, copying, distributing, restoring, retention, shredding
from qrgen.shell import Fault

ME = Actor("shell:me")


class Failing:
    """The store does so many statements that write, and fails at the next."""

    left: int | None = None


@pytest.fixture
def failing(monkeypatch):
    state = Failing()

    def failing_too(real):
        def run(self, *given):
            if state.left is not None:
                state.left -= 1
                if state.left < 0:
                    raise StoreError("the disk of this test is full")
            return real(self, *given)

        return run

    for name in ("run", "run_many", "run_block"):
        monkeypatch.setattr(SQLiteConnection, name, failing_too(getattr(SQLiteConnection, name)))
    return state


def at_each_statement(failing, deed, look, every=1):
    """Do *deed* with the store failing at the first statement, the second, …; *look* at each."""
    for number in itertools.count(0, every):
        failing.left = number
        try:
            outcome = deed()
        except (StoreError, Fault):
            failing.left = None
            look()
        else:
            failing.left = None
            assert number, "it writes nothing"
            return outcome
    raise AssertionError("there is always a next number")


def contents(store, without=()):
    """Return all rows of all tables; who has leased ids is no matter."""
    with store.read() as connection:
        tables = [row["name"] for row in connection.rows(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        )]
        return {
            name: sorted(connection.rows(f"select * from {name}"), key=repr)
            for name in tables if name not in ("writer", *without)
        }


def last(store, back=1):
    """Return the last entry of the log, or the one *back* rows before its end."""
    with store.read() as connection:
        rows = audit_log.latest(connection, limit=back)
    row = rows[back - 1]
    return row["who"], row["what"], Entry.from_text(row["detail"])


@pytest.fixture
def filled(service, tmp_path):
    """Person 1 is credited, 2 claimed long ago and asked to be erased."""
    now = instants.now()
    for number, at in ((2, now - 20 * DAY), (1, now - 2 * HOUR)):
        claimed(service, number, "N07", at, service.store.next_id(at))
    take(service, write(tmp_path / "day.csv", [done(1, now)]))
    person = identify(make_phone(2), service.settings.person_pepper).digest
    claims.erase(service.ledger, person, None, now, by_whom="office", reason="asked")
    checks.rebuild(service.ledger, now, ME)
    return service


def shell(service, sql):
    with service.store.transaction() as connection:
        connection.run(sql)


def test_a_rebuild_tells_what_it_set_right(filled):
    shell(filled, "update standing set credited = null, reason = 'no_claim'")
    shell(filled, "update tally set n = n + 1 where kind = 'claimant'")
    changed = checks.rebuild(filled.ledger, instants.now(), ME)
    assert changed
    who, what, entry = last(filled.store)
    assert ("shell:me", "rebuild", f"campaign {filled.campaign.id}") == (who, what, entry.subject)
    assert changed == entry.after["standings"] and entry.after["counts"]
    assert "begun" == last(filled.store, 2)[2].after


def test_counting_afresh_is_entered_also_when_all_was_right(filled):
    """Somebody will ask when it was last done."""
    checks.rebuild_tallies(filled.ledger, instants.now(), ME)
    assert ("shell:me", "rebuild", {"counts": 0}) == (
        *last(filled.store)[:2], last(filled.store)[2].after)


def test_a_rebuild_that_cannot_be_entered_sets_nothing_right(filled, failing):
    """With the store failing at each statement in turn: no change without an entry before it."""
    shell(filled, "update standing set credited = null, reason = 'no_claim'")
    before = contents(filled.store)

    def look():
        nonlocal before
        now = contents(filled.store)
        without = {name: rows for name, rows in now.items() if not name.startswith("audit")}
        if any(before[name] != rows for name, rows in without.items()):
            begun = [
                entry for row in now["audit"] if row["what"] == "rebuild"
                and (entry := Entry.from_text(row["detail"])).after == "begun"
            ]
            assert begun
        before = now

    at_each_statement(
        failing, lambda: checks.rebuild(filled.ledger, instants.now(), ME), look
    )
    assert [] == checks.check(filled.ledger)
    assert "unended" in dict(last(filled.store)[2].more)


def test_an_erasure_is_entered_with_how_many_and_none_without(filled):
    assert 1 == retention.erase_asked(filled.ledger, instants.now(), Actor("ann", "net"))
    who, what, entry = last(filled.store)
    assert ("ann", "erased", {"persons": 1}) == (who, what, entry.after)
    before = contents(filled.store)
    assert 0 == retention.erase_asked(filled.ledger, instants.now(), Actor("ann", "net"))
    assert before == contents(filled.store)


def test_an_erasure_that_cannot_be_entered_is_not_done(filled, failing):
    before = contents(filled.store, ("audit", "audit_head"))
    seen = []

    def look():
        now = contents(filled.store, ("audit", "audit_head"))
        entered = [
            row for row in contents(filled.store)["audit"] if row["what"] == "erased"
        ]
        assert bool(entered) == (before != now)
        seen.append(bool(entered))

    at_each_statement(
        failing, lambda: retention.erase_asked(filled.ledger, instants.now(), ME), look
    )
    assert not seen[0]


def test_retention_tells_what_it_took_away_even_nothing(filled):
    retention.run(filled.ledger, instants.now(), ME)
    who, what, entry = last(filled.store)
    assert ("shell:me", "retention", 1) == (who, what, entry.after["asked"])
    retention.run(filled.ledger, instants.now(), ME)
    assert {"lapsed", "asked", "claims", "scans", "requests"} == set(last(filled.store)[2].after)
    assert not any(last(filled.store)[2].after.values())


KILLED = """
import os, signal, sys
from pathlib import Path
from attribution.settings import load_settings
from attribution.deeds import Actor
from attribution.rule import instants
from attribution.service import open_service
from attribution.store import audit_log, background_write
from attribution.upkeep import retention
here = open_service(load_settings(Path(sys.argv[1]), environ={}))
write = background_write.write

def write_and_look(*given):
    done = write(*given)
    with here.store.read() as connection:
        if audit_log.latest(connection, what="retention"):
            os.kill(os.getpid(), signal.SIGKILL)
    return done

background_write.write = write_and_look
retention.run(here.ledger, instants.now(), Actor("shell:killed"))
"""


def test_a_run_that_was_killed_is_named_by_the_next(filled):
    """Its first step is done and entered; who comes after sees that it did not end."""
    folder = filled.settings.instance
    filled.store.close()
    ended = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)
    assert -SIGKILL == ended.returncode
    who, what, entry = last(filled.store)
    assert ("shell:killed", "retention", "begun") == (who, what, entry.after)
    with filled.store.read() as connection:
        number = audit_log.head(connection)[0]
    retention.run(filled.ledger, instants.now(), ME)
    assert f"E{number:06}" == dict(last(filled.store)[2].more)["unended"]
    retention.run(filled.ledger, instants.now(), ME)
    assert "unended" not in dict(last(filled.store)[2].more)


def test_shredding_is_entered_before_the_key_is_gone(filled, failing):
    """Where the last entry cannot be made the key stays, and the command can be run again."""
    key = filled.settings.instance / "keys" / "person.keys"
    pepper = key.read_bytes()
    retention.run(filled.ledger, instants.now(), ME)
    after = instants.from_datetime(filled.campaign.settle_end) + DAY

    def shred():
        return shredding.shred(filled.ledger, filled.settings.instance, after, ME)

    at_each_statement(failing, shred, lambda: pepper == key.read_bytes() or pytest.fail("gone"))
    assert pepper != key.read_bytes()
    who, what, entry = last(filled.store)
    assert ("shell:me", "shredded") == (who, what) and "rows" in entry.after


def test_a_sealing_that_breaks_off_leaves_a_sound_log(filled, failing):
    """Sealing is no deed: it changes nothing that counts, and is done again where it stopped."""
    def look():
        assert [] == list(tree_checks.check(filled.ledger))

    at_each_statement(
        failing, lambda: heads.seal_now(filled.ledger, filled.settings, instants.now()), look
    )
    assert [] == checks.check(filled.ledger)
    number = len(contents(filled.store)["audit"])
    assert 0 == heads.seal_now(filled.ledger, filled.settings, instants.now())
    assert number == len(contents(filled.store)["audit"])


def test_a_copy_is_made_with_its_entry_or_not_at_all(filled, failing, tmp_path):
    target = tmp_path / "copy.db"
    before = contents(filled.store)

    def look():
        assert not target.exists() and before == contents(filled.store)

    size = at_each_statement(
        failing, lambda: backup.backup(filled, target, instants.now(), ME).size, look
    )
    who, what, entry = last(filled.store)
    assert ("shell:me", "backup", "file copy.db", size) == (
        who, what, entry.subject, entry.after["bytes"])


def test_a_restored_ledger_tells_that_it_was_restored(filled, failing, tmp_path):
    """And up to where the log reached that it took the place of, whose end it lacks."""
    target, instance = tmp_path / "copy.db", filled.settings.instance
    backup.backup(filled, target, instants.now(), ME)
    retention.run(filled.ledger, instants.now(), ME)
    with filled.store.read() as connection:
        number, hash = audit_log.head(connection)
    filled.close()
    before = (instance / "ledger.db").read_bytes()
    settings = filled.settings

    def look():
        assert before == (instance / "ledger.db").read_bytes()
        assert [] == list(instance.glob(".part-*"))

    at_each_statement(
        failing, lambda: restoring.restore(settings, target, instants.now(), ME), look, every=7
    )
    again = open_service(settings)
    try:
        who, what, entry = last(again.store)
        assert ("shell:me", "restore", "file copy.db") == (who, what, entry.subject)
        assert {"entries": number, "hash": hash[:16]} == entry.before
        assert entry.after["entries"] < number
        assert [] == checks.check(again.ledger)
    finally:
        again.close()


def test_a_copied_ledger_holds_the_entry_and_no_address(filled, tmp_path):
    """Whoever looks at either side sees who made the other; a password may be in an address."""
    with new_url("postgres", tmp_path) as url:
        target = open_store(url)
        try:
            total = copying.prepare(filled.store, target)
            copying.enter(filled.store, target, instants.now(), ME, total)
            list(copying.copy(filled.store, target))
            for store in (filled.store, target):
                who, what, entry = last(store)
                assert ("shell:me", "copy", "database postgresql", "file ledger.db") == (
                    who, what, entry.subject, entry.before)
                assert url not in entry.as_text()
        finally:
            target.close()


def test_tables_of_a_server_that_is_no_cluster_are_not_entered_as_distributed(tmp_path):
    with new_url("postgres", tmp_path) as url:
        store = open_store(url)
        try:
            store.migrate()
            with pytest.raises(Fault, match="the server has no Citus"):
                distributing.distribute(store, instants.now(), ME)
            with store.read() as connection:
                assert [] == audit_log.latest(connection)
        finally:
            store.close()


def asked(kind="csv", **form):
    return given_out.Asked(
        exports.EXPORTS["claims"], given_out.FileForm(kind, **form), {"unit": "N07"}, "核对"
    )


def give(service, wanted):
    found = wanted.export.blocks(service.store, service.campaign.id, Filter(unit="N07"))
    return given_out.give(service.ledger, service.settings, ME, instants.now(), wanted, found)


def test_no_byte_leaves_without_its_entry(filled, failing):
    """And one that left whole is sealed and entered together."""
    heads.seal_now(filled.ledger, filled.settings, instants.now())
    publishing.keep_up(filled.ledger, filled.settings, instants.now(), on_demand=True)
    before = contents(filled.store)

    def look():
        assert before == contents(filled.store)

    given = at_each_statement(failing, lambda: give(filled, asked()), look)
    assert ("shell:me", "export", "claims.csv") == (
        *last(filled.store)[:2], last(filled.store)[2].subject)
    blocks = []
    while block := next(given, b""):
        blocks.append(block)
    who, what, entry = last(filled.store)
    assert ("shell:me", "export_done", f"E{given.number:06}") == (
        who, what, dict(entry.more)["export"])
    assert given.sealed and dict(entry.more)["sha256"] == given.sealed["sha256"]


@pytest.mark.parametrize("taken", [0, 1])
def test_a_download_that_is_left_is_broken_off(filled, taken):
    """Also one of which no byte was taken: its first entry is there."""
    given = give(filled, asked())
    for _ in range(taken):
        next(given)
    given.close()
    assert "export_broken" == last(filled.store)[1]
    assert given.sealed is None and [] == list(given)


@pytest.mark.parametrize("kind", given_out.KINDS)
def test_both_doors_give_out_the_same_bytes(filled, kind):
    """But for the number of its entry, which the mark of a numbered one names."""
    plain, numbered = (
        b"".join(give(filled, asked(kind, numbered=way))) for way in (False, True)
    )
    assert plain
    if kind == "csv":
        first, *rows = plain.split(b"\r\n")
        other, *others = numbered.split(b"\r\n")
        assert rows == others
        assert first.split(b",")[:-1] == other.split(b",")[:-1]
        assert b"E0" in other and b"E0" not in first
