"""
The units of a report's last day: its targets, names and states, and what was counted by them.

A merged unit is shown under its successor, what it earned too; the target of a closed one is
gone, while what it earned stays its own and is shown as such. Nothing of a total changes by it.
"""
from collections.abc import Mapping
from dataclasses import replace

from attribution.rule.instants import day_start
from attribution.rule.unit_history import MERGED, UnitHistory, UnitOn
from attribution.store import registry

Counts = Mapping[str, Mapping[str, int]]


def snapshot_of(
    now: registry.Snapshot, history: UnitHistory, day: int, counted: frozenset[str]
) -> registry.Snapshot:
    """
    Return *now* with the units of *day*.

    Args:
        counted: Of whose codes something was counted: of the closed they alone are shown.
    """
    units = {
        unit.id: _row(unit) for unit in history.as_of(day).values()
        if unit.active or (unit.state != MERGED and unit.id in counted)
    }
    return replace(now, units=units)


def under_heirs(counts: Counts, history: UnitHistory, day: int) -> dict[str, dict[str, int]]:
    """Return *counts*, those of merged units under their successors."""
    made: dict[str, dict[str, int]] = {}
    for unit, kinds in counts.items():
        there = made.setdefault(history.heir(unit, day), {})
        for kind, n in kinds.items():
            there[kind] = there.get(kind, 0) + n
    return made


def _row(unit: UnitOn) -> registry.Unit:
    return registry.Unit(
        id=unit.id, position=unit.position, kind=unit.kind,
        name=unit.name if unit.active else f"{unit.name}（已停用）",
        target=unit.target if unit.active else None, official_code=unit.official_code,
        area=unit.area, bank=unit.bank, branch=unit.branch, sector=unit.sector, mode=unit.mode,
        link=unit.link, issue=unit.issue, aliases=unit.aliases,
        closed_at=None if unit.active else day_start(unit.since),
    )
