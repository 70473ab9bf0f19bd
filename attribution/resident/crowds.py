"""
Who opens the same thing again and again within a minute: from some number on without a row each.

A row of the log is synced before the answer and stays for ever, so that a loop on one phone
could fill the disk with scans of one poster. A client here is a network and not a browser,
for whoever wants to fill a log sends no cookie; and behind one network of a carrier stands
half a county. So the numbers lie where only a program comes, and beyond them nobody is
turned away: the page is the same, it only rests on a row that is there already.

Counted in this process alone, and forgotten with the minute. Several workers or nodes write
as many times the rows: still so many and no more.
"""
import itertools
from collections.abc import Hashable
from typing import Generic, TypeVar

from attribution.rule.instants import MINUTE, Instant

# Scans of one code from one network in a minute that are rows of their own. A stall on
# market day has some hundred visitors an hour, a hall where everybody is told to take out the
# phone some hundred in a minute. More than ten a second of one code, from 256 addresses, come
# from a machine, or from a crowd whose next scan tells nobody anything new.
PER_CODE = 600

# The same of all codes together: the campaign's whole county behind one network comes to some
# ten a second in its best minute; a program with a list of all codes would else write
# `PER_CODE` rows of each.
PER_NETWORK = 3000

# Ways out to one link from one network and app. Each is a tap on a page; the count is for us.
PER_LINK = 300

# Counts of one minute that are kept in mind, 5 MB at the most. Each began with a row, so
# whoever makes more of them has written the rows; beyond it the counts begin again.
MOST = 20_000

K = TypeVar("K", bound=Hashable)


class Crowds(Generic[K]):
    """
    How many came for each thing in this minute, and the rows that they share.

    Safe between threads: a count may be off by a few, a turn is given once.
    """

    def __init__(self) -> None:
        self._minute = 0
        # Numbers, not objects: nearly every scan is the first of its network and code, and an
        # object for each made a scan a fifth dearer.
        self._seen: dict[K, int] = {}
        self._shared: dict[K, _Shared] = {}

    def enter(self, key: K, now: Instant) -> int:
        """Return how many came for *key* in this minute, with this one."""
        minute = now // MINUTE
        if minute != self._minute or len(self._seen) > MOST:
            self._minute, self._seen, self._shared = minute, {}, {}
        seen = self._seen[key] = self._seen.get(key, 0) + 1
        return seen

    def keep(self, key: K, row: int) -> None:
        """Let later ones of *key* rest on *row*, which is durable."""
        self._shared.setdefault(key, _Shared()).row = row

    def share(self, key: K) -> tuple[int, int] | None:
        """Return the row to rest on and a turn of it that nobody else has; None: there is none."""
        shared = self._shared.get(key)
        return None if shared is None else (shared.row, next(shared.turns))


class _Shared:
    """A row, and the turns that were given of it and of those before it."""

    __slots__ = ("row", "turns")

    def __init__(self) -> None:
        self.row = 0
        self.turns = itertools.count(1)  # one step of the interpreter: safe between threads
