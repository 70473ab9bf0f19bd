"""
What was given out: the hash of each export, which is a leaf of the log, so that a copy can be told.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from attribution.deeds import Kind
from attribution.facts.feed_reader import sha256_of
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import tree_checks
from attribution.reports import spreadsheets
from attribution.rule.instants import Instant
from attribution.store import audit_log, log_tree
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Connection, Row
from qrgen.faults import USAGE_AT_FAULT, Fault


@dataclass(frozen=True)
class Given:
    """A file that was given out: its hash, its *name*, who took it and when."""

    sha256: str
    name: str
    by_whom: str
    at: Instant


def add(connection: Connection, ledger: Ledger, given: Given) -> Row:
    """Record what was *given* out, and after how many leaves; return the entry."""
    newest = log_tree.head(connection, ledger.campaign.id)
    row: Row = {
        "id": ledger.store.next_id(given.at), "at": given.at, "sha256": given.sha256,
        "name": given.name, "by_whom": given.by_whom, "seal": newest["size"] if newest else 0,
        "mac": "",  # of before the log: the row's leaf took its place
    }
    kept.add_export(connection, ledger.campaign.id, row)
    return row


def verify_export(ledger: Ledger, path: Path) -> list[Row]:
    """
    Return when the file *path*, exactly as it is, was given out.

    Each with ``leaf``: of which leaf the record is; None until the next sealing.

    Raises:
        Fault: never, or the record of it was tampered with.
    """
    if not path.is_file():
        raise Fault(Code.EXPORT_MISSING, status=USAGE_AT_FAULT, file=path)
    said = spreadsheets.mark_in(path)
    with ledger.store.read() as connection:
        rows = kept.exports_with(connection, ledger.campaign.id, sha256_of(path))
    good = _standing(ledger, rows)
    if not good:
        if said:
            raise Fault(Code.EXPORT_ALTERED, file=path, mark=said)
        raise Fault(Code.EXPORT_UNKNOWN, file=path)
    return good


def _standing(ledger: Ledger, rows: Sequence[Row]) -> list[Row]:
    log = next(log for log in kept.LOGS if log.name == "export_seal")
    leaf_of = tree_checks.standing(ledger, log, [row["id"] for row in rows])
    with ledger.store.read() as connection:
        # Whoever slips a record in makes no entry of it. Older ones have no entry with a hash.
        entered = [
            row for row in rows if row["mac"]
            or audit_log.names(connection, Kind.EXPORT_DONE.value, row["sha256"])
        ]
    return [{**row, "leaf": leaf_of[row["id"]]} for row in entered if row["id"] in leaf_of]
