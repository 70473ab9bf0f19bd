# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The rule of credit, against a second reading of it written another way."""
import random
from typing import Any

import book
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.rule.credit import (
    Adjustment,
    Claim,
    Decision,
    Fact,
    Facts,
    Reason,
    judge,
    merge_facts,
)
from attribution.rule.instants import DAY, HOUR, MINUTE
from attribution.rule.terms import POLICIES, Policy, Terms

START, END = 1000 * DAY, 1122 * DAY
TERMS = Terms(START, END, START, END + 7 * DAY, POLICIES["last_claim"])
DONE = Facts(START + 10 * DAY, START + 10 * DAY + HOUR, START + 10 * DAY + 2 * HOUR)


def claim(id: int, unit: str = "A01", *, before: int = HOUR, **more: Any) -> Claim:
    return Claim(id, unit, START + 10 * DAY - before, **more)


def test_the_last_claim_before_registration_wins():
    earlier, later = claim(1, "A01", before=2 * HOUR), claim(2, "B02", before=HOUR)
    assert "B02" == judge([later, earlier], DONE, TERMS).unit


def test_a_verified_claim_outranks_a_later_unverified_one():
    """Else whoever types a roster last takes what someone proved."""
    verified = claim(1, "A01", before=20 * DAY, verified=True)
    terms = Terms(START - 30 * DAY, END, START, END + 7 * DAY, POLICIES["last_claim"])
    assert "A01" == judge([verified, claim(2, "B02")], DONE, terms).unit


@pytest.mark.parametrize("policy", ["last_claim", "first_claim", "registration_only"])
def test_a_tie_goes_to_the_later_row(policy):
    terms = Terms(START, END, START, END + 7 * DAY, POLICIES[policy])
    assert "B02" == judge([claim(2, "B02"), claim(1, "A01")], DONE, terms).unit


def test_first_claim_takes_the_earliest():
    terms = Terms(START, END, START, END + 7 * DAY, POLICIES["first_claim"])
    assert "A01" == judge([claim(1, before=2 * HOUR), claim(2, "B02")], DONE, terms).unit


@pytest.mark.parametrize(
    ("claims", "facts", "reason"),
    [
        ([claim(1)], Facts(), Reason.NOT_REGISTERED_YET),
        ([claim(1)], Facts(START - 1, 0, 0), Reason.REGISTERED_BEFORE),
        ([claim(1)], Facts(END, END, END), Reason.REGISTERED_AFTER),
        ([], DONE, Reason.NO_CLAIM),
        ([claim(1, held=True)], DONE, Reason.HELD),
        ([claim(1, withdrawn=True)], DONE, Reason.WITHDRAWN),
        ([claim(1, held=True, withdrawn=True)], DONE, Reason.WITHDRAWN),
        ([claim(1, before=7 * DAY + 1)], DONE, Reason.CLAIM_EXPIRED),
        ([claim(1, before=-5 * MINUTE - 1)], DONE, Reason.CLAIM_AFTER),
        ([claim(1, unit_active=False)], DONE, Reason.OUTSIDE_CAMPAIGN),
        ([claim(1)], Facts(DONE.registered_at), Reason.NOT_BOUND_YET),
        ([claim(1)], Facts(DONE.registered_at, END), Reason.NO_TRANSACTION_YET),
        ([claim(1)], Facts(DONE.registered_at, END, TERMS.settle_end + 1),
         Reason.SETTLED_TOO_LATE),
    ],
)
def test_each_reason_is_given_where_it_applies(claims, facts, reason):
    assert Decision(None, reason, judge(claims, facts, TERMS).winner) == judge(
        claims, facts, TERMS
    )


@pytest.mark.parametrize("before", [7 * DAY, -5 * MINUTE])
def test_both_ends_of_the_window_belong_to_it(before):
    assert "A01" == judge([claim(1, before=before)], DONE, TERMS).unit


def test_settle_end_itself_is_in_time():
    facts = Facts(DONE.registered_at, TERMS.settle_end, TERMS.settle_end)
    assert "A01" == judge([claim(1)], facts, TERMS).unit


def test_reverse_then_restore_is_as_before():
    reverse, restore = Adjustment(1, "reverse"), Adjustment(2, "restore", "A01")
    assert Reason.REVERSED == judge([claim(1)], DONE, TERMS, [reverse]).reason
    assert judge([claim(1)], DONE, TERMS) == judge([claim(1)], DONE, TERMS, [restore, reverse])


def test_a_correction_cannot_make_a_credit_without_a_claim():
    given_away = [Adjustment(1, "reassign", "B02")]
    assert Reason.NO_CLAIM == judge([], DONE, TERMS, given_away).reason
    assert "B02" == judge([claim(1)], DONE, TERMS, given_away).unit


# --- a second implementation, sentence by sentence ------------------------------

INSTANTS = st.integers(START - 40 * DAY, END + 40 * DAY).map(lambda n: n - n % HOUR)
CLAIMS = st.lists(
    st.builds(
        lambda unit, at, verified, held, withdrawn: (unit, at, verified, held, withdrawn),
        st.sampled_from(["A01", "N07", "D03"]), INSTANTS,
        st.booleans(), st.booleans(), st.booleans(),
    ),
    max_size=6,
).map(lambda rows: [Claim(n, *row) for n, row in enumerate(rows, 1)])
MAYBE = st.none() | INSTANTS
FACTS = st.builds(Facts, MAYBE, MAYBE, MAYBE)


def by_the_book(claims: list[Claim], facts: Facts, policy: str) -> tuple[str | None, str | None]:
    return book.by_the_book(claims, facts, book.Terms(START, END, START, TERMS.settle_end, policy))


@given(CLAIMS, FACTS, st.sampled_from(sorted(POLICIES)), st.randoms(use_true_random=False))
def test_agrees_with_the_book_whatever_the_order(
    claims: list[Claim], facts: Facts, policy: str, rng: random.Random
) -> None:
    terms = Terms(START, END, START, TERMS.settle_end, POLICIES[policy])
    expected = by_the_book(claims, facts, policy)
    rng.shuffle(claims)
    decision = judge(claims, facts, terms)
    assert expected == (decision.unit, decision.reason and decision.reason.value)
    assert (decision.unit is None) != (decision.reason is None)


@given(CLAIMS, FACTS, INSTANTS)
def test_a_claim_after_the_registration_changes_no_credit(
    claims: list[Claim], facts: Facts, at: int
) -> None:
    if facts.registered_at is None or judge(claims, facts, TERMS).unit is None:
        return
    late = Claim(99, "B09", facts.registered_at + 5 * MINUTE + 1 + abs(at))
    assert judge(claims, facts, TERMS).unit == judge([*claims, late], facts, TERMS).unit


ROWS = st.lists(st.builds(Fact, st.integers(0, 3), MAYBE, MAYBE, MAYBE), max_size=6)


@given(ROWS, st.randoms(use_true_random=False))
def test_facts_merge_to_the_same_in_any_order_and_repetition(
    rows: list[Fact], rng: random.Random
) -> None:
    mixed = rows + [rng.choice(rows) for _ in rows]
    rng.shuffle(mixed)
    assert merge_facts(rows) == merge_facts(mixed)


def test_the_latest_statement_stands_and_silence_erases_nothing():
    rows = [Fact(1, 10, 20, 30), Fact(2, 11, None, None), Fact(2, 12, None, None)]
    assert Facts(11, 20, 30) == merge_facts(rows)


def test_policies_are_the_documented_ones():
    assert {
        "last_claim": Policy(True, 30 * DAY, 7 * DAY),
        "first_claim": Policy(False, 30 * DAY, 7 * DAY),
        "registration_only": Policy(True, DAY, DAY),
    } == POLICIES
