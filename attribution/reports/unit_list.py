"""
Units as a list that can be narrowed: by what they are, and by what they have not done yet.

All of it is read at once, a question each for scans, credits and contacts, however many units
there are; narrowing and counting what each choice would leave is arithmetic on that. What is
counted is each unit's own code: that is what hangs on a wall, and what a poster is printed of.
"""
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from attribution.ledger import Ledger
from attribution.office import naming, units
from attribution.store import contacts, registry, tallies
from qrgen.texts import squeeze

# What somebody can be without, by the name that an address has for it.
LACKS = ("scans", "credits", "contact")


@dataclass(frozen=True)
class UnitEntry:
    """
    A unit with its *state*, and of its own code: scans, the day of the last (yyyymmdd; 0: none).

    *effective* are the effective new users that it brought, *contacts* how many people it named.
    """

    unit: registry.Unit
    state: str
    scans: int
    last_scan: int
    effective: int
    contacts: int

    def lacks(self, what: str) -> bool:
        """Whether it is without *what*, one of `LACKS`; what takes part no more lacks nothing."""
        return self.unit.closed_at is None and not {
            "scans": self.scans, "credits": self.effective, "contact": self.contacts,
        }[what]


@dataclass(frozen=True)
class Narrowing:
    """
    Which units: '' does not restrict.

    Args:
        text: Part of the name or of its initials, of the id or the official code.
        area, bank: That unit, and those below it.
        lacking: Of `LACKS`; a unit is without all of them.
    """

    text: str = ""
    kind: str = ""
    area: str = ""
    bank: str = ""
    state: str = ""
    lacking: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return any((self.text, self.kind, self.area, self.bank, self.state, self.lacking))


# A narrowing's choices, in the order in which a page offers them.
CHOICES = ("kind", "area", "bank", "state", *LACKS)


def _passes(one: UnitEntry, wish: Narrowing, name: str) -> bool:
    """Whether *one* passes the choice *name* of *wish*."""
    unit = one.unit
    if name == "text":
        return not wish.text or naming.fits_unit(unit, wish.text) or (
            squeeze(wish.text).upper() in f"{unit.id} {unit.official_code or ''}"
        )
    if name in LACKS:
        return name not in wish.lacking or one.lacks(name)
    asked: str = getattr(wish, name)
    return not asked or asked in _values(one, name)


def read(ledger: Ledger, only: Collection[str] | None) -> list[UnitEntry]:
    """Return the units *only* (None: all) in the order of Attachment 1."""
    campaign = ledger.campaign.id
    found = units.listing(ledger)
    with ledger.store.read() as connection:
        counts = tallies.by_unit(connection, campaign)
        last = tallies.last_days(connection, campaign, "scan")
        people = contacts.count_by_unit(connection, campaign)
    return [
        UnitEntry(
            unit, state, counts.get(unit.id, {}).get("scan", 0), last.get(unit.id, 0),
            counts.get(unit.id, {}).get("effective", 0), people.get(unit.id, 0),
        )
        for unit, state in found
        if only is None or unit.id in only
    ]


def narrowed(every: Sequence[UnitEntry], wish: Narrowing) -> list[UnitEntry]:
    """Return those of *every* that pass *wish*."""
    return [
        one for one in every if all(_passes(one, wish, name) for name in ("text", *CHOICES))
    ]


def counts(every: Sequence[UnitEntry], wish: Narrowing) -> dict[str, dict[str, int]]:
    """
    Return for each choice how many units each of its values would leave, the others kept.

    Returns:
        choice -> value -> n. The value '' is that choice dropped; of `LACKS`, '0' is it made.
    """
    found: dict[str, dict[str, int]] = {}
    for name in CHOICES:
        rest = [
            one for one in every
            if all(_passes(one, wish, other) for other in ("text", *CHOICES) if other != name)
        ]
        told = found[name] = {"": len(rest)}
        for one in rest:
            for value in _values(one, name):
                told[value] = told.get(value, 0) + 1
    return found


def _values(one: UnitEntry, name: str) -> set[str]:
    if name in LACKS:
        return {"0"} if one.lacks(name) else set()
    if name == "state":
        # Into whom one was merged is no kind of state.
        return {one.state.partition(" ")[0]}
    if name == "kind":
        return {one.unit.shown_kind}
    own = one.unit.id if one.unit.kind == name else None
    above = one.unit.area if name == "area" else one.unit.bank
    return {id for id in (own, above) if id}
