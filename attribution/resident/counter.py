"""
At a unit's counter: a clerk types the number that a customer says, and reads the consent out.

The number is the customer's and the hand is not, so such a claim is a deed of the clerk's account,
entered in the audit log in the same transaction, told apart for good (its client is CLIENT), and
some are asked about afterwards (`[review] counter_sample`). A queue looks like a list being typed,
and comes from one network: neither counts here. What does is how much one account takes, numbers
in a row, and the night.
"""
import hmac
from collections.abc import Callable
from dataclasses import replace

from attribution import deeds
from attribution.deeds import Actor, Kind
from attribution.ledger import Ledger
from attribution.resident.claims import Claimed
from attribution.resident.form_tokens import Form
from attribution.resident.scans import OpenedCode
from attribution.rule.instants import Instant
from attribution.settings.resident_options import Signs
from attribution.store import Store, assisted
from attribution.store.assisted import CLIENT
from attribution.store.engine.database import Connection

__all__ = [
    "CLIENT", "EntersDeed", "entered_by", "is_sampled", "new_form", "signs_of", "taken_since",
]

EntersDeed = Callable[[Connection, Claimed], None]


def new_form(store: Store, opened: OpenedCode, now: Instant) -> Form:
    """Return a form that no scan handed out: the customer opened no code."""
    return Form(store.next_id(now), now, opened.code)


def signs_of(signs: Signs) -> Signs:
    """Return the signs of *signs* that a queue at a counter does not show by itself."""
    return replace(signs, per_code=0, too_fast=0)


def entered_by(store: Store, actor: Actor, now: Instant) -> EntersDeed:
    """Return what enters a claim as the deed of *actor*, in the claim's own transaction."""

    def enter(connection: Connection, claimed: Claimed) -> None:
        row = claimed.claim
        deeds.do_within(
            store, connection, actor, now,
            lambda doing: doing.enter(
                Kind.ASSISTED, f"claim {row.id}", unit=row.unit, verified=row.verified
            ),
        )

    return enter


def taken_since(ledger: Ledger, unit: str, since: Instant) -> int:
    """Return how many customers *unit* registered at its counter since *since*."""
    with ledger.store.read() as connection:
        return assisted.taken_since(connection, ledger.campaign.id, unit, since)


def is_sampled(claim: int, key: str, sample: int) -> bool:
    """
    Tell whether *claim* is one to be asked about, which nobody at the counter can foresee.

    Args:
        sample: One in so many is; 0 for none.
    """
    digest = hmac.digest(key.encode(), f"sample|{claim}".encode(), "sha256")
    return sample > 0 and int.from_bytes(digest[:4], "big") % sample == 0
