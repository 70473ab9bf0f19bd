"""Our own numbers beside those that the platform counted of the same place and days."""
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from attribution.facts.platform_counts import units_of
from attribution.store import Store, count_log, registry, tallies

OURS = ("claimant", "registered", "bound", "effective")
THEIRS = ("registered", "bound", "paid")


@dataclass(frozen=True)
class Beside:
    """
    One place and source: what the platform counted from *since* to *until* (yyyymmdd, both in),
    and what we have of these days. Of the platform's None: it said nothing.
    """

    place: str
    name: str
    source: str
    since: int
    until: int
    theirs: dict[str, int | None]
    ours: dict[str, int]


def table(
    store: Store, campaign: str, since: int = 0, until: int = 99_999_999,
    only: Collection[str] | None = None,
) -> list[Beside]:
    """Return all places that the platform counted, of the units *only* (None: all)."""
    with store.read() as connection:
        snapshot = registry.read(connection, campaign)
        rows = count_log.standing(connection, campaign, since, until)
        places: dict[tuple[str, str], list[dict[str, int | None]]] = {}
        for row in rows:
            places.setdefault((row["place"], row["source"]), []).append(row)
        found = []
        for (place, source), days in places.items():
            units = units_of(place, snapshot)
            if only is not None and not (units and set(units) <= set(only)):
                continue
            told = [int(row["day"] or 0) for row in days]
            kinds: Counter[str] = Counter()
            counted = tallies.by_unit(connection, campaign, min(told), max(told) + 1)
            for unit in units:
                kinds.update(counted.get(unit, {}))
            unit_named = snapshot.units.get(place)
            found.append(Beside(
                place, unit_named.name if unit_named else place, source, min(told), max(told),
                {name: _sum([row[name] for row in days]) for name in THEIRS},
                {name: kinds[name] for name in OURS},
            ))
    return found


def _sum(values: list[int | None]) -> int | None:
    stated = [value for value in values if value is not None]
    return sum(stated) if stated else None
