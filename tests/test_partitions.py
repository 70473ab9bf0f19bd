# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The scan log of PostgreSQL by weeks: made ahead, never missed, dropped whole."""
from dataclasses import replace
from itertools import pairwise

import pytest
from factories import make_campaign
from stores import new_database, new_store

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.store import (
    StoreError,
    log,
    migrations,
    open_store,
    partitions,
    tallies,
)
from attribution.store.ids import first_id_at
from attribution.upkeep import retention

C = "dongshan"
# A Wednesday, far from all weeks that were made for now.
AT = instants.parse_instant("2031-03-19 12:00")
MONDAY = instants.parse_instant("2031-03-17")


@pytest.fixture
def store(tmp_path):
    with new_store("postgres", tmp_path) as opened:
        yield opened


def scan(store, at, **more):
    made = log.Scan(store.next_id(at), more.get("campaign", C), at, "A01", 1, None, "n", "other")
    store.append_scan(made, 0)
    return made


def parts(store):
    with store.read() as connection:
        return {part.name: part for part in partitions.listing(connection)}


def held(store, name):
    with store.read() as connection:
        return {row["id"] for row in connection.rows(f"select id from {name}")}


def forget(store, before):
    """Let the retention job run so much later that the scans before *before* are too old."""
    campaign = replace(make_campaign(), id=C)
    later = before + retention.SCANS_KEPT
    return retention.run(Ledger(store, campaign), later, Actor("test")).scans


def test_a_new_ledger_has_partitions_for_half_a_year_and_one_for_the_rest(store):
    now = instants.now()
    assert ["scan_default"] == list(parts(store))
    store.prepare(now)
    made = [part for part in parts(store).values() if not part.default]
    assert 27 <= len(made) <= 28
    assert made[0].since <= first_id_at(now) < made[0].until
    assert all(a.until == b.since for a, b in pairwise(made))
    assert first_id_at(now + 183 * DAY) <= made[-1].until
    one = scan(store, now)
    assert {one.id} == held(store, made[0].name) and not held(store, "scan_default")
    before = parts(store)
    store.prepare(now)
    assert before == parts(store)


def test_a_scan_of_a_week_that_nobody_made_is_kept_and_moves_when_it_is(store):
    first, other = scan(store, AT), scan(store, AT + 30 * DAY)
    assert {first.id, other.id} == held(store, "scan_default")
    store.database.prepare(AT, AT + HOUR)
    assert {first.id} == held(store, "scan_20310317") and {other.id} == held(store, "scan_default")
    part = parts(store)["scan_20310317"]
    assert (first_id_at(MONDAY), first_id_at(MONDAY + 7 * DAY)) == (part.since, part.until)
    store.append_scan(first, 0)  # a retry finds it where it is now
    assert {first.id} == held(store, "scan_20310317")
    with store.read() as connection:
        assert tallies.recorded(connection, C) == tallies.counted(connection, C)


def test_two_nodes_make_the_same_weeks_at_once(store):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: store.database.prepare(AT, AT + 40 * DAY), range(3)))
    assert 8 == len(parts(store))


@pytest.mark.parametrize("name", ["scan", "scan_default", "scan_20310317"])
def test_no_partition_can_be_changed_by_its_own_name(store, name):
    store.database.prepare(AT, AT + HOUR)
    scan(store, AT)
    scan(store, AT + 30 * DAY)
    for verb in (f"update {name} set day = 1", f"delete from {name}", f"truncate {name}"):
        with pytest.raises(StoreError, match="scan is append-only"):
            store.write(lambda c, verb=verb: c.run(verb))


def test_weeks_that_are_over_are_dropped_and_the_rest_is_deleted_row_by_row(store):
    store.database.prepare(AT, AT + 8 * DAY)
    late = scan(store, MONDAY - DAY)  # its week was never made
    gone = [scan(store, at) for at in (MONDAY, AT, MONDAY + 7 * DAY)]
    kept = [scan(store, MONDAY + 8 * DAY), scan(store, AT + 90 * DAY)]
    assert 4 == forget(store, MONDAY + 7 * DAY + HOUR)
    assert {"scan_20310324", "scan_default"} == parts(store).keys()
    assert {one.id for one in kept} == held(store, "scan")
    assert not {one.id for one in [*gone, late]} & held(store, "scan")
    with store.read() as connection:
        assert tallies.recorded(connection, C) == tallies.counted(connection, C)
    with pytest.raises(StoreError, match="append-only"):
        store.write(lambda c: c.run("delete from scan_default"))


def test_a_week_with_another_campaign_in_it_stays(store):
    store.database.prepare(AT, AT + HOUR)
    scan(store, AT)
    other = scan(store, AT, campaign="xihe")
    assert 1 == forget(store, AT + 30 * DAY)
    assert {other.id} == held(store, "scan_20310317")


def as_before(url, rows):
    """Make a ledger as it was before its scans were divided, with *rows* instants of scans."""
    store = open_store(url)
    steps = migrations.MIGRATIONS
    place = [step.name for step in steps].index("m009_scale")
    migrations.MIGRATIONS = steps[:place]
    try:
        store.migrate()
    finally:
        migrations.MIGRATIONS = steps
    with store.transaction() as connection:
        for at in rows:
            connection.run(
                """insert into scan (id, campaign, at, day, unit, issue, network, client)
                   values (:id, :c, :at, :day, 'A01', 1, 'n', 'other')""",
                {"id": store.next_id(at), "c": C, "at": at, "day": instants.day_of(at)},
            )
            connection.run(
                """insert into tally (campaign, unit, day, kind, n) values (:c, 'A01', :day,
                   'scan', 1) on conflict (campaign, unit, day, kind) do update
                   set n = tally.n + 1""",
                {"c": C, "day": instants.day_of(at)},
            )
    return store


def test_a_ledger_with_scans_is_divided_where_it_stands():
    now = instants.now()
    store = as_before(new_database(), [now - 40 * DAY, now - DAY, now])
    try:
        assert "m009_scale" in store.migrate()
        store.prepare(now)
        before = parts(store)["scan_before"]
        assert before.since is None and before.until > first_id_at(now)
        assert 3 == len(held(store, "scan_before"))
        fresh = scan(store, now)
        assert fresh.id in held(store, "scan_before")
        assert scan(store, now + 8 * DAY).id not in held(store, "scan_before")
        assert not held(store, "scan_default")
        for name in ("scan", "scan_before"):
            with pytest.raises(StoreError, match="scan is append-only"):
                store.write(lambda c, name=name: c.run(f"delete from {name}"))
        with store.read() as connection:
            assert tallies.recorded(connection, C) == tallies.counted(connection, C)
        assert 1 == forget(store, now - 30 * DAY)
        assert 4 == forget(store, now + 30 * DAY)
        assert "scan_before" not in parts(store)
    finally:
        store.close()
