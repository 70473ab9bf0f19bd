# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What the ledger promises whatever the web does: durable, append-only, one credit a person."""
import threading

import pytest
from factories import make_phone

from attribution.rule.people import identify
from attribution.store import StoreError, log, registry
from attribution.store.ids import IdMaker, first_id_at


def a_scan(service, at=1, **more):
    fields = {
        "id": service.store.next_id(at), "campaign": service.campaign.id, "at": at, "unit": "N07",
        "issue": 1, "placement": None, "network": "", "client": "other", **more,
    }
    return log.Scan(**fields)


def test_every_connection_is_fully_synchronous(service):
    """synchronous = NORMAL lost acknowledged rows in a power cut."""
    with service.store.transaction() as connection:
        assert {"synchronous": 2} == connection.one("pragma synchronous")
        assert {"journal_mode": "wal"} == connection.one("pragma journal_mode")
        assert {"foreign_keys": 1} == connection.one("pragma foreign_keys")


@pytest.mark.parametrize("table", ["scan", "claim", "claim_event", "form", "batch", "fact",
                                   "credit", "adjustment", "audit"])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_logs_refuse_to_be_changed(service, table, verb):
    with service.store.read() as connection:
        rows = connection.rows(
            "select name from sqlite_master where type = 'trigger' and tbl_name = :table",
            {"table": table},
        )
    assert f"{table}_no_{verb}" in {row["name"] for row in rows}


def test_a_scan_cannot_be_deleted(service):
    service.store.append_scan(a_scan(service), service.scans.snapshot().version)
    with pytest.raises(StoreError, match="append-only"), service.store.transaction() as connection:
        connection.run("delete from scan")
    with pytest.raises(StoreError, match="append-only"), service.store.transaction() as connection:
        connection.run("update scan set unit = 'A01'")


def test_a_scan_under_an_old_registry_is_not_written(service):
    """Else a code that was revoked a moment ago would still be logged."""
    with pytest.raises(registry.Stale):
        service.store.append_scan(a_scan(service), service.scans.snapshot().version - 1)
    with service.store.read() as connection:
        assert {"n": 0} == connection.one("select count(*) as n from scan")


def test_tallies_grow_with_the_rows_they_count(service):
    version = service.scans.snapshot().version
    for flag in (None, None, "preview"):
        service.store.append_scan(a_scan(service, flag=flag), version)
    with service.store.read() as connection:
        rows = connection.rows("select kind, n from tally order by kind")
    assert [("flagged", 1), ("scan", 2)] == [(row["kind"], row["n"]) for row in rows]


def test_a_failed_write_leaves_nothing(service):
    def half(connection):
        connection.run("insert into writer (name, leases) values ('half', 1)")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        service.store.write(half)
    with service.store.read() as connection:
        assert connection.one("select 1 as one from writer where name = 'half'") is None


def test_ids_grow_even_when_the_clock_goes_back():
    ids = IdMaker(7)
    made = [ids.next(at) for at in (2_000_000_000_000_000, 1_900_000_000_000_000, 0)]
    assert sorted(made) == made and len(set(made)) == 3


def test_ids_of_two_writers_never_meet():
    one, other = IdMaker(1), IdMaker(2)
    at = 2_000_000_000_000_000
    made = [maker.next(at) for _ in range(5000) for maker in (one, other)]
    assert 10_000 == len(set(made))
    assert max(made) < 1 << 63
    assert first_id_at(at) <= min(made)


def test_two_stores_on_one_file_take_turns(service, instance):
    """Two worker processes are two stores: neither may lose or double a row."""
    from attribution.service import open_service

    other = open_service(instance.settings())
    try:
        def visit(here):
            version = here.scans.snapshot().version
            for _ in range(50):
                here.store.append_scan(a_scan(here), version)

        threads = [threading.Thread(target=visit, args=(s,)) for s in (service, other) * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        with service.store.read() as connection:
            assert {"n": 200} == connection.one("select count(*) as n from scan")
            assert {"n": 200} == connection.one("select n from tally")
    finally:
        other.close()


def test_a_form_sent_twice_is_one_claim_and_with_another_number_is_refused(service):
    def claimed(phone, id):
        person = identify(phone, service.settings.person_pepper)
        row = log.ClaimRow(
            id, service.campaign.id, person.digest, 5, "N07", 1, None, 1, False, person.last4,
            "c", "n", "other", token="t1",
        )
        return service.store.write(lambda c: log.add_claim(c, row))

    first = claimed(make_phone(1), 10)
    assert first.id == claimed(make_phone(1), 11).id
    with pytest.raises(log.TokenUsed):
        claimed(make_phone(2), 12)
    with service.store.read() as connection:
        assert {"n": 1} == connection.one("select count(*) as n from claim")
