"""The tree is RFC 9162's, its proofs hold, and none that was tampered with does."""
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.proof import merkle

ENTRIES = [letter.encode() for letter in "abcde"]
HASHES = [merkle.leaf_hash(entry) for entry in ENTRIES]
# Own code, aics-tlog, pymerkle and tlog-scales agree on these.
A = "d070dc5b8da9aea7dc0f5ad4c29d89965200059c9a0ceca3abd5da2492dcb71d"
B = "b137985ff484fb600db93107c77b0365c80d78f5b429ded0fd97361d077999eb"
C = "2824a7ccda2caa720c85c9fba1e8b5b735eecfdb03878e4f8dfe6c3625030bc4"
LEAF_C = "597fcb31282d34654c200d3418fca5705c648ebf326ec73d8ddef11841f876d8"
ROOTS = {
    0: hashlib.sha256().hexdigest(),
    3: "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1",
    4: "33376a3bd63e9993708a84ddfe6c28ae58b83505dd1fed711bd924ec5a6239f0",
    5: "fe14a5426fbd70c0fa73f52342afed0da0bd23c4838662ccf6b88a3070ead97b",
}


def hexes(path: list[bytes]) -> list[str]:
    return [hashed.hex() for hashed in path]


def made(size: int) -> list[bytes]:
    return [merkle.leaf_hash(str(n).encode()) for n in range(size)]


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_other_programs(size: int) -> None:
    assert ROOTS[size] == merkle.root_of(HASHES[:size]).hex()
    assert ROOTS[size] == merkle.root(size, merkle.whole(HASHES)).hex()


def test_paths_are_those_of_other_programs() -> None:
    tree = merkle.whole(HASHES)
    assert hexes(merkle.consistency(3, 5, tree)) == [LEAF_C, A, B, C]
    assert hexes(merkle.consistency(4, 5, tree)) == [C]
    assert hexes(merkle.inclusion(4, 5, tree)) == [ROOTS[4]]
    assert hexes(merkle.inclusion(2, 5, tree)) == [A, B, C]


SIZES = st.integers(min_value=0, max_value=70)


@given(SIZES, SIZES, st.data())
def test_every_beginning_is_consistent_with_every_later_tree(
    one: int, other: int, data: st.DataObject
) -> None:
    """And what is not quite the beginning, or not quite the proof, is refused."""
    old, new = sorted((one, other))
    hashes = made(new)
    before, after = merkle.root_of(hashes[:old]), merkle.root_of(hashes)
    path = merkle.consistency(old, new, merkle.whole(hashes))
    assert merkle.verify_consistency(old, new, before, after, path)
    assert not merkle.verify_consistency(old, new, before, after, [*path, bytes(32)])
    assert not merkle.verify_consistency(new + 1, new, before, after, path)
    if old:
        assert not merkle.verify_consistency(old, new, merkle.leaf_hash(before), after, path)
    if 0 < old < new:
        place = data.draw(st.integers(0, len(path) - 1))
        worse = [*path[:place], merkle.leaf_hash(path[place]), *path[place + 1 :]]
        assert not merkle.verify_consistency(old, new, before, after, worse)
        assert not merkle.verify_consistency(old, new, before, after, path[:-1])
        assert not merkle.verify_consistency(old, new, before, merkle.leaf_hash(after), path)
        assert not merkle.verify_consistency(old, new, before, after, [])


@given(st.integers(min_value=1, max_value=70), st.data())
def test_a_leaf_is_shown_in_its_place_and_in_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = made(size)
    top = merkle.root_of(hashes)
    path = merkle.inclusion(index, size, merkle.whole(hashes))
    assert merkle.verify_inclusion(hashes[index], index, size, path, top)
    for other in {0, index - 1, index + 1, size, size - 1, -1} - {index}:
        assert not merkle.verify_inclusion(hashes[index], other, size, path, top)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"x"), index, size, path, top)
    assert not merkle.verify_inclusion(hashes[index], index, size, [*path, top], top)
    if path:
        assert not merkle.verify_inclusion(hashes[index], index, size, path[:-1], top)


@given(st.integers(min_value=0, max_value=70), st.data())
def test_one_proof_shows_many_leaves(size: int, data: st.DataObject) -> None:
    """Each hash that is left out, added or changed leads elsewhere, and so does each leaf."""
    wanted = data.draw(st.sets(st.integers(0, size - 1))) if size else set()
    hashes = made(size)
    top = merkle.root_of(hashes)
    proof = merkle.multiproof(wanted, size, merkle.whole(hashes))
    leaves = {index: hashes[index] for index in wanted}
    assert merkle.multiproof_root(leaves, size, proof) == top
    with pytest.raises(merkle.BadProof):
        merkle.multiproof_root(leaves, size, [*proof, top])
    with pytest.raises(merkle.BadProof):
        merkle.multiproof_root({**leaves, size: top}, size, proof)
    if proof:
        with pytest.raises(merkle.BadProof):
            merkle.multiproof_root(leaves, size, proof[:-1])
        assert merkle.multiproof_root(leaves, size, [top, *proof[1:]]) != top or proof == [top]
    for index in wanted:
        assert merkle.multiproof_root({**leaves, index: top}, size, proof) != top or size == 1


@settings(max_examples=20)
@given(st.integers(min_value=0, max_value=2000))
def test_a_whole_tree_and_one_of_subtrees_have_one_root(size: int) -> None:
    hashes = made(size)
    assert merkle.root(size, merkle.whole(hashes)) == merkle.root_of(hashes)


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_no_proof_is_made_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(merkle.BadProof):
        merkle.inclusion(index, size, merkle.whole(HASHES))
    with pytest.raises(merkle.BadProof):
        merkle.multiproof([index], size, merkle.whole(HASHES))


def test_a_longer_tree_is_no_beginning() -> None:
    with pytest.raises(merkle.BadProof):
        merkle.consistency(6, 5, merkle.whole(HASHES))
