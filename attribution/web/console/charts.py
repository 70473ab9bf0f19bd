"""
The overview's drawings as numbers: where each bar and line goes.

Server-side SVG in our own templates: no script, no style attribute (the content
security policy forbids both), nothing from elsewhere. Series differ by panel and
label, never by colour alone, so that a black and white print can be read.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from attribution import reports
from qrgen.registry import Campaign


@dataclass(frozen=True)
class Bar:
    """A bar from the left: *width* of 100, and what stands beside it."""

    label: str
    number: int
    width: float
    share: str  # of the step before, in per cent; '' for the first


@dataclass(frozen=True)
class Panel:
    """A small chart of one series: points of a 300 × 80 field, its peak and its days."""

    heading: str
    points: str
    area: str
    peak: int
    total: int
    first: str
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


def bars(steps: Sequence[tuple[str, int]]) -> list[Bar]:
    """Return the funnel's bars, each as wide as its part of the largest."""
    most = max((number for _, number in steps), default=0) or 1
    made, before = [], 0
    for place, (label, number) in enumerate(steps):
        share = f"{number * 100 / before:.1f}%" if place and before else ""
        made.append(Bar(label, number, round(number * 100 / most, 2), share))
        before = number
    return made


def panels(days: Sequence[reports.Day]) -> list[Panel]:
    """Return a panel each for scans, claims and effective new users."""
    made = []
    for kind in ("scan", "claimant", "effective"):
        numbers = [day.counts.get(kind, 0) for day in days]
        peak = max(numbers, default=0)
        step = 300 / max(len(numbers) - 1, 1)
        points = [
            (round(step * place, 1), round(78 - 72 * number / (peak or 1), 1))
            for place, number in enumerate(numbers)
        ]
        line = " ".join(f"{x},{y}" for x, y in points)
        made.append(
            Panel(
                reports.STEPS[kind], line, f"0,80 {line} 300,80" if line else "",
                peak, sum(numbers), _short(days[0].day) if days else "",
                _short(days[-1].day) if days else "",
            )
        )
    return made


def timeline(campaign: Campaign, today: date) -> tuple[list[Span], float | None]:
    """Return the stages on a line of 100, and where today is (None: outside)."""
    first = campaign.start.astimezone(reports.ZONE).date()
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
