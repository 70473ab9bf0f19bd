"""
Units in the service: taken from the campaign's units.csv, revoked, re-issued.

Paper outlives every mistake, so a unit is never deleted and an issue number never
used twice: a unit missing from the file is closed, and comes back when it returns.
"""
import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.store import registry
from attribution.store.engine.database import Connection
from qrgen import registry as files
from qrgen.files import write_whole
from qrgen.registry import Campaign
from qrgen.shapes import id_or_shape
from qrgen.shell import Fault


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


def import_units(ledger: Ledger, now: Instant) -> Plan:
    """Make the service know *campaign*'s units; return what that changed."""

    def act(connection: Connection) -> Plan:
        planned = _plan(registry.read(connection, ledger.campaign.id), ledger.campaign)
        if planned:
            closed = [replace(unit, closed_at=now) for unit in planned.closed]
            news = [after for _, after in planned.changed]
            registry.put(connection, ledger.campaign.id, [*planned.added, *news, *closed])
        return planned

    return ledger.store.write(act)


def revoke(
    ledger: Ledger, unit_id: str, issue: int | None, now: Instant, by_whom: str
) -> tuple[int, bool]:
    """
    Revoke an issue (by default the current one) of a unit's code, for good.

    Returns:
        The issue, and False where it had been revoked before.
    """
    unit = _unit(ledger, unit_id)
    number = unit.issue if issue is None else issue
    if not 1 <= number <= unit.issue:
        raise Fault(
            f"{unit_id} has no issue {number}", f"its issues are 1 to {unit.issue}", status=2
        )
    added = ledger.store.write(
        lambda connection: registry.revoke(
            connection, ledger.campaign.id, unit_id, number, now, by_whom
        )
    )
    return number, added


def reissue(ledger: Ledger, unit_id: str, now: Instant, by_whom: str) -> int:
    """
    Revoke the current issue of a unit's code and make the next one current.

    The new number is written to the campaign's units.csv as well, so that the
    next posters carry it. Returns the new issue.
    """
    unit = _unit(ledger, unit_id)
    number = unit.issue + 1
    _write_issue(ledger.campaign.folder / "units.csv", unit_id, number)

    def act(connection: Connection) -> None:
        registry.revoke(connection, ledger.campaign.id, unit_id, unit.issue, now, by_whom)
        registry.set_issue(connection, ledger.campaign.id, unit_id, number)

    ledger.store.write(act)
    return number


def listing(ledger: Ledger) -> Iterable[tuple[registry.Unit, str]]:
    """Yield every unit and the state of its code: 在用, 已撤销 or 已停用."""
    with ledger.store.read() as connection:
        snapshot = registry.read(connection, ledger.campaign.id)
    for unit in snapshot.units.values():
        state = "在用"
        if unit.closed_at is not None:
            state = "已停用"
        elif (unit.id, unit.issue) in snapshot.revoked:
            state = "已撤销"
        yield unit, state


def _plan(snapshot: registry.Snapshot, campaign: Campaign) -> Plan:
    wanted = {unit.id: _row(unit) for unit in campaign.units}
    added, changed = [], []
    for unit in wanted.values():
        before = snapshot.units.get(unit.id)
        if before is None:
            added.append(unit)
            continue
        # An older copy of the file must not bring a revoked issue back.
        after = replace(unit, issue=max(unit.issue, before.issue))
        if after != before:
            changed.append((before, after))
    closed = [
        unit
        for unit in snapshot.units.values()
        if unit.id not in wanted and unit.closed_at is None
    ]
    return Plan(tuple(added), tuple(changed), tuple(closed))


def _row(unit: files.Unit) -> registry.Unit:
    return registry.Unit(
        id=unit.id, position=unit.position, kind=unit.kind, name=unit.name, target=unit.target,
        official_code=unit.official_code, area=unit.area, bank=unit.bank, branch=unit.branch,
        sector=unit.sector, mode=unit.mode, link=unit.link, issue=unit.issue,
    )


def _unit(ledger: Ledger, unit_id: str) -> registry.Unit:
    with ledger.store.read() as connection:
        unit = registry.read(connection, ledger.campaign.id).units.get(unit_id)
    if unit is None:
        raise Fault(f"no unit {id_or_shape(unit_id)}", "see `attribution units list`", status=2)
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
        raise Fault(
            fault.cause, "re-issuing needs the campaign copy in the instance folder"
        ) from None
