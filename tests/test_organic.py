# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""People whom nobody claimed are judged by their row alone, and stand where they stood before."""
import random

import pytest
from factories import make_phone
from stores import KINDS, new_service
from test_facts import claimed, take, write

from attribution.deeds import Actor
from attribution.facts import laying
from attribution.facts.organic import Organic, apart
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text, to_datetime

TABLES = ("fact", "standing", "credit", "adjustment", "difference", "difference_done")
UNLIKE = {"id", "difference", "claim"}


@pytest.fixture(params=KINDS)
def two(request, instance, tmp_path):
    """One ledger twice: the second never takes the short way."""
    for name in ("short", "long"):
        (tmp_path / name).mkdir()
    pairs = [new_service(request.param, instance, tmp_path / name) for name in ("short", "long")]
    with pairs[0] as short, pairs[1] as long:
        yield short, long


def files(seed, campaign, now):
    """Some files about the same people: repeated, completed, corrected, undone, at odd times."""
    draw = random.Random(seed)
    mark = instants.from_datetime(campaign.mark_time)
    times = [
        "", "", *(local_text(now - n * HOUR) for n in (1, 2, 3, 30)), "已退款", "1970-01-01",
        local_text(now - DAY)[:10], local_text(now)[:10], local_text(mark - DAY),
        to_datetime(now - MINUTE).isoformat(), local_text(now + HOUR),
    ]
    tidy = [[local_text(now - n * HOUR), ""] for n in (3, 2, 1)]
    rows = {
        n: [tidy[0][0], draw.choice(tidy[1]), draw.choice(tidy[2])] if n % 3 else
        [draw.choice(times) for _ in range(3)]
        for n in range(60)
    }
    for _ in range(3):
        for number in draw.sample(range(60), 12):
            rows[number][draw.randrange(3)] = draw.choice(times)
        some = draw.sample(sorted(rows), 45)
        yield [(make_phone(n), *rows[n]) for n in [*some, *some[:3]]]


def held(service):
    with service.store.read() as connection:
        found = {
            table: connection.rows(f"select * from {table}") for table in TABLES
        }
    return {
        table: sorted(
            str({name: value for name, value in row.items() if name not in UNLIKE}) for row in rows
        )
        for table, rows in found.items()
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_short_way_comes_to_what_the_long_way_does(two, seed, tmp_path, monkeypatch):
    now = instants.now()
    short: list[int] = []

    def counted(*given):
        found = apart(*given)
        short.append(len(found[0].lines))
        return found

    for service in two:
        for number in range(0, 60, 5):
            claimed(service, number, "N07", now - 2 * HOUR, number + 1)
        checks.rebuild(service.ledger, now, Actor("test"))
    for place, rows in enumerate(files(seed, two[0].campaign, now)):
        path = write(tmp_path / f"{place}.csv", rows)
        told = []
        for service, way in (
            (two[0], counted), (two[1], lambda rows, *_: (Organic(), rows.items())),
        ):
            monkeypatch.setattr(laying, "apart", way)
            outcomes: list[object] = []
            report = take(service, path, now=now + place * MINUTE, details=outcomes.append)
            told.append((vars(report), outcomes))
        assert told[0] == told[1]
        assert held(two[0]) == held(two[1])
    assert sum(short) > 40
    assert [] == checks.check(two[0].ledger)


def test_only_what_surprises_nobody_goes_the_short_way(service, tmp_path, monkeypatch):
    """Somebody's card bound before they registered is told, though nobody claimed them."""
    now = instants.now()
    gone: list[int] = []

    def noted(*given):
        found = apart(*given)
        gone.extend(found[0].lines)
        return found

    monkeypatch.setattr(laying, "apart", noted)
    when, earlier = local_text(now - HOUR), local_text(now - 2 * HOUR)
    claimed(service, 4, "N07", now - 2 * HOUR, 1)
    take(service, write(tmp_path / "a.csv", [
        (make_phone(1), when, when, ""), (make_phone(2), when, earlier, ""),
        (make_phone(3), "", "", ""), (make_phone(4), when, when, when),
        (make_phone(5), when, "", ""), (make_phone(5), when, when, ""),
    ]), now=now)
    assert {2} == set(gone)
