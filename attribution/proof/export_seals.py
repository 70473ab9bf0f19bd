"""
What was given out: the hash of each export with a MAC, so that a copy can be told.
"""
import contextlib
import hmac
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from attribution.facts.feed_reader import sha256_of
from attribution.ledger import Ledger
from attribution.reports import exports
from attribution.rule.instants import Instant
from attribution.rule.people import DIGESTS, check_digest
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Row
from qrgen.registry import Campaign
from qrgen.shell import Fault


def seal_export(
    ledger: Ledger, keys: Sequence[str], path: Path, name: str, now: Instant,
    by_whom: str, digest: str = "sha256",
) -> Row:
    """Record that the file *path* was given out; return the entry."""
    return seal_given(ledger, keys, sha256_of(path), name, now, by_whom, digest)


def seal_given(
    ledger: Ledger, keys: Sequence[str], sha256: str, name: str, now: Instant,
    by_whom: str, digest: str = "sha256",
) -> Row:
    """Record that a file with the hash *sha256* was given out; return the entry."""
    with ledger.store.read() as connection:
        latest = kept.last(connection, ledger.campaign.id)
    row: Row = {
        "id": ledger.store.next_id(now), "at": now, "sha256": sha256, "name": name,
        "by_whom": by_whom, "seal": latest["number"] if latest else 0,
    }
    row["mac"] = _export_mac(ledger.campaign, row, keys[-1], digest)
    ledger.store.write(lambda c: kept.add_export(c, ledger.campaign.id, row))
    return row


def verify_export(ledger: Ledger, keys: Sequence[str], path: Path) -> list[Row]:
    """
    Return when the file *path*, exactly as it is, was given out.

    Raises:
        Fault: never, or the record of it was tampered with.
    """
    if not path.is_file():
        raise Fault(f"{path}: no such file", status=2)
    said = exports.mark_in(path)
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
        raise Fault(
            f"{path}: not a file that was exported here, or altered since",
            f"it says {said}: an altered copy? export it again, and compare" if said
            else "export it again, and compare",
        )
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
