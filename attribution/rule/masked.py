"""
Rows about 138****1234: which of the claimants with these digits one of them is about.

A thousand people can share seven digits, so such a row is a claimant's only where it can be
nobody else's who claimed, and the claimant's no other row. Everything that leaves a doubt
leaves the credit out. Rows of one number and one moment of registration are about one person,
unless one batch holds several of them; a bare day is the moment in it where there is one alone.
That a registration was undone is said of the digits, so of nobody here for sure: until a later
row states it again, nobody is credited by them.

Pure, and of rows and claims as they are: whoever judges again after any news has the same
answer in whatever order the news came.
"""
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from attribution.rule.credit import Claim, Fact, Facts, judge, merge_facts
from attribution.rule.stated import VOID, Stated, is_day, same
from attribution.rule.terms import Terms


class MaskedRow(NamedTuple):
    """One row about a masked number: of which *batch*, and what it says."""

    id: int
    batch: str
    fact: Fact


@dataclass(frozen=True)
class Registrant:
    """
    Somebody behind a masked number, by the rows that state one registration.

    Args:
        candidates: The claimants it may be.
        twice: One batch has it in several rows: perhaps several people of one day.
    """

    rows: tuple[MaskedRow, ...]
    candidates: frozenset[str]
    twice: bool

    @property
    def facts(self) -> list[Fact]:
        return [row.fact for row in self.rows]


@dataclass(frozen=True)
class Matching:
    """Who is who behind one masked number. *owners*: of *registrants*, by the place."""

    registrants: tuple[Registrant, ...]
    owners: Mapping[int, str]

    def facts_of(self, person: str) -> list[Fact]:
        """Return what the platform says of *person*; nothing where that is in doubt."""
        return [
            fact for place, owner in self.owners.items() if owner == person
            for fact in self.registrants[place].facts
        ]

    def place_of(self, fact: Fact) -> int | None:
        """Return which of the registrants a row that states *fact* is about."""
        for place, one in enumerate(self.registrants):
            if any(row.fact.registered_at == fact.registered_at for row in one.rows):
                return place
        return None

    def doubtful(self, person: str | None = None) -> list[int]:
        """Return those who may be somebody who claimed (or *person*), nobody can tell whom."""
        return [
            place for place, one in enumerate(self.registrants)
            if place not in self.owners and one.candidates
            and (person is None or person in one.candidates)
        ]


def match(
    rows: Sequence[MaskedRow], claims: Mapping[str, Sequence[Claim]], terms: Terms
) -> Matching:
    """
    Tell who is who behind one masked number.

    Args:
        rows: All rows about it. One that states no registration is about nobody in particular.
        claims: The claims of everybody whose number has these digits, by person.
    """
    undone = [row.fact for row in rows if row.fact.registered_at == VOID]
    registrants = tuple(
        Registrant(
            tuple(its_rows),
            frozenset(p for p, its in claims.items() if may_be(its, _facts(its_rows), terms)),
            max(Counter(row.batch for row in its_rows).values()) > 1,
        )
        for its_rows in _by_registration(rows)
    )
    times = Counter(person for one in registrants for person in one.candidates)
    owners = {}
    for place, one in enumerate(registrants):
        stands = merge_facts([*one.facts, *undone]).registered_at is not None
        if len(one.candidates) == 1 and not one.twice and stands:
            (person,) = one.candidates
            if times[person] == 1:
                owners[place] = person
    return Matching(registrants, owners)


def _by_registration(rows: Sequence[MaskedRow]) -> list[list[MaskedRow]]:
    stated: dict[Stated, list[MaskedRow]] = defaultdict(list)
    for row in rows:
        registered_at = row.fact.registered_at
        if registered_at is not None and registered_at != VOID:
            stated[registered_at].append(row)
    for one in [value for value in stated if is_day(value)]:
        within = [value for value in stated if value != one and same(value, one)]
        if len(within) == 1:
            stated[within[0]] += stated.pop(one)
    return list(stated.values())


def may_be(claims: Sequence[Claim], facts: Facts, terms: Terms) -> bool:
    """
    Whether one of *claims* is in time for this registration.

    A claim that was withdrawn still is: its person may be the one who registered, and that
    they left makes nobody else surer. One that is held counts for nothing, here as elsewhere.
    """
    counting = [claim._replace(withdrawn=False) for claim in claims if not claim.held]
    return judge(counting, facts, terms).winner is not None


def _facts(rows: Sequence[MaskedRow]) -> Facts:
    return merge_facts(row.fact for row in rows)
