"""
Row ids that grow with time and never meet, made by the process that writes.

41 bits of milliseconds, 10 of the writer, 12 of a counter: 63 bits. Made before
the row is sent, so that a retry after a lost answer carries the same id and the
row is written once, on one node as on many. The writer's number is leased from
the database (`writer.leases`), not drawn by chance.
"""
import threading

from attribution.rule.instants import Instant
from attribution.store.engine.lanes import Lanes, first_in

# 2022-01-01T00:00Z in milliseconds: the ids last until 2091.
EPOCH_MS = 1_640_995_200_000
WRITERS = 1 << 10
PER_MS = 1 << 12


class IdMaker:
    """Makes ids for one writer. Thread-safe; never goes back, even when the clock does."""

    def __init__(self, writer: int):
        self._writer = writer % WRITERS
        self._last = 0
        self._mutex = threading.Lock()

    def next(self, at: Instant) -> int:
        """Return a new id for a row of the instant *at*."""
        slot = max(at // 1000 - EPOCH_MS, 0) * PER_MS
        with self._mutex:
            self._last = max(slot, self._last + 1)
            milliseconds, count = divmod(self._last, PER_MS)
        return (milliseconds * WRITERS + self._writer) * PER_MS + count

    # Of a row of the log of scans.
    scan = next

    def some(self, at: Instant, count: int) -> list[int]:
        """Return as many new ids for rows of the instant *at*, growing."""
        if not count:
            return []
        slot = max(at // 1000 - EPOCH_MS, 0) * PER_MS
        with self._mutex:
            first = max(slot, self._last + 1)
            self._last = first + count - 1
        lead = self._writer * PER_MS
        return [
            number // PER_MS * (WRITERS * PER_MS) + lead + number % PER_MS
            for number in range(first, first + count)
        ]


class LaneIdMaker(IdMaker):
    """Makes a scan's id so that the row lies in the writer's lane (`lanes`); others as ever."""

    def __init__(self, writer: int, lanes: Lanes):
        super().__init__(writer)
        self._lanes = lanes

    def scan(self, at: Instant) -> int:
        slot = max(at // 1000 - EPOCH_MS, 0) * PER_MS
        with self._mutex:
            self._last = max(slot, self._last + 1)
            while True:
                milliseconds, first = divmod(self._last, PER_MS)
                lead = (milliseconds * WRITERS + self._writer) * PER_MS
                lane = self._lanes.at(EPOCH_MS + milliseconds)
                count = first_in(lane, lead, range(first, PER_MS))
                if count is not None:
                    self._last += count - first
                    return lead + count
                self._last += PER_MS - first


def instant_of(id: int) -> Instant:
    """Return the instant, to a millisecond, that *id* begins with."""
    return (id // (WRITERS * PER_MS) + EPOCH_MS) * 1000


def first_id_at(at: Instant) -> int:
    """Return an id not above any id made at or after *at*: where a period begins."""
    return max(at // 1000 - EPOCH_MS, 0) * WRITERS * PER_MS
