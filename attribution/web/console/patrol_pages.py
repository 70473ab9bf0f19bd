"""Patrols on a phone: photographs of walls go in; each code is told, and what is missing."""
import tempfile
from pathlib import Path

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import patrols
from attribution.office.patrols import Spot, Walk
from attribution.rule import instants
from attribution.store import patrol_log, registry
from attribution.store.engine.database import Row
from attribution.web.console import access, days, picking, typed
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import PAGE, filter_of, page_of, whole_number
from attribution.web.current import service

PATROLLING = ("office", "area", "department", "bank")
FILTERS = ("unit", "state", "since", "to", "until", "offset")

# What to do about each, where something is to be done.
HINTS = {
    "pasted": "这里应是本单位的码，照片里却只有别人的码，或者下面还露着一个码的边；"
    "多半就是没有找到的那一处。",
    "forged": "网址是我们的，签名不对。",
    "copied": "请撕下，告诉县专班。",
    "missing": "照片里没有找到能用的码：请到那里重拍；不见了就补贴一张。",
    "void": "请撕下，换上现在的海报。",
    "former": "请撕下，换上现在的海报。",
    "unlisted": "请问县专班。",
    "foreign": "不是我们的码，不用管，贴在我们海报上的除外。",
    "elsewhere": "不是本县的海报。",
    "others": "请告诉那个单位或县专班。",
    "unread": "请走近一些，从正面重拍；脏了、破了就换一张。",
    "nothing": "请把整个二维码拍进去，重拍。",
    "unreadable": "原因见上面。",
}

# What strangers' codes are for, where the address says it.
KNOWN = {
    "wxp:": "（微信收付款码）", "https://qr.alipay.com": "（支付宝收付款码）",
    "https://weixin.qq.com": "（微信群或名片）", "https://u.wechat.com": "（微信名片）",
}

# So many units are a list to choose from; more are looked for by name.
FEW = 15

# After so many days without a look a place is listed, unless another number is asked for.
DAYS = 7
_MOST_DAYS = 365


@pages.get("/inspect", endpoint="inspect")
@allow("checker", *PATROLLING)
def inspect() -> str:
    """Take photographs, show what was found of late and which places nobody looked at."""
    here, now, args = service(), instants.now(), request.args
    units = _units()
    try:
        walls = _walls(picking.unit("walls", args), units)
    except picking.Unpicked:
        walls = None
    chosen = {name: args[name] for name in FILTERS if args.get(name)}
    if chosen.get("state", "") not in ("", *patrols.STATES):
        abort(404)
    offset = whole_number(chosen.get("offset", "0"))
    since_days = min(whole_number(args.get("days") or str(DAYS)), _MOST_DAYS)
    rows, total, filter = list[Row](), 0, None
    try:
        filter = filter_of(chosen)
    except picking.Unpicked:  # told at the field
        chosen.pop("unit", None)
    with here.store.read() as connection:
        if filter is not None:
            rows, total = patrol_log.page(connection, here.campaign.id, filter, offset, PAGE)
        unseen = patrols.unseen(connection, here.campaign.id, units, since_days, now)
        places = patrols.places(connection, here.campaign.id, [walls] if walls else [])
    return render_template(
        "admin/inspect.html", units=units, walls=walls, places=places, rows=rows, chosen=chosen,
        page=page_of(offset, len(rows), total), unseen=unseen, days=since_days,
        between=days.fields(chosen), most=patrols.MOST_PHOTOS, few=FEW, **_words(),
    )


@pages.post("/inspect")
@allow(*PATROLLING)
def record_patrol() -> Response:
    """Read the photographs, keep what is on them, and show it."""
    here, now = service(), instants.now()
    units = _units()
    unit = typed.unit("unit")
    if unit:
        access.unit_or_404(unit)
    elif access.visible() is not None:
        abort(400)
    with here.store.read() as connection:
        places = patrols.places(
            connection, here.campaign.id, [one for one in units if one.id == unit]
        )
    asked = set(request.form.getlist("place"))
    walk = Walk(unit, [one for one in places if _key(one) in asked], access.visible())
    with tempfile.TemporaryDirectory(prefix="zhuanma-") as folder:
        pictures = []
        for number, sent in enumerate(request.files.getlist("photo"), start=1):
            if sent.filename:
                pictures.append(Path(folder) / str(number))
                sent.save(pictures[-1])
        visit, faults = patrols.record(here, walk, pictures, access.actor(), now)
    for number, fault in faults[:5]:
        fault.data["path"] = f"第 {number} 张"
        access.told(f"{fault.shown()}", "problem")
    return redirect(url_for("admin.patrol", id=visit))


@pages.get("/inspect/<int:id>")
@allow("checker", *PATROLLING)
def patrol(id: int) -> str:
    """Show what one patrol found, the worst first."""
    here = service()
    with here.store.read() as connection:
        rows = patrol_log.of_visit(connection, here.campaign.id, id, access.visible())
    if not rows:
        abort(404)
    order = list(patrols.STATES)
    rows.sort(key=lambda row: (order.index(row["state"]), row["id"]))
    return render_template(
        "admin/patrol.html", rows=rows, visit=rows[0],
        alarming=[row for row in rows if row["state"] in patrols.ALARMING], **_words(),
    )


def _units() -> list[registry.Unit]:
    """Return the open units one may look after, those of one's own first."""
    only = access.visible()
    found = [
        unit for unit in access.snapshot().units.values()
        if unit.closed_at is None and (only is None or unit.id in only)
    ]
    return sorted(found, key=lambda unit: unit.id not in access.account().scopes)


def _walls(asked: str, units: list[registry.Unit]) -> registry.Unit | None:
    """Return whose walls are looked at: as *asked*, else the first of one's own; None: nobody's."""
    if asked:
        return access.unit_or_404(asked)
    return units[0] if units and access.visible() is not None else None


def _key(place: Spot) -> str:
    return place.placement or "-"


def _words() -> dict[str, object]:
    """Return what both pages name codes and places with."""
    with service().store.read() as connection:
        named = patrols.places(connection, service().campaign.id, _units())
    return {
        "words": patrols.STATES, "hints": HINTS, "known": KNOWN, "names": {
            id: unit.name for id, unit in access.snapshot().units.items()
        },
        "labels": {(place.unit, place.placement): place.label for place in named},
        "sees_all": access.visible() is None, "key": _key,
        "pills": {
            "genuine": "ok", "others": "quiet", "elsewhere": "quiet", "foreign": "open",
            "unread": "open", "nothing": "open", "unreadable": "open",
        },
    }
