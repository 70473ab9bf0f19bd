"""The first page: goal and pace, funnel, trend, stages, alarms."""
from flask import render_template

from attribution import alarms, instants, reports
from attribution.instants import day_of, from_datetime, local_text, to_datetime
from attribution.web.console import access, charts
from attribution.web.console.access import allow, pages
from attribution.web.public import service

TREND_DAYS = 30


@pages.get("/")
@allow(*access.EVERYBODY)
def overview() -> str:
    """Show where the campaign (or one's part of it) stands."""
    here, now, only = service(), instants.now(), access.visible()
    campaign = here.campaign
    period = reports.last_days(now, 7)
    table = reports.by_area(here.store, campaign.id, period=period, only=only)
    pace = reports.pace(campaign, now)
    start = day_of(from_datetime(campaign.start))
    since, until = reports.last_days(min(now, from_datetime(campaign.end) - 1), TREND_DAYS)
    days = reports.trend(here.store, campaign.id, max(since, start), until, only=only)
    spans, today = charts.timeline(campaign, to_datetime(now).date())
    total = table.total
    gap = total.gap(pace.share)
    expected = pace.expected(total.target or 0)
    return render_template(
        "admin/overview.html", total=total, pace=pace, gap=gap, gap_word=reports.gap_word(gap),
        expected=expected, bars=charts.bars(reports.funnel(total.counts)),
        panels=charts.panels(days), spans=spans, today=today,
        alarms=alarms.find(here.store, campaign, now, only), until=local_text(now)[:16],
        best=sorted(
            (line for line in table.lines if line.rank is not None),
            key=lambda line: line.rank or 0,
        )[:5],
    )
