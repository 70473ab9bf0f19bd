"""Time against targets, what will come out, and week beside week: what the figures promise."""
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.reports import forecast, pace, weeks
from attribution.reports.pace import Degree, Pace, Phase
from attribution.rule.instants import DAY, from_datetime
from attribution.service import Service

MONDAY = date(2026, 11, 30)
YEAR = (MONDAY - timedelta(days=180), MONDAY + timedelta(days=180))


@pytest.mark.parametrize(("done", "target", "share", "expected"), [
    (0, None, "50", Degree.NONE), (9, 0, "50", Degree.NONE),
    (100, 100, "100", Degree.DONE), (100, 100, "10", Degree.DONE),
    # Rounded to two places it is 100 %, and yet one is missing.
    (99_999, 100_000, "100", Degree.EVEN), (52, 100, "50", Degree.AHEAD),
    (51, 100, "50", Degree.EVEN), (49, 100, "50", Degree.EVEN), (48, 100, "50", Degree.BEHIND),
    (41, 100, "50", Degree.BEHIND), (40, 100, "50", Degree.FAR), (0, 100, "1.64", Degree.EVEN),
    # Before a tenth of the time is over nobody is far behind.
    (0, 1, "9.99", Degree.BEHIND), (0, 1, "10", Degree.FAR),
])
def test_the_degrees(done: int, target: int | None, share: str, expected: Degree) -> None:
    assert expected is pace.degree(done, target, Decimal(share))


@given(st.integers(0, 500), st.integers(1, 400), st.integers(0, 10_000))
def test_one_more_never_makes_it_worse(done: int, target: int, hundredths: int) -> None:
    share, order = Decimal(hundredths) / 100, list(Degree)
    first, second = (pace.degree(n, target, share) for n in (done, done + 1))
    assert order.index(second) <= order.index(first)


def test_each_degree_can_be_told_without_colour() -> None:
    shown = [(how.sign, how.word) for how in Degree if how is not Degree.NONE]
    assert len(shown) == len({sign for sign, _ in shown}) == len({word for _, word in shown})
    assert all(sign and word for sign, word in shown)
    assert f"{pace.NEAR}" in pace.EXPLAINED and f"{pace.FAR}" in pace.EXPLAINED


def test_the_phases_of_a_campaign(service: Service) -> None:
    campaign = service.campaign
    start, end, settle = map(from_datetime, (campaign.start, campaign.end, campaign.settle_end))
    told = [pace.phase(campaign, now) for now in (start - 1, start, end - 1, end, settle)]
    assert told == [
        Phase.BEFORE, Phase.RUNNING, Phase.RUNNING,
        Phase.ENDED if end < settle else Phase.SETTLED, Phase.SETTLED,
    ]
    days = pace.at(campaign, start).days
    lefts = [pace.at(campaign, now).left for now in (start - DAY, start, start + DAY, end - 1)]
    assert [days, days, days - 1, 1] == lefts


counts = st.lists(st.integers(0, 300), min_size=forecast.FEWEST, max_size=60).map(
    lambda days: [1, *days]
)


@given(counts, st.integers(0, 300), st.integers(0, 60), st.integers(-50, 50))
def test_nothing_that_is_there_is_foreseen_away(
    whole: list[int], today: int, left: int, corrected: int
) -> None:
    done = max(sum(whole) + today + corrected, 0)
    made = forecast.foresee(done, 1000, Pace(len(whole) + 1 + left, len(whole) + 1), whole, [today])
    assert made.end is not None and made.end >= done
    assert made.about is not None and made.about >= done
    assert made.reaches == (made.end >= 1000)


@given(
    st.integers(1, 300), st.integers(forecast.FEWEST, 60), st.integers(0, 60), st.integers(0, 5)
)
def test_an_even_campaign_goes_on_as_it_did(
    daily: int, over: int, left: int, late: int
) -> None:
    """Neither a day that is not over nor a late file may look like a slow campaign."""
    days = over + late + 1 + left
    for today in (0, daily // 3, daily):
        made = forecast.foresee(
            daily * over + today, daily * days, Pace(days, over + late + 1), [daily] * over,
            [*[0] * late, today],
        )
        assert daily * days == made.end and daily == made.speed == made.asked
        assert late or daily == made.needed


@given(st.integers(0, 900), st.integers(1, 900), st.integers(1, 60), st.integers(0, 59))
def test_what_is_needed_reaches_the_target_and_one_less_does_not(
    before: int, target: int, days: int, over: int
) -> None:
    made = Pace(days, min(over + 1, days))
    need = forecast.needed(before, target, made)
    assert before + need * made.left >= target
    assert need == 0 or before + (need - 1) * made.left < target


def test_little_is_foreseen_of_little() -> None:
    """A campaign of one day, the first days of a long one, and one without a target."""
    for whole in ([], [5], [5, 900]):
        made = forecast.foresee(sum(whole), 100, Pace(30, len(whole) + 1), whole, [0])
        assert (None, None, None) == (made.speed, made.end, made.reaches)
        assert made.needed is not None
    only = forecast.foresee(3, 100, Pace(1, 1), [], [3])
    assert (100, 100) == (only.asked, only.needed)
    free = forecast.foresee(30, None, Pace(10, 4), [10, 10, 10], [0])
    assert (100, None, None, None) == (free.end, free.asked, free.needed, free.reaches)
    zero = forecast.foresee(0, 70, Pace(10, 4), [0, 0, 0], [0])
    assert (None, 10, None) == (zero.end, zero.needed, zero.reaches)
    # Who begins after a month is as fast as since then, and as slow as who stopped.
    late = forecast.foresee(15, 70, Pace(60, 34), [*[0] * 30, 5, 5, 5], [0])
    assert (Decimal(5), 15 + 5 * 27) == (late.speed, late.end)
    stopped = forecast.foresee(15, 70, Pace(60, 34), [5, 5, 5, *[0] * 30], [0])
    assert (Decimal(0), 15) == (stopped.speed, stopped.end)
    assert 0 == forecast.foresee(80, 70, Pace(10, 4), [20, 30, 30], [0]).needed


@pytest.mark.parametrize(("number", "told"), [
    (0, 0), (7, 7), (999, 999), (1234, 1230), (31_250, 31_300), (99_960, 100_000),
])
def test_a_forecast_says_no_more_than_three_figures(number: int, told: int) -> None:
    assert told == forecast.about(number)


@given(
    st.dictionaries(st.integers(-30, 30), st.integers(0, 50)), st.integers(-20, 20),
    st.integers(0, 5), st.integers(-25, 0), st.integers(1, 25),
)
def test_only_whole_days_are_compared_each_with_its_own_weekday(
    numbers: dict[int, int], now: int, late: int, first: int, last: int
) -> None:
    by_day = {MONDAY + timedelta(days=n): count for n, count in numbers.items()}
    today, window = MONDAY + timedelta(days=now), tuple(
        MONDAY + timedelta(days=n) for n in (first, last)
    )
    made = weeks.beside(
        by_day, today, today - timedelta(days=1 + late), (window[0], window[1])
    )
    assert list(weeks.WEEKDAYS) == [day.name for day in made.days]
    for day in made.days:
        before = day.day - timedelta(days=7)
        assert day.day.weekday() == weeks.WEEKDAYS.index(day.name) == before.weekday()
        told = window[0] <= day.day <= min(today, window[1])
        assert day.this == (by_day.get(day.day, 0) if told else None)
        assert not day.compared or (day.day < today and window[0] <= before)
    assert made.change == sum(
        by_day.get(day.day, 0) - by_day.get(day.day - timedelta(days=7), 0)
        for day in made.compared
    )


def test_a_monday_is_compared_with_a_monday_only() -> None:
    by_day = {MONDAY - timedelta(days=n): 10 for n in range(1, 15)} | {MONDAY: 3}
    monday = weeks.beside(by_day, MONDAY, MONDAY - timedelta(days=1), YEAR)
    assert ([], 0, 0) == (monday.compared, monday.this, monday.last)
    [part] = monday.parts
    assert ("周一", 3, 10) == (part.name, part.this, part.last)
    tuesday = weeks.beside(by_day, MONDAY + timedelta(days=1), MONDAY, YEAR)
    assert (["周一"], 3, 10) == ([d.name for d in tuesday.compared], tuesday.this, tuesday.last)


def test_who_fell_to_nothing_is_asked_of_whole_days() -> None:
    sunday = MONDAY - timedelta(days=1)
    days, before = weeks.fallen_days(sunday, YEAR)
    assert (7, sunday) == (len(days), days[-1])
    assert before == [day - timedelta(days=7) for day in days]
    days, before = weeks.fallen_days(MONDAY + timedelta(days=1), YEAR)
    assert ([MONDAY, MONDAY + timedelta(days=1)], 2) == (days, len(before))
    # A week before the campaign is no week in which somebody brought nobody.
    assert [] == weeks.fallen_days(MONDAY, (MONDAY, YEAR[1]))[1]
    assert ["c", "a"] == weeks.fallen({"b": 1}, {"a": 2, "b": 5, "c": 9, "d": 0})


def test_a_line_adds_up_the_days_of_its_codes() -> None:
    by_day = {"N01": {MONDAY: 3, YEAR[0]: 9}, "A01": {MONDAY: 1}}
    assert 4 == weeks.total_of(by_day, ("N01", "A01", "N99"), [MONDAY])
