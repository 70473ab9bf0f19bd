"""A tree that grows in tiles is the tree of all its leaves, and tells the same subtrees."""
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attribution.proof import merkle, tiles

Kept = dict[tuple[int, int], bytes]


def reading(kept: Kept) -> tiles.TileReading:
    return lambda level, n: kept.get((level, n), b"")


def grown(steps: list[int]) -> tuple[list[bytes], Kept]:
    """Return the hashes of leaves, and the tiles, of a tree that grew by *steps*."""
    hashes: list[bytes] = []
    kept: Kept = {}
    for step in steps:
        entries = [merkle.leaf_hash(bytes([n % 256, step % 256])) for n in range(step)]
        kept |= tiles.extended(len(hashes), entries, reading(kept))
        hashes += map(merkle.leaf_hash, entries)
    return hashes, kept


@given(st.lists(st.integers(min_value=0, max_value=600), max_size=5))
@example([255, 1, 1])
@example([256, 256])
def test_tiles_grow_into_the_tree_of_all_leaves(steps: list[int]) -> None:
    hashes, kept = grown(steps)
    assert merkle.root(len(hashes), tiles.subtrees(reading(kept))) == merkle.root_of(hashes)
    for level in (0, 1):
        told = sum(len(tile) for (at, _), tile in kept.items() if at == level)
        assert told == (len(hashes) >> 8 * level) * merkle.HASH_BYTES


def test_a_tree_of_three_levels_proves_from_tiles_what_it_proves_from_leaves() -> None:
    hashes, kept = grown([65_536, 300])
    size = len(hashes)
    hash_of = tiles.subtrees(reading(kept))
    top = merkle.root(size, hash_of)
    assert top == merkle.root_of(hashes)
    for index in (0, 255, 256, 65_535, 65_536, size - 1):
        path = merkle.inclusion(index, size, hash_of)
        assert merkle.verify_inclusion(hashes[index], index, size, path, top)
    for old in (1, 255, 256, 65_536, size):
        path = merkle.consistency(old, size, hash_of)
        before = merkle.root_of(hashes[:old])
        assert merkle.verify_consistency(old, size, before, top, path)


def test_a_tile_that_is_short_is_no_tree() -> None:
    """A lost write must not become another tree with our signature under it."""
    hashes, kept = grown([300])
    kept[0, 1] = kept[0, 1][:-32]
    with pytest.raises(merkle.BadProof):
        merkle.root(300, tiles.subtrees(reading(kept)))
    with pytest.raises(merkle.BadProof):
        tiles.extended(300, hashes[:1], reading(kept))
