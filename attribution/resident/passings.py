"""
A receipt for one more browser: in-app browsers share no cookie with the phone's own.

Whoever holds it makes an address that hands it on, once, for ten minutes. Opening the
address spends nothing (previews, scanners and curious friends open links); taking does. The
counter's code for the customer's own phone is the same thing.
"""
from dataclasses import dataclass

from attribution.ledger import Ledger
from attribution.resident.links import Links, NoPage, new_token
from attribution.rule.instants import SECOND, Instant
from attribution.store import page_links

LASTS_S = 600


@dataclass(frozen=True)
class Passing:
    """
    What stands behind a passing's address.

    Args:
        open: It can still be taken.
        taken_by: The number of the browser that took it; None while nobody did.
    """

    claim: int
    open: bool
    taken_by: str | None


def make(
    ledger: Ledger, links: Links, person: str, claim: int, now: Instant, lasts_s: int = LASTS_S
) -> str:
    """Return the token by which one browser may take the receipt of *claim*."""
    token = new_token()
    digest = links.digest_of(token)
    ledger.store.write(lambda c: page_links.add_passing(
        c, ledger.campaign.id, digest, person=person, claim=claim, at=now,
        expires_at=now + lasts_s * SECOND,
    ))
    return token


def look(ledger: Ledger, links: Links, token: str, now: Instant) -> Passing:
    """
    Return what stands behind *token*; spends nothing.

    Raises:
        NoPage: nothing does, or it was erased.
    """
    with ledger.store.read() as connection:
        row = page_links.passing(connection, ledger.campaign.id, links.digest_of(token))
    if row is None:
        raise NoPage
    return Passing(
        int(row["claim"]), row["taken_at"] is None and now < row["expires_at"], row["taken_by"]
    )


def take(ledger: Ledger, links: Links, token: str, by: str, now: Instant) -> bool:
    """Give the receipt behind *token* to the browser *by*; False where another one has it."""
    digest = links.digest_of(token)
    return ledger.store.write(
        lambda c: page_links.take_passing(c, ledger.campaign.id, digest, by, now)
    )


def end(ledger: Ledger, claim: int, now: Instant) -> None:
    """Let what is still open for *claim* expire at *now*."""
    ledger.store.write(lambda c: page_links.end_passings(c, ledger.campaign.id, claim, now))
