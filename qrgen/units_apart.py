"""
A ``units.csv`` that somebody sent to the service, read in another process (`qrgen.apart`).

A campaign's own is the operator's, like ``campaign.toml`` beside it, and read where it is needed.
"""
from pathlib import Path
from typing import Any

from qrgen import apart
from qrgen.campaign import Problem, Unit
from qrgen.fault_codes import Code, Term
from qrgen.fault_json import from_plain
from qrgen.shell import Fault

# Ids have four digits at most, so a file has some ten thousand units, of a hundred bytes.
BOUNDS = apart.Bounds(answers=32 << 20)


def read_units(path: Path, problems: list[Problem]) -> list[Unit]:
    """
    Return the units of *path* in order and add what is wrong with it to *problems*.

    Raises:
        Fault: It costs too much.
    """
    units = []
    for item in apart.read(
        path, "qrgen.units_file:plain_units", remedy=Term.SEND_UNITS, bounds=BOUNDS
    ):
        match item:
            case ["problem", [str(file), int(line), said]]:
                problems.append(_problem(path, file, line, said))
            case ["unit", list(values)]:
                units.append(_unit(path, values))
            case _:
                raise _broken(path)
    return units


def _unit(path: Path, values: list[Any]) -> Unit:
    plain: list[Any] = [tuple(value) if isinstance(value, list) else value for value in values]
    try:
        return Unit(*plain)
    except TypeError:
        raise _broken(path) from None


def _problem(path: Path, file: str, line: int, said: Any) -> Problem:
    try:
        fault = from_plain(said)
    except ValueError:
        raise _broken(path) from None
    return Problem(fault.code, file, line, **fault.data)


def _broken(path: Path) -> Fault:
    return apart.not_read(path, apart.Ended(Code.READER_BROKE), Term.SEND_UNITS)
