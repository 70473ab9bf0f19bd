"""
Time against targets: how much of the campaign is over, and how far from that somebody stands.

Pure. One scale for every table, drawing and picture: percentage points between what is done of a
target and the part of the campaign's days that is over, today counted whole. Points, and not a
ratio: in the first days one resident more or less halves or doubles a ratio, and nobody can be
ten points behind before a tenth of the time is over.
"""
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import Enum

from attribution.rule.instants import Instant, from_datetime, to_datetime
from qrgen.registry import Campaign

# Within so many points of the pace it is kept; the office has read ±2 as 正常 from the first day.
NEAR = Decimal(2)
# From so many points behind on, a little more each day does not make up for it.
FAR = Decimal(10)


class Degree(Enum):
    """
    How far somebody stands from the pace, worst last.

    Each has the class of our style sheet, its word, and a sign for where there is room for no
    word: shape says it, and colour only says it again.
    """

    DONE = ("attained", "已完成", "✓")
    AHEAD = ("ahead", "提前", "▲")
    EVEN = ("even", "正常", "●")
    BEHIND = ("behind", "滞后", "▽")
    FAR = ("far", "严重滞后", "▼")
    NONE = ("untold", "", "")  # nothing was asked, so nobody can be late with it

    def __init__(self, style: str, word: str, sign: str):
        self.style, self.word, self.sign = style, word, sign

    @property
    def late(self) -> bool:
        """Whether somebody should be rung for it."""
        return self in (Degree.BEHIND, Degree.FAR)


# What the degrees mean, for the pages that show them.
EXPLAINED = (
    f"进度差＝完成率－时序进度（活动已过天数的比例，今天算一整天）。相差不到{NEAR}个百分点为正常，"
    f"落后{NEAR}个以上为滞后，落后{FAR}个以上为严重滞后。"
)


class Phase(Enum):
    """Where the campaign stands: facts still come between its end and its settlement."""

    BEFORE = "before"
    RUNNING = "running"
    ENDED = "ended"
    SETTLED = "settled"


@dataclass(frozen=True)
class Pace:
    """How many of the campaign's *days* are over. Today counts as a whole day."""

    days: int
    elapsed: int

    @property
    def share(self) -> Decimal:
        """The elapsed days in per cent of all, two places, half up."""
        return _whole(Decimal(self.elapsed) * 100 / Decimal(self.days), "0.01")

    @property
    def left(self) -> int:
        """The days that are left with today; none once the last is over is for `Phase` to say."""
        return self.days - max(self.elapsed - 1, 0)

    def expected(self, target: int) -> int:
        """What *target* would stand at by now, at an even pace."""
        return int(_whole(Decimal(target) * self.elapsed / self.days, "1"))

    def a_day(self, target: int) -> int:
        """How many a day an even pace asks of *target*, rounded up: less would not reach it."""
        return int((Decimal(target) / self.days).to_integral_value(ROUND_CEILING))


def at(campaign: Campaign, now: Instant) -> Pace:
    """Return the pace of *campaign* at *now*: 0 days before its start, all after its end."""
    start, end = from_datetime(campaign.start), from_datetime(campaign.end)
    last = to_datetime(end - 1).date()
    days = (last - to_datetime(start).date()).days + 1
    elapsed = (to_datetime(now).date() - to_datetime(start).date()).days + 1
    return Pace(days, min(max(elapsed, 0), days) if now >= start else 0)


def phase(campaign: Campaign, now: Instant) -> Phase:
    """Return where *campaign* stands at *now*."""
    if now < from_datetime(campaign.start):
        return Phase.BEFORE
    if now < from_datetime(campaign.end):
        return Phase.RUNNING
    return Phase.ENDED if now < from_datetime(campaign.settle_end) else Phase.SETTLED


def rate(done: int, target: int | None) -> Decimal | None:
    """Return *done* of *target* in per cent, two places, half up; None where none was asked."""
    if target is None or target <= 0:
        return None
    return _whole(Decimal(done) * 100 / Decimal(target), "0.01")


def degree(done: int, target: int | None, share: Decimal) -> Degree:
    """
    Return how far *done* of *target* stands from the pace.

    Args:
        share: The elapsed time in per cent: `Pace.share`.
    """
    reached = rate(done, target)
    if target is None or reached is None:
        return Degree.NONE
    if done >= target:
        return Degree.DONE
    gap = reached - share
    if gap <= -FAR:
        return Degree.FAR
    if gap <= -NEAR:
        return Degree.BEHIND
    return Degree.AHEAD if gap >= NEAR else Degree.EVEN


def _whole(number: Decimal, step: str) -> Decimal:
    return number.quantize(Decimal(step), ROUND_HALF_UP)
