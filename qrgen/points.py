"""
Survey points (融资需求调查点): which banks dock with one.

A point may name one bank; where it names none, all that have a line in its area do, as
Attachment 1 says. Of a point of the whole county nobody says which.
"""
from collections.abc import Iterable
from typing import Protocol


class Placed(Protocol):
    """A unit as any of our tables has it."""

    @property
    def id(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def area(self) -> str | None: ...

    @property
    def bank(self) -> str | None: ...


def docking(unit: Placed, units: Iterable[Placed]) -> tuple[str, ...]:
    """
    Return the banks that dock with *unit*, a point or an area, in the order of its lines.

    Args:
        units: Those that take part.
    """
    if unit.bank:
        return (unit.bank,)
    area = unit.id if unit.kind == "area" else unit.area
    return tuple(dict.fromkeys(
        one.bank for one in units
        if area and one.kind == "line" and one.area == area and one.bank
    ))
