"""
What a unit takes home: its rows, what opens them, and one proof that they are in the log.

No row tells of whom it is: the personal part stays a digest. What the rows do not show is that
none was left out; the counts that the log holds for each unit and day do, so they are in the
bundle too. `scripts/verify.py` reads it, and needs nothing else.
"""
import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import leaves, merkle, signed_notes, tiles
from attribution.proof.leaves import Opening
from attribution.proof.signed_notes import BadNote, Checkpoint
from attribution.store import log_tree, unit_rows
from attribution.store import seal_pages as kept
from qrgen.faults import Fault

FORMAT = "zhuanma/bundle@v1"
PROOF_FORMAT = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class SignedHead:
    """A head of the log: its *checkpoint*, and the signed *note* that it stands in."""

    checkpoint: Checkpoint
    note: str


def head_of(note: str) -> SignedHead:
    """
    Return the head in a *note* of ours.

    Raises:
        BadNote: it is none.
    """
    return SignedHead(signed_notes.checkpoint_of(signed_notes.parse(note)), note)


def openings_of(ledger: Ledger, unit: str, size: int) -> list[Opening]:
    """Return what opens the rows of *unit* among the first *size* leaves, by index."""
    found = [
        opening
        for log in kept.LOGS if log.name in unit_rows.LOGS
        for opening in leaves.opened(ledger, log, list(_keys(ledger, log.name, unit)))
        if opening.index < size
    ]
    return sorted(found, key=lambda opening: opening.index)


def _keys(ledger: Ledger, log: str, unit: str) -> Iterator[int]:
    after = 0
    while True:
        with ledger.store.read() as connection:
            keys = unit_rows.keys_after(connection, ledger.campaign.id, log, unit, after)
        yield from keys
        if len(keys) < unit_rows.PAGE:
            return
        after = keys[-1]


def bundle(
    ledger: Ledger, unit: str, head: SignedHead, since: Sequence[Checkpoint] = ()
) -> tuple[bytes, int]:
    """
    Return the bundle of *unit* under *head*, as a file, and how many rows it shows.

    Args:
        since: Checkpoints of this log that the unit kept; larger ones are passed over.
    """
    openings = openings_of(ledger, unit, head.checkpoint.size)
    return assembled(unit, head, openings, tiles.of(ledger), since), len(openings)


def assembled(
    unit: str, head: SignedHead, openings: Sequence[Opening], hash_of: merkle.Subtree,
    since: Sequence[Checkpoint] = (),
) -> bytes:
    """Return the bundle of *openings* (by index), whose tree tells its subtrees by *hash_of*."""
    size = head.checkpoint.size
    hashes = merkle.multiproof([opening.index for opening in openings], size, hash_of)
    consistency = {
        str(old.size): _texts(merkle.consistency(old.size, size, hash_of))
        for old in since if old.size <= size
    }
    told = {
        "format": FORMAT, "unit": unit, "checkpoint": head.note,
        "rows": [
            {"index": one.index, "core": one.core, "rc": one.rc.hex(), "p": one.p.hex()}
            for one in openings
        ],
        "hashes": _texts(hashes), "consistency": consistency,
    }
    return (json.dumps(told, ensure_ascii=False, indent=0) + "\n").encode()


def row_at(ledger: Ledger, index: int) -> Opening:
    """
    Return what opens leaf *index*.

    Raises:
        Fault: there is none, or what it was of is gone.
    """
    with ledger.store.read() as connection:
        leaf = log_tree.leaf_at(connection, ledger.campaign.id, index)
    log = next((log for log in kept.LOGS if leaf and log.name == leaf["log"]), None)
    if leaf is None or log is None:
        raise Fault(Code.ROW_WITHOUT_LEAF, index=index)
    key = log_tree.key_told(leaf["key"])
    found = list(leaves.opened(ledger, log, [int(key) if key.isdecimal() else key]))
    if not found:
        raise Fault(Code.ROW_WITHOUT_LEAF, index=index)
    return found[0]


def single(head: SignedHead, opening: Opening, hash_of: merkle.Subtree) -> str:
    """Return one row's proof as the C2SP writes it (tlog-proof), its opening as the extra."""
    extra = json.dumps({"core": opening.core, "rc": opening.rc.hex(), "p": opening.p.hex()})
    path = merkle.inclusion(opening.index, head.checkpoint.size, hash_of)
    return "\n".join((
        PROOF_FORMAT, f"extra {_text(extra.encode())}", f"index {opening.index}", *_texts(path),
        "", head.note,
    ))


def kept_checkpoint(text: str, keys: Sequence[signed_notes.Key]) -> Checkpoint:
    """
    Return the checkpoint of *text*: a note, or an older bundle with one in it.

    Raises:
        BadNote: it is neither, or signed by none of *keys*.
    """
    if text.lstrip().startswith("{"):
        try:
            text = json.loads(text)["checkpoint"]
        except (ValueError, KeyError, TypeError):
            raise BadNote("no checkpoint in it") from None
    return signed_notes.read(text, keys)


def _texts(hashes: Sequence[bytes]) -> list[str]:
    return [_text(one) for one in hashes]


def _text(some: bytes) -> str:
    return base64.b64encode(some).decode("ascii")
