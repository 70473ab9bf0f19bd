"""The rest of a campaign, field by field, kept as it is typed."""
from typing import Any

from flask import Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution.office import campaign_form
from attribution.office.campaign_form import Filled
from attribution.office.new_units import UnitsTable
from attribution.upkeep import setting_up
from attribution.upkeep.setting_up import KeptDraft
from attribution.web.setup.common import pages, say, setting, typed
from attribution.web.setup.words import LABELS
from qrgen.artwork import SUFFIXES
from qrgen.faults import Fault
from qrgen.pictures import check_picture


@pages.get("/form")
def show() -> str:
    """Show the form with what was typed so far."""
    here = setting()
    draft = here.drafts.read()
    asked = request.args.get("look") == "1"
    return _page(draft, here.filled(draft), asked=asked)


@pages.post("/form")
def keep() -> BaseResponse | Response:
    """Keep what was typed; answer a script with what is wrong, anybody else with a page."""
    here = setting()
    there = here.drafts.read()
    form = typed()
    if "logo" in there.form:
        form["logo"] = there.form["logo"]
    if told := setting_up.told_address(here.instance):
        form["address"] = told
    wrong = _take_logo(form)
    form.pop("go", "")
    form.pop("drop_logo", "")
    draft = here.drafts.keep(form=form)
    here.on_change()
    if request.headers.get("Accept") == "application/json":
        found = {**here.filled(draft).wrong, **wrong}
        return jsonify(
            revision=draft.revision,
            wrong={name: say(one) for name, one in found.items() if one != "needed"},
            missing=[name for name, one in found.items() if one == "needed"],
        )
    if wrong:
        return redirect(url_for("setup.show", look=1, logo=1))
    if request.form.get("go") == "on":
        return redirect(url_for("setup.sum_up"))
    return redirect(url_for("setup.show", look=1))


def _take_logo(form: dict[str, str]) -> dict[str, Any]:
    """Keep the picture that was sent; return what is wrong with it."""
    here, sent = setting(), request.files.get("logo")
    if "drop_logo" in request.form:
        form.pop("logo", None)
    if sent is None or not sent.filename:
        return {}
    suffix = "." + sent.filename.rpartition(".")[2].lower()
    if suffix not in SUFFIXES:
        return {"logo": "no_picture"}
    name = f"logo{suffix}"
    path = here.drafts.folder / f"new-{name}"
    sent.save(path)
    try:
        check_picture(path)
    except Fault as fault:
        path.unlink()
        return {"logo": fault}
    path.replace(here.drafts.folder / name)
    form["logo"] = name
    return {}


def _page(draft: KeptDraft, filled: Filled, *, asked: bool) -> str:
    told = setting_up.told_address(setting().instance)
    table = UnitsTable.of(draft.table)
    usual = {
        **campaign_form.usual(table.understood() if table else None),
        "address": told or request.host_url.rstrip("/"),
    }
    values = {**usual, **draft.form} if draft.form else usual
    wrong = {
        name: say(one) for name, one in filled.wrong.items()
        if draft.form and (one != "needed" or asked)
    }
    if request.args.get("logo") == "1":
        wrong["logo"] = "这个文件不能用作标志：请用 PNG、JPEG 或 SVG 图片，5000 万像素以内。"
    return render_template(
        "setup/form.html", values=values, wrong=wrong, draft=draft, labels=LABELS,
        form=campaign_form, address_told=told is not None,
    )

