"""
The ledger against what others kept: heads and bundles that left the house before.

With every key in hand the whole ledger can be rewritten and sealed anew, and finds itself
sound. What lies outside it cannot reach. Older heads narrow where it was rewritten, and the
rows of a bundle name the leaf.
"""
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import leaves, log_keys, merkle, publishing, signed_notes, tiles
from attribution.proof.signed_notes import BadNote, Checkpoint
from attribution.settings import Settings
from attribution.store import log_tree
from qrgen.faults import USAGE_AT_FAULT, Fault
from qrgen.files import read_text


@dataclass(frozen=True)
class HeldOutside:
    """What somebody kept: the *file*, its *checkpoint*, and the rows of a bundle."""

    file: str
    checkpoint: Checkpoint
    rows: list[dict[str, Any]] = field(default_factory=list)


def read(files: Sequence[Path], keys: Sequence[signed_notes.Key]) -> list[HeldOutside]:
    """
    Return what the *files* hold, smallest head first.

    Raises:
        Fault: one cannot be read, or was not signed by any of *keys*.
    """
    found = []
    for path in files:
        text, rows = read_text(path), []
        if text.lstrip().startswith("{"):
            try:
                bundle = json.loads(text)
                text, rows = bundle["checkpoint"], list(bundle["rows"])
            except (ValueError, KeyError, TypeError):
                raise _unreadable(path) from None
        try:
            note = signed_notes.parse(text)
            checkpoint = signed_notes.checkpoint_of(note)
        except BadNote:
            raise _unreadable(path) from None
        try:
            signed_notes.read(text, keys)
        except BadNote:
            raise Fault(
                Code.AGAINST_FOREIGN, file=path.name, origin=checkpoint.origin[:80]
            ) from None
        found.append(HeldOutside(path.name, checkpoint, rows))
    return sorted(found, key=lambda one: one.checkpoint.size)


def compare(ledger: Ledger, settings: Settings, files: Sequence[Path]) -> Iterator[Fault]:
    """
    Yield where the ledger does not continue what the *files* tell of it.

    Raises:
        Fault: one of them cannot be read, or is not of this log.
    """
    keys = log_keys.read(settings.instance)
    if keys is None:
        raise Fault(Code.LOG_KEY_MISSING)
    kept = read(files, keys.verifiers(ledger.campaign.id))
    with ledger.store.read() as connection:
        newest = log_tree.head(connection, ledger.campaign.id)
    size = int(newest["size"]) if newest else 0
    hash_of, fits = tiles.of(ledger), 0
    for one in kept:
        told = one.checkpoint
        if told.size > size:
            yield Fault(Code.AGAINST_SHORTER, file=one.file, last=told.size, size=size)
        elif merkle.root(told.size, hash_of) == told.root:
            fits = told.size
            continue
        else:
            yield Fault(Code.AGAINST_REWRITTEN, file=one.file, since=fits, until=told.size)
        yield from _rows(one, min(size, told.size), hash_of)


def _rows(kept: HeldOutside, size: int, hash_of: merkle.Subtree) -> Iterator[Fault]:
    """Yield each row of a bundle that is no leaf any more, where it was one."""
    for row in kept.rows:
        try:
            entry = leaves.entry(bytes.fromhex(row["rc"]), bytes.fromhex(row["p"]), row["core"])
            index = int(row["index"])
        except (ValueError, KeyError, TypeError):
            raise Fault(Code.AGAINST_UNREADABLE, file=kept.file) from None
        if not 0 <= index < size or hash_of(0, index) != merkle.leaf_hash(entry):
            yield Fault(Code.AGAINST_ROW, file=kept.file, index=index, core=row["core"][:200])


def _unreadable(path: Path) -> Fault:
    return Fault(Code.AGAINST_UNREADABLE, status=USAGE_AT_FAULT, file=path.name)


def findings(
    ledger: Ledger, settings: Settings, files: Sequence[Path] = ()
) -> Iterator[Fault]:
    """
    Yield why the log does not continue what this machine published last, nor what *files* tell.

    Raises:
        Fault: one of them cannot be read, or is not of this log.
    """
    if files:
        yield from compare(ledger, settings, files)
    found = publishing.fault(ledger, settings)
    if found is not None:
        yield found
