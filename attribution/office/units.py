"""
Units in the service: taken from the campaign's units.csv, revoked, re-issued.

Paper outlives every mistake, so a unit is never deleted and an issue number never
used twice: a unit missing from the file is closed, and comes back when it returns.
"""
import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import Instant, day_of
from attribution.rule.unit_history import ACTIVE, CLOSED, FIELDS, MERGED, UnitChange
from attribution.store import registry, unit_log
from attribution.store.engine.database import Row
from qrgen import registry as files
from qrgen.faults import Fault
from qrgen.files import write_whole
from qrgen.registry import Campaign
from qrgen.shapes import id_or_shape

# An entry names so many units of each sort, and of the rest their number.
LISTED = 100


@dataclass(frozen=True)
class Plan:
    """What an import would do."""

    added: tuple[registry.Unit, ...]
    changed: tuple[tuple[registry.Unit, registry.Unit], ...]
    closed: tuple[registry.Unit, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.closed)


def plan(ledger: Ledger) -> Plan:
    """Compare *campaign*'s units with those served; change nothing."""
    with ledger.store.read() as connection:
        return _plan(registry.read(connection, ledger.campaign.id), ledger.campaign)


def import_units(ledger: Ledger, now: Instant, by: Actor) -> Plan:
    """Make the service know *campaign*'s units; return what that changed."""

    def act(doing: Doing) -> Plan:
        snapshot = registry.read(doing.connection, ledger.campaign.id)
        planned = _plan(snapshot, ledger.campaign)
        if planned:
            unit_log.enter(
                doing.connection, ledger.campaign.id,
                _changes(doing, planned, first=not snapshot.units), now,
            )
            doing.enter(Kind.UNITS_IMPORT, "units", **_told(planned))
        return planned

    return deeds.do(ledger.store, by, now, act)


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

    The new number is written to the campaign's units.csv as well, so that the
    next posters carry it. Returns the new issue.
    """

    def act(doing: Doing) -> int:
        unit = _unit(doing, ledger, unit_id)
        number = unit.issue + 1
        registry.revoke(
            doing.connection, ledger.campaign.id, unit_id, unit.issue, now, by.name
        )
        change = UnitChange(
            doing.next_id(), unit_id, day_of(now), now, {"issue": unit.issue},
            {"issue": number}, now, by.name, "reissue",
        )
        unit_log.enter(doing.connection, ledger.campaign.id, [change], now)
        doing.enter(Kind.UNIT_REISSUE, f"unit {unit_id}", unit.issue, number)
        # Last: a file that cannot be written undoes the rest, and one that is ahead of a
        # ledger that failed afterwards says the same number at the next try.
        _write_issue(ledger.campaign.folder / "units.csv", unit_id, number)
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


def _plan(snapshot: registry.Snapshot, campaign: Campaign) -> Plan:
    wanted = {unit.id: _row(unit) for unit in campaign.units}
    added, changed = [], []
    for unit in wanted.values():
        before = snapshot.units.get(unit.id)
        if before is None:
            added.append(unit)
            continue
        # An older copy of the file must not bring a revoked issue back.
        after = replace(unit, issue=max(unit.issue, before.issue), leads=before.leads)
        if after != before:
            changed.append((before, after))
    closed = [
        unit
        for unit in snapshot.units.values()
        if unit.id not in wanted and unit.closed_at is None
    ]
    return Plan(tuple(added), tuple(changed), tuple(closed))


def _changes(doing: Doing, planned: Plan, *, first: bool) -> list[UnitChange]:
    """Return *planned* as the history tells it; units of the *first* import were always there."""
    day, moment = (0, 0) if first else (day_of(doing.now), doing.now)

    def change(unit: str, before: dict[str, Any], after: dict[str, Any]) -> UnitChange:
        return UnitChange(
            doing.next_id(), unit, day, moment, before, after, doing.now, doing.actor.name,
            "import",
        )

    made = [
        change(unit.id, {}, {**_fields(unit), "state": ACTIVE}) for unit in planned.added
    ]
    for before, after in planned.changed:
        was, becomes = _fields(before), _fields(after)
        names = [n for n in FIELDS if was.get(n) != becomes.get(n)]
        told = ({n: was.get(n) for n in names}, {n: becomes.get(n) for n in names})
        if before.closed_at is not None:
            told[0].update(state=MERGED if before.successor else CLOSED)
            told[1].update(state=ACTIVE)
        made.append(change(before.id, *told))
    made += [change(unit.id, {"state": ACTIVE}, {"state": CLOSED}) for unit in planned.closed]
    return made


def _fields(unit: registry.Unit) -> dict[str, Any]:
    return {n: getattr(unit, n) for n in FIELDS
            if n not in ("state", "successor") and getattr(unit, n) is not None}


def _row(unit: files.Unit) -> registry.Unit:
    return registry.Unit(
        id=unit.id, position=unit.position, kind=unit.kind, name=unit.name, target=unit.target,
        official_code=unit.official_code, area=unit.area, bank=unit.bank, branch=unit.branch,
        sector=unit.sector, mode=unit.mode, link=unit.link, issue=unit.issue,
        aliases=";".join(unit.aliases) or None,
        purpose=None if unit.purpose == "payment" else unit.purpose,
    )


def _told(planned: Plan) -> dict[str, Any]:
    """Return *planned* for its entry: ids, and of what changed the fields, from and to."""
    changed = []
    for before, after in planned.changed[:LISTED]:
        was, becomes = asdict(before), asdict(after)
        fields = {key: [was[key], becomes[key]] for key in was if was[key] != becomes[key]}
        changed.append({"unit": before.id, **fields})
    return {
        "counts": [len(planned.added), len(planned.changed), len(planned.closed)],
        "added": [unit.id for unit in planned.added[:LISTED]],
        "changed": changed,
        "closed": [unit.id for unit in planned.closed[:LISTED]],
    }


def _unit(doing: Doing, ledger: Ledger, unit_id: str) -> registry.Unit:
    unit = registry.read(doing.connection, ledger.campaign.id).units.get(unit_id)
    if unit is None:
        raise Fault(Code.UNIT_UNKNOWN, status=2, unit=id_or_shape(unit_id))
    return unit


def _write_issue(path: Path, unit_id: str, issue: int) -> None:
    """Change one cell of units.csv, keeping its encoding, line ends and every other cell."""
    raw = path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        encoding = "gb18030"
        text = raw.decode(encoding)
    ends = "\r\n" if "\r\n" in text else "\n"
    rows = list(csv.reader(io.StringIO(text, newline="")))
    head = [cell.strip() for cell in rows[0]]
    place, key = head.index("issue"), head.index("id")
    for row in rows[1:]:
        if len(row) > key and row[key].strip() == unit_id:
            row.extend([""] * (place + 1 - len(row)))
            row[place] = str(issue)
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=ends).writerows(rows)
    try:
        write_whole(path, buffer.getvalue().encode(encoding))
    except Fault as fault:
        raise Fault(Code.UNITS_FILE, problem=fault) from None
