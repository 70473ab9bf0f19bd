"""
The county's goals with their pace, and what surveys counted in each area.

The ledger counts one goal itself; the rest somebody states with day and source, and the page
says so at every number.
"""
from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from attribution.faults import Code
from attribution.office import stated_figures
from attribution.office.stated_figures import BASES, LONGEST_SOURCE, Figure
from attribution.reports import goals
from attribution.rule import instants
from attribution.rule.instants import day_of
from attribution.store import figure_log as kept
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages
from attribution.web.current import service
from qrgen.faults import Fault

_SHOWN = 50


@pages.get("/goals", endpoint="goals")
@allow("office", "checker", "viewer")
def show() -> str:
    """Show how each goal stands, each area's survey, and who stated what."""
    here, now = service(), instants.now()
    stands, bases = goals.read(here.store, here.campaign, now)
    with here.store.read() as connection:
        history = kept.history(connection, here.campaign.id)
    labels = {goal.key: goal.label for goal in here.campaign.goals} | BASES
    return render_template(
        "admin/goals.html", stands=stands, bases=bases, history=history[:_SHOWN],
        more=len(history) - _SHOWN, labels=labels, longest=LONGEST_SOURCE,
        stated=[one.goal for one in stands if one.goal.key != goals.COUNTED],
        counted=[one.goal.label for one in stands if one.goal.key == goals.COUNTED],
        names={id: unit.name for id, unit in access.snapshot().units.items()},
    )


@pages.post("/goals")
@allow("office")
def state_goal() -> Response:
    """Keep how one goal stands."""
    now = instants.now()
    text = typed.text("number", 20).replace(",", "").replace("，", "")
    if not text.isdecimal():
        raise Fault(Code.FIGURE_NUMBER, status=2)
    figure = Figure(
        typed.text("subject", 40), "", typed.day("day") or day_of(now), int(text),
        typed.text("source", LONGEST_SOURCE),
    )
    stated_figures.state(service().ledger, [figure], now, access.actor())
    access.told("已记下。")
    return redirect(url_for("admin.goals"))


@pages.post("/goals/survey", endpoint="take_survey")
@allow("office")
def take_survey() -> Response:
    """Take in the table of a survey, all of it or nothing."""
    now = instants.now()
    with typed.table_file("survey") as path:
        if path is None:
            access.told("请选择调查摸底表。", "problem")
            return redirect(url_for("admin.goals"))
        taken = stated_figures.take(
            service().ledger, path, now, access.actor(), day=typed.day("day") or day_of(now),
            source=typed.text("source", LONGEST_SOURCE),
        )
    access.told(f"已导入 {len(taken.figures):,} 个数。")
    return redirect(url_for("admin.goals"))

