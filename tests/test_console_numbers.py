"""Each number on a page is the number of rows that it leads to, for whoever looks."""
import re
from collections import Counter
from html import unescape
from typing import Any

import pytest
from console import PASSWORD, Visitor, add_everyone, signed_in
from test_console_pages import claimed, feed
from test_console_queues import imported

from attribution.deeds import Actor
from attribution.office import accounts, periods
from attribution.reports import alarms
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, day_of, day_start
from attribution.service import Service
from attribution.settings import load_settings
from attribution.settings.thresholds import Thresholds, read_thresholds
from attribution.store import log, registry
from qrgen.shell import Fault

PAGES = (
    "/admin/", "/admin/table?view=area", "/admin/table?view=bank&size=100",
    "/admin/table?view=line&size=100", "/admin/table?view=department", "/admin/table?view=matrix",
    "/admin/units/A01", "/admin/units/A04", "/admin/units/B01",
)
_LINK = re.compile(r'<a href="(/admin/rows[^"]*)">([0-9,]+)(?:<small>[^<]*</small>)?</a>')


@pytest.fixture
def county(service: Service) -> Service:
    """Some of everything: lines, areas with one bank and with several, departments, banks."""
    add_everyone(service)
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id).units
    lines = [unit for unit in units.values() if unit.kind == "line"]
    banks: dict[str, set[str]] = {}
    for line in lines:
        banks.setdefault(line.area or "", set()).add(line.bank or "")
    alone = next(area for area, some in banks.items() if len(some) == 1)
    own = [line.id for line in lines if line.area == "A01"]
    codes = [own[0], own[0], own[1], "A01", "A02", alone, "D01", "B01", "B02", lines[-1].id]
    now, campaign = instants.now(), service.campaign.id
    scans = [
        log.Scan(9000 + n, campaign, now - (n % 3) * DAY - HOUR, code, 1, None, "n", "ios",
                 "crawler" if n % 4 == 0 else None)
        for n, code in enumerate(codes * 3)
    ]
    service.store.write(lambda c: log.add_scans(c, scans))
    for number, code in enumerate(codes, 1):
        claimed(service, number, code, 2 * HOUR + (number % 2) * DAY)
    # The same people again, at the same unit and at another: claims, but not people.
    again(service, 1, codes[0])
    again(service, 2, "A02")
    imported(signed_in(service, "office"), feed(*range(1, 12)))
    return service


def again(service: Service, number: int, unit: str) -> None:
    from factories import make_phone

    from attribution.rule.people import identify

    person = identify(make_phone(number), service.settings.person_pepper)
    claim = log.ClaimRow(
        500 + number, service.campaign.id, person.digest, instants.now() - 2 * HOUR + 1000, unit,
        1, None, None, False, person.last4, "c", "n", "wechat", token=f"again{number}",
    )
    service.store.write(lambda c: log.add_claim(c, claim))


def numbers(visitor: Visitor, path: str) -> dict[str, int]:
    """Return the links of a page -> the number that stands in each."""
    return {
        unescape(link): int(number.replace(",", ""))
        for link, number in _LINK.findall(visitor.text(path))
    }


@pytest.mark.parametrize("role", ["office", "area", "bank", "department"])
def test_every_number_is_the_number_of_its_rows(county: Service, role: str) -> None:
    visitor = signed_in(county, role)
    wrong: list[Any] = []
    seen: set[str] = set()
    for page in PAGES:
        if visitor.get(page).status_code == 404:
            continue
        for link, number in numbers(visitor, page).items():
            if link in seen:
                continue
            seen.add(link)
            found = re.search(r"共 ([0-9,]+) 行", visitor.text(link))
            if found is None or int(found[1].replace(",", "")) != number:
                wrong.append((page, link, number, found and found[1]))
    assert [] == wrong
    assert len(seen) >= (50 if role == "office" else 3)


def test_the_total_and_the_period_lead_somewhere_too(county: Service) -> None:
    office = signed_in(county, "office")
    page = office.text("/admin/table?view=area")
    total = page[page.index('class="total"') : page.index("</tr>", page.index('class="total"'))]
    links = [unescape(link) for link, _ in _LINK.findall(total)]
    assert 6 == len(links) and not any("codes=" in link for link in links)
    assert any("since=" in link for link in links)


def test_leadership_sees_the_same_numbers_without_links(county: Service) -> None:
    viewer = signed_in(county, "viewer")
    for page in PAGES:
        assert "/admin/rows" not in viewer.text(page)


@pytest.mark.parametrize(
    ("role", "heading", "row", "drawn"),
    [("department", "按部门", "D01", "按部门"),
     ("bank", "按银行→网点", "B01", "农商行各网点"),
     ("area", "按乡镇（附件1）", "A01", "潋江镇对接明细"),
     ("office", "按乡镇（附件1）", "A01", "按乡镇（附件1）")],
)
def test_the_progress_table_opens_where_the_account_has_a_row(
    county: Service, role: str, heading: str, row: str, drawn: str
) -> None:
    visitor = signed_in(county, role)
    page = visitor.text("/admin/table")
    assert f"<h1>{heading}</h1>" in page
    assert f'<a href="/admin/units/{row}">' in page[page.index("<tbody>") :]
    assert drawn in visitor.text("/admin/table/picture")
    # Another view that was chosen stays chosen.
    visitor.get("/admin/table?view=matrix")
    assert "<h1>乡镇×银行矩阵</h1>" in visitor.text("/admin/table")


def test_the_table_of_a_branch_or_of_a_leaders_departments_opens_there_too(
    county: Service,
) -> None:
    for name, role, scopes, heading in (
        ("branch", "bank", ["N01"], "对接明细（乡镇×网点）"),
        ("leader", "viewer", ["D01", "D02"], "按部门"),
        ("both", "viewer", ["A01", "D01"], "按乡镇（附件1）"),
    ):
        accounts.add(county.store, name, PASSWORD, role, instants.now(), scopes, by=Actor("test"))
        page = signed_in(county, name).text("/admin/table")
        assert f"<h1>{heading}</h1>" in page
        assert all(f'<a href="/admin/units/{id}">' in page for id in scopes[:1])


def test_locked_numbers_say_that_their_rows_are_those_of_today(county: Service) -> None:
    """The number stands as reported; the list behind it is corrected all the same."""
    pages = ("/admin/", "/admin/table?view=area", "/admin/table?view=matrix", "/admin/units/A01")
    note = "数字按当时上报的不再变；点开看到的明细是现在的情况"
    office = signed_in(county, "office")
    assert not [path for path in pages if "明细是现在的情况" in office.text(path)]
    now = instants.now()
    until = day_start(day_of(now))
    asked = periods.ask(county.ledger, until, asked_by=Actor("office"), now=now + 8 * DAY)
    periods.approve(
        county.ledger, asked, approved_by=Actor("checker"), now=now + 8 * DAY
    )
    day = periods.day_text(day_of(until))
    assert [] == [path for path in pages if f"{day}之前各期已锁定，{note}" not in office.text(path)]
    # Who has no links reads nothing of lists.
    assert not [path for path in pages if note in signed_in(county, "viewer").text(path)]


def test_long_tables_page_on_the_server(county: Service) -> None:
    office = signed_in(county, "office")
    first = office.text("/admin/table?view=line&size=50")
    assert "第 1–50 行，共 87 行" in first
    second = office.text("/admin/table?view=line&size=50&offset=50")
    assert "第 51–87 行，共 87 行" in second and ">51<" in second
    assert 400 == office.get("/admin/table?view=line&size=7").status_code
    # A new order begins at the first page; a bank is found by its branch.
    assert "offset=0" in unescape(second)
    page = office.text("/admin/table?view=bank&q=长冈支行")
    assert "农商行" in page and "工商银行" not in page


def test_thresholds_are_read_and_hold(county: Service) -> None:
    folder = county.settings.instance
    with (folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[alarms]\nenough_claims = 1\nmost_claims_percent = 0\nfeed_days = 0\n")
    limits = load_settings(folder, environ={}).alarms
    assert (1, 0, 0) == (limits.enough_claims, limits.most_claims_percent, limits.feed_days)
    now = instants.now()
    found = alarms.find(county.ledger, now, None, limits)
    assert [] == [alarm for alarm in found if alarm.kind == "claims"]
    strict = Thresholds(enough_claims=1, most_claims_percent=30)
    kinds = {a.kind for a in alarms.find(county.ledger, now, None, strict)}
    assert "claims" in kinds


@pytest.mark.parametrize(
    "values", [{"loud": 1}, {"quiet_days": 0}, {"feed_days": "3"}, {"busy_a_day": True}, []]
)
def test_a_threshold_that_cannot_be_stops_the_start(values: object) -> None:
    with pytest.raises(Fault):
        read_thresholds(values)


def test_a_unit_whose_claims_lead_nowhere_is_told(service: Service) -> None:
    """Registered as often as elsewhere, but hardly anybody of them pays: roster typing."""
    now, campaign = instants.now(), service.campaign.id
    counts = {
        "N01": {"scan": 100, "claimant": 40, "registered": 20, "effective": 1},
        "N02": {"scan": 100, "claimant": 40, "registered": 20, "effective": 18},
    }

    tallies = Counter({
        (unit, 20990101, kind): n for unit, kinds in counts.items() for kind, n in kinds.items()
    })
    service.store.write(lambda c: log.add_tallies(c, campaign, tallies))
    found = [a for a in alarms.find(service.ledger, now) if a.unit]
    assert [("effective", "N01")] == [(alarm.kind, alarm.unit) for alarm in found]
    assert "转化率不到其他单位的 25%" in found[0].text
