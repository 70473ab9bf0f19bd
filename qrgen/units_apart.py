"""
A ``units.csv`` that somebody sent to the service, read in another process (`qrgen.apart`).

A campaign's own is the operator's, like ``campaign.toml`` beside it, and read where it is needed.
"""
from pathlib import Path
from typing import Any

from qrgen import apart
from qrgen.campaign import Problem, Unit
from qrgen.shell import Fault

# Ids have four digits at most, so a file has some ten thousand units, of a hundred bytes.
BOUNDS = apart.Bounds(answers=32 << 20)

_REMEDY = "send the units.csv of the campaign, with one line for each unit"


def read_units(path: Path, problems: list[Problem]) -> list[Unit]:
    """
    Return the units of *path* in order and add what is wrong with it to *problems*.

    Raises:
        Fault: It costs too much.
    """
    units = []
    for item in apart.read(
        path, "qrgen.units_file:plain_units", remedy=_REMEDY, bounds=BOUNDS
    ):
        match item:
            case ["problem", [str(file), int(line), str(cause), str(remedy)]]:
                problems.append(Problem(file, line, cause, remedy))
            case ["unit", list(values)]:
                units.append(_unit(path, values))
            case _:
                raise Fault(f"{path}: {apart.BROKE}", _REMEDY)
    return units


def _unit(path: Path, values: list[Any]) -> Unit:
    plain: list[Any] = [tuple(value) if isinstance(value, list) else value for value in values]
    try:
        return Unit(*plain)
    except TypeError:
        raise Fault(f"{path}: {apart.BROKE}", _REMEDY) from None
