"""Units and their codes: list, search, import, revoke, re-issue, places, contacts."""
import re
import secrets
import shutil
from pathlib import Path

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution import master
from attribution.ledger import Ledger
from attribution.office import places, unit_requests, units
from attribution.office.unit_tables import ALL
from attribution.reports import progress, takeovers
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.store import console_lists, contacts, patrol_log
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.rows import PAGE, page_of, whole_number
from attribution.web.current import service
from qrgen import units_apart
from qrgen.campaign import Problem
from qrgen.registry import RegistryError

KINDS = {"area": "乡镇（社区）", "line": "对接明细", "department": "部门", "bank": "银行"}
FIELD_NAMES = {
    "name": "名称", "target": "指导任务数", "issue": "版次", "official_code": "区划代码",
    "area": "乡镇（社区）", "bank": "银行", "branch": "网点", "sector": "领域", "mode": "方式",
    "link": "链接", "aliases": "别名", "purpose": "用途", "state": "状态",
}
FILTERS = ("q", "kind", "state", "sort", "dir", "offset")
_PLACEMENT = re.compile(r"[0-9A-HJKMNP-TV-Z]{1,4}")


@pages.get("/units", endpoint="units")
@allow(*access.EVERYBODY)
def units_list() -> str:
    """List the units one may see."""
    chosen, here, only = access.remembered("units", FILTERS), service(), access.visible()
    wanted = chosen.get("q", "").lower()
    found = [
        (unit, state)
        for unit, state in units.listing(here.ledger)
        if (only is None or unit.id in only)
        and chosen.get("kind", unit.kind) == unit.kind
        and chosen.get("state", state) == state
        and wanted in f"{unit.id} {unit.name} {unit.official_code or ''}".lower()
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


@pages.route("/units-import", methods=["GET", "POST"])
@allow("office")
def import_units() -> str | Response:
    """Take a new units.csv, and show what it would change."""
    if request.method == "GET":
        return render_template("admin/units_import.html", plan=None, token="")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        access.told("请选择 units.csv 文件。", "problem")
        return redirect(url_for("admin.import_units"))
    token = secrets.token_hex(16)
    folder = _upload(token)
    folder.mkdir(parents=True, mode=0o700)
    (folder / "who").write_text(access.account().name, encoding="utf-8")
    sent.save(folder / "units.csv")
    try:
        planned = units.plan(*_sent(folder), renamed=[ALL])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return render_template(
        "admin/units_import.html", plan=planned, token=token, kinds=KINDS, fields=FIELD_NAMES,
    )


@pages.post("/units-import/<token>")
@allow("office")
@proven
def confirm_import(token: str) -> Response:
    """Take in the file that was shown."""
    folder = _upload(token)
    mine = folder / "who"
    if not mine.is_file() or mine.read_text(encoding="utf-8") != access.account().name:
        abort(404)
    ledger, now = _sent(folder)
    replaced = set(request.form.getlist("replaced"))
    named = {edit.unit for edit in units.plan(ledger, now).unclear}
    renamed, instead = named - replaced, replaced & named
    if access.two_needed():
        planned = units.plan(ledger, now, renamed=renamed, replaced=instead)
        unit_requests.ask(ledger, planned, access.actor(), now)
        shutil.rmtree(folder, ignore_errors=True)
        access.told("已提出，要另一个人在“两人办理”里批准后才生效。")
        return redirect(url_for("admin.requests"))
    planned = units.import_units(
        ledger, now, access.actor(), renamed=renamed, replaced=instead
    )
    shutil.rmtree(folder, ignore_errors=True)
    here = service()
    here.follow()
    here.keep_folder()
    changes = (len(planned.added), len(planned.changed), len(planned.closed))
    access.told("单位已导入：新增 {} 个，修改 {} 个，停用 {} 个。".format(*changes))
    return redirect(url_for("admin.units"))


def _sent(folder: Path) -> tuple[Ledger, Instant]:
    """Return the ledger with the units of the table in *folder*, and now."""
    here = service()
    problems: list[Problem] = []
    found = units_apart.read_units(folder / "units.csv", problems)
    if problems:
        raise RegistryError(folder, sorted(set(problems)))
    with here.store.read() as connection:
        campaign = master.with_table(connection, here.campaign.id, found, here.campaign.folder)
    return Ledger(here.store, campaign), instants.now()


def _upload(token: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        abort(404)
    return service().settings.shared / "uploads" / f"units-{token}"
