"""
Units changed from the console: added, closed, merged, renamed, replaced, targets moved.

A form, what would come of it, then the deed; where two are needed, a question to the second
person, who sees the same preview. The shell's commands do the same deeds.
"""
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import requests, unit_deeds
from attribution.rule import instants
from attribution.rule.instants import day_of
from attribution.web.console import access, change_words, previews, unit_forms
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.picking import Unpicked
from attribution.web.current import service
from qrgen.faults import Fault

# What each page says it is for.
_FOR = {
    "add": "文件下来多了一个单位、部门或网点：给它新编号、新码。",
    "close": "不再参加。它以前的成绩不变，旧海报扫码后不再登记。",
    "merge": "撤并乡镇、合并部门。旧海报扫码后转到并入的单位，以前的成绩不变。",
    "rename": "还是这个单位，只是换了名称：编号和码不变。",
    "replace": "换成另一家（如换了银行网点）：用新编号、新码，成绩各算各的。",
    "target": "改乡镇（社区）或对接明细的指导任务数。",
}


@pages.get("/units-change/<deed>", endpoint="unit_change")
@allow("office")
def unit_change(deed: str) -> str:
    """Ask what is to change."""
    return _form(deed)


@pages.post("/units-change/<deed>", endpoint="preview_unit_change")
@allow("office")
def preview_unit_change(deed: str) -> str | tuple[str, int]:
    """Show what would come of it."""
    _known(deed)
    try:
        payload = unit_forms.payload(deed)
        seen = previews.of_deed(deed, payload, instants.now())
    except Unpicked:
        return _form(deed), 400
    except Fault as fault:
        return _form(deed, fault.shown()), 400
    names = {id: unit.name for id, unit in access.snapshot().units.items()}
    return render_template(
        "admin/unit_preview.html", deed=deed, title=change_words.DEEDS[deed], seen=seen,
        line=change_words.deed_line(deed, payload, names), carried=unit_forms.carried(),
        kinds=change_words.SHOWN_KINDS, reason=previews.reason,
    )


@pages.post("/units-change/<deed>/do", endpoint="do_unit_change")
@allow("office")
@proven
def do_unit_change(deed: str) -> Response:
    """Do it; or ask for it, where it takes two."""
    _known(deed)
    here, now = service(), instants.now()
    payload = unit_forms.payload(deed)
    made = unit_deeds.preview(here.ledger, deed, payload, now)
    units = [edit.unit for edit in made.edits]
    subject = f"unit {units[0]}" if len(units) == 1 else f"units {'、'.join(units[:20])}"
    if access.two_needed():
        requests.ask(
            here.ledger, "units", subject, {"deed": deed, "payload": payload},
            asked_by=access.actor(), now=now,
        )
        access.told("已提出，要另一个人在“两人办理”里批准后才生效。")
        return redirect(url_for("admin.requests"))
    made = unit_deeds.do(here.ledger, access.actor(), deed, payload, now)
    here.follow()
    here.keep_folder()
    access.told(f"已办：{change_words.DEEDS[deed]}（{'、'.join(units[:6])}），各页面和海报马上按新的来。")
    return redirect(url_for("admin.paper" if _touches_paper(deed) else "admin.units"))


def _touches_paper(deed: str) -> bool:
    return deed != "target"


def _form(deed: str, problem: str = "") -> str:
    _known(deed)
    typed: Any = request.form if request.method == "POST" else request.args
    rows = list(zip(typed.getlist("unit"), typed.getlist("target"), strict=False))
    if deed == "target" and not rows:
        rows = [(unit, "") for unit in typed.getlist("unit")]
    return render_template(
        "admin/unit_change.html", deed=deed, title=change_words.DEEDS[deed], aim=_FOR[deed],
        kinds=change_words.SHOWN_KINDS, typed=typed, problem=problem,
        links=service().campaign.links,
        rows=rows + [("", "")] * max(0, unit_forms.ROWS - len(rows)),
        today=instants.local_text(instants.now())[:10], day=day_of(instants.now()),
    )


def _known(deed: str) -> None:
    if deed not in unit_forms.DEEDS:
        abort(404)
