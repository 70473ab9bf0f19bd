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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from attribution.ledger import Ledger
from attribution.store import log_tree
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Columns, Row, height

SALT_BYTES = 16

# Of a row without anything about a person.
NOBODY = bytes(32)

_PERSON = b"zhuanma/p1\n"
_CORE = b"zhuanma/c1\n"

def _encoding() -> Callable[[Any], str]:
    """Return what writes JSON as `json.dumps` with ``default=str`` does, and is made once."""
    make = getattr(json.encoder, "c_make_encoder", None)
    plain = json.JSONEncoder(default=str)
    if make is None:
        return plain.encode
    # The encoder within the encoder: to make it anew for each row takes longer than to use it.
    inner = make(None, str, encode_basestring_ascii, None, ": ", ", ", False, False, True)
    return lambda value: "".join(inner(value, 0))


_json = _encoding()


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


class Leaf(NamedTuple):
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


def cores(log: kept.Log, block: Columns) -> list[str]:
    """Return what `core` does of each row of *block*."""
    name = log.name
    plain = zip(*(block[column] for column in log.columns), strict=True)
    if not log.added:
        return [_json((name, *values)) for values in plain]
    return [
        _json((name, *values, dict(told)) if told else (name, *values))
        for values, told in zip(plain, (
            [(column, value) for column, value in zip(log.added, some, strict=True)
             if value is not None]
            for some in zip(*(block[column] for column in log.added), strict=True)
        ), strict=True)
    ]


def persons(log: kept.Log, block: Columns) -> list[str]:
    """Return the text of what is about a person of each row of *block*; '' where nothing is."""
    if not log.personal:
        return [""] * height(block)
    return [*map(_json, zip(*(block[column] for column in log.personal), strict=True))]


def personal(rp: bytes, text: str) -> bytes:
    """Return the digest of what of a row is about a person, by one of its `persons`."""
    return hashlib.sha256(_PERSON + rp + text.encode()).digest()


def entry(rc: bytes, p: bytes, core_text: str) -> bytes:
    """Return what the tree holds of a row."""
    return hashlib.sha256(_CORE + rc + p + core_text.encode()).digest()


def made(log: kept.Log, block: Columns) -> list[Leaf]:
    """Return the leaves of the rows of *block*, each with chance of its own."""
    name, found = log.name, []
    keys = log_tree.key_texts(block["key"])
    for key, core_text, person, salt in zip(
        keys, cores(log, block), persons(log, block), some_salts(len(keys)), strict=True
    ):
        rc, rp, p = salt[:SALT_BYTES], None, None
        if person:
            rp = salt[SALT_BYTES:]
            p = personal(rp, person)
        found.append(Leaf(name, key, rc, rp, p, entry(rc, p or NOBODY, core_text)))
    return found


def told(log: str, what: Row) -> str:
    """Return the text of a leaf of *log* that is of no row: that one went, say."""
    return _json([log, what])


def told_leaf(log: str, key: str, core_text: str, salt: bytes) -> Leaf:
    """Return the leaf of *core_text*, of which nothing is about a person, under *key*."""
    rc = salt[:SALT_BYTES]
    return Leaf(log, key, rc, None, None, entry(rc, NOBODY, core_text))


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
