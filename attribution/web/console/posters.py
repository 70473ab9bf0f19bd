"""Posters: one at once, many as a ZIP in the background."""
import shutil
from dataclasses import replace
from io import BytesIO
from urllib.parse import quote

from flask import (
    Response,
    abort,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from attribution.deeds import Kind
from attribution.office import poster_jobs, publicity
from attribution.rule import instants
from attribution.store import contacts
from attribution.store.engine.database import Row
from attribution.web.console import access, narrowing, people, picking, typed, words
from attribution.web.console.access import allow, pages
from attribution.web.console.change_words import SHOWN_KINDS
from attribution.web.current import service
from qrgen.plan import safe_name

STATES = {
    "waiting": "排队中", "running": "正在生成", "done": "已完成", "failed": "失败，请重新生成",
}
MOST_COPIES = 10_000
PRINTERS = ("office", "area", "department", "bank")


FORMAT_WORDS = words.FORMATS


@pages.get("/posters")
@allow(*PRINTERS)
def posters() -> str:
    """Offer posters of the units one may see, and show the orders under way."""
    only = access.visible()
    listed = [
        unit for unit in access.snapshot().units.values()
        if unit.closed_at is None and (only is None or unit.id in only)
    ]
    jobs, some = _jobs(), narrowing.read()
    named = next((unit for unit in listed if unit.kind == "line"), listed[0] if listed else None)
    return render_template(
        "admin/posters.html", units=listed,
        example=named and f"{safe_name(named.name)}-{named.id}-{named.issue}",
        formats=_formats(), jobs=jobs, states=STATES,
        busy=any(job["state"] in ("waiting", "running") for job in jobs),
        some=some, chosen=request.form.getlist("unit") or request.args.getlist("unit"),
        kinds=SHOWN_KINDS, most=MOST_COPIES,
        areas=[unit for unit in listed if unit.kind == "area"],
        banks=[unit for unit in listed if unit.kind == "bank"],
    )


@pages.get("/publicity.zip", endpoint="publicity")
@allow(*PRINTERS)
def give_publicity() -> Response:
    """Give slogans, pictures for displays and the texts for groups of the units one may see."""
    made = BytesIO()
    files = publicity.write(service(), made, access.visible())
    access.note(Kind.EXPORT, "publicity.zip", rows=files)
    return Response(
        made.getvalue(), content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="publicity.zip"'},
    )


@pages.get("/posters/jobs")
@allow(*PRINTERS)
def poster_progress() -> Response:
    """Return how far the orders are, for the page to show."""
    found: Response = jsonify([
        {
            "id": str(job["id"]), "state": job["state"], "done": job["done"],
            "total": job["total"],
        }
        for job in _jobs()
    ])
    return found


@pages.post("/posters")
@allow(*PRINTERS)
def order_posters() -> BaseResponse:
    """Order a ZIP."""
    here, only, form = service(), access.visible(), request.form
    formats = tuple(dict.fromkeys(form.getlist("format")))
    kind = form.get("kind", "")
    area, bank = picking.unit("area", kinds=("area",)), picking.unit("bank", kinds=("bank",))
    place, copies = typed.text("place", 40), form.get("copies", "1").strip()
    wanted = set(form.getlist("unit"))
    for id in wanted:
        access.unit_or_404(id)
    units = [
        unit.id for unit in access.snapshot().units.values()
        if unit.closed_at is None and (only is None or unit.id in only)
        and (unit.id in wanted if wanted else kind in ("", unit.shown_kind)
             and area in ("", unit.id, unit.area) and bank in ("", unit.id, unit.bank))
    ]
    if not copies.isdecimal() or not 1 <= int(copies) <= MOST_COPIES:
        abort(400)
    if any(name not in poster_jobs.formats() for name in formats):
        abort(400)
    if not formats or not units:
        access.told("请至少选一种规格和一个单位。", "problem")
        return redirect(url_for("admin.posters"))
    wish = poster_jobs.Wish(
        formats, print_ready="print" in form, outline="outline" in form,
        placements="placements" in form or bool(place), place=place, copies=int(copies),
    )
    if place and not poster_jobs.plan(here, units, wish)[1]:
        access.told(f"没有编号是“{place}”或名称里有“{place}”的张贴点。", "problem")
        return redirect(url_for("admin.posters"))
    poster_jobs.order(here, units, wish, instants.now(), access.actor())
    access.told(f"已开始生成 {len(units):,} 个单位的海报，完成后在“生成记录”里下载。")
    # On a phone the form is three screens: whoever ordered wants to see the order.
    return redirect(url_for("admin.posters", _anchor="jobs"))


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
            known = contacts.placements(connection, service().campaign.id, unit)
        if placement not in [row["placement"] for row in known]:
            abort(404)
    if request.method == "HEAD":
        return Response()  # nothing is printed, and nothing handed out
    path = poster_jobs.print_one(
        service(), unit, format_name, instants.now(), access.actor(), placement
    )
    try:
        body, name = path.read_bytes(), path.name
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
    kinds = {".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml"}
    return Response(
        body, content_type=kinds.get(path.suffix, "application/octet-stream"),
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


def _jobs() -> list[Row]:
    here, now = service(), instants.now()
    everybodys = access.account().role == "office"
    with here.store.read() as connection:
        jobs = contacts.jobs(
            connection, here.campaign.id, None if everybodys else people.may_hold()
        )
    jobs = [job for job in jobs if everybodys or people.holds(job["by_whom"], job["at"])]
    return [
        {
            **job, "state": poster_jobs.state_of(job, now),
            "about": _about(poster_jobs.wish_of(job)),
        }
        for job in jobs
    ]


def _about(wish: poster_jobs.Wish) -> str:
    """Return what was ordered, each format by its name."""
    return replace(wish, formats=tuple(
        FORMAT_WORDS.get(name, (name,))[0] for name in wish.formats
    )).about


def _formats() -> list[tuple[str, str, str]]:
    """Return name, heading and use of each format there is."""
    return [(name, *FORMAT_WORDS.get(name, (name, ""))) for name in poster_jobs.formats()]


def _job(id: int) -> Row:
    here = service()
    with here.store.read() as connection:
        job = contacts.job(connection, here.campaign.id, id)
    own = access.account()
    if job is None or (own.role != "office" and not people.holds(job["by_whom"], job["at"])):
        abort(404)
    # The scope may have shrunk since the order.
    only = access.visible()
    if only is not None and not set(job["units"].split(",")) <= only:
        abort(404)
    return job
