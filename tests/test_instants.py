# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Times at the edges: read strictly, written as the office reads them."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.rule.instants import (
    DAY,
    HOUR,
    SECOND,
    day_of,
    day_start,
    iso_text,
    local_text,
    parse_instant,
)


@pytest.mark.parametrize(
    "text",
    [
        "2022-10-11T09:30:00+08:00", "2022-10-11 09:30:00", "2022-10-11T01:30:00Z",
        "2022/10/11 9:30", "2022-10-11T09:30:00.000000+0800", "2022-10-10T20:30:00-05:00",
        "２０２２-10-11 09：30", "\u202d2022-10-11\u00a009:30\u202c", "2022/10/11\u30009:30\u200b",
    ],
)
def test_many_spellings_are_one_instant(text):
    assert 1_665_451_800 * SECOND == parse_instant(text)


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2022-13-01", "2022-02-30", "2022-10-11 25:00", "20221011",
     "2022-10-11T09:30:00+25:00", "2022-10-1¹", "2022-10-11 09:30:00 +08:00 x", "0000-01-01"],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="not a time"):
        parse_instant(text)


def test_24_00_is_the_next_midnight():
    assert parse_instant("2023-01-01 00:00:00") == parse_instant("2022-12-31 24:00:00")


def test_a_day_is_cut_in_shanghai():
    midnight = parse_instant("2022-09-01T00:00:00+08:00")
    assert (20220831, 20220901) == (day_of(midnight - 1), day_of(midnight))
    assert midnight == day_start(20220901)
    assert DAY == 24 * HOUR


@given(st.integers(0, 4_000_000_000 * SECOND))
def test_iso_text_can_be_read_back(instant):
    assert instant == parse_instant(iso_text(instant))


def test_local_text_is_what_excel_reads():
    assert "2022-10-11 09:30:00" == local_text(parse_instant("2022-10-11T01:30:00Z"))
    assert "" == local_text(None)
