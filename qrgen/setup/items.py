"""
What was read of a table before sums and ids: its rows, and its totals.
"""
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Item:
    """A row of a table: an area, its number, its branches with theirs."""

    row: int
    area: str
    parent: str
    target: str
    lines: list[tuple[str, str, str]] = field(default_factory=list)  # bank, branch, number
    share: bool = False  # the numbers of its branches stand in a column of their own
    hidden: bool = False
    columns: dict[str, int] = field(default_factory=dict)
    order: int = 0
    id: str = ""  # as the table gives it


@dataclass
class Total:
    """A row that states a sum; None where it cannot be read."""

    name: str
    number: int | None
    row: int
    order: int  # among all rows, as they were read


def worth(items: Sequence[Item]) -> int:
    """Return what *items* ask for together; an area's own number goes before its branches'."""
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        groups.setdefault((item.parent, item.area), []).append(item)
    return sum(map(_worth, groups.values()))


def _worth(group: Sequence[Item]) -> int:
    targets = [int(item.target) for item in group if item.target.isdecimal()]
    if targets and (group[0].share or len(targets) < len(group)):
        return targets[0]  # of all its rows together
    if targets:
        return sum(targets)
    return sum(int(told) for item in group for _, _, told in item.lines if told.isdecimal())
