# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What a row states of a step: an instant, a day, void, or nothing."""
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.rule import stated
from attribution.rule.instants import DAY, day_of, day_start, parse_instant
from attribution.rule.stated import VOID, parse_stated

DAYS = st.dates(min_value=date(2010, 1, 1)).map(
    lambda d: d.year * 10_000 + d.month * 100 + d.day
)
INSTANTS = st.integers(day_start(20100101), day_start(20991231))
VALUES = st.none() | st.just(VOID) | DAYS | INSTANTS


@pytest.mark.parametrize(("text", "value"), [
    ("2026-11-28", 20261128),
    ("2026/1/8", 20260108),
    ("2026-11-28 00:00:00", day_start(20261128)),
    ("2026-11-28T09:30:00+08:00", parse_instant("2026-11-28 09:30:00")),
    ("", None), ("1970-01-01", None), ("1970-01-01T00:00:00Z", None),
    ("1900-01-01 00:00:00", None), ("2009-12-31 23:59:59", None), ("2009-12-31", None),
    ("2010-01-01", 20100101), ("void", VOID), ("Void", VOID), ("已撤销", VOID),
    ("已退款", VOID), ("已注销", VOID),
])
def test_a_cell_states_an_instant_a_day_void_or_nothing(text, value):
    """A bare date read as midnight, or 1970 read as a registration, earned and lost credits."""
    assert value == parse_stated(text)


@pytest.mark.parametrize("text", ["never", "2026-13-01", "2026-02-30", "voided"])
def test_what_is_neither_is_refused(text):
    with pytest.raises(ValueError, match="not a time"):
        parse_stated(text)


@given(st.lists(VALUES, min_size=3, max_size=3))
def test_the_store_gives_back_what_it_was_given(values):
    instants, precision = stated.as_columns(values)
    assert values == stated.from_columns(instants, precision)
    assert all(instant is None or instant >= day_start(20100101) for instant in instants)


@given(DAYS)
def test_a_day_runs_from_its_first_instant_to_its_last(day):
    assert day_of(stated.first(day)) == day_of(stated.last(day)) == day == stated.day(day)
    assert DAY - 1 == stated.last(day) - stated.first(day)


@given(VALUES.filter(lambda value: value is not None))
def test_what_is_shown_reads_back_as_what_it_was(value):
    assert value == parse_stated(stated.stated_iso(value))


def test_two_values_agree_where_one_is_the_day_of_the_other():
    noon = parse_instant("2026-11-28 12:00:00")
    assert stated.same(noon, 20261128) and stated.same(20261128, noon)
    assert not stated.same(noon, noon + 1)
    assert not stated.same(20261127, noon)
    assert not stated.same(VOID, 20261128)
