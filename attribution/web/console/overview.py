"""The first page: goal and pace, funnel, trend, stages, alarms, and what waits for a decision."""
from dataclasses import dataclass

from flask import render_template

from attribution.ledger import Ledger
from attribution.reports import alarms, pace, progress, trends, whose
from attribution.rule import instants
from attribution.rule.instants import day_of, from_datetime, local_text, to_datetime
from attribution.store import console_lists, difference_rows
from attribution.upkeep import running
from attribution.web.console import access, charts
from attribution.web.console import days as span_of_days
from attribution.web.console.access import allow, pages
from attribution.web.current import service

TREND_DAYS = 30
FEW = 5


@dataclass(frozen=True)
class Task:
    """How much of something waits for the one who looks."""

    endpoint: str
    label: str
    number: int


@pages.get("/")
@allow(*access.EVERYBODY)
def overview() -> str:
    """Show where the campaign (or one's part of it) stands."""
    here, now, only = service(), instants.now(), access.visible()
    campaign = here.campaign
    period = progress.last_days(now, 7)
    table = progress.by_area(here.store, campaign.id, period=period, only=only)
    paced = pace.at(campaign, now)
    start = day_of(from_datetime(campaign.start))
    _, until = progress.last_days(min(now, from_datetime(campaign.end) - 1), 1)
    units = access.snapshot().units
    days = trends.trend(
        here.store, campaign.id, start, until, only=whose.counted(units, only)
    )
    spans, today = charts.timeline(campaign, to_datetime(now).date())
    total = table.total
    gap = total.gap(paced.share)
    ranked = sorted(
        (line for line in table.lines if line.rank is not None), key=lambda line: line.rank or 0
    )
    return render_template(
        "admin/overview.html", total=total, locked=table.locked, pace=paced, gap=gap,
        degree=total.degree(paced.share), expected=paced.expected(total.target or 0),
        bars=charts.bars(trends.funnel(total.counts)),
        panels=charts.panels(days[-TREND_DAYS:]), days=days[-TREND_DAYS:],
        course=charts.course(days, total.target or 0, paced), spans=spans, today=today,
        alarms=_of_the_machine()
        + alarms.find(Ledger(here.store, campaign), now, only, here.settings.alarms),
        until=local_text(now)[:16], tasks=_tasks(), best=ranked[:FEW],
        last=ranked[-FEW:] if len(ranked) > 2 * FEW else [],
        week=span_of_days.span(*period),
        date=lambda day: span_of_days.date_text(instants.day_start(day)),
    )


def _of_the_machine() -> list[alarms.Alarm]:
    """Return that a reload was refused, for the office; the cause is for who runs the machine."""
    if access.account().role not in ("office", "checker") or not running.trouble():
        return []
    text = "系统的设置或运行有问题，现在照原来的设置服务。请告诉系统管理员，原因在服务日志里"
    return [alarms.Alarm("machine", text, "admin.overview")]


def _tasks() -> list[Task]:
    """Return what waits, of what the account may decide."""
    if access.account().role not in ("office", "checker"):
        return []
    here = service()
    campaign = here.campaign.id
    with here.store.read() as connection:
        found = [
            Task("admin.held", "待核查登记", console_lists.count_held(connection, campaign)[0]),
            Task(
                "admin.differences",
                "差异待查",
                difference_rows.count_open(connection, campaign),
            ),
            Task(
                "admin.appeals",
                "申诉待办",
                console_lists.count_unanswered(connection, campaign, "appeal"),
            ),
            Task(
                "admin.corrections",
                "更正待批",
                console_lists.count_unanswered(connection, campaign, "proposal"),
            ),
            Task(
                "admin.erasures", "删除待执行", console_lists.count_erasures(connection, campaign)
            ),
        ]
    return [task for task in found if access.may(task.endpoint)]
