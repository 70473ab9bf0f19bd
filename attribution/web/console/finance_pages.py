"""
The survey points of stage 4: scans and ways out to the platform, by point, area and bank.

The office sees all, a bank the points that it docks with, an area those in it. What residents
need is the platform's: nothing of anybody stands here.
"""
from flask import abort, render_template, request

from attribution.reports import finance_points
from attribution.rule.instants import day_of
from attribution.web.console import access, days
from attribution.web.console.access import allow, pages
from attribution.web.current import service


@pages.get("/finance", endpoint="finance")
@allow(*access.EVERYBODY)
def show() -> str:
    """Show the points that one may see, and their sums, over the days that are chosen."""
    here = service()
    chosen = {name: request.args[name] for name in ("since", "to") if request.args.get(name)}
    try:
        since, until = days.bounds(chosen)
    except ValueError:
        abort(404)
    table = finance_points.read(
        here.store, here.campaign.id,
        0 if since is None else day_of(since),
        99_999_999 if until is None else day_of(until - 1) + 1, only=access.visible(),
    )
    return render_template(
        "admin/finance.html", table=table, between=days.fields(chosen), chosen=chosen,
        leads=[
            link for key, link in here.campaign.links.items()
            if any(unit.link == key for unit in access.snapshot().units.values() if unit.is_point)
        ],
    )
