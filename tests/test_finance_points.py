"""Survey points of stage 4: a page that asks for nothing, and counts that add up three ways."""
import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import stores
from asgi import ask as ask_fast
from conftest import Signs
from console import PASSWORD, Visitor, add_everyone, signed_in
from factories import make_phone

from attribution.cli import main
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import (
    account_batches,
    accounts,
    campaign_deeds,
    periods,
    unit_deeds,
    unit_tables,
)
from attribution.proof import checks
from attribution.reports import finance_points, progress, snapshots, trends
from attribution.reports.finance_points import PointsTable
from attribution.resident.form_tokens import Form
from attribution.rule import instants
from attribution.rule.instants import DAY, day_of, day_start
from attribution.service import Service
from attribution.store import unit_log
from attribution.web.application import create_app
from attribution.web.fast_scans import FastScan
from qrgen.codes import Code as UnitCode
from qrgen.publicity import group_texts
from qrgen.shell import Fault

BY = Actor("ann")
WECHAT = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0.42"}
PREVIEW = {"User-Agent": "WhatsApp/2.23"}
PLATFORM = "https://platform.example.cn/finance"

# Of one bank; of two, by the area's lines; of one, by the only line; of the county.
MARKET, TOWN, VILLAGE, COUNTY = "D91", "D92", "D93", "D94"
POINTS = {
    MARKET: {"name": "长冈普惠金融服务站", "area": "A02", "bank": "B02"},
    TOWN: {"name": "鼎龙普惠金融服务站", "area": "A03"},
    VILLAGE: {"name": "枫边普惠金融服务站", "area": "A05"},
    COUNTY: {"name": "县普惠金融服务中心"},
}


def with_points(service: Service) -> Service:
    """Add the platform's entry and POINTS as the office does."""
    now = instants.now()
    campaign_deeds.set_values(service.ledger, BY, {
        "allowed_hosts": [*service.campaign.allowed_hosts, "platform.example.cn"],
        "links.platform": {"label": "智慧金融平台", "url": PLATFORM},
    }, now)
    service.follow()
    for id, fields in POINTS.items():
        unit_deeds.do(service.ledger, BY, "add", {
            "id": id, "kind": "department", "purpose": "finance", "link": "platform", **fields,
        }, now)
    service.follow()
    return service


@pytest.fixture
def county(service: Service) -> Service:
    return with_points(service)


@pytest.fixture(params=stores.KINDS)
def either(request: pytest.FixtureRequest, instance: Any, tmp_path: Path) -> Iterator[Service]:
    with stores.new_service(request.param, instance, tmp_path) as service:
        yield with_points(service)


def visit(service: Service, unit: str, times: int, ways: int = 0) -> None:
    """Scan the code of *unit* so often, and go on to the platform from some of the pages."""
    client = create_app(service.settings, service).test_client()
    for number in range(times):
        page = client.get(f"/Q/{Signs(service)(unit)}", headers=WECHAT)
        assert 200 == page.status_code
        if number < ways:
            found = re.search(r'href="(/go/platform[^"]*)"', page.get_data(as_text=True))
            assert found is not None
            out = client.get(found[1].replace("&amp;", "&"), headers=WECHAT)
            assert (302, PLATFORM) == (out.status_code, out.headers["Location"])


def figures(table: PointsTable) -> dict[str, tuple[int, int]]:
    return {line.key: (line.scans, line.ways) for line in table.points}


def test_the_page_says_what_it_is_for_and_asks_for_nothing(county: Service) -> None:
    client = create_app(county.settings, county).test_client()
    answer = client.get(f"/Q/{Signs(county)(TOWN)}", headers=WECHAT)
    page = answer.get_data(as_text=True)
    for said in ("鼎龙普惠金融服务站", "不收费", "贷不贷、贷多少，由银行定", "进入智慧金融平台",
                 "不收集您的信息", "本码不是收款码"):
        assert said in page
    assert "对接银行：<b>农商行、邮储银行</b>" in page
    for absent in ("<form", "<input", "tel:", "填手机号登记", "登记页"):
        assert absent not in page
    assert not answer.headers.getlist("Set-Cookie")
    campaign_deeds.set_values(county.ledger, BY, {"hotline": "0797-5300000"}, instants.now())
    county.follow()
    page = client.get(f"/Q/{Signs(county)(COUNTY)}", headers=WECHAT).get_data(as_text=True)
    assert 'href="tel:07975300000"' in page and "对接银行：<b>县内各银行</b>" in page


def test_nobody_registers_at_a_point(county: Service) -> None:
    """Nor with a form that is ours, nor at a counter, nor by a correction of who brought them."""
    client = create_app(county.settings, county).test_client()
    form = county.forms.issue(Form(5, instants.now(), UnitCode(TOWN, 1, None), 0))
    sent = {"token": form, "phone": make_phone(1), "consent": "yes"}
    assert 404 == client.post("/claim", data=sent).status_code
    guide = client.get(f"/guide/{Signs(county)(TOWN)}")
    assert "进入智慧金融平台" in guide.get_data(as_text=True)
    assert not guide.headers.getlist("Set-Cookie")
    accounts.add(
        county.store, "stand", PASSWORD, "department", instants.now(), [TOWN],
        campaign=county.campaign.id, by=BY,
    )
    assert 404 == signed_in(county, "stand").get(f"/counter/{TOWN}").status_code
    units = county.scans.snapshot().units
    named = {one.unit.id for one in account_batches.candidates(county, units.values())}
    assert named.isdisjoint(POINTS) and "D01" in named


def test_links_to_the_app_are_not_the_platform(county: Service) -> None:
    """Whoever is told to download the app is led to no form for a loan."""
    client = create_app(county.settings, county).test_client()
    page = client.get(f"/guide/{Signs(county)('D01')}", headers=WECHAT).get_data(as_text=True)
    assert "/go/android" in page and "/go/platform" not in page


def test_the_event_loop_leaves_points_to_their_page(county: Service) -> None:
    app = create_app(county.settings, county)
    answer = ask_fast(FastScan(app, 2), f"/Q/{Signs(county)(TOWN)}", headers=WECHAT)
    assert 200 == answer.status and "进入智慧金融平台".encode() in answer.body
    table = finance_points.read(county.store, county.campaign.id)
    assert (1, 0) == figures(table)[TOWN]


def test_points_areas_and_banks_add_up_to_the_county(either: Service) -> None:
    visit(either, MARKET, 4, ways=3)
    visit(either, TOWN, 3, ways=1)
    visit(either, VILLAGE, 2)
    visit(either, COUNTY, 1, ways=1)
    client = create_app(either.settings, either).test_client()
    client.get(f"/Q/{Signs(either)(TOWN)}", headers=PREVIEW)
    client.get(f"/go/platform?u={TOWN}", headers=PREVIEW)
    client.get("/go/platform", headers=WECHAT)  # from nobody's page
    client.get(f"/go/android?u={TOWN}", headers=WECHAT)  # to something else
    table = finance_points.read(either.store, either.campaign.id)
    assert {MARKET: (4, 3), TOWN: (3, 1), VILLAGE: (2, 0), COUNTY: (1, 1)} == figures(table)
    assert (4, 10, 5) == (table.total.points, table.total.scans, table.total.ways)
    for lines in (table.points, table.areas, table.banks):
        sums = [(one.points, one.scans, one.ways) for one in lines]
        assert (4, 10, 5) == tuple(map(sum, zip(*sums, strict=True)))
    assert [("A02", 4), ("A03", 3), ("A05", 2), ("", 1)] == [
        (one.key, one.scans) for one in table.areas
    ]
    # Two banks dock with the town, and of the county's point nobody says which.
    alone = {one.key: one.scans for one in table.banks}
    only_bank = next(one.banks for one in table.points if one.key == VILLAGE)
    assert {"B02": 4, only_bank[0]: 2, "": 4} == alone and 1 == len(only_bank)
    assert "33.3" == str(next(one.share for one in table.points if one.key == TOWN))
    today = day_of(instants.now())
    later = finance_points.read(either.store, either.campaign.id, today + 1)
    assert (0, 0, None) == (later.total.scans, later.total.ways, later.total.share)
    assert [] == checks.check(either.ledger)


def test_points_are_in_no_table_of_new_users(county: Service) -> None:
    """They have no target, so nobody is rung for them; and their scans are no step of a claim."""
    visit(county, TOWN, 3)
    store, campaign = county.store, county.campaign.id
    visit(county, "D01", 2)
    for table in (
        progress.by_area(store, campaign), progress.by_bank(store, campaign),
        progress.by_unit(store, campaign), progress.by_unit(store, campaign, kind="department"),
    ):
        assert 2 == table.total.counts["scan"]
        listed = {code for line in table.lines for code in line.units or ()}
        assert listed and listed.isdisjoint(POINTS)
    now, today = instants.now(), day_of(instants.now())
    told = snapshots.read(county.ledger, now, today, day_of(now + DAY))
    assert 2 == told.areas().total.counts["scan"] == told.by_day[today]["scan"]
    assert not {line.key for line in told.of_units("department").lines} & set(POINTS)
    for only in (None, frozenset({"D01", TOWN})):
        (day,) = trends.trend(store, campaign, today, today + 1, only=only)
        assert 2 == day.counts["scan"]


def test_each_sees_the_points_that_are_theirs(county: Service) -> None:
    add_everyone(county)
    snapshot = county.scans.snapshot()
    accounts.add(
        county.store, "town", PASSWORD, "area", instants.now(), ["A03"],
        campaign=county.campaign.id, by=BY,
    )
    accounts.add(
        county.store, "b02", PASSWORD, "bank", instants.now(), ["B02"],
        campaign=county.campaign.id, by=BY,
    )
    visit(county, MARKET, 2, ways=1)
    names = {id: fields["name"] for id, fields in POINTS.items()}
    docked = {
        id for id in names
        if "B02" in next(
            one.banks for one in finance_points.read(county.store, county.campaign.id).points
            if one.key == id
        )
    }
    assert MARKET in docked and COUNTY not in docked
    for who, seen in (
        ("office", set(names)), ("viewer", set(names)), ("town", {TOWN}), ("b02", docked),
    ):
        visitor = signed_in(county, who)
        page = visitor.text("/admin/finance")
        assert {id for id, name in names.items() if name in page} == seen
        got = visitor.get("/admin/export/points.csv").get_data(as_text=True)
        assert {id for id, name in names.items() if name in got} == seen
    assert 403 == signed_in(county, "accounts").get("/admin/finance").status_code
    assert 404 == signed_in(county, "office").get("/admin/finance?since=yesterday").status_code
    assert snapshot.units[MARKET].is_point


def test_the_office_adds_a_point_by_the_form(service: Service) -> None:
    add_everyone(service)
    office = signed_in(service, "office")
    assert "还没有调查点" in office.text("/admin/finance")
    with_points(service)
    typed = {"kind": "point", "name": "潋江普惠金融服务站", "area": "潋江镇", "link": "platform"}
    seen = office.post("/admin/units-change/add", typed).get_data(as_text=True)
    assert "潋江普惠金融服务站" in seen and "融资需求调查点" in seen
    assert 302 == office.post("/admin/units-change/add/do", typed).status_code
    service.follow()
    (made,) = [
        unit for unit in service.scans.snapshot().units.values()
        if unit.name == "潋江普惠金融服务站"
    ]
    assert ("department", "finance", "A01", None, "platform") == (
        made.kind, made.purpose, made.area, made.bank, made.link
    )
    page = office.text(f"/admin/units/{made.id}")
    assert "转到平台" in page and "融资需求调查点" in page and "按时序应达" not in page
    assert "潋江普惠金融服务站" in office.text("/admin/units?kind=point")
    assert "潋江普惠金融服务站" not in office.text("/admin/units?kind=department")


@pytest.mark.parametrize("fields, code", [
    pytest.param({"kind": "bank", "link": "platform"}, Code.UNIT_POINT_KIND, id="a bank"),
    pytest.param({"kind": "department"}, Code.UNIT_POINT_LINK, id="nowhere"),
    pytest.param({"kind": "department", "link": "elsewhere"}, Code.UNIT_POINT_LINK, id="no key"),
    pytest.param(
        {"kind": "department", "link": "platform", "bank": "A01"}, Code.UNIT_NO_SUCH_KIND,
        id="no bank",
    ),
])
def test_a_point_that_leads_nowhere_is_not_added(
    county: Service, fields: dict[str, str], code: Code
) -> None:
    with pytest.raises(Fault) as told:
        unit_deeds.do(
            county.ledger, BY, "add", {"name": "新点", "purpose": "finance", **fields},
            instants.now(),
        )
    assert code is told.value.code


def test_what_a_unit_is_for_stays(county: Service) -> None:
    """The paper on the wall says it; and who registered with a unit would be in no table."""
    now = instants.now()
    with county.store.read() as connection:
        history = unit_log.read(connection, county.campaign.id)
    units = {unit.id: unit for unit in county.campaign.units}
    for other in (
        replace(units["D01"], purpose="finance"), replace(units[TOWN], purpose="payment"),
    ):
        table = [*(unit for unit in units.values() if unit.id != other.id), other]
        with pytest.raises(Fault) as told:
            unit_tables.compare(history, table, day_of(now))
        assert Code.UNIT_PURPOSE_STAYS is told.value.code
    with pytest.raises(Fault) as told:
        unit_deeds.do(county.ledger, BY, "merge", {"unit": TOWN, "into": "D01"}, now)
    assert Code.UNIT_OTHER_KIND is told.value.code
    made = unit_deeds.do(
        county.ledger, BY, "replace", {"unit": VILLAGE, "name": "枫边新服务站"}, now
    )
    (born,) = [edit for edit in made.edits if not edit.before]
    assert ("finance", "platform", "A05") == (
        born.after["purpose"], born.after["link"], born.after["area"]
    )


def test_a_merged_point_counts_under_its_successor_and_a_closed_one_keeps_its_line(
    county: Service,
) -> None:
    visit(county, TOWN, 2, ways=1)
    visit(county, VILLAGE, 1)
    now = instants.now()
    unit_deeds.do(county.ledger, BY, "merge", {"unit": TOWN, "into": MARKET}, now)
    unit_deeds.do(county.ledger, BY, "close", {"unit": VILLAGE}, now)
    unit_deeds.do(county.ledger, BY, "close", {"unit": COUNTY}, now)
    county.follow()
    client = create_app(county.settings, county).test_client()
    page = client.get(f"/Q/{Signs(county)(TOWN)}", headers=WECHAT).get_data(as_text=True)
    assert "海报上的鼎龙普惠金融服务站已并入长冈普惠金融服务站" in page
    page = client.get(f"/Q/{Signs(county)(VILLAGE)}", headers=WECHAT).get_data(as_text=True)
    assert "已经停用" in page and 'href="/go/platform"' in page
    table = finance_points.read(county.store, county.campaign.id)
    # The closed one without a scan is gone; that with one is asked for nothing.
    assert {MARKET: (3, 1), VILLAGE: (1, 0)} == figures(table)
    assert [1, 0] == [one.points for one in table.points]
    assert (1, 4, 1) == (table.total.points, table.total.scans, table.total.ways)
    assert "枫边普惠金融服务站（已停用）" == table.points[1].name


def test_a_merged_area_takes_its_points_along(county: Service) -> None:
    visit(county, TOWN, 2)
    now = instants.now()
    unit_deeds.do(county.ledger, BY, "merge", {"unit": "A03", "into": "A02"}, now)
    county.follow()
    table = finance_points.read(county.store, county.campaign.id)
    assert {"A02": 2, "A05": 0, "": 0} == {one.key: one.scans for one in table.areas}
    assert 4 == sum(one.points for one in table.areas)


def test_scans_of_locked_days_stay_as_reported(
    county: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_everyone(county)
    visit(county, TOWN, 2, ways=1)
    now = instants.now()
    tomorrow = day_of(now + DAY)
    later = now + 60 * DAY
    monkeypatch.setattr(instants, "now", lambda: later)
    asked = periods.ask(county.ledger, day_start(tomorrow), asked_by=Actor("office"), now=later)
    periods.approve(county.ledger, asked, approved_by=Actor("checker"), now=later)
    visit(county, TOWN, 1, ways=1)
    of_then = finance_points.read(county.store, county.campaign.id, 0, tomorrow)
    assert (2, 1) == figures(of_then)[TOWN] and tomorrow == of_then.locked
    assert (3, 2) == figures(finance_points.read(county.store, county.campaign.id))[TOWN]


def test_the_report_at_the_shell_is_sealed_and_adds_up(
    county: Service, instance: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    visit(county, MARKET, 2, ways=1)
    where = ["--instance", str(instance.folder)]
    out = tmp_path / "points.xlsx"
    assert 0 == main(["report", "finance", "--out", str(out), *where])
    assert "sealed points.xlsx: sha256 " in capsys.readouterr().out
    book = openpyxl.load_workbook(out)
    assert ["融资需求调查点", "封印"] == book.sheetnames
    head, *rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    by_level: dict[str, list[int]] = {}
    for row in rows:
        cells = dict(zip(head, row, strict=True))
        by_level.setdefault(str(cells["层级"]), []).append(int(str(cells["扫码"])))
    assert {"合计": 2, "调查点": 2, "按乡镇": 2, "按银行": 2} == {
        level: sum(numbers) for level, numbers in by_level.items()
    }
    made = tmp_path / "points.csv"
    assert 0 == main([
        "report", "finance", "--out", str(made), "--since", "2050-01-01", *where,
    ])
    with made.open(encoding="utf-8-sig", newline="") as file:
        listed = [row for row in csv.reader(file) if "合计" in row]
    assert ["4", "0", "0"] == listed[0][6:9]
    assert 2 == main(["report", "finance", "--out", str(tmp_path / "points.doc"), *where])
    assert not (tmp_path / "points.doc").exists()


def test_the_paste_text_of_a_point_is_not_about_the_app(county: Service) -> None:
    text = group_texts.texts_of(county.campaign, county.campaign.unit(TOWN), "https://x/Q/1")
    assert "https://x/Q/1" in text and "贷不贷由银行定" in text
    assert "云闪付" not in text and "登记" not in text


def test_a_page_without_the_ledger_still_leads_out(
    county: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attribution.store import StoreError

    def broken(*_: Any, **__: Any) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(county.scans, "record", broken)
    client = create_app(county.settings, county).test_client()
    answer = client.get(f"/Q/{Signs(county)(TOWN)}", headers=WECHAT)
    assert 503 == answer.status_code
    assert "进入智慧金融平台" in answer.get_data(as_text=True)


def test_a_visitor_of_the_console_learns_of_points_where_units_are_listed(county: Service) -> None:
    add_everyone(county)
    office: Visitor = signed_in(county, "office")
    assert "融资调查点" in office.text("/admin/")
