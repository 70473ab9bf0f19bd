"""What the office sends to units: packs that wait to be fetched; and the data for 考核."""
from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution.papers import assessment, exchange_files
from attribution.papers.exchange_files import WaitingPack
from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import DAY
from attribution.web.console import access, downloads
from attribution.web.console.access import allow, pages
from attribution.web.current import service


@pages.get("/exchange", endpoint="exchange")
@allow("office", "checker", "area", "department", "bank")
def show() -> str:
    """List the packs of one's own units; to the office all, and who fetched them."""
    here, now = service(), instants.now()
    units = access.snapshot().units
    return render_template(
        "admin/exchange.html", packs=_packs(), law=assessment.LAW,
        names={id: unit.name for id, unit in units.items()},
        making=exchange_files.being_made(here.ledger, now),
        days=exchange_files.KEPT // DAY, newest=snapshots.latest(here.ledger)
        if access.may("admin.assessment") else None,
    )


@pages.post("/exchange")
@allow("office")
def make_packs() -> BaseResponse:
    """Begin to make the packs of all units."""
    begun = exchange_files.begin(service(), access.actor(), instants.now())
    if begun is None:
        access.told("正在做，请稍等再来看。", "problem")
    else:
        access.told("开始做了，要几分钟，每个单位一个包。")
    return redirect(url_for("admin.exchange"))


@pages.get("/exchange/<name>", endpoint="exchange_pack")
@allow("office", "checker", "area", "department", "bank")
def give_pack(name: str) -> Response:
    """Send a pack that waits, entered like any download."""
    pack = next((one for one in _packs() if one.name == name), None)
    if pack is None:
        abort(404)
    if request.method == "HEAD":
        return Response(content_type="application/zip")  # nothing is handed out
    here = service()
    content, number = exchange_files.give(
        here.ledger, here.settings, access.actor(), instants.now(), pack
    )
    return Response(content, content_type="application/zip", headers={
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Export-Number": f"E{number:06}",
    })


@pages.get("/snapshots/<int:number>/assessment.xlsx", endpoint="assessment")
@allow("office", "checker")
def give_assessment(number: int) -> Response:
    """Send the data for 考核 of a snapshot."""
    here = service()
    if all(row.number != number for row in snapshots.all_of(here.ledger)):
        abort(404)
    if request.method == "HEAD":
        return Response(content_type=downloads.TYPES["xlsx"])
    one = snapshots.get(here.ledger, number)
    file = assessment.give(here.ledger, one, access.actor(), instants.now())
    return Response(file.content, content_type=downloads.TYPES["xlsx"], headers={
        "Content-Disposition": f'attachment; filename="{file.name}"',
    })


def _packs() -> list[WaitingPack]:
    """Return the packs that one may have: of units whose whole account one's own is."""
    here, own = service(), access.account()
    only = None if access.visible() is None else own.scopes
    return exchange_files.waiting(here.ledger, here.settings, only)
