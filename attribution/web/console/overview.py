"""The first page: where one stands, what will come out, whom to ring; then how it came about."""
from dataclasses import dataclass
from datetime import timedelta

from flask import render_template

from attribution.ledger import Ledger
from attribution.reports import alarms, outlook, pace, progress, trends
from attribution.rule import instants
from attribution.rule.instants import from_datetime, local_text, to_datetime
from attribution.store import console_lists, difference_rows
from attribution.upkeep import ending, running
from attribution.web.console import access, charts, ringing
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
    seen = outlook.read(here.ledger, now, only)
    total, paced, latest = seen.total, seen.pace, seen.days[-TREND_DAYS:]
    spans, today = charts.timeline(campaign, to_datetime(now).date())
    due = paced.expected(total.target or 0)
    last = to_datetime(from_datetime(campaign.end) - 1).date()
    best = sorted(
        (line for line in seen.table.lines if line.rank is not None),
        key=lambda line: line.rank or 0,
    )
    return render_template(
        "admin/overview.html", seen=seen, total=total, locked=seen.table.locked, pace=paced,
        foreseen=seen.forecast, gap=total.gap(paced.share), degree=total.degree(paced.share),
        explained=pace.EXPLAINED, due=due, last=last,
        reach=charts.reach(seen.forecast, due), bars=charts.bars(trends.funnel(total.counts)),
        panels=charts.panels(latest, seen.today, seen.whole, seen.forecast.asked), days=latest,
        course=charts.course(seen.days, paced, seen.forecast, last), spans=spans, today=today,
        week_bars=charts.week_bars(seen.weeks), ringings=ringing.ringings(seen),
        fallen=ringing.fallen(seen), never=ringing.never(seen),
        alarms=_of_the_machine() + _of_the_end()
        + alarms.find(Ledger(here.store, campaign), now, only, here.settings.alarms),
        until=local_text(now)[:16], tasks=_tasks(), best=best[:FEW] if len(best) > FEW else [],
        date=lambda day: span_of_days.date_text(instants.day_start(day)), steps=progress.STEPS,
        week=timedelta(days=7), begins=local_text(from_datetime(campaign.start))[:16],
        settles=local_text(from_datetime(campaign.settle_end))[:16],
    )


def _of_the_machine() -> list[alarms.Alarm]:
    """Return that a reload was refused, for the office; the cause is for who runs the machine."""
    if access.account().role not in ("office", "checker") or not running.trouble():
        return []
    text = "系统的设置或运行有问题，现在照原来的设置服务。请告诉系统管理员，原因在服务日志里"
    return [alarms.Alarm("machine", text, "admin.overview")]


def _of_the_end() -> list[alarms.Alarm]:
    """Return which step of the campaign's end is due, for who leads through it."""
    if access.account().role not in ("office", "checker"):
        return []
    return [
        alarms.Alarm("end", said.shown(), "admin.end")
        for said in ending.due(service(), instants.now())
    ]


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
