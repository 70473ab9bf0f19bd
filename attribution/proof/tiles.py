"""
The tree of the log over its tiles: what its subtrees hash to, and how it grows.

A tile holds 256 hashes, a level above the roots of full tiles of the level below, so that any
subtree is hashed from one tile, and appending some thousand leaves touches a dozen. Of level 0
the tiles hold what is in the leaves (as the C2SP's entries), not their hashes.
"""
from collections.abc import Callable, Sequence
from functools import lru_cache

from attribution.ledger import Ledger
from attribution.proof import merkle
from attribution.store import log_tree

WIDTH = 256
FULL = WIDTH * merkle.HASH_BYTES

# The hashes of a tile by level and number, end to end.
TileReading = Callable[[int, int], bytes]

# Tiles at hand, decoded: some hundred kilobytes, whatever the size of the tree.
_AT_HAND = 128


def reading(ledger: Ledger) -> TileReading:
    """Return what reads the tiles of *ledger*, each in a read of its own."""

    def read(level: int, n: int) -> bytes:
        with ledger.store.read() as connection:
            return log_tree.tile(connection, ledger.campaign.id, level, n)

    return read


def subtrees(read: TileReading) -> merkle.Subtree:
    """
    Return the subtrees of the tree whose tiles *read* gives. Keeps some tiles at hand: what
    proves one head is made, used and dropped.
    """

    @lru_cache(maxsize=_AT_HAND)
    def tile(level: int, n: int) -> tuple[bytes, ...]:
        return tuple(hashes_of(level, read(level, n)))

    @lru_cache(maxsize=64 * _AT_HAND)
    def hash_of(level: int, index: int) -> bytes:
        above, within = divmod(level, 8)
        n, first = divmod(index << within, WIDTH)
        hashes = tile(above, n)[first : first + (1 << within)]
        if len(hashes) != 1 << within:
            raise merkle.BadProof(f"tile {above}/{n} is short of {first + (1 << within)} hashes")
        return merkle.root_of(hashes)

    return hash_of


def entries(read: TileReading) -> Callable[[int], bytes]:
    """Return what tells the entry of a leaf by its index; b'' where there is none."""

    @lru_cache(maxsize=_AT_HAND)
    def tile(n: int) -> bytes:
        return read(0, n)

    def entry_at(index: int) -> bytes:
        n, within = divmod(index, WIDTH)
        start = within * merkle.HASH_BYTES
        return tile(n)[start : start + merkle.HASH_BYTES]

    return entry_at


def of(ledger: Ledger) -> merkle.Subtree:
    """Return the subtrees of the log of *ledger*, as its tiles stand."""
    return subtrees(reading(ledger))


def hashes_of(level: int, tile: bytes) -> list[bytes]:
    """Return the hashes that a *tile* of *level* stands for: those of leaves, or of subtrees."""
    parts = entries_of(tile)
    return [merkle.leaf_hash(part) for part in parts] if level == 0 else parts


def entries_of(tile: bytes) -> list[bytes]:
    """Return what a *tile* holds, one by one."""
    size = merkle.HASH_BYTES
    return [tile[start : start + size] for start in range(0, len(tile), size)]


def extended(
    size: int, entries: Sequence[bytes], read: TileReading
) -> dict[tuple[int, int], bytes]:
    """
    Return the tiles (level, number -> hashes) that change when *entries* follow *size* leaves.
    """
    made: dict[tuple[int, int], bytes] = {}
    level, count, added = 0, size, list(entries)
    while added:
        n, filled = divmod(count, WIDTH)
        begun = read(level, n)[: filled * merkle.HASH_BYTES] if filled else b""
        if len(begun) != filled * merkle.HASH_BYTES:
            raise merkle.BadProof(f"tile {level}/{n} is short of {filled} hashes")
        joined = begun + b"".join(added)
        above = []
        for start in range(0, len(joined), FULL):
            tile = joined[start : start + FULL]
            made[level, n] = tile
            if len(tile) == FULL:
                above.append(merkle.root_of(hashes_of(level, tile)))
            n += 1
        level, count, added = level + 1, count // WIDTH, above
    return made


def laid_over(made: dict[tuple[int, int], bytes], read: TileReading) -> TileReading:
    """Return what reads *made* tiles, and others by *read*."""

    def at(level: int, n: int) -> bytes:
        found = made.get((level, n))
        return read(level, n) if found is None else found

    return at
