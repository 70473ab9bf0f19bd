# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The rule of credit, against a second reading of it written another way."""
import random
from datetime import date, datetime, timedelta, timezone
from typing import Any

import book
import pytest
from hypothesis import given, settings
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
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start, from_datetime
from attribution.rule.stated import NO_AS_OF, VOID, last, parse_stated
from attribution.rule.terms import POLICIES, Policy, Terms

START, END = day_start(20220901), day_start(20230101)
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
        ([claim(1)], Facts(START - 1, START, START), Reason.REGISTERED_BEFORE),
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
        ([claim(1)], Facts(DONE.registered_at, END, TERMS.settle_end),
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


def test_settle_end_itself_is_too_late_and_the_day_before_it_is_not():
    """A bare date on the day of settle_end gained a whole day while it counted."""
    before = TERMS.settle_end - 1
    assert "A01" == judge([claim(1)], Facts(DONE.registered_at, before, before), TERMS).unit
    eve = day_of(before)
    assert "A01" == judge([claim(1)], Facts(DONE.registered_at, eve, eve), TERMS).unit
    that_day = day_of(TERMS.settle_end)
    late = judge([claim(1)], Facts(DONE.registered_at, that_day, that_day), TERMS)
    assert Reason.SETTLED_TOO_LATE == late.reason


def test_a_claim_at_noon_of_the_day_of_registration_counts():
    """A bare date was its midnight, and all who claimed that day came after it."""
    day = day_of(START + 10 * DAY)
    noon = Claim(1, "A01", START + 10 * DAY + 12 * HOUR)
    assert "A01" == judge([noon], Facts(day, day, day), TERMS).unit


def test_a_claim_after_the_registration_yields_to_one_before_it():
    """The five minutes forgive a clock; they are not there to take over whom others brought."""
    after = claim(2, "B02", before=-4 * MINUTE)
    assert "A01" == judge([claim(1, "A01"), after], DONE, TERMS).unit
    assert "B02" == judge([after], DONE, TERMS).unit


def test_a_correction_says_nothing_while_a_step_is_missing():
    given_away = [Adjustment(1, "reassign", "B02")]
    expired = claim(1, before=8 * DAY)
    facts = Facts(DONE.registered_at)
    assert Reason.CLAIM_EXPIRED == judge([expired], facts, TERMS, given_away).reason
    assert "B02" == judge([expired], DONE, TERMS, given_away).unit


def test_reverse_then_restore_is_as_before():
    reverse, restore = Adjustment(1, "reverse"), Adjustment(2, "restore", "A01")
    assert Reason.REVERSED == judge([claim(1)], DONE, TERMS, [reverse]).reason
    assert judge([claim(1)], DONE, TERMS) == judge([claim(1)], DONE, TERMS, [restore, reverse])


def test_a_correction_cannot_make_a_credit_without_a_claim():
    given_away = [Adjustment(1, "reassign", "B02")]
    assert Reason.NO_CLAIM == judge([], DONE, TERMS, given_away).reason
    assert "B02" == judge([claim(1)], DONE, TERMS, given_away).unit


# --- a second implementation, sentence by sentence ------------------------------

ZONE = timezone(timedelta(hours=8))
BEGIN = datetime(2022, 9, 1, tzinfo=ZONE)
# Where edges lie: the ends of days, and some minutes about them.
MINUTES = st.sampled_from([0, 1, 4, 5, 6, 720, 1435, 1436, 1439])


def at(days: int, minutes: int, microseconds: int = 0) -> datetime:
    return BEGIN + timedelta(days=days, minutes=minutes, microseconds=microseconds)


MOMENTS = st.builds(at, st.integers(-40, 170), MINUTES, st.sampled_from([0, 0, 0, 1, -1]))
# Few days, so that steps, rows and claims meet on the same ones.
NEAR = st.builds(at, st.integers(9, 12), MINUTES, st.sampled_from([0, 0, 0, 1, -1]))
PLACEHOLDERS = st.sampled_from([
    date(1970, 1, 1), date(1900, 1, 1), datetime(1970, 1, 1, 8, tzinfo=ZONE),
    datetime(2009, 12, 31, 23, 59, 59, tzinfo=ZONE), date(2009, 12, 31),
])
SOME = MOMENTS | NEAR
VALUES = st.one_of(
    st.none(), SOME, SOME, SOME.map(lambda moment: moment.date()),
    SOME.map(lambda moment: moment.date()), st.just("void"), PLACEHOLDERS,
)
AS_OF = st.none() | st.sampled_from([at(20, 0), at(21, 0), at(21, 0, 1)])
ROWS = st.lists(st.builds(book.Row, AS_OF, VALUES, VALUES, VALUES), max_size=5)
CLAIMS = st.lists(
    st.builds(
        lambda unit, at, verified, state, active: (
            unit, from_datetime(at), verified, state == 1, state == 2, active
        ),
        st.sampled_from(["A01", "N07", "D03"]), SOME, st.booleans(),
        st.sampled_from([0, 0, 0, 1, 2]), st.sampled_from([True, True, True, False]),
    ),
    max_size=6,
).map(lambda rows: [Claim(n, *row) for n, row in enumerate(rows, 1)])
CORRECTIONS = st.lists(
    st.sampled_from([("reassign", "B05"), ("reverse", None), ("restore", None)]), max_size=2
)


def ours(rows: list[book.Row]) -> list[Fact]:
    """Read *rows* as the doors do: from what stands in a file."""
    return [
        Fact(
            NO_AS_OF if row.as_of is None else from_datetime(row.as_of),
            *(parse_stated(book.written(value)) for value in row[1:]),
        )
        for row in rows
    ]


def by_the_book(
    claims: list[Claim], rows: list[book.Row], policy: str,
    corrections: list[tuple[str, str | None]] | None = None,
) -> tuple[str | None, str | None]:
    terms = book.Terms(START, END, START, TERMS.settle_end, policy)
    return book.by_the_book(claims, book.facts_by_the_book(rows), terms, corrections or [])


@settings(max_examples=1500, deadline=None)
@given(CLAIMS, ROWS, st.sampled_from(sorted(POLICIES)), CORRECTIONS,
       st.randoms(use_true_random=False))
def test_agrees_with_the_book_whatever_the_order(
    claims: list[Claim], rows: list[book.Row], policy: str,
    corrections: list[tuple[str, str | None]], rng: random.Random,
) -> None:
    """Days, placeholders, voids, rows of earlier owners and ties among them."""
    terms = Terms(START, END, START, TERMS.settle_end, POLICIES[policy])
    expected = by_the_book(claims, rows, policy, corrections)
    due = book.effective_at(book.facts_by_the_book(rows))
    approved = [Adjustment(n, kind, unit) for n, (kind, unit) in enumerate(corrections)]
    told = ours(rows)
    rng.shuffle(claims)
    rng.shuffle(told)
    facts = merge_facts([*told, *told[:1]])
    decision = judge(claims, facts, terms, approved)
    assert expected == (decision.unit, decision.reason and decision.reason.value)
    assert (decision.unit is None) != (decision.reason is None)
    assert (due and from_datetime(due)) == facts.effective_at


@given(CLAIMS, ROWS, SOME)
def test_a_claim_after_the_registration_changes_no_credit(
    claims: list[Claim], rows: list[book.Row], later: datetime
) -> None:
    facts = merge_facts(ours(rows))
    if facts.registered_at is None or judge(claims, facts, TERMS).unit is None:
        return
    after = last(facts.registered_at) + 5 * MINUTE + 1 + abs(from_datetime(later) - START)
    late = Claim(99, "B09", after)
    assert judge(claims, facts, TERMS).unit == judge([*claims, late], facts, TERMS).unit


@given(ROWS, st.randoms(use_true_random=False))
def test_facts_merge_to_the_same_in_any_order_and_repetition(
    rows: list[book.Row], rng: random.Random
) -> None:
    once = ours(rows)
    mixed = once + [rng.choice(once) for _ in once]
    rng.shuffle(mixed)
    assert merge_facts(once) == merge_facts(mixed)


def test_the_latest_statement_stands_and_silence_erases_nothing():
    one, two = START + HOUR, START + 2 * HOUR
    rows = [Fact(1, one, two, two), Fact(2, two, None, None), Fact(2, two + 1, None, None)]
    assert Facts(two, two, two) == merge_facts(rows)


def test_a_refund_of_later_takes_the_step_back_and_a_payment_of_later_gives_it_again():
    rows = [Fact(1, *DONE), Fact(2, first_txn_at=VOID)]
    assert Facts(DONE.registered_at, DONE.card_bound_at) == merge_facts(rows)
    again = START + 20 * DAY
    assert again == merge_facts([*rows, Fact(3, first_txn_at=again)]).first_txn_at


def test_what_the_last_owner_of_the_number_did_counts_for_nobody():
    """Carriers give a number out again after ninety days: its old card is not the new owner's."""
    old, new = START - 200 * DAY, START + 10 * DAY
    rows = [Fact(1, old, old, old), Fact(2, new)]
    assert Facts(new) == merge_facts(rows)


def test_policies_are_the_documented_ones():
    assert {
        "last_claim": Policy(True, 30 * DAY, 7 * DAY),
        "first_claim": Policy(False, 30 * DAY, 7 * DAY),
        "registration_only": Policy(True, DAY, DAY),
    } == POLICIES
