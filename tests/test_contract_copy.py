# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A ledger moves whole, in both directions, and proves that it did."""
import csv
from urllib.parse import urlsplit

import pytest
from factories import make_phone
from feeding import import_feed
from stores import KINDS, migrated_url, new_url

from attribution.cli import main
from attribution.ledger import Ledger
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.resident.scans import ScanLog
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.store import Store, log, open_store, registry, staff, transfer
from attribution.upkeep import copying

# What is on a cluster is migrated and distributed before the first row is brought.
WAYS = [
    (here, there) for here in KINDS for there in KINDS
    if here != there and ("sqlite" in (here, there) or there == "citus")
]


def fill(service, store, folder, first=0, number=12):
    """Scan, claim and settle *number* people, some without a code, some withdrawn."""
    now = instants.now()
    scans = ScanLog(store, service.campaign.id, service.settings.code_keys, "n")
    units = list(scans.snapshot().units.values())
    rows = []
    for n in range(first, first + number):
        person = identify(make_phone(n), service.settings.person_pepper)
        unit = units[n % len(units)]
        scan = log.Scan(
            store.next_id(now), service.campaign.id, now - 2 * HOUR, unit.id, 1,
            "墙" if n % 2 else None, "n", "wechat", "preview" if n % 5 == 4 else None,
        )
        store.append_scan(scan, scans.snapshot().version)
        if n % 4:
            opened = scans.check(service_code(unit.id))
            made = claims.claim(
                Ledger(store, service.campaign), opened, Form(scan.id, now, service_code(unit.id)),
                person, now - 2 * HOUR, consent="同意", network="n", client="wechat",
            )
            if n % 7 == 6:
                claims.withdraw(
                    Ledger(store, service.campaign), person.digest, made.claim.id, now,
                    by_whom="self", reason="asked",
                )
        at = now - HOUR
        rows.append((make_phone(n), *(local_text(at + m * MINUTE) for m in (0, 5, 9))))
    feed = folder / f"feed{first}.csv"
    with feed.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("phone", "registered_at", "card_bound_at", "first_txn_at"), *rows]
        )
    import_feed(
        Ledger(store, service.campaign),
        feed,
        pepper=service.settings.person_pepper,
        digest="sha256",
        now=now,
        by_whom="test",
    )


def service_code(unit):
    from qrgen.codes import Code

    return Code(unit, 1, None)


@pytest.fixture(params=WAYS, ids=[*map("_to_".join, WAYS)])
def two(request, tmp_path, service):
    """Two URLs: a ledger with units, and an empty place."""
    source, target = request.param
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id).units.values()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with place(source, tmp_path / "a") as here, place(target, tmp_path / "b") as there:
        store = open_store(here)
        store.migrate()
        store.write(lambda c: registry.put(c, service.campaign.id, units))
        fill(service, store, tmp_path)
        store.close()
        yield here, there


def place(kind, folder):
    return migrated_url(kind, folder) if kind == "citus" else new_url(kind, folder)


def opened(*urls):
    return [open_store(url) for url in urls]


def command(service, source, target):
    return main(["copy", "--from", source, "--to", target, "--instance",
                 str(service.settings.instance)])


def test_contract_a_ledger_is_copied_whole_and_compared(two, service, capsys):
    assert 0 == command(service, *two)
    out = capsys.readouterr().out
    assert "both hold the same, and are sound" in out
    source, target = opened(*two)
    try:
        results = list(copying.compare(source, target))
        assert {table.name for table in transfer.tables()} == {r.table for r in results}
        assert all(result.same for result in results)
        counts = {result.table: result.target[0] for result in results}
        assert (12, 9, 12) == (counts["scan"], counts["claim"], counts["fact"])
        assert counts["credit"] and counts["claim_event"] and counts["tally"]
    finally:
        source.close()
        target.close()


def test_contract_a_copy_that_was_cut_off_goes_on(two, service, tmp_path, monkeypatch):
    """Also when the campaign went on in between, and rows of the past changed their standing."""
    monkeypatch.setattr(transfer, "PAGE", 3)
    source, target = opened(*two)
    try:
        copying.prepare(source, target)
        for number, _ in enumerate(copying.copy(source, target)):
            if number == 5:
                break
        assert not all(result.same for result in copying.compare(source, target))
        fill(service, source, tmp_path, first=6)
        list(copying.copy(source, target))
        assert all(result.same for result in copying.compare(source, target))
    finally:
        source.close()
        target.close()
    assert 0 == command(service, *two)


def test_contract_the_copy_makes_no_id_of_the_source(two, service):
    source, target = opened(*two)
    try:
        mine = {source.next_id(1) for _ in range(100)}
        copying.prepare(source, target)
        list(copying.copy(source, target))
        fresh = Store(target.database)
        assert not mine & {fresh.next_id(1) for _ in range(100)}
    finally:
        source.close()
        target.close()


def test_contract_a_row_that_differs_is_found(two, service, capsys):
    assert 0 == command(service, *two)
    capsys.readouterr()
    (target,) = opened(two[1])
    try:
        target.write(lambda c: c.run("update standing set last4 = '9999'"))
        scan = log.Scan(1, service.campaign.id, 1, "A01", 1, None, "", "other")
        (source,) = opened(two[0])
        results = {r.table: r.same for r in copying.compare(source, target)}
        source.close()
        assert not results["standing"] and results["claim"]
        target.write(lambda c: log.add_scans(c, [scan]))
    finally:
        target.close()
    assert 1 == command(service, *two)
    assert "the wrong way round" in capsys.readouterr().err


def test_contract_a_source_that_is_not_there_is_not_made(service, tmp_path, capsys):
    with new_url("postgres", tmp_path) as target:
        missing = f"sqlite:///{tmp_path / 'nowhere.db'}"
        assert 2 == command(service, missing, target)
        assert not (tmp_path / "nowhere.db").exists()
        assert 2 == command(service, target, target)
        assert 1 == command(service, target, missing)  # empty: no tables to copy
        assert 2 == command(service, "mysql://x/y", target)
    assert urlsplit(target).path[1:] not in capsys.readouterr().out


def test_contract_rows_that_are_gone_go_from_the_copy_too(two, service):
    """And accounts that others refer to stay where they are while they are renewed."""
    now = instants.now()
    source, target = opened(*two)
    try:
        source.write(lambda c: staff.add_account(c, "ann", "x", "office", now))
        copying.prepare(source, target)
        list(copying.copy(source, target))
        source.write(lambda c: c.run("delete from standing where credited is null"))
        source.write(lambda c: staff.set_password(c, "ann", "y"))
        list(copying.copy(source, target))
        assert all(result.same for result in copying.compare(source, target))
    finally:
        source.close()
        target.close()
