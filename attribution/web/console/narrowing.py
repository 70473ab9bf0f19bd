"""
Which units, as the address of a page says it: the list of units, and what it hands its choice to.

The list, the posters and the downloads read the same names, so that a choice made once is made
for all three, can be sent to somebody else, and is each page's to show and to drop.
"""
from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from attribution.reports import unit_list
from attribution.reports.unit_list import Narrowing, UnitEntry
from attribution.web.console import access
from attribution.web.console.change_words import SHOWN_KINDS
from attribution.web.current import service
from qrgen.texts import clean

# A download's own choice is called state, so a unit's is not.
FILTERS = ("q", "kind", "area", "bank", "use", *unit_list.LACKS)
LACKING = {"scans": "没有人扫过", "credits": "没有有效新用户", "contact": "没有联系人"}


@dataclass(frozen=True)
class Chip:
    """A choice that is made, in words, and the address' part without it."""

    text: str
    without: dict[str, str]


@dataclass(frozen=True)
class Narrowed:
    """The units that a request asks for, and how it says so."""

    wish: Narrowing
    every: list[UnitEntry]
    found: list[UnitEntry]

    @property
    def query(self) -> dict[str, str]:
        """The address' part that asks for the same."""
        wish = self.wish
        told = {"q": wish.text, "kind": wish.kind, "area": wish.area, "bank": wish.bank,
                "use": wish.state, **dict.fromkeys(sorted(wish.lacking), "0")}
        return {name: value for name, value in told.items() if value}

    @property
    def chips(self) -> list[Chip]:
        """What is chosen, each to be dropped by itself."""
        query, units = self.query, access.snapshot().units
        made = []
        for name, value in query.items():
            text = LACKING.get(name) or (units[value].name if value in units else value)
            if name == "q":
                text = f"“{value}”"
            elif name == "kind":
                text = SHOWN_KINDS.get(value, value)
            made.append(Chip(text, {n: v for n, v in query.items() if n != name}))
        return made

    @property
    def open(self) -> list[UnitEntry]:
        """Those of them of which there is paper: the others take part no more."""
        return [one for one in self.found if one.unit.closed_at is None]


def read(source: Mapping[str, str] | None = None) -> Narrowed:
    """
    Return the units that one may see and the request asks for.

    Args:
        source: Where the choices stand; the address by default.
    """
    args = request.args if source is None else source
    told = {name: clean(args.get(name, "")) for name in FILTERS}
    wish = Narrowing(
        told["q"], told["kind"], told["area"].upper(), told["bank"].upper(), told["use"],
        frozenset(what for what in unit_list.LACKS if told[what] == "0"),
    )
    every = unit_list.read(service().ledger, access.visible())
    return Narrowed(wish, every, unit_list.narrowed(every, wish))


def heads(some: Narrowed) -> dict[str, list[tuple[str, str]]]:
    """Return the areas and banks that any of the units belong to: id and what a list shows."""
    units = access.snapshot().units
    there = {"area": set[str](), "bank": set[str]()}
    for one in some.every:
        for kind, ids in there.items():
            ids.update(filter(None, (
                one.unit.id if one.unit.kind == kind else None,
                one.unit.area if kind == "area" else one.unit.bank,
            )))
    return {
        kind: [(id, f"{id} {unit.name}") for id, unit in units.items() if id in ids]
        for kind, ids in there.items()
    }
