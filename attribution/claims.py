"""A claim: phone and consent become a person's word that one unit brought them."""
import hashlib
from dataclasses import dataclass

from attribution import decisions
from attribution.instants import Instant
from attribution.people import Person
from attribution.scans import Opened
from attribution.store import Store, ledger, log
from attribution.store.database import Connection
from attribution.store.log import TokenUsed
from attribution.tokens import Form
from qrgen.registry import Campaign

__all__ = ["Claimed", "TokenUsed", "claim", "withdraw"]


@dataclass(frozen=True)
class Claimed:
    """What became of a claim. *earlier_unit*: the unit this person claimed last before it."""

    claim: log.Claim
    earlier_unit: str | None


def consent_digest(text: str) -> str:
    """Return the digest under which a claim remembers the exact text agreed to (PIPL 14)."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def claim(
    store: Store,
    campaign: Campaign,
    opened: Opened,
    form: Form,
    person: Person,
    now: Instant,
    *,
    consent: str,
    network: str,
    client: str,
    verified: bool = False,
) -> Claimed:
    """
    Record that *person* names the unit of *opened*, and judge them again.

    The same form sent twice is one claim. Durable when this returns.

    Args:
        consent: The text that was shown and agreed to.

    Raises:
        TokenUsed: the form was sent before with another number.
    """
    row = log.Claim(
        store.next_id(now), campaign.id, person.digest, now, opened.unit.id, opened.code.issue,
        opened.code.placement, form.scan, verified, person.last4, consent_digest(consent),
        network, client, token=f"{form.scan:x}",
    )

    def record(connection: Connection) -> Claimed:
        before = ledger.histories(connection, campaign.id, [person.digest])[person.digest]
        stored = log.add_claim(connection, row)
        decisions.refresh(store, connection, campaign, [person.digest], now, "late_claim")
        earlier = [c for c in before.claims if c.id != stored.id and not c.withdrawn]
        latest = max(earlier, key=lambda c: (c.at, c.id), default=None)
        return Claimed(stored, latest.unit if latest else None)

    return store.write(record)


def withdraw(
    store: Store, campaign: Campaign, person: str, claim_id: int, now: Instant, *,
    by_whom: str, reason: str,
) -> None:
    """Take a claim back, as its person may at any time (PIPL 15)."""

    def record(connection: Connection) -> None:
        log.add_claim_event(
            connection, campaign.id, person, claim_id, id=store.next_id(now), at=now,
            kind="withdrawn", reason=reason, by_whom=by_whom,
        )
        decisions.refresh(store, connection, campaign, [person], now, "withdrawn")

    store.write(record)
