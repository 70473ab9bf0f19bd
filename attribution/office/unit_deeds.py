"""
Changes of units as deeds: add, close, merge, rename, target, replace, each from a day on.

One function does all of them by name and payload, plain data, so that a request which two
people must agree on can be kept as it is and carried out when it is approved. A change of
state that holds from a day that has begun may move claims: their persons are judged again in
the same transaction, and `preview` says beforehand whose credit moves.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attribution import deeds, judging
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.judging import Moved
from attribution.ledger import Ledger
from attribution.office.unit_plans import FINANCE, Edit, Payload, plan
from attribution.rule.instants import Instant, day_of, day_start
from attribution.rule.unit_history import UnitChange, UnitHistory
from attribution.store import log, unit_log
from attribution.store.engine.database import Connection
from qrgen.faults import Fault

# Why a credit changes when a unit's state does.
CAUSE = "unit_state"

# An entry names so many units, and of the rest their number.
LISTED = 100


@dataclass(frozen=True)
class Entered:
    """
    What a deed changed, or would.

    Args:
        since: The first day (yyyymmdd) it holds.
        moved: Whose credit it moves.
        revision: Of the registry, that it made.
    """

    name: str
    since: int
    edits: tuple[Edit, ...]
    moved: tuple[Moved, ...]
    revision: int


class _Undo(Exception):
    """It was only to see what would come of it."""

    def __init__(self, change: Entered):
        super().__init__("a preview")
        self.change = change


def preview(ledger: Ledger, name: str, payload: Payload, now: Instant) -> Entered:
    """Return what `do` would change; nothing is."""

    def act(connection: Connection) -> None:
        raise _Undo(_enter(ledger, connection, Actor("preview"), name, payload, now))

    try:
        ledger.store.write(act)
    except _Undo as undone:
        return undone.change
    raise AssertionError("a preview was kept")


def do(ledger: Ledger, by: Actor, name: str, payload: Payload, now: Instant) -> Entered:
    """
    Do the deed *name* (`unit_plans.PLANS`) as *payload* says.

    The payload's ``since`` is the first day (yyyymmdd) it holds; without one it holds from
    now on, and of today's claims those before it stay where they were.

    Raises:
        Fault: it cannot be done to these units on that day. Nothing was done.
    """

    def act(doing: Doing) -> Entered:
        made = _enter(ledger, doing.connection, by, name, payload, now)
        doing.enter(
            Kind.UNIT_CHANGE, _subject(made.edits), deed=name, since=made.since,
            changed=told(made.edits), revision=made.revision,
            **({"moved": len(made.moved)} if made.moved else {}),
        )
        return made

    return deeds.do(ledger.store, by, now, act)


def enter_edits(
    ledger: Ledger, connection: Connection, by: Actor, name: str, edits: Sequence[Edit],
    since: int, moment: Instant, now: Instant,
) -> tuple[int, tuple[Moved, ...]]:
    """Enter *edits* in a transaction that is there already; return the revision, and who moved."""
    campaign = ledger.campaign.id
    before = unit_log.read(connection, campaign)
    revision = unit_log.enter(
        connection, campaign,
        [
            UnitChange(
                ledger.store.next_id(now), edit.unit, since, moment, edit.before, edit.after,
                now, by.name, name,
            )
            for edit in edits
        ],
        now,
    )
    if not any(edit.of_state and edit.before for edit in edits):
        return revision, ()
    after = unit_log.read(connection, campaign)
    return revision, _judged_again(ledger, connection, before, after, now)


def told(edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Return *edits* for an entry: of each unit the fields, from and to."""
    return [
        {"unit": edit.unit, **{name: [edit.before.get(name), value]
                               for name, value in edit.after.items() if name != "position"}}
        for edit in edits[:LISTED]
    ]


def _enter(
    ledger: Ledger, connection: Connection, by: Actor, name: str, payload: Payload, now: Instant
) -> Entered:
    given = payload.get("since")
    since = day_of(now) if given is None else int(given)
    moment = now if given is None else day_start(since)
    history = unit_log.read(connection, ledger.campaign.id)
    edits = plan(name, history, payload, since)
    _points_lead_somewhere(ledger, edits)
    revision, moved = enter_edits(ledger, connection, by, name, edits, since, moment, now)
    return Entered(name, since, tuple(edits), moved, revision)


def _points_lead_somewhere(ledger: Ledger, edits: Sequence[Edit]) -> None:
    """Refuse a new survey point that no link of the campaign leads out of."""
    for edit in edits:
        link = edit.after.get("link")
        if edit.after.get("purpose") == FINANCE and link not in ledger.campaign.links:
            raise Fault(
                Code.UNIT_POINT_LINK, status=2, unit=edit.unit, links=list(ledger.campaign.links)
            )


def _judged_again(
    ledger: Ledger, connection: Connection, before: UnitHistory, after: UnitHistory, now: Instant
) -> tuple[Moved, ...]:
    """Judge those again whose claims count for another unit by the history *after*."""
    persons: set[str] = set()
    for unit in {change.unit for change in after.changes}:
        was, becomes = set(before.leads(unit)), set(after.leads(unit))
        moments = [lead.moment for lead in was ^ becomes]
        if moments and min(moments) < now:
            persons.update(
                log.claimants_since(connection, ledger.campaign.id, unit, min(moments))
            )
    return judging.moved(judging.refresh(ledger, connection, persons, now, CAUSE))


def _subject(edits: Sequence[Edit]) -> str:
    if len(edits) == 1:
        return f"unit {edits[0].unit}"
    return f"units {'、'.join(edit.unit for edit in edits[:LISTED])}"


def day_given(text: str | None, option: str) -> int | None:
    """
    Read a day as people type it: 2026-11-29 or 20261129; None when it was not given.

    Raises:
        Fault: it is none.
    """
    if text is None:
        return None
    digits = text.strip().replace("-", "").replace("/", "")
    try:
        day_start(int(digits))
    except ValueError:
        raise Fault(Code.NO_DAY, status=2, option=option) from None
    return int(digits)
