"""
A restored copy goes on where the log had come to: leaves outlive the rows that a restore takes.

Whoever holds a signed head of the ledger that was there must find the restored one to continue it.
So the copy gets the tiles up to the last sound head of that ledger, and a row, itself a leaf, that
says which leaves have no rows any more. Rows that the copy held without a leaf get new ones.
"""
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from attribution.deeds import Kind
from attribution.proof import merkle, signed_notes, tiles
from attribution.proof.signed_notes import Key
from attribution.rule.instants import Instant
from attribution.store import audit_log, log_tree
from attribution.store.engine.database import Connection, Database, Row

# Heads that are looked at for a sound one, newest first: some milliseconds each.
_HEADS = 500
# Tiles of one statement.
_TILES = 100

# The mark of the head that is published (`publishing`).
_PUBLISHED = "published"


@dataclass(frozen=True)
class Stretch:
    """
    The leaves that lose their rows: from *first* (inclusive) to *last*.

    Args:
        heads: Rows of heads to bring along, the last of them of *last* leaves.
        published: Mark of the published head there, (0, 0) before any.
    """

    first: int
    last: int
    heads: tuple[Row, ...] = field(default=(), compare=False)
    published: tuple[int, int] = (0, 0)


def found(
    present: Connection, copy: Connection, campaign: str, keys: Sequence[Key]
) -> Stretch | None:
    """
    Return by which leaves the log of *present* goes on after that of *copy*.

    None where it does not: one is not the beginning of the other, or there is no sound head.

    Args:
        keys: Public keys of the log; without any the signatures are not asked.
    """
    held = log_tree.head(copy, campaign)
    size = int(held["size"]) if held else 0
    newest = log_tree.head(present, campaign)
    if newest is None or int(newest["size"]) <= size:
        ours = tiles.subtrees(lambda level, n: log_tree.tile(copy, campaign, level, n))
        fits = newest is None or _root(int(newest["size"]), ours) == newest["root"]
        return Stretch(size, size) if fits else None
    theirs = tiles.subtrees(lambda level, n: log_tree.tile(present, campaign, level, n))
    if held is not None and _root(size, theirs) != held["root"]:
        return None
    mark = log_tree.marks(present, campaign).get(_PUBLISHED, (0, 0))
    for row in log_tree.latest_heads(present, campaign, _HEADS):
        last = int(row["size"])
        if last <= size:
            break
        if _sound(row, theirs, keys) and _whole(present, campaign, size, last):
            told = log_tree.head_of(present, campaign, mark[0]) if size < mark[0] < last else None
            also = told is not None and _sound(told, theirs, keys)
            heads = (told, row) if told is not None and also else (row,)
            return Stretch(size, last, heads, mark if also or mark[0] == last else (0, 0))
    return None


def carry(
    present: Database, target: Connection, campaign: str, stretch: Stretch
) -> None:
    """Write the tiles and heads of *stretch* of *present* into *target*."""
    level, count = 0, stretch.last
    while count and stretch.last > stretch.first:
        first, number = (stretch.first >> 8 * level) // tiles.WIDTH, -(-count // tiles.WIDTH)
        for start in range(first, number, _TILES):
            with present.reading() as connection:
                rows = log_tree.tiles(
                    connection, campaign, level, start, min(start + _TILES, number)
                )
            for row in rows:
                due = min(count - int(row["n"]) * tiles.WIDTH, tiles.WIDTH)
                row |= {"level": level, "hashes": bytes(row["hashes"])[: due * merkle.HASH_BYTES]}
            log_tree.put_tiles(target, campaign, rows)
        level, count = level + 1, count // tiles.WIDTH
    for head in stretch.heads:
        log_tree.add_head(target, campaign, head)
    if stretch.published[0]:
        log_tree.put_mark(target, campaign, _PUBLISHED, *stretch.published)


def declare(
    target: Connection, campaign: str, id: int, now: Instant, stretch: Stretch, entry: int
) -> None:
    """Write down, to become a leaf, what lost its rows; the audit *entry* says by whom."""
    log_tree.add_event(target, campaign, {
        "id": id, "at": now, "kind": "restore",
        "data": json.dumps({"first": stretch.first, "last": stretch.last, "entry": entry}),
    })


@dataclass(frozen=True)
class Restored:
    """A restore that the log tells of: which leaves lost their rows, when, and by which entry."""

    first: int
    last: int
    at: Instant
    entry: int


def declared(connection: Connection, campaign: str) -> list[Restored]:
    """Return the restores that the log tells of, those only whose entry the audit log has."""
    found = []
    for row in log_tree.events(connection, campaign, "restore"):
        try:
            data = json.loads(row["data"])
            told = Restored(
                int(data["first"]), int(data["last"]), int(row["at"]), int(data["entry"])
            )
        except (ValueError, KeyError, TypeError):
            continue  # spoilt by hand, which its own leaf tells
        entries = audit_log.latest(
            connection, what=Kind.RESTORE.value, below=told.entry + 1, limit=1
        )
        if entries and (entries[0]["n"], entries[0]["at"]) == (told.entry, told.at):
            found.append(told)
    return found


def _whole(present: Connection, campaign: str, size: int, last: int) -> bool:
    """Whether the full tiles after *size* leaves hash to what stands above them."""
    level, count = 0, last // tiles.WIDTH
    while count:
        first = (size >> 8 * level) // tiles.WIDTH
        for n in range(first, count):
            above = log_tree.tile(present, campaign, level + 1, n // tiles.WIDTH)
            due = tiles.entries_of(above)[n % tiles.WIDTH : n % tiles.WIDTH + 1]
            tile = log_tree.tile(present, campaign, level, n)
            if due != [merkle.root_of(tiles.hashes_of(level, tile))]:
                return False
        level, count = level + 1, count // tiles.WIDTH
    return True


def _root(size: int, hash_of: merkle.Subtree) -> str:
    try:
        return merkle.root(size, hash_of).hex()
    except merkle.BadProof:
        return ""


def _sound(head: Row, hash_of: merkle.Subtree, keys: Sequence[Key]) -> bool:
    if _root(int(head["size"]), hash_of) != head["root"]:
        return False
    try:
        return not keys or signed_notes.read(head["note"], keys).size == head["size"]
    except signed_notes.BadNote:
        return False
