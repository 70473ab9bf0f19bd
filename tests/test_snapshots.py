# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Snapshots where people meet them: with a lock, by the timer, at the shell, in the console."""
import hashlib
import json
from dataclasses import replace

import pytest
from console import add_everyone, signed_in
from rewriting import change
from stores import new_service
from test_contract_periods import Office

from attribution import cli
from attribution.deeds import Actor
from attribution.office import periods
from attribution.papers import taking
from attribution.proof import checks, given_out
from attribution.reports import figures, snapshots
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, day_of, day_start, from_datetime
from attribution.upkeep import daily

ANN = Actor("ann")


@pytest.fixture
def office(instance, tmp_path):
    with new_service("sqlite", instance, tmp_path) as service:
        made = Office(service, tmp_path)
        early = made.now - 12 * DAY
        for number in (1, 2):
            made.claim(number, "N07", early - HOUR)
        made.file((1, early), (2, early))
        yield made


def monday(office):
    """The Monday after the week in which the office's people came, at eight."""
    since, until = snapshots.week_span(office.now - 5 * DAY)
    assert since < until
    return day_start(until) + 8 * HOUR


def settings(office, **more):
    return replace(office.service.settings, **more)


def due(office, now, **more):
    return list(taking.take_due(office.ledger, settings(office, **more), now, ANN))


def test_a_lock_takes_the_snapshot_of_its_days(office):
    until = day_start(day_of(office.now - 8 * DAY))
    asked = periods.ask(office.ledger, until, asked_by=ANN, now=office.now)
    lock, taken = taking.lock(
        office.ledger, office.service.settings, asked, approved_by=Actor("ben"), now=office.now)
    assert taken is not None
    begun = day_of(from_datetime(office.campaign.start))
    assert (0, begun, day_of(until)) == (lock["since"], taken.since, taken.until)
    assert (day_of(until), "ben") == (taken.figures.locked, taken.by_whom)
    # The checkpoint covers the lock itself.
    assert taken.figures.head.splitlines()[1].isdecimal()
    assert [] == due(office, office.now, snapshots="none")


def test_a_lock_that_was_left_without_one_gets_it_from_the_timer(office):
    office.lock(day_start(day_of(office.now - 8 * DAY)), office.now)
    (made,) = due(office, office.now, snapshots="none")
    assert day_of(office.now - 8 * DAY) == made.until
    assert [] == due(office, office.now, snapshots="none")


def test_the_timer_takes_the_week_once_the_platform_told_of_its_sunday(office):
    now = monday(office)
    week = snapshots.week_span(now)
    assert [] == due(office, now, snapshots="none")
    # The newest file is of before: the platform may still tell of Sunday, until Wednesday.
    told = office.now
    waits = told < day_start(week[1])
    assert waits == ([] == due(office, now))
    if waits:
        (late,) = due(office, now + 2 * DAY)
        assert week == (late.since, late.until)
    assert [] == due(office, now + 2 * DAY)
    yesterday = snapshots.day_span(now)
    assert yesterday in [(one.since, one.until) for one in due(office, now, snapshots="daily")]


def test_the_days_job_tells_what_it_took(office):
    told = [str(line) for line in daily.run(office.service, office.now, Actor("timer"))]
    taken = snapshots.all_of(office.ledger)
    assert ["the ledger is sound"] == told[:1]
    assert len(taken) == sum(line.startswith("took snapshot ") for line in told)


def test_check_names_what_was_altered_and_what_is_gone(office):
    for _ in range(3):
        snapshots.take(office.ledger, office.now, ANN, *snapshots.day_span(office.now))
    snapshots.add_file(office.ledger, office.now, ANN, 2, "pack", "a.zip", "aa")
    assert [] == checks.check(office.ledger)
    change(
        office.service, "snapshot",
        "update snapshot set figures = replace(figures, '0', '1') where number = 1",
        "delete from snapshot where number = 2",
    )
    found = {one.detail for one in checks.check(office.ledger) if one.question == "snapshot_whole"}
    assert 3 == len(found)
    assert any("snapshot 1 are not those" in one for one in found)
    assert "snapshot 2 is gone" in found
    assert any("of snapshot 2, which was not there" in one for one in found)


def test_a_file_given_out_names_its_snapshot(office):
    snapshots.take(office.ledger, office.now, ANN, *snapshots.day_span(office.now))
    file = given_out.Whole("日报.zip", b"bytes", 1, snapshot=1, kind="pack")
    for _ in range(2):
        given_out.give_whole(office.ledger, ANN, office.now, file)
    (made,) = snapshots.files(office.ledger, 1)
    assert (hashlib.sha256(b"bytes").hexdigest(), "日报.zip") == (made.sha256, made.name)


def test_at_the_shell_the_text_is_what_its_digest_is_of(service, instance, capsys):
    where = ("--instance", str(instance.folder))
    assert 0 == cli.main(["snapshot", "take", "--day", *where])
    assert "snapshot 1: " in capsys.readouterr().out
    assert 0 == cli.main(["snapshot", "show", "1", "--format", "json", *where])
    text = capsys.readouterr().out
    kept = snapshots.get(service.ledger, 1)
    assert kept.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert kept.figures == figures.of_text(text)
    assert figures.FORMAT == json.loads(text)["format"]
    for argv in (["list"], ["show", "1"]):
        assert 0 == cli.main(["snapshot", *argv, *where])
        assert kept.sha256 in capsys.readouterr().out
    for wrong in (["take", "--day", "--week"], ["take", "--since", "2030-01-01"], ["show", "7"]):
        assert 2 == cli.main(["snapshot", *wrong, *where])


def test_in_the_console_it_is_taken_told_again_and_refused_in_words(service):
    add_everyone(service)
    office = signed_in(service, "office")
    today = instants.local_text(instants.now())[:10]
    wrong = office.post("/admin/snapshots", {"which": "days", "from": today})
    assert 400 == wrong.status_code
    assert "请填开始和结束日期" in wrong.get_data(as_text=True)
    taken = office.post("/admin/snapshots", {"which": "days", "from": today, "to": today})
    assert taken.headers["Location"].endswith("/admin/snapshots/1")
    snapshots.add_file(service.ledger, instants.now(), ANN, 1, "pack", "周报.zip", "ab" * 32)
    for name in ("office", "checker", "viewer"):
        page = signed_in(service, name).text("/admin/snapshots/1")
        assert snapshots.get(service.ledger, 1).sha256 in page
        assert "周报.zip" in page and "ab" * 32 in page
    assert "1 号快照" in office.text("/admin/snapshots")
    assert 404 == office.get("/admin/snapshots/9").status_code
    assert 403 == signed_in(service, "checker").post("/admin/snapshots").status_code
