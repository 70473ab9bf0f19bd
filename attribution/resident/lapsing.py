"""
When a claim that the platform never spoke of may be forgotten: never before it is certain
that it can become no credit any more.

A claim that was forgotten takes its credit with it, in no list and with a sound ledger, and
nothing brings it back: with a platform's file two weeks late 8 of 14 people lost theirs. So
nobody lapses before a week after the settlement, nor while anything is under way that may
still speak of them. What is under way and names nobody may mean anybody, and keeps everybody.
"""
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from attribution import judging
from attribution.faults import Code
from attribution.rule import credit
from attribution.rule.instants import DAY, Instant, day_of, day_start, from_datetime, local_text
from attribution.store import (
    aliases,
    console_lists,
    difference_rows,
    lapses,
    period_locks,
    standings,
)
from attribution.store.engine.database import Connection
from qrgen.faults import Said
from qrgen.registry import Campaign

# For the platform's last file to arrive.
LATE = 7 * DAY
# The claim's window (7 days, proved 30) and as long as LATE.
KEPT = lapses.Keeping(verified=30 * DAY + LATE, unverified=7 * DAY + LATE)
# A file that waits longer than this for its second person waits for nobody.
PLANS_KEPT = 30 * DAY
# More than there are.
_ALL = 10_000_000


def earliest(campaign: Campaign) -> Instant:
    """Return before when nobody lapses, which residents are told (`/rules`)."""
    return from_datetime(campaign.settle_end) + LATE


@dataclass(frozen=True)
class Upcoming:
    """
    What lapses next, if nothing else comes.

    Args:
        at: From when; None when nobody's claims can lapse.
        persons: How many, by the unit that would have the credit (else claimed last).
        credits: Of these those whose claims could still become a credit.
        waiting: Why not before, besides the time.
    """

    at: Instant | None
    persons: Counter[str] = field(default_factory=Counter)
    credits: Counter[str] = field(default_factory=Counter)
    waiting: tuple[Said, ...] = ()

    def said(self) -> Said:
        """Return it in one line."""
        if self.at is None:
            return Said(Code.LAPSES_NOBODY)
        return Said(
            Code.LAPSES_NEXT, count=self.persons.total(), credits=self.credits.total(),
            at=local_text(self.at)[:16],
        )


def upcoming(connection: Connection, campaign: Campaign, now: Instant) -> Upcoming:
    """Return what lapses next, from *now* on."""
    at, why = max(now, earliest(campaign)), waiting(connection, campaign, now)
    found = _lapsed(connection, campaign, at)
    if not found:
        later = lapses.next_lapse(connection, campaign.id, KEPT, at)
        if later is None:
            return Upcoming(None)
        at = later
        found = _lapsed(connection, campaign, at)
    told = Upcoming(at, waiting=tuple(said for said in why if said.code != Code.LAPSES_NOT_BEFORE))
    terms = judging.terms_of(campaign)
    for first in range(0, len(found), standings.CHUNK):
        some = found[first : first + standings.CHUNK]
        for history in standings.histories(connection, campaign.id, some).values():
            winner = credit.still_open(history.claims, terms)
            last = winner or max(history.claims, key=lambda claim: (claim.at, claim.id))
            told.persons[last.unit] += 1
            told.credits[last.unit] += winner is not None
    return told


def waiting(connection: Connection, campaign: Campaign, now: Instant) -> list[Said]:
    """Return why nobody may lapse yet; empty when the lapsed may go."""
    settled, first = from_datetime(campaign.settle_end), earliest(campaign)
    why = [*under_way(connection, campaign, now), *_awaited(connection, campaign, settled)]
    if now < first:
        why.insert(0, Said(Code.LAPSES_NOT_BEFORE, at=local_text(first)[:16]))
    return why


def under_way(connection: Connection, campaign: Campaign, now: Instant) -> list[Said]:
    """Return what is undecided and may mean anybody."""
    id = campaign.id
    return _those((
        (Code.WAIT_APPEALS, console_lists.count_unanswered(connection, id, "appeal")),
        (Code.WAIT_FILES, lapses.count_files_on_their_way(connection, id, now - PLANS_KEPT)),
        (Code.WAIT_ROWS, lapses.count_unread_rows(connection, id)),
    ))


def undecided(connection: Connection, campaign: Campaign, now: Instant) -> list[Said]:
    """Return what must be decided before a campaign's persons are ended."""
    id = campaign.id
    found = _those((
        (Code.WAIT_HELD, console_lists.count_held(connection, id)[0]),
        (Code.WAIT_CORRECTIONS, console_lists.count_unanswered(connection, id, "proposal")),
        (Code.WAIT_DIFFERENCES, difference_rows.count_open(connection, id)),
        (Code.WAIT_PERIODS, len(period_locks.requests(connection, id))),
    ))
    return [*found, *under_way(connection, campaign, now)]


def _those(counts: Collection[tuple[Code, int]]) -> list[Said]:
    return [Said(code, count=n) for code, n in counts if n]


def due(
    connection: Connection, campaign: Campaign, now: Instant, *, after: str = "",
    only: Collection[str] | None = None, limit: int,
) -> list[str]:
    """Return persons who may be forgotten at *now*; arguments as of `lapses.unmatched`."""
    # Files never reach less far than before, so the search through all facts is for the
    # beginning; an appeal can be filed between two steps.
    first = not after and only is None
    if waiting(connection, campaign, now) if first else under_way(connection, campaign, now):
        return []
    while True:
        found = lapses.unmatched(
            connection, campaign.id, KEPT, now, after=after, only=only, limit=limit
        )
        # By a hash or some digits the platform spoke of them all the same, or may have.
        spoken_of = aliases.spoken_of(connection, campaign.id, found)
        lapsed = [person for person in found if person not in spoken_of]
        if lapsed or not found:
            return lapsed
        after = found[-1]


def _lapsed(connection: Connection, campaign: Campaign, at: Instant) -> list[str]:
    """Return who has lapsed at *at*, whatever is still waited for."""
    found = lapses.unmatched(connection, campaign.id, KEPT, at, limit=_ALL)
    spoken_of = aliases.spoken_of(connection, campaign.id, found)
    return [person for person in found if person not in spoken_of]


def _awaited(connection: Connection, campaign: Campaign, settled: Instant) -> list[Said]:
    """Return why, while no file tells of the last day on which a step may count."""
    reach = lapses.files_reach(connection, campaign.id)
    if reach is not None and reach == day_start(day_of(reach)):
        reach += DAY  # a bare date stands for what happened on that day
    if reach is not None and reach >= settled:
        return []
    return [Said(Code.WAIT_SETTLED, at=local_text(settled)[:16])]
