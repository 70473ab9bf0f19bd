"""
The overview's drawings as numbers: where each bar and line goes.

Server-side SVG in our own templates: no script, no style attribute (the content
security policy forbids both), nothing from elsewhere. Series differ by panel and
label, never by colour alone, so that a black and white print can be read.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from attribution.reports import progress, trends
from attribution.reports.lines import tenths
from attribution.reports.pace import Pace
from attribution.rule.instants import SHANGHAI
from qrgen.registry import Campaign


@dataclass(frozen=True)
class Bar:
    """A bar from the left: *width* of 100, and what stands beside it."""

    step: str
    label: str
    number: int
    width: float
    share: str  # of the step before, in per cent; '' for the first


@dataclass(frozen=True)
class DayBar:
    """A day's bar in a field of 100 × 100: from *x*, *width* wide, *height* high."""

    x: float
    width: float
    height: float
    day: str
    number: int


@dataclass(frozen=True)
class Panel:
    """A small chart of one series: its columns, its peak and its days."""

    step: str
    heading: str
    columns: list[DayBar]
    peak: int
    total: int
    first: str
    middle: str
    last: str


@dataclass(frozen=True)
class Course:
    """What was reached day by day, beside what an even pace asks: points in 100 × 100."""

    reached: str
    under: str
    expected: str
    top: int
    first: str
    middle: str
    last: str


@dataclass(frozen=True)
class Span:
    """A stage on the timeline, of 100 wide."""

    number: int
    name: str
    x: float
    width: float
    state: str
    dates: str
    lead: str
    duty: str


def bars(steps: Sequence[tuple[str, str, int]]) -> list[Bar]:
    """Return the funnel's bars, each as wide as its part of the largest."""
    most = max((number for _, _, number in steps), default=0) or 1
    made, before = [], 0
    for place, (step, label, number) in enumerate(steps):
        share = f"{tenths(number * 100, before)}%" if place and before else ""
        made.append(Bar(step, label, number, round(number * 100 / most, 2), share))
        before = number
    return made


def panels(days: Sequence[trends.Day]) -> list[Panel]:
    """Return a panel each for scans, claims and effective new users."""
    made = []
    for step in ("scan", "claimant", "effective"):
        numbers = [day.counts.get(step, 0) for day in days]
        peak = max(numbers, default=0)
        wide = 100 / max(len(numbers), 1)
        columns = [
            DayBar(
                round(wide * place + wide * 0.15, 2), round(wide * 0.7, 2),
                # What is there is seen, however small beside the peak.
                max(round(number * 100 / (peak or 1), 1), 1.5 if number else 0),
                _short(day.day), number,
            )
            for place, (day, number) in enumerate(zip(days, numbers, strict=True))
        ]
        made.append(
            Panel(step, progress.STEPS[step], columns, peak, sum(numbers), *_ends(days))
        )
    return made


def course(days: Sequence[trends.Day], target: int, pace: Pace) -> Course | None:
    """
    Return the way to *target* so far.

    Args:
        days: Every day of the campaign until today. None is returned without any.
    """
    if not days or not target:
        return None
    reached = trends.running_total(days, "effective")
    due = [target * (place + 1) / pace.days for place in range(len(days))]
    top = _round_up(max(reached[-1], due[-1]))
    step = 100 / len(days)

    def points(numbers: Sequence[float]) -> str:
        placed = [(round(step * (n + 1), 2), round(100 - 100 * value / top, 2))
                  for n, value in enumerate(numbers)]
        return " ".join(f"{x},{y}" for x, y in [(0, 100), *placed])

    line = points(reached)
    return Course(line, f"{line} 100,100", points(due), top, *_ends(days))


def _round_up(number: float) -> int:
    """Return a round number not below *number*: 1, 2, 4, 5 or 10 times a power of ten."""
    size = 1
    while size * 10 < number:
        size *= 10
    return next(size * step for step in (1, 2, 4, 5, 10) if size * step >= number)


def _ends(days: Sequence[trends.Day]) -> tuple[str, str, str]:
    if not days:
        return "", "", ""
    return _short(days[0].day), _short(days[len(days) // 2].day), _short(days[-1].day)


def timeline(campaign: Campaign, today: date) -> tuple[list[Span], float | None]:
    """Return the stages on a line of 100, and where today is (None: outside)."""
    first = campaign.start.astimezone(SHANGHAI).date()
    last = max([stage.end for stage in campaign.stages], default=first)
    whole = max((last - first).days, 1)
    spans = []
    for number, stage in enumerate(campaign.stages, 1):
        state = "进行中" if stage.start <= today < stage.end else (
            "已结束" if today >= stage.end else "未开始"
        )
        spans.append(
            Span(
                number, stage.name, round((stage.start - first).days * 100 / whole, 2),
                round((stage.end - stage.start).days * 100 / whole, 2), state,
                f"{stage.start.isoformat()} 至 {stage.last.isoformat()}", stage.lead, stage.duty,
            )
        )
    place = (today - first).days * 100 / whole
    return spans, round(place, 2) if 0 <= place <= 100 else None


def _short(day: int) -> str:
    return f"{day // 100 % 100}月{day % 100}日"
