"""Corrections: asked for by one person, answered by another."""
import hashlib

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import corrections, together
from attribution.rule import instants
from attribution.store import proposals
from attribution.store.engine.database import Row
from attribution.web.console import access, evidence, people, picking, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.evidence import CASES
from attribution.web.console.rows import page_of, whole_number
from attribution.web.console.takeovers import tell_faults
from attribution.web.console.together_pages import preview
from attribution.web.current import service

ANSWERED = 200


@pages.get("/corrections", endpoint="corrections")
@allow("office", "checker")
def correction_list() -> str:
    """Show by person what waits, with its evidence; below it what was answered."""
    waiting, answered = _listed()
    groups = evidence.by_person(waiting)
    offset = whole_number(request.args.get("offset", "0"))
    shown = groups[offset : offset + CASES]
    on = evidence.tables() if shown else None
    cases = [
        evidence.case(
            rows[0]["person"], rows, [evidence.of_proposals([row], on) for row in rows],
            min(row["id"] for row in rows),
        )
        for rows in shown if on is not None
    ]
    others = _others(waiting)
    return render_template(
        "admin/corrections.html", waiting=cases, answered=answered, total=len(waiting),
        page=page_of(offset, len(shown), len(groups), CASES), mine=len(others),
        ticks=sum(row in others for rows in shown for row in rows), most=together.MOST,
        newest=others[-1]["id"] if others else 0, row=request.args.get("row", ""),
        **evidence.words_of_story(),
    )


def _listed() -> tuple[list[Row], list[Row]]:
    """Return the corrections that wait, oldest first, and the newest of the others."""
    here = service()
    with here.store.read() as connection:
        found = proposals.listing(connection, here.campaign.id, everything=True)
    waiting = [row for row in found if row["answer"] is None]
    return waiting, [row for row in found if row["answer"] is not None][: -ANSWERED - 1 : -1]


def _others(waiting: list[Row]) -> list[Row]:
    """Return those of *waiting* that the account did not ask for itself."""
    return [row for row in waiting if not people.is_mine(row["asked_by"], row["at"])]


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
def answer_corrections() -> Response | str:
    """Show what approving or refusing many comes to; and do it, once that was seen."""
    deed = request.form.get("deed", "")
    if deed not in ("approve", "refuse"):
        abort(400)
    ids, note = _ticked(), typed.text("note", 200)
    if not ids:
        access.told("请先勾选要办理的更正。", "problem")
        return redirect(url_for("admin.corrections"))
    corrections.refuse_numbers(note)
    word = "批准" if deed == "approve" else "驳回"
    if not request.form.get("sure"):
        waiting, _ = _listed()
        rows = [row for row in waiting if row["id"] in ids]
        return preview(
            f"{word}更正", rows, deed=deed, note=note, since=True,
            would=evidence.of_proposals(rows, evidence.tables()) if deed == "approve" else None,
            still="归属和数字都不变，这些更正不再等候。", button=f"{word}这 {len(rows)} 条",
            hint="一次办完，每条各有记录；办不成的会说明，不影响其余。",
            action=url_for("admin.answer_corrections"), back=url_for("admin.corrections"),
        )
    done = together.answer_all(
        service().ledger, ids, approve=deed == "approve", answered_by=access.actor(),
        now=instants.now(), note=note,
    )
    access.told(f"{done.done} 条已{'批准并生效' if deed == 'approve' else '驳回'}。")
    tell_faults(done)
    return redirect(url_for("admin.corrections"))


def _ticked() -> list[int]:
    """Return which corrections are meant: the ticked ones, or all of others up to one."""
    if not request.form.get("all"):
        return [
            whole_number(text, 2**63 - 1) for text in request.form.getlist("id")
        ][: together.MOST]
    newest = whole_number(request.form["all"], 2**63 - 1)
    waiting, _ = _listed()
    return [row["id"] for row in _others(waiting) if row["id"] <= newest][: together.MOST]


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
