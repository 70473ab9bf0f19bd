"""
Which rows have no leaf yet: what came since, and what came late.

Ids are made before their transaction commits, so a row may appear before one that was sealed
already. Rows near the end are looked at again by every sealing, and all once more when half an
hour has gone by; where there are many, counting tells that none is missing. Nothing is read but
by pages: a day of scans fits no memory, and nobody's claim waits for it.
"""
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

from attribution.ledger import Ledger
from attribution.rule.instants import MINUTE, Instant
from attribution.store import ids, log_tree
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Columns, height

# Rows so late are found by the next sealing or, of PROMPT logs, by the one after this long.
# Later ones get their leaf too, and `tree_checks` tells that they came after their time.
GRACE = 30 * MINUTE

# Logs whose rows are committed within seconds of their id, and may be many thousands a second.
PROMPT = ("scan", "way_out", "form")
_PROMPT_GRACE = 3 * MINUTE

_PAGE = 500
_KEYS = 1000
# Rows that are hashed without a rest: some milliseconds.
_SLICE = 100


class Rests:
    """
    Lets others go first: after each slice of work a rest, so many times as long.

    A thread that works without a rest keeps every scan of its process waiting for the
    interpreter, some milliseconds each time.
    """

    def __init__(self, times: float):
        self._times = times
        self._since = time.monotonic()

    def rest(self) -> None:
        """Rest, after what was done since the last rest."""
        if self._times:
            time.sleep((time.monotonic() - self._since) * self._times)
            self._since = time.monotonic()

    def began(self) -> None:
        """Count work from now on: what came before rested by itself."""
        self._since = time.monotonic()


@dataclass(frozen=True)
class Bounds:
    """
    Which part of a log is looked at.

    Args:
        late: Up to here all was looked at twice.
        upto: Up to here once.
        until: Beyond all that is there.
    """

    late: Instant
    upto: Instant
    until: Instant


def rows(ledger: Ledger, log: kept.Log, bounds: Bounds, rests: Rests) -> Iterator[Columns]:
    """Yield the rows of *log* without a leaf, late ones first, some at a time, by columns."""
    grace = _PROMPT_GRACE if log.name in PROMPT else GRACE
    for since, until in (
        (bounds.late, max(bounds.late, bounds.upto - GRACE)),
        (max(bounds.late, bounds.upto - grace), bounds.upto),
    ):
        yield from _late(ledger, log, log.bound(since), log.bound(until), rests)
    since, until = log.bound(bounds.upto), log.bound(bounds.until)
    after: int | str | None = None
    top: str | None = None  # beyond it no row has a leaf, and none need be asked
    while True:
        with ledger.store.read() as connection:
            found = kept.page(
                connection, log, ledger.campaign.id, after, _PAGE, (since, until)
            )
            missing, keys = found, log_tree.key_texts(found["key"])
            if keys and top is None:
                top = log_tree.last_key(connection, ledger.campaign.id, log.name)
            if keys and top is not None and keys[0] <= top:
                leaves = log_tree.keys_among(connection, ledger.campaign.id, log.name, keys)
                if leaves:
                    missing = _only(found, [key not in leaves for key in keys])
        rests.rest()
        yield from _slices(missing, rests)
        if len(keys) < _PAGE:
            return
        after = found["key"][-1]


def newest(ledger: Ledger) -> Instant:
    """Return of when the newest row is, by its id; 0 in an empty ledger."""
    with ledger.store.read() as connection:
        last = kept.newest_id(connection)
    return ids.instant_of(last) if last else 0


def _late(
    ledger: Ledger, log: kept.Log, since: int, until: int, rests: Rests
) -> Iterator[Columns]:
    if since >= until or (log.by_id and not _differ(ledger, log, since, until)):
        return
    after: int | str | None = None
    while True:
        with ledger.store.read() as connection:
            keys = kept.keys(connection, log, ledger.campaign.id, since, until, after, _KEYS)
            texts = log_tree.key_texts(keys)
            leaves = log_tree.keys_among(connection, ledger.campaign.id, log.name, texts)
            missing = [key for key in keys if log_tree.key_text(key) not in leaves]
            found = [
                row for first in range(0, len(missing), _PAGE)
                for row in kept.with_keys(
                    connection, log, ledger.campaign.id, missing[first : first + _PAGE]
                )
            ]
        rests.rest()
        if found:
            yield from _slices({name: [row[name] for row in found] for name in found[0]}, rests)
        if len(keys) < _KEYS:
            return
        after = keys[-1]


def _differ(ledger: Ledger, log: kept.Log, since: int, until: int) -> bool:
    """Whether there are other many rows than leaves."""
    with ledger.store.read() as connection:
        there = kept.count(connection, log, ledger.campaign.id, since, until)
        if not there:
            return False  # and no leaf to be made, whatever became of the rows of those there are
        known = log_tree.count_leaves(connection, ledger.campaign.id, log.name, since, until)
    return there != known


def _only(found: Columns, chosen: Sequence[bool]) -> Columns:
    return {name: [*compress(values, chosen)] for name, values in found.items()}


def _slices(found: Columns, rests: Rests) -> Iterator[Columns]:
    for first in range(0, height(found), _SLICE):
        yield {name: values[first : first + _SLICE] for name, values in found.items()}
        rests.rest()
