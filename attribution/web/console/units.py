"""Units and their codes: list, search, import, revoke, re-issue, places, contacts."""
import json
import re
from typing import NamedTuple

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import naming, places, units
from attribution.reports import progress, takeovers
from attribution.rule import instants
from attribution.rule.instants import Instant, day_of
from attribution.store import console_lists, contacts, patrol_log
from attribution.web.console import access, change_words, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.change_words import KINDS, FieldChange
from attribution.web.console.rows import PAGE, page_of, whole_number
from attribution.web.current import service

FILTERS = ("q", "kind", "state", "sort", "dir", "offset")
_PLACEMENT = re.compile(r"[0-9A-HJKMNP-TV-Z]{1,4}")


@pages.get("/units", endpoint="units")
@allow(*access.EVERYBODY)
def units_list() -> str:
    """List the units one may see."""
    chosen, here, only = access.remembered("units", FILTERS), service(), access.visible()
    wanted = chosen.get("q", "")
    found = [
        (unit, state)
        for unit, state in units.listing(here.ledger)
        if (only is None or unit.id in only)
        and chosen.get("kind", unit.kind) == unit.kind
        and chosen.get("state", state) == state
        and (wanted.upper() in f"{unit.id} {unit.official_code or ''}"
             or naming.fits_unit(unit, wanted))
    ]
    if chosen.get("sort") == "name":
        found.sort(key=lambda pair: pair[0].name)
    elif chosen.get("sort") == "target":
        found.sort(key=lambda pair: pair[0].target or -1)
    if chosen.get("dir") == "desc":
        found.reverse()
    offset = whole_number(chosen.get("offset", "0"))
    shown = found[offset : offset + PAGE]
    return render_template(
        "admin/units.html", rows=shown, kinds=KINDS, chosen=chosen,
        page=page_of(offset, len(shown), len(found)),
    )


@pages.get("/units/<id>")
@allow(*access.EVERYBODY)
def unit(id: str) -> str:
    """Show one unit: its numbers, its codes old and new, its places and people."""
    found, here = access.unit_or_404(id), service()
    campaign = here.campaign.id
    with here.store.read() as connection:
        by_issue, by_placement = console_lists.latest_scans(connection, campaign, id)
        people = contacts.contacts(connection, campaign, id)
        places = contacts.placements(connection, campaign, id)
        spotted = patrol_log.last_seen(connection, campaign, {id})
        seen = takeovers.find(here.ledger, connection).get(id)
        # Where messages are sent: how many went on without, which is the office's to look at.
        proved = (
            console_lists.proved_claims(connection, campaign, id)
            if here.settings.resident.sender != "off" else (0, 0)
        )
    own = progress.by_unit(here.store, campaign, only={id})
    # One that is added from a later day on has no line yet.
    counts = next((line.counts for line in own.lines if line.key == id), {})
    roll_up = {"area": progress.by_area, "bank": progress.by_bank}.get(found.kind)
    whole = None
    if roll_up is not None:
        table = roll_up(here.store, campaign, only=access.visible())
        whole = next((line for line in table.lines if line.key == id), None)
    revoked = access.snapshot().revoked
    issues = [
        (number, "已撤销" if (id, number) in revoked else
         "在用" if number == found.issue else "旧版，仍有效", by_issue[number])
        for number in range(found.issue, 0, -1)
    ]
    return render_template(
        "admin/unit.html",
        unit=found,
        kinds=KINDS,
        issues=issues,
        people=people,
        places=places,
        by_placement=by_placement,
        latest=console_lists.LATEST,
        counts=counts,
        locked=own.locked,
        names={key: unit.name for key, unit in access.snapshot().units.items()},
        whole=whole,
        steps=progress.STEPS,
        spotted={placement: at for (_, placement), at in spotted.items()},
        seen=seen,
        proved=proved,
        history=_history(id),
    )


@pages.post("/units/<id>/revoke")
@allow("office")
@proven
def revoke_unit(id: str) -> Response:
    """Revoke an issue of a code for good."""
    access.unit_or_404(id)
    here = service()
    issue = whole_number(request.form.get("issue", ""))
    number, _ = units.revoke(here.ledger, id, issue, instants.now(), access.actor())
    access.told(f"{id}-{number} 已撤销，扫这张码的人会看到“此码无效”。")
    return redirect(url_for("admin.unit", id=id))


@pages.post("/units/<id>/reissue")
@allow("office")
@proven
def reissue_unit(id: str) -> Response:
    """Revoke the current code and number the next one."""
    access.unit_or_404(id)
    number = units.reissue(service().ledger, id, instants.now(), access.actor())
    access.told(f"{id} 换发为第 {number} 期，请打印新海报，撕下编号 {id}-{number - 1} 的旧海报。")
    return redirect(url_for("admin.unit", id=id))


@pages.post("/units/<id>/contacts")
@allow("office", "area", "department", "bank")
def change_contact(id: str) -> Response:
    """Add, correct or remove a contact person."""
    access.unit_or_404(id)
    ledger, now = service().ledger, instants.now()
    name = typed.text("name", 40)
    if not name:
        abort(400)
    if request.form.get("deed") == "drop":
        places.drop_contact(ledger, id, name, now, access.actor())
    else:
        duty = typed.text("duty", 60)
        reach = typed.text("reach", 60)
        places.put_contact(ledger, id, name, duty, reach, now, access.actor())
    access.told("联系人已保存。")
    return redirect(url_for("admin.unit", id=id))


@pages.post("/units/<id>/placements")
@allow("office", "area", "department", "bank")
def add_placement(id: str) -> Response:
    """Name a place where a code of its own hangs."""
    access.unit_or_404(id)
    placement = typed.unit("placement")
    label = typed.text("label", 20)
    if not _PLACEMENT.fullmatch(placement) or not label:
        access.told("张贴点编号为1到4位数字或大写字母（不用 I、L、O、U），并写明位置。", "problem")
        return redirect(url_for("admin.unit", id=id))
    places.name_place(
        service().ledger, id, placement, label, instants.now(), access.actor()
    )
    access.told(f"张贴点 {placement} 已登记，可以打印这一处的海报。")
    return redirect(url_for("admin.unit", id=id))


class UnitDeed(NamedTuple):
    """One change of a unit: when it was entered, by whom, from which day, and what it changed."""

    at: Instant
    by_whom: str
    since: int
    ahead: bool
    deed: str
    fields: list[FieldChange]


def _history(id: str) -> list[UnitDeed]:
    """Return how the unit came to be what it is, the newest first."""
    names = {key: unit.name for key, unit in access.snapshot().units.items()}
    today = day_of(instants.now())
    return [
        UnitDeed(
            row["at"], row["by_whom"], row["since"], row["since"] > today,
            change_words.DEEDS.get(row["note"], str(row["note"])),
            change_words.unit_changes(json.loads(row["before"]), json.loads(row["after"]), names),
        )
        for row in reversed(units.history(service().ledger, id))
    ]
