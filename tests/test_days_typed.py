"""Periods as people type and read them, and what the console remembers of a page."""
import re
from collections import Counter
from html import unescape

import pytest
from console import Visitor, add_everyone, signed_in
from test_console_pages import claimed

from attribution.reports.about import period_text
from attribution.reports.lines import tenths
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, local_text, parse_instant
from attribution.service import Service
from attribution.store import log
from attribution.web.console import days


@pytest.fixture
def office(service: Service) -> Visitor:
    add_everyone(service)
    return signed_in(service, "office")


def date(ago: int) -> str:
    return local_text(instants.now() - ago * DAY)[:10]


def field(page: str, name: str) -> str:
    found = re.search(rf'type="date" name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_the_last_day_is_in_it(service: Service, office: Visitor) -> None:
    """To the fifth is the fifth with it, on every page, and in what it leads to."""
    for ago in range(5):
        claimed(service, ago + 1, "N07", ago * DAY + 1)
    query = f"since={date(3)}&to={date(1)}"
    page = office.text(f"/admin/rows?what=claims&{query}")
    assert "共 3 行" in page and f"{date(3)} 至 {date(1)}" in page
    assert (date(3), date(1)) == (field(page, "since"), field(page, "to"))
    assert "到（含）" in page and "不含" not in page
    link = re.search(r'href="(/admin/downloads\?[^"]*)"', page)
    assert link
    form = office.text(unescape(link[1]))
    assert (date(3), date(1)) == (field(form, "since"), field(form, "to"))
    body = office.get(f"/admin/export/claims.csv?purpose=x&{query}").get_data(as_text=True)
    assert 3 == body.count(",N07,")
    # A link from before, exclusive, means what it meant and shows its last day.
    page = office.text(f"/admin/rows?what=claims&since={date(3)}&until={date(1)}")
    assert "共 2 行" in page and date(2) == field(page, "to")
    # A day by itself.
    assert "共 1 行" in office.text(f"/admin/rows?what=claims&since={date(2)}&to={date(2)}")


def test_a_moment_counts_to_its_second() -> None:
    day = parse_instant("2026-11-05")
    assert day + DAY == days.after("2026-11-05") == days.after("2026/11/5")
    assert day + 12 * HOUR + 1_000_000 == days.after("2026-11-05 12:00")
    assert "2026-11-01 至 2026-11-05" == period_text(parse_instant("2026-11-01"), day + DAY)
    assert ("2026-11-05", "2026-11-05 起", "至 2026-11-04", "") == (
        period_text(day, day + DAY), period_text(day, None), period_text(None, day),
        period_text(None, None),
    )


def test_a_preset_wins_over_dates_that_stand_there(office: Visitor) -> None:
    typed = f"from={date(9)}&to={date(5)}"
    page = office.text(f"/admin/table?view=area&period=7&shown=7&{typed}")
    assert f"{date(9)} 至 {date(5)}" in page and "自选日期" in page
    # Now the page shows dates; somebody chooses a preset and leaves them standing.
    page = office.text(f"/admin/table?view=area&period=30&shown=&{typed}")
    assert "时段新增为最近30天" in page and "自选日期" not in page
    assert "" == field(page, "from") == field(page, "to")
    assert "最近14天" in office.text(f"/admin/table?view=area&period=14&{typed}")
    # Dates alone, the other way round too, and one of them.
    assert f"{date(9)} 至 {date(5)}" in office.text(f"/admin/table?view=area&{typed}")
    assert f"{date(9)} 至 {date(5)}" in office.text(
        f"/admin/table?view=area&from={date(5)}&to={date(9)}")
    assert f"至 {date(5)}" in office.text(f"/admin/table?view=area&to={date(5)}")
    assert 400 == office.get("/admin/table?period=8").status_code
    assert 400 == office.get("/admin/table?from=x").status_code


def test_order_and_size_are_remembered_and_nothing_else(service: Service, office: Visitor) -> None:
    """Who comes back on Monday must not read last week's days as if they were all."""
    claimed(service, 1, "N07", HOUR)
    office.text(f"/admin/table?view=line&size=100&sort=rate&dir=asc&q=农商行&from={date(9)}")
    office.text(f"/admin/rows?what=claims&unit=N07&since={date(9)}&sort=unit&dir=asc")
    office.text("/admin/units?q=潋江&kind=area&sort=name")
    # In one session, another page and back: the table that was looked at, all of it.
    page = office.text("/admin/table")
    assert "<h1>对接明细" in page and 'value="农商行"' not in page and "" == field(page, "from")
    again = signed_in(service, "office")
    page = again.text("/admin/table")
    assert "<h1>按乡镇（附件1）" in page and "最近7天" in page
    assert 'value="农商行"' not in page and "" == field(page, "from")
    assert 'aria-sort="ascending"' in page and "<option selected>100</option>" in page
    page = again.text("/admin/rows")
    assert "" == field(page, "since") and 'value="N07"' not in page
    assert 'aria-sort="ascending"' in page
    page = again.text("/admin/units")
    assert 'value="潋江"' not in page and '<option value="area" selected>' not in page
    assert '<option value="name" selected>' in page
    # And it is forgotten when one asks for it; what is no order is not kept at all.
    assert 'aria-sort' not in again.text("/admin/table?reset=1")
    assert '<option value="name" selected>' not in again.text("/admin/units?sort=")
    assert 400 == again.get("/admin/table?size=7").status_code
    assert 200 == again.get("/admin/table").status_code


def test_a_period_is_locked_with_the_day_that_is_named(service: Service, office: Visitor) -> None:
    page = office.text("/admin/periods")
    assert 'name="to"' in page and "含这一天" in page and "不含" not in page
    assert 302 == office.post("/admin/periods", {"to": date(9)}).status_code
    waiting = office.text("/admin/periods")
    assert f"锁定到 {date(9)}（含）" in waiting
    number = re.search(r'action="/admin/periods/([0-9]+)"',
                       signed_in(service, "checker").text("/admin/periods"))
    assert number
    checker = signed_in(service, "checker")
    assert 302 == checker.post(f"/admin/periods/{number[1]}").status_code
    assert f"到 {date(9)}（含）的数字已锁定" in checker.text("/admin/")
    assert f"开始 至 {date(9)}" in checker.text("/admin/periods")


@pytest.mark.parametrize(("n", "of", "told"), [
    (1, 8, "12.5"), (1, 16, "6.3"), (5, 16, "31.3"), (1, 3, "33.3"), (2, 3, "66.7"),
    (1, 1, "100.0"),
])
def test_shares_are_rounded_half_up(n: int, of: int, told: str) -> None:
    """A float says 6.2 of 6.25, and 31.2 of 31.25."""
    assert told == str(tenths(n * 100, of))


def test_numbers_are_told_in_threes(service: Service, office: Visitor) -> None:
    day = instants.day_of(instants.now())
    counts = Counter({
        ("N07", day, kind): n for kind, n in
        (("scan", 45_678), ("claimant", 23_456), ("effective", 12_345))
    })
    service.store.write(lambda c: log.add_tallies(c, service.campaign.id, counts))
    for page in ("/admin/", "/admin/table?view=line", "/admin/table?view=bank",
                 "/admin/table?view=matrix", "/admin/units/N07", "/admin/periods"):
        shown = re.sub("<[^>]*>", " ", office.text(page))
        assert "12,345" in shown and not re.search("[^0-9,][0-9]{5}[^0-9]", shown), page
