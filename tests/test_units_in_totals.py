# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Closed and merged units in every total: by the day, and nothing of the county's sum is lost."""
import pytest
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution.deeds import Actor
from attribution.office import unit_deeds
from attribution.reports import progress
from attribution.rule.instants import DAY, HOUR, day_of

ANN = Actor("ann")


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        made = Office(service, tmp_path)
        for number, unit in enumerate(("A05", "N10", "A04", "D01", "N01"), 1):
            made.claim(number, unit, made.now - 5 * DAY)
        made.file(*((n, made.now - 5 * DAY + HOUR) for n in range(1, 6)))
        yield made


def do(office, deed, since, **payload):
    day = None if since is None else day_of(office.now + since * DAY)
    unit_deeds.do(office.ledger, ANN, deed, {**payload, "since": day}, office.now)


def tables(office, until=99_999_999):
    args = office.store, office.campaign.id, 0, until
    return {
        "area": progress.by_area(*args), "bank": progress.by_bank(*args),
        "unit": progress.by_unit(*args),
    }


def line(table, key):
    return next((one for one in table.lines if one.key == key), None)


def sums(office, until=99_999_999):
    return {
        name: (table.total.counts.get("effective", 0), table.total.target)
        for name, table in tables(office, until).items()
    }


def test_a_merged_township_is_shown_under_its_successor_from_its_day(office):
    before = tables(office)
    do(office, "merge", -2, unit="A05", into="A04")
    now, then = tables(office), tables(office, day_of(office.now - 2 * DAY))
    assert {(5, 40_000)} == set(sums(office).values())
    for name in ("area", "unit"):
        assert line(now[name], "A05") is None
        assert line(then[name], "A05") == line(before[name], "A05")
    heir = line(now["area"], "A04")
    assert (3, 1750) == (heir.counts["effective"], heir.target)  # A04, A05, and N10 with its area
    assert (1, 1150) == (
        line(then["area"], "A04").counts["effective"], line(then["area"], "A04").target
    )
    assert 2 == line(now["unit"], "A04").counts["effective"]


def test_a_closed_units_target_leaves_and_what_it_earned_stays(office):
    do(office, "close", None, unit="N01")
    do(office, "close", None, unit="D01")
    now = tables(office)
    assert {(5, 40_000 - 850)} == set(sums(office).values())
    assert 1450 - 850 == line(now["area"], "A01").target
    closed = line(now["unit"], "N01")
    assert ("潋江镇·农商行潋江支行（已停用）", None, 1, None) == (
        closed.name, closed.target, closed.counts["effective"], closed.rank
    )
    assert "（已停用）" in line(now["unit"], "D01").name
    assert {(5, 40_000)} == set(sums(office, day_of(office.now)).values()), "yesterday as it was"


def test_a_target_counts_from_its_own_day_and_a_name_too(office):
    do(office, "target", -3, targets={"A01": 1500})
    do(office, "rename", -3, unit="A02", name="长冈镇")
    before = tables(office, day_of(office.now - 3 * DAY))["area"]
    now = tables(office)["area"]
    assert (1450, "长冈乡") == (line(before, "A01").target, line(before, "A02").name)
    assert (1500, "长冈镇") == (line(now, "A01").target, line(now, "A02").name)
    do(office, "target", 3, targets={"A01": 1600})
    assert 1500 == line(tables(office)["area"], "A01").target


def test_one_that_was_merged_and_earned_nothing_is_gone_and_one_to_come_not_there(office):
    do(office, "merge", None, unit="A30", into="A31")
    do(office, "add", 2, kind="department", name="县水利局二", id="D77")
    now = tables(office)["unit"]
    assert line(now, "A30") is None and line(now, "D77") is None
    assert 1300 == line(now, "A31").target
