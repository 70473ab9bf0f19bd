"""What happened on each day, up to each day, and from step to step: what is drawn."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

from attribution.reports.progress import STEPS
from attribution.reports.whose import Only
from attribution.rule.instants import day_of, day_start, from_datetime, to_datetime
from attribution.store import Store, period_locks, registry
from attribution.store.engine.database import Connection


@dataclass(frozen=True)
class Day:
    """What happened on one Shanghai day (yyyymmdd)."""

    day: int
    counts: Mapping[str, int]


def trend(
    store: Store, campaign: str, since: int, until: int, *, only: Only = None
) -> list[Day]:
    """
    Return every day from *since* to *until* (exclusive), those without events too. Scans of
    survey points are none of it (`by_day`).

    Locked days stay as reported: corrections are of periods, and of no day.
    """
    with store.read() as connection:
        found = by_day(connection, campaign, since, until, only)
    days = []
    moment = to_datetime(day_start(since))
    while (day := day_of(from_datetime(moment))) < until:
        days.append(Day(day, found.get(day, {})))
        moment += timedelta(days=1)
    return days


def by_day(
    connection: Connection, campaign: str, since: int, until: int, only: Only = None
) -> dict[int, dict[str, int]]:
    """Return day -> kind -> n as reported, without the scans of survey points (`counted`)."""
    units = registry.read(connection, campaign).units
    points = frozenset(id for id, unit in units.items() if unit.is_point)
    if only is not None:
        only = frozenset(only) - points
    found = period_locks.by_day(connection, campaign, since, until, only)
    if not points or only is not None:
        return found
    return _without(found, period_locks.by_day(connection, campaign, since, until, points))


def _without(
    found: Mapping[int, Mapping[str, int]], points: Mapping[int, Mapping[str, int]]
) -> dict[int, dict[str, int]]:
    """Return *found* without the scans of *points*; whoever registered there counts."""
    return {
        day: {
            kind: n - (points.get(day, {}).get(kind, 0) if kind in ("scan", "flagged") else 0)
            for kind, n in counts.items()
        }
        for day, counts in found.items()
    }


def running_total(days: Iterable[Day], kind: str) -> list[int]:
    """Return, for each of *days*, how many of *kind* there were up to its end."""
    return list(accumulate(day.counts.get(kind, 0) for day in days))


def funnel(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """
    Return the steps from an opened code to an effective new user: key, heading, number.

    What was opened and what people scanned are two steps only where they are two numbers.
    """
    opened = counts.get("scan", 0) + counts.get("flagged", 0)
    steps = [(step, heading, counts.get(step, 0)) for step, heading in STEPS.items()]
    if opened == counts.get("scan", 0):
        return steps
    return [("opened", "打开", opened), ("scan", "真人扫码", counts.get("scan", 0)), *steps[1:]]
