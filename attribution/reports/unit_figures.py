"""
One unit as its page tells it: its line among its like, its place there and a week ago, its days.

Numbers are those of the progress tables, so a unit reads of itself what the county reads of it;
of the others it learns how many they are, and no figure.
"""
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from attribution.ledger import Ledger
from attribution.reports import below, forecast, outlook, pace, progress, trends
from attribution.reports.forecast import Forecast
from attribution.reports.lines import Line, ProgressTable, ranked
from attribution.reports.whose import KIND_WORDS, Only
from attribution.rule.instants import DAY, Instant, date_of, day_of, from_datetime, to_datetime
from attribution.store import Store
from attribution.store.registry import Unit

# What is new is told of so many days with today, as in the tables.
WEEK = 7


@dataclass(frozen=True)
class Rank:
    """
    A rank by the rate, among whom, and of how many.

    Args:
        before: The rank a week ago; None where there was none.
    """

    among: str
    rank: int
    of: int
    before: int | None

    @property
    def risen(self) -> int:
        """By how many places it rose in the week; below 0: it fell."""
        return 0 if self.before is None else self.before - self.rank


@dataclass(frozen=True)
class UnitFigures:
    """
    What a unit reached.

    Args:
        line: Its line of the table, with what counts for it besides its own code; None for a
            unit that is listed no more, or not yet.
        below: What an area or a bank is made of, adding up to *line*.
        days: Each day of the campaign up to *today*; after *whole* the platform has still to tell.
        foreseen: What is to be expected of it at the end.
    """

    line: Line | None
    places: tuple[Rank, ...]
    below: ProgressTable | None
    days: list[trends.Day]
    today: date
    whole: date
    foreseen: Forecast
    locked: int


def read(ledger: Ledger, unit: Unit, now: Instant, only: Only) -> UnitFigures:
    """Return the figures of *unit* at *now*, for whoever sees the units *only*."""
    store, campaign = ledger.store, ledger.campaign
    start, end = from_datetime(campaign.start), from_datetime(campaign.end)
    at = min(now, end - 1)
    period = progress.last_days(at, WEEK)
    table = _table(store, campaign.id, unit.kind, progress.LAST, period)
    line = next((line for line in table.lines if line.key == unit.id), None)
    # The end of the same weekday a week ago.
    week_ago = day_of(at - (WEEK - 1) * DAY)
    places: list[Rank] = []
    if line is not None and line.rank is not None:
        before = _table(store, campaign.id, unit.kind, week_ago, period).lines if (
            at - WEEK * DAY >= start
        ) else ()
        places = _places(unit, line, table.lines, before)
    made = None
    if line is not None and unit.kind in below.HEADS:
        made = below.lines(store, campaign.id, line, table, period=period, only=only)
    days = trends.trend(
        store, campaign.id, day_of(start), progress.last_days(at, 1)[1],
        only=[unit.id] if line is None or line.units is None else line.units,
    ) if now >= start else []
    with store.read() as connection:
        told = outlook.told_at(connection, campaign.id)
    whole = min(outlook.whole_day(told, now), to_datetime(end - 1).date())
    numbers = [day.counts.get("effective", 0) for day in days]
    known = sum(date_of(day.day) <= whole for day in days)
    foreseen = forecast.foresee(
        line.counts.get("effective", 0) if line else sum(numbers), line.target if line else None,
        pace.at(campaign, now), numbers[:known], numbers[known:],
    )
    return UnitFigures(
        line, tuple(places), made, days, to_datetime(at).date(), whole, foreseen, table.locked
    )


def _table(
    store: Store, campaign: str, kind: str, until: int, period: tuple[int, int]
) -> ProgressTable:
    # All of the county, whoever looks: a place is one among all.
    if kind in below.HEADS:
        return below.HEADS[kind](store, campaign, 0, until, period=period)
    return progress.by_unit(store, campaign, 0, until, period=period, kind=kind)


def _places(
    unit: Unit, line: Line, now: Iterable[Line], before: Iterable[Line]
) -> list[Rank]:
    tests: list[tuple[str, Callable[[Line], bool]]] = [
        (f"全县{KIND_WORDS[unit.kind]}", lambda one: not one.rest)
    ]
    if unit.kind == "line" and line.bank:
        tests.append((f"{line.bank}网点", lambda one: one.bank == line.bank))
    found = []
    for among, test in tests:
        rank, of = _rank([one for one in now if test(one)], unit.id)
        was, _ = _rank([one for one in before if test(one)], unit.id)
        if rank is not None and of > 1:
            found.append(Rank(among, rank, of, was))
    return found


def _rank(lines: list[Line], id: str) -> tuple[int | None, int]:
    ranks = {line.key: line.rank for line in ranked(lines)}
    return ranks.get(id), sum(rank is not None for rank in ranks.values())
