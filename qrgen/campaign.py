"""
The nouns of a campaign: units, links, stages, goals.

Apart from their reading, so that whoever only passes them on needs no reader. Nothing about
one county stands here.
"""
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cached_property, total_ordering
from pathlib import Path
from typing import Any, Literal, get_args

from qrgen.fault_codes import Code
from qrgen.faults import Fault, FaultCode, Said

Kind = Literal["area", "line", "department", "bank"]
Mode = Literal["page", "redirect"]
Purpose = Literal["payment", "finance"]
Policy = Literal["last_claim", "first_claim", "registration_only"]
ToldWhere = Literal["internal", "off"]

UnitState = Literal["active", "closed", "merged"]

KINDS: tuple[Kind, ...] = get_args(Kind)
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
MODES: tuple[Mode, ...] = get_args(Mode)
POLICIES: tuple[Policy, ...] = get_args(Policy)
# Where units are called by name, and ranked: in papers for the house, or in none.
TOLD_WHERE: tuple[ToldWhere, ...] = get_args(ToldWhere)

# From best to worst: the whole number, its hash, its first three and last four digits.
GRADES = ("number", "hash", "masked")

# Windows and days are cut in Asia/Shanghai. China has kept UTC+8 without summer time since
# 1991, so a fixed offset is exact, and needs no time zone data on Windows.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True)
class Unit:
    """
    Whoever can be credited.

    Args:
        id: Printed on paper: ``A01``, ``N01``, ``D01``, ``B01``.
        target: Effective new users asked of it; ``None`` (never 0) for who has no target.
        issue: Number of the code that is valid now.
        official_code: Statistical code of an area, 6 to 12 digits.
        area: Id of the area; of lines, and of the survey points that are in one.
        bank: Id of the bank; of lines, and of the survey points that one bank docks with.
        branch: The bank's branch as people say it; lines only.
        mode: Overrides the campaign's mode; ``None`` follows it.
        link: A key of the campaign's links, or an https address; ``None`` for none.
        purpose: ``finance`` is a survey point (融资需求调查点) that leads to the finance platform;
            a department by its kind, and nobody registers there.
        state: Only an active one has codes to print.
        successor: The unit into which it was merged.
        revision: Of the ledger that gave out the table; None where it says nothing of it.
        line_no: The line in ``units.csv``, from 1.
        position: The place in the registry, from 0.
    """

    id: str
    kind: Kind
    name: str
    target: int | None = None
    issue: int = 1
    official_code: str | None = None
    area: str | None = None
    bank: str | None = None
    branch: str | None = None
    sector: str | None = None
    mode: Mode | None = None
    link: str | None = None
    aliases: tuple[str, ...] = ()
    purpose: Purpose = "payment"
    line_no: int = 0
    position: int = 0
    state: UnitState = "active"
    successor: str | None = None
    revision: int | None = None

    @property
    def is_point(self) -> bool:
        """Whether it is a survey point."""
        return self.purpose == "finance"


@dataclass(frozen=True)
class Placement:
    """A wall, or a member of staff, with a code of its own; what it earns is the unit's."""

    unit: str
    number: str
    label: str = ""
    line_no: int = 0


@dataclass(frozen=True)
class Link:
    """A way out that a page may offer."""

    key: str
    label: str
    url: str


@dataclass(frozen=True)
class Stage:
    """A stretch of days (*end* exclusive) with a duty. A label: it never filters credit."""

    name: str
    start: date
    end: date
    duty: str
    lead: str

    @property
    def last(self) -> date:
        """The last day, as documents write it."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True)
class Goal:
    """A number to reach by the end of the day *by*."""

    key: str
    label: str
    number: int
    by: date


@dataclass(frozen=True)
class Campaign:
    """
    One promotion. Instants are UTC; ``end`` is exclusive.

    Args:
        mark_time: Registered at or after it: a new user.
        settle_end: From then on no card binding and no transaction counts.
        basis: The order from above on which the document rests.
        allowed_hosts: Hosts that a link may lead to.
        texts: The words on the posters, the defaults filled in.
        hotline: As printed; ``None`` prints none.
        design: Colours by name, and the files of ``logo`` and ``mark``, where they are its own.
        placements: The codes per wall or member of staff, in order.
        demo: Prints 演示 on posters and pages.
        second_person: A feed file counts only once another person has confirmed it.
        stamp: The revision of the ledger that the folder is an export of, as it is printed.
        former: Units that were closed or merged; *units* are those that take part.
        grades: What the platform may give of a number for a credit; ``number`` is always one.
        naming, ranking: ToldWhere reports call single units by name, and rank them.
    """

    id: str
    title: str
    short_title: str
    document: str
    basis: str
    issuer: str
    start: datetime
    end: datetime
    mark_time: datetime
    settle_end: datetime
    policy: Policy
    mode: Mode
    stages: tuple[Stage, ...]
    goals: tuple[Goal, ...]
    links: Mapping[str, Link]
    allowed_hosts: frozenset[str]
    texts: Mapping[str, str]
    hotline: str | None
    demo: bool
    units: tuple[Unit, ...]
    folder: Path = field(compare=False)
    design: Mapping[str, str] = field(default_factory=dict)
    placements: tuple[Placement, ...] = ()
    second_person: bool = False
    grades: tuple[str, ...] = GRADES[:1]
    former: tuple[Unit, ...] = ()
    naming: ToldWhere = "internal"
    ranking: ToldWhere = "internal"
    stamp: str = field(default="", compare=False)

    @cached_property
    def _by_id(self) -> dict[str, Unit]:
        return {unit.id: unit for unit in self.units}

    def unit(self, unit_id: str) -> Unit:
        """Return the unit called *unit_id*; raises ``KeyError``."""
        return self._by_id[unit_id]

    def lines_of(self, unit_id: str) -> tuple[Unit, ...]:
        """Return the lines of an area or a bank, in order; empty for the other kinds."""
        return tuple(
            unit for unit in self.units
            if unit.kind == "line" and unit_id in (unit.area, unit.bank)
        )


@total_ordering
class Problem(Said):
    """
    What is wrong in a campaign folder, where (*line* from 1), and the remedy.

    In the order of files and lines; what reads the same in English is the same.
    """

    def __init__(self, code: FaultCode, file: str, line: int, /, **data: Any) -> None:
        super().__init__(code, **data)
        self.file = file
        self.line = line

    @property
    def remedy(self) -> str:
        """What to do about it, in English; may be empty."""
        return self.hint

    def as_fault(self) -> Fault:
        return Fault(Code.PROBLEM, file=self.file, line=self.line, problem=self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self._order() == other._order()

    def __lt__(self, other: "Problem") -> bool:
        return self._order() < other._order()

    def __hash__(self) -> int:
        return hash(self._order())

    def _order(self) -> tuple[str, int, str, str]:
        return self.file, self.line, self.cause, self.remedy
