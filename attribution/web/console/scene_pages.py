"""
The register of scenes: how far each sector is built, what is missing where, and who builds it.

A bank sees and enters the areas it docks with, an area its own, a department its sector's; the
office all. A table can be taken out, edited and brought back.
"""
from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution.deeds import Kind
from attribution.faults import Code
from attribution.office import scene_tables, scenes, stated_figures
from attribution.office.scenes import LONGEST, SECTORS, STATES, WAYS, Mine, Scene
from attribution.office.stated_figures import SCENES, Figure
from attribution.reports import scene_coverage, scene_sheet
from attribution.rule import instants
from attribution.rule.instants import day_of
from attribution.store import figure_log, scene_log
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import page_of, whole_number
from attribution.web.current import service
from qrgen.faults import Fault

ALL = ("office", "checker", "viewer", "area", "department", "bank")
ENTERING = ("office", "area", "bank")
FILTERS = ("sector", "area", "bank", "state", "offset")
PAGE = 100
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pages.get("/scenes", endpoint="scenes")
@allow(*ALL)
def show() -> str:
    """Show coverage by sector, what is missing by area, and the scenes that one chose."""
    here, mine, units = service(), _mine(), access.snapshot().units
    found = [one for one in scenes.all_scenes(here.ledger) if mine.sees(one)]
    with here.store.read() as connection:
        stated = figure_log.standing(connection, here.campaign.id)
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    area = chosen.get("area", "")
    if area and area not in units:
        abort(404)
    if mine.areas is not None and len(mine.areas) == 1:
        area = next(iter(mine.areas))
    rows = [one for one in found if _is_chosen(one, chosen)]
    offset = whole_number(chosen.get("offset", "0"))
    areas = [
        unit for unit in units.values()
        if unit.kind == "area" and unit.closed_at is None
        and (mine.areas is None or unit.id in mine.areas)
    ]
    return render_template(
        "admin/scenes.html", rows=rows[offset:offset + PAGE], chosen=chosen, units=units,
        page=page_of(offset, len(rows[offset:offset + PAGE]), len(rows)),
        coverage=scene_coverage.by_sector(found, stated, area), area=area,
        missing=scene_coverage.by_area(found, [unit.id for unit in areas]), areas=areas,
        sectors=_sectors(found), states=STATES, every=SECTORS,
        banks=[unit for unit in units.values() if unit.kind == "bank"],
    )


@pages.get("/scenes/<int:scene>", endpoint="scene")
@allow(*ALL)
def scene(scene: int) -> str:
    """Show one scene with its form (0: a new one) and what it was before."""
    here, mine, units = service(), _mine(), access.snapshot().units
    shown = Scene(0, "", "", bank=mine.bank, area=request.args.get("area", ""))
    history = []
    if scene:
        with here.store.read() as connection:
            history = scene_log.history(connection, here.campaign.id, scene)
        if not history or not mine.sees(scenes.of_row(history[0])):
            abort(404)
        shown = scenes.of_row(history[0])
    return _form(shown, history, mine, units)


@pages.post("/scenes/<int:scene>", endpoint="save_scene")
@allow(*ENTERING)
def save(scene: int) -> str | BaseResponse | tuple[str, int]:
    """Enter a scene as the form says it; what is not fit is said above the form."""
    now, mine = instants.now(), _mine()
    made = _typed(scene)
    try:
        scenes.save(service().ledger, [made], mine, now, access.actor())
    except Fault as fault:
        access.told("；".join(one.shown() for one in fault.more) or fault.shown(), "problem")
        return _form(made, [], mine, access.snapshot().units), 400
    access.told("已存。")
    return redirect(url_for("admin.scenes", area=made.area))


@pages.post("/scenes/whole", endpoint="state_whole")
@allow("office")
def state_whole() -> BaseResponse:
    """Keep how many places of a sector there are in all."""
    now = instants.now()
    text = typed.text("number", 20).replace(",", "")
    if not text.isdecimal():
        raise Fault(Code.FIGURE_NUMBER, status=2)
    figure = Figure(
        SCENES + typed.text("sector", LONGEST["sector"]), typed.unit("area"),
        typed.day("day") or day_of(now), int(text),
        typed.text("source", stated_figures.LONGEST_SOURCE),
    )
    stated_figures.state(service().ledger, [figure], now, access.actor())
    access.told("已记下总数。")
    return redirect(url_for("admin.scenes", area=figure.unit or None))


@pages.post("/scenes/table", endpoint="take_scenes")
@allow(*ENTERING)
def take() -> BaseResponse:
    """Take in a table of scenes, all of it or nothing."""
    here = service()
    with typed.table_file("scenes") as path:
        if path is None:
            access.told("请选择场景表。", "problem")
            return redirect(url_for("admin.scenes"))
        table = scene_tables.read(path, access.snapshot(), here.campaign)
        made = scenes.save(
            here.ledger, table.scenes, _mine(), instants.now(), access.actor()
        )
    access.told(
        f"新增 {len(made.added):,} 个，修改 {len(made.changed):,} 个，{made.same:,} 个没有变。"
    )
    return redirect(url_for("admin.scenes"))


@pages.get("/scenes-table.<kind>", endpoint="scenes_table")
@allow(*ALL)
def table(kind: str) -> Response:
    """Give the scenes that one may see and chose, to be edited and brought back."""
    if kind not in _TYPES:
        abort(404)
    here, mine = service(), _mine()
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    found = [
        one for one in scenes.all_scenes(here.ledger)
        if mine.sees(one) and _is_chosen(one, chosen)
    ]
    access.note(Kind.EXPORT, f"scenes.{kind}", rows=len(found))
    return Response(
        scene_sheet.write(found, access.snapshot(), kind), content_type=_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="scenes.{kind}"'},
    )


def _form(shown: Scene, history: list[dict[str, object]], mine: Mine, units: object) -> str:
    all_units = access.snapshot().units.values()
    return render_template(
        "admin/scene.html", scene=shown, history=history, units=units, states=STATES, ways=WAYS,
        sectors=SECTORS, longest=LONGEST,
        may_enter=not shown.number or mine.may_enter(shown),
        areas=[u for u in all_units if u.kind == "area" and u.closed_at is None
               and (mine.areas is None or u.id in mine.areas)],
        departments=[u for u in all_units if u.shown_kind == "department" and u.closed_at is None],
        banks=[u for u in all_units if u.kind == "bank" and u.closed_at is None],
    )


def _mine() -> Mine:
    """Return which scenes the account is for: a bank's are those of the areas it docks with."""
    account, seen, units = access.account(), access.visible(), access.snapshot().units
    if seen is None:
        return Mine()
    areas = {units[id].area for id in seen if units[id].area} | {
        id for id in seen if units[id].kind == "area"
    }
    own = sorted(account.scopes)[0] if account.scopes else ""
    return Mine(
        frozenset(filter(None, areas)),
        own if account.role == "department" else "",
        next((units[id].bank or id for id in sorted(seen) if units[id].kind in ("line", "bank")),
             "") if account.role == "bank" else "",
    )


def _typed(number: int) -> Scene:
    form = request.form
    return Scene(
        number, typed.text("sector", LONGEST["sector"]), typed.text("name", LONGEST["name"]),
        typed.text("kind", LONGEST["kind"]), typed.text("place", LONGEST["place"]),
        typed.unit("area"), typed.unit("department"), typed.unit("bank"),
        typed.unit("second_bank"), tuple(way for way in WAYS if way in form.getlist("ways")),
        form.get("state", ""), typed.day("opened"), typed.day("checked"),
        typed.text("note", LONGEST["note"]),
    )


def _is_chosen(one: Scene, chosen: dict[str, str]) -> bool:
    return all(
        name == "offset" or value in (
            (one.bank, one.second_bank) if name == "bank" else (getattr(one, name),)
        )
        for name, value in chosen.items()
    )


def _sectors(found: list[Scene]) -> list[str]:
    return [*SECTORS, *sorted({one.sector for one in found} - set(SECTORS))]
