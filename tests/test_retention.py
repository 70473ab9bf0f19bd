# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What the law wants gone is gone, what proves a number stays, and the seals tell them apart."""
import pytest
from factories import make_phone
from test_facts import claimed, take
from test_feeds import done, write

from attribution.deeds import Actor
from attribution.proof import checks, heads
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.rule.people import identify
from attribution.store import StoreError, log, residents
from attribution.upkeep import retention, shredding
from qrgen.instance import read_keys
from qrgen.shell import Fault


def person(service, number):
    return identify(make_phone(number), service.settings.person_pepper).digest


def sealed(service, now):
    heads.seal_now(service.ledger, service.settings, now)


def sound(service):
    return checks.check(service.ledger)


def one(service, sql, **parameters):
    with service.store.read() as connection:
        row = connection.one(sql, parameters)
    return next(iter(row.values()))


@pytest.fixture
def old(service, tmp_path):
    """1 is credited, 2 claimed and never came, 3 is credited and asks to be erased."""
    now = instants.now()
    # Oldest first: ids never go back.
    for number, at in ((2, now - 20 * DAY), (1, now - 2 * HOUR), (3, now - 2 * HOUR)):
        if number == 2:
            early = now - 200 * DAY
            row = log.Scan(service.store.next_id(early), service.campaign.id, early, "N07", 1,
                           None, "n", "w")
            service.store.write(lambda c, row=row: log.add_scans(c, [row]))
        claimed(service, number, "N07", at, service.store.next_id(at))
    for at in (now,):
        scan = log.Scan(service.store.next_id(at), service.campaign.id, at, "N07", 1, None, "n",
                        "w")
        service.store.write(lambda c, scan=scan: log.add_scans(c, [scan]))
    take(service, write(tmp_path / "day.csv", [done(1, now), done(3, now)]))
    checks.rebuild(service.ledger, now, Actor("test"))
    sealed(service, instants.now() + 1000)
    end = instants.from_datetime(service.campaign.settle_end)
    take(service, write(tmp_path / "last.csv", [done(9, now)]), as_of=end, now=end + DAY)
    return service


def settled(service):
    """Return the first moment at which claims may lapse."""
    return instants.from_datetime(service.campaign.settle_end) + 7 * DAY


def test_lapsed_and_erased_persons_are_unlinked_and_their_counts_stay(old):
    now = instants.now()
    residents_row = {"id": old.store.next_id(now), "at": now, "claim": None, "by_whom": "person"}
    old.store.write(
        lambda c: residents.erase(c, old.campaign.id, person(old, 3), **residents_row))
    before = one(old, "select count(*) as n from credit")
    now = settled(old)
    planned = retention.run(old.ledger, now, Actor("test"), dry_run=True)
    assert (1, 1) == (planned.lapsed, planned.asked)
    assert "" != one(old, "select last4 from claim where person = :p", p=person(old, 2))
    did = retention.run(old.ledger, now, Actor("test"))
    assert (1, 1) == (did.lapsed, did.asked)
    for number, left in ((1, 1), (2, 0), (3, 0)):
        for table in ("claim", "form", "standing"):
            sql = f"select count(*) as n from {table} where person = :p"
            assert left == one(old, sql, p=person(old, number)), (table, number)
    assert before == one(old, "select count(*) as n from credit")
    assert 2 == one(old, "select count(*) as n from claim where last4 = ''")
    assert [] == sound(old)
    again = retention.run(old.ledger, now, Actor("test"))
    assert (0, 0) == (again.lapsed, again.asked)


def test_old_scans_go_and_their_counts_stay(old):
    now = instants.now()
    scans = one(old, "select count(*) as n from scan")
    did = retention.run(old.ledger, now, Actor("test"))
    assert 1 == did.scans
    assert scans - 1 == one(old, "select count(*) as n from scan")
    checks.rebuild_tallies(old.ledger, instants.now(), Actor("test"))
    assert scans == one(old, "select sum(n) as n from tally where kind = 'scan'")
    assert [] == sound(old)


def test_the_job_covers_no_other_change(old):
    """What it unlinked may lack a name; what it counts for may not change."""
    now = settled(old)
    retention.run(old.ledger, now, Actor("test"))
    import sqlite3

    with sqlite3.connect(old.store.database.path) as db:
        db.execute("drop trigger claim_no_update")
        db.execute("update claim set unit = 'N08' where last4 = ''")
    db.close()
    assert any("claim" in f.detail and f.question == "seal_whole" for f in sound(old))


def bytes_of(service):
    """Return all that stands in the ledger's files: the database and its log of writes."""
    path = service.store.database.path
    return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))


def test_the_file_forgets_whom_we_forget_and_gives_the_space_back(old):
    """SQLite only marks what is deleted as free: the digest stood there for years."""
    gone, left = person(old, 2).encode(), person(old, 1).encode()
    assert gone in bytes_of(old) and left in bytes_of(old)
    assert 1 == retention.run(old.ledger, settled(old), Actor("test")).lapsed
    many = [{"id": old.store.next_id(1), "text": "x" * 4000} for _ in range(500)]
    old.store.write(lambda c: (c.run("create table big (id integer, text text)"), c.run_many(
        "insert into big (id, text) values (:id, :text)", many)))
    old.store.write(lambda c: c.run("drop table big"))
    before = len(bytes_of(old))
    told = retention.give_back(old.ledger)
    assert told.endswith("MB given back to the disk") and "0.0" not in told
    assert before - len(bytes_of(old)) > 2_000_000
    assert gone not in bytes_of(old) and left in bytes_of(old)
    # Nothing is left to give, also where a file is written anew.
    size = len(bytes_of(old))
    retention.give_back(old.ledger, anew=True)
    assert 0.8 * size < len(bytes_of(old)) <= size and [] == sound(old)


def test_every_connection_overwrites_what_it_deletes(old):
    database = old.store.database
    with database.reading() as first, database.reading() as second:
        for connection in (first, second):
            assert {"secure_delete": 1} == connection.one("pragma secure_delete")
    # A file of before is written anew once, and gives back step by step from then on.
    import sqlite3

    database.close()
    with sqlite3.connect(database.path) as db:
        db.execute("pragma auto_vacuum = none")
        db.execute("vacuum")
    db.close()
    retention.give_back(old.ledger)
    with database.reading() as connection:
        assert {"auto_vacuum": 2} == connection.one("pragma auto_vacuum")
    assert [] == sound(old)


@pytest.mark.parametrize("table", ["scan", "claim", "fact", "credit", "form"])
def test_the_triggers_are_back_afterwards(old, table):
    assert 1 == retention.run(old.ledger, settled(old), Actor("test")).lapsed
    with pytest.raises(StoreError, match="append-only"):
        old.store.write(lambda c: c.run(f"delete from {table}"))


def test_a_failure_leaves_rows_and_triggers_as_they_were(old, monkeypatch):
    from attribution.store import forgetting as stored

    def fail(*_):
        raise StoreError("killed")

    monkeypatch.setattr(stored, "record", fail)
    with pytest.raises(StoreError, match="killed"):
        retention.run(old.ledger, settled(old), Actor("test"))
    assert 1 == one(old, "select count(*) as n from claim where person = :p", p=person(old, 2))
    with pytest.raises(StoreError, match="append-only"):
        old.store.write(lambda c: c.run("delete from claim"))
    assert [] == sound(old)


def test_shredding_turns_persons_into_counts(old):
    now = instants.now()
    with pytest.raises(Fault, match="settles until"):
        shredding.shred(old.ledger, old.settings.instance, now, Actor("test"))
    later = instants.from_datetime(old.campaign.settle_end) + DAY
    pepper = old.settings.person_pepper
    credits = one(old, "select count(*) as n from credit")
    shredding.shred(old.ledger, old.settings.instance, later, Actor("test"))
    assert (pepper,) != read_keys(old.settings.instance, "person")
    files = [p for p in old.settings.instance.rglob("*") if p.is_file()]
    assert not any(pepper.encode() in p.read_bytes() for p in files)
    assert credits == one(old, "select count(*) as n from credit")
    for table in ("claim", "fact", "standing"):
        assert 0 == one(old, f"select count(*) as n from {table} where last4 <> ''")
    assert [] == sound(old)
