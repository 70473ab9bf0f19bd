"""Which snapshot a paper is made of: the one that was asked for, the newest, or a new one."""
from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.papers import taking
from attribution.reports import snapshots
from attribution.reports.snapshots import Snapshot
from attribution.rule.instants import DAY, Instant, day_of, from_datetime
from attribution.settings import Settings


def chosen(
    ledger: Ledger, settings: Settings, now: Instant, actor: Actor, number: int | None
) -> Snapshot:
    """
    Return the snapshot *number*; None: the newest, and before the first one a new one.

    Raises:
        Fault: there is none of this number, or none can be taken yet.
    """
    if number is not None:
        return snapshots.get(ledger, number)
    return snapshots.latest(ledger) or current(ledger, settings, now, actor)


def current(ledger: Ledger, settings: Settings, now: Instant, actor: Actor) -> Snapshot:
    """
    Return the newest snapshot of the last whole week, or take it.

    In the first week of a campaign it is of the days up to today.
    """
    since, until = snapshots.week_span(now)
    begun = day_of(from_datetime(ledger.campaign.start))
    if until <= begun:
        since, until = begun, day_of(now + DAY)
    for one in snapshots.all_of(ledger):
        if (one.since, one.until) == (since, until):
            return snapshots.get(ledger, one.number)
    return taking.take(ledger, settings, now, actor, since, until)
