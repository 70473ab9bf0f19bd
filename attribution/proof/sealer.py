"""
The one sealer: every row without a leaf gets one, in chunks, beside the road.

A chunk is made outside of any transaction and written in a short one, if the head is still the
one that it was made on; whoever comes second finds another head and makes way. Leaves of a
chunk are in the order of their entries, which are as good as chance: of the order in which
rows came the tree tells nothing but the chunk.

As of when a head is goes by the newest rows as much as by the clock: a clock that was a day
ahead for one sealing must not make the rows of that day late.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from attribution.ledger import Ledger
from attribution.proof import leaves, merkle, states, tiles, unit_counts, unsealed
from attribution.proof.leaves import Leaf
from attribution.proof.unsealed import GRACE, Bounds, Rests
from attribution.rule.instants import Instant
from attribution.store import background_write, log_tree
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Columns, Connection, Row

# Leaves of one transaction: it keeps others waiting for some hundredths of a second.
CHUNK = 2000

# What was made while somebody was forgotten is made again, for it would remember them.
_TRIES = 5

_MS = 1000

# Of each table one leaf says that its rows are sealed from then on.
BEGUN = "sealed_from"

# Signs a head of so many leaves with this root; returns the whole note.
Signing = Callable[[int, bytes], str]


@dataclass(frozen=True)
class Head:
    """The newest head: how many leaves, as of when, and the root over them."""

    size: int = 0
    at: Instant = 0
    root: bytes = merkle.EMPTY


@dataclass(frozen=True)
class Sealed:
    """
    What a sealing did.

    Args:
        added: How many leaves.
        whole: Whether it came to the end: no other sealer was at work.
        size: How many leaves there are then.
    """

    added: int
    whole: bool
    size: int


class _Forgotten(Exception):
    """Somebody was forgotten while a chunk was made that may remember them."""


class _Overtaken(Exception):
    """Another sealer is at work."""


def head(ledger: Ledger) -> Head:
    """Return the newest head; that of the empty tree before the first."""
    with ledger.store.read() as connection:
        return _head(connection, ledger.campaign.id)


def seal(ledger: Ledger, sign: Signing, now: Instant, *, rests: float = 0.0) -> Sealed:
    """
    Give every row that has none its leaf; return what was done.

    Another sealer at work is left to it: then this one ends with fewer.

    Args:
        rests: How many times as long as it works it rests, for others to go first.
    """
    run, whole = _Run(ledger, sign, now, Rests(rests)), False
    for _ in range(_TRIES):
        try:
            run.once()
            whole = True
            break
        except _Overtaken:
            break
        except _Forgotten:
            continue
    return Sealed(run.added, whole, head(ledger).size)


class _Run:
    """One sealing, from the marks of the last to the end of every log."""

    def __init__(self, ledger: Ledger, sign: Signing, now: Instant, rests: Rests):
        self.added = 0
        self._ledger = ledger
        self._campaign = ledger.campaign.id
        self._sign = sign
        self._now = now
        self._rests = rests
        self._head = Head()
        self._forgotten = 0

    def once(self) -> None:
        newest = unsealed.newest(self._ledger)
        at = min(self._now, newest) if newest else self._now
        unit_counts.add_again(self._ledger, at, self._rests)
        unit_counts.add(self._ledger, at, self._rests)
        with self._ledger.store.read() as connection:
            self._head = _head(connection, self._campaign)
            self._forgotten = log_tree.last_forgetting(connection, self._campaign)
            marks = log_tree.marks(connection, self._campaign)
            begun = log_tree.leaves_after(connection, self._campaign, BEGUN, "")
        known = {leaf["key"] for leaf in begun}
        new = [log.name for log in kept.LOGS if log.name not in known]
        until = max(self._now, newest, unsealed.newest(self._ledger)) + _MS
        waiting: list[Leaf] = []
        moved: dict[str, tuple[Instant, Instant]] = {}
        for leaf in chain(
            map(_beginning, new), self._rows(marks, moved, at, until),
            states.pending(self._ledger),
        ):
            waiting.append(leaf)
            if len(waiting) == CHUNK:
                self._append(waiting, at)
                waiting = []
        if waiting:
            self._append(waiting, at)
        changed = {log: to for log, to in moved.items() if marks.get(log) != to}
        if changed:
            self._write(lambda connection: log_tree.put_marks(connection, self._campaign, changed))

    def _rows(
        self, marks: dict[str, tuple[int, int]], moved: dict[str, tuple[Instant, Instant]],
        at: Instant, until: Instant,
    ) -> Iterator[Leaf]:
        for log in kept.LOGS:
            upto, late = marks.get(log.name, (0, 0))
            # A clock that was ahead drew the marks ahead; they come back with it.
            upto, late = min(upto, at), min(late, max(at - GRACE, 0))
            before = ""
            for rows in unsealed.rows(
                self._ledger, log, Bounds(late, upto, until), self._rests
            ):
                for leaf in leaves.made(log, rows):
                    # Rows of one key stand together. By hand a second one can be given the key
                    # of another; it gets no leaf, and `tree_checks` names it.
                    if leaf.key != before:
                        yield leaf
                    before = leaf.key
            moved[log.name] = at, max(late, upto - GRACE)

    def _append(self, made: Sequence[Leaf], at: Instant) -> None:
        before, size = self._head, self._head.size
        ordered = sorted(made, key=attrgetter("entry"))
        read = tiles.reading(self._ledger)
        grown = tiles.extended(size, [leaf.entry for leaf in ordered], read)
        self._rests.rest()
        after = Head(
            size + len(ordered), at,
            merkle.root(size + len(ordered), tiles.subtrees(tiles.laid_over(grown, read))),
        )
        row: Row = {
            "size": after.size, "at": at, "root": after.root.hex(),
            "note": self._sign(after.size, after.root),
        }
        logs, keys, rc, rp, p, _ = zip(*ordered, strict=True)
        block: Columns = {
            "log": logs, "key": keys, "idx": range(size, after.size), "rc": rc, "rp": rp, "p": p,
        }
        changed = [
            {"level": level, "n": n, "hashes": hashes} for (level, n), hashes in grown.items()
        ]

        def write(connection: Connection) -> None:
            connection.alone("log_head")
            if _head(connection, self._campaign) != before:
                raise _Overtaken
            if log_tree.last_forgetting(connection, self._campaign) != self._forgotten:
                raise _Forgotten
            log_tree.add_leaves(connection, self._campaign, block)
            log_tree.put_tiles(connection, self._campaign, changed)
            log_tree.add_head(connection, self._campaign, row)

        self._rests.rest()
        self._write(write)
        self._head = after
        self.added += len(ordered)

    def _write(self, step: Callable[[Connection], None]) -> None:
        background_write.write(self._ledger.store, step)
        self._rests.began()


def of_row(row: Row) -> Head:
    """Return the head that a *row* of the ledger holds; of a root that was spoilt, none of it."""
    try:
        root = bytes.fromhex(row["root"])
    except ValueError:
        root = b""
    return Head(int(row["size"]), int(row["at"]), root)


def _head(connection: Connection, campaign: str) -> Head:
    row = log_tree.head(connection, campaign)
    return of_row(row) if row else Head()


def _beginning(name: str) -> Leaf:
    (salt,) = leaves.some_salts(1)
    return leaves.told_leaf(BEGUN, name, leaves.told(BEGUN, {"log": name}), salt)
