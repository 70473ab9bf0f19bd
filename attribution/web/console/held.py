"""Claims that wait for a decision."""
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution import instants, reviews
from attribution.store import lists
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.public import service


@pages.get("/held", endpoint="held")
@allow("office", "checker")
def held_claims() -> str:
    """List the claims that wait, the oldest first."""
    here = service()
    with here.store.read() as connection:
        rows = lists.held(connection, here.campaign.id)
    names = {id: unit.name for id, unit in access.snapshot().units.items()}
    return render_template("admin/held.html", rows=rows, names=names)


@pages.post("/held/<int:claim>")
@allow("office", "checker")
def decide_claim(claim: int) -> Response:
    """Release a claim, or hold it."""
    here, now = service(), instants.now()
    kind = request.form.get("kind", "")
    if kind not in reviews.KINDS:
        abort(400)
    note = request.form.get("note", "").strip()[:200]
    done = reviews.decide(
        here.store, here.campaign, claim, kind, now, access.account().name, note
    )
    if done:
        access.record("claim_release" if kind == "released" else "claim_hold", str(claim))
        access.told(f"已{'放行' if kind == 'released' else '暂缓'}，归属已重新判定。")
    else:
        access.told("这条登记已经处理过了。", "problem")
    return redirect(url_for("admin.held"))
