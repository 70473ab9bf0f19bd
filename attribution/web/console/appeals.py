"""Appeals: a unit files one, the office or the checker looks into it and decides."""
from dataclasses import replace

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import appeals
from attribution.rule import instants
from attribution.store import appeal_log as kept
from attribution.store.engine.database import Row
from attribution.web.console import access, evidence, picking, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.evidence import KINDS
from attribution.web.console.rows import whole_number
from attribution.web.current import service

FILING = ("office", "area", "department", "bank")


@pages.get("/appeals", endpoint="appeals")
@allow("checker", *FILING)
def appeal_list() -> str:
    """List the appeals one may see, those nobody has decided first."""
    here, only = service(), access.visible()
    with here.store.read() as connection:
        rows = kept.listing(connection, here.campaign.id, only)
    return render_template(
        "admin/appeals.html", rows=rows, names=_names(),
        about=typed.text("about", 60, request.args),
        own=next(iter(sorted(access.account().scopes)), ""),
        units=[
            unit for unit in access.snapshot().units.values()
            if unit.closed_at is None and (only is None or unit.id in only)
        ],
    )


@pages.post("/appeals")
@allow(*FILING)
def file_appeal() -> Response:
    """File an appeal for a unit of one's own."""
    unit = picking.unit("unit", required=True)
    appeals.file(
        service(), unit, typed.text("about", 60), typed.text("note", 500),
        access.actor(), instants.now(),
    )
    access.told("申诉已提交，县专班或复核员核实后，结果显示在本页。")
    return redirect(url_for("admin.appeals"))


@pages.get("/appeals/<int:id>")
@allow("office", "checker")
def appeal(id: int) -> str:
    """Show whom an appeal may mean, and offer to decide it."""
    row = _appeal(id)
    found = appeals.people(service(), row["about"])
    on = evidence.tables() if found and not row["answer"] else None
    cases = []
    for one in found[: evidence.CASES]:
        case = evidence.case(one.person, since=0 if row["answer"] else id, row=one.row)
        woulds = evidence.choices(case.told, on, [row["unit"]]) if on else []
        cases.append(replace(case, woulds=woulds))
    return render_template(
        "admin/appeal.html", row=row, cases=cases, more=len(found) - len(cases),
        askable={key: KINDS[key] for key in ("reassign", "reverse", "restore")},
        **evidence.words_of_story(),
    )


@pages.post("/appeals/<int:id>")
@allow("office", "checker")
@proven
def decide_appeal(id: int) -> Response:
    """Uphold an appeal, which asks for a correction; or refuse it."""
    row, form = _appeal(id), request.form
    deed = form.get("deed", "")
    if deed not in ("uphold", "refuse"):
        abort(400)
    uphold = deed == "uphold"
    kind = form.get("kind", "")
    proposal = appeals.decide(
        service(), row["id"], uphold=uphold, note=typed.text("note", 500),
        answered_by=access.actor(), now=instants.now(),
        row=whole_number(form.get("row", ""), 2**63 - 1) if uphold else 0, kind=kind,
        to_unit=picking.unit("to_unit", required=True) if uphold and kind == "reassign" else None,
    )
    if proposal:
        access.told("申诉成立，已提出更正，请另一个人在“更正”里批准。")
    else:
        access.told("申诉已驳回，归属没有变化。")
    return redirect(url_for("admin.appeals"))


def _appeal(id: int) -> Row:
    here = service()
    with here.store.read() as connection:
        row = kept.get(connection, here.campaign.id, id)
    if row is None:
        abort(404)
    return row


def _names() -> dict[str, str]:
    return {id: unit.name for id, unit in access.snapshot().units.items()}
