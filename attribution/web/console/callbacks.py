"""Claims taken at counters: how many where, and asking some of the customers afterwards."""
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import callbacks
from attribution.rule import instants
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages
from attribution.web.current import service


@pages.get("/callbacks", endpoint="callbacks")
@allow("office", "checker")
def callback_list() -> str:
    """Show whom to ask, and what was said."""
    here = service()
    sample = here.settings.resident.review.counter_sample
    found = callbacks.drawn(here.ledger, here.settings.person_pepper, sample, instants.now())
    return render_template(
        "admin/callbacks.html", rows=found, taken=callbacks.by_unit(here.ledger, found),
        names={id: unit.name for id, unit in access.snapshot().units.items()},
        outcomes=callbacks.OUTCOMES, sample=sample,
    )


@pages.post("/callbacks/<int:claim>")
@allow("office", "checker")
def answer_callback(claim: int) -> Response:
    """Keep what the customer said."""
    outcome = request.form.get("outcome", "")
    callbacks.answer(
        service().ledger, claim, outcome, typed.text("note", 200), by=access.actor(),
        now=instants.now(),
    )
    more = "请在“更正”里提出暂缓这条登记，由另一个人批准。" if outcome == "denies" else ""
    access.told(f"已记下。{more}")
    return redirect(url_for("admin.callbacks"))
