"""The county's goals and an area's survey: stated with day and source, apart from our own."""
import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stores
from console import Visitor, add_everyone
from hypothesis import given
from hypothesis import strategies as st

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import audit, stated_figures
from attribution.office.stated_figures import HOUSEHOLDS, USERS, Figure
from attribution.proof import checks
from attribution.reports import goals
from attribution.rule import instants
from attribution.rule.instants import day_of
from attribution.service import Service
from attribution.store import figure_log as kept
from qrgen.campaign import Goal
from qrgen.shell import Fault

BY = Actor("ann")
ACTIVE = Goal("active_users", "活跃用户", 120_000, date(2030, 12, 31))


@pytest.fixture(params=stores.KINDS)
def county(request: pytest.FixtureRequest, instance: Any, tmp_path: Path) -> Iterator[Service]:
    with stores.new_service(request.param, instance, tmp_path) as service:
        yield service


def row(day: int, number: int, subject: str = "active_users") -> dict[str, Any]:
    return {"subject": subject, "unit": "", "day": day, "number": number, "source": "月报"}


def campaign_with(*all: Goal) -> Any:
    from dataclasses import replace

    from qrgen.instance import PACKAGED_CAMPAIGN
    from qrgen.registry import load_campaign

    return replace(load_campaign(PACKAGED_CAMPAIGN), goals=all)


def test_pace_is_what_is_left_by_the_days_that_are_left() -> None:
    campaign = campaign_with(ACTIVE)
    now = instants.parse_instant("2030-12-21T08:00:00+08:00")
    (one,) = goals.stands(campaign, [row(20301201, 80_000), row(20301221, 100_000)], 7, now)
    assert (100_000, 20_000, Decimal("83.3")) == (one.number, one.left, one.share)
    assert (Decimal("2000.0"), Decimal("1000.0"), 110_000) == (one.needed, one.rate, one.likely)
    (alone,) = goals.stands(campaign, [row(20301221, 100_000)], 7, now)
    assert (None, None) == (alone.rate, alone.likely)
    (late,) = goals.stands(campaign, [row(20310105, 120_001)], 7, now)
    assert (0, None) == (late.left, late.needed)
    assert None is goals.stands(campaign, [], 7, now)[0].number


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=4), st.integers(0, 400))
def test_no_figures_make_a_page_fail(numbers: list[int], age: int) -> None:
    """Falling figures, the goal's own day, days after it."""
    first = ACTIVE.by - timedelta(days=age)
    days = [int(f"{first + timedelta(days=n):%Y%m%d}") for n in range(len(numbers))]
    rows = [row(day, number) for day, number in zip(days, numbers, strict=True)]
    (one,) = goals.stands(campaign_with(ACTIVE), rows, 0, instants.now())
    assert one.number == numbers[-1] and one.left == max(ACTIVE.number - numbers[-1], 0)


def test_the_latest_word_of_a_day_stands_and_none_is_lost(county: Service) -> None:
    now = instants.now()
    today = day_of(now)
    for number in (90_000, 95_000):
        stated_figures.state(
            county.ledger, [Figure("active_users", "", today, number, "县级运营方")], now, BY
        )
    with county.store.read() as connection:
        assert [95_000] == [r["number"] for r in kept.standing(connection, county.campaign.id)]
        assert 2 == len(kept.history(connection, county.campaign.id))
    told, _ = goals.read(county.store, county.campaign, now)
    assert [None, 95_000, None] == [
        one.number if one.goal.key != goals.COUNTED else None for one in told
    ]
    assert "figures" in {entry["what"] for entry in audit.entries(county.store)}
    assert [] == checks.check(county.ledger)


@pytest.mark.parametrize("figure, code", [
    (Figure("no_goal", "", 20220101, 1, "x"), Code.FIGURE_SUBJECT),
    (Figure(HOUSEHOLDS, "N01", 20220101, 1, "x"), Code.UNIT_UNKNOWN),
    (Figure("active_users", "", 20220101, -1, "x"), Code.FIGURE_NUMBER),
    (Figure("active_users", "", 29990101, 1, "x"), Code.FIGURE_DAY),
    (Figure("active_users", "", 20220101, 1, " "), Code.FIGURE_SOURCE),
])
def test_what_is_no_figure_is_refused(service: Service, figure: Figure, code: Code) -> None:
    with pytest.raises(Fault) as told:
        stated_figures.state(service.ledger, [figure], instants.now(), BY)
    assert code is told.value.code


SURVEY = [
    ["兴国县云闪付调查摸底表"],
    ["乡镇（社区）", "户数", "原有用户", "日期", "来源"],
    ["潋江镇", "12,400", "3100", "2022年9月1日", "镇里上报"],
    ["A02", "8000", "", "", ""],
    ["合计", "20400", "3100", "", ""],
]


def write_book(path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    for cells in SURVEY:
        sheet.append(cells)
    book.save(path)


def test_a_survey_becomes_figures_per_head(county: Service, tmp_path: Path) -> None:
    path = tmp_path / "摸底.xlsx"
    write_book(path)
    taken = stated_figures.take(
        county.ledger, path, instants.now(), BY, source="县专班", day=20220905
    )
    assert [
        Figure(HOUSEHOLDS, "A01", 20220901, 12_400, "镇里上报"),
        Figure(USERS, "A01", 20220901, 3_100, "镇里上报"),
        Figure(HOUSEHOLDS, "A02", 20220905, 8_000, "县专班"),
    ] == list(taken.figures)
    _, bases = goals.read(county.store, county.campaign, instants.now())
    first = bases[0]
    assert ("A01", 12_400, Decimal("0.0")) == (
        first.unit, first.households and first.households["number"], first.per_hundred
    )
    assert None is bases[5].per_hundred


def test_one_bad_row_takes_nothing_in_and_is_named(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("乡镇,户数\n潋江镇,12\n没有乡,9\n长冈乡,许多\n", encoding="utf-8")
    with pytest.raises(Fault) as told:
        stated_figures.take(service.ledger, path, instants.now(), BY, source="x")
    assert Code.FIGURES_ROWS is told.value.code
    assert [("3", Code.FIGURE_AREA), ("4", Code.FIGURE_HOUSEHOLDS)] == [
        (one.data["line"], one.data["column"]) for one in told.value.more
    ]
    with service.store.read() as connection:
        assert [] == kept.history(connection, service.campaign.id)


def test_the_page_shows_states_and_takes_in(service: Service) -> None:
    add_everyone(service)
    office = Visitor(service)
    office.sign_in("office")
    assert "还没有填报" in office.text("/admin/goals")
    sent = office.post("/admin/goals", {
        "subject": "active_users", "number": "96,000", "day": "2026-01-02", "source": "运营方月报",
    })
    assert 302 == sent.status_code or 303 == sent.status_code
    page = office.text("/admin/goals")
    assert "96,000" in page and "运营方月报" in page and "80.0%" in page
    text = "乡镇（社区）,户数\n潋江镇,12400\n".encode("gb18030")
    office.post("/admin/goals/survey", {
        "file": (io.BytesIO(text), "摸底.csv"), "day": "2026-01-02", "source": "镇里",
    })
    assert "12,400" in office.text("/admin/goals")
    viewer = Visitor(service)
    viewer.sign_in("viewer")
    assert "填报完成数" not in viewer.text("/admin/goals")
    assert 403 == viewer.post("/admin/goals", {"subject": "active_users"}).status_code
