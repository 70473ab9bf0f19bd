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
from attribution.store.engine.database import Row
from attribution.web.console import access, downloads, evidence, typed, words
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import PAGE, page_of, whole_number
from attribution.web.current import service
from qrgen.faults import Fault

CATEGORIES = {key: intake.CATEGORIES[key] for key in TO_WORK_OFF}
# Of the open ones, each with its person's story.
AS_CASES = 20
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
    """Show a page of the ledger: what is open by person with the evidence, else as a table."""
    values, here = access.remembered("differences", FILTERS), service()
    chosen, campaign = _chosen(values), here.campaign.id
    size = AS_CASES if chosen.state == "open" else PAGE
    offset = whole_number(values.get("offset", "0"))
    with here.store.read() as connection:
        rows = difference_rows.page(connection, campaign, chosen, offset=offset, limit=size)
        total = difference_rows.count(connection, campaign, chosen)
        newest = rows[0] if rows and not offset else None
        told = conflicts.told(connection, campaign, rows)
        reasons = difference_rows.reasons(connection, campaign, chosen)
        waiting = difference_rows.count_open(connection, campaign)
        said = difference_rows.words(connection, campaign, [row["id"] for row in rows])
    reasons.setdefault(chosen.reason, 0)
    reasons.pop("", None)
    known = [row for row in rows if row["person"]]
    return render_template(
        "admin/differences.html", rows=rows, chosen=values, states=difference_table.STATES,
        state_of=difference_table.state_of, categories=CATEGORIES, reason=words.difference,
        waiting=waiting, page=page_of(offset, len(rows), total, size), conflicts=told,
        steps=difference_table.STEPS, value=difference_table.value_text, why=reasons,
        newest=newest, purposes=downloads.PURPOSES, said=_by_difference(said),
        cases=[
            evidence.case(mine[0]["person"], mine) for mine in evidence.by_person(known)
        ] if chosen.state == "open" else [],
        nobodys=[row for row in rows if not row["person"]], **evidence.words_of_story(),
    )


def _by_difference(said: list[Row]) -> dict[int, list[Row]]:
    """Return what was said of each, where more was said than one word that stands."""
    found: dict[int, list[Row]] = {}
    for row in said:
        found.setdefault(row["difference"], []).append(row)
    return {id: rows for id, rows in found.items() if len(rows) > 1}


@pages.post("/differences")
@allow("office", "checker")
def settle_differences() -> Response:
    """
    Mark rows as dealt with, or as open again, with one note.

    Those that are named, or all that the filter lets through.
    """
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
    if form.get("deed") == "reopen":
        done = differences.reopen(service().ledger, ids, note, access.actor(), instants.now())
        access.told(f"{done:,} 行重新打开，又列为待查。")
        return redirect(url_for("admin.differences", state="open"))
    done = differences.settle(service().ledger, ids, note, access.actor(), instants.now())
    access.told(f"{done:,} 行已处理。办错了的，在“已处理”里可以重新打开。")
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
