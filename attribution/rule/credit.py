"""
The rule of credit: claims and facts of one person, plus the terms
of the campaign, give the one credited unit or the one reason why there is none.

Pure: no clock, no database, no web. Order of arrival never matters, so that
replaying the whole log gives the same credits and a dispute can be settled by
anyone with the rows in hand.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from attribution.rule.instants import Instant
from attribution.rule.terms import SKEW, Policy, Terms


class Reason(str, Enum):
    """Why a person is no credit, in the order in which reasons apply."""

    NOT_REGISTERED_YET = "not_registered_yet"
    REGISTERED_BEFORE = "registered_before"
    REGISTERED_AFTER = "registered_after"
    NO_CLAIM = "no_claim"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    CLAIM_EXPIRED = "claim_expired"
    CLAIM_AFTER = "claim_after"
    OUTSIDE_CAMPAIGN = "outside_campaign"
    NOT_BOUND_YET = "not_bound_yet"
    NO_TRANSACTION_YET = "no_transaction_yet"
    SETTLED_TOO_LATE = "settled_too_late"
    REVERSED = "reversed"


@dataclass(frozen=True)
class Claim:
    """One person's word that *unit* brought them. Ids grow with the rows of the log."""

    id: int
    unit: str
    at: Instant
    verified: bool = False
    held: bool = False
    withdrawn: bool = False
    unit_active: bool = True  # the code's unit was active at ``at``


class Fact(NamedTuple):
    """One row of what the platform says; None where the row is silent."""

    as_of: Instant
    registered_at: Instant | None = None
    card_bound_at: Instant | None = None
    first_txn_at: Instant | None = None


class Facts(NamedTuple):
    """All that is known of one person, each step once."""

    registered_at: Instant | None = None
    card_bound_at: Instant | None = None
    first_txn_at: Instant | None = None

    @property
    def effective_at(self) -> Instant | None:
        """The instant of the last step, or None while a step is unknown."""
        steps = (self.registered_at, self.card_bound_at, self.first_txn_at)
        known = [step for step in steps if step is not None]
        return max(known) if len(known) == len(steps) else None


@dataclass(frozen=True)
class Adjustment:
    """A correction that two people agreed on: reassign (to *unit*), reverse or restore."""

    id: int
    kind: str
    unit: str | None = None


class Decision(NamedTuple):
    """
    Where one person stands: exactly one of *unit* (credited) and *reason* is set.

    *winner* is the claim that counts, also while a step is still missing.
    """

    unit: str | None
    reason: Reason | None
    winner: Claim | None = None


def merge_facts(rows: Iterable[Fact]) -> Facts:
    """
    Fold *rows* about one person: each field from the row with the latest ``as_of``
    that states it; on a tie the earlier instant. The order of *rows* is immaterial.
    """
    rows = list(rows)
    if len(rows) == 1:
        (row,) = rows
        return Facts(row.registered_at, row.card_bound_at, row.first_txn_at)

    def latest(field: str) -> Instant | None:
        stated = [
            (-row.as_of, value) for row in rows if (value := getattr(row, field)) is not None
        ]
        return min(stated)[1] if stated else None

    return Facts(latest("registered_at"), latest("card_bound_at"), latest("first_txn_at"))


def judge(
    claims: Sequence[Claim],
    facts: Facts,
    terms: Terms,
    adjustments: Iterable[Adjustment] = (),
) -> Decision:
    """
    Apply the rule to one person.

    Args:
        claims: All claims of the person, in any order.
        facts: What the platform says, merged.
        adjustments: Approved corrections; the one with the highest id stands.
    """
    registered_at = facts.registered_at
    if registered_at is None:
        return Decision(None, Reason.NOT_REGISTERED_YET)
    if registered_at < terms.mark_time:
        return Decision(None, Reason.REGISTERED_BEFORE)
    if registered_at >= terms.end:
        return Decision(None, Reason.REGISTERED_AFTER)
    if not claims:
        return Decision(None, Reason.NO_CLAIM)

    winner = _winner(claims, registered_at, terms)
    standing = max(adjustments, key=lambda a: a.id, default=None)
    reassigned = standing.unit if standing and standing.kind == "reassign" else None
    if winner is None and reassigned is None:
        return Decision(None, _why_none(claims, registered_at, terms))
    if facts.card_bound_at is None:
        return Decision(None, Reason.NOT_BOUND_YET, winner)
    if facts.first_txn_at is None:
        return Decision(None, Reason.NO_TRANSACTION_YET, winner)
    if max(facts.card_bound_at, facts.first_txn_at) > terms.settle_end:
        return Decision(None, Reason.SETTLED_TOO_LATE, winner)
    if standing and standing.kind == "reverse":
        return Decision(None, Reason.REVERSED, winner)
    if reassigned is not None:
        return Decision(reassigned, None, winner)
    assert winner is not None  # else the rule answered above
    return Decision(winner.unit, None, winner)


def window(claim: Claim, policy: Policy) -> Instant:
    """Return how long before the registration *claim* may lie."""
    return policy.verified_window if claim.verified else policy.unverified_window


def _in_time(claim: Claim, registered_at: Instant, terms: Terms) -> bool:
    """Eligible, but for being held or withdrawn."""
    return (
        claim.unit_active
        and terms.start <= claim.at < terms.end
        and registered_at - window(claim, terms.policy) <= claim.at <= registered_at + SKEW
    )


def _winner(claims: Iterable[Claim], registered_at: Instant, terms: Terms) -> Claim | None:
    eligible = [
        claim
        for claim in claims
        if not claim.held and not claim.withdrawn and _in_time(claim, registered_at, terms)
    ]
    # Ties go to the later row under every policy: there is one tie rule.
    direction = 1 if terms.policy.latest else -1
    return max(eligible, key=lambda c: (c.verified, direction * c.at, c.id), default=None)


def _why_none(claims: Iterable[Claim], registered_at: Instant, terms: Terms) -> Reason:
    claims = list(claims)
    in_time = [claim for claim in claims if _in_time(claim, registered_at, terms)]
    if any(claim.held and not claim.withdrawn for claim in in_time):
        return Reason.HELD
    if any(claim.withdrawn for claim in in_time):
        return Reason.WITHDRAWN
    if any(claim.at < registered_at - window(claim, terms.policy) for claim in claims):
        return Reason.CLAIM_EXPIRED
    if any(claim.at > registered_at + SKEW for claim in claims):
        return Reason.CLAIM_AFTER
    return Reason.OUTSIDE_CAMPAIGN
