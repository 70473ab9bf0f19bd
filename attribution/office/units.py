"""
Units in the service: taken from the campaign's units.csv, revoked, re-issued.

Paper outlives every mistake, so a unit is never deleted and an issue number never
used twice: a unit missing from the file is closed, and comes back when it returns.
"""
from collections.abc import Collection, Iterable
from typing import Any

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import unit_deeds
from attribution.office.unit_plans import Edit
from attribution.office.unit_tables import TablePlan, compare, refuse_unclear
from attribution.rule.instants import Instant, day_of
from attribution.store import registry, unit_log
from attribution.store.engine.database import Connection, Row
from qrgen.faults import Fault
from qrgen.shapes import id_or_shape

# An entry names so many units of each sort, and of the rest their number.
LISTED = 100


def plan(
    ledger: Ledger, now: Instant, *, base: int | None = None, renamed: Collection[str] = (),
    replaced: Collection[str] = (),
) -> TablePlan:
    """Compare the units of *ledger*'s campaign, as a file has it, with those served."""
    with ledger.store.read() as connection:
        return _plan(ledger, connection, now, base, renamed, replaced)


def import_units(
    ledger: Ledger, now: Instant, by: Actor, *, base: int | None = None,
    renamed: Collection[str] = (), replaced: Collection[str] = (),
) -> TablePlan:
    """
    Make the service know the units of *ledger*'s campaign, as a file has it.

    Args:
        base, renamed, replaced: See `unit_tables.compare`.

    Returns:
        What that changed.

    Raises:
        Fault: a name changed, and nobody said whether the unit was renamed or replaced.
    """

    def act(doing: Doing) -> TablePlan:
        return import_within(
            ledger, doing, base=base, renamed=renamed, replaced=replaced
        )

    return deeds.do(ledger.store, by, now, act)


def import_within(
    ledger: Ledger, doing: Doing, *, base: int | None, renamed: Collection[str],
    replaced: Collection[str],
) -> TablePlan:
    """Do as `import_units`, in a deed that is under way."""
    now = doing.now
    planned = _plan(ledger, doing.connection, now, base, renamed, replaced)
    refuse_unclear(planned, [*renamed, *replaced])
    if planned:
        first = not registry.read(doing.connection, ledger.campaign.id).units
        # Units of the first import were there from the beginning.
        since, moment = (0, 0) if first else (day_of(now), now)
        unit_deeds.enter_edits(
            ledger, doing.connection, doing.actor, "import", planned.edits, since, moment, now
        )
        doing.enter(Kind.UNITS_IMPORT, "units", **_told(planned))
    return planned


def revoke(
    ledger: Ledger, unit_id: str, issue: int | None, now: Instant, by: Actor
) -> tuple[int, bool]:
    """
    Revoke an issue (by default the current one) of a unit's code, for good.

    Returns:
        The issue, and False where it had been revoked before.
    """

    def act(doing: Doing) -> tuple[int, bool]:
        unit = _unit(doing, ledger, unit_id)
        number = unit.issue if issue is None else issue
        if not 1 <= number <= unit.issue:
            raise Fault(
                Code.UNIT_ISSUE_UNKNOWN, status=2, unit=unit_id, issue=number, latest=unit.issue
            )
        added = registry.revoke(
            doing.connection, ledger.campaign.id, unit_id, number, now, by.name
        )
        if added:
            doing.enter(Kind.UNIT_REVOKE, f"unit {unit_id}", "valid", "revoked", issue=number)
        return number, added

    return deeds.do(ledger.store, by, now, act)


def reissue(ledger: Ledger, unit_id: str, now: Instant, by: Actor) -> int:
    """
    Revoke the current issue of a unit's code and make the next one current.

    The campaign's folder follows, so that the next posters carry it. Returns the new issue.
    """

    def act(doing: Doing) -> int:
        unit = _unit(doing, ledger, unit_id)
        number = unit.issue + 1
        registry.revoke(
            doing.connection, ledger.campaign.id, unit_id, unit.issue, now, by.name
        )
        edit = Edit(unit_id, {"issue": unit.issue}, {"issue": number})
        unit_deeds.enter_edits(
            ledger, doing.connection, by, "reissue", [edit], day_of(now), now, now
        )
        doing.enter(Kind.UNIT_REISSUE, f"unit {unit_id}", unit.issue, number)
        return number

    return deeds.do(ledger.store, by, now, act)


def listing(ledger: Ledger) -> Iterable[tuple[registry.Unit, str]]:
    """Yield every unit and the state of its code: 在用, 已撤销 or 已停用."""
    with ledger.store.read() as connection:
        snapshot = registry.read(connection, ledger.campaign.id)
    for unit in snapshot.units.values():
        state = "在用"
        if unit.closed_at == 0:
            state = "未启用"
        elif unit.successor is not None:
            state = f"已并入 {unit.successor}"
        elif unit.closed_at is not None:
            state = "已停用"
        elif (unit.id, unit.issue) in snapshot.revoked:
            state = "已撤销"
        yield unit, state


def history(ledger: Ledger, unit: str | None = None) -> list[Row]:
    """Return how the units, or the one, came to be what they are, as it was entered."""
    with ledger.store.read() as connection:
        if unit is not None and unit not in registry.read(connection, ledger.campaign.id).units:
            raise Fault(Code.UNIT_UNKNOWN, status=2, unit=id_or_shape(unit))
        return unit_log.rows(connection, ledger.campaign.id, unit)


def _plan(
    ledger: Ledger, connection: Connection, now: Instant, base: int | None,
    renamed: Collection[str], replaced: Collection[str],
) -> TablePlan:
    campaign = ledger.campaign
    return compare(
        unit_log.read(connection, campaign.id), (*campaign.units, *campaign.former), day_of(now),
        base=base, renamed=renamed, replaced=replaced,
    )


def _told(planned: TablePlan) -> dict[str, Any]:
    """Return *planned* for its entry: ids, and of what changed the fields, from and to."""
    changed = [*planned.changed, *(e for e in planned.replaced if e.before)]
    added = [*planned.added, *(e for e in planned.replaced if not e.before)]
    return {
        "counts": [len(added), len(changed), len(planned.closed)],
        "added": [edit.unit for edit in added[:LISTED]],
        "changed": unit_deeds.told(changed),
        "closed": [edit.unit for edit in planned.closed[:LISTED]],
    }


def _unit(doing: Doing, ledger: Ledger, unit_id: str) -> registry.Unit:
    unit = registry.read(doing.connection, ledger.campaign.id).units.get(unit_id)
    if unit is None:
        raise Fault(Code.UNIT_UNKNOWN, status=2, unit=id_or_shape(unit_id))
    return unit
