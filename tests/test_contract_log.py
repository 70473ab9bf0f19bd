# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What the log of leaves promises on either store: forgeries are named, and honest rows are not."""
import hashlib
import itertools
import json
import subprocess
import sys

import pytest
from needs import SIGKILL, on_unix
from stores import KINDS, new_service
from test_contract_periods import Office
from test_contract_retention import erase, rows, run, seal, sound

from attribution.deeds import Actor
from attribution.office import accounts
from attribution.proof import heads, leaves, merkle, old_seals, sealer, taking_over, tiles
from attribution.proof import tree_checks as checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of
from attribution.store import log, log_tree, old_seal_pages, seal_pages, staff
from attribution.store.ids import first_id_at
from attribution.store.triggers import past_the_triggers


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def told(office):
    return [fault.cause for fault in checks.check(
        office.ledger, heads.verifiers(office.ledger, office.service.settings))]


def leaf_of(office, table, id):
    with office.store.read() as connection:
        found = log_tree.leaves_of(
            connection, office.campaign.id, table, [log_tree.key_text(id)])
    return found[log_tree.key_text(id)]


def by_hand(office, tables, statement, **values):
    """Do what somebody with the database's password can."""
    def write(connection):
        with past_the_triggers(connection, office.store.database.dialect, tables):
            connection.run(statement, values)

    office.store.write(write)


def test_contract_rows_moved_added_and_taken_away_are_named(office):
    _, second = (office.claim(n, "N07", office.now - n * HOUR) for n in (1, 2))
    office.file((1, office.now - MINUTE))
    seal(office)
    assert [] == told(office)
    size = sealer.head(office.ledger).size
    (credit,) = rows(office, "credit")
    by_hand(office, ["credit"], "update credit set unit = 'N08' where id = :id", id=credit["id"])
    by_hand(office, ["claim"], "delete from claim where id = :id", id=second)
    # Long after rows of its time were sealed; and one with its leaf made for it.
    scans = [
        log.Scan(first_id_at(at) + 7, office.campaign.id, at, "N08", 1, None, "n", "w")
        for at in (office.now - 9 * DAY, office.now - 2 * HOUR)
    ]
    office.store.write(lambda c: log.add_scans(c, scans))
    for _ in range(2):
        found = told(office)
        assert any(f"credit {credit['id']} was changed since" in text for text in found)
        assert any(f"claim {second} is missing since it was" in text for text in found)
        for scan in scans:
            assert f"scan {scan.id} was added after its time was sealed" in found
        office.claim(6, "N08", instants.now())
        seal(office)
    assert size < sealer.head(office.ledger).size


def test_contract_every_beginning_of_the_log_stays(office):
    """Heads of every chunk, kept outside, are proven beginnings of the last by its tiles."""
    for number in range(1, 4):
        office.claim(number, "N07", instants.now())
        seal(office)
    hash_of = tiles.of(office.ledger)
    kept = rows(office, "log_head")
    newest = max(kept, key=lambda row: row["size"])
    top = bytes.fromhex(newest["root"])
    for row in kept:
        path = merkle.consistency(row["size"], newest["size"], hash_of)
        before = bytes.fromhex(row["root"])
        assert merkle.verify_consistency(row["size"], newest["size"], before, top, path)
    claim = next(log for log in seal_pages.LOGS if log.name == "claim")
    ids = [row["id"] for row in rows(office, "claim")]
    opened = list(leaves.opened(office.ledger, claim, ids))
    assert len(ids) == len(opened)
    hashes = {one.index: merkle.leaf_hash(leaves.entry(one.rc, one.p, one.core))
              for one in opened}
    proof = merkle.multiproof(hashes, newest["size"], hash_of)
    assert merkle.multiproof_root(hashes, newest["size"], proof) == top


def test_contract_of_the_erased_a_commitment_stays_that_opens_nothing(office):
    """Unit and time stay proven; with every key in hand no number can be tried against it."""
    id = office.claim(1, "N07", office.now - HOUR)
    other = office.claim(2, "N07", office.now - HOUR)
    seal(office)
    before = leaf_of(office, "claim", id)
    assert before["rp"] and before["p"]
    erase(office, 1, None)
    assert 1 == run(office).asked
    after = leaf_of(office, "claim", id)
    assert after["rp"] is None and after["p"] == before["p"] and after["rc"] == before["rc"]
    assert leaf_of(office, "claim", other)["rp"] is not None
    seal(office)
    assert [] == sound(office) == told(office)
    (row,) = rows(office, "claim", id=id)
    by_hand(office, ["claim"], "update claim set unit = 'N08' where id = :id", id=id)
    assert [f"claim {id} was changed since it was sealed as leaf {after['idx']}"] == told(office)
    by_hand(office, ["claim"], "update claim set unit = :unit where id = :id", id=id,
            unit=row["unit"])
    # Whoever forgets another's opening without the job is told.
    by_hand(office, [], "update log_leaf set rp = null where log = 'claim' and key = :key",
            key=log_tree.key_text(other))
    by_hand(office, ["claim"], "update claim set last4 = '0000' where id = :id", id=other)
    assert [f"claim {other}" in text for text in told(office)] == [True]


def test_contract_deleted_scans_leave_nothing_to_open(office):
    scans = [
        log.Scan(first_id_at(at) + 7, office.campaign.id, at, "N07", 1, None, "n", "w")
        for at in (office.now - 200 * DAY, office.now)
    ]
    office.store.write(lambda c: log.add_scans(c, scans))
    seal(office)
    assert 1 == run(office).scans
    old, new = (leaf_of(office, "scan", scan.id) for scan in scans)
    assert (None, None, None) == (old["rc"], old["rp"], old["p"])
    assert new["rc"] and new["rp"]
    seal(office)
    assert [] == told(office)


def test_contract_a_clock_that_lied_makes_no_honest_row_late(office):
    """A day ahead for one sealing, or for some rows and a sealing; and right again."""
    office.claim(1, "N07", instants.now())
    heads.seal_now(office.ledger, office.service.settings, instants.now() + DAY)
    office.claim(2, "N07", instants.now() + DAY)
    heads.seal_now(office.ledger, office.service.settings, instants.now() + DAY)
    for number in (3, 4):
        office.claim(number, "N07", instants.now())
        heads.seal_now(office.ledger, office.service.settings, instants.now())
        assert [] == told(office)
    assert 4 == len([row for row in rows(office, "log_leaf") if row["log"] == "claim"])


def test_contract_an_account_and_its_units_change_by_their_door_alone(office):
    accounts.add(office.store, "lin", "Long-enough-2026", "viewer", office.now, by=Actor("ann"))
    seal(office)
    assert [] == told(office)
    by_hand(office, [], "insert into account_scope (name, unit) values ('lin', 'N07')")
    seal(office)
    (found,) = told(office)
    assert found.startswith("account lin was changed since it was sealed as leaf")
    by_hand(office, [], "delete from account_scope where name = 'lin'")
    accounts.rename(office.store, "lin", "林一", instants.now(), by=Actor("ann"))
    assert [] == told(office)
    office.store.write(lambda c: staff.add_account(c, "ghost", "-", "office", 1))
    seal(office)
    assert ["account ghost was added behind the registry's back"] == told(office)


def test_contract_an_older_ledger_is_taken_over(office):
    """What its seals say is asked once more, told in the first leaf, and row digests go."""
    id = office.claim(1, "N07", office.now - HOUR)
    office.claim(2, "N07", office.now - HOUR)
    made = old_seal(office)
    by_hand(office, ["claim"], "update claim set unit = 'N08' where id = :id", id=id)
    assert heads.seal_now(office.ledger, office.service.settings, instants.now())
    first, second = rows(office, "log_event")
    begun = json.loads(first["data"])
    assert [f"claim {id} was changed since seal 1"] == begun["findings"]
    assert (1, made["mac"]) == (begun["seal"], made["mac"])
    archive = (office.service.settings.instance / taking_over.ARCHIVE).read_bytes()
    assert begun["archive"] == hashlib.sha256(archive).hexdigest()
    assert made["root"] in archive.decode() and "rows" in archive.decode()
    assert [] == rows(office, "seal_page") and 1 == len(rows(office, "seal"))
    assert {"leaves"} == set(json.loads(second["data"]))
    assert [] == told(office)
    assert 0 == heads.seal_now(office.ledger, office.service.settings, instants.now())


def old_seal(office):
    """Seal as the program of before did: an HMAC over keyed digests of all rows."""
    key = office.service.settings.seal_keys[-1]
    until = instants.now() + 1000
    pages = []
    for at in old_seal_pages.LOGS:
        for number, found in enumerate(
            old_seals.live_rows(office.ledger, at, 0, at.bound(until))
        ):
            lines = [
                f"{row['key']}:{':'.join(old_seals.digests_of(at, row, key, 'sha256'))}"
                for row in found
            ]
            pages.append({"log": at.name, "page": number, "rows": "\n".join(lines)})
    made = {"number": 1, "day": day_of(until), "until": until, "at": until, "digest": "sha256",
            "rows": 0, "previous": "", "root": old_seals.root_of(pages, "sha256")}
    made["mac"] = old_seals.mac_of(office.campaign, made, key)

    def keep(connection):
        connection.run(
            f"""insert into seal (campaign, {', '.join(made)})
                values (:campaign, {', '.join(f':{name}' for name in made)})""",
            {"campaign": office.campaign.id, **made})
        connection.run_many(
            """insert into seal_page (campaign, number, log, page, rows)
               values (:campaign, 1, :log, :page, :rows)""",
            [{"campaign": office.campaign.id, **page} for page in pages])

    office.store.write(keep)
    return made


SEALING = """
import sys
from pathlib import Path
from attribution.proof import heads, sealer
from attribution.rule import instants
from attribution.service import open_service
from attribution.settings import load_settings
sealer.CHUNK = 20
service = open_service(load_settings(Path(sys.argv[1]), environ={"ZHUANMA_DATABASE": sys.argv[2]}))
print("begun", flush=True)
heads.seal_now(service.ledger, service.settings, instants.now(), rests=5.0)
"""


@on_unix
def test_contract_a_sealer_that_is_killed_leaves_a_sound_log(office):
    """Between any two chunks, or within one: what is there is a tree, and the next goes on."""
    scans = [
        log.Scan(id, office.campaign.id, office.now, "N07", 1, None, "n", "w")
        for id in office.store.some_ids(office.now, 2000)
    ]
    office.store.write(lambda c: log.add_scans(c, scans))
    settings = office.service.settings
    for least in itertools.count(1):
        killed = subprocess.Popen(
            [sys.executable, "-c", SEALING, str(settings.instance), settings.database],
            stdout=subprocess.PIPE, text=True)
        assert killed.stdout is not None and "begun\n" == killed.stdout.readline()
        while sealer.head(office.ledger).size < 100 * least and killed.poll() is None:
            pass
        killed.send_signal(SIGKILL)
        killed.wait()
        killed.stdout.close()
        size = sealer.head(office.ledger).size
        assert size and [] == told(office)
        if least == 2:
            break
    seal(office)
    assert [] == told(office)
    assert 2000 == len([row for row in rows(office, "log_leaf") if row["log"] == "scan"])
