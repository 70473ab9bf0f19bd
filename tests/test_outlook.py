"""The first page in thirty seconds: what it says, on every day that a campaign can have."""
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from console import add_everyone, signed_in
from hypothesis import given
from hypothesis import strategies as st
from test_console_numbers import numbers

from attribution.reports import lagging, outlook, pace, silent, trends
from attribution.reports.lagging import Weakness
from attribution.reports.lines import Line
from attribution.reports.pace import Degree
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, Instant, day_start, from_datetime, to_datetime
from attribution.service import Service
from attribution.store import log, registry, standings
from attribution.store.engine.sqlite_connection import SQLiteConnection
from attribution.web.console import charts
from attribution.web.console.scales import scale


@pytest.fixture
def thursday(service: Service, monkeypatch: pytest.MonkeyPatch) -> Instant:
    """Ten o'clock on a Thursday of the campaign's third week or later; it is now."""
    day = to_datetime(from_datetime(service.campaign.start)).date() + timedelta(days=15)
    day += timedelta(days=(3 - day.weekday()) % 7)
    now = day_start(int(f"{day:%Y%m%d}")) + 10 * HOUR
    set_clock(monkeypatch, now)
    return now


def set_clock(monkeypatch: pytest.MonkeyPatch, now: Instant) -> None:
    monkeypatch.setattr(instants, "now", lambda: now)


def count(service: Service, now: Instant, kind: str, unit: str, *by_day: int) -> None:
    """Count *by_day* of *kind* at *unit*: the last is of today, the one before of yesterday."""
    last = to_datetime(now).date()
    days = [last - timedelta(days=n) for n in range(len(by_day))]
    tallies = Counter({
        (unit, int(f"{day:%Y%m%d}"), kind): n
        for day, n in zip(days, reversed(by_day), strict=True)
    })
    service.store.write(lambda c: log.add_tallies(c, service.campaign.id, tallies))


def file_came(service: Service, at: Instant) -> None:
    """Let the platform's last file have come *at*."""
    service.store.write(lambda c: standings.add_batch(c, service.campaign.id, {
        "id": f"day-{at}", "sha256": f"{at}", "source": "file", "as_of": at, "received_at": at,
        "row_count": 1, "by_whom": "test",
    }))


# Monday to Thursday of this week, and all of the last.
WEEK = {"N07": (5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 1), "N01": (3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0),
        "D01": (0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0), "D02": (0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0),
        "B03": (2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)}


@pytest.fixture
def county(service: Service, thursday: Instant) -> Service:
    add_everyone(service)
    for unit, days in WEEK.items():
        count(service, thursday, "effective", unit, *days)
    count(service, thursday, "claimant", "N01", 4, 0)
    file_came(service, thursday - HOUR)
    return service


def test_week_beside_week_and_who_fell(county: Service, thursday: Instant) -> None:
    seen = outlook.read(county.ledger, thursday, None)
    assert ["周一", "周二", "周三"] == [day.name for day in seen.weeks.compared]
    # 5+3+2, 5+3, 5+3+2 of last week; 6 each of this one. Today's part is in neither.
    assert (18, 28) == (seen.weeks.this, seen.weeks.last)
    assert 2 == seen.of_today
    fallen = {view: [(one.line.key, one.before, one.claims) for one in some]
              for view, some in seen.fallen.items()}
    # B03 brought one today; D02 had its two on a day that is yet to come this week.
    assert [("N01", 9, 4)] == fallen["line"] and [("D01", 2, 0)] == fallen["department"]
    assert "B03" not in {line.key for line in seen.never["bank"]}
    assert 85 == len(seen.never["line"])


def test_a_late_file_is_no_collapse(county: Service, thursday: Instant) -> None:
    """None since Thursday: what the platform has not told yet is no day without anybody."""
    then = outlook.read(county.ledger, thursday, None)
    for days in (1, 2, 3):
        seen = outlook.read(county.ledger, thursday + days * DAY, None)
        assert (then.whole, then.weeks.change) == (seen.whole, seen.weeks.change)
        assert days + 1 == len(seen.weeks.parts)
        assert then.forecast.speed == seen.forecast.speed
        assert {"N01"} == {one.line.key for one in seen.fallen["line"]}
    monday = outlook.read(county.ledger, thursday + 4 * DAY, None)
    assert [] == monday.weeks.compared and {"N01"} == {
        one.line.key for one in monday.fallen["line"]
    }
    file_came(county, thursday + 4 * DAY)
    told = outlook.read(county.ledger, thursday + 4 * DAY, None)
    assert told.whole > then.whole and told.forecast.speed != then.forecast.speed


def test_each_number_of_silent_units_leads_to_those_units(county: Service) -> None:
    office = signed_in(county, "office")
    page = office.text("/admin/")
    links = re.findall(r'<a href="(/admin/table\?[^"]*state=(?:fallen|never)[^"]*)">(\S+) <b>'
                       r"([0-9]+)</b>", page)
    assert {"网点", "部门"} <= {heading for _, heading, _ in links} and len(links) >= 4
    for link, _, number in links:
        body = office.text(unescape(link) + "&size=500").split("<tbody>")[1]
        assert int(number) == len(re.findall("<tr><td>[0-9]+</td>", body)), link
    assert "9 → 0，登记了 4" in page and "本周一到现在没有人，上周一至周三有" in page
    assert pace.EXPLAINED in page
    # So do those of how far areas and banks stand from the pace.
    links = re.findall(r'<a class="(\w+)" href="(/admin/table\?[^"]*)">.*?<b>([0-9]+)</b>', page)
    assert {"behind", "far"} & {style for style, _, _ in links}
    for style, link, number in links:
        body = office.text(unescape(link) + "&size=500").split("<tbody>")[1]
        assert int(number) == len(re.findall("<tr><td>[0-9]+</td>", body)), (style, link)
    assert 404 == office.get("/admin/table?state=drop").status_code


@pytest.mark.parametrize(("name", "sees"), [
    ("bank", ("农商行合计", "今天先找")), ("area", ("合计", "今天先找")),
    ("department", ("没有指导任务数",)), ("viewer", ("全县合计", "今天先找")),
])
def test_a_part_of_the_county_has_its_own_by_the_same_page(
    county: Service, name: str, sees: tuple[str, ...]
) -> None:
    page = signed_in(county, name).text("/admin/")
    assert [] == [word for word in sees if word not in page]
    assert "按现在的速度" in page
    if name != "viewer":
        # No unit of others, be it by name or in a number.
        others = {"bank": "D02", "area": "B03", "department": "N01"}[name]
        assert f"/admin/units/{others}" not in page


def phases(service: Service) -> dict[str, Instant]:
    start, end, settle = (
        from_datetime(moment)
        for moment in (service.campaign.start, service.campaign.end, service.campaign.settle_end)
    )
    return {"before": start - DAY, "first": start + HOUR, "third": start + 3 * DAY,
            "last": end - HOUR, "ended": (end + settle) // 2, "settled": settle + DAY}


SAID = {
    "before": "活动还没有开始", "first": "还没有有效新用户", "third": "按现在的速度，到结束约 <b>",
    "last": "今天是最后一天", "ended": "结果还没有定", "settled": "核算也已截止",
}


@pytest.mark.parametrize("who", ["office", "department"])
def test_every_day_of_a_campaign_says_something_sensible(
    service: Service, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """Before, first day, after three, last, until it settles, then: with targets and without."""
    add_everyone(service)
    targets = who == "office"
    for phase, now in phases(service).items():
        if phase == "third":
            count(service, now, "effective", "D01", 4, 5, 6, 1)
        set_clock(monkeypatch, now)
        visitor = signed_in(service, who)
        page = visitor.text("/admin/")
        assert SAID[phase] in page, phase
        assert ("没有指导任务数" in page) != targets, phase
        assert ("今天（到" in page) == (phase in ("first", "third", "last")), phase
        needed = re.search("每天需要 (?:<b>)?[0-9]", page) is not None
        assert needed == (targets and phase in ("first", "third", "last")), phase
        said = re.sub(r'href="[^"]*"', "", page)  # an address may hold any letters
        assert "None" not in said and "nan" not in said
        assert 200 == visitor.get("/admin/table?view=matrix").status_code


def test_a_campaign_of_one_day(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    add_everyone(service)
    start = from_datetime(service.campaign.start)
    short = replace(service.campaign, end=service.campaign.start + timedelta(hours=20))
    monkeypatch.setattr(Service, "campaign", property(lambda self: short))
    set_clock(monkeypatch, start + HOUR)
    count(service, start + HOUR, "effective", "N07", 3)
    page = signed_in(service, "office").text("/admin/")
    for said in ("今天是最后一天", "第 1 天，共 1 天", "有人以后满 3 个整天再估"):
        assert said in page


def registry_of(service: Service) -> Any:
    with service.store.read() as connection:
        return registry.read(connection, service.campaign.id).units


def test_three_times_the_units_are_asked_for_with_as_many_statements(
    county: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, asked = signed_in(county, "office"), 0
    for name in ("rows", "columns", "one"):
        real = getattr(SQLiteConnection, name)

        def noted(self: Any, sql: str, parameters: Any = None, *, real: Any = real) -> Any:
            nonlocal asked
            asked += 1
            return real(self, sql, parameters or {})

        monkeypatch.setattr(SQLiteConnection, name, noted)
    office.get("/admin/")
    asked = 0
    office.get("/admin/")
    few, units = asked, registry_of(county)
    more = [
        replace(unit, id=f"{unit.kind[0].upper()}{1000 * n + place}", position=1000 * n + place,
                area=None if unit.kind == "line" else unit.area)
        for n in (1, 2) for place, unit in enumerate(units.values()) if unit.kind == "line"
    ]
    county.store.write(lambda c: registry.put(c, county.campaign.id, [*units.values(), *more]))
    assert "网点 <b>259</b>" in office.text("/admin/")
    asked = 0
    office.get("/admin/")
    assert few == asked


def test_opened_and_scanned_are_two_steps_only_where_they_differ() -> None:
    same = [step for step, _, _ in trends.funnel({"scan": 5, "effective": 1})]
    assert "opened" not in same and "scan" == same[0]
    differ = trends.funnel({"scan": 5, "flagged": 2})
    assert [("opened", 7), ("scan", 5)] == [(step, n) for step, _, n in differ[:2]]


def test_who_asks_why_is_told_the_weakest_step() -> None:
    every = {"scan": 1000, "claimant": 500, "registered": 300, "bound": 280, "effective": 270}
    for own, step in (
        ({"scan": 10, "claimant": 5}, "scan"),
        ({"scan": 100, "claimant": 10, "registered": 6}, "claimant"),
        ({"scan": 100, "claimant": 50, "registered": 10, "bound": 9, "effective": 9}, "registered"),
        ({"scan": 100, "claimant": 50, "registered": 30, "bound": 8, "effective": 8}, "bound"),
        ({"scan": 100, "claimant": 50, "registered": 30, "bound": 28, "effective": 9}, "effective"),
        ({"scan": 100, "claimant": 50, "registered": 30, "bound": 28, "effective": 27}, ""),
        # Few are no share: of nine claims nobody knows how many should have registered.
        ({"scan": 100, "claimant": 48, "registered": 9, "bound": 0}, "registered"),
    ):
        assert step == lagging.weakest(own, 100, every, 1000).step, own
    assert Weakness("") == lagging.weakest({}, None, every, 1000)
    assert Weakness("scan", 0, 100) == lagging.weakest({}, 100, every, 1000)


def test_never_is_of_those_who_are_asked() -> None:
    lines = [Line("a", "a", 10, {}), Line("b", "b", None, {}), Line("c", "c", 20, {}),
             Line("d", "d", 9, {"effective": 1}), Line("", "rest", 5, {}, rest=True)]
    assert ["c", "a"] == [line.key for line in silent.never(lines)]


@given(st.floats(0, 10_000_000), st.sampled_from([(4, 5), (2, 3)]))
def test_an_axis_fits_and_is_round(most: float, steps: tuple[int, ...]) -> None:
    axis = scale(most, steps)
    assert axis.top >= most and 0 == axis.labels[-1] and axis.top == axis.labels[0]
    assert {axis.step} == {a - b for a, b in zip(axis.labels, axis.labels[1:], strict=False)}
    assert str(axis.step).rstrip("0") in ("1", "2", "5")
    # What is there takes more than a third of the height, where people are not single ones.
    assert most < 5 or axis.top < 3 * most


def test_what_is_not_over_is_drawn_as_such(county: Service, thursday: Instant) -> None:
    seen = outlook.read(county.ledger, thursday + DAY, None)
    scans, _, effective = charts.panels(seen.days, seen.today, seen.whole, 9)
    assert [1, 2] == [sum(column.part for column in one.columns) for one in (scans, effective)]
    assert scans.columns[-1].part and effective.columns[-2].part
    page = signed_in(county, "office").text("/admin/")
    assert re.search(r'<rect class="part"[^>]*><title>[^<]*（未完）', page)
    assert page.count('role="img" aria-labelledby') >= 4
    # Each id that is named is there once.
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for named in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(named.split()) <= set(ids)


def test_the_matrix_says_how_far_by_word_and_sign(county: Service, thursday: Instant) -> None:
    page = signed_in(county, "viewer").text("/admin/table?view=matrix")
    cells = re.findall(r'<td class="(\w+)( none)?">.*?</td>', page)
    assert len(cells) > 87
    words = Counter(how.style for how in Degree for _ in range(page.count(f">{how.word}</span>"))
                    if how.word)
    assert words == Counter(style for style, _ in cells if style != "untold")


def test_numbers_of_the_first_page_are_those_of_their_rows(county: Service) -> None:
    """What is drawn of days leads to these days (the rows themselves: test_console_numbers)."""
    found = numbers(signed_in(county, "office"), "/admin/")
    assert {2, 18, 28} <= set(found.values())
    assert any("since=" in link and "to=" in link for link in found)
