"""What takes two people and waits, what became of the rest, and the second person's answer."""
import json
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import accounts, agreed, campaign_deeds, requests, unit_requests
from attribution.office.unit_plans import Edit
from attribution.rule import instants
from attribution.rule.instants import Instant, day_of
from attribution.store import hands, person_history, request_log, setting_log, unit_log
from attribution.store.engine.database import Row
from attribution.two_people import APPROVERS, Question, barred
from attribution.upkeep import ending
from attribution.web.console import (
    access,
    account_evidence,
    audit_words,
    change_words,
    evidence,
    previews,
    typed,
)
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.audit_words import subject_text
from attribution.web.console.previews import Preview
from attribution.web.current import service
from qrgen.faults import Fault

STATES = {"approved": "已批准", "refused": "已驳回", "taken_back": "已收回"}
_NAMES = {"role": "角色", "units": "单位", "row": "流水号"}
# Of these what they come to is worked out on a page of its own, before they can be agreed to.
PREVIEWED = ("units", "campaign")
# Waiting ones on a page of the list, each with what it rests on.
SHOWN = 20


@pages.get("/requests", endpoint="requests")
@allow("office", "checker", "accounts")
def request_list() -> str:
    """List what was asked: all of it, or what one's own role may ask for."""
    return _page({})


@pages.get("/requests/<int:id>")
@allow("office", "checker")
def request_page(id: int) -> str | Response:
    """Show what one request would come to if it were agreed to now."""
    here, now = service(), instants.now()
    with here.store.read() as connection:
        row = request_log.get(connection, here.campaign.id, id)
        known = hands.everything(connection)
    if row is None:
        abort(404)
    if row["kind"] == ending.REQUEST and row["answer"] is None:
        return redirect(url_for("admin.end"))
    seen, problem = None, ""
    if row["answer"] is None and row["kind"] in PREVIEWED:
        try:
            seen = _preview(row, now)
        except Fault as fault:
            problem = fault.shown()
    why = barred(known, Question(row["asked_by"], row["at"]), access.account().name, now)
    return render_template(
        "admin/request.html", since=_since(row), row=row, seen=seen, problem=problem,
        wanted=_wanted(row),
        title=requests.NAMES[row["kind"]], states=STATES,
        reason=previews.reason, why=why.shown() if why and access.two_needed() else "",
        seen_of=_evidence([row]), deeds=account_evidence.DEEDS,
        previewed=PREVIEWED, change_kinds=change_words.SHOWN_KINDS, **evidence.words_of_story(),
    )


def _since(row: Row) -> list[str]:
    """Return what was changed of units and settings since *row* was asked, for its preview."""
    here = service()
    with here.store.read() as connection:
        units = unit_log.rows(connection, here.campaign.id)
        settings = setting_log.rows(connection, here.campaign.id)
    changed = [f"单位 {one['unit']}" for one in units if one["id"] > row["id"]] + [
        change_words.setting_name(one["setting"]) for one in settings if one["id"] > row["id"]
    ]
    return list(dict.fromkeys(changed))


def _evidence(rows: list[Row]) -> dict[int, Any]:
    """Return what the waiting ones of *rows* rest on, by their ids: a person, or an account."""
    here, on = service(), None
    found: dict[int, Any] = {}
    names = evidence.names()
    for row in rows:
        if row["answer"] is not None:
            continue
        if row["kind"] == "erasure":
            with here.store.read() as connection:
                person = person_history.person_of(
                    connection, here.campaign.id, int(json.loads(row["payload"])["row"])
                )
            if person is not None:
                on = on or evidence.tables()
                found[row["id"]] = evidence.case(
                    person, [row], [evidence.of_erasure(person, on)], row["id"]
                )
        elif row["kind"].startswith("account_"):
            with here.store.read() as connection:
                found[row["id"]] = account_evidence.of_request(connection, row, names)
    return found


@pages.post("/requests/<int:id>")
@allow("office", "checker", "accounts")
@proven
def answer_request(id: int) -> Response | tuple[str, int]:
    """Agree to what another asked, refuse it, or take one's own back."""
    here, deed, now = service(), request.form.get("deed", ""), instants.now()
    note = typed.text("note", 200)
    if deed == "refuse":
        requests.refuse(here.ledger, id, by=access.actor(), now=now, note=note)
        access.told("已驳回或收回，什么都没有改。")
        return redirect(url_for("admin.requests"))
    if deed != "approve":
        abort(400)
    told = requests.approve(
        here, id, agreed.PERFORMERS, by=access.actor(), now=now, note=note
    )
    agreed.afterwards(here, id, access.actor(), now)
    if told:  # shown this once, as at the making of an account
        return _page(told), 200
    access.told("已批准，马上生效。")
    return redirect(url_for("admin.requests"))


def _page(made: Any) -> str:
    here, who = service(), access.account()
    with here.store.read() as connection:
        rows = request_log.listing(connection, here.campaign.id)
        known = hands.everything(connection)
    own = [kind for kind, askers in requests.ASKERS.items() if who.role in askers]
    shown = [row for row in rows if who.role in APPROVERS or row["kind"] in own]
    why = {
        row["id"]: barred(known, Question(row["asked_by"], row["at"]), who.name, instants.now())
        for row in shown if row["answer"] is None and access.two_needed()
    }
    waiting = [row for row in shown if row["answer"] is None]
    return render_template(
        "admin/requests.html", previewed=PREVIEWED, titles=requests.NAMES,
        states=STATES, made=made,
        why={id: fault.shown() for id, fault in why.items() if fault is not None},
        wanted=_wanted, subject=subject_text, answers=who.role in APPROVERS,
        waiting=waiting[:SHOWN], more=len(waiting) - SHOWN,
        answered=[row for row in shown if row["answer"] is not None],
        seen_of=_evidence(waiting[:SHOWN] if who.role in APPROVERS else []),
        deeds=account_evidence.DEEDS, **evidence.words_of_story(),
    )


def _wanted(row: Row) -> str:
    """Return what would be done, in words."""
    payload = json.loads(row["payload"])
    if row["kind"] == "campaign" and "values" in payload:
        return "；".join(
            f"{change_words.setting_name(name)} → {change_words.setting_value(name, value)}"
            for name, value in payload["values"].items()
        )
    if row["kind"] == "units" and "payload" in payload:
        names = {id: unit.name for id, unit in access.snapshot().units.items()}
        return change_words.deed_line(payload["deed"], payload["payload"], names)
    if row["kind"] == "shred":
        return f"会清空 {sum(payload.get('rows', {}).values()):,} 行"
    if row["kind"] == "robot_add":
        return audit_words.robot(payload)
    if payload.get("deed") == "import" and "counts" in payload:
        return "整张单位表：新增 {added} 个，修改 {changed} 个，停用 {closed} 个".format_map(
            payload["counts"])
    told = []
    for key, value in payload.items():
        if value in (None, "", []) or key == "name":
            continue
        text = accounts.ROLE_NAMES.get(value, value) if key == "role" else value
        told.append(f"{_NAMES.get(key, key)} {'、'.join(text) if isinstance(text, list) else text}")
    return "；".join(told)


def _preview(row: Row, now: Instant) -> Preview | None:
    """
    Return what the request in *row* would come to now.

    Raises:
        Fault: it cannot be done any more.
    """
    payload, ledger = json.loads(row["payload"]), service().ledger
    if row["kind"] == "campaign":
        if "values" not in payload:
            return None
        made = campaign_deeds.preview_set(ledger, payload["values"], now)
        return previews.of_settings(made)
    if payload["deed"] != unit_requests.TABLE:
        return previews.of_deed(payload["deed"], payload["payload"], now)
    if not isinstance(payload["edits"], list):
        return None
    edits = [Edit(unit, before, after) for unit, before, after in payload["edits"]]
    return previews.of_edits(edits, day_of(now))
