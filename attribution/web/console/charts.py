"""
The overview's drawings as numbers: where each bar and line goes.

Server-side SVG in our own templates: no script, no style attribute (the content
security policy forbids both), nothing from elsewhere. Series differ by panel and
label, never by colour alone, so that a black and white print can be read; what is not over
yet is drawn hollow, and beside each drawing its numbers stand as text.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from attribution.reports import progress, trends
from attribution.reports.forecast import Forecast
from attribution.reports.lines import tenths
from attribution.reports.pace import Pace
from attribution.reports.weeks import Weeks
from attribution.rule.instants import SHANGHAI, date_of
from attribution.web.console.scales import Scale, scale
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
    part: bool  # not over, or not told of yet: drawn hollow


@dataclass(frozen=True)
class Panel:
    """A small chart of one series: its columns, its axis and its days."""

    step: str
    heading: str
    columns: list[DayBar]
    scale: Scale
    peak: int
    total: int
    first: str
    middle: str
    last: str
    asked: float | None  # how high the pace asks each day to be; None: it asks more than is shown


@dataclass(frozen=True)
class Course:
    """
    The way from the first day to the last: points in 100 × 100.

    *reached* up to *today*, *foreseen* from there on ('' where nothing is), *due* what an even
    pace asks ('' without a target).
    """

    reached: str
    under: str
    due: str
    foreseen: str
    scale: Scale
    today: float
    first: str
    middle: str
    last: str


@dataclass(frozen=True)
class Reach:
    """What is done, foreseen, asked and due by now, on one bar of 100."""

    done: float
    foreseen: float
    target: float
    due: float


@dataclass(frozen=True)
class WeekBar:
    """A weekday's two bars, of 100 each."""

    this: float
    last: float


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


def panels(days: Sequence[trends.Day], today: date, whole: date, asked: int | None) -> list[Panel]:
    """
    Return a panel each for scans, claims and effective new users.

    Args:
        today: The day that is not over; after *whole* the platform has still to tell.
        asked: How many effective new users an even pace asks of each day; None for none.
    """
    made = []
    for step in ("scan", "claimant", "effective"):
        numbers = [day.counts.get(step, 0) for day in days]
        peak = max(numbers, default=0)
        # What is asked is shown where it does not press what is there to the ground.
        due = asked if step == "effective" and asked and asked <= 3 * peak else None
        axis = scale(max(peak, due or 0), (2, 3))
        wide = 100 / max(len(numbers), 1)
        parts = [
            date_of(day.day) > whole if step == "effective" else date_of(day.day) >= today
            for day in days
        ]
        columns = [
            DayBar(
                round(wide * place + wide * 0.15, 2), round(wide * 0.7, 2),
                # What is there is seen, however small beside the peak; and that a day is not
                # over, also where it has nobody yet.
                max(axis.height(number), 4 if part else 1.5 if number else 0),
                _short(day.day), number, part,
            )
            for place, (day, number, part) in enumerate(zip(days, numbers, parts, strict=True))
        ]
        made.append(Panel(
            step, progress.STEPS[step], columns, axis, peak, sum(numbers), *_ends(days),
            None if due is None else axis.height(due),
        ))
    return made


def course(days: Sequence[trends.Day], pace: Pace, foreseen: Forecast, last: date) -> Course | None:
    """
    Return the way to the target, from the first day to the *last* of the campaign.

    Args:
        days: Every day of the campaign until today. None is returned without any.
    """
    if not days:
        return None
    reached = trends.running_total(days, "effective")
    end, target = foreseen.end if pace.left > 1 else None, foreseen.target or 0
    axis = scale(max(reached[-1], end or 0, target, 1))
    step = 100 / max(pace.days, len(days))

    def at(day: int, number: float) -> str:
        return f"{round(step * day, 2)},{round(100 - axis.height(number), 2)}"

    now = len(days)
    line = " ".join(at(n, value) for n, value in enumerate([0, *reached]))
    return Course(
        line, f"{line} {at(now, 0)}",
        f"{at(0, 0)} {at(pace.days, target)}" if target else "",
        "" if end is None else f"{at(now, reached[-1])} {at(pace.days, end)}",
        axis, round(step * now, 2), _short(days[0].day),
        _short(days[-1].day) if 0.15 < now / pace.days < 0.85 else "",
        f"{last.month}月{last.day}日",
    )


def reach(foreseen: Forecast, due: int) -> Reach | None:
    """Return the bar of the whole; None without a target."""
    if not foreseen.target:
        return None
    most = max(foreseen.target, foreseen.end or 0, foreseen.done)
    done, end, target, now = (
        round(number * 100 / most, 2)
        for number in (foreseen.done, foreseen.end or foreseen.done, foreseen.target, due)
    )
    return Reach(done, end, target, now)


def week_bars(weeks: Weeks) -> list[WeekBar]:
    """Return the bars of each weekday, on one axis."""
    most = max((n or 0 for day in weeks.days for n in (day.this, day.last)), default=0) or 1
    return [
        WeekBar(*(round((n or 0) * 100 / most, 1) for n in (day.this, day.last)))
        for day in weeks.days
    ]


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
