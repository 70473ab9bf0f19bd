"""
A second implementation of the rule, sentence by sentence from the one that was decided.

It shares nothing with `attribution.rule.credit` but the shape of its arguments, so that two
people who read the same page must come to the same credits.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attribution.rule.credit import Claim, Facts

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Terms:
    """The dates that a campaign's page names, and the policy's name."""

    start: int
    end: int
    mark: int
    settle: int
    policy: str = "last_claim"


def facts_by_the_book(rows: Iterable[tuple[int, int | None, int | None, int | None]]) -> Facts:
    """
    Fold rows of (as_of, registered_at, card_bound_at, first_txn_at).

    "Each field takes its value from the row with the latest as_of, ties the earlier instant."
    """
    rows = list(rows)
    found = []
    for place in (1, 2, 3):
        best: tuple[int, int] | None = None
        for row in rows:
            value = row[place]
            if value is None:
                continue
            if best is None or row[0] > best[0] or (row[0] == best[0] and value < best[1]):
                best = (row[0], value)
        found.append(None if best is None else best[1])
    return Facts(*found)


def by_the_book(
    claims: Sequence[Claim], facts: Facts, terms: Terms,
    corrections: Sequence[tuple[str, str | None]] = (),
) -> tuple[str | None, str | None]:
    """
    Return (credited unit, None) or (None, the first reason that applies).

    Args:
        claims: In the order of their rows.
        corrections: (kind, unit) of what two people agreed on, oldest first.
    """
    r = facts.registered_at
    if r is None:
        return None, "not_registered_yet"
    if r < terms.mark:
        return None, "registered_before"
    if r >= terms.end:
        return None, "registered_after"
    if not claims:
        return None, "no_claim"

    def w(c: Claim) -> int:
        if terms.policy == "registration_only":
            return 24 * HOUR
        return (30 if c.verified else 7) * DAY

    def but_for(c: Claim) -> bool:
        return (
            c.unit_active and terms.start <= c.at < terms.end
            and r - w(c) <= c.at <= r + 5 * MINUTE
        )

    kind, given_to = corrections[-1] if corrections else ("", None)
    eligible = [c for c in claims if but_for(c) and not c.held and not c.withdrawn]
    if not eligible and kind != "reassign":
        if any(but_for(c) and c.held and not c.withdrawn for c in claims):
            return None, "held"
        if any(but_for(c) and c.withdrawn for c in claims):
            return None, "withdrawn"
        if any(c.at < r - w(c) for c in claims):
            return None, "claim_expired"
        if any(c.at > r + 5 * MINUTE for c in claims):
            return None, "claim_after"
        return None, "outside_campaign"
    if facts.card_bound_at is None:
        return None, "not_bound_yet"
    if facts.first_txn_at is None:
        return None, "no_transaction_yet"
    if facts.card_bound_at > terms.settle or facts.first_txn_at > terms.settle:
        return None, "settled_too_late"
    if kind == "reverse":
        return None, "reversed"
    if kind == "reassign":
        return given_to, None
    verified = [c for c in eligible if c.verified] or eligible
    pick = min if terms.policy == "first_claim" else max
    moment = pick(c.at for c in verified)
    return [c for c in verified if c.at == moment][-1].unit, None
