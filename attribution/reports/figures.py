"""
All figures of one moment as they are reported: whole enough to tell every report again.

What a report says of the past must not depend on the ledger of today: units are renamed and
merged, people erased, days corrected. So the figures are read once, in one transaction, and kept;
tables are made of what was kept by the same code as those of today (`progress`). Locked days are
in them as they were locked. Counts of units only: nobody can be found in them.
"""
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from attribution.reports import progress, whose
from attribution.reports.counted import Counted
from attribution.reports.lines import ProgressTable
from attribution.reports.pace import Pace
from attribution.reports.units_then import UnitsThen
from attribution.reports.whose import Only
from attribution.rule.instants import Instant, date_of, number_of
from attribution.rule.unit_history import UnitChange, UnitOn

# What is written, so that a later program knows what it reads.
FORMAT = "zhuanma/figures@v1"

# unit -> kind -> n
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class About:
    """The campaign, as the reports call it. Instants as in `qrgen.campaign.Campaign`."""

    id: str
    title: str
    short_title: str
    document: str
    issuer: str
    start: Instant
    end: Instant
    settle_end: Instant
    demo: bool


@dataclass(frozen=True)
class GoalFigure:
    """
    A goal of the county, and where it stood.

    Args:
        number: What was to be reached *by* that day (ISO).
        reached: None while nobody stated it; *day* (yyyymmdd) and *source* are of that number,
            and an empty source is the ledger.
    """

    key: str
    label: str
    number: int
    by: str
    reached: int | None = None
    day: int | None = None
    source: str = ""


@dataclass(frozen=True)
class Figures:
    """
    The figures of a campaign *at* an instant, for a report on the days *since* to *until*.

    Args:
        since, until: Shanghai days yyyymmdd; *until* is exclusive, and what is counted from the
            beginning is counted up to it.
        before: The first day of the stretch of equal length that ends at *since*.
        locked: The day before which numbers are locked; 0 when none is.
        elapsed, days: How many of the campaign's days were over at *until*, of how many.
        units: As of the last day of the report.
        steps: From the beginning, corrections with them; of these *corrected* are corrections.
        fresh, put_right: What happened on the report's days, and what corrections of earlier,
            locked days brought or took in the periods that begin on them.
        earlier: What happened in the stretch from *before* to *since*, corrections with it.
        held, turned: Of each unit: claims that wait for a decision; credits that were taken
            from it after they had been its own.
        by_day: Of the county, day -> kind -> n, from the first day of the campaign to *until*.
        households: Of each area, by the latest survey.
        told: When the platform last said anything; None for never.
        batches: How many files and messages the figures rest on, and *last_batch* the newest.
        terms: The version of the rule of credit (`rule.terms`).
        head: The signed head of the log under which it was taken; empty without one.
    """

    about: About
    at: Instant
    since: int
    until: int
    before: int
    locked: int
    elapsed: int
    days: int
    units: tuple[UnitOn, ...]
    changes: tuple[UnitChange, ...]
    steps: Counts
    corrected: Counts
    fresh: Counts
    put_right: Counts
    earlier: Counts
    held: Mapping[str, int] = field(default_factory=dict)
    turned: Mapping[str, int] = field(default_factory=dict)
    by_day: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    goals: tuple[GoalFigure, ...] = ()
    households: Mapping[str, int] = field(default_factory=dict)
    told: Instant | None = None
    batches: int = 0
    last_batch: str = ""
    terms: str = ""
    head: str = ""

    @property
    def first_day(self) -> date:
        """The first day of the report."""
        return date_of(self.since)

    @property
    def last_day(self) -> date:
        """The last day of the report."""
        return date_of(self.until) - timedelta(days=1)

    @property
    def pace(self) -> Pace:
        return Pace(self.days, self.elapsed)

    @property
    def share(self) -> Decimal:
        """The elapsed days in per cent of all."""
        return self.pace.share

    @cached_property
    def then(self) -> UnitsThen:
        """The units of the report's last day."""
        last = number_of(self.last_day)
        return UnitsThen(last, {unit.id: unit for unit in self.units}, self.changes)

    def counted(self, only: Only = None, *, of: str = "steps") -> Counted:
        """
        Return what a progress table is made of, for whoever sees the units *only*.

        Its *fresh* are the effective new users of the report's days.

        Args:
            of: ``steps``: from the beginning; ``fresh``: of the report's days, corrections of
                earlier ones with them; ``earlier``: of the stretch before.
        """
        steps = {
            "steps": self.steps,
            "fresh": _sum(self.fresh, self.put_right),
            "earlier": self.earlier,
        }[of]
        corrected = {"steps": self.corrected, "fresh": self.put_right, "earlier": {}}[of]
        units = self.then.units
        return Counted(
            self.then, steps, _effective(self.fresh), _effective(corrected), self.locked,
            whose.counted(units, only), whose.label(units, only),
        )

    def areas(self, only: Only = None, *, of: str = "steps") -> ProgressTable:
        """Return the table of areas (乡镇社区), as `progress.areas`."""
        return progress.areas(self.counted(only, of=of))

    def banks(self, only: Only = None, *, of: str = "steps") -> ProgressTable:
        """Return the table of banks with their branches (银行网点), as `progress.banks`."""
        return progress.banks(self.counted(only, of=of))

    def of_units(
        self, kind: str | None = None, only: Only = None, *, of: str = "steps"
    ) -> ProgressTable:
        """Return the table of units of one *kind*, or of all, as `progress.of_units`."""
        return progress.of_units(self.counted(only, of=of), kind)

    @property
    def text(self) -> str:
        """The same as text: what is kept, and what its digest is of."""
        return json.dumps(
            {"format": FORMAT, **asdict(self)}, ensure_ascii=False, sort_keys=True,
            separators=(",", ":"),
        )


def of_text(text: str) -> Figures:
    """
    Return the figures that *text* holds.

    Raises:
        ValueError: it holds none.
    """
    told: dict[str, Any] = json.loads(text)
    if told.pop("format", None) != FORMAT:
        raise ValueError(f"not {FORMAT}")
    told["about"] = About(**told["about"])
    told["units"] = tuple(UnitOn(**unit) for unit in told["units"])
    told["changes"] = tuple(UnitChange(**change) for change in told["changes"])
    told["goals"] = tuple(GoalFigure(**goal) for goal in told["goals"])
    told["by_day"] = {int(day): kinds for day, kinds in told["by_day"].items()}
    return Figures(**told)


def _sum(one: Counts, other: Counts) -> Counts:
    found = {unit: dict(kinds) for unit, kinds in one.items()}
    for unit, kinds in other.items():
        mine = found.setdefault(unit, {})
        for kind, n in kinds.items():
            mine[kind] = mine.get(kind, 0) + n
    return found


def _effective(counts: Counts) -> dict[str, int]:
    return {unit: kinds.get("effective", 0) for unit, kinds in counts.items()}
