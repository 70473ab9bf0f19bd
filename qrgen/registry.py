"""
A campaign as data: the folder with ``campaign.toml`` and ``units.csv``, read and proved.

Whoever prepares a campaign works in Excel, alone, in the evening. So a wrong folder is
answered with *every* problem in it, each with its file, its line and what to do, and never
with the first one only. What must hold for one county is written in its ``[expect]``.
"""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from qrgen.advice import advice_on, near_units
from qrgen.campaign import (
    KINDS,
    SHANGHAI,
    Campaign,
    Goal,
    Kind,
    Link,
    Mode,
    Placement,
    Policy,
    Problem,
    Stage,
    Unit,
)
from qrgen.campaign_stamp import stamp_line
from qrgen.campaign_values import settings_of
from qrgen.fault_codes import Code
from qrgen.placements import read_placements_file
from qrgen.readiness import unready
from qrgen.rules import check_all
from qrgen.settings_file import read_campaign_file
from qrgen.shell import Fault
from qrgen.units_file import read_units_file

__all__ = [
    "KINDS",
    "SHANGHAI",
    "Campaign",
    "Goal",
    "Kind",
    "Link",
    "Mode",
    "Policy",
    "Problem",
    "RegistryError",
    "Stage",
    "Unit",
    "find_advice",
    "find_problems",
    "find_unready",
    "load_campaign",
]


class RegistryError(Fault):
    """The folder is no sound campaign; ``more`` holds one fault for each problem."""

    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        more = [problem.as_fault() for problem in problems]
        super().__init__(
            Code.CAMPAIGN_PROBLEMS, more=more, folder=folder, count=len(problems)
        )
        self.problems = problems


# What reads units.csv; see `qrgen.units_apart` for one that somebody sent.
ReadUnits = Callable[[Path, list[Problem]], list[Unit]]


def load_campaign(folder: Path, read_units: ReadUnits = read_units_file) -> Campaign:
    """
    Return the campaign in *folder*, proved.

    Raises:
        RegistryError: ``more`` lists every problem.
    """
    campaign, problems = _read(folder, read_units)
    if campaign is None or problems:
        raise RegistryError(folder, problems)
    return campaign


def find_problems(folder: Path) -> list[Problem]:
    """Return every problem of the campaign in *folder*, by file and line; ``[]`` is sound."""
    return _read(folder, read_units_file)[1]


def find_unready(folder: Path, now: datetime) -> list[Problem]:
    """
    Return every problem of the campaign in *folder*, and what keeps it from being begun at *now*.

    For who makes a campaign; one that is served is asked for no more than `find_problems`.
    """
    return _read(folder, read_units_file, now)[1]


def find_advice(folder: Path) -> list[Problem]:
    """Return what is worth a word and stops nothing, by line (see `qrgen.advice`)."""
    settings = read_campaign_file(folder / "campaign.toml", [])
    units = read_units_file(folder / "units.csv", [])
    return sorted([*([] if settings is None else advice_on(settings)), *near_units(units)])


def _read(
    folder: Path, read_units: ReadUnits, now: datetime | None = None
) -> tuple[Campaign | None, list[Problem]]:
    problems: list[Problem] = []
    settings = read_campaign_file(folder / "campaign.toml", problems)
    units = read_units(folder / "units.csv", problems)
    campaign = None
    if settings is not None:
        active = [unit for unit in units if unit.state == "active"]
        campaign = replace(
            settings.campaign(active, folder),
            former=tuple(unit for unit in units if unit.state != "active"),
            placements=read_placements_file(folder, active, problems),
            stamp=stamp_line(folder),
        )
        check_all(campaign, settings, problems)
        if now is not None:
            problems.extend(unready(campaign, settings, now))
    return campaign, sorted(set(problems))


def check_values(
    values: Mapping[str, Any], units: Sequence[Unit], placements: Sequence[Placement],
    folder: Path, now: datetime | None = None,
) -> Campaign:
    """
    Return the campaign of *values* (`qrgen.campaign_values`) and *units*, proved like a folder.

    Args:
        units: Those that are closed or merged, too.
        folder: Where its pictures, fonts and templates lie.
        now: When it is to be begun, for a campaign that is made: what keeps it from that is
            asked too (`qrgen.readiness`).

    Raises:
        RegistryError: ``more`` lists every problem.
    """
    problems: list[Problem] = []
    settings = settings_of(values, problems)
    campaign = replace(
        settings.campaign([unit for unit in units if unit.state == "active"], folder),
        former=tuple(unit for unit in units if unit.state != "active"),
        placements=tuple(placements),
    )
    check_all(campaign, settings, problems)
    if now is not None:
        problems.extend(unready(campaign, settings, now))
    if problems:
        raise RegistryError(folder, sorted(set(problems)))
    return campaign
