"""
Who brings nobody: who did last week and does not this week, and who never has.

Of whole days alone (`weeks`): a unit is not told off for a morning, nor for a file that is late.
Somebody who has brought one today is not among them either.
"""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from attribution.reports import weeks
from attribution.reports.lines import Line

# unit -> day -> n
Daily = Mapping[str, Mapping[date, int]]


@dataclass(frozen=True)
class Fallen:
    """A line that brought *before* people in the week before, and none in this one."""

    line: Line
    before: int
    claims: int  # registered with it in this one: people who may still become effective


@dataclass(frozen=True)
class Lately:
    """What each code brought lately, and over which days one is compared with which."""

    effective: Daily
    claims: Daily
    days: Sequence[date]
    before: Sequence[date]
    today: date

    @property
    def until_now(self) -> list[date]:
        """The compared days of this week, and those after them up to today."""
        first = min(self.days, default=self.today)
        return [first + timedelta(days=n) for n in range((self.today - first).days + 1)]


def fallen(lines: Iterable[Line], lately: Lately) -> list[Fallen]:
    """Return which of *lines* fell to nothing, those who had most first."""
    if not lately.days or not lately.before:
        return []
    by_key = {line.key: line for line in lines if line.key and not line.rest}
    now_days = lately.until_now
    now, before = (
        {key: weeks.total_of(lately.effective, line.units or (), days)
         for key, line in by_key.items()}
        for days in (now_days, lately.before)
    )
    return [
        Fallen(by_key[key], before[key],
               weeks.total_of(lately.claims, by_key[key].units or (), now_days))
        for key in weeks.fallen(now, before)
    ]


def never(lines: Iterable[Line]) -> list[Line]:
    """Return which of *lines* are asked for people and have nobody yet, who is asked most first."""
    found = [
        line for line in lines
        if not line.rest and (line.target or 0) > 0 and line.counts.get("effective", 0) <= 0
    ]
    return sorted(found, key=lambda line: -(line.target or 0))
