"""
What of a row is in its leaf: a commitment, which tells nothing to whoever lacks its opening.

    p     = SHA-256("zhuanma/p1" LF rp JSON[personal columns])     32 zero bytes without any
    entry = SHA-256("zhuanma/c1" LF rc p JSON[log, columns…])      all that the tree holds

rc and rp are 16 bytes by chance, kept beside the leaf and not made from a key: with a key in
hand whoever knows a row's number could try all telephone numbers against an erased person's
leaf. Erasing a person drops rp and keeps p, which then opens nothing, so that unit and time
stay proven and nobody can be looked for.
"""
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attribution.ledger import Ledger
from attribution.store import log_tree
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Row

SALT_BYTES = 16

# Of a row without anything about a person.
NOBODY = bytes(32)

_PERSON = b"zhuanma/p1\n"
_CORE = b"zhuanma/c1\n"

# Made once: json.dumps with an option makes one for every call.
_json = json.JSONEncoder(default=str).encode


@dataclass(frozen=True)
class Opening:
    """
    What shows that a row is a leaf, without what of it is about a person.

    Args:
        index: Of the leaf, from 0.
        core: The text that is hashed: JSON of the log's name and the columns.
        rc: The chance over it.
        p: The digest of the personal part.
    """

    index: int
    core: str
    rc: bytes
    p: bytes


@dataclass(frozen=True)
class Leaf:
    """A leaf that has no place yet: of which row, what opens it, and what the tree will hold."""

    log: str
    key: str
    rc: bytes
    rp: bytes | None
    p: bytes | None
    entry: bytes


def core(log: kept.Log, row: Row) -> str:
    """Return the text of *row* without what may be emptied by law."""
    later = {name: row[name] for name in log.added if row[name] is not None}
    return _json([log.name, *[row[name] for name in log.columns], *([later] if later else [])])


def personal(log: kept.Log, row: Row, rp: bytes) -> bytes:
    """Return the digest of what of *row* is about a person."""
    text = _json([row[name] for name in log.personal])
    return hashlib.sha256(_PERSON + rp + text.encode()).digest()


def entry(rc: bytes, p: bytes, core_text: str) -> bytes:
    """Return what the tree holds of a row."""
    return hashlib.sha256(_CORE + rc + p + core_text.encode()).digest()


def made(log: kept.Log, row: Row, salt: bytes, key: str = "") -> Leaf:
    """
    Return the leaf of *row*.

    Args:
        salt: 32 bytes by chance, used for nothing else.
        key: By which it is found again; by default the row's own.
    """
    rc, rp, p = salt[:SALT_BYTES], None, None
    if log.personal:
        rp = salt[SALT_BYTES : 2 * SALT_BYTES]
        p = personal(log, row, rp)
    return Leaf(
        log.name, key or log_tree.key_text(row["key"]), rc, rp, p,
        entry(rc, p or NOBODY, core(log, row)),
    )


def some_salts(count: int) -> list[bytes]:
    """Return *count* salts of 32 bytes."""
    size = 2 * SALT_BYTES
    drawn = os.urandom(size * count)
    return [drawn[start : start + size] for start in range(0, len(drawn), size)]


def opened(ledger: Ledger, log: kept.Log, keys: Sequence[int | str]) -> Iterator[Opening]:
    """Yield what opens the rows *keys* of *log*, of those that have a leaf and stand whole."""
    for first in range(0, len(keys), 500):
        some = keys[first : first + 500]
        with ledger.store.read() as connection:
            rows = kept.with_keys(connection, log, ledger.campaign.id, some)
            leaves = log_tree.leaves_of(
                connection, ledger.campaign.id, log.name,
                [log_tree.key_text(row["key"]) for row in rows],
            )
        for row in rows:
            leaf = leaves.get(log_tree.key_text(row["key"]))
            if leaf is not None and leaf["rc"] is not None:
                yield Opening(
                    int(leaf["idx"]), core(log, row), bytes(leaf["rc"]),
                    NOBODY if leaf["p"] is None else bytes(leaf["p"]),
                )
