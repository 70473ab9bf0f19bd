"""
A number that is proved after its claim was taken: the claim is verified, and is no later one.

Wherever the proof comes (`/my`, a withdrawal), it says whose the number is; whose claim it is
says the browser that holds the receipt, or its person by a tap. For a claim may name a number
that somebody else typed, and to look is not to agree.
"""
from dataclasses import replace

from attribution.ledger import Ledger
from attribution.resident import claims
from attribution.resident.claims import Claimed, Suspicion
from attribution.resident.links import Links
from attribution.rule.instants import Instant
from attribution.rule.people import Person
from attribution.store import log


def verify(
    ledger: Ledger, person: Person, claim: int, now: Instant, *, suspicion: Suspicion,
    receipt_key: str, links: Links,
) -> Claimed | None:
    """
    Verify *claim*, by *person* who has proved the number; a second time changes nothing.

    Returns:
        The proved claim, of the moment and the code of the one it proves; None where there is
        nothing to prove: it was proved, withdrawn or forgotten.
    """
    with ledger.store.read() as connection:
        found = log.unproved(connection, ledger.campaign.id, person.digest, claim)
    if found is None:
        return None
    row = replace(
        found, id=ledger.store.next_id(now), verified=True,
        token=claims.proved_token(found.token),
    )
    return claims.write(
        ledger, row, person, now, scan=row.scan, suspicion=suspicion, receipt_key=receipt_key,
        links=links,
    )
