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
from attribution.rule.stated import VOID, Stated, day, first, is_day, last, midnight
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


class Claim(NamedTuple):
    """One person's word that *unit* brought them. Ids grow with the rows of the log."""

    id: int
    unit: str
    at: Instant
    verified: bool = False
    held: bool = False
    withdrawn: bool = False
    unit_active: bool = True  # the code's unit was active at ``at``


class Fact(NamedTuple):
    """One row of what the platform says; None where the row states nothing."""

    as_of: Instant
    registered_at: Stated | None = None
    card_bound_at: Stated | None = None
    first_txn_at: Stated | None = None


class Facts(NamedTuple):
    """All that is known of one person, each step once; a step that is void is not known."""

    registered_at: Stated | None = None
    card_bound_at: Stated | None = None
    first_txn_at: Stated | None = None

    @property
    def effective_at(self) -> Instant | None:
        """The instant of the last step, or None while a step is unknown."""
        registered, bound, paid = self
        if registered is None or bound is None or paid is None:
            return None
        return max(first(registered), first(bound), first(paid))


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
    Fold *rows* about one person, each step by itself; their order is immaterial.

    The registration first: of the other two a row from before it tells of somebody who had
    the number earlier, and says nothing here.
    """
    rows = rows if isinstance(rows, Sequence) else list(rows)
    if len(rows) == 1:  # as nearly always
        _, registered, bound, paid = rows[0]
        registered = None if registered == VOID else registered
        since = VOID if registered is None else midnight(registered)
        return Facts(
            registered,
            bound if bound is not None and _stands(bound, since) else None,
            paid if paid is not None and _stands(paid, since) else None,
        )
    registered = _latest([(row.as_of, row.registered_at) for row in rows], VOID)
    # Of the same day counts: a bare date may be any instant of it.
    since = VOID if registered is None else midnight(registered)
    return Facts(
        registered,
        _latest([(row.as_of, row.card_bound_at) for row in rows], since),
        _latest([(row.as_of, row.first_txn_at) for row in rows], since),
    )


def _latest(values: Iterable[tuple[Instant, Stated | None]], since: Instant) -> Stated | None:
    """
    Return the value with the latest ``as_of``; None where none is stated, or it is void.

    Args:
        since: Values before it are passed over.
    """
    best: Stated | None = None
    best_as_of = 0
    for as_of, value in values:
        if value is None or (value != VOID and not _stands(value, since)):
            continue
        if best is None or as_of > best_as_of or (as_of == best_as_of and _before(value, best)):
            best, best_as_of = value, as_of
    return None if best == VOID else best


def _stands(value: Stated, since: Instant) -> bool:
    """Whether *value* is no void, and not from before *since*."""
    # A day is a smaller number than every instant.
    return value != VOID and (value >= since or first(value) >= since)


def _before(one: Stated, other: Stated) -> bool:
    """Whether *one* stands where both have the same ``as_of``."""
    if VOID in (one, other):
        return one == VOID
    return (day(one), is_day(one), one) < (day(other), is_day(other), other)


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
    registered = facts.registered_at
    if registered is None or not claims:
        return Decision(None, unclaimed(registered, terms))
    span = _Span(first(registered), last(registered))
    if not terms.mark_time <= span.first < terms.end:
        return Decision(None, unclaimed(registered, terms))

    winner = _winner(claims, span, terms)
    missing = _missing_step(facts, terms)
    standing = max(adjustments, key=lambda a: a.id, default=None)
    if standing and standing.kind == "reassign" and missing is None:
        return Decision(standing.unit, None, winner)
    if winner is None:
        return Decision(None, _why_none(claims, span, terms))
    if missing is not None:
        return Decision(None, missing, winner)
    if standing and standing.kind == "reverse":
        return Decision(None, Reason.REVERSED, winner)
    return Decision(winner.unit, None, winner)


def unclaimed(registered: Stated | None, terms: Terms) -> Reason:
    """Return why nobody is credited with somebody whom nobody claimed."""
    if registered is None:
        return Reason.NOT_REGISTERED_YET
    since = first(registered)
    if since < terms.mark_time:
        return Reason.REGISTERED_BEFORE
    if since >= terms.end:
        return Reason.REGISTERED_AFTER
    return Reason.NO_CLAIM


def window(claim: Claim, policy: Policy) -> Instant:
    """Return how long before the registration *claim* may lie."""
    return policy.verified_window if claim.verified else policy.unverified_window


def still_open(claims: Iterable[Claim], terms: Terms) -> Claim | None:
    """
    Return the claim that would win if the platform spoke of its person now; None if none could.

    Of somebody of whom it never spoke, so that any registration is possible that the
    campaign takes.
    """
    possible = [
        claim for claim in claims
        if claim.unit_active and not claim.withdrawn and terms.start <= claim.at < terms.end
        and claim.at + window(claim, terms.policy) >= terms.mark_time
    ]
    direction = 1 if terms.policy.latest else -1
    return max(possible, key=lambda c: (c.verified, direction * c.at, c.id), default=None)


class _Span(NamedTuple):
    """When somebody registered: the instant, or the first and the last of the day."""

    first: Instant
    last: Instant


def _missing_step(facts: Facts, terms: Terms) -> Reason | None:
    """Return what the steps after the registration still lack; None when they are done."""
    if facts.card_bound_at is None:
        return Reason.NOT_BOUND_YET
    if facts.first_txn_at is None:
        return Reason.NO_TRANSACTION_YET
    if max(first(facts.card_bound_at), first(facts.first_txn_at)) >= terms.settle_end:
        return Reason.SETTLED_TOO_LATE
    return None


def _in_time(claim: Claim, registered: _Span, terms: Terms) -> bool:
    """Eligible, but for being held or withdrawn."""
    return (
        claim.unit_active
        and terms.start <= claim.at < terms.end
        and registered.first - window(claim, terms.policy) <= claim.at <= registered.last + SKEW
    )


def _winner(claims: Iterable[Claim], registered: _Span, terms: Terms) -> Claim | None:
    eligible = [
        claim
        for claim in claims
        if not claim.held and not claim.withdrawn and _in_time(claim, registered, terms)
    ]
    if len(eligible) < 2:  # as nearly always
        return eligible[0] if eligible else None
    # Ties go to the later row under every policy: there is one tie rule.
    direction = 1 if terms.policy.latest else -1
    return max(
        eligible,
        key=lambda c: (c.verified, c.at <= registered.last, direction * c.at, c.id),
        default=None,
    )


def _why_none(claims: Iterable[Claim], registered: _Span, terms: Terms) -> Reason:
    claims = list(claims)
    in_time = [claim for claim in claims if _in_time(claim, registered, terms)]
    if any(claim.held and not claim.withdrawn for claim in in_time):
        return Reason.HELD
    if any(claim.withdrawn for claim in in_time):
        return Reason.WITHDRAWN
    if any(claim.at < registered.first - window(claim, terms.policy) for claim in claims):
        return Reason.CLAIM_EXPIRED
    if any(claim.at > registered.last + SKEW for claim in claims):
        return Reason.CLAIM_AFTER
    return Reason.OUTSIDE_CAMPAIGN
