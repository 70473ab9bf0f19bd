"""The life of units in every total: what leaves, what goes to a successor, what stays earned."""
from collections.abc import Iterator
from typing import Any

import pytest
from console import Visitor, add_everyone, signed_in
from test_console_pages import claimed, feed
from test_console_queues import imported
from test_totals import Told, effective_of, look_at_tables, look_at_the_matrix
from test_totals import look_at_the_overview as overview

from attribution.deeds import Actor
from attribution.office import unit_deeds
from attribution.reports import alarms, progress
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, day_of
from attribution.service import Service
from attribution.store import registry


@pytest.fixture
def office(service: Service) -> Iterator[Visitor]:
    """People of two townships, their lines and a department."""
    add_everyone(service)
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id).units
    lines = {area: [unit.id for unit in units.values() if unit.area == area]
             for area in ("A03", "A04")}
    codes = ["A03", "A03", lines["A03"][0], "A04", lines["A04"][0], "D01"]
    for number, code in enumerate(codes, 1):
        claimed(service, number, code, 2 * HOUR)
    visitor = signed_in(service, "office")
    imported(visitor, feed(*range(1, 7)))
    yield visitor


def change(service: Service, deed: str, /, **payload: Any) -> None:
    unit_deeds.do(service.ledger, Actor("office"), deed, payload, instants.now())


def everything_adds_up(visitor: Visitor) -> tuple[int, dict[str, int]]:
    """Return the county's sum and each line of the areas' table, once all surfaces agree."""
    told = Told()
    own, total = overview("office", visitor, told)
    look_at_tables("office", visitor, told, own, total)
    look_at_the_matrix("office", visitor, told, own, total)
    assert {} == told.contradictions
    rows = effective_of(visitor.text("/admin/table?view=area&size=100"))
    return total, {name: n for name, n, _ in rows}


def targets(service: Service, until: int = 99_999_999) -> dict[str, int | None]:
    table = progress.by_area(service.store, service.campaign.id, 0, until)
    return {line.key or line.name: line.target for line in (table.total, *table.lines)}


def test_a_merged_township_is_shown_under_its_successor(service: Service, office: Visitor) -> None:
    before, names = everything_adds_up(office)
    a, b = names["鼎龙乡"], names["崇贤乡"]
    was = targets(service)
    change(service, "merge", unit="A03", into="A04")
    after, names = everything_adds_up(office)
    assert before == after == 6 and "鼎龙乡" not in names
    assert a + b == names["崇贤乡（含鼎龙乡）"]
    now = targets(service)
    assert was["全县合计"] == now["全县合计"]
    assert "A03" not in now and now["A04"] == (was["A03"] or 0) + (was["A04"] or 0)
    page = office.text("/admin/table?view=area&size=100")
    assert "并入崇贤乡" in page and "起）" in page
    # The successor's own account reads the same number of itself.
    from attribution.office import accounts

    accounts.add(service.store, "heir", "a poster on every wall", "area", instants.now(), ["A04"],
                 by=Actor("test"))
    rows = effective_of(signed_in(service, "heir").text("/admin/table?view=area"))
    assert ("崇贤乡合计", a + b) == rows[0][:2]
    # A report of yesterday has yesterday's names and targets.
    past = targets(service, day_of(instants.now()))
    assert (was["A03"], was["A04"]) == (past["A03"], past["A04"])
    assert not [one for one in alarms.find(service.ledger, instants.now()) if one.unit == "A03"]


def test_a_closed_township_is_asked_for_nothing_and_keeps_what_it_earned(
    service: Service, office: Visitor
) -> None:
    was = targets(service)
    change(service, "close", unit="A03", with_lines=True)
    total, names = everything_adds_up(office)
    assert 6 == total and names["鼎龙乡（已停用）"] == 3
    now = targets(service)
    assert now["A03"] is None
    assert now["全县合计"] == (was["全县合计"] or 0) - (was["A03"] or 0)
    table = progress.by_area(service.store, service.campaign.id)
    assert all((line.rank is None) == (line.key in ("A03", "")) for line in table.lines)
    # One without any credit leaves the tables.
    change(service, "close", unit="A05", with_lines=True)
    assert "枫边乡" not in office.text("/admin/table?view=area&size=100")


def test_a_closed_line_takes_its_target_along_and_a_replaced_one_does_not(
    service: Service, office: Visitor
) -> None:
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id).units
    [old, *_] = [unit for unit in units.values() if unit.area == "A04"]
    was = targets(service)
    change(service, "replace", unit=old.id, name="崇贤乡·新来的网点", branch="新来的网点")
    assert was == targets(service)
    assert 6 == everything_adds_up(office)[0]
    [gone, *_] = [unit for unit in units.values() if unit.area == "A03"]
    change(service, "close", unit=gone.id)
    now = targets(service)
    assert now["A03"] == (was["A03"] or 0) - (gone.target or 0)
    assert now["全县合计"] == (was["全县合计"] or 0) - (gone.target or 0)
    everything_adds_up(office)


def test_a_target_counts_from_its_day_and_is_told_where_it_counts(
    service: Service, office: Visitor
) -> None:
    was = targets(service)
    day = day_of(instants.now() - 3 * DAY)
    change(service, "target", targets={"A03": 2000}, since=day)
    assert 2000 == targets(service)["A03"] and 2000 == targets(service, day + 1)["A03"]
    assert was["A03"] == targets(service, day)["A03"]
    page = office.text("/admin/table?view=area&size=100")
    assert f"任务数 {was['A03']:,}→2,000" in page
    change(service, "rename", unit="A04", name="崇贤镇")
    assert "由“崇贤乡”改名" in office.text("/admin/table?view=area&size=100")
    everything_adds_up(office)
