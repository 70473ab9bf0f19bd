"""The difference ledger: rows of feed files that somebody must look at, one by one or many."""
from flask import Response as FileResponse
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.facts import conflicts, differences, intake
from attribution.facts.report import TO_WORK_OFF
from attribution.faults import Code
from attribution.office import corrections
from attribution.reports import difference_table, exports
from attribution.rule import instants
from attribution.store import difference_rows
from attribution.store.difference_rows import Chosen
from attribution.web.console import access, downloads, typed, words
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import PAGE, page_of, whole_number
from attribution.web.current import service
from qrgen.faults import Fault

CATEGORIES = {key: intake.CATEGORIES[key] for key in TO_WORK_OFF}
FILTERS = ("state", "category", "reason", "batch", "offset")


def _chosen(values: dict[str, str]) -> Chosen:
    state, category = values.get("state", "open"), values.get("category", "")
    state = "" if state == "all" else state
    if state not in ("", *difference_table.STATES) or category not in ("", *CATEGORIES):
        abort(404)
    return Chosen(state, category, values.get("reason", ""), values.get("batch", ""))


@pages.get("/differences", endpoint="differences")
@allow("office", "checker")
def difference_list() -> str:
    """Show a page of the ledger; what is open, unless asked otherwise."""
    values, here = access.remembered("differences", FILTERS), service()
    chosen, campaign = _chosen(values), here.campaign.id
    offset = whole_number(values.get("offset", "0"))
    with here.store.read() as connection:
        rows = difference_rows.page(connection, campaign, chosen, offset=offset, limit=PAGE)
        total = difference_rows.count(connection, campaign, chosen)
        newest = rows[0] if rows and not offset else None
        told = conflicts.told(connection, campaign, rows)
        reasons = difference_rows.reasons(connection, campaign, chosen)
        waiting = difference_rows.count_open(connection, campaign)
    reasons.setdefault(chosen.reason, 0)
    reasons.pop("", None)
    return render_template(
        "admin/differences.html", rows=rows, chosen=values, states=difference_table.STATES,
        state_of=difference_table.state_of, categories=CATEGORIES, reason=words.difference,
        waiting=waiting, page=page_of(offset, len(rows), total), conflicts=told,
        steps=difference_table.STEPS, value=difference_table.value_text, reasons=reasons,
        names={id: unit.name for id, unit in access.snapshot().units.items()}, newest=newest,
        purposes=downloads.PURPOSES,
    )


@pages.post("/differences")
@allow("office", "checker")
def settle_differences() -> Response:
    """Mark the chosen rows, or all that the filter lets through, as dealt with, with one note."""
    note, form = typed.text("note", 200), request.form
    if form.get("deed") == "all":
        corrections.refuse_note(note)
        # Those that stood there when somebody looked: what came since nobody has seen.
        chosen = _chosen({name: form.get(name, "") for name in FILTERS if form.get(name)})
        until = whole_number(form.get("until", ""), 2**63 - 1)
        done = differences.settle_all(
            service().ledger, Chosen("open", chosen.category, chosen.reason, chosen.batch,
                                     until=until),
            note, access.actor(), instants.now(),
        )
        access.told(f"{done} 行已处理。")
        return redirect(url_for("admin.differences"))
    ids = [whole_number(text, 2**63 - 1) for text in form.getlist("id")]
    if not ids:
        access.told("请先勾选要处理的行。", "problem")
        return redirect(url_for("admin.differences"))
    corrections.refuse_note(note)
    done = differences.settle(service().ledger, ids, note, access.actor(), instants.now())
    access.told(f"{done:,} 行已处理。")
    return redirect(url_for("admin.differences"))


@pages.get("/differences/export.<kind>")
@allow("office", "checker")
def difference_download(kind: str) -> FileResponse:
    """Send all rows that the filter lets through."""
    values = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    chosen, here = _chosen(values), service()
    if not downloads.purpose_of():
        raise Fault(Code.PURPOSE_MISSING)
    found = difference_table.rows_of(here.store, here.campaign.id, chosen, exports.REASONS)
    return downloads.send(exports.EXPORTS["differences"], kind, found, values)
