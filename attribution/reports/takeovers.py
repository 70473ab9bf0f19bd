"""
Takeovers as the office reads them: how many, how large a share of a unit's persons, how soon.

Of both units, and blaming neither: that somebody's persons were claimed again elsewhere is
nothing they did. Nobody's digits stand here; whoever may see single claims finds them in the
office's own list.
"""
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from attribution.ledger import Ledger
from attribution.rule.instants import HOUR
from attribution.rule.terms import POLICIES
from attribution.store import takeover_rows, tallies
from attribution.store.engine.database import Connection


@dataclass(frozen=True)
class Between:
    """
    What passed from one unit to another.

    Args:
        hours: Between the two claims, in the middle of all of them.
    """

    other: str
    persons: int
    hours: float


@dataclass(frozen=True)
class Seen:
    """
    What one unit took over, and what was taken over from it.

    Args:
        claimants: The persons it claimed.
    """

    unit: str
    claimants: int
    taken: tuple[Between, ...] = ()
    lost: tuple[Between, ...] = ()
    taken_hours: float = 0
    lost_hours: float = 0

    @property
    def taken_persons(self) -> int:
        return sum(one.persons for one in self.taken)

    @property
    def lost_persons(self) -> int:
        return sum(one.persons for one in self.lost)

    def share(self, persons: int) -> int:
        """Return how many per cent of its claimants *persons* are."""
        return (200 * persons + self.claimants) // (2 * self.claimants) if self.claimants else 0


def find(
    ledger: Ledger, connection: Connection, counts: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, Seen]:
    """
    Return the units that took anybody over, or from whom somebody was.

    Args:
        counts: The tallies by unit, where they are at hand.
    """
    policy = POLICIES[ledger.campaign.policy]
    rows = takeover_rows.gaps(connection, ledger.campaign.id, policy)
    if not rows:
        return {}
    if counts is None:
        counts = tallies.by_unit(connection, ledger.campaign.id)
    taken: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    lost: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        taken[row["unit"]][row["other"]].append(row["gap"])
        lost[row["other"]][row["unit"]].append(row["gap"])
    return {
        unit: Seen(
            unit, counts.get(unit, {}).get("claimant", 0), _between(taken[unit]),
            _between(lost[unit]), _middle(taken[unit].values()), _middle(lost[unit].values()),
        )
        for unit in sorted({*taken, *lost})
    }


def of_units(
    ledger: Ledger, connection: Connection, units: Collection[str], claimants: int
) -> Seen | None:
    """
    Return what *units* together took over from others, and what others did from them.

    Args:
        claimants: The persons they claimed.

    Returns:
        None where nothing passed; what passed between themselves is nobody's loss.
    """
    policy = POLICIES[ledger.campaign.policy]
    own = set(units)
    taken: dict[str, list[int]] = defaultdict(list)
    lost: dict[str, list[int]] = defaultdict(list)
    for row in takeover_rows.gaps(connection, ledger.campaign.id, policy, own):
        if row["unit"] in own and row["other"] not in own:
            taken[row["other"]].append(row["gap"])
        elif row["other"] in own and row["unit"] not in own:
            lost[row["unit"]].append(row["gap"])
    if not taken and not lost:
        return None
    return Seen(
        "", claimants, _between(taken), _between(lost), _middle(taken.values()),
        _middle(lost.values()),
    )


def _between(gaps: Mapping[str, list[int]]) -> tuple[Between, ...]:
    found = [Between(other, len(some), _middle([some])) for other, some in gaps.items()]
    return tuple(sorted(found, key=lambda one: (-one.persons, one.other)))


def _middle(gaps: Iterable[list[int]]) -> float:
    every = [gap for some in gaps for gap in some]
    return round(median(every) / HOUR, 1) if every else 0.0
