"""
A table of units that somebody sent, compared with the ledger field by field.

Pure. A row that moved is no change; an issue is never lowered, for paper hangs on walls; a
unit that was merged stays merged. What the table says as the revision said that it was made of
nobody edited: what the ledger has changed since stands. Of a changed name nobody can guess
whether the unit was renamed or another one took its place, so whoever imports is asked.
"""
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attribution.faults import Code
from attribution.office.unit_plans import Edit, Payload, next_id, plan, refuse_other_purpose
from attribution.rule.unit_history import ACTIVE, CLOSED, MERGED, UnitHistory, UnitOn
from qrgen.campaign import Unit
from qrgen.faults import Fault

# What of a unit a table may change, in the order of its columns.
COLUMNS = (
    "name", "target", "issue", "official_code", "area", "bank", "branch", "sector", "mode",
    "link", "aliases", "purpose",
)

# In the place of single units: of every changed name.
ALL = "all"


@dataclass(frozen=True)
class TablePlan:
    """
    What a table would change.

    Args:
        unclear: Units whose name changes, of which nobody said how.
        overruled: Fields that the table changes and the ledger has changed since its revision.
        kept: Units that were merged, and that the table has as active.
    """

    added: tuple[Edit, ...] = ()
    changed: tuple[Edit, ...] = ()
    closed: tuple[Edit, ...] = ()
    replaced: tuple[Edit, ...] = ()
    unclear: tuple[Edit, ...] = ()
    overruled: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.edits)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All of it, in the order it is entered."""
        return (*self.added, *self.changed, *self.replaced, *self.closed)


def compare(
    history: UnitHistory, table: Sequence[Unit], day: int, *, base: int | None = None,
    renamed: Collection[str] = (), replaced: Collection[str] = (),
) -> TablePlan:
    """
    Return what *table* (with the units that are closed in it, too) would change on *day*.

    Args:
        base: The revision that the table was made of; None when nothing says so.
        renamed: Units whose new name is the same unit's; `ALL` for every one.
        replaced: Units in whose place another one is.
    """
    now = history.as_of(day)
    then = now if base is None else history.at_revision(base, day)
    told = {unit.id: unit for unit in table}
    added: list[Edit] = []
    changed: list[Edit] = []
    closed: list[Edit] = []
    made: list[Edit] = []
    unclear: list[Edit] = []
    overruled: list[tuple[str, str]] = []
    kept: list[str] = []
    for unit in table:
        here = now.get(unit.id)
        if here is None:
            if unit.state == ACTIVE:
                added.append(Edit(unit.id, {}, {**_born(unit), "state": ACTIVE}))
            continue
        fields = _changes(unit, here, then.get(unit.id), overruled, base is not None)
        refuse_other_purpose(here, fields)
        fields.update(_state(unit, here, then.get(unit.id), base is not None, kept))
        if "name" in fields and here.active:
            if unit.id in replaced:
                made += _replaced(history, unit, day)
                continue
            if unit.id not in renamed and ALL not in renamed:
                unclear.append(_edit(here, fields))
                continue
        if fields:
            edit = _edit(here, fields)
            (closed if fields.get("state") == CLOSED else changed).append(edit)
    for here in now.values():
        # One that came after the table was made is not missing from it.
        if here.active and here.id not in told and (base is None or here.id in then):
            closed.append(Edit(here.id, {"state": ACTIVE}, {"state": CLOSED}))
    return TablePlan(
        tuple(added), tuple(changed), tuple(closed), tuple(_numbered(history, made, added)),
        tuple(unclear), tuple(overruled), tuple(kept),
    )


def refuse_unclear(planned: TablePlan, asked: Collection[str]) -> None:
    """
    Refuse a plan in which somebody has to say first what a changed name means.

    Args:
        asked: The units that were named as renamed or replaced.

    Raises:
        Fault: it names the units; or one that was named has no other name.
    """
    if planned.unclear:
        units = [edit.unit for edit in planned.unclear]
        raise Fault(Code.UNITS_RENAMED_OR_REPLACED, status=2, units=units)
    known = {edit.unit for edit in planned.edits if "name" in edit.after or "state" in edit.after}
    strange = sorted(set(asked) - known - {ALL})
    if strange:
        raise Fault(Code.UNIT_NOT_RENAMED, status=2, unit=strange[0])


def fields_of(unit: Unit) -> dict[str, Any]:
    """Return what a row of a table says of a unit, by the names of the ledger."""
    return {
        **{name: getattr(unit, name) for name in COLUMNS if name != "aliases"},
        "aliases": ";".join(unit.aliases) or None,
    }


def _born(unit: Unit) -> dict[str, Any]:
    values = {"kind": unit.kind, "position": unit.position, **fields_of(unit)}
    return {k: v for k, v in values.items()
            if v is not None and not (k == "purpose" and v == "payment")}


def _changes(
    unit: Unit, here: UnitOn, then: UnitOn | None, overruled: list[tuple[str, str]],
    based: bool,
) -> dict[str, Any]:
    made = {}
    for name, value in fields_of(unit).items():
        was = getattr(here, name)
        if name == "issue":
            if value > was:
                made[name] = value
            continue
        if value == was:
            continue
        if based and then is not None:
            before = getattr(then, name)
            if value == before:
                continue  # nobody edited it: the ledger did, since
            if before != was:
                overruled.append((unit.id, name))
        made[name] = value
    return made


def _state(
    unit: Unit, here: UnitOn, then: UnitOn | None, based: bool, kept: list[str]
) -> dict[str, Any]:
    if unit.state == here.state or (based and then is not None and unit.state == then.state):
        return {}
    if here.state == MERGED or unit.state == MERGED:
        kept.append(unit.id)  # a merger is a deed of its own, and so is its end
        return {}
    return {"state": unit.state}


def _replaced(history: UnitHistory, unit: Unit, day: int) -> list[Edit]:
    payload: Payload = {
        "unit": unit.id, **{name: value for name, value in fields_of(unit).items()
                            if name in ("name", "area", "bank", "branch", "sector", "mode",
                                        "link", "target", "purpose")},
    }
    return plan("replace", history, payload, day)


def _numbered(
    history: UnitHistory, made: Sequence[Edit], added: Sequence[Edit]
) -> list[Edit]:
    """Return *made* with an id of its own for each new unit."""
    taken = {edit.unit for edit in added}
    result: list[Edit] = []
    for edit in made:
        if edit.before or "kind" not in edit.after:
            result.append(edit)
            continue
        id = next_id(history, edit.after["kind"])
        while id in taken:
            id = f"{id[0]}{int(id[1:]) + 1:02}"
        taken.add(id)
        result.append(Edit(id, edit.before, edit.after))
    return result


def _edit(here: UnitOn, fields: Mapping[str, Any]) -> Edit:
    return Edit(here.id, {name: getattr(here, name) for name in fields}, dict(fields))
