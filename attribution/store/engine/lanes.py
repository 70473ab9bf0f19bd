"""
Which shard of the log a process writes to, on a distributed PostgreSQL.

A transaction that changes rows on two workers is committed in two phases: a sync more on
each, a third of the speed, measured. So a process makes the ids of its scans so that all of
some minutes lie in one shard, its *lane*, and counts them in slots of the same worker
(docs/scale.md). Nothing is wrong where the lane is another's by now, or a shard was moved:
it only costs the second phase.
"""
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# How long one lane is kept. All shards fill alike in some hours; each change costs one commit
# in two phases.
LANE_MS = 300_000
# Among how many rows the writers of one count are spread on all nodes together, and at least
# on each of them.
_SLOTS, _SLOTS_EACH = 16, 2

_WORD = 0xFFFF_FFFF
_SIGN = 0x8000_0000


@dataclass(frozen=True)
class Shard:
    """The rows of which *low* <= `hash_of` the distribution column <= *high*, on *node*."""

    low: int
    high: int
    node: int


def hash_of(number: int) -> int:
    """Return PostgreSQL's hashint8(*number*), by which Citus finds the shard of a bigint."""
    # hash_bytes_uint32, of both halves laid over each other.
    half = number >> 32 & _WORD
    key = (number ^ (half if number >= 0 else ~half)) & _WORD
    return _ended(_A + key & _WORD, _A, _A)


def hash_of_text(text: str) -> int:
    """Return PostgreSQL's hashtext(*text*) in the order of bytes, likewise of a text."""
    # hash_bytes: twelve bytes a turn, and the rest with the final mix.
    data = text.encode()
    a = b = c = _A - 4 + len(data) & _WORD
    whole = len(data) // 12 * 12
    for start in range(0, whole, 12):
        a, b, c = _mixed(*(
            word + int.from_bytes(data[at : at + 4], "little") & _WORD
            for word, at in ((a, start), (b, start + 4), (c, start + 8))
        ))
    rest = data[whole:]
    a = a + int.from_bytes(rest[:4], "little") & _WORD
    b = b + int.from_bytes(rest[4:8], "little") & _WORD
    # The lowest byte is the length's.
    c = c + (int.from_bytes(rest[8:], "little") << 8) & _WORD
    return _ended(a, b, c)


def first_in(shard: Shard, lead: int, counts: range) -> int | None:
    """
    Return the first of *counts* with which *lead*, added, is an id of *shard*.

    `hash_of` once more, written out: some thirty are tried for each scan, and all begin alike, so
    that two lines of its end are constants (`_C`, `_C_11`).

    Args:
        lead: Not negative, and room for the counts in its lowest bits.
    """
    word, a_0, c_0, c_11 = _WORD, _A, _C, _C_11
    half = (lead ^ lead >> 32) & word
    # Signed numbers in their order as unsigned ones.
    low, high = shard.low + _SIGN, shard.high + _SIGN
    for count in counts:
        a = ((a_0 + (half ^ count) & word ^ c_0) - c_11) & word
        b = ((a_0 ^ a) - (a << 25 & word | a >> 7)) & word
        c = ((c_0 ^ b) - (b << 16 & word | b >> 16)) & word
        a = ((a ^ c) - (c << 4 & word | c >> 28)) & word
        b = ((b ^ a) - (a << 14 & word | a >> 18)) & word
        if low <= (((c ^ b) - (b << 24 & word | b >> 8)) & word ^ _SIGN) <= high:
            return count
    return None


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for by in (4, 6, 8, 16, 19, 4):
        a = (a - c & _WORD) ^ _turned(c, by)
        c = c + b & _WORD
        a, b, c = b, c, a
    return a, b, c


def _ended(a: int, b: int, c: int) -> int:
    """Return what Bob Jenkins' final mix makes of three words, as a signed number."""
    c = (c ^ b) - _turned(b, 14) & _WORD
    a = (a ^ c) - _turned(c, 11) & _WORD
    b = (b ^ a) - _turned(a, 25) & _WORD
    c = (c ^ b) - _turned(b, 16) & _WORD
    a = (a ^ c) - _turned(c, 4) & _WORD
    b = (b ^ a) - _turned(a, 14) & _WORD
    c = (c ^ b) - _turned(b, 24) & _WORD
    return c - (c >> 31 << 32)


def _turned(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & _WORD


_A = 0x9E37_79B9 + 4 + 3_923_095
_C = -_turned(_A, 14) & _WORD
_C_11 = _turned(_C, 11)


class Lanes:
    """
    The lanes of one writer of the log, one after another.

    Args:
        scans: The shards of the log.
        tallies: Those of the counts, which are distributed by slot.
        marks: Those of the marks that transactions leave.
        people: Those of what is about a person.
    """

    def __init__(
        self, writer: int, scans: Sequence[Shard], tallies: Sequence[Shard],
        marks: Sequence[Shard] = (), people: Sequence[Shard] = (),
    ):
        self._writer = writer
        self._marks = marks
        self._people = people
        self._shunned = (-1, 0)  # a node, until when
        by_node: dict[int, list[Shard]] = {}
        for shard in sorted(scans, key=lambda shard: shard.low):
            by_node.setdefault(shard.node, []).append(shard)
        # Round the nodes: two writers that came one after the other write to two of them.
        self._shards = [
            shard for _, _, shard in sorted(
                ((place, node, shard) for node, shards in by_node.items()
                 for place, shard in enumerate(shards)),
                key=lambda one: one[:2],
            )
        ]
        self._slots: dict[int | None, list[int]] = {
            node: _slots(node, tallies, len(by_node)) for node in by_node
        }

    def at(self, milliseconds: int) -> Shard:
        """Return the lane of that time, since 1970."""
        turn = self._writer + milliseconds // LANE_MS
        shard = self._shards[turn % len(self._shards)]
        node, until = self._shunned
        if shard.node == node and milliseconds < until:
            others = [other for other in self._shards if other.node != node]
            return others[turn % len(others)] if others else shard
        return shard

    def shun(self) -> None:
        """Keep off the present lane's node for a while: a batch could not be written there."""
        now = time.time_ns() // 1_000_000
        _, until = self._shunned
        if now >= until:  # the batch that could not be written is tried again and again
            self._shunned = self.at(now).node, now + LANE_MS

    def node_of(self, person: str) -> int | None:
        """Return the node of what is about *person*."""
        hashed = hash_of_text(person)
        return next((one.node for one in self._people if one.low <= hashed <= one.high), None)

    def slot(self, node: int | None = None) -> int:
        """Return by chance one of the slots whose counts lie on *node*; None: the lane's."""
        return secrets.choice(self._slots.get(node, self._slots[self._now().node]))

    def marks(self, make: Callable[[], str], node: int | None = None) -> list[str]:
        """
        Return names by *make* that lie on two shards, of *node* where it can be; None: the lane's.

        A statement of two shards makes its transaction one of two phases, wherever else that
        writes. Citus itself does not see it where a worker that was only read from is written
        to: it committed on two of them one after the other.
        """
        if node is None:
            node = self._now().node
        there = [shard for shard in self._marks if shard.node == node]
        there = there if len(there) > 1 else list(self._marks)
        found: dict[Shard, str] = {}
        while len(found) < min(len(there), 2):
            name = make()
            hashed = hash_of_text(name)
            for shard in there:
                if shard.low <= hashed <= shard.high:
                    found.setdefault(shard, name)
        return list(found.values()) or [make()]

    def _now(self) -> Shard:
        return self.at(time.time_ns() // 1_000_000)


def _slots(node: int, tallies: Sequence[Shard], nodes: int) -> list[int]:
    """Return the first slots that lie on *node*; any, where it has none."""
    there = [shard for shard in tallies if shard.node == node]
    wanted = max(_SLOTS // nodes, _SLOTS_EACH)
    found: list[int] = []
    slot = 0
    while there and len(found) < wanted:
        slot += 1
        hashed = hash_of(slot)
        if any(shard.low <= hashed <= shard.high for shard in there):
            found.append(slot)
    return found or list(range(1, wanted + 1))


def read(rows: Iterable[Mapping[str, Any]], writer: int) -> Lanes | None:
    """Return the lanes of *writer* by the *rows* of `SHARDS`; None: the tables lie otherwise."""
    found: dict[str, list[Shard]] = {"scan": [], "tally": [], "written": [], "turn": []}
    for row in rows:
        found[row["name"]].append(Shard(row["low"], row["high"], row["node"]))
    return Lanes(writer, *found.values()) if all(found.values()) else None


# Of a shard kept twice, the first place: it is committed in two phases whatever the lane.
SHARDS = """
    select relname as name, shardminvalue::bigint as low, shardmaxvalue::bigint as high,
        min(groupid) as node
    from pg_dist_shard s join pg_dist_placement using (shardid)
        join pg_dist_partition d on d.logicalrelid = s.logicalrelid
        join pg_class on pg_class.oid = s.logicalrelid
    where d.partmethod = 'h' and s.logicalrelid in (to_regclass('scan'), to_regclass('tally'),
            to_regclass('written'), to_regclass('turn'))
        and column_to_column_name(d.logicalrelid, d.partkey)
            = case relname when 'tally' then 'slot' when 'turn' then 'person' else 'id' end
    group by relname, shardid, shardminvalue, shardmaxvalue"""
