"""
What a program without a rule takes for a file of the platform: the measure of our own import.

It reads with the csv module, names each person, asks the ledger for them one at a time and, to
take the file in, writes each row as it comes. It judges nobody and tells nothing, finds neither
encoding nor heading, and shuts nothing in. In core-seconds of this process, in the same minute
as ours: ratios that hold on any machine.
"""
import csv
import hmac
import sqlite3
import time
from datetime import datetime, timedelta
from pathlib import Path

from bench_instance import opened

_EPOCH = datetime(1970, 1, 1, 8)
_MICROSECOND = timedelta(microseconds=1)
_STANDS = "select * from standing where campaign = ? and person = ?"
_CLAIMED = "select * from claim where campaign = ? and person = ?"
_FACT = """insert into fact (campaign, person, id, as_of, received_at, batch, last4,
        registered_at, card_bound_at, first_txn_at) values (?, ?, ?, ?, ?, 'plain', ?, ?, ?, ?)"""
_STANDING = """insert into standing (campaign, person, last4, reason, registered_at,
        card_bound_at, first_txn_at, decided_at, rule) values (?, ?, ?, 'no_claim', ?, ?, ?, ?, 2)
    on conflict (campaign, person) do update set registered_at = excluded.registered_at,
        card_bound_at = excluded.card_bound_at, first_txn_at = excluded.first_txn_at"""

# Rows of a transaction, as many as ours.
_TOGETHER = 500


def plain_core_seconds(instance: Path, path: Path, *, writing: bool) -> float:
    """Return what taking *path* into a copy of the *instance*'s ledger costs, or laying it over."""
    service = opened(instance)
    ledger, campaign = service.store.database.path, service.campaign.id
    copy = ledger.with_name("plain.db")
    service.store.database.copy_to(copy)
    service.close()
    raw = sqlite3.connect(copy, isolation_level=None)
    raw.execute("pragma journal_mode = wal")
    raw.execute("pragma synchronous = full")
    began = time.process_time()
    now = time.time_ns() // 1000
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, (phone, *texts) in enumerate(csv.reader(file)):
            if not number:
                continue
            if writing and number % _TOGETHER == 1:
                raw.execute("commit" if raw.in_transaction else "select 1")
                raw.execute("begin immediate")
            person = hmac.digest(b"plain", phone.encode(), "sha256").hex()
            steps = [
                (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND if text else None
                for text in texts
            ]
            raw.execute(_STANDS, (campaign, person)).fetchone()
            raw.execute(_CLAIMED, (campaign, person)).fetchall()
            if writing:
                raw.execute(_FACT, (campaign, person, number, now, now, phone[-4:], *steps))
                raw.execute(_STANDING, (campaign, person, phone[-4:], *steps, now))
    if raw.in_transaction:
        raw.execute("commit")
    taken = time.process_time() - began
    raw.close()
    for left in ledger.parent.glob("plain.db*"):
        left.unlink()
    return taken
