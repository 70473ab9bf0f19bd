"""
Rows laid over what the ledger holds of whomever they may be about, and nothing written.

In one short read; a transaction that writes them lays them over once more, for others were let in
since (`absorb`).
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attribution import evidence, judging
from attribution.facts.organic import Organic, apart
from attribution.facts.rows import Item, Rows
from attribution.rule import credit
from attribution.rule.instants import Instant
from attribution.rule.masked import MaskedRow
from attribution.store import aliases, standings
from attribution.store.engine.database import Connection
from qrgen.registry import Campaign

# Rows that are named of one person.
MOST_LINES = 5


@dataclass(frozen=True)
class Laid:
    """
    Rows laid over the ledger.

    Args:
        organic: Those that are no news to anybody.
        others: All others, about whom the rest tells.
        found: The histories of whomever they may be about.
        bearers: Those, by what else than a number a row names them under.
    """

    organic: Organic
    others: Sequence[Item]
    found: dict[str, standings.History]
    bearers: Mapping[str, Sequence[str]]

    def lines_about(self, person: str, history: standings.History) -> list[int]:
        """
        Return the lines of the rows by which *person* stands otherwise now.

        Their own; or, of who is known by the same digits as others, those about any of these.
        """
        names = {person, *(name for name, some in self.bearers.items() if person in some)}
        mine = [item.line for item in self.others if item.person in names]
        if not mine and history.group is not None:
            mine = [item.line for item in self.others if item.person in history.group.members]
        return mine[:MOST_LINES]


def laid_over(
    connection: Connection, campaign: Campaign, rows: Rows, batch: str, now: Instant
) -> Laid:
    """
    Read the histories of whomever *rows* may be about, and add what these say to them.

    Args:
        rows: All that is said of their persons.
    """
    graded = [*zip(rows.person, rows.grade, strict=True)]
    digits = {person for person, grade in graded if grade == "masked"}
    hashes = {person for person, grade in graded if grade == "hash"}
    bearers: dict[str, list[str]] = {}
    if (digits or hashes) and len(campaign.grades) > 1:
        # First, and before anybody is held: nobody joins those who claimed with these digits.
        connection.hold(campaign.id, sorted(digits))
        bearers = aliases.bearers(connection, campaign.id, digits | hashes)
    named = [person for some in bearers.values() for person in some]
    persons = dict.fromkeys([person for person, grade in graded if grade is None] + named)
    met = evidence.meet(connection, campaign, [*persons], digits)
    organic, others = apart(rows, met, judging.terms_of(campaign), now)
    rest = dict.fromkeys([item.person for item in others if item.grade is None] + named)
    found = evidence.histories(connection, campaign, [*rest], met=met, digits=digits)
    for item in others:
        fact = credit.Fact(item.as_of, *item.steps)
        if item.grade is None:
            history = found[item.person]
            history.last4 = history.last4 or item.last4
            history.facts.append(fact)
        elif item.grade in campaign.grades:
            for person in bearers.get(item.person, ())[:1]:
                history = found[person]
                if item.grade == "hash":
                    history.hashed.append(fact)
                elif history.group is not None:
                    history.group.rows.append(MaskedRow(0, batch, fact))
    return Laid(organic, others, found, bearers)
