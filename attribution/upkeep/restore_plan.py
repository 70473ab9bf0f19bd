"""
What a restore would take away and bring back: told before anything is replaced.

Rows of every log are compared by their keys, in the order of these, some thousands at a time.
"""
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from attribution.ledger import Ledger
from attribution.proof import heads, log_keys, publishing, rolling_forward
from attribution.proof.rolling_forward import Stretch
from attribution.rule.instants import Instant
from attribution.settings import Settings
from attribution.store import StoreError, ids, log_tree
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Connection, Database
from attribution.upkeep import erased_again
from attribution.upkeep.erased_again import Back
from qrgen.faults import Fault

_PAGE = 5000
# Above every id and every instant.
_EVER = 1 << 62


@dataclass(frozen=True)
class Apart:
    """
    Rows of one log that only one of both ledgers has.

    Args:
        log: The table.
        number: How many.
        first: Of when the first is; None where nothing tells.
        last: And the last.
    """

    log: str
    number: int
    first: Instant | None
    last: Instant | None


@dataclass(frozen=True)
class Plan:
    """
    What a restore would do.

    Args:
        readable: Whether the ledger that is there could be read; else nothing of it is told.
        away: Rows that the copy lacks.
        back: Rows that only the copy has: they were deleted since.
        accounts: Accounts that the copy lacks.
        earlier: Accounts that would be as they were: open, or of another role.
        erased: Who was erased since and is in the copy; they are erased again at once.
        stretch: Leaves of the log that lose their rows; None where the log cannot go on.
        leaves: How many the copy has.
        published: How many this machine published last, by ``keys/log.last``.
    """

    readable: bool
    away: tuple[Apart, ...]
    back: tuple[Apart, ...]
    accounts: tuple[str, ...]
    earlier: tuple[str, ...]
    erased: Back
    stretch: Stretch | None
    leaves: int
    published: int


def plan(copy: Ledger, present: Database | None, settings: Settings) -> Plan:
    """Compare the ledger *copy* with the one that is there; *present* None: there is none."""
    if present is not None:
        try:
            return _compared(copy, present, settings)
        except StoreError:
            pass  # broken, which may be why it is replaced
    campaign, database = copy.campaign.id, copy.store.database
    back = erased_again.back_in(database, None, campaign, settings.instance)
    return Plan(
        False, (), (), (), (), back, None, _leaves(copy), _published(copy, settings)
    )


def _compared(copy: Ledger, present: Database, settings: Settings) -> Plan:
    campaign, database = copy.campaign.id, copy.store.database
    away, back = [], []
    with present.reading() as theirs, database.reading() as ours:
        for log in kept.LOGS:
            lost, come = _differing(theirs, ours, log, campaign)
            away += [lost] if lost.number else []
            back += [come] if come.number else []
        were = {row["name"]: row for row in kept.accounts(ours)}
        are = {row["name"]: row for row in kept.accounts(theirs)}
        stretch = rolling_forward.found(
            theirs, ours, campaign, heads.verifiers(copy, settings)
        )
        erased = erased_again.erased_since(ours, theirs, campaign, settings.instance)
    return Plan(
        True, tuple(away), tuple(back), tuple(sorted(are.keys() - were.keys())),
        tuple(sorted(name for name in are.keys() & were.keys() if are[name] != were[name])),
        erased, stretch, _leaves(copy), _published(copy, settings),
    )


def _published(copy: Ledger, settings: Settings) -> int:
    keys = log_keys.read(settings.instance)
    with suppress(Fault):  # broken: whoever publishes says so
        last = keys and publishing.last_of(settings, keys.origin(copy.campaign.id))
        return last.size if last else 0
    return 0


def _leaves(copy: Ledger) -> int:
    with copy.store.read() as connection:
        head = log_tree.head(connection, copy.campaign.id)
    return int(head["size"]) if head else 0


def _differing(
    theirs: Connection, ours: Connection, log: kept.Log, campaign: str
) -> tuple[Apart, Apart]:
    away, back = _Count(log), _Count(log)
    there, here = _keys(theirs, log, campaign), _keys(ours, log, campaign)
    one, other = next(there, None), next(here, None)
    while one is not None or other is not None:
        if one == other:
            one, other = next(there, None), next(here, None)
        elif other is None or (one is not None and one < other):  # type: ignore[operator]
            assert one is not None
            away.add(one)
            one = next(there, None)
        else:
            back.add(other)
            other = next(here, None)
    return away.rows(), back.rows()


def _keys(connection: Connection, log: kept.Log, campaign: str) -> Iterator[int | str]:
    after: int | str | None = None
    while page := kept.keys(connection, log, campaign, 0, _EVER, after, _PAGE):
        yield from page
        after = page[-1]


class _Count:
    """Counts rows of one log."""

    def __init__(self, log: kept.Log):
        self._log = log
        self._number = 0
        self._ids: list[int] = []

    def add(self, key: int | str) -> None:
        self._number += 1
        if isinstance(key, int):
            # They come in order: what is kept is the first and the last.
            self._ids[1:] = [key]

    def rows(self) -> Apart:
        times = [ids.instant_of(id) for id in self._ids]
        return Apart(
            self._log.name, self._number, times[0] if times else None,
            times[-1] if times else None,
        )
