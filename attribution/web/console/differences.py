"""The difference ledger: rows of feed files that somebody must look at, worked off one by one."""
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.facts import differences, intake
from attribution.facts.survey import TO_WORK_OFF
from attribution.office import corrections
from attribution.rule import instants
from attribution.store import feed_batches
from attribution.web.console import access, typed, words
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import PAGE, page_of, whole_number
from attribution.web.current import service

STATES = {"open": "待查", "done": "已处理"}
CATEGORIES = {key: intake.CATEGORIES[key] for key in TO_WORK_OFF}
FILTERS = ("state", "category", "batch", "offset")


@pages.get("/differences", endpoint="differences")
@allow("office", "checker")
def difference_list() -> str:
    """Show a page of the ledger; what is open, unless asked otherwise."""
    chosen, here = access.remembered("differences", FILTERS), service()
    state = chosen.get("state", "open")
    state = "" if state == "all" else state
    category = chosen.get("category", "")
    if state not in ("", *STATES) or category not in ("", *CATEGORIES):
        abort(404)
    offset = whole_number(chosen.get("offset", "0"))
    with here.store.read() as connection:
        rows, total = feed_batches.difference_page(
            connection, here.campaign.id, state=state, category=category,
            batch=chosen.get("batch", ""), offset=offset, limit=PAGE,
        )
        waiting = feed_batches.count_open_differences(connection, here.campaign.id)
    return render_template(
        "admin/differences.html", rows=rows, chosen=chosen, states=STATES,
        categories=CATEGORIES, reason=words.difference, waiting=waiting,
        page=page_of(offset, len(rows), total),
    )


@pages.post("/differences")
@allow("office", "checker")
def settle_differences() -> Response:
    """Mark the chosen rows as dealt with, with one note."""
    note = typed.text("note", 200)
    ids = [whole_number(text, 2**63 - 1) for text in request.form.getlist("id")]
    if not ids:
        access.told("请先勾选要处理的行。", "problem")
        return redirect(url_for("admin.differences"))
    corrections.refuse_note(note)
    done = differences.settle(service().ledger, ids, note, access.actor(), instants.now())
    access.told(f"{done:,} 行已处理。")
    return redirect(url_for("admin.differences"))
