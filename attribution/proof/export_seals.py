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
from attribution.proof import merkle, signed_notes, tiles, tree_checks
from attribution.proof.signed_notes import BadNote, Checkpoint, Key
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


def verify_export(ledger: Ledger, path: Path, keys: Sequence[Key] = ()) -> list[Row]:
    """
    Return when the file *path*, exactly as it is, was given out.

    Each with ``leaf``: of which leaf the record is; None until the next sealing.

    Args:
        keys: The log's. Without them a head in the file proves nothing.

    Raises:
        Fault: never, and then whose side changed: the file, or the ledger, which does not
            continue the head of its own that the file carries.
    """
    if not path.is_file():
        raise Fault(Code.EXPORT_MISSING, status=USAGE_AT_FAULT, file=path)
    said, told = spreadsheets.mark_in(path), _head_in(path, keys)
    if told is not None and not _continues(ledger, told):
        raise Fault(Code.EXPORT_LEDGER_ALTERED, file=path, size=told.size)
    with ledger.store.read() as connection:
        rows = kept.exports_with(connection, ledger.campaign.id, sha256_of(path))
    good = _standing(ledger, rows)
    if good:
        return good
    if told is not None:
        raise Fault(Code.EXPORT_FILE_ALTERED, file=path, size=told.size, mark=said)
    if said:
        raise Fault(Code.EXPORT_ALTERED, file=path, mark=said)
    raise Fault(Code.EXPORT_UNKNOWN, file=path)


def _head_in(path: Path, keys: Sequence[Key]) -> Checkpoint | None:
    """Return the head that *path* carries, if it is one of ours."""
    try:
        return signed_notes.read(
            signed_notes.from_one_line(spreadsheets.checkpoint_in(path)), keys
        )
    except BadNote:
        return None


def _continues(ledger: Ledger, told: Checkpoint) -> bool:
    try:
        return merkle.root(told.size, tiles.of(ledger)) == told.root
    except merkle.BadProof:  # the log is shorter
        return False


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
