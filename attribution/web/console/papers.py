"""Paper that is wrong by now: whose, why, printed when; and that the new one hangs in its place."""
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import paper
from attribution.rule import instants
from attribution.web.console import access, previews
from attribution.web.console.access import allow, pages
from attribution.web.current import service

PRINTERS = ("office", "area", "department", "bank")


@pages.get("/paper", endpoint="paper")
@allow(*PRINTERS)
def old_paper() -> str:
    """List the old paper of the units one may see."""
    only = access.visible()
    found = [
        one for one in paper.wrong(service().ledger, instants.now())
        if only is None or one.unit in only
    ]
    names = {id: unit.name for id, unit in access.snapshot().units.items()}
    common = paper.common(found)
    return render_template(
        "admin/paper.html", rows=found, common=previews.paper_words(common, names),
        why=lambda these: previews.paper_words((d for d in these if d not in common), names),
        to_print=[one.unit for one in found if one.state == "active" and one.anew is None],
    )


@pages.post("/paper", endpoint="mark_paper")
@allow(*PRINTERS)
def mark_paper() -> Response:
    """Note that the old paper of the ticked units is down, and the new one hangs."""
    units = request.form.getlist("unit")
    for id in units:
        access.unit_or_404(id)
    if not units:
        access.told("请先勾选已经换下旧海报的单位。", "problem")
        return redirect(url_for("admin.paper"))
    count = paper.mark_hung(service().ledger, units, instants.now(), access.actor())
    access.told(f"{count:,} 个单位记为已换新海报。")
    return redirect(url_for("admin.paper"))
