"""
The history of units: changes are entered here, and the table `unit` follows from them.

`unit` stands as of one day, which `registry_version` names. What holds from a later day is in
the history alone until that day comes (`settle`); whose code claims for whom is told with its
instants, so that nothing waits for anybody to look.
"""
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from attribution.rule.instants import Instant, day_of, day_start
from attribution.rule.unit_history import (
    ACTIVE,
    CLOSED,
    FIELDS,
    MERGED,
    UnitChange,
    UnitHistory,
    UnitOn,
)
from attribution.store import registry
from attribution.store.engine.database import Connection, Row


def read(connection: Connection, campaign: str) -> UnitHistory:
    """Return the history of the units of *campaign*."""
    changes = [_change(row) for row in rows(connection, campaign)]
    known = {change.unit for change in changes if not change.before}
    # One whose beginning nothing tells of was always as it stands, but for what is told.
    for unit in registry.read(connection, campaign).units.values():
        if unit.id not in known:
            changes += _untold(unit, [change for change in changes if change.unit == unit.id])
    return UnitHistory(changes)


def rows(connection: Connection, campaign: str, unit: str | None = None) -> list[Row]:
    """Return the changes as they were entered, of one *unit* or of all, oldest first."""
    condition = "" if unit is None else " and unit = :unit"
    return connection.rows(
        f"""select id, at, revision, unit, since, moment, before, after, note, by_whom
            from unit_change where campaign = :campaign{condition} order by id""",
        {"campaign": campaign, "unit": unit} if unit is not None else {"campaign": campaign},
    )


def enter(
    connection: Connection, campaign: str, changes: Iterable[UnitChange], now: Instant
) -> int:
    """
    Enter *changes* (their `revision` is made here), and let `unit` follow.

    Returns:
        The revision of the registry that holds them.
    """
    history = read(connection, campaign)
    revision = registry.bump(connection, campaign)
    made = [replace(change, revision=revision) for change in changes]
    connection.run_many(
        """insert into unit_change (campaign, id, at, revision, unit, since, moment, before,
               after, note, by_whom)
           values (:campaign, :id, :at, :revision, :unit, :since, :moment, :before, :after,
               :note, :by_whom)""",
        [
            {
                "campaign": campaign, "id": change.id, "at": change.at, "revision": revision,
                "unit": change.unit, "since": change.since, "moment": change.moment,
                "before": _text(change.before), "after": _text(change.after),
                "note": change.note, "by_whom": change.by_whom,
            }
            for change in made
        ],
    )
    _follow(connection, campaign, UnitHistory([*history.changes, *made]), now)
    return revision


def settle(connection: Connection, campaign: str, now: Instant) -> bool:
    """Let `unit` follow to the day of *now*, where its day has passed; whether it was behind."""
    today = day_of(now)
    if registry.day(connection, campaign) >= today:
        return False
    history = read(connection, campaign)
    if any(registry.day(connection, campaign) < day <= today for day in history.days):
        registry.bump(connection, campaign)
    _follow(connection, campaign, history, now)
    return True


def _follow(connection: Connection, campaign: str, history: UnitHistory, now: Instant) -> None:
    """Write `unit` as the *history* has it on the day of *now*."""
    today = day_of(now)
    before = registry.read(connection, campaign).units
    # One that is added from a later day on is there, and has to be closed until then.
    units = {**history.as_of(99_999_999), **history.as_of(today)}
    there = history.as_of(today)
    made = []
    for unit in units.values():
        row = _row(unit, history, there, now)
        if before.get(unit.id) != row:
            made.append(row)
    if made:
        registry.write(connection, campaign, made)
    registry.set_day(connection, campaign, today)


def _row(
    unit: UnitOn, history: UnitHistory, there: dict[str, UnitOn], now: Instant
) -> registry.Unit:
    leads = history.leads(unit.id)
    closed_at: Instant | None = None
    if unit.id not in there:
        closed_at = 0  # it comes with its day
    elif not unit.active:
        for lead in leads:
            if lead.unit == unit.id:
                closed_at = None
            elif lead.moment <= now and closed_at is None:
                closed_at = lead.moment
        closed_at = day_start(unit.since) if closed_at is None else closed_at
    merged = unit.state == MERGED and unit.id in there
    return registry.Unit(
        id=unit.id, position=unit.position, kind=unit.kind, name=unit.name, target=unit.target,
        official_code=unit.official_code, area=unit.area, bank=unit.bank, branch=unit.branch,
        sector=unit.sector, mode=unit.mode, link=unit.link, issue=unit.issue,
        closed_at=closed_at, aliases=unit.aliases,
        purpose=None if unit.purpose == "payment" else unit.purpose,
        successor=unit.successor if merged else None,
        leads=json.dumps(leads) if leads else None,
    )


def _untold(unit: registry.Unit, told: Sequence[UnitChange]) -> list[UnitChange]:
    """Return the beginning of a *unit* that was put into the table without one."""
    born = {k: v for k, v in vars(unit).items() if k in FIELDS and v is not None}
    for change in reversed(told):
        born.update(change.before)
    made = [UnitChange(0, unit.id, 0, 0, {}, {**born, "state": ACTIVE})]
    if unit.closed_at is not None and not any("state" in change.after for change in told):
        after = {"state": CLOSED}
        made.append(UnitChange(1, unit.id, day_of(unit.closed_at), unit.closed_at, {}, after))
    return made


def _change(row: Row) -> UnitChange:
    return UnitChange(
        row["id"], row["unit"], row["since"], row["moment"], json.loads(row["before"]),
        json.loads(row["after"]), row["at"], row["by_whom"], row["note"], row["revision"],
    )


def _text(fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
