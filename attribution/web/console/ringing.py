"""Whom to ring today, and what to ask them first: the overview's lists in words."""
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from attribution.reports import lagging, weeks
from attribution.reports.lines import Line
from attribution.reports.outlook import Outlook, Peers
from attribution.reports.pace import Degree, Phase
from attribution.reports.silent import Fallen, Lately

FEW = 5
# Banks are few and are looked at beside each other; of the others only the last.
_SHOWN = {"area": FEW, "line": FEW, "bank": 12}

HEADINGS = {"area": "乡镇（社区）", "bank": "银行", "line": "网点", "department": "部门"}
_WHY = {
    "": "各环节和平均差不多", "scan": "扫码少：每100个任务 {own} 次，平均 {others} 次",
    "claimant": "扫了没登记：登记率 {own}%，平均 {others}%",
    "registered": "登记了没注册：注册率 {own}%，平均 {others}%",
    "bound": "注册了没绑卡：绑卡率 {own}%，平均 {others}%",
    "effective": "绑了卡没付款：付款率 {own}%，平均 {others}%",
}


@dataclass(frozen=True)
class Rung:
    """A line with how far it stands from the pace and, of who lags, why."""

    line: Line
    degree: Degree
    gap: Decimal | None
    why: str


@dataclass(frozen=True)
class Ringing:
    """Lines beside each other, the furthest behind first; *degrees*: how many stand how."""

    view: str
    heading: str
    rungs: list[Rung]
    degrees: list[tuple[Degree, int]]
    more: int


@dataclass(frozen=True)
class Silence:
    """Of each view how many are silent, and the first of them by name."""

    words: str
    numbers: list[tuple[str, str, int]]  # view, heading, how many
    first: list[Line]
    fallen: list[Fallen]
    more: int


def ringings(seen: Outlook) -> list[Ringing]:
    """Return the groups of *seen*, those furthest behind first; before the start nobody is."""
    if seen.phase is Phase.BEFORE:
        return []
    never = {line.key for line in seen.never.get("line", ())}
    return [_ringing(group, seen, never) for group in seen.groups]


def _ringing(group: Peers, seen: Outlook, never: set[str]) -> Ringing:
    share = seen.pace.share
    lines = [line for line in group.lines if line.target]
    lines.sort(key=lambda line: (line.gap(share) or Decimal(0), -(line.target or 0)))
    counts = Counter(line.degree(share) for line in lines)
    shown = lines[: _SHOWN[group.view]]
    # All banks have their row; of the others the last, with what to ask them.
    asked = group.view != "bank"
    return Ringing(
        group.view, HEADINGS[group.view],
        [
            Rung(
                line, line.degree(share), line.gap(share),
                _why(line, seen, never) if asked else "",
            )
            for line in shown
        ],
        [(how, counts[how]) for how in Degree if counts[how]], len(lines) - len(shown),
    )


def _why(line: Line, seen: Outlook, never: set[str]) -> str:
    if not line.degree(seen.pace.share).late:
        return ""
    if not line.counts.get("scan", 0):
        return "还没有人扫码"
    found = lagging.weakest(line.counts, line.target, seen.total.counts, seen.total.target)
    few = found.step == "scan" and found.others < FEW
    words = "扫码少" if few else _WHY[found.step].format(own=found.own, others=found.others)
    own = [code for code in line.units or () if code != line.key]
    idle = sum(code in never for code in own)
    return f"{words}；{idle} 个网点还没有人" if idle else words


def fallen(seen: Outlook) -> Silence:
    """Return who brought people in the week before and none in this one."""
    every = sorted(
        (one for some in seen.fallen.values() for one in some), key=lambda one: -one.before
    )
    return Silence(
        compared(seen.lately, seen.today, bool(every)), _numbers(seen.fallen), [], every[:FEW],
        max(len(every) - FEW, 0),
    )


def compared(lately: Lately, today: date, some: bool) -> str:
    """Say over which days *some* fell to nothing, or that nobody did."""
    if not lately.days or not lately.before:
        return "还没有两个可以比的星期。"
    if not some:
        return "没有单位归零。"
    first, last = lately.days[0], lately.days[-1]
    names = [weeks.WEEKDAYS[day.weekday()][1:] for day in (first, last)]
    span = names[0] if first == last else f"{names[0]}至周{names[1]}"
    if last in weeks.week_of(today):
        return f"本周{names[0]}到现在没有人，上周{span}有。"
    dates = f"{first.month}月{first.day}日至{last.month}月{last.day}日"
    week = "上周" if last in weeks.week_of(today - timedelta(days=7)) else "那一周"
    return f"{week}（{dates}）到现在没有人，前一周有。"


def never(seen: Outlook) -> Silence:
    """Return who is asked for people and has nobody yet, who is asked most first."""
    every = [line for some in seen.never.values() for line in some]
    every.sort(key=lambda line: -(line.target or 0))
    return Silence("", _numbers(seen.never), every[:FEW], [], max(len(every) - FEW, 0))


def _numbers(found: dict[str, list[Line]] | dict[str, list[Fallen]]) -> list[tuple[str, str, int]]:
    sizes: dict[str, int] = {view: len(some) for view, some in found.items()}
    return [(view, HEADINGS[view], sizes[view]) for view in HEADINGS if sizes.get(view)]

