"""
How the log of a ledger begins: with what was there before it.

A ledger that was sealed by HMACs is asked once more whether they hold. What they say goes into
an archive beside the ledger, whose SHA-256 and the findings are in the first leaf, and the
digests of single rows are deleted: with the keys in hand they matched a number to a claim that
was erased. Of what was before its beginning the log proves no more than they did.
"""
import hashlib
import json
from functools import partial

from attribution.ledger import Ledger
from attribution.proof import old_seals
from attribution.rule.instants import Instant
from attribution.settings import Settings
from attribution.store import background_write, log_tree, old_seal_pages
from attribution.store.engine.database import Connection, Row
from qrgen.files import write_whole

ARCHIVE = "old-seals.json"

# Findings that the first leaf spells out; it tells how many there were.
_TOLD = 100
_PAGES = 200


def is_begun(ledger: Ledger) -> bool:
    """Whether the log has its first leaf, or a row that will be."""
    with ledger.store.read() as connection:
        return bool(log_tree.events(connection, ledger.campaign.id, "genesis"))


def begin(ledger: Ledger, settings: Settings, now: Instant) -> None:
    """
    Write down where the log begins, and what the seals of before say.

    Raises:
        OSError: the archive cannot be written; nothing was begun.
    """
    if is_begun(ledger):
        return
    with ledger.store.read() as connection:
        seals = old_seal_pages.listing(connection, ledger.campaign.id)
    data: Row = {"campaign": ledger.campaign.id}
    if seals:
        found = [
            fault.cause for fault in old_seals.check(ledger, settings.seal_keys)
        ]
        archive = json.dumps(
            {"campaign": ledger.campaign.id, "seals": seals, "findings": found}, indent=1
        ).encode()
        path = settings.instance / ARCHIVE
        path.touch(mode=0o600)
        write_whole(path, archive)
        last = seals[-1]
        data |= {
            "seal": last["number"], "root": last["root"], "mac": last["mac"],
            "findings": found[:_TOLD], "count": len(found),
            "archive": hashlib.sha256(archive).hexdigest(),
        }
    _enter(ledger, now, data, already=0)


def end(ledger: Ledger, now: Instant, size: int) -> bool:
    """
    Write down that the rows of before are all in the first *size* leaves; whether it was new.
    """
    with ledger.store.read() as connection:
        if len(log_tree.events(connection, ledger.campaign.id, "genesis")) != 1:
            return False
    dialect = ledger.store.database.dialect
    while background_write.write(ledger.store, partial(
        old_seal_pages.forget_pages, dialect=dialect, campaign=ledger.campaign.id, limit=_PAGES
    )):
        pass
    return _enter(ledger, now, {"leaves": size}, already=1)


def _enter(ledger: Ledger, now: Instant, data: Row, already: int) -> bool:
    row: Row = {
        "id": ledger.store.next_id(now), "at": now, "kind": "genesis",
        "data": json.dumps(data, ensure_ascii=False),
    }

    def write(connection: Connection) -> bool:
        connection.alone("log_event")
        events = log_tree.events(connection, ledger.campaign.id, "genesis")
        if len(events) != already:
            return False  # another process did
        log_tree.add_event(connection, ledger.campaign.id, row)
        return True

    return background_write.write(ledger.store, write)
