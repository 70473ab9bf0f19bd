"""
What was given out: the hash of each export with a MAC, so that a copy can be told.
"""
import contextlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from attribution.facts.feed_reader import sha256_of
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.reports import spreadsheets
from attribution.rule.instants import Instant
from attribution.rule.people import DIGESTS, check_digest
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Connection, Row
from qrgen.faults import USAGE_AT_FAULT, Fault
from qrgen.registry import Campaign


@dataclass(frozen=True)
class Given:
    """A file that was given out: its hash, its *name*, who took it and when."""

    sha256: str
    name: str
    by_whom: str
    at: Instant


def add(
    connection: Connection, ledger: Ledger, keys: Sequence[str], given: Given,
    digest: str = "sha256",
) -> Row:
    """Record what was *given* out; return the entry."""
    latest = kept.last(connection, ledger.campaign.id)
    row: Row = {
        "id": ledger.store.next_id(given.at), "at": given.at, "sha256": given.sha256,
        "name": given.name, "by_whom": given.by_whom, "seal": latest["number"] if latest else 0,
    }
    row["mac"] = _export_mac(ledger.campaign, row, keys[-1], digest)
    kept.add_export(connection, ledger.campaign.id, row)
    return row


def verify_export(ledger: Ledger, keys: Sequence[str], path: Path) -> list[Row]:
    """
    Return when the file *path*, exactly as it is, was given out.

    Raises:
        Fault: never, or the record of it was tampered with.
    """
    if not path.is_file():
        raise Fault(Code.EXPORT_MISSING, status=USAGE_AT_FAULT, file=path)
    said = spreadsheets.mark_in(path)
    with ledger.store.read() as connection:
        rows = kept.exports_with(connection, ledger.campaign.id, sha256_of(path))
    good = [
        row for row in rows
        if any(
            hmac.compare_digest(row["mac"], _export_mac(ledger.campaign, row, key, digest))
            for key in keys for digest in _computable()
        )
    ]
    if not good:
        if said:
            raise Fault(Code.EXPORT_ALTERED, file=path, mark=said)
        raise Fault(Code.EXPORT_UNKNOWN, file=path)
    return good


def _computable() -> Iterator[str]:
    for digest in DIGESTS:
        with contextlib.suppress(ValueError):  # SM3 is not in every build of OpenSSL
            check_digest(digest)
            yield digest


def _export_mac(campaign: Campaign, row: Row, key: str, digest: str) -> str:
    names = ("id", "at", "sha256", "name", "by_whom", "seal")
    text = json.dumps(["export", campaign.id, *(row[name] for name in names)])
    return hmac.new(key.encode(), text.encode(), digest).hexdigest()
