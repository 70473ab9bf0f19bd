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

from attribution.instants import MINUTE, Instant

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

# Crowds of one minute that are kept in mind, 20 MB at the most. A crowd begins with a row, so
# whoever makes more of them has written the rows; beyond it the counts begin again.
MOST = 20_000

K = TypeVar("K", bound=Hashable)


class Crowd:
    """Those who came for one thing in one minute; *scan* is the last row that was written."""

    __slots__ = ("_turns", "scan", "seen")

    def __init__(self) -> None:
        self.seen = 0
        self.scan = 0
        self._turns = itertools.count(1)

    def turn(self) -> int:
        """Return a number, from 1, that no other of the crowd was given."""
        return next(self._turns)  # one step of the interpreter: safe between threads


class Crowds(Generic[K]):
    """The crowds of this minute. Safe between threads: a count may be off by a few, no more."""

    def __init__(self) -> None:
        self._minute = 0
        self._crowds: dict[K, Crowd] = {}

    def enter(self, key: K, now: Instant) -> Crowd:
        """Return the crowd of *key*, with one more in it."""
        minute = now // MINUTE
        if minute != self._minute or len(self._crowds) > MOST:
            self._minute, self._crowds = minute, {}
        crowds = self._crowds
        crowd = crowds.get(key)
        if crowd is None:
            crowd = crowds.setdefault(key, Crowd())
        crowd.seen += 1
        return crowd
