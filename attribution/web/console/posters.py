"""Posters: one at once, many as a ZIP in the background."""
import shutil
from urllib.parse import quote

from flask import Response, abort, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution import instants, poster_jobs
from attribution.store import desk
from attribution.store.database import Row
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.public import service

STATES = {
    "waiting": "排队中", "running": "正在生成", "done": "已完成", "failed": "失败，请重新生成",
}
PRINTERS = ("office", "area", "department", "bank")


@pages.get("/posters")
@allow(*PRINTERS)
def posters() -> str:
    """Offer posters of the units one may see, and show the orders under way."""
    here, now, only = service(), instants.now(), access.visible()
    mine = None if access.account().role == "office" else access.account().name
    with here.store.read() as connection:
        jobs = desk.jobs(connection, here.campaign.id, mine)
    shown = [{**job, "state": poster_jobs.state_of(job, now)} for job in jobs]
    listed = [
        unit for unit in access.snapshot().units.values()
        if unit.closed_at is None and (only is None or unit.id in only)
    ]
    busy = any(job["state"] in ("waiting", "running") for job in shown)
    return render_template(
        "admin/posters.html", units=listed, formats=poster_jobs.formats(), jobs=shown,
        states=STATES, busy=busy, chosen=request.args.get("unit", ""),
    )


@pages.post("/posters")
@allow(*PRINTERS)
def order_posters() -> BaseResponse:
    """Order a ZIP."""
    here, only = service(), access.visible()
    format_name = request.form.get("format", "")
    kind = request.form.get("kind", "")
    wanted = set(request.form.getlist("unit"))
    for id in wanted:
        access.unit_or_404(id)
    units = [
        unit.id for unit in access.snapshot().units.values()
        if unit.closed_at is None and (only is None or unit.id in only)
        and (unit.id in wanted if wanted else kind in ("", unit.kind))
    ]
    if format_name not in poster_jobs.formats():
        abort(400)
    if not units:
        access.told("没有可打印的单位。", "problem")
        return redirect(url_for("admin.posters"))
    job = poster_jobs.order(here, units, format_name, instants.now(), access.account().name)
    access.record("posters", f"{job} {format_name} {len(units)}")
    access.told(f"已开始生成 {len(units)} 张海报，完成后在本页下载。")
    return redirect(url_for("admin.posters"))


@pages.get("/posters/<int:id>.zip")
@allow(*PRINTERS)
def poster_archive(id: int) -> Response:
    """Give the ZIP of an order."""
    job = _job(id)
    path = poster_jobs.archive_of(service(), id)
    if job["state"] != "done" or not path.is_file():
        abort(404)
    return send_file(path, "application/zip", as_attachment=True, download_name=f"posters-{id}.zip")


@pages.get("/posters/<unit>/<format_name>")
@allow(*PRINTERS)
def poster(unit: str, format_name: str) -> Response:
    """Print one poster now."""
    access.unit_or_404(unit)
    if format_name not in poster_jobs.formats():
        abort(404)
    placement = request.args.get("placement") or None
    if placement is not None:
        with service().store.read() as connection:
            known = desk.placements(connection, service().campaign.id, unit)
        if placement not in [row["placement"] for row in known]:
            abort(404)
    path = poster_jobs.print_one(service(), unit, format_name, placement)
    try:
        body, name = path.read_bytes(), path.name
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
    access.record("poster", f"{unit} {format_name}")
    kinds = {".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml"}
    return Response(
        body, content_type=kinds.get(path.suffix, "application/octet-stream"),
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


def _job(id: int) -> Row:
    here = service()
    with here.store.read() as connection:
        job = desk.job(connection, here.campaign.id, id)
    own = access.account()
    if job is None or (own.role != "office" and job["by_whom"] != own.name):
        abort(404)
    # The scope may have shrunk since the order.
    only = access.visible()
    if only is not None and not set(job["units"].split(",")) <= only:
        abort(404)
    return job
