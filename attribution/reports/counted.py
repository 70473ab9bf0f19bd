"""
What a progress table is made of: of each code what was counted and what was asked.

Read once a table, for whoever sees the units *only*; `progress` rolls it up.
"""
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from attribution.reports import whose
from attribution.reports.lines import Line
from attribution.reports.whose import Only
from attribution.store import Store, period_locks, registry


@dataclass(frozen=True)
class Counted:
    snapshot: registry.Snapshot
    steps: Mapping[str, Mapping[str, int]]
    fresh: Mapping[str, int]
    corrected: Mapping[str, int]
    locked: int
    # The codes that count for whoever asks, and who that is; None and 全县 for all.
    only: Only
    whose: str

    @property
    def ids(self) -> list[str]:
        """
        The codes that count for whoever asks, in the order of Attachment 1; then those that
        are not listed any more.
        """
        units = self.snapshot.units
        every = [*units, *(id for id in self.steps if id not in units)]
        return every if self.only is None else [id for id in every if id in self.only]

    @property
    def named(self) -> str:
        """What stands before the name of a sum that is not the county's."""
        return "" if self.only is None else f"{self.whose}："

    @cached_property
    def targets(self) -> Mapping[str, int]:
        """What is asked of each code: of an area's own what its lines have not taken over."""
        found: dict[str, int] = {}
        taken_over: Counter[str] = Counter()
        for line in self.of_kind("line"):
            found[line.id] = line.target or 0
            taken_over[line.area or ""] += line.target or 0
        for area in self.of_kind("area"):
            if area.target is not None:
                found[area.id] = area.target - taken_over[area.id]
        return found

    def of_kind(self, kind: str) -> list[registry.Unit]:
        """Return the units of a *kind*, in the order of Attachment 1."""
        return [unit for unit in self.snapshot.units.values() if unit.kind == kind]


@dataclass
class Roll:
    """What adds up to one line."""

    counts: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    corrected: int = 0
    target: int = 0
    units: list[str] = field(default_factory=list)

    def add(self, id: str, read: Counted) -> None:
        self.counts.update(read.steps.get(id, {}))
        self.fresh += read.fresh.get(id, 0)
        self.corrected += read.corrected.get(id, 0)
        self.units.append(id)
        self.target += read.targets.get(id, 0)

    def line(self, key: str, name: str) -> Line:
        return Line(
            key, name, self.target or None, self.counts, self.fresh, units=tuple(self.units),
            corrected=self.corrected,
        )


def read(
    store: Store, campaign: str, since: int, until: int, period: tuple[int, int], only: Only
) -> Counted:
    """Return what is reported of some days, for whoever sees the units *only*."""
    with store.read() as connection:
        made = period_locks.reported(connection, campaign, since, until)
        lately = period_locks.reported(
            connection, campaign, max(since, period[0]), min(until, period[1])
        )
        snapshot = registry.read(connection, campaign)
        return Counted(
            snapshot, made.total(), _effective(lately.fresh), _effective(made.corrected),
            period_locks.locked_until(connection, campaign),
            whose.counted(snapshot.units, only), whose.label(snapshot.units, only),
        )


def _effective(counts: period_locks.Counts) -> dict[str, int]:
    return {unit: kinds.get("effective", 0) for unit, kinds in counts.items()}
