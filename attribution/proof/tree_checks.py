"""
What the log does not allow: rows that were changed, added or taken away behind their leaves.

Rows and leaves are read side by side in the order of their keys, by pages, each a read of its
own. What is kept of all leaves is one bit each: that a row, or the law, accounts for it.
"""
import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import leaves, merkle, rolling_forward, sealer, signed_notes, states, tiles
from attribution.proof.signed_notes import Key
from attribution.proof.unit_counts import COUNTED
from attribution.proof.unsealed import GRACE
from attribution.rule.instants import Instant, day_of, day_start
from attribution.store import ids, log_tree
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Row, height
from qrgen.faults import Fault

# Of one kind of finding that may be of every leaf, so many are told.
_TOLD = 20
_PAGE = 500
# Leaves that are read at once where there are no more, whatever their log: most of the fifty
# logs of a small ledger have few, and on a cluster each question asks every node.
_FEW = 4000
# Tiles of one read.
_TILES = 16
# Heads whose roots are made again: some milliseconds each.
_HEADS = 500


def check(
    ledger: Ledger, keys: Sequence[Key] = (), now: Instant | None = None
) -> Iterator[Fault]:
    """
    Yield everything that the log does not allow; nothing before anything was sealed.

    Args:
        keys: Public keys of the log; without any the signatures are not asked.
        now: What heads of after it say of the time is not believed; None: all is.
    """
    newest = sealer.head(ledger)
    with ledger.store.read() as connection:
        if not newest.size and log_tree.logs(connection, ledger.campaign.id):
            yield Fault(Code.HEAD_DIFFERS, size=0)
            return
    seen = _Seen(ledger, newest, now)
    yield from _tiles(ledger, newest)
    yield from _heads(ledger, keys)
    for log in kept.LOGS:
        yield from _log(ledger, log, seen)
    yield from _states(ledger, seen)
    yield from _counts(ledger, seen)
    yield from seen.unaccounted()


@dataclass(frozen=True)
class Spans:
    """
    What the log itself says that excuses rows: where it began, copies, clocks that lied.

    Args:
        taken: Rows of before this instant were there before the log, if their leaf is before
            this index.
        clocks: Spans of time whose rows may come late.
        restored: Spans of leaves that lost their rows, and rows of up to which instant
            got new ones.
    """

    taken: tuple[Instant, int]
    clocks: tuple[tuple[Instant, Instant], ...] = ()
    restored: tuple[tuple[int, int, Instant], ...] = ()

    def may_be_late(self, at: Instant, index: int) -> bool:
        """Whether the row of an instant may have its leaf at *index*, however late."""
        return (
            (at <= self.taken[0] and index < self.taken[1])
            or any(since <= at < until for since, until in self.clocks)
            or any(index >= last and at <= when for _, last, when in self.restored)
        )


class _Seen:
    """Which leaves are accounted for, and what else is known of all of them."""

    def __init__(self, ledger: Ledger, newest: sealer.Head, now: Instant | None = None):
        self.head = newest
        self._now = now
        self.entry_at = tiles.entries(tiles.reading(ledger))
        self._bits = bytearray(newest.size // 8 + 1)
        self._twice = 0
        self.few = _few(ledger)
        with ledger.store.read() as connection:
            campaign = ledger.campaign.id
            heads = log_tree.heads(connection, campaign)
            clocks = log_tree.events(connection, campaign, "clock")
            self.spans = _spans(
                newest.size, log_tree.events(connection, campaign, "genesis"), clocks,
                rolling_forward.declared(connection, campaign),
            )
            # Days that a clock that was ahead may have ended, and which leaf says so.
            told = log_tree.leaves_of(connection, campaign, "log_event", [
                log_tree.key_text(int(row["id"])) for row in clocks
            ])
            self._ahead = [
                (day_of(since), day_of(until),
                 int(leaf["idx"]) if (leaf := told.get(log_tree.key_text(int(row["id"]))))
                 else newest.size)
                for row, (since, until) in zip(clocks, self.spans.clocks, strict=True)
            ]
            # The leaf that says of a table that it is sealed from now on.
            self.begun = {
                row["key"]: int(row["idx"])
                for row in log_tree.leaves_after(connection, campaign, sealer.BEGUN, "")
                if self._begins(row)
            }
            self.gaps = {
                log.name: kept.gaps(connection, campaign, log.name) for log in kept.LOGS
            }
        self._sizes = [int(size) for size in heads.get("size", ())]
        self._ats = _honest([int(at) for at in heads.get("at", ())])
        # unit -> day -> log -> rows, of what units are counted by.
        self.counted: defaultdict[str, defaultdict[int, dict[str, int]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        # Logs and days of which a row was told already, so that a count need not be.
        self.told: set[tuple[str, int]] = set()

    def _begins(self, leaf: Row) -> bool:
        core = leaves.told(sealer.BEGUN, {"log": leaf["key"]})
        return leaf["rc"] is not None and self.entry_at(int(leaf["idx"])) == leaves.entry(
            bytes(leaf["rc"]), leaves.NOBODY, core
        )

    def account(self, index: int) -> bool:
        """Take notice of what accounts for a leaf; False: it is in no tree, or not the first."""
        if not 0 <= index < self.head.size:
            return False
        place, bit = divmod(index, 8)
        new = not self._bits[place] & 1 << bit
        self._bits[place] |= 1 << bit
        return new

    def sealed_by(self, index: int) -> Instant:
        """
        Return as of when all rows were sealed before the leaf *index* was; 0: none were.

        The heads of one sealing are as of the same instant, and count as one.
        """
        own = bisect_right(self._sizes, index)
        if own >= len(self._ats):
            return 0
        first = bisect_left(self._ats, self._ats[own])
        return self._ats[first - 1] if first else 0

    @property
    def pending(self) -> Instant:
        """Rows of since then may still wait for their leaf."""
        # Those of a clock that was ahead, and that no later one corrected yet, say nothing.
        return max(
            (at for at in self._ats if self._now is None or at <= self._now), default=0
        ) - 2 * GRACE

    def counted_again(self, first: int, last: int, index: int) -> bool:
        """Whether what the leaf *index* counts of days is counted anew, for a clock was ahead."""
        return any(
            first <= until and since <= last and index < told for since, until, told in self._ahead
        )

    def twice(self) -> bool:
        """Whether one more leaf that cannot be is still told."""
        self._twice += 1
        return self._twice <= _TOLD

    def unaccounted(self) -> Iterator[Fault]:
        for first, last, _ in self.spans.restored:
            for index in range(first, min(last, self.head.size)):
                self.account(index)
        missing: list[int] = []
        count = 0
        for place, byte in enumerate(self._bits):
            if byte == 0xFF:
                continue
            for bit in range(8):
                index = 8 * place + bit
                if not byte & 1 << bit and index < self.head.size:
                    count += 1
                    if len(missing) < _TOLD:
                        missing.append(index)
        for index in missing:
            yield Fault(Code.LEAF_OF_NO_ROW, leaf=index, count=count)


def _honest(ats: list[Instant]) -> list[Instant]:
    """Return of when heads are, each no later than any after it: clocks that were ahead lied."""
    for place in range(len(ats) - 2, -1, -1):
        ats[place] = min(ats[place], ats[place + 1])
    return ats


def _spans(
    size: int, began: Sequence[Row], clocks: Sequence[Row],
    restored: Sequence[rolling_forward.Restored],
) -> Spans:
    # Until the older rows are all in, the second of these is missing.
    done = int(_data(began[1])["leaves"]) if len(began) > 1 else size
    return Spans(
        (int(began[0]["at"]) if began else 0, done),
        tuple((int(data["since"]), int(data["until"])) for data in map(_data, clocks)),
        tuple((one.first, one.last, one.at) for one in restored),
    )


def _data(row: Row) -> Row:
    """Return what an event tells; nothing where it was spoilt, which its leaf tells."""
    try:
        data = json.loads(row["data"])
    except ValueError:
        data = None
    empty = dict.fromkeys(("since", "until", "first", "last", "leaves"), 0)
    return {**empty, **data} if isinstance(data, dict) else empty


# --- the tree itself ----------------------------------------------------------------------


def _tiles(ledger: Ledger, newest: sealer.Head) -> Iterator[Fault]:
    """Hash the tree anew from what its leaves hold: each level, and the root of the head."""
    level, count = 0, newest.size
    below: list[bytes] | None = None  # what this level must hold
    while count:
        above: list[bytes] = []
        number = -(-count // tiles.WIDTH)
        for first in range(0, number, _TILES):
            with ledger.store.read() as connection:
                found = {
                    int(row["n"]): bytes(row["hashes"]) for row in log_tree.tiles(
                        connection, ledger.campaign.id, level, first, first + _TILES
                    )
                }
            for n in range(first, min(first + _TILES, number)):
                size = min(count - n * tiles.WIDTH, tiles.WIDTH)
                tile = found.get(n, b"")
                due = None if below is None else b"".join(
                    below[n * tiles.WIDTH : n * tiles.WIDTH + size]
                )
                if len(tile) != size * merkle.HASH_BYTES or due not in (None, tile):
                    yield Fault(Code.TILE_CHANGED, level=level, tile=n)
                if size == tiles.WIDTH:
                    above.append(merkle.root_of(tiles.hashes_of(level, tile)))
        level, count, below = level + 1, count // tiles.WIDTH, above


def _heads(ledger: Ledger, keys: Sequence[Key]) -> Iterator[Fault]:
    """See that heads are of the beginning of this tree, and signed."""
    hash_of = tiles.of(ledger)
    with ledger.store.read() as connection:
        heads = log_tree.latest_heads(connection, ledger.campaign.id, _HEADS)
    for row in heads:
        size = int(row["size"])
        try:
            same = merkle.root(size, hash_of).hex() == row["root"]
        except merkle.BadProof:
            same = False
        if not same:
            yield Fault(Code.HEAD_DIFFERS, size=size)
        if keys and not _signed(row, keys):
            yield Fault(Code.HEAD_UNSIGNED, size=size)


def _signed(row: Row, keys: Sequence[Key]) -> bool:
    try:
        told = signed_notes.read(row["note"], keys)
    except signed_notes.BadNote:
        return False
    return (told.size, told.root.hex()) == (row["size"], row["root"])


# --- rows against their leaves ------------------------------------------------------------


# Of a row or a leaf: its key as leaves know it, and what else is asked of it.
_Line = tuple[Any, ...]


def _log(ledger: Ledger, log: kept.Log, seen: _Seen) -> Iterator[Fault]:
    rows, sealed = _rows(ledger, log), _leaves(ledger, log.name, seen.few)
    row, leaf = next(rows, None), next(sealed, None)
    counted = log.name in COUNTED
    gaps, of_ids, personal = seen.gaps[log.name], log.ordered_by_id, bool(log.personal)
    before = ""
    while row is not None or leaf is not None:
        if leaf is None or (row is not None and row[0] < leaf[0]):
            assert row is not None
            # A second row of one key never gets a leaf, however new it is.
            if row[0] == before or (
                log.name in seen.begun and _at(row[1], of_ids) < seen.pending
            ):
                yield Fault(Code.ROW_ADDED, log=log.name, row=log_tree.key_told(row[0]))
            row = next(rows, None)
            continue
        key, index, rc, rp, p = leaf
        if not seen.account(index) and seen.twice():
            yield Fault(Code.LEAF_TWICE, log=log.name, row=log_tree.key_told(key), leaf=index)
        if row is None or row[0] != key:
            if not gaps.may_lack(log_tree.key_told(key)):
                yield Fault(
                    Code.ROW_MISSING, log=log.name, row=log_tree.key_told(key), leaf=index
                )
                if counted and key.isdecimal():
                    seen.told.add((log.name, day_of(ids.instant_of(int(key)))))
            leaf = next(sealed, None)
            continue
        _, place, core, person, unit = row
        at = _at(place, of_ids)
        if (
            rc is None
            or seen.entry_at(index) != leaves.entry(rc, leaves.NOBODY if p is None else p, core)
            or (personal and (rp is None or p is None or leaves.personal(rp, person) != p)
                and not gaps.may_differ(log_tree.key_told(key)))
        ):
            told = log_tree.key_told(key)
            yield Fault(Code.ROW_CHANGED, log=log.name, row=told, leaf=index)
            seen.told.add((log.name, day_of(at)))
        elif _late(log, at, index, seen):
            yield Fault(Code.ROW_ADDED, log=log.name, row=log_tree.key_told(key))
        if unit is not None:
            counts = seen.counted[unit][day_of(at)]
            counts[log.name] = counts.get(log.name, 0) + 1
        before, row, leaf = key, next(rows, None), next(sealed, None)


def standing(
    ledger: Ledger, log: kept.Log, keys: Sequence[int | str]
) -> dict[int | str, int | None]:
    """Return the leaves of those rows *keys* (some) that stand; None of one that waits for it."""
    entry_at = tiles.entries(tiles.reading(ledger))
    found: dict[int | str, int | None] = {}
    with ledger.store.read() as connection:
        rows = kept.with_keys(connection, log, ledger.campaign.id, keys)
        of = log_tree.leaves_of(
            connection, ledger.campaign.id, log.name, [log_tree.key_text(key) for key in keys]
        )
    for row in rows:
        leaf = of.get(log_tree.key_text(row["key"]))
        if leaf is None:
            found[row["key"]] = None
        elif _proves(log, row, leaf, entry_at(int(leaf["idx"]))):
            found[row["key"]] = int(leaf["idx"])
    return found


def _proves(log: kept.Log, row: Row, leaf: Row, entry: bytes) -> bool:
    """Whether *entry* is of *row*, but for what of it is about a person."""
    if leaf["rc"] is None:
        return False
    p = leaves.NOBODY if leaf["p"] is None else bytes(leaf["p"])
    return entry == leaves.entry(bytes(leaf["rc"]), p, leaves.core(log, row))


def _late(log: kept.Log, at: Instant, index: int, seen: _Seen) -> bool:
    """Whether a row of *at* was put in when rows of its time had long been sealed."""
    before = seen.sealed_by(index)
    if at + 2 * GRACE >= before or seen.spans.may_be_late(at, index):
        return False
    # What a table held before it was sealed at all came with an upgrade, and at once.
    begun = seen.begun.get(log.name)
    return begun is None or before != seen.sealed_by(begun)


def _at(place: int, of_ids: bool) -> Instant:
    return ids.instant_of(place) if of_ids else place


def _rows(ledger: Ledger, log: kept.Log) -> Iterator[_Line]:
    """Yield of each row its key, place, core, text of the person, and the unit it counts for."""
    after: int | str | None = None
    column = COUNTED.get(log.name)
    while True:
        with ledger.store.read() as connection:
            page = kept.page(connection, log, ledger.campaign.id, after, _PAGE)
        number = height(page)
        yield from zip(
            log_tree.key_texts(page["key"]), page["log_place"], leaves.cores(log, page),
            leaves.persons(log, page), page[column] if column else repeat(None, number),
            strict=True,
        )
        if number < _PAGE:
            return
        after = page["key"][-1]


def _few(ledger: Ledger) -> dict[str, list[_Line]] | None:
    """Return the leaves of all logs, as `_leaves` yields them, unless there are many."""
    with ledger.store.read() as connection:
        all_of_them = log_tree.some_leaves(connection, ledger.campaign.id, _FEW)
    if height(all_of_them) == _FEW:
        return None
    found: defaultdict[str, list[_Line]] = defaultdict(list)
    names = ("log", "key", "idx", "rc", "rp", "p")
    for log, *line in zip(*(all_of_them[name] for name in names), strict=True):
        found[log].append(tuple(line))
    return {log: sorted(lines) for log, lines in found.items()}


def _leaves(
    ledger: Ledger, log: str, few: Mapping[str, Sequence[_Line]] | None
) -> Iterator[_Line]:
    """Yield of each leaf of *log* its key, index, and what opens it."""
    if few is not None:
        yield from few.get(log, ())
        return
    after = ""
    while True:
        with ledger.store.read() as connection:
            page = log_tree.leaf_columns(connection, ledger.campaign.id, log, after, _PAGE)
        yield from zip(*(page[name] for name in ("key", "idx", "rc", "rp", "p")), strict=True)
        if height(page) < _PAGE:
            return
        after = page["key"][-1]


# --- what changes, and what is counted ----------------------------------------------------


def _states(ledger: Ledger, seen: _Seen) -> Iterator[Fault]:
    for name in (sealer.BEGUN, kept.ACCOUNT.name, *(log.name for log in kept.STATES)):
        for key, index, *_ in _leaves(ledger, name, seen.few):
            if not seen.account(index) and seen.twice():
                yield Fault(Code.LEAF_TWICE, log=name, row=key, leaf=index)
    if not seen.head.size:
        return
    with ledger.store.read() as connection:
        found = list(states.differing(connection, ledger.campaign.id))
    for row in found:
        if row.lawful:
            continue  # changed since by its own door; its leaf comes
        if row.leaf is None:
            yield Fault(Code.ROW_UNREGISTERED, log=row.log, row=row.key)
        else:
            code = Code.ROW_MISSING if row.gone else Code.ROW_CHANGED
            yield Fault(code, log=row.log, row=row.key, leaf=row.leaf["idx"])


def _counts(ledger: Ledger, seen: _Seen) -> Iterator[Fault]:
    """Compare the counts of units' days with the rows that have leaves."""
    after = 0
    while True:
        with ledger.store.read() as connection:
            page = log_tree.counts(connection, ledger.campaign.id, after)
            sealed = log_tree.leaves_of(
                connection, ledger.campaign.id, "unit_count",
                [log_tree.key_text(row["id"]) for row in page],
            )
        if not page:
            return
        for row in page:
            # A count gets its leaf after the rows that it counts.
            leaf = sealed.get(log_tree.key_text(row["id"]))
            if leaf is not None and not seen.counted_again(
                int(row["day"]), int(row["until"]), int(leaf["idx"])
            ):
                yield from _count(row, seen)
        after = int(page[-1]["id"])


def _count(row: Row, seen: _Seen) -> Iterator[Fault]:
    try:
        told = json.loads(row["counts"])
    except ValueError:
        return  # spoilt by hand, which its own leaf tells
    first, last = int(row["day"]), int(row["until"])
    due: dict[str, int] = {}
    days: Mapping[int, dict[str, int]] = seen.counted.get(row["unit"], {})
    for day in [first] if first == last else days:
        if first <= day <= last:
            for log, n in days.get(day, {}).items():
                due[log] = due.get(log, 0) + n
    spoilt = {log for log, day in seen.told if first <= day <= last}
    for log in sorted({*told, *due} - spoilt):
        gone = seen.gaps[log].deleted_before if log in seen.gaps else 0
        if gone and ids.first_id_at(day_start(int(row["day"]))) < gone:
            continue  # old rows were deleted, as the law wants
        if told.get(log, 0) != due.get(log, 0):
            yield Fault(
                Code.UNIT_COUNT_DIFFERS, unit=row["unit"], day=row["day"], log=log,
                kept=told.get(log, 0), due=due.get(log, 0),
            )
