"""Corrections: asked for by one person, answered by another."""
import hashlib

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import corrections, together
from attribution.rule import instants
from attribution.store import proposals
from attribution.web.console import access, picking, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.rows import whole_number
from attribution.web.console.takeovers import tell_faults
from attribution.web.current import service

KINDS = {
    "reassign": "改归属", "reverse": "撤销归属", "restore": "恢复判定", "hold": "暂缓登记",
    "release": "放行登记",
}


@pages.get("/corrections", endpoint="corrections")
@allow("office", "checker")
def correction_list() -> str:
    """List the corrections, those nobody has answered first."""
    here = service()
    with here.store.read() as connection:
        found = proposals.listing(connection, here.campaign.id, everything=True)
    found.sort(key=lambda row: (row["answer"] is not None, -row["id"]))
    names = access.unit_names()
    return render_template(
        "admin/corrections.html", rows=found[:200], kinds=KINDS, reasons=corrections.REASONS,
        row=request.args.get("row", ""), names=names,
    )


@pages.post("/corrections")
@allow("office")
def ask_correction() -> Response:
    """Ask for a correction."""
    here, form = service(), request.form
    to_unit = picking.unit("to_unit", required=form.get("kind") == "reassign")
    corrections.ask(
        here.ledger, form.get("kind", ""),
        # A # stands before it in a download.
        whole_number(form.get("row", "").strip().removeprefix("#"), 2**63 - 1),
        reason=form.get("reason", ""), note=typed.text("note", 500),
        asked_by=access.actor(), now=instants.now(),
        to_unit=to_unit or None, attachment=_attachment(),
    )
    access.told("已提出，请另一个人批准。")
    back = access.local_target(form.get("back", ""))
    return redirect(back or url_for("admin.corrections"))


def _attachment() -> str | None:
    """Return the SHA-256 of the paper that came along; the paper is not kept."""
    file = request.files.get("attachment")
    if file is None or not file.filename:
        return None
    digest = hashlib.sha256()
    while block := file.stream.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


@pages.post("/corrections/answers")
@allow("office", "checker")
@proven
def answer_corrections() -> Response:
    """Approve or refuse many that somebody else asked for."""
    deed = request.form.get("deed", "")
    if deed not in ("approve", "refuse"):
        abort(400)
    ids = [whole_number(text, 2**63 - 1) for text in request.form.getlist("id")]
    if not ids:
        access.told("请先勾选要办理的更正。", "problem")
        return redirect(url_for("admin.corrections"))
    done = together.answer_all(
        service().ledger, ids[: together.MOST], approve=deed == "approve",
        answered_by=access.actor(), now=instants.now(), note=typed.text("note", 200),
    )
    word = "批准并生效" if deed == "approve" else "驳回"
    access.told(f"{done.done} 条已{word}。")
    tell_faults(done)
    return redirect(url_for("admin.corrections"))


@pages.post("/corrections/<int:id>")
@allow("office", "checker")
@proven
def answer_correction(id: int) -> Response:
    """Approve or refuse what somebody else asked for."""
    here, deed = service(), request.form.get("deed", "")
    if deed not in ("approve", "refuse"):
        abort(400)
    done = corrections.answer(
        here.ledger, id, approve=deed == "approve",
        answered_by=access.actor(), now=instants.now(),
        note=typed.text("note", 200),
    )
    if deed == "approve":
        access.told(f"已批准并生效：归属 {done.before or '无'} → {done.after or '无'}。")
    else:
        access.told("已驳回，归属没有变化。")
    return redirect(url_for("admin.corrections"))
