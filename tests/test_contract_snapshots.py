# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A snapshot is told again as it was taken, whatever befalls the ledger afterwards."""
import pytest
from factories import make_phone
from rewriting import change
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution.deeds import Actor
from attribution.office import stated_figures, unit_deeds
from attribution.proof import checks
from attribution.reports import snapshots
from attribution.resident import claims
from attribution.rule.instants import DAY, HOUR, date_of, day_of, day_start
from attribution.rule.people import identify
from attribution.store import StoreError
from attribution.upkeep import retention
from qrgen.shell import Fault

ANN = Actor("ann")
# What asks the store nothing of its own.
ONCE = pytest.mark.parametrize("office", ["sqlite"], indirect=True)


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def span_of(office, since, until):
    return day_of(office.now - since * DAY), day_of(office.now - until * DAY)


def test_contract_a_snapshot_stands_through_merger_erasure_correction_and_rebuild(office):
    early = office.now - 12 * DAY
    claimed = [office.claim(n, unit, early - HOUR) for n, unit in
               ((1, "A05"), (2, "N07"), (3, "N07"), (4, "N08"))]
    office.file(*((n, early) for n in (1, 2, 3)))
    office.lock(day_start(day_of(early + 2 * DAY)))
    office.correct("reverse", claimed[1])
    office.correct("hold", claimed[3])
    since, until = span_of(office, 14, 7)
    taken = snapshots.take(office.ledger, office.now, ANN, since, until)
    told = taken.figures
    assert (1, 1) == (taken.number, told.held["N08"])
    assert {"N07": 1} == told.turned
    assert ({"A05": 1, "N07": 2}, {"N07": -1}) == tuple(
        {unit: kinds["effective"] for unit, kinds in part.items() if kinds.get("effective")}
        for part in (told.fresh, told.corrected))
    areas = told.areas()
    assert areas.total.counts["effective"] == sum(
        line.counts.get("effective", 0) for line in areas.lines)
    assert 7 == (date_of(told.until) - date_of(told.since)).days
    assert (1, True) == (told.batches, bool(told.last_batch and told.told))

    unit_deeds.do(office.ledger, ANN, "merge", {
        "unit": "A05", "into": "A04", "since": since}, office.now)
    claims.erase(
        office.ledger, identify(make_phone(3), office.service.settings.person_pepper).digest, None,
        office.now, by_whom="self", reason="asked")
    retention.run(office.ledger, office.now, Actor("test"))
    office.correct("reverse", claimed[0])
    checks.rebuild(office.ledger, office.now, Actor("test"))
    again = snapshots.get(office.ledger, 1)
    assert again == taken
    assert again.figures.text == told.text
    assert snapshots.read(office.ledger, office.now, since, until).steps != told.steps
    assert [] == office.sound()


def test_contract_snapshots_are_numbered_and_only_added(office):
    now = office.now
    assert snapshots.latest(office.ledger) is None
    made = [snapshots.take(office.ledger, now, ANN, *span) for span in (
        snapshots.week_span(now), snapshots.day_span(now))]
    assert [1, 2] == [one.number for one in made]
    assert [2, 1] == [one.number for one in snapshots.all_of(office.ledger)]
    assert made[1] == snapshots.latest(office.ledger)
    for table in ("snapshot", "snapshot_file"):
        snapshots.add_file(office.ledger, now, ANN, 1, "pack", "a.zip", table)
        with pytest.raises(StoreError, match="append-only"):
            office.store.write(lambda c, table=table: c.run(f"update {table} set at = at + 1"))
    with pytest.raises(Fault, match="no snapshot 3"):
        snapshots.get(office.ledger, 3)


def test_contract_a_file_is_kept_once_with_what_made_it(office):
    now, ledger = office.now, office.ledger
    snapshots.take(ledger, now, ANN, *snapshots.day_span(now))
    for _ in range(2):
        snapshots.add_files(ledger, now, ANN, 1, "pack", [("a.zip", "aa"), ("b.zip", "bb")])
    snapshots.add_file(ledger, now, ANN, 1, "bulletin", "a.docx", "cc")
    kept = snapshots.files(ledger, 1)
    assert [("pack", "a.zip", "aa"), ("pack", "b.zip", "bb"), ("bulletin", "a.docx", "cc")] == [
        (one.kind, one.name, one.sha256) for one in kept]
    assert {("ann", "0.1.0", 1)} == {(one.by_whom, one.program, one.snapshot) for one in kept}
    assert kept == snapshots.files(ledger)
    with pytest.raises(Fault, match="no snapshot 2"):
        snapshots.add_file(ledger, now, ANN, 2, "pack", "a.zip", "aa")


@ONCE
def test_figures_that_somebody_altered_are_not_told(office):
    snapshots.take(office.ledger, office.now, ANN, *snapshots.day_span(office.now))
    change(office.service, "snapshot", "update snapshot set figures = replace(figures, '0', '1')")
    with pytest.raises(Fault, match="not those that were taken"):
        snapshots.get(office.ledger, 1)


@ONCE
def test_only_days_of_the_campaign_that_have_begun(office):
    today = day_of(office.now)
    for span, words in (
        ((today, today), "whole days"), ((20230231, 20230301), "whole days"),
        ((20200101, 20200108), "begins on"),
        ((today, day_of(office.now + 2 * DAY)), "still to come"),
    ):
        with pytest.raises(Fault, match=words):
            snapshots.take(office.ledger, office.now, ANN, *span)
    assert [] == snapshots.all_of(office.ledger)


@ONCE
def test_what_was_stated_is_in_it(office):
    day = day_of(office.now - DAY)
    stated_figures.state(office.ledger, [
        stated_figures.Figure("households", "A04", day, 1200, "统计局")], office.now, ANN)
    told = snapshots.take(
        office.ledger, office.now, ANN, *snapshots.week_span(office.now)).figures
    assert {"A04": 1200} == told.households
    goals = {goal.key: goal for goal in told.goals}
    assert all(goal.reached is None for key, goal in goals.items() if key != "new_users")


@pytest.mark.parametrize(("day", "week", "yesterday"), [
    (20261130, (20261123, 20261130), (20261129, 20261130)),  # a Monday
    (20261206, (20261123, 20261130), (20261205, 20261206)),  # the Sunday after
    (20270101, (20261221, 20261228), (20261231, 20270101)),
])
def test_the_last_whole_week_and_yesterday(day, week, yesterday):
    noon = day_start(day) + 12 * HOUR
    assert (week, yesterday) == (snapshots.week_span(noon), snapshots.day_span(noon))
