"""
What will come out: where the present speed leads, and how many a day it would take.

Pure. The speed is the mean of the last whole days, a week of them, so that each weekday weighs
once. A day that is not over, or of which the platform has not told yet, is no whole day: counted
as one it would make each morning, and each late file, look like a collapse. Nor do days count
that lie before the first person.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from itertools import dropwhile

from attribution.reports.pace import Pace

WEEK = 7
# From fewer whole days nothing is foreseen: one market day would promise a tenfold.
FEWEST = 3


@dataclass(frozen=True)
class Forecast:
    """
    What is to be expected at the end.

    *speed* is what a day brought in the mean of the last *whole* days, *end* the number that it
    leads to; both are None before there are enough days. *asked* is a day's part of the target at
    an even pace, *needed* what each day that is left, today with it, has to bring: 0 once the
    target is reached. Both are None without a target.
    """

    done: int
    target: int | None
    whole: int
    speed: Decimal | None
    end: int | None
    asked: int | None
    needed: int | None

    @property
    def about(self) -> int | None:
        """*end* in three figures at most: more would say what nobody knows."""
        return None if self.end is None else max(about(self.end), self.done)

    @property
    def reaches(self) -> bool | None:
        """Whether the target is reached at this speed; None where that cannot be said."""
        return None if self.end is None or not self.target else self.end >= self.target


def foresee(
    done: int, target: int | None, pace: Pace, whole: Sequence[int], parts: Sequence[int]
) -> Forecast:
    """
    Return what is to be expected of a campaign that runs.

    Args:
        done: All that is credited by now, corrections with it.
        whole: What each whole day since the start brought, oldest first.
        parts: What the days after those brought up to now, which is in *done*; today is the last.
    """
    target = target if target and target > 0 else None
    speed = end = None
    # From the first person on: the days before somebody began are no speed.
    begun = list(dropwhile(lambda n: n <= 0, whole))
    lately = begun[-WEEK:]
    if len(begun) >= FEWEST:
        speed = Decimal(sum(lately)) / len(lately)
        # Days that still bring more are foreseen whole, as those are that are still to come.
        rest = speed * max(pace.days - len(whole), 0)
        end = max(done - sum(parts) + int(rest.quantize(Decimal(1), ROUND_HALF_UP)), done)
    return Forecast(
        done, target, len(lately), speed, end,
        None if target is None else pace.a_day(target),
        None if target is None else needed(done - (parts[-1] if parts else 0), target, pace),
    )


def needed(before: int, target: int, pace: Pace) -> int:
    """Return how many each day left has to bring, today with it; *before* were there by then."""
    short = Decimal(max(target - before, 0))
    return int((short / max(pace.left, 1)).to_integral_value(ROUND_CEILING))


def about(number: int) -> int:
    """Return *number* to three figures, half up."""
    size: int = 10 ** max(len(str(abs(number))) - 3, 0)
    return int((Decimal(number) / size).quantize(Decimal(1), ROUND_HALF_UP)) * size
