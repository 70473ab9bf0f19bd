"""
The first people of a ledger: nobody can vouch for them, for there was nobody before.

Made once, by whoever makes the instance at the shell, each with a first password on a slip of
its own: one who asks, one who approves, one who makes the accounts from then on. A ledger from
before the rule of two gets those that it lacks, so that nobody is locked out of it.
"""
from collections.abc import Container
from dataclasses import dataclass
from itertools import chain, count

from attribution import two_people
from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.office import accounts, passwords
from attribution.office.vouching import Word
from attribution.rule.instants import Instant
from attribution.store import hands, staff


@dataclass(frozen=True)
class Slip:
    """What one person is handed: told once and kept nowhere."""

    name: str
    role: str
    password: str


def is_due(ledger: Ledger, now: Instant) -> bool:
    """Whether the rule of two holds, and its people were never made."""
    with ledger.store.read() as connection:
        return two_people.is_on(connection, ledger.campaign.id) and not hands.had_role(
            connection, "accounts", now
        )


def make(
    ledger: Ledger, now: Instant, *, by: Actor, office: str = "admin", rule: str = "length"
) -> list[Slip]:
    """
    Make the people that the rule of two lacks; return their slips, none where it lacks nobody.

    Args:
        office: What the first account of the office is called.
        rule: As for every password.
    """
    with ledger.store.read() as connection:
        if hands.had_role(connection, "accounts", now):
            return []
        there = {row["name"]: row for row in staff.accounts(connection)}
        known = hands.everything(connection)
    roles = {name: row["role"] for name, row in there.items() if row["closed_at"] is None}
    wanted = []
    if "office" not in roles.values():
        wanted.append((office, "office"))
    # Whoever made the other's account is no second person to it.
    if next(two_people.pairs(roles, known, now), None) is None:
        wanted.append(("checker", "checker"))
    wanted.append(("accounts", "accounts"))
    made = []
    for name, role in wanted:
        slip = Slip(_free(name, there), role, passwords.new())
        accounts.add(
            ledger.store, slip.name, slip.password, role, now, by=by, rule=rule,
            handed_over=True, word=Word(first=True),
        )
        made.append(slip)
    return made


def _free(name: str, taken: Container[str]) -> str:
    names = chain([name], (f"{name}{number}" for number in count(2)))
    return next(free for free in names if free not in taken)
