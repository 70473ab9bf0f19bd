"""Claims that wait for a second look."""
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import corrections, together
from attribution.resident import review
from attribution.rule import instants
from attribution.store import console_lists, proposals
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import whole_number
from attribution.web.console.takeovers import tell_faults
from attribution.web.current import service


@pages.get("/held", endpoint="held")
@allow("office", "checker")
def held_claims() -> str:
    """List the claims that wait, the oldest first."""
    here = service()
    with here.store.read() as connection:
        rows = console_lists.held(connection, here.campaign.id)
        total, _ = console_lists.count_held(connection, here.campaign.id)
        open_ones = proposals.listing(connection, here.campaign.id, everything=False)
    names = {id: unit.name for id, unit in access.snapshot().units.items()}
    asked = {row["claim"]: row["asked_by"] for row in open_ones if row["kind"] == "release"}
    return render_template(
        "admin/held.html", rows=rows, total=total, names=names, asked=asked,
        words={**corrections.REASONS, **dict(review.WORDS)},
    )


@pages.post("/held")
@allow("office", "checker")
def ask_releases() -> Response:
    """Ask that the ticked claims be released, with one reason; somebody else approves."""
    here, form = service(), request.form
    note = typed.text("note", 200)
    claims = [whole_number(text, 2**63 - 1) for text in form.getlist("id")][: together.MOST]
    if not claims:
        access.told("请先勾选要放行的登记。", "problem")
        return redirect(url_for("admin.held"))
    done = together.ask_all(
        here.ledger, "release", claims, reason="review", note=note, asked_by=access.actor(),
        now=instants.now(),
    )
    if done.done:
        access.told(f"已提出放行 {done.done} 条登记，请另一个人在“更正”里批准。")
    tell_faults(done)
    return redirect(url_for("admin.held"))
