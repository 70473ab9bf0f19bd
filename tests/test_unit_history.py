# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What units were on a day, by the changes that were entered: pure, in both stores, from before."""
import contextlib
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from stores import KINDS, new_url

from attribution.rule.instants import DAY, HOUR, day_of, day_start
from attribution.rule.unit_history import Lead, UnitChange, UnitHistory, UnitOn, led_to
from attribution.store import StoreError, migrations, open_store, registry, unit_log
from attribution.store.engine.database import Connection
from attribution.store.migrations import m020_history

C = "county"
DAY_1 = day_start(20261101)
NAMES = {"A01": "东山镇", "A02": "西河社区", "A03": "南坪乡"}


def born(number: int, unit: str, **fields: Any) -> UnitChange:
    return UnitChange(number, unit, 0, 0, {}, {
        "kind": "area", "name": NAMES[unit], "target": 100 * number, "position": number,
        "state": "active", **fields,
    })


def change(number: int, unit: str, day: int, **after: Any) -> UnitChange:
    return UnitChange(number, unit, day, day_start(day), {}, after, at=DAY_1)


BEGUN = [born(1, "A01"), born(2, "A02"), born(3, "A03")]


def test_a_target_holds_from_its_day_and_of_two_of_one_day_the_later_entered():
    history = UnitHistory([
        *BEGUN, change(9, "A01", 20261110, target=400), change(7, "A01", 20261120, target=500),
        change(8, "A01", 20261110, target=350),
    ])
    told = {day: history.as_of(day)["A01"].target
            for day in (20261031, 20261109, 20261110, 20261119, 20261120, 20270101)}
    assert {20261031: 100, 20261109: 100, 20261110: 400, 20261119: 400, 20261120: 500,
            20270101: 500} == told
    assert [7] == [c.id for c in history.ahead(20261110)]


def test_a_unit_is_there_from_its_day_in_the_order_of_attachment_1():
    late = UnitChange(5, "D01", 20261115, day_start(20261115), {}, {
        "kind": "department", "name": "县水利局", "position": 0, "state": "active",
    }, at=DAY_1)
    history = UnitHistory([*BEGUN, late])
    assert ["A01", "A02", "A03"] == list(history.as_of(20261114))
    assert ["D01", "A01", "A02", "A03"] == list(history.as_of(20261115))
    assert None is history.as_of(20261115)["D01"].target
    # Its posters may hang before: until the day they claim for nobody.
    assert (Lead(0, None), Lead(day_start(20261115), "D01")) == history.leads("D01")


def test_a_merged_unit_leads_on_from_its_day_and_over_two_mergers():
    first, second = day_start(20261110), day_start(20261120)
    history = UnitHistory([
        *BEGUN, change(4, "A02", 20261110, state="merged", successor="A01"),
        change(5, "A01", 20261120, state="merged", successor="A03"),
    ])
    assert (Lead(first, "A01"), Lead(second, "A03")) == history.leads("A02")
    assert (Lead(second, "A03"),) == history.leads("A01")
    assert () == history.leads("A03")
    assert ["A02", "A01", "A03"] == [
        history.heir("A02", day) for day in (20261109, 20261110, 20261120)
    ]
    there = history.as_of(20261110)["A02"]
    assert ("merged", "A01", 20261110, False) == (
        there.state, there.successor, there.since, there.active
    )
    for at, unit in ((first - 1, "A02"), (first, "A01"), (second - 1, "A01"), (second, "A03")):
        assert unit == led_to("A02", history.leads("A02"), at)


def test_a_unit_that_opens_again_was_closed_in_between():
    history = UnitHistory([
        *BEGUN, change(4, "A02", 20261110, state="closed"),
        change(5, "A02", 20261120, state="active", successor=None),
    ])
    leads = history.leads("A02")
    assert ["A02", None, None, "A02"] == [
        led_to("A02", leads, day_start(day)) for day in (20261109, 20261110, 20261119, 20261120)
    ]


def test_mergers_that_lead_round_end_with_nobody():
    """Deeds refuse them; whoever writes the rows by hand must not make a scan turn for ever."""
    history = UnitHistory([
        *BEGUN, change(4, "A01", 20261110, state="merged", successor="A02"),
        change(5, "A02", 20261110, state="merged", successor="A01"),
    ])
    assert None is led_to("A01", history.leads("A01"), day_start(20261111))
    assert "A02" == history.heir("A01", 20261111)


def test_as_of_is_what_folding_day_by_day_gives():
    """Against the plainest second reading: a table changed a day at a time."""
    rng = random.Random(18)
    days = [20261101 + n for n in range(20)]
    for _ in range(50):
        changes = [*BEGUN, *(
            change(10 + n, rng.choice(list(NAMES)), rng.choice(days), target=rng.randrange(900))
            for n in range(rng.randrange(12))
        )]
        rng.shuffle(changes)
        history, table = UnitHistory(changes), {c.unit: c.after["target"] for c in BEGUN}
        for day in days:
            for one in sorted(changes, key=lambda c: c.id):
                if one.since == day:
                    table[one.unit] = one.after["target"]
            assert table == {id: unit.target for id, unit in history.as_of(day).items()}


# --- in the ledger ----------------------------------------------------------------------------


def enter(store, *changes, now=DAY_1):
    return store.write(lambda c: unit_log.enter(c, C, changes, now))


def seen(store):
    with store.read() as connection:
        return registry.read(connection, C)


def test_what_is_entered_is_read_again_and_the_table_follows(store):
    assert 1 == enter(store, *BEGUN)
    assert 2 == enter(store, change(4, "A01", day_of(DAY_1), target=150))
    with store.read() as connection:
        history = unit_log.read(connection, C)
        rows = unit_log.rows(connection, C, "A01")
    assert [1, 2] == [row["revision"] for row in rows]
    assert 150 == seen(store).units["A01"].target
    assert 100 == history.as_of(20261031)["A01"].target
    assert 100 == history.at_revision(1, 20270101)["A01"].target


def test_what_holds_from_a_later_day_waits_for_it(store):
    """The night passes with nobody at the shell."""
    enter(store, *BEGUN)
    enter(store, change(4, "A02", 20261103, state="merged", successor="A01"),
          change(5, "A01", 20261103, target=300))
    before = seen(store)
    assert (None, 100) == (before.units["A02"].successor, before.units["A01"].target)
    # The code leads on by itself, with its instant.
    assert [[day_start(20261103), "A01"]] == json.loads(before.units["A02"].leads)
    assert store.write(lambda c: unit_log.settle(c, C, DAY_1 + DAY))
    assert before.version == seen(store).version  # nothing held from that day
    assert store.write(lambda c: unit_log.settle(c, C, DAY_1 + 2 * DAY + HOUR))
    after = seen(store)
    assert before.version < after.version
    assert ("A01", day_start(20261103), 300) == (
        after.units["A02"].successor, after.units["A02"].closed_at, after.units["A01"].target
    )
    assert not store.write(lambda c: unit_log.settle(c, C, DAY_1 + 2 * DAY + 2 * HOUR))


def test_history_only_grows(store):
    enter(store, *BEGUN)
    for statement in ("update unit_change set since = 0", "delete from unit_change"):
        with pytest.raises(StoreError, match="unit_change is append-only"):
            store.write(lambda c, statement=statement: c.run(statement))


def test_units_without_a_history_were_always_as_they_are(store):
    unit = registry.Unit("A09", 9, "area", "北关", 50, None, None, None, None, None, None, None, 1)
    store.write(lambda c: registry.put(c, C, [unit, replace(unit, id="A10", closed_at=DAY_1)]))
    with store.read() as connection:
        units = unit_log.read(connection, C).as_of(20261101)
    assert UnitOn("A09", "area", "北关", 50, 9) == units["A09"]
    assert ("closed", 20261101) == (units["A10"].state, units["A10"].since)


# --- ledgers of before ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_ledger_gets_the_history_that_its_imports_tell(kind, tmp_path, monkeypatch):
    """From its rows of today, back over each change that an import's entry tells."""
    here = migrations.MIGRATIONS.index(m020_history.STEP)
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:here])
    with new_url(kind, tmp_path) as url, contextlib.closing(open_store(url)) as store:
        store.migrate()
        store.write(_older)
        monkeypatch.undo()
        assert m020_history.STEP.name in store.migrate()
        with store.read() as connection:
            history = unit_log.read(connection, C)
            rows = unit_log.rows(connection, C)
        told = {day: history.as_of(day) for day in (20261031, 20261105, 20261110, 20261112)}
        assert [100, 100, 120, 120] == [units["A01"].target for units in told.values()]
        assert ["东山乡", "东山镇"] == [told[d]["A01"].name for d in (20261105, 20261110)]
        assert "A03" not in told[20261105] and 300 == told[20261110]["A03"].target
        assert [("active", 0), ("closed", 20261112)] == [
            (told[day]["A02"].state, told[day]["A02"].since) for day in (20261031, 20261112)
        ]
        assert None is led_to("A02", history.leads("A02"), DAY_1 + 12 * DAY)
        assert {"ann", "init", "migration"} == {row["by_whom"] for row in rows}
        # What is entered from now on comes after all that was told.
        store.write(lambda c: unit_log.enter(
            c, C, [change(store.next_id(DAY_1 + 13 * DAY), "A01", 20261114, target=7)],
            DAY_1 + 13 * DAY,
        ))
        assert 7 == seen(store).units["A01"].target


def _older(connection: Connection) -> None:
    for place, (id, target, closed) in enumerate(
        (("A01", 120, None), ("A02", 200, DAY_1 + 11 * DAY), ("A03", 300, None))
    ):
        connection.run(
            """insert into unit (campaign, id, position, kind, name, target, issue, closed_at)
               values (:c, :id, :place, 'area', :name, :target, 1, :closed)""",
            {"c": C, "id": id, "place": place, "name": NAMES[id], "target": target,
             "closed": closed},
        )
    connection.run("insert into registry_version (campaign, version) values (:c, 5)", {"c": C})
    told: list[tuple[int, str, dict[str, Any]]] = [
        (DAY_1 - 9 * DAY, "init", {"added": ["A01", "A02"], "changed": [], "closed": []}),
        (DAY_1 + 9 * DAY, "ann", {"added": ["A03"], "changed": [
            {"unit": "A01", "target": [100, 120], "name": ["东山乡", "东山镇"]},
        ], "closed": []}),
    ]
    for number, (at, who, detail) in enumerate(told, 1):
        connection.run(
            """insert into audit (id, at, who, what, detail, n)
               values (:n, :at, :who, 'units_import', :detail, :n)""",
            {"n": number, "at": at, "who": who,
             "detail": json.dumps({"subject": "units", **detail})},
        )
