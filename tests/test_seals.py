# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""One byte changed by hand is found, and the row named."""
import sqlite3

import pytest
from test_facts import claimed, take
from test_feeds import done, write

from attribution import cli
from attribution.deeds import Actor
from attribution.facts.feed_reader import sha256_of
from attribution.proof import checks, export_seals, seal_checks, seals
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


def seal(service, now, today=True):
    return seals.seal_days(
        service.ledger, service.settings.seal_keys, now, digest="sha256",
        today=today,
    )


def found(service):
    return [
        finding.detail
        for finding in checks.check(service.ledger, service.settings.seal_keys)
        if finding.question == "seal_whole"
    ]


def shell(service, *statements):
    """Do by hand what the sqlite3 shell can: drop the trigger, change the byte."""
    with sqlite3.connect(service.store.database.path) as db:
        tables = db.execute("select name, tbl_name from sqlite_master where type = 'trigger'")
        for name, _ in tables.fetchall():
            db.execute(f"drop trigger {name}")
        for statement in statements:
            db.execute(statement)
    db.close()


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
    assert [f"{table} {id} was changed since seal 1"] == found(sealed)


def test_a_changed_batch_is_named(sealed):
    shell(sealed, "update batch set by_whom = 'else'")
    assert ["batch day was changed since seal 1"] == found(sealed)


@pytest.mark.parametrize("table", ["scan", "claim", "fact", "credit", "audit"])
def test_a_row_taken_away_is_named(sealed, table):
    id = one(sealed, f"select max(id) as id from {table}")
    shell(sealed, f"delete from {table} where id = {id}")
    assert [f"{table} {id} is missing since seal 1"] == found(sealed)


def test_a_row_slipped_in_behind_the_seal_is_named(sealed):
    shell(sealed, "insert into scan select 999, campaign, at, day, unit, issue, placement,"
                  " network, client, flag from scan where id = 1000")
    assert ["scan 999 was added after its time was sealed"] == found(sealed)


@pytest.mark.parametrize(
    "change",
    ["update seal set rows = rows + 1", "update seal set mac = replace(mac, 'a', 'b')",
     "update seal set root = 'x'", "update seal set digest = 'none'",
     "update seal_page set rows = replace(rows, ':', ';') where log = 'claim'",
     "delete from seal where number = 1", "delete from seal_page where log = 'fact'"],
)
def test_a_touched_seal_is_found(sealed, change):
    now = instants.now() + HOUR
    claimed(sealed, 9, "N07", now, 10**18)
    seal(sealed, now)
    assert [] == found(sealed)
    shell(sealed, change)
    assert found(sealed)


def test_who_rewrites_row_and_seal_lacks_the_key(sealed):
    """A seal made anew with another key is not ours."""
    shell(sealed, "update claim set unit = 'N08' where id = 101", "delete from seal",
          "delete from seal_page")
    seals.seal_days(sealed.ledger, ["f00d" * 16], instants.now() + 1000,
                    digest="sha256", today=True)
    assert ["seal 1 was changed, or is not of this instance's keys"] == found(sealed)


def test_days_are_sealed_once_each_and_chained(service):
    now = instants.now()
    midnight = instants.day_start(day_of(now))
    for days in (3, 1):
        claimed(service, days, "N07", midnight - days * DAY + HOUR, service.store.next_id(
            midnight - days * DAY + HOUR))
    assert 1 == len(seal(service, midnight - 2 * DAY + MINUTE, today=False))
    made = seal(service, now, today=False)
    assert [day_of(midnight - 2 * DAY), day_of(midnight - DAY)] == [row["day"] for row in made]
    assert [2, 3] == [row["number"] for row in made]
    assert [0, 2] == [row["rows"] for row in made]  # a claim and its form
    assert made[1]["previous"] == made[0]["mac"]
    assert [] == seal(service, now, today=False)
    assert [] == found(service)


def test_a_row_that_commits_late_goes_into_the_next_seal(sealed):
    """An import begun before midnight ends after the seal; that is no forgery."""
    late = instants.now()
    seal(sealed, late + MINUTE)
    claimed(sealed, 7, "N07", late, sealed.store.next_id(late))
    assert [] == found(sealed)
    (made,) = seal(sealed, late + 2 * MINUTE)
    assert made["rows"] >= 1
    assert [] == found(sealed)
    id = one(sealed, "select max(id) as id from claim")
    shell(sealed, f"update claim set unit = 'N08' where id = {id}")
    assert [f"claim {id} was changed since seal {made['number']}"] == found(sealed)


@pytest.mark.parametrize("digest", ["sha256", "sm3"])
def test_seals_by_either_digest_and_either_key(service, digest):
    """Keys rotate; SM3 where the instance asks for it (GB/T 32905)."""
    now = instants.now()
    claimed(service, 1, "N07", now, 101)
    old, new = "0a1b2c3d" * 8, "9f8e7d6c" * 8
    for keys, at in (([old], now), ([old, new], now + HOUR)):
        seals.seal_days(service.ledger, keys, at, digest=digest, today=True)
    assert [] == list(seal_checks.check(service.ledger, [old, new]))
    assert 1 == len(list(seal_checks.check(service.ledger, [new])))


def test_the_service_seals_what_is_new_and_makes_no_empty_seal(service):
    from attribution.upkeep import background

    claimed(service, 1, "N07", instants.now(), service.store.next_id(instants.now()))
    for count in (1, 1):
        background.tick(service, 0)
        assert count == one(service, "select count(*) as n from seal")
    claimed(service, 2, "N07", instants.now(), service.store.next_id(instants.now()))
    background.tick(service, 1000)  # another worker sealed a moment ago
    assert 1 == one(service, "select count(*) as n from seal")
    ended = background.start(service, 0.01)
    for _ in range(500):
        if ended.wait(0.02) or one(service, "select count(*) as n from seal") == 2:
            break
    ended.set()
    assert 2 == one(service, "select count(*) as n from seal")
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


def test_the_newest_seal_cannot_be_taken_away_unseen(sealed):
    shell(sealed, "delete from seal")
    assert ["seal 1 is missing"] == found(sealed)


def test_a_feed_is_sealed_as_it_comes_in(service, instance, tmp_path):
    now = instants.now()
    path = write(tmp_path / "day.csv", [done(n, now) for n in (1, 2)])
    assert 0 == cli.main(["feed", "import", str(path), "--instance", str(instance.folder)])
    id = one(service, "select max(id) as id from fact")
    shell(service, f"update fact set first_txn_at = first_txn_at + 1 where id = {id}")
    assert [f"fact {id} was changed since seal 1"] == found(service)


def test_a_target_changed_by_hand_is_found_and_a_lawful_change_is_not(sealed):
    from attribution.office import units

    units.revoke(sealed.ledger, "N08", None, instants.now(), Actor("ann"))
    assert [] == found(sealed)
    seal(sealed, instants.now() + 2000)
    assert [] == found(sealed)
    shell(sealed, "update unit set target = target + 1 where id = 'A01'")
    assert ["unit A01 was changed since seal 2"] == found(sealed)


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
    row = sealed.store.write(
        lambda c: export_seals.add(c, sealed.ledger, ["f00d" * 16], mine)
    )
    assert row["mac"]
    with pytest.raises(Fault, match="not a file that was exported here"):
        export_seals.verify_export(sealed.ledger, sealed.settings.seal_keys, out)


def test_seal_and_check_at_the_shell(instance, service, capsys):
    where = ["--instance", str(instance.folder)]
    claimed(service, 1, "N07", instants.now() - HOUR, 101)
    assert 0 == cli.main(["rebuild", *where])
    assert 0 == cli.main(["seal", "--now", *where])
    assert "封印 1" in capsys.readouterr().out
    assert 0 == cli.main(["seal", "--list", *where])
    assert 0 == cli.main(["check", *where])
    shell(service, "update claim set unit = 'N08' where id = 101")
    assert 1 == cli.main(["check", *where])
    assert "claim 101 was changed since seal" in capsys.readouterr().out
