"""Claims that wait for a second look."""
from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from attribution.office import corrections
from attribution.resident import review
from attribution.rule import instants
from attribution.store import console_lists, proposals
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages
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


@pages.post("/held/<int:claim>")
@allow("office", "checker")
def ask_release(claim: int) -> Response:
    """Ask that a claim be released; somebody else approves it."""
    here = service()
    corrections.ask(
        here.ledger, "release", claim, reason="review",
        note=typed.text("note", 200), asked_by=access.actor(),
        now=instants.now(),
    )
    access.told("已提出放行，请另一个人在“更正”里批准。")
    return redirect(url_for("admin.held"))
