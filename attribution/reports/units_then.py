"""
The units as the table of a day has them: names, targets and states of that day.

A table of today asks the registry; one of a past day its history. What was merged is shown under
its successor from that day on, what was closed keeps its line while it has anything to show and
is asked for nothing; a line that closed takes its target from its area too, unless another came in
its place or the area's was set anew.
"""
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from attribution.rule.instants import day_of
from attribution.rule.unit_history import (
    ACTIVE,
    CLOSED,
    MERGED,
    UnitChange,
    UnitOn,
)
from attribution.store import registry, unit_log
from attribution.store.engine.database import Connection


@dataclass(frozen=True)
class UnitsThen:
    """Units on the day *day*, in the order of Attachment 1, and what changed up to then."""

    day: int
    units: Mapping[str, UnitOn]
    changes: tuple[UnitChange, ...] = ()

    @cached_property
    def merged(self) -> dict[str, str]:
        """Merged units -> under which unit they are shown: the last of their successors."""
        found = {}
        for unit in self.units.values():
            here, seen = unit, {unit.id}
            while here.state == MERGED and (into := self.units.get(here.successor or "")):
                if into.id in seen:
                    break
                seen.add(into.id)
                here = into
            if here is not unit:
                found[unit.id] = here.id
        return found

    def heir(self, id: str) -> str:
        return self.merged.get(id, id)

    def place(self, id: str) -> UnitOn | None:
        """Return the unit whose line has the code *id*; None for what is not listed."""
        return self.units.get(self.heir(id))

    def of_kind(self, kind: str) -> list[UnitOn]:
        """Return the units of a *kind* that are shown as themselves."""
        return [
            unit for unit in self.units.values() if unit.kind == kind and unit.id not in self.merged
        ]

    def name(self, id: str) -> str:
        """Return how a line of the unit *id* is called: closed, or with what it took over."""
        unit = self.units[id]
        taken = [self.units[other].name for other, heir in self.merged.items() if heir == id]
        if unit.state != ACTIVE and id not in self.merged:
            return f"{unit.name}（已停用）"
        if not taken:
            return unit.name
        told = "、".join(taken) if len(taken) < 3 else f"{taken[0]}等{len(taken)}个"
        return f"{unit.name}（含{told}）"

    def codes(self, id: str) -> list[str]:
        """Return the codes that the line of *id* has: its own, and those merged into it."""
        return [id, *(other for other, heir in self.merged.items() if heir == id)]

    @cached_property
    def targets(self) -> Mapping[str, int]:
        """What is asked of each code: of an area's own what its lines have not taken over."""
        found: dict[str, int] = {}
        of_lines: Counter[str] = Counter()
        for line in self.units.values():
            if line.kind == "line" and line.active:
                found[line.id] = line.target or 0
                of_lines[self.heir(line.area or "")] += line.target or 0
        for area in self.units.values():
            if area.kind == "area" and area.active and area.target is not None:
                found[area.id] = area.target - self._gone(area.id) - of_lines[area.id]
        return found

    def _gone(self, area: str) -> int:
        """Return what closed lines took from the target of *area* since it was set."""
        gone = came = 0
        for change in self.changes:
            if change.unit == area and "target" in change.after:
                gone = came = 0
                continue
            line = self.units.get(change.unit)
            if line is None or line.kind != "line" or self.heir(line.area or "") != area:
                continue
            state = change.after.get("state")
            if state == CLOSED:
                gone += line.target or 0
            elif state == ACTIVE and change.since:
                came += line.target or 0
        return max(gone - came, 0)

    def notes(self, ids: Iterable[str]) -> str:
        """Tell what changed of the units *ids* and what they took over, each with its day."""
        wanted = set(ids)
        found = []
        for change in self.changes:
            if not change.since or change.unit not in self.units:
                continue
            if change.unit not in wanted:
                continue
            if words := _words(change, self.units):
                whose = "" if len(wanted) == 1 else self.units[change.unit].name
                found.append(f"{whose}{words}（{_day(change.since)}起）")
        return "；".join(found)


def read(connection: Connection, campaign: str, day: int, today: int) -> UnitsThen:
    """
    Return the units on *day*.

    Args:
        today: The day it is; the registry's own table stands as of that day.
    """
    history = unit_log.read(connection, campaign)
    if day >= today == registry.day(connection, campaign):
        units = {
            unit.id: _on(unit)
            for unit in registry.read(connection, campaign).units.values()
            if unit.closed_at != 0  # comes with its day
        }
    else:
        units = history.as_of(min(day, 99_999_999))
    return UnitsThen(day, units, tuple(c for c in history.changes if c.since <= day))


def _on(unit: registry.Unit) -> UnitOn:
    state = ACTIVE if unit.closed_at is None else MERGED if unit.successor else CLOSED
    return UnitOn(
        id=unit.id, kind=unit.kind, name=unit.name, target=unit.target, position=unit.position,
        official_code=unit.official_code, area=unit.area, bank=unit.bank, branch=unit.branch,
        sector=unit.sector, mode=unit.mode, link=unit.link, aliases=unit.aliases,
        purpose=unit.purpose or "payment", issue=unit.issue, state=state, successor=unit.successor,
        since=0 if unit.closed_at is None else day_of(unit.closed_at),
    )


def _words(change: UnitChange, units: Mapping[str, UnitOn]) -> str:
    after, before = change.after, change.before
    words = []
    if after.get("state") == CLOSED:
        words.append("停用")
    elif after.get("state") == MERGED:
        into = units.get(str(after.get("successor")))
        words.append(f"并入{into.name if into else after.get('successor')}")
    elif after.get("state") == ACTIVE:
        words.append("恢复" if before else "新增")
    if before and "target" in after:
        numbers = before.get("target"), after["target"]
        was, becomes = ("无" if n is None else f"{n:,}" for n in numbers)
        words.append(f"任务数 {was}→{becomes}")
    if before and "name" in after:
        words.append(f"由“{before.get('name')}”改名")
    return "，".join(words)


def _day(day: int) -> str:
    return f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}"
