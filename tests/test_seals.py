# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""One byte changed by hand is found, and the row named: each row that counts is a leaf."""
import json
import sqlite3

import pytest
from test_facts import claimed, take
from test_feeds import done, write

from attribution import cli
from attribution.deeds import Actor
from attribution.facts.feed_reader import sha256_of
from attribution.proof import checks, export_seals, heads, sealer, tree_checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of
from attribution.store import audit_log, log
from qrgen.shell import Fault


@pytest.fixture
def sealed(service, tmp_path):
    now = instants.now()
    for n in range(3):
        scan = log.Scan(1000 + n, service.campaign.id, now - 2 * HOUR, "N07", 1, None, "n", "w")
        service.store.write(lambda c, scan=scan: log.add_scans(c, [scan]))
    claimed(service, 1, "N07", now - 2 * HOUR, 101)
    claimed(service, 2, "N07", now - 2 * HOUR, 102)
    take(service, write(tmp_path / "day.csv", [done(n, now) for n in (1, 2, 3)]))
    service.store.write(lambda c: audit_log.append(
        c, service.store.next_id(now), now, "admin", "export", "x"))
    seal(service, instants.now() + 1000)
    return service


def seal(service, now):
    return heads.seal_now(service.ledger, service.settings, now)


def found(service):
    keys = heads.verifiers(service.ledger, service.settings)
    told = [
        finding.detail for finding in checks.check(service.ledger, keys)
        if finding.question == "seal_whole"
    ]
    with pytest.MonkeyPatch.context() as patch:  # and where leaves are too many to be read at once
        patch.setattr(tree_checks, "_FEW", 0)
        assert told == [fault.cause for fault in tree_checks.check(service.ledger, keys)]
    return told


def shell(service, *statements):
    """Do by hand what the sqlite3 shell can: drop the trigger, change the byte."""
    with sqlite3.connect(service.store.database.path) as db:
        tables = db.execute("select name, tbl_name from sqlite_master where type = 'trigger'")
        for name, _ in tables.fetchall():
            db.execute(f"drop trigger {name}")
        for statement in statements:
            db.execute(statement)
    db.close()


def leaf(service, table, id):
    """Return where the leaf of a row stands."""
    return one(service, f"select idx from log_leaf where log = '{table}' and key ="
                        f" '{id:019}'" if isinstance(id, int) else
               f"select idx from log_leaf where log = '{table}' and key = '{id}'")


def changed(service, table, id):
    return f"{table} {id} was changed since it was sealed as leaf {leaf(service, table, id)}"


def missing(service, table, id):
    return f"{table} {id} is missing since it was sealed as leaf {leaf(service, table, id)}"


def one(service, sql):
    with service.store.read() as connection:
        return next(iter(connection.one(sql).values()))


def test_an_untouched_ledger_is_whole(sealed):
    assert [] == found(sealed)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("scan", "unit = 'N08'"), ("scan", "client = client || 'x'"), ("claim", "unit = 'N08'"),
        ("claim", "at = at + 1"), ("claim", "last4 = '0000'"), ("fact", "last4 = '9999'"),
        ("fact", "registered_at = registered_at + 1"), ("credit", "unit = 'N08'"),
        ("credit", "decided_at = decided_at + 1"), ("audit", "who = 'ådmin'"),
        ("batch_report", "report = replace(report, '3', '4')"),
    ],
)
def test_a_changed_byte_is_found_and_its_row_named(sealed, table, change):
    id = one(sealed, f"select max(id) as id from {table}")
    shell(sealed, f"update {table} set {change} where id = {id}")
    assert [changed(sealed, table, id)] == found(sealed)


def test_a_changed_batch_is_named(sealed):
    shell(sealed, "update batch set by_whom = 'else'")
    assert [changed(sealed, "batch", "day")] == found(sealed)


@pytest.mark.parametrize("table", ["scan", "claim", "fact", "credit", "audit"])
def test_a_row_taken_away_is_named(sealed, table):
    id = one(sealed, f"select max(id) as id from {table}")
    shell(sealed, f"delete from {table} where id = {id}")
    assert [missing(sealed, table, id)] == found(sealed)


def test_a_row_slipped_in_behind_the_seal_is_named(sealed):
    shell(sealed, "insert into scan select 999, campaign, at, day, unit, issue, placement,"
                  " network, client, flag from scan where id = 1000")
    assert ["scan 999 was added after its time was sealed"] == found(sealed)


@pytest.mark.parametrize(
    "change",
    ["update log_head set root = replace(root, 'a', 'b') where size = (select max(size) from"
     " log_head)", "update log_head set size = size + 1 where size ="
     " (select max(size) from log_head)", "update log_head set note = 'x'",
     "delete from log_head", "delete from log_tile where level = 0 and n = 0",
     "update log_tile set hashes = substr(hashes, 1, 32) where level = 0 and n = 0",
     "update log_tile set hashes = zeroblob(length(hashes)) where level = 1",
     "update log_leaf set idx = idx + 1 where log = 'claim'",
     "update log_leaf set rc = zeroblob(16) where log = 'fact'",
     "update log_leaf set rp = null where log = 'claim'",
     "update log_leaf set p = zeroblob(32) where log = 'claim'",
     "delete from log_leaf where log = 'fact'"],
)
def test_a_touched_log_is_found(sealed, change):
    now = instants.now() + HOUR
    claimed(sealed, 9, "N07", now, 10**18)
    seal(sealed, now)
    assert [] == found(sealed)
    shell(sealed, change)
    assert found(sealed)


def test_who_rewrites_row_and_leaf_lacks_the_key(sealed):
    """All of it made anew is a sound tree; its head is not signed by this log's keys."""
    shell(sealed, "update claim set unit = 'N08' where id = 101", "delete from log_leaf",
          "delete from log_tile", "delete from log_head", "delete from log_mark",
          "delete from unit_count")
    sealer.seal(sealed.ledger, lambda size, root: "forged", instants.now() + 1000)
    assert [] == list(tree_checks.check(sealed.ledger))
    size = sealer.head(sealed.ledger).size
    assert [f"the head of {size} leaves is not signed by this log's keys"] == found(sealed)


def test_units_are_counted_when_a_day_is_over(service):
    """Every unit, each day, also without a row: a row or a day left out of a bundle shows."""
    now = instants.now()
    midnight = instants.day_start(day_of(now))
    for days in (7, 3, 1):
        at = midnight - days * DAY + HOUR
        claimed(service, days, "N07", at, service.store.next_id(at))
    shell(service, "delete from audit where id > 0")  # of today, so that today has no row
    assert seal(service, now)
    assert [] == found(service)
    with service.store.read() as connection:
        rows = connection.rows(
            "select day, until, counts from unit_count where unit = 'N07' order by id")
    told = [day_of(midnight - n * DAY) for n in (7, 6, 4, 3, 2)]
    expected = [(told[0], told[0], 1), (told[1], told[2], 0), (told[3], told[3], 1),
                (told[4], told[4], 0)]
    assert expected == [
        (row["day"], row["until"], json.loads(row["counts"]).get("claim", 0)) for row in rows
    ]
    units = one(service, "select count(*) as n from unit")
    assert 4 * units == one(service, "select count(*) as n from unit_count")
    assert 0 == seal(service, now)
    # A row that disappears with its leaf is missed by the count, too.
    id = one(service, "select min(id) as id from claim")
    shell(service, f"delete from claim where id = {id}", "update unit_count set counts = '{}'"
                   f" where unit = 'N07' and day = {told[0]}")
    assert {"claim", "unit_count"} <= {text.split()[0] for text in found(service)}


def test_a_row_that_commits_late_goes_into_the_next_seal(sealed):
    """An import begun before midnight ends after the seal; that is no forgery."""
    late = instants.now()
    seal(sealed, late + MINUTE)
    claimed(sealed, 7, "N07", late, sealed.store.next_id(late))
    assert [] == found(sealed)
    assert seal(sealed, late + 2 * MINUTE)
    assert [] == found(sealed)
    id = one(sealed, "select max(id) as id from claim")
    shell(sealed, f"update claim set unit = 'N08' where id = {id}")
    assert [changed(sealed, "claim", id)] == found(sealed)


def test_the_service_seals_what_is_new_and_makes_no_empty_head(service):
    from attribution.upkeep import background

    def size():
        return sealer.head(service.ledger).size

    claimed(service, 1, "N07", instants.now(), service.store.next_id(instants.now()))
    background.tick(service, 0)
    sealed = size()
    assert sealed
    background.tick(service, 0)
    assert sealed == size()
    background.tick(service, 1000)
    claimed(service, 2, "N07", instants.now(), service.store.next_id(instants.now()))
    background.tick(service, 1000)  # another worker sealed a moment ago
    assert sealed == size()
    shell(service, "delete from log_mark where log = 'turn'")
    ended = background.start(service, 0.01)
    for _ in range(500):
        if ended.wait(0.02) or size() > sealed:
            break
    ended.set()
    assert size() > sealed
    assert [] == found(service)


def test_a_log_that_seals_did_not_hold_before_an_upgrade_is_taken_whole(service, monkeypatch):
    from attribution.store import seal_pages as kept

    now = instants.now()
    claimed(service, 1, "N07", now - HOUR, service.store.next_id(now - HOUR))
    with monkeypatch.context() as before:
        before.setattr(kept, "LOGS", tuple(log for log in kept.LOGS if log.name != "form"))
        seal(service, now)
    assert [] == found(service)
    seal(service, now + MINUTE)
    assert [] == found(service)
    shell(service, "update form set claim = claim + 1")
    assert 1 == len(found(service))


def test_the_newest_head_cannot_be_taken_away_unseen(sealed):
    before = sealer.head(sealed.ledger).size
    claimed(sealed, 9, "N07", instants.now(), 10**18)
    seal(sealed, instants.now() + MINUTE)
    shell(sealed, f"delete from log_head where size > {before}")
    assert found(sealed)
    shell(sealed, "delete from log_head")
    assert ["the head of 0 leaves is not that of the tree"] == found(sealed)


def test_a_feed_is_sealed_as_it_comes_in(service, instance, tmp_path):
    now = instants.now()
    path = write(tmp_path / "day.csv", [done(n, now) for n in (1, 2)])
    assert 0 == cli.main(["feed", "import", str(path), "--instance", str(instance.folder)])
    id = one(service, "select max(id) as id from fact")
    shell(service, f"update fact set first_txn_at = first_txn_at + 1 where id = {id}")
    assert [changed(service, "fact", id)] == found(service)


def test_a_target_changed_by_hand_is_found_and_a_lawful_change_is_not(sealed):
    from attribution.office import units

    units.revoke(sealed.ledger, "N08", None, instants.now(), Actor("ann"))
    assert [] == found(sealed)
    seal(sealed, instants.now() + 2000)
    assert [] == found(sealed)
    shell(sealed, "update unit set target = target + 1 where id = 'A01'")
    (told,) = found(sealed)
    assert told.startswith("unit A01 was changed since it was sealed as leaf")


def test_an_export_proves_itself_and_an_altered_one_does_not(sealed, instance, tmp_path, capsys):
    out = tmp_path / "credits.csv"
    where = ("--instance", str(instance.folder))
    assert 0 == cli.main(["export", "credits", "--out", str(out), *where])
    assert 0 == cli.main(["verify-export", str(out), *where])
    assert "genuine: credits.csv" in capsys.readouterr().out
    out.write_bytes(out.read_bytes().replace(b"N07", b"N08", 1))
    assert 1 == cli.main(["verify-export", str(out), *where])
    assert 2 == cli.main(["verify-export", str(tmp_path / "none.csv"), *where])


def test_a_forged_record_of_an_export_proves_nothing(sealed, tmp_path):
    out = tmp_path / "mine.csv"
    out.write_text("unit,n\nN07,999\n", encoding="utf-8")
    mine = export_seals.Given(sha256_of(out), "mine.csv", "me", instants.now())
    sealed.store.write(lambda c: export_seals.add(c, sealed.ledger, mine))
    for _ in range(2):
        with pytest.raises(Fault, match="not a file that was exported here"):
            export_seals.verify_export(sealed.ledger, out)
        seal(sealed, instants.now() + MINUTE)  # a leaf of its own changes nothing


def test_seal_and_check_at_the_shell(instance, service, capsys):
    where = ["--instance", str(instance.folder)]
    claimed(service, 1, "N07", instants.now() - HOUR, 101)
    assert 0 == cli.main(["rebuild", *where])
    assert 0 == cli.main(["seal", "--now", *where])
    assert "rows sealed; 封印" in capsys.readouterr().out
    assert 0 == cli.main(["seal", "--list", *where])
    assert 0 == cli.main(["check", *where])
    shell(service, "update claim set unit = 'N08' where id = 101")
    assert 1 == cli.main(["check", *where])
    assert "claim 101 was changed since it was sealed" in capsys.readouterr().out


@pytest.mark.parametrize("sealed_first", [True, False])
def test_a_row_with_anothers_id_stops_no_sealing_and_is_named(sealed, sealed_first):
    """A claim is known by its person and its id: the database lets two persons share one."""
    now = instants.now()
    id = sealed.store.next_id(now)
    claimed(sealed, 5, "N07", now, id)
    if sealed_first:
        seal(sealed, instants.now() + 1000)
    rest = "campaign, id, at, unit, issue, scan, placement, verified, consent, network, client"
    shell(sealed, f"""insert into claim (person, last4, {rest})
        select '{'f' * 64}', '0000', {rest} from claim where id = {id}""")
    claimed(sealed, 6, "N07", instants.now(), sealed.store.next_id(instants.now()))
    assert seal(sealed, instants.now() + 1000)
    assert f"claim {id} was added after its time was sealed" in found(sealed)
