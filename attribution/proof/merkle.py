"""
The tree of the log, as RFC 9162 section 2.1 hashes it (RFC 6962 did alike).

A leaf is ``SHA-256(00 entry)``, a node ``SHA-256(01 left right)``, and a tree of *n* leaves is
cut at the largest power of two below *n*. Nothing here reads or keeps anything: whoever makes
a proof gives a `Subtree`, which tells the hash of a whole subtree by its place.
"""
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

# The hash of the whole subtree of 2**level leaves that begins at leaf ``index << level``.
Subtree = Callable[[int, int], bytes]

HASH_BYTES = 32

# The root of a tree without leaves.
EMPTY = hashlib.sha256().digest()


class BadProof(ValueError):
    """A proof that cannot be of the tree it is said to be of."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf that holds *entry*."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over *hashes* of leaves; `EMPTY` without any."""
    row = list(hashes)
    if not row:
        return EMPTY
    # Level by level: one left over at the end goes up as it is, which cuts where the RFC does.
    while len(row) > 1:
        above = [
            hashlib.sha256(b"\1" + left + right).digest()
            for left, right in zip(row[::2], row[1::2], strict=False)  # an odd one follows
        ]
        if len(row) % 2:
            above.append(row[-1])
        row = above
    return row[0]


def whole(hashes: Sequence[bytes]) -> Subtree:
    """Return the subtrees of a tree of which all *hashes* of leaves are at hand."""
    return lambda level, index: root_of(hashes[index << level : (index + 1) << level])


def root(size: int, hash_of: Subtree) -> bytes:
    """Return the root of the first *size* leaves."""
    return span_root(0, size, hash_of) if size else EMPTY


def span_root(begin: int, end: int, hash_of: Subtree) -> bytes:
    """Return the root over the leaves from *begin* to *end* (exclusive), as the tree cuts them."""
    length = end - begin
    if length & (length - 1) == 0:
        level = length.bit_length() - 1
        return hash_of(level, begin >> level)
    middle = begin + _cut(length)
    return node_hash(span_root(begin, middle, hash_of), span_root(middle, end, hash_of))


def inclusion(index: int, size: int, hash_of: Subtree) -> list[bytes]:
    """
    Return the path that shows leaf *index* in the tree of *size* leaves, from the leaf upward.

    Raises:
        BadProof: there is no such leaf.
    """
    if not 0 <= index < size:
        raise BadProof(f"no leaf {index} in a tree of {size}")
    path = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _cut(end - begin)
        if index < middle:
            path.append(span_root(middle, end, hash_of))
            end = middle
        else:
            path.append(span_root(begin, middle, hash_of))
            begin = middle
    return path[::-1]


def consistency(old: int, new: int, hash_of: Subtree) -> list[bytes]:
    """
    Return what shows that the first *old* of *new* leaves are still what they were.

    Empty where *old* is 0 or *new*: there the roots alone tell.

    Raises:
        BadProof: *old* is larger than *new*.
    """
    if not 0 <= old <= new:
        raise BadProof(f"{old} leaves are no beginning of {new}")
    path: list[bytes] = []
    if old in (0, new):
        return path
    begin, end, known = 0, new, True
    while old != end:
        middle = begin + _cut(end - begin)
        if old <= middle:
            path.append(span_root(middle, end, hash_of))
            end = middle
        else:
            path.append(span_root(begin, middle, hash_of))
            begin, known = middle, False
    if not known:
        path.append(span_root(begin, end, hash_of))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], top: bytes) -> bool:
    """Whether *path* leads from the hash of *leaf* to the root *top* (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, reached = index, size - 1, leaf
    for hashed in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(hashed, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, hashed)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == top


def verify_consistency(
    old: int, new: int, old_top: bytes, new_top: bytes, path: Sequence[bytes]
) -> bool:
    """Whether *path* shows the tree of *old* leaves to begin that of *new* (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        # The RFC leaves both open: nothing is to be shown, and nothing may be said.
        return not path and old_top == (new_top if old == new else EMPTY)
    if not path:
        return False
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_top)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for hashed in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(hashed, before), node_hash(hashed, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, hashed)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_top and after == new_top


def multiproof(indices: Collection[int], size: int, hash_of: Subtree) -> list[bytes]:
    """
    Return one proof of all leaves of *indices*: the subtrees without any of them, in pre-order.

    Raises:
        BadProof: one of them is not in a tree of *size* leaves.
    """
    wanted = sorted(set(indices))
    if wanted and not 0 <= wanted[0] <= wanted[-1] < size:
        raise BadProof(f"no leaf {wanted[-1]} in a tree of {size}")
    return [
        span_root(begin, end, hash_of)
        for begin, end, some in _spans(wanted, size) if not some
    ]


def multiproof_root(leaves: Mapping[int, bytes], size: int, hashes: Sequence[bytes]) -> bytes:
    """
    Return the root to which *leaves* (index -> hash) and *hashes* of `multiproof` lead.

    Raises:
        BadProof: too few or too many *hashes*, or a leaf that is not in the tree.
    """
    if any(not 0 <= index < size for index in leaves):
        raise BadProof(f"a leaf that is not in a tree of {size}")
    if not size:
        if hashes:
            raise BadProof("hashes of an empty tree")
        return EMPTY
    parts = iter(hashes)

    def up(begin: int, end: int, wanted: Sequence[int]) -> bytes:
        if not wanted:
            try:
                return next(parts)
            except StopIteration:
                raise BadProof("too few hashes") from None
        if end - begin == 1:
            return leaves[begin]
        middle = begin + _cut(end - begin)
        left = [index for index in wanted if index < middle]
        return node_hash(up(begin, middle, left), up(middle, end, wanted[len(left):]))

    top = up(0, size, sorted(leaves))
    if next(parts, None) is not None:
        raise BadProof("too many hashes")
    return top


def _spans(wanted: Sequence[int], size: int) -> Iterator[tuple[int, int, bool]]:
    """Yield in pre-order the single leaves that are *wanted* and the spans that hold none."""
    pending = [(0, size, wanted)] if size else []
    while pending:
        begin, end, inside = pending.pop()
        if not inside or end - begin == 1:
            yield begin, end, bool(inside)
            continue
        middle = begin + _cut(end - begin)
        left = [index for index in inside if index < middle]
        pending.append((middle, end, inside[len(left):]))
        pending.append((begin, middle, left))


def _cut(length: int) -> int:
    """Return the largest power of two below *length*, which is at least 2."""
    return 1 << ((length - 1).bit_length() - 1)
