"""
The campaign's settings on the console: what they are, who changed them, and each group changed.

As with units: a form, what would come of it, then the deed or the question to a second person.
Dates and rule judge everybody by one version, so their preview says who would gain and lose.
"""
import json

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import campaign_deeds, requests
from attribution.papers.how_named import LAW
from attribution.rule import instants
from attribution.store import setting_log
from attribution.web.console import access, campaign_forms, change_words, previews
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.campaign_forms import GROUPS
from attribution.web.current import service
from qrgen.campaign import Problem
from qrgen.faults import Fault
from qrgen.registry import RegistryError

# How many changes the history shows, newest first.
LISTED = 200
_SHOWN = (
    "title", "short_title", "document", "issuer", "start", "end", "mark_time", "settle_end",
    "policy", "grades", "mode", "hotline", "stages", "goals", "naming", "ranking",
)


@pages.get("/campaign", endpoint="campaign")
@allow("office", "checker")
def campaign() -> str:
    """Show the settings, and each change of them from what to what."""
    here = service()
    with here.store.read() as connection:
        settings = setting_log.read(connection, here.campaign.id)
        rows = setting_log.rows(connection, here.campaign.id)
    first = rows[0]["revision"] if rows else 0
    changed = [row for row in reversed(rows) if row["revision"] != first]
    history = [
        (row, change_words.setting_name(row["setting"]), *(
            change_words.setting_value(
                row["setting"], None if row[side] is None else json.loads(row[side])
            ) for side in ("before", "after")
        )) for row in changed[:LISTED]
    ]
    shown = [
        (change_words.setting_name(name), change_words.setting_value(name, settings.get(name)))
        for name in _SHOWN
    ]
    return render_template(
        "admin/campaign.html", shown=shown, groups=GROUPS, history=history,
        left=max(0, len(changed) - LISTED),
    )


@pages.get("/campaign/<group>", endpoint="campaign_form")
@allow("office")
def campaign_form(group: str) -> str:
    """Ask what is to change of one group of settings."""
    return _form(group)


@pages.post("/campaign/<group>", endpoint="preview_campaign")
@allow("office")
def preview_campaign(group: str) -> str | tuple[str, int]:
    """Show what would come of it: from what to what, who gains and who loses, whose paper."""
    settings, now = _settings(group), instants.now()
    try:
        wanted = campaign_forms.values(group, settings)
        if not wanted:
            return _form(group, "没有改动。"), 400
        made = campaign_deeds.preview_set(service().ledger, wanted, now)
    except RegistryError as fault:
        problem = f"这样改，活动有 {len(fault.problems)} 处不对。什么都没有改。"
        return _form(group, problem, list(map(_in_words, fault.problems[:50]))), 400
    except Fault as fault:
        return _form(group, fault.shown()), 400
    return render_template(
        "admin/campaign_preview.html", group=group, title=GROUPS[group].title,
        seen=previews.of_settings(made), wanted=json.dumps(wanted, ensure_ascii=False),
        kinds=change_words.SHOWN_KINDS, reason=previews.reason,
    )


@pages.post("/campaign/<group>/do", endpoint="do_campaign")
@allow("office")
@proven
def do_campaign(group: str) -> Response:
    """Do what was shown; or ask for it, where it takes two."""
    _settings(group)
    here, now = service(), instants.now()
    try:
        wanted = json.loads(request.form.get("wanted", ""))
    except ValueError:
        abort(400)
    if not isinstance(wanted, dict) or not all(
        campaign_forms.belongs(group, name) for name in wanted
    ):
        abort(400)
    if access.two_needed():
        campaign_deeds.preview_set(here.ledger, wanted, now)  # what is not sound is not asked for
        requests.ask(
            here.ledger, "campaign", f"campaign {here.campaign.id}", {"values": wanted},
            asked_by=access.actor(), now=now,
        )
        access.told("已提出，要另一个人在“两人办理”里批准后才生效。")
        return redirect(url_for("admin.requests"))
    campaign_deeds.set_values(here.ledger, access.actor(), wanted, now)
    here.follow()
    here.keep_folder()
    access.told("活动设置已改，各页面和海报马上按新的来。")
    return redirect(url_for("admin.campaign"))


def _form(group: str, problem: str = "", more: list[str] | None = None) -> str:
    settings = _settings(group)
    return render_template(
        "admin/campaign_form.html", group=group, title=GROUPS[group].title,
        aim=GROUPS[group].aim, settings=settings, forms=campaign_forms, words=change_words,
        typed=request.form, problem=problem, more=more or [], law=LAW,
    )


def _in_words(problem: Problem) -> str:
    """Return what is wrong, without the line of a file that there is none, and by our names."""
    key = problem.data.get("key")
    told = problem.shown()
    return told.replace(key, change_words.setting_name(key)) if isinstance(key, str) else told


def _settings(group: str) -> dict[str, object]:
    if group not in GROUPS:
        abort(404)
    here = service()
    with here.store.read() as connection:
        return setting_log.read(connection, here.campaign.id)
