"""Which snapshot a paper is made of: the one that was asked for, the newest, or a new one."""
from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.reports import snapshots
from attribution.reports.snapshots import Snapshot
from attribution.rule.instants import DAY, Instant, day_of, from_datetime


def chosen(ledger: Ledger, now: Instant, actor: Actor, number: int | None) -> Snapshot:
    """
    Return the snapshot *number*; None: the newest, and before the first one a new one.

    Raises:
        Fault: there is none of this number, or none can be taken yet.
    """
    if number is not None:
        return snapshots.get(ledger, number)
    return snapshots.latest(ledger) or new(ledger, now, actor)


def new(ledger: Ledger, now: Instant, actor: Actor) -> Snapshot:
    """Take a snapshot of the last whole week; in the first week of a campaign up to today."""
    since, until = snapshots.week_span(now)
    begun = day_of(from_datetime(ledger.campaign.start))
    if until <= begun:
        since, until = begun, day_of(now + DAY)
    return snapshots.take(ledger, now, actor, since, until)
