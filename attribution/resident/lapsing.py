"""
When a claim that the platform never spoke of may be forgotten: never before it is certain
that it can become no credit any more.

A claim that was forgotten takes its credit with it, in no list and with a sound ledger, and
nothing brings it back: with a platform's file two weeks late 8 of 14 people lost theirs. So
nobody lapses before a week after the settlement, nor while anything is under way that may
still speak of them. What is under way and names nobody may mean anybody, and keeps everybody.
"""
from collections.abc import Collection

from attribution.rule.instants import DAY, Instant, day_of, day_start, from_datetime, local_text
from attribution.store import aliases, console_lists, feed_batches, lapses, period_locks
from attribution.store.engine.database import Connection
from qrgen.registry import Campaign

# For the platform's last file to arrive.
LATE = 7 * DAY
# The claim's window (7 days, proved 30) and as long as LATE.
UNVERIFIED_KEPT = 7 * DAY + LATE
VERIFIED_KEPT = 30 * DAY + LATE
# A file that waits longer than this for its second person waits for nobody.
PLANS_KEPT = 30 * DAY


def earliest(campaign: Campaign) -> Instant:
    """Return before when nobody lapses, which residents are told (`/rules`)."""
    return from_datetime(campaign.settle_end) + LATE


def waiting(connection: Connection, campaign: Campaign, now: Instant) -> list[str]:
    """Return why nobody may lapse yet, in words; empty when the lapsed may go."""
    settled, first = from_datetime(campaign.settle_end), earliest(campaign)
    if now < first:
        return [f"nothing lapses before {local_text(first)[:16]}"]
    return [*under_way(connection, campaign, now), *_awaited(connection, campaign, settled)]


def under_way(connection: Connection, campaign: Campaign, now: Instant) -> list[str]:
    """Return what is undecided and may mean anybody, in words."""
    counts = (
        (
            console_lists.count_unanswered(connection, campaign.id, "appeal"),
            "appeals wait for an answer",
        ),
        (
            lapses.count_files_on_their_way(connection, campaign.id, now - PLANS_KEPT),
            "files wait to be taken in",
        ),
        (
            lapses.count_unread_rows(connection, campaign.id),
            "rows of files could not be read and are open differences",
        ),
    )
    return [f"{n} {words}" for n, words in counts if n]


def undecided(connection: Connection, campaign: Campaign, now: Instant) -> list[str]:
    """Return what must be decided before a campaign's persons are ended, in words."""
    id = campaign.id
    counts = (
        (console_lists.count_held(connection, id)[0], "claims are held"),
        (
            console_lists.count_unanswered(connection, id, "proposal"),
            "corrections wait for an answer",
        ),
        (feed_batches.count_open_differences(connection, id), "differences are open"),
        (len(period_locks.requests(connection, id)), "periods wait to be locked"),
    )
    found = [f"{n} {words}" for n, words in counts if n]
    return [*found, *under_way(connection, campaign, now)]


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
            connection, campaign.id, now - VERIFIED_KEPT, now - UNVERIFIED_KEPT, after=after,
            only=only, limit=limit,
        )
        # By a hash or some digits the platform spoke of them all the same, or may have.
        spoken_of = aliases.spoken_of(connection, campaign.id, found)
        lapsed = [person for person in found if person not in spoken_of]
        if lapsed or not found:
            return lapsed
        after = found[-1]


def _awaited(connection: Connection, campaign: Campaign, settled: Instant) -> list[str]:
    """Return words while no file tells of the last day on which a step may count."""
    reach = lapses.files_reach(connection, campaign.id)
    if reach is not None and reach == day_start(day_of(reach)):
        reach += DAY  # a bare date stands for what happened on that day
    if reach is not None and reach >= settled:
        return []
    return [
        f"no file of the platform reaches {local_text(settled)[:16]}, the end of the settlement"
    ]
