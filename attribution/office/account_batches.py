"""
An account for each of many units at once: by the table of units, names by a rule.

Each account is a deed of its own, with its entry and its hand, as a single one is; what cannot
be made is told and stops none of the others. Only accounts of units are made so: whoever may
ask or approve takes somebody's word, one by one.
"""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from attribution.deeds import Actor
from attribution.office import account_names, accounts, passwords
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store import registry, staff
from qrgen.faults import Fault

Naming = Literal["name", "id"]

# Of one form: each is a password's hash, and the page that shows them waits for all.
MOST = 90

# Kind of unit -> the role of an account for it.
ROLES: Mapping[str, str] = {
    "area": "area", "line": "bank", "department": "department", "bank": "bank",
}


@dataclass(frozen=True)
class Prospect:
    """A unit that may have an account: how it would be called, and which it has already."""

    unit: registry.Unit
    name: str
    has: tuple[str, ...]


@dataclass(frozen=True)
class NewAccount:
    """An account that was made, with the password that opens it once."""

    unit: registry.Unit
    name: str
    password: str = field(repr=False)


@dataclass
class AccountsMade:
    """What became of them: those made, and why the others were not."""

    made: list[NewAccount] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def candidates(
    service: Service, chosen: Iterable[registry.Unit], naming: Naming = "name"
) -> list[Prospect]:
    """Return a candidate for each unit that takes part, in order, named by the rule *naming*."""
    with service.store.read() as connection:
        open_names = {
            row["name"] for row in staff.accounts(connection) if row["closed_at"] is None
        }
        scopes = staff.all_scopes(connection)
    owners: dict[str, list[str]] = {}
    for account, units in scopes.items():
        if account in open_names and len(units) == 1:
            owners.setdefault(units[0], []).append(account)
    return [
        Prospect(unit, name_for(unit, naming), tuple(owners.get(unit.id, ())))
        for unit in chosen if unit.closed_at is None and not unit.is_point
    ]


def name_for(unit: registry.Unit, naming: Naming) -> str:
    """Return how the account of *unit* is called: as the unit, where that is fit, or by its id."""
    if naming == "name":
        for name in (unit.name, unit.branch or ""):
            plain = account_names.plain(name)
            try:
                account_names.refuse_unfit(plain)
            except (Fault, IndexError):
                continue
            return plain
    return unit.id


def add_all(
    service: Service, wanted: Sequence[tuple[registry.Unit, str]], now: Instant, by: Actor
) -> AccountsMade:
    """Make an account for each unit, called as is *wanted*; return them with their passwords."""
    found = AccountsMade()
    for unit, name in wanted:
        password = passwords.new()
        try:
            accounts.add(
                service.store, account_names.plain(name), password, ROLES[unit.kind], now,
                [unit.id], by=by, rule=service.settings.password_rule,
                campaign=service.campaign.id, handed_over=True,
            )
        except Fault as fault:
            found.faults.append(fault)
            continue
        found.made.append(NewAccount(unit, account_names.plain(name), password))
    return found
