"""
Where codes of a unit hang, and who answers for it there.

Contacts are people: an entry says that one was added or removed, and never who.
"""
from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.store import contacts, registry


def name_place(
    ledger: Ledger, unit: str, placement: str, label: str, now: Instant, by: Actor
) -> None:
    """Name a place where a code of its own hangs, or name it anew."""
    campaign = ledger.campaign.id

    def act(doing: Doing) -> None:
        known = {
            row["placement"]: row["label"]
            for row in contacts.placements(doing.connection, campaign, unit)
        }
        if known.get(placement) == label:
            return
        contacts.put_placement(
            doing.connection, campaign, unit, placement, label, now, by.name
        )
        registry.bump(doing.connection, campaign)  # the campaign's folder has its places
        doing.enter(
            Kind.UNIT_PLACEMENT, f"unit {unit}", known.get(placement), label, placement=placement
        )

    deeds.do(ledger.store, by, now, act)


def put_contact(
    ledger: Ledger, unit: str, name: str, duty: str, reach: str, now: Instant, by: Actor, *,
    was: str = "",
) -> bool:
    """
    Add a contact person of *unit*, or correct the one of this name.

    Args:
        was: Who is corrected, where the name is not right either.

    Returns:
        False, and nothing is done, where the new name is another contact's.
    """
    campaign = ledger.campaign.id

    def act(doing: Doing) -> bool:
        known = {row["name"]: row for row in contacts.contacts(doing.connection, campaign, unit)}
        renamed = was in known and was != name
        if renamed and name in known:
            return False
        if known.get(name) == {"name": name, "duty": duty, "reach": reach}:
            return True
        if renamed:
            contacts.drop_contact(doing.connection, campaign, unit, was)
        contacts.put_contact(doing.connection, campaign, unit, name, duty, reach)
        told = "corrected" if name in known or renamed else "added"
        after = {*known, name} - ({was} if renamed else set())
        doing.enter(Kind.UNIT_CONTACT, f"unit {unit}", len(known), len(after), deed=told)
        return True

    return deeds.do(ledger.store, by, now, act)


def drop_contact(ledger: Ledger, unit: str, name: str, now: Instant, by: Actor) -> None:
    """Take a contact person of *unit* off the list."""
    campaign = ledger.campaign.id

    def act(doing: Doing) -> None:
        known = [row["name"] for row in contacts.contacts(doing.connection, campaign, unit)]
        if name not in known:
            return
        contacts.drop_contact(doing.connection, campaign, unit, name)
        doing.enter(
            Kind.UNIT_CONTACT, f"unit {unit}", len(known), len(known) - 1, deed="removed"
        )

    deeds.do(ledger.store, by, now, act)
