"""Units and their codes: the list, revoking and re-issuing, naming places."""
import re
from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import places, units
from attribution.reports import unit_list
from attribution.reports.unit_list import UnitEntry
from attribution.rule import instants
from attribution.web.console import access, downloads, narrowing, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.change_words import SHOWN_KINDS
from attribution.web.console.rows import PAGE, page_of, whole_number
from attribution.web.current import service

_PLACEMENT = re.compile(r"[0-9A-HJKMNP-TV-Z]{1,4}")


SORTS: dict[str, tuple[str, Callable[[UnitEntry], Any]]] = {
    "": ("附件1顺序", lambda one: one.unit.position),
    "name": ("名称", lambda one: one.unit.name),
    "target": ("指导任务数，多的在前", lambda one: -(one.unit.target or 0)),
    "effective": ("本码有效新用户，少的在前", lambda one: one.effective),
    "scans": ("本码扫码，少的在前", lambda one: one.scans),
    "idle": ("最近扫码，早的在前", lambda one: one.last_scan),
}
# What the units that are found may be handed to, besides posters.
HANDED = {"progress": "进度", "attribution": "归属", "scans": "扫码"}


@pages.get("/units", endpoint="units")
@allow(*access.EVERYBODY)
def units_list() -> str:
    """List the units one may see, narrowed as the address says, and how many each choice leaves."""
    chosen = access.remembered("units", (*narrowing.FILTERS, "sort", "offset"))
    some = narrowing.read(chosen)
    sort = chosen.get("sort", "")
    sort = sort if sort in SORTS else ""
    found = sorted(some.found, key=SORTS[sort][1])
    offset = whole_number(chosen.get("offset", "0"))
    shown = found[offset : offset + PAGE]
    return render_template(
        "admin/units.html", some=some, rows=shown, kinds=SHOWN_KINDS, sort=sort,
        sorts={key: words for key, (words, _) in SORTS.items()},
        counts=unit_list.counts(some.every, some.wish), choices=narrowing.heads(some),
        lacking=narrowing.LACKING, page=page_of(offset, len(shown), len(found)),
        handed={name: words for name, words in HANDED.items() if downloads.may_have(name)},
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
    access.told(f"{id} 换发为第 {number} 版，请打印新海报，撕下编号 {id}-{number - 1} 的旧海报。")
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
