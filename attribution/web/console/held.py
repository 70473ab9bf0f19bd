"""Held claims: by person, with the evidence; released by two people, or kept so with a reason."""
from collections.abc import Mapping

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import corrections, holds, together
from attribution.rule import instants
from attribution.store import console_lists, hold_words, proposals
from attribution.store.engine.database import Row
from attribution.web.console import access, evidence, typed
from attribution.web.console.access import allow, pages
from attribution.web.console.evidence import CASES
from attribution.web.console.rows import page_of, whole_number
from attribution.web.console.takeovers import tell_faults
from attribution.web.console.together_pages import preview
from attribution.web.current import service

FILTERS = ("state", "unit", "reason", "offset")
# What may be done with the ticked ones -> what its page is called, and its button.
DEEDS = {"release": "提出放行", "refuse": "不予放行", "wait": "退回待核查"}
_STILL = {
    "refuse": "归属和数字都不变：这些登记现在就不计，以后也不计，不再列为待核查。"
              "在“不予放行”里还能退回，或提出放行。",
    "wait": "归属和数字都不变，这些登记重新列为待核查。",
}


@pages.get("/held", endpoint="held")
@allow("office", "checker")
def held_claims() -> str:
    """Show by person the claims that wait, or that are not to be released, the oldest first."""
    here, chosen = service(), _chosen(request.args)
    rows, every = _listed(chosen)
    groups, offset = evidence.by_person(rows), whole_number(chosen.get("offset", "0"))
    shown = groups[offset : offset + CASES]
    with here.store.read() as connection:
        open_ones = proposals.listing(connection, here.campaign.id, everything=False)
        said = hold_words.of(
            connection, here.campaign.id, [row["id"] for mine in shown for row in mine]
        )
    on = evidence.tables() if shown else None
    return render_template(
        "admin/held.html", chosen=chosen, total=len(rows), states=holds.STATES,
        units=sorted({row["unit"] for row in every}),
        why=sorted({row["reason"] for row in every if row["reason"]}),
        asked={row["claim"]: row for row in open_ones if row["kind"] == "release"},
        said={row["claim"]: row for row in said}, most=together.MOST,
        newest=max((row["id"] for row in rows), default=0), deeds=_deeds(chosen),
        page=page_of(offset, len(shown), len(groups), CASES),
        cases=[
            evidence.case(mine[0]["person"], mine, [evidence.of_claims(mine, "release", on)])
            for mine in shown if on is not None
        ],
        **evidence.words_of_story(),
    )


@pages.post("/held")
@allow("office", "checker")
def decide_held() -> Response | str:
    """
    Ask that claims be released, or keep them held, many with one reason in one deed.

    What was not shown with its evidence beside the button is shown first.
    """
    form, chosen = request.form, _chosen(request.form)
    deed, note, reason = form.get("deed", ""), typed.text("note", 200), form.get("why", "review")
    if deed not in DEEDS or reason not in corrections.REASONS:
        abort(400)
    claims = _meant(chosen)
    if not claims:
        access.told("请先勾选要办理的登记。", "problem")
        return redirect(_back(chosen))
    corrections.refuse_note(note)
    if not form.get("sure"):
        return _preview(claims, deed, reason, note, chosen)
    here, now = service(), instants.now()
    if deed == "release":
        done = together.ask_all(
            here.ledger, "release", claims, reason=reason, note=note, asked_by=access.actor(),
            now=now,
        )
        if done.done:
            access.told(f"已提出放行 {done.done} 条登记，请另一个人在“更正”里批准。")
        tell_faults(done)
        return redirect(_back(chosen))
    if deed == "refuse":
        number = holds.refuse(
            here.ledger, claims, reason=reason, note=note, by=access.actor(), now=now
        )
        access.told(f"{number} 条登记不予放行，不再列为待核查。")
    else:
        number = holds.wait_again(here.ledger, claims, note=note, by=access.actor(), now=now)
        access.told(f"{number} 条登记重新列为待核查。")
    return redirect(_back(chosen))


def _preview(
    claims: list[int], deed: str, reason: str, note: str, chosen: Mapping[str, str]
) -> str:
    here = service()
    with here.store.read() as connection:
        rows = console_lists.held(
            connection, here.campaign.id, chosen.get("state", "waiting"), only=claims
        )
    would = evidence.of_claims(rows, "release", evidence.tables()) if deed == "release" else None
    return preview(
        DEEDS[deed], rows, deed=deed, note=note, would=would, still=_STILL.get(deed, ""),
        button=f"{DEEDS[deed]}（{len(rows)} 条）", reason=corrections.REASONS[reason],
        hint="另一个人在“更正”里批准以后，才会有下面的影响；批准的人看到的也是这些。"
        if deed == "release" else "同一个理由，一次办完。",
        action=url_for("admin.decide_held"), back=_back(chosen),
        carried={"why": reason, "state": chosen.get("state", "waiting")},
    )


def _chosen(values: Mapping[str, str]) -> dict[str, str]:
    chosen = {name: values[name] for name in FILTERS if values.get(name)}
    if chosen.get("state", "waiting") not in holds.STATES:
        abort(404)
    return chosen


def _listed(chosen: Mapping[str, str]) -> tuple[list[Row], list[Row]]:
    """Return the held claims of the state that is asked for, filtered, and all of them."""
    here = service()
    with here.store.read() as connection:
        every = console_lists.held(
            connection, here.campaign.id, chosen.get("state", "waiting")
        )
    return [
        row for row in every
        if chosen.get("unit", row["unit"]) == row["unit"]
        and chosen.get("reason", row["reason"]) == row["reason"]
    ], every


def _meant(chosen: Mapping[str, str]) -> list[int]:
    """Return which claims are meant: the ticked ones, or all that are shown up to one."""
    form = request.form
    if not form.get("all"):
        return [whole_number(text, 2**63 - 1) for text in form.getlist("id")][: together.MOST]
    newest = whole_number(form["all"], 2**63 - 1)
    rows, _ = _listed(chosen)
    return [row["id"] for row in rows if row["id"] <= newest][: together.MOST]


def _deeds(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return what may be done with the claims that are shown."""
    left_out = "wait" if chosen.get("state", "waiting") == "waiting" else "refuse"
    return {deed: name for deed, name in DEEDS.items() if deed != left_out}


def _back(chosen: Mapping[str, str]) -> str:
    return url_for(
        "admin.held", state=chosen.get("state"), unit=chosen.get("unit"),
        reason=chosen.get("reason"),
    )
