"""
Counts of the platform's that name nobody: kept with source and day, and never a credit.

Where a platform may tell only how many registered at a branch in a day, that stands beside our
own numbers for whoever compares; nobody is credited by a number that cannot be traced.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attribution.deeds import Actor, Doing, Kind, do
from attribution.facts.count_reader import COUNTS, BadCount, CountRow, rows_of
from attribution.facts.feed_notes import Note
from attribution.facts.feed_reader import sha256_of
from attribution.facts.row_numbers import line_text
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.store import count_log, registry
from attribution.store.engine.database import Row
from qrgen.shell import Fault

_COLUMNS = {
    "place": Code.COUNTS_PLACE, "day": Code.FIELD_AS_OF, "registered": Code.TOTAL_REGISTERED,
    "bound": Code.TOTAL_BOUND, "paid": Code.TOTAL_PAID,
}
MOST_TOLD = 1000


@dataclass(frozen=True)
class CountsTaken:
    """How many counts were taken in, and what was passed over in their file."""

    rows: int
    notes: Sequence[Note]


def take(ledger: Ledger, path: Path, source: str, actor: Actor, now: Instant) -> CountsTaken:
    """
    Take in the table of counts at *path*, all of it or nothing.

    Args:
        source: Who counted, as the office names them.

    Raises:
        Fault: rows cannot be read; its `more` names them.
    """
    source = source.strip()
    if not 1 <= len(source) <= 40:
        raise Fault(Code.COUNTS_SOURCE, status=2)
    if not path.is_file():
        raise Fault(Code.FEED_MISSING, file=path)
    with ledger.store.read() as connection:
        places = _places(registry.read(connection, ledger.campaign.id))
    rows, bad, notes = _read(path, places)
    if bad:
        raise Fault(Code.COUNTS_ROWS, file=path, count=len(bad), more=bad[:MOST_TOLD])
    if not rows:
        raise Fault(Code.FEED_NO_ROWS, file=path)

    def act(doing: Doing) -> None:
        count_log.add(doing.connection, ledger.campaign.id, [
            {**row, "id": doing.next_id(), "at": now, "source": source, "by_whom": actor.name}
            for row in rows
        ])
        after: dict[str, Any] = {"rows": len(rows)} | {
            name: sum(row[name] or 0 for row in rows) for name in COUNTS
        }
        doing.enter(Kind.PLATFORM_COUNTS, f"source {source}", after=after, sha256=sha256_of(path))

    do(ledger.store, actor, now, act)
    return CountsTaken(len(rows), notes)


def units_of(place: str, snapshot: registry.Registry) -> list[str]:
    """Return the units whose codes stand for *place*, a unit's id or the name of a branch."""
    if place in snapshot.units:
        return [place]
    return [unit.id for unit in snapshot.units.values() if unit.branch == place]


def _places(snapshot: registry.Registry) -> dict[str, str]:
    """Return what a file may call a place -> the place: ids, branches, units' own names."""
    units: Sequence[registry.Unit] = list(snapshot.units.values())
    named = {unit.name: unit.id for unit in units}
    branches = {unit.branch: unit.branch for unit in units if unit.branch}
    return {**named, **branches, **{unit.id: unit.id for unit in units}}


def _read(path: Path, places: dict[str, str]) -> tuple[list[Row], list[Fault], list[Note]]:
    rows: list[Row] = []
    bad: list[Fault] = []
    notes: list[Note] = []
    for item in rows_of(path):
        if isinstance(item, Note):
            notes.append(item)
            continue
        column = item.column if isinstance(item, BadCount) else "place"
        place = None
        if isinstance(item, CountRow):
            place = places.get(item.place) or places.get(item.place.upper())
            if place is not None:
                counts = dict(zip(COUNTS, item.counts, strict=True))
                rows.append({"place": place, "day": item.day, **counts})
        if place is None:
            bad.append(Fault(
                Code.COUNTS_ROW, file=path.name, line=line_text(item.line),
                column=_COLUMNS[column],
            ))
    return rows, bad, notes
