"""
What a change of units comes to, field by field: a merger takes target and lines along.

Pure: the history and what somebody asks for in, edits out. So the same plan is shown before,
is what two people agree on, and is what is entered.
"""
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from attribution.faults import Code
from attribution.office.periods import day_text
from attribution.rule.unit_history import ACTIVE, CLOSED, FIELDS, MERGED, UnitHistory, UnitOn
from qrgen.campaign import KINDS
from qrgen.faults import Fault
from qrgen.shapes import id_or_shape
from qrgen.texts import clean

Payload = Mapping[str, Any]

_LETTERS = {"area": "A", "line": "N", "department": "D", "bank": "B"}
_TARGETED = ("area", "line")
# The purpose of a survey point.
FINANCE = "finance"
_MOST_TARGET = 9_999_999
_LONGEST = 40


@dataclass(frozen=True)
class Edit:
    """What changes of one unit: fields from what to what."""

    unit: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def of_state(self) -> bool:
        return "state" in self.after


def plan(name: str, history: UnitHistory, payload: Payload, day: int) -> list[Edit]:
    """
    Return the edits of the deed *name* (one of PLANS) that hold from *day*.

    Raises:
        Fault: it cannot be done to these units on that day.
    """
    edits = list(PLANS[name](history, payload, day))
    if not any(edit.after for edit in edits):
        raise Fault(Code.UNITS_UNCHANGED, status=2)
    return [edit for edit in edits if edit.after]


def _add(history: UnitHistory, payload: Payload, day: int) -> Iterable[Edit]:
    kind = payload["kind"]
    if kind not in KINDS:
        raise Fault(Code.UNIT_KIND, status=2, kinds=list(KINDS))
    id = payload.get("id") or next_id(history, kind)
    if not re.fullmatch(f"{_LETTERS[kind]}[0-9]{{2,4}}", id):
        raise Fault(Code.UNIT_ID, status=2, unit=id_or_shape(id), letter=_LETTERS[kind])
    if any(change.unit == id for change in history.changes):
        raise Fault(Code.UNIT_EXISTS, status=2, unit=id)
    units = history.as_of(day)
    fields: dict[str, Any] = {
        "kind": kind, "name": _name(units, payload.get("name"), id), "issue": 1,
        "position": max((unit.position for unit in units.values()), default=-1) + 1,
        "target": _target(kind, id, payload.get("target")),
    }
    for field in ("official_code", "branch", "sector", "mode", "link", "aliases"):
        fields[field] = payload.get(field) or None
    if payload.get("purpose") == FINANCE:
        fields["purpose"] = FINANCE
        if kind != "department":
            raise Fault(Code.UNIT_POINT_KIND, status=2, unit=id)
    for field in ("area", "bank"):
        if payload.get(field):
            fields[field] = _active(units, payload[field], day, kind=field).id
    if kind == "line" and not (fields.get("area") and fields.get("bank")):
        raise Fault(Code.UNIT_LINE_HALF, status=2)
    yield Edit(id, {}, {**{k: v for k, v in fields.items() if v is not None}, "state": ACTIVE})


def _close(history: UnitHistory, payload: Payload, day: int) -> Iterable[Edit]:
    units = history.as_of(day)
    unit = _active(units, payload["unit"], day)
    lines = _lines(units, unit)
    if lines and not payload.get("with_lines"):
        raise Fault(Code.UNIT_HAS_LINES, unit=unit.id, lines=[line.id for line in lines])
    for one in (unit, *lines):
        yield Edit(one.id, {"state": ACTIVE}, {"state": CLOSED})
    if unit.kind == "line" and unit.target:
        yield from _less(units, unit.area, unit.target)


def _merge(history: UnitHistory, payload: Payload, day: int) -> Iterable[Edit]:
    units = history.as_of(day)
    unit, into = _active(units, payload["unit"], day), _active(units, payload["into"], day)
    if unit.id == into.id:
        raise Fault(Code.UNIT_INTO_ITSELF, status=2, unit=unit.id)
    if unit.shown_kind != into.shown_kind:
        raise Fault(Code.UNIT_OTHER_KIND, status=2, unit=unit.id, into=into.id)
    later = [c for c in history.ahead(day) if c.unit == into.id and "state" in c.after]
    if later:
        raise Fault(Code.UNIT_ENDS_LATER, unit=into.id, day=day_text(later[0].since))
    yield Edit(
        unit.id, {"state": ACTIVE, "successor": None}, {"state": MERGED, "successor": into.id}
    )
    if unit.target and payload.get("target", "add") == "add":
        yield Edit(into.id, {"target": into.target}, {"target": (into.target or 0) + unit.target})
        if unit.kind == "line" and unit.area != into.area:
            yield from _less(units, unit.area, unit.target)
            yield from _less(units, into.area, -unit.target)
    elif unit.target and unit.kind == "line":
        yield from _less(units, unit.area, unit.target)
    for line in _lines(units, unit):
        yield Edit(line.id, {unit.kind: unit.id}, {unit.kind: into.id})


def _less(units: Mapping[str, UnitOn], area: str | None, target: int) -> Iterable[Edit]:
    """
    Yield that *area* has so much less to do, as its lines have: they add up to its target.

    One whose last line goes keeps its own: nobody says that it has none.
    """
    there = units.get(area or "")
    if there is not None and there.active and there.target and there.target > target:
        yield Edit(there.id, {"target": there.target}, {"target": there.target - target})


def _rename(history: UnitHistory, payload: Payload, day: int) -> Iterable[Edit]:
    units = history.as_of(day)
    unit = _known(units, payload["unit"], day)
    fields = {"name": clean(str(payload.get("name") or ""))}
    branch = fields["name"].rpartition("·")[2]
    if unit.kind == "line" and unit.branch and branch:
        # Its paper shows township and branch: a new name that left the branch would print the old.
        area = units[unit.area or ""].name
        told = fields["name"] if "·" in fields["name"] else f"{area}·{branch}"
        fields = {"name": told, "branch": branch}
    _name(units, fields["name"], unit.id)
    return [_edit(unit, fields)]


def _retarget(history: UnitHistory, payload: Payload, day: int) -> Iterable[Edit]:
    units = history.as_of(day)
    for id, number in payload["targets"].items():
        unit = _active(units, id, day)
        yield _edit(unit, {"target": _target(unit.kind, id, number)})


def _replace(history: UnitHistory, payload: Payload, day: int) -> Iterable[Edit]:
    """Another one in its place: an id of its own, for what the old one earned stays its own."""
    units = history.as_of(day)
    unit = _active(units, payload["unit"], day)
    fresh = {
        "kind": unit.kind, "id": payload.get("id"), "name": payload.get("name"),
        **{field: payload[field] if payload.get(field) else getattr(unit, field)
           for field in (
               "area", "bank", "branch", "sector", "mode", "link", "target", "purpose"
           )},
    }
    others = {id: one for id, one in units.items() if id != unit.id}
    (born,) = _add(history, fresh, day)
    after = {**born.after, "position": unit.position}
    if unit.official_code:
        after["official_code"] = unit.official_code
    new = Edit(born.unit, born.before, after)
    _name(others, new.after["name"], new.unit)
    state = {"state": MERGED, "successor": new.unit} if payload.get("lead_on") else {
        "state": CLOSED
    }
    yield new
    yield Edit(unit.id, {"state": ACTIVE, **({"successor": None} if len(state) > 1 else {})}, state)
    for line in _lines(units, unit):
        yield Edit(line.id, {unit.kind: unit.id}, {unit.kind: new.unit})


def _change(history: UnitHistory, payload: Payload, day: int) -> Iterable[Edit]:
    """Fields as a table has them that somebody sent: unit -> field -> value."""
    units = history.as_of(day)
    for id, fields in payload["fields"].items():
        unit = _known(units, id, day)
        refuse_other_purpose(unit, fields)
        yield _edit(unit, fields)


PLANS: Mapping[str, Callable[[UnitHistory, Payload, int], Iterable[Edit]]] = {
    "add": _add, "close": _close, "merge": _merge, "rename": _rename, "target": _retarget,
    "replace": _replace, "change": _change,
}


def refuse_other_purpose(unit: UnitOn, fields: Mapping[str, Any]) -> None:
    """
    Refuse to make a unit a survey point, or to make one that is something else.

    The paper on the wall says what it is for, and people who registered would be lost.

    Raises:
        Fault: *fields* say another purpose than the *unit* has.
    """
    if "purpose" in fields and (fields["purpose"] == FINANCE) != unit.is_point:
        raise Fault(Code.UNIT_PURPOSE_STAYS, status=2, unit=unit.id)


def next_id(history: UnitHistory, kind: str) -> str:
    """Return the next id of *kind* that no unit ever had: paper outlives its unit."""
    letter = _LETTERS[kind]
    numbers = [int(c.unit[1:]) for c in history.changes
               if re.fullmatch(f"{letter}[0-9]+", c.unit)]
    return f"{letter}{max(numbers, default=0) + 1:02}"


def _edit(unit: UnitOn, fields: Mapping[str, Any]) -> Edit:
    names = [n for n in fields if n in FIELDS and getattr(unit, n) != fields[n]]
    return Edit(unit.id, {n: getattr(unit, n) for n in names}, {n: fields[n] for n in names})


def _known(units: Mapping[str, UnitOn], id: str, day: int) -> UnitOn:
    unit = units.get(id)
    if unit is None:
        raise Fault(Code.UNIT_UNKNOWN_ON, status=2, unit=id_or_shape(id), day=day_text(day))
    return unit


def _active(
    units: Mapping[str, UnitOn], id: str, day: int, *, kind: str | None = None
) -> UnitOn:
    unit = _known(units, id, day)
    if not unit.active:
        raise Fault(Code.UNIT_NOT_ACTIVE, unit=id, day=day_text(day))
    if kind is not None and unit.kind != kind:
        raise Fault(Code.UNIT_NO_SUCH_KIND, status=2, unit=id, kind=kind)
    return unit


def _lines(units: Mapping[str, UnitOn], unit: UnitOn) -> list[UnitOn]:
    """Return the active lines of an area or a bank."""
    if unit.kind not in ("area", "bank"):
        return []
    return [one for one in units.values() if one.active and getattr(one, unit.kind) == unit.id]


def _name(units: Mapping[str, UnitOn], given: object, id: str) -> str:
    name = clean(str(given or ""))
    if not 1 <= len(name) <= _LONGEST:
        raise Fault(Code.UNIT_NAME, status=2, longest=_LONGEST)
    for unit in units.values():
        if unit.id != id and unit.active and unit.name == name:
            raise Fault(Code.UNIT_NAME_TAKEN, unit=unit.id)
    return name


def _target(kind: str, id: str, given: object) -> int | None:
    if kind not in _TARGETED:
        if given is not None:
            raise Fault(Code.UNIT_WITHOUT_TARGET, status=2, unit=id)
        return None
    if type(given) is not int or not 1 <= given <= _MOST_TARGET:
        raise Fault(Code.UNIT_TARGET, status=2, unit=id, most=_MOST_TARGET)
    return given
