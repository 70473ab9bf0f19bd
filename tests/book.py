"""
A second implementation of the rule, sentence by sentence from the one that was decided.

It shares nothing with `attribution.rule` but the shape of a claim: its values are Python's own,
`date` and `datetime`, so that two people who read the same page must come to the same credits.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Literal, NamedTuple

from attribution.rule.credit import Claim

SHANGHAI = timezone(timedelta(hours=8))
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SKEW = timedelta(minutes=5)

# What a cell gives: an instant (aware), a bare date, the word void, or nothing.
Value = datetime | date | Literal["void"] | None
Known = datetime | date | None


class Row(NamedTuple):
    """One row of the platform's file; *as_of* None where it is empty."""

    as_of: datetime | None
    registered_at: Value = None
    card_bound_at: Value = None
    first_txn_at: Value = None


class Facts(NamedTuple):
    """What is known; None where a step is not."""

    registered: Known
    bound: Known
    paid: Known


@dataclass(frozen=True)
class Terms:
    """The dates that a campaign's page names, in microseconds, and the policy's name."""

    start: int
    end: int
    mark: int
    settle: int
    policy: str = "last_claim"


def moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def day(value: datetime | date) -> date:
    """Days are cut in Asia/Shanghai."""
    return value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value


def first(value: datetime | date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time(0), SHANGHAI)


def last(value: datetime | date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time.max, SHANGHAI)


def _states(value: Value) -> bool:
    """A value states something unless it is empty or its day is before 2010-01-01."""
    return value == "void" or (value is not None and day(value) >= date(2010, 1, 1))


def _the_latest(stated: Sequence[tuple[datetime | None, Value]]) -> Known:
    """The one with the latest as_of, an empty one before all others; void: unknown."""
    if not stated:
        return None
    told = [as_of for as_of, _ in stated if as_of is not None]
    top = max(told) if told else None
    tied = [value for as_of, value in stated if as_of == top]
    if "void" in tied:
        return None
    there = [value for value in tied if value is not None and not isinstance(value, str)]
    earliest = min(day(value) for value in there)
    of_that_day = [value for value in there if day(value) == earliest]
    moments = [value for value in of_that_day if isinstance(value, datetime)]
    return min(moments) if moments else of_that_day[0]


def facts_by_the_book(rows: Iterable[Row]) -> Facts:
    """Fold rows: the registration first, and the steps from rows not before its day."""
    rows = list(rows)
    registered = _the_latest(
        [(row.as_of, row.registered_at) for row in rows if _states(row.registered_at)]
    )

    def step(values: Iterable[tuple[datetime | None, Value]]) -> Known:
        return _the_latest([
            (as_of, value) for as_of, value in values
            if _states(value) and (
                value == "void" or registered is None
                or (not isinstance(value, str) and value is not None
                    and day(value) >= day(registered))
            )
        ])

    return Facts(
        registered,
        step((row.as_of, row.card_bound_at) for row in rows),
        step((row.as_of, row.first_txn_at) for row in rows),
    )


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
    if facts.registered is None:
        return None, "not_registered_yet"
    r1, r2 = first(facts.registered), last(facts.registered)
    if r1 < moment(terms.mark):
        return None, "registered_before"
    if r1 >= moment(terms.end):
        return None, "registered_after"
    if not claims:
        return None, "no_claim"

    def at(c: Claim) -> datetime:
        return moment(c.at)

    def window(c: Claim) -> timedelta:
        if terms.policy == "registration_only":
            return timedelta(hours=24)
        return timedelta(days=30) if c.verified else timedelta(days=7)

    def but_for(c: Claim) -> bool:
        return (
            c.unit_active and moment(terms.start) <= at(c) < moment(terms.end)
            and r1 - window(c) <= at(c) <= r2 + SKEW
        )

    kind, given_to = corrections[-1] if corrections else ("", None)
    steps = [facts.bound, facts.paid]
    done = all(step is not None and first(step) < moment(terms.settle) for step in steps)
    if kind == "reassign" and done:
        return given_to, None
    eligible = [c for c in claims if but_for(c) and not c.held and not c.withdrawn]
    if not eligible:
        if any(but_for(c) and c.held and not c.withdrawn for c in claims):
            return None, "held"
        if any(but_for(c) and c.withdrawn for c in claims):
            return None, "withdrawn"
        if any(at(c) < r1 - window(c) for c in claims):
            return None, "claim_expired"
        if any(at(c) > r2 + SKEW for c in claims):
            return None, "claim_after"
        return None, "outside_campaign"
    if facts.bound is None:
        return None, "not_bound_yet"
    if facts.paid is None:
        return None, "no_transaction_yet"
    if not done:
        return None, "settled_too_late"
    if kind == "reverse":
        return None, "reversed"
    # A proved claim outranks every unproved one, and one made after yields to one made before.
    best = [c for c in eligible if c.verified] or eligible
    best = [c for c in best if at(c) <= r2] or best
    instant = (min if terms.policy == "first_claim" else max)(c.at for c in best)
    return max((c for c in best if c.at == instant), key=lambda c: c.id).unit, None


def effective_at(facts: Facts) -> datetime | None:
    """The latest of the first()s."""
    if facts.registered is None or facts.bound is None or facts.paid is None:
        return None
    return max(first(facts.registered), first(facts.bound), first(facts.paid))


def written(value: Value) -> str:
    """Return *value* as a file has it."""
    if value is None or isinstance(value, str):
        return value or ""
    return value.isoformat()
