# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A clock that goes wrong and is put right accuses no honest row, and people are told of it."""
import json

import pytest
from console import add_everyone, signed_in
from stores import KINDS, new_service
from test_facts import claimed

from attribution import cli
from attribution.deeds import Actor
from attribution.proof import checks, clocks, heads
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start
from attribution.store import ids
from attribution.upkeep import daily, to_tell


@pytest.fixture(params=KINDS)
def either(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield service


def seal(service, now):
    return heads.seal_now(service.ledger, service.settings, now)


def found(service, now=None):
    keys = heads.verifiers(service.ledger, service.settings)
    return [
        one.detail for one in checks.check(service.ledger, keys, now=now)
        if one.question == "seal_whole"
    ]


def rows(service, sql):
    with service.store.read() as connection:
        return connection.rows(sql)


class Claims:
    """Residents who claim, each by the clock of a process that was just started."""

    def __init__(self, service):
        self.service, self.number = service, 0

    def one(self, at):
        self.number += 1
        claimed(self.service, self.number, "N07", at, ids.first_id_at(at) + self.number)
        return self.number


def test_a_clock_that_was_a_day_ahead_for_a_while_accuses_nobody(either):
    """Rows of that day were "added after their time" for ever; and were missing in its counts."""
    service, claims = either, Claims(either)
    noon = day_start(day_of(instants.now())) + 2 * DAY + 12 * HOUR  # after all that is there
    for minutes in (0, 1):
        claims.one(noon + minutes * MINUTE)
    seal(service, noon + 2 * MINUTE)
    ahead = noon + DAY  # it jumps; rows are made and sealed, and the day is counted as over
    for minutes in (3, 4):
        claims.one(ahead + minutes * MINUTE)
    seal(service, ahead + 5 * MINUTE)
    counted = f"select counts from unit_count where unit = 'N07' and day = {day_of(noon)}"
    assert [2] == [json.loads(row["counts"])["claim"] for row in rows(service, counted)]
    # It is put right, and residents go on; nobody seals for three hours.
    for minutes in range(6, 180, 30):
        claims.one(noon + minutes * MINUTE)
    assert [] == found(service, noon + 178 * MINUTE)
    seal(service, noon + 180 * MINUTE)
    assert [] == found(service, noon + 180 * MINUTE) == found(service)
    (event,) = rows(service, "select data from log_event where kind = 'clock'")
    assert {"since": noon + MINUTE, "until": ahead + 4 * MINUTE} == json.loads(event["data"])
    (entry,) = rows(service, "select who, what from audit where what = 'clock'")
    assert "clock" == entry["who"]
    # Once is enough, also while ids stay ahead; and the day is counted anew when it is over.
    claims.one(noon + 4 * HOUR)
    for at in (noon + 4 * HOUR, noon + 15 * HOUR, noon + 39 * HOUR):
        seal(service, at)
        assert [] == found(service)
    assert 1 == len(rows(service, "select id from log_event where kind = 'clock'"))
    told = [json.loads(row["counts"])["claim"] for row in rows(service, counted)]
    assert sorted([2, 9]) == sorted(told)
    # What is put in behind the span is found as ever.
    claims.one(noon - 5 * HOUR)
    seal(service, noon + 40 * HOUR)
    assert ["added after its time was sealed" in text for text in found(service)].count(True)


def test_a_clock_that_is_behind_accuses_nobody(either):
    service, claims = either, Claims(either)
    start = instants.now() + 30 * HOUR
    claims.one(start)
    seal(service, start + MINUTE)
    behind = start - 5 * HOUR
    seal(service, behind)
    claims.one(behind + 10 * MINUTE)  # and it is put right before the next sealing
    seal(service, start + 10 * HOUR)
    assert [] == found(service)
    assert 1 == len(rows(service, "select id from log_event where kind = 'clock'"))


def test_sealing_goes_by_the_servers_clock(instance, tmp_path, monkeypatch):
    with new_service("postgres", instance, tmp_path) as service:
        claims, true = Claims(service), instants.now
        ours = service.store.database.now()
        assert ours is not None and abs(ours - true()) < MINUTE
        monkeypatch.setattr(instants, "now", lambda: true() + DAY)
        claims.one(instants.now())
        seal(service, instants.now())
        (head,) = rows(service, "select max(at) as at from log_head")
        assert head["at"] < true() + MINUTE
        told = clocks.fault(service.ledger)
        assert told is not None and "the database's" in told.cause
        monkeypatch.undo()
        told = clocks.fault(service.ledger)
        assert told is not None and "was ahead for a while" in told.cause
        claims.one(instants.now())
        seal(service, instants.now())
        assert [] == found(service)


def test_everybody_who_looks_is_told_the_clock(service, instance, client, capsys):
    """With both times and the remedy: the start, /readyz, check, the day's round, the console."""
    now = instants.now()
    claims = Claims(service)
    claims.one(now - HOUR)
    assert clocks.fault(service.ledger) is None
    assert "clock" not in client.get("/readyz").text
    claims.one(now + DAY)
    newest = instants.local_text(now + DAY)[:16]
    ready = client.get("/readyz")
    assert 200 == ready.status_code and ready.text.startswith("ok\n")
    assert f"clock: this machine's clock says {instants.local_text(now)[:10]}" in ready.text
    assert newest in ready.text
    where = ("--instance", str(instance.folder))
    cli.main(["rebuild", *where])
    capsys.readouterr()
    assert 0 == cli.main(["check", *where])
    said = capsys.readouterr().out
    assert newest in said and "timedatectl" in said and "the ledger is sound" in said
    told = [str(one) for one in daily.run(service, now, Actor("timer"))]
    assert any(newest in line and "timedatectl" in line for line in told)
    assert "clock" in dict(to_tell._troubles(service))
    add_everyone(service)
    page = signed_in(service, "office").text("/admin/")
    assert "时钟不对" in page and newest in page
    assert "时钟不对" not in signed_in(service, "bank").text("/admin/")
