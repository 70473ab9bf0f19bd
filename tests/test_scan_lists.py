# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
A unit's scans are all there, listed or not: whoever wrote them, in whatever order.

Of both engines where it is a promise; the list itself is SQLite's.
"""
import sqlite3
from collections import Counter

import pytest
from factories import rows_of
from stores import new_service, new_store

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, Instant
from attribution.store import (
    console_lists,
    export_pages,
    log,
    migrations,
    old_scans,
    open_store,
    scan_lists,
    tallies,
)
from attribution.store.export_pages import Filter
from attribution.store.ids import first_id_at

C = "dongshan"
AT = 1_900_000_000_000_000


@pytest.fixture
def ledger(tmp_path):
    with new_store("sqlite", tmp_path) as opened:
        yield opened


@pytest.fixture
def few(monkeypatch):
    """Lists are made after every ten scans, twenty at a time."""
    monkeypatch.setattr(scan_lists, "BEHIND", 10)
    monkeypatch.setattr(scan_lists, "PART", 20)


def scan(store, unit: str, at: Instant, campaign: str = C, **more) -> log.Scan:
    made = log.Scan(
        store.next_id(at), campaign, at, unit, 1, more.get("placement"), "n", "other",
        more.get("flag"),
    )
    store.write(lambda c: log.add_scans(c, [made]))
    return made


def ids(store, unit: str, campaign: str = C) -> list[int]:
    """The ids of the unit's scans, as an export has them and as the console shows them."""
    exported = [
        row["id"] for row in rows_of(export_pages.scans(store, campaign, Filter(unit=unit)))
    ]
    scoped = rows_of(export_pages.scans(store, campaign, Filter(only=frozenset({unit}))))
    assert exported == [row["id"] for row in scoped]
    with store.read() as connection:
        shown, total = console_lists.rows(
            connection, campaign, "scans", Filter(unit=unit), sort="at", descending=True,
            offset=0, limit=1000,
        )
    assert exported == [row["id"] for row in reversed(shown)]
    assert len(exported) == total
    return exported


def listed(store) -> int:
    with store.read() as connection:
        assert 0 == scan_lists.wrong(connection)
        return len(connection.rows("select id from scan_listed"))


def test_a_unit_has_its_scans_in_order(store, few):
    made = [scan(store, f"A0{n % 3}", AT + n * HOUR) for n in range(35)]
    scan(store, "A00", AT, campaign="xihe")
    for unit in ("A00", "A01", "A02"):
        assert [row.id for row in made if row.unit == unit] == ids(store, unit)
    assert 1 == len(ids(store, "A00", "xihe"))
    assert [] == ids(store, "A09")


def test_the_list_follows_the_log(ledger, few):
    for n in range(9):
        scan(ledger, "A01", AT + n)
    assert 0 == listed(ledger)
    scan(ledger, "A02", AT + 9)
    assert 10 == listed(ledger)
    scan(ledger, "A02", AT + 10)
    assert 10 == listed(ledger)
    ledger.prepare(AT)
    assert 11 == listed(ledger)


def test_the_clock_is_set_back(ledger, few):
    """What comes with an id below those that are listed is listed as it is written."""
    ahead = [scan(ledger, "A01", AT + DAY + n) for n in range(10)]
    assert 10 == listed(ledger)
    other = open_store(f"sqlite:///{ledger.database.path}")  # a process started since then
    behind = [scan(other, "A01", AT + n) for n in range(3)]
    other.close()
    assert 13 == listed(ledger)
    assert [row.id for row in behind + ahead] == ids(ledger, "A01")


def test_a_batch_that_is_undone_is_not_listed(ledger, few):
    before = [scan(ledger, "A01", AT + n) for n in range(9)]

    def fail(connection):
        log.add_scans(connection, [
            log.Scan(ledger.next_id(AT + 20), C, AT, "A01", 1, None, "n", "other")])
        raise ValueError

    with pytest.raises(ValueError):
        ledger.write(fail)
    assert 0 == listed(ledger)
    assert [row.id for row in before] == ids(ledger, "A01")


def test_counts_by_unit_are_those_of_both_halves(store, few):
    for n in range(25):
        scan(store, f"A0{n % 2}", AT + n * 7 * HOUR, flag="head" if n % 5 == 0 else None,
             placement="W1" if n % 3 else None)
    with store.read() as connection:
        whole = tallies.counted(connection, C)
        for unit in ("A00", "A01"):
            mine = {key: n for key, n in whole.items() if key[0] == unit}
            assert mine == tallies.counted(connection, C, unit)
            assert mine == tallies.recorded(connection, C, unit)
        by_issue, by_placement = console_lists.latest_scans(connection, C, "A00")
        # By spans of names as well, which leave out nobody: not who is in no list of units.
        for bounds in (["A00"], [], [f"A{n:03}" for n in range(300)], ["A005", "B"]):
            spans = [*tallies.spans(bounds)]
            assert whole == sum(
                (tallies.counted(connection, C, span) for span in spans), Counter()
            )
            assert max(1, len(bounds) // 100) <= len(spans)
    assert {1: 10} == by_issue
    assert {"W1": 6} == by_placement


def test_scans_that_are_forgotten_leave_the_list(ledger, few):
    for n in range(12):
        scan(ledger, "A01", AT + n * DAY)
    with ledger.transaction() as connection:
        before = first_id_at(AT + 5 * DAY)
        assert 5 == old_scans.forget(connection, "sqlite", C, 0, before, 100)[0]
    assert 5 == listed(ledger)
    assert 7 == len(ids(ledger, "A01"))


def test_a_ledger_of_before_is_listed_when_it_is_migrated(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    steps = migrations.MIGRATIONS
    migrations.MIGRATIONS = [step for step in steps if step.name < "m013"]
    try:
        store.migrate()
    finally:
        migrations.MIGRATIONS = steps
    raw = sqlite3.connect(tmp_path / "ledger.sqlite3")
    raw.executemany(
        "insert into scan values (?, ?, ?, 20300318, ?, 1, null, 'n', 'other', null)",
        [(n + 1, C, AT + n, f"A0{n % 3}") for n in range(50)],
    )
    # As earlier versions told the planner.
    raw.execute("analyze writer")
    raw.execute("insert into sqlite_stat1 values ('scan', 'scan_by_unit', '9 9 9 1')")
    raw.commit()
    raw.close()
    assert ["m013_scan_lists"] == [name for name in store.migrate() if name.startswith("m013")]
    with store.read() as connection:
        assert [] == connection.rows("select * from sqlite_stat1 where tbl in ('scan', 'writer')")
        index = "select 1 as one from sqlite_master where name = 'scan_by_unit'"
        assert connection.one(index) is None
    assert 50 == listed(store)
    fresh = scan(store, "A02", AT)
    assert fresh.id > 50 == listed(store)
    exported = rows_of(export_pages.scans(store, C, Filter(unit="A02")))
    assert [*range(3, 51, 3), fresh.id] == [row["id"] for row in exported]
    store.close()


def test_a_ledger_that_was_copied_is_listed_in_parts(ledger, few):
    """Until all is listed, the rest is read from the log."""
    made = [scan(ledger, f"A0{n % 3}", AT + n) for n in range(50)]
    with ledger.transaction() as connection:
        scan_lists.begin_anew(connection)
    for part in (0, 20, 40):
        assert part == listed(ledger)
        assert [row.id for row in made if row.unit == "A01"] == [
            row["id"] for row in rows_of(export_pages.scans(ledger, C, Filter(unit="A01")))]
        with ledger.transaction() as connection:
            scan_lists.list_more(connection, 20)
    ledger.prepare(AT)
    assert 50 == listed(ledger)


def test_a_list_that_was_touched_is_found_and_made_anew(instance, tmp_path, few):
    with new_service("sqlite", instance, tmp_path) as service:
        store, campaign, now = service.store, service.campaign, instants.now()
        made = [scan(store, "N07", now + n, campaign.id) for n in range(12)]
        assert [] == checks.check(Ledger(store, campaign))
        with store.transaction() as connection:
            connection.run("delete from scan_listed where id = :id", {"id": made[3].id})
        assert any(
            found.question == "file_sound" and found.detail.startswith("1 scans differ")
            for found in checks.check(Ledger(store, campaign))
        )
        assert 0 == checks.rebuild_tallies(Ledger(store, campaign), instants.now(), Actor("test"))
        assert [] == checks.check(Ledger(store, campaign))
        assert [row.id for row in made] == ids(store, "N07", campaign.id)
