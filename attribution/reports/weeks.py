"""
This week beside last week, weekday by weekday.

Pure. A Monday is compared with a Monday: shops, offices and markets have their own week, and
three days beside seven have told every Wednesday that all collapse. Only whole days are compared;
what today brought so far stands beside them, said to be a part.
"""
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@dataclass(frozen=True)
class Weekday:
    """
    A weekday of this week and of last week.

    *this* and *last* are None where there is no such day: still to come, or outside of the
    campaign. *part*: this one is not over, or the platform has not told all of it.
    """

    name: str
    day: date
    this: int | None
    last: int | None
    part: bool = False

    @property
    def compared(self) -> bool:
        """Whether both are whole days of the campaign."""
        return self.this is not None and self.last is not None and not self.part


@dataclass(frozen=True)
class Weeks:
    """Seven weekdays from Monday on. *this* and *last* add up the compared ones alone."""

    days: tuple[Weekday, ...]

    @property
    def compared(self) -> list[Weekday]:
        return [day for day in self.days if day.compared]

    @property
    def this(self) -> int:
        return sum(day.this or 0 for day in self.compared)

    @property
    def last(self) -> int:
        return sum(day.last or 0 for day in self.compared)

    @property
    def change(self) -> int:
        """How many more this week has on its compared weekdays than last week."""
        return self.this - self.last

    @property
    def parts(self) -> list[Weekday]:
        """The days of this week that are no whole ones yet: today, and what was not told."""
        return [day for day in self.days if day.part]


def week_of(day: date) -> list[date]:
    """Return the seven days from the Monday before or on *day*."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def beside(
    counts: Mapping[date, int], today: date, whole: date, window: tuple[date, date]
) -> Weeks:
    """
    Return the week of *today* beside the one before.

    Args:
        counts: What each day brought; a day that is not there brought nothing.
        whole: The last day that is over and told of.
        window: First and last day of the campaign.
    """
    first, last = window

    def told(day: date) -> int | None:
        return counts.get(day, 0) if first <= day <= min(last, today) else None

    return Weeks(tuple(
        Weekday(
            WEEKDAYS[day.weekday()], day, told(day), told(day - timedelta(days=7)),
            part=told(day) is not None and day > whole,
        )
        for day in week_of(today)
    ))


def fallen_days(whole: date, window: tuple[date, date]) -> tuple[list[date], list[date]]:
    """
    Return the days of the week in which somebody may have fallen to nothing, and those before.

    They are the whole days of the week of *whole* and the same weekdays of the week before. So
    on a Monday morning it is last week that is looked at: of this one nothing is over.
    """
    first, last = window
    days = [day for day in week_of(whole) if first <= day <= min(whole, last)]
    before = [day - timedelta(days=7) for day in days]
    return days, [day for day in before if day >= first]


def fallen(now: Mapping[str, int], before: Mapping[str, int]) -> list[str]:
    """Return who brought people *before* and nobody *now*, those who had most first."""
    found = [id for id, n in before.items() if n > 0 and now.get(id, 0) <= 0]
    return sorted(found, key=lambda id: (-before[id], id))


def total_of(
    by_day: Mapping[str, Mapping[date, int]], codes: Iterable[str], days: Collection[date]
) -> int:
    """Return what the *codes* of one line brought on *days*."""
    return sum(by_day.get(code, {}).get(day, 0) for code in codes for day in days)
