"""
Everything the first page says, read at once: where one stands, what will come out, whom to ring.

A handful of statements however many units there are; whoever sees a part of the units is told of
that part by the same code. What is said of it stands in `pace`, `forecast`, `weeks`, `silent` and
`lagging`, which are pure.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from attribution.ledger import Ledger
from attribution.reports import counted, forecast, pace, progress, silent, trends, weeks, whose
from attribution.reports.forecast import Forecast
from attribution.reports.lines import Line, ProgressTable
from attribution.reports.pace import Pace, Phase
from attribution.reports.silent import Fallen, Lately
from attribution.reports.weeks import Weeks
from attribution.reports.whose import Only
from attribution.rule.instants import (
    DAY,
    Instant,
    date_of,
    day_of,
    from_datetime,
    number_of,
    to_datetime,
)
from attribution.store import console_lists, period_locks
from attribution.store.engine.database import Connection
from qrgen.registry import Campaign


@dataclass(frozen=True)
class Peers:
    """Lines that are compared with each other: a *view* of the tables."""

    view: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Outlook:
    """
    Where somebody's part of the campaign stands.

    *told* is when the platform last said anything, None for never; *whole* the last day of which
    it has said all; *today* the last day of the campaign once that is over. *groups* are what one
    sees of areas, banks and lines, and *fallen* and *never* by the same views.
    """

    phase: Phase
    pace: Pace
    table: ProgressTable
    days: list[trends.Day]
    today: date
    whole: date
    told: Instant | None
    forecast: Forecast
    weeks: Weeks
    groups: list[Peers]
    lately: Lately
    fallen: dict[str, list[Fallen]]
    never: dict[str, list[Line]]

    @property
    def total(self) -> Line:
        return self.table.total

    @property
    def of_today(self) -> int:
        """The effective new users of today so far."""
        return self.days[-1].counts.get("effective", 0) if self.days else 0


def read(ledger: Ledger, now: Instant, only: Only) -> Outlook:
    """Return how the campaign of *ledger* stands at *now*, for whoever sees the units *only*."""
    campaign, store = ledger.campaign, ledger.store
    phase, window, today = pace.phase(campaign, now), _window(campaign), _today(campaign, now)
    since, until = day_of(from_datetime(campaign.start)), number_of(today + timedelta(days=1))
    made = counted.read(
        store, campaign.id, 0, progress.ALWAYS[1],
        (number_of(today - timedelta(days=6)), until), only,
    )
    days = trends.trend(
        store, campaign.id, since, until, only=whose.counted(made.then.units, only)
    ) if phase is not Phase.BEFORE else []
    with store.read() as connection:
        told = told_at(connection, campaign.id)
    recent, whole = lately(ledger, now), min(whole_day(told, now), window[1])
    table, tables = progress.areas(made), tables_of(made, only)
    numbers = [day.counts.get("effective", 0) for day in days]
    known = sum(date_of(day.day) <= whole for day in days)
    paced = pace.at(campaign, now)
    return Outlook(
        phase, paced, table, days, today, whole, told,
        forecast.foresee(
            table.total.counts.get("effective", 0), table.total.target, paced,
            numbers[:known], numbers[known:],
        ),
        weeks.beside(
            {date_of(day.day): n for day, n in zip(days, numbers, strict=True)},
            today, whole, window,
        ),
        _groups(tables, only),
        recent,
        {view: silent.fallen(one.lines, recent) for view, one in tables.items()},
        {view: silent.never(one.lines) for view, one in tables.items()},
    )


def lately(ledger: Ledger, now: Instant) -> Lately:
    """Return what each code brought in the last week with a whole day, and in the one before."""
    campaign, today = ledger.campaign, _today(ledger.campaign, now)
    with ledger.store.read() as connection:
        whole = whole_day(told_at(connection, campaign.id), now)
        days, before = weeks.fallen_days(whole, _window(campaign))
        first = min([*before, *days], default=today)
        span = number_of(first), number_of(today + timedelta(days=1))
        effective, claims = (
            {unit: {date_of(day): n for day, n in some.items()} for unit, some in
             period_locks.by_unit_and_day(connection, campaign.id, kind, *span).items()}
            for kind in ("effective", "claimant")
        )
    return Lately(effective, claims, days, before, today)


def tables_of(made: counted.Counted, only: Only) -> Mapping[str, ProgressTable]:
    """Return the tables in which whoever sees *only* looks for whom to ring, by their view."""
    found = {
        "line": progress.of_units(made, "line"), "department": progress.of_units(made, "department")
    }
    if only is not None:
        return found
    return {"area": progress.areas(made), "bank": progress.banks(made), **found}


def told_at(connection: Connection, campaign: str) -> Instant | None:
    """Return when the platform last said anything of *campaign*; None for never."""
    batches = console_lists.batches(connection, campaign, 1)
    return batches[0]["received_at"] if batches else None


def whole_day(told: Instant | None, now: Instant) -> date:
    """
    Return the last day of which all is known at *now*.

    It is yesterday, or the day before the platform's last file: a file of today tells yesterday
    to its end. Before the first file nothing is late, for nothing was promised.
    """
    return to_datetime(min(now, now if told is None else told) - DAY).date()


def _window(campaign: Campaign) -> tuple[date, date]:
    """Return the first and the last day of *campaign*."""
    start, end = from_datetime(campaign.start), from_datetime(campaign.end)
    return to_datetime(start).date(), to_datetime(end - 1).date()


def _today(campaign: Campaign, now: Instant) -> date:
    """Return the day of *now*, and outside of the campaign its nearest."""
    first, last = _window(campaign)
    return max(min(to_datetime(now).date(), last), first)


def _groups(tables: Mapping[str, ProgressTable], only: Only) -> list[Peers]:
    order = ("area", "bank") if only is None else ("line",)
    found = [
        Peers(view, tuple(line for line in tables[view].lines if not line.rest))
        for view in order if view in tables
    ]
    return [group for group in found if len(group.lines) > 1]
