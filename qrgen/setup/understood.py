"""
What a draft comes to: areas with their lines, banks, departments; and the units of ``units.csv``.
"""
from collections.abc import Mapping
from dataclasses import dataclass

from qrgen.campaign import Unit
from qrgen.setup.draft import Department, Draft, Remark


@dataclass(frozen=True)
class Area:
    """An area with its number and its lines, in order."""

    id: str
    name: str
    target: int
    parent: str = ""
    lines: tuple["Line", ...] = ()


@dataclass(frozen=True)
class Line:
    """A branch that an area is to work with."""

    id: str
    branch: str
    bank: str
    target: int


@dataclass(frozen=True)
class Understood:
    """
    What a draft comes to.

    Args:
        draft: The same with ids in its rows: show and keep this one.
        areas: With their lines. What has a problem is in them as far as it goes.
        banks: Name -> id, in the order of their appearance.
        departments: With ids.
        remarks: Notes, questions and problems, of reading and of understanding, in order of rows.
        units: All of it as ``units.csv`` has it: areas, lines, departments, banks.
    """

    draft: Draft
    areas: tuple[Area, ...]
    banks: Mapping[str, str]
    departments: tuple[Department, ...]
    remarks: tuple[Remark, ...]
    units: tuple[Unit, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for area in self.areas for line in area.lines)

    @property
    def total(self) -> int:
        """What the areas' targets add up to."""
        return sum(area.target for area in self.areas)

    @property
    def problems(self) -> tuple[Remark, ...]:
        return tuple(one for one in self.remarks if one.weight == "problem")

    @property
    def questions(self) -> tuple[Remark, ...]:
        return tuple(one for one in self.remarks if one.weight == "question")

    @property
    def notes(self) -> tuple[Remark, ...]:
        return tuple(one for one in self.remarks if one.weight == "note")


def units_of(
    areas: list[Area], bank_ids: Mapping[str, str], departments: tuple[Department, ...],
    words: Mapping[str, set[str]],
) -> tuple[Unit, ...]:
    """
    Return all of a campaign's units.

    Args:
        words: Bank -> what it is called in the table: its aliases.
    """
    made = [Unit(area.id, "area", area.name, area.target or None) for area in areas]
    made += [
        Unit(
            line.id, "line", f"{area.name}·{line.branch}", line.target or None,
            area=area.id, bank=bank_ids.get(line.bank), branch=line.branch,
        )
        for area in areas for line in area.lines
    ]
    made += [Unit(one.id, "department", one.name, sector=one.sector or None)
             for one in departments]
    taken = {unit.name for unit in made} | set(bank_ids)
    made += [
        Unit(id, "bank", name, aliases=tuple(sorted(words.get(name, set()) - taken)))
        for name, id in bank_ids.items()
    ]
    return tuple(made)
