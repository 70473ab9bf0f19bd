"""
When snapshots are taken: by somebody, with each lock, and by the day's job.

Each is sealed before, so that the checkpoint that it carries covers what it tells of.
"""
from collections.abc import Iterator

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.office import periods
from attribution.proof import heads
from attribution.reports import outlook, snapshots
from attribution.reports.snapshots import Snapshot
from attribution.rule.instants import Instant, date_of, day_of, from_datetime
from attribution.settings import Settings
from attribution.store import period_locks
from attribution.store.engine.database import Row

# From this day of the week on the last week is not waited for any more: Wednesday.
_PATIENCE = 2


def take(
    ledger: Ledger, settings: Settings, now: Instant, actor: Actor, since: int, until: int
) -> Snapshot:
    """Seal all there is, and do as `snapshots.take`."""
    heads.seal_now(ledger, settings, now)
    return snapshots.take(ledger, now, actor, since, until)


def lock(
    ledger: Ledger, settings: Settings, request: int, *, approved_by: Actor, now: Instant
) -> tuple[Row, Snapshot | None]:
    """
    Lock what *request* asks for, and take the snapshot of the locked days.

    Returns:
        The lock and its snapshot; None where the campaign had not begun by its end.

    Raises:
        Fault: as `periods.approve`.
    """
    made = periods.approve(ledger, request, approved_by=approved_by, now=now)
    # Either way it is sealed at once: its numbers are proved from this moment, not from tonight.
    span = _of_lock(ledger, made)
    if span is None:
        heads.seal_now(ledger, settings, now)
        return made, None
    return made, take(ledger, settings, now, approved_by, *span)


def take_due(ledger: Ledger, settings: Settings, now: Instant, actor: Actor) -> Iterator[Snapshot]:
    """
    Take what the county wants without being asked, and those of locks that have none.

    ``snapshots`` in config.toml says which: ``weekly`` (of the last whole week, from Monday on,
    once the platform has told of its Sunday, or on Wednesday without), ``daily`` (yesterday's
    too), ``none``.
    """
    there = snapshots.all_of(ledger)
    with ledger.store.read() as connection:
        locks = period_locks.locks(connection, ledger.campaign.id)
        told = outlook.told_at(connection, ledger.campaign.id)
    for made in locks:
        span = _of_lock(ledger, made)
        if span and not any(
            (one.since, one.until) == span and one.at >= made["at"] for one in there
        ):
            yield take(ledger, settings, now, actor, *span)
    wanted = []
    if settings.snapshots != "none":
        week = snapshots.week_span(now)
        sunday = outlook.whole_day(told, now) >= date_of(snapshots.last_day(week[1]))
        if sunday or date_of(day_of(now)).weekday() >= _PATIENCE:
            wanted.append(week)
    if settings.snapshots == "daily":
        wanted.append(snapshots.day_span(now))
    begun = day_of(from_datetime(ledger.campaign.start))
    settled = day_of(from_datetime(ledger.campaign.settle_end))
    for since, until in wanted:
        known = any((one.since, one.until) == (since, until) for one in there)
        # Before it and after it nothing moves.
        if not known and begun < until and since < settled:
            yield take(ledger, settings, now, actor, since, until)


def _of_lock(ledger: Ledger, made: Row) -> tuple[int, int] | None:
    """Return the days of the lock *made*; the first one's begin with the campaign."""
    since = max(int(made["since"]), day_of(from_datetime(ledger.campaign.start)))
    return (since, int(made["until"])) if since < made["until"] else None
