"""Which claims lapse next, and how many credits they could still become: before it happens."""
from flask import render_template

from attribution.resident import lapsing
from attribution.rule import instants
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.current import service


@pages.get("/lapsing", endpoint="lapsing")
@allow("office", "checker")
def lapsing_claims() -> str:
    """Show when the next claims lapse, whose, and what they wait for."""
    here = service()
    with here.store.read() as connection:
        next_ones = lapsing.upcoming(connection, here.campaign, instants.now())
    units = access.snapshot().units
    rows = [
        (id, units[id].name if id in units else "", persons, next_ones.credits[id])
        for id, persons in sorted(next_ones.persons.items())
    ]
    rows.sort(key=lambda row: -row[3])
    return render_template(
        "admin/lapsing.html", next=next_ones, rows=rows, kept=lapsing.KEPT, day=instants.DAY,
        earliest=lapsing.earliest(here.campaign),
    )
