"""
What is typed into the forms that change units, read as the deeds' own payloads.

A unit is named as in every field (`picking`). The same fields come twice, from the form and from
the preview that carries them along, so they are read here alone.
"""
from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from attribution.faults import Code
from attribution.office import unit_deeds
from attribution.office.unit_plans import FINANCE
from attribution.web.console import access, picking, typed
from qrgen.faults import Fault
from qrgen.texts import fold, squeeze

_LONGEST = 60
# So many targets move in one deed.
ROWS = 6
# What the preview carries along, by deed.
FIELDS = (
    "unit", "into", "name", "kind", "area", "bank", "branch", "sector", "official_code", "target",
    "leave_target", "with_lines", "lead_on", "since", "link",
)


def payload(deed: str) -> dict[str, Any]:
    """
    Return what the form asks of *deed* (`unit_plans.PLANS`).

    Raises:
        Fault: a number or a day is none.
        Unpicked: a unit is none, or may be several.
    """
    return {**_READERS[deed](), "since": unit_deeds.day_given(
        request.form.get("since") or None, "“从哪天起”"
    )}


def carried() -> list[tuple[str, str]]:
    """Return the form's own fields, units by their ids, for the page that shows the outcome."""
    found = []
    for name in FIELDS:
        for place, value in enumerate(request.form.getlist(name)):
            pick = picking.picked(name if name != "unit" else f"unit.{place}")
            ids = pick.ids or picking.picked(name).ids
            if value.strip():
                found.append((name, ids[0] if ids else value))
    return found


def number(text: str) -> int | None:
    """
    Return the whole number that was typed, with or without commas; None for nothing.

    Raises:
        Fault: it is none.
    """
    plain = squeeze(fold(text)).replace(",", "")
    if not plain:
        return None
    if not plain.isascii() or not plain.isdecimal() or len(plain) > 9:
        raise Fault(Code.TYPED_NO_NUMBER, status=2)
    return int(plain)


def _add() -> dict[str, Any]:
    form = request.form
    kind = form.get("kind", "")
    made: dict[str, Any] = {"kind": kind, "name": typed.text("name", _LONGEST)}
    if kind == "point":
        made |= {
            "kind": "department", "purpose": FINANCE, "link": typed.text("link", _LONGEST),
            **{field: picking.unit(field, kinds=(field,)) for field in ("area", "bank")},
        }
        return {name: value for name, value in made.items() if value}
    if kind in ("area", "line"):
        made["target"] = number(form.get("target", ""))
    if kind == "line":
        for field in ("area", "bank"):
            made[field] = picking.unit(field, required=True, kinds=(field,))
        made["branch"] = typed.text("branch", _LONGEST)
        made["name"] = made["name"] or _line_name(made["area"], made["branch"])
    else:
        made["sector"] = typed.text("sector", _LONGEST)
    if kind == "area":
        made["official_code"] = squeeze(fold(form.get("official_code", "")))
    return {name: value for name, value in made.items() if value not in (None, "")}


def _close() -> dict[str, Any]:
    return {"unit": _unit(), "with_lines": "with_lines" in request.form}


def _merge() -> dict[str, Any]:
    return {
        "unit": _unit(), "into": picking.unit("into", required=True),
        "target": "leave" if "leave_target" in request.form else "add",
    }


def _rename() -> dict[str, Any]:
    return {"unit": _unit(), "name": typed.text("name", _LONGEST)}


def _replace() -> dict[str, Any]:
    old = access.snapshot().units[_unit()]
    made: dict[str, Any] = {
        "unit": old.id, "branch": typed.text("branch", _LONGEST),
        "name": typed.text("name", _LONGEST), "lead_on": "lead_on" in request.form,
    }
    if bank := picking.unit("bank", kinds=("bank",)):
        made["bank"] = bank
    if old.kind == "line" and not made["name"]:
        made["name"] = _line_name(old.area or "", made["branch"])
    return {name: value for name, value in made.items() if value != ""}


def _target() -> dict[str, Any]:
    units, numbers = request.form.getlist("unit"), request.form.getlist("target")
    return {"targets": {
        picking.unit(f"unit.{place}", required=True, typed=unit): number(target)
        for place, (unit, target) in enumerate(zip(units, numbers, strict=False))
        if unit.strip() or target.strip()
    }}


def _unit() -> str:
    return picking.unit("unit", required=True)


def _line_name(area: str, branch: str) -> str:
    """A line that has no name of its own is called by its area and its branch."""
    unit = access.snapshot().units.get(area)
    return f"{unit.name}·{branch}" if unit and branch else ""


_READERS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "add": _add, "close": _close, "merge": _merge, "rename": _rename, "replace": _replace,
    "target": _target,
}
DEEDS = tuple(_READERS)
