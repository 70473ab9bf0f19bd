# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The scans of a period, on either store: the right ones, and nothing read that came since."""
import re

import pytest
from factories import rows_of

from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE
from attribution.store import console_lists, export_pages, log
from attribution.store.export_pages import Filter
from attribution.store.ids import first_id_at

C = "dongshan"
AT = instants.parse_instant("2030-03-18")


def a_scan(at, id=None):
    return log.Scan(id or first_id_at(at), C, at, "A01", 1, None, "n", "other")


def on_one_shard(plan):
    """Of a cluster's plan, what a shard does: only pages are sorted above it."""
    return plan.partition("Node: ")[2] or plan


def in_period(store, chosen):
    """The ids in a period, as a list shows them and as an export has them."""
    with store.read() as connection:
        shown, total = console_lists.rows(
            connection, C, "scans", chosen, sort="at", descending=False, offset=0, limit=1000
        )
    exported = rows_of(export_pages.scans(store, C, chosen))
    assert [row["id"] for row in shown] == [row["id"] for row in exported]
    assert total == len(shown)
    return [row["id"] for row in shown]


@pytest.mark.parametrize("astray", [0, HOUR, -HOUR])
def test_contract_a_period_holds_the_scans_of_its_time_whatever_their_ids(store, astray):
    """Ids begin with the time; but a clock that is set back leaves some that do not."""
    scans = [a_scan(AT + n * 10 * MINUTE) for n in range(40)]
    if astray:
        scans += [a_scan(scan.at, scan.id + 1 + first_id_at(AT + astray) - first_id_at(AT))
                  for scan in scans[10:30:5]]  # fmt: skip
    store.write(lambda c: log.add_scans(c, scans))
    for since, until in ((AT + HOUR, AT + 3 * HOUR), (None, AT + 2 * HOUR), (AT + 4 * HOUR, None),
                         (AT, AT + DAY), (AT - DAY, AT), (AT + 1, AT + 2)):
        expected = sorted(
            scan.id for scan in scans
            if (since is None or since <= scan.at) and (until is None or scan.at < until)
        )
        assert expected == in_period(store, Filter(since, until)), (since, until)
        assert expected == in_period(store, Filter(since, until, only=frozenset({"A01"})))


def test_contract_a_period_that_is_over_is_read_by_key(store, monkeypatch):
    """Else a page of last month walks through all that came since."""
    store.write(lambda c: log.add_scans(c, [a_scan(AT + n * HOUR) for n in range(50)]))
    asked = {}
    with store.read() as connection:
        for name in ("rows", "one", "columns"):
            real = getattr(type(connection), name)

            def noted(self, sql, parameters=None, *, real=real):
                asked[sql] = parameters
                return real(self, sql, parameters or {})

            monkeypatch.setattr(type(connection), name, noted)
    chosen = Filter(since=AT + HOUR, until=AT + 3 * HOUR)
    assert 2 == len(in_period(store, chosen))
    plans = {}
    sqlite = store.database.dialect == "sqlite"
    with store.read() as connection:
        if not sqlite:
            for way in ("seqscan", "bitmapscan"):  # which it likes for fifty rows
                connection.run(f"set local enable_{way} = off")
        for sql, given in list(asked.items()):
            steps = connection.rows(f"explain {'query plan ' if sqlite else ''}{sql}", given)
            plans[sql] = on_one_shard(" ".join(str(list(step.values())[-1]) for step in steps))
    assert 4 == len(plans)  # whether any are astray, how many, which: on a page, in an export
    for sql, plan in plans.items():
        if "abs(" in sql:
            assert re.search("scan_astray|campaign_at_idx", plan), (sql, plan)
        elif sqlite:
            assert "PRIMARY KEY (rowid>? AND rowid<?)" in plan, (sql, plan)
        else:
            assert re.search(r"Index Cond: .*\bid > .* AND \(id < ", plan), (sql, plan)
        assert "TEMP B-TREE" not in plan and "Sort" not in plan, (sql, plan)


def test_contract_the_whole_log_by_units_is_not_sorted_for_each_page(store, monkeypatch):
    asked = {}
    with store.read() as connection:
        real = type(connection).rows
        monkeypatch.setattr(
            type(connection), "rows",
            lambda self, sql, given: asked.update({sql: given}) or real(self, sql, given),
        )
        console_lists.rows(
            connection, C, "scans", Filter(), sort="unit", descending=False, offset=0, limit=50
        )
    ((sql, given),) = ((sql, given) for sql, given in asked.items() if "limit :limit" in sql)
    with store.read() as connection:
        if store.database.dialect == "sqlite":
            steps = real(connection, f"explain query plan {sql}", given)
            # Units' scans that no list has yet are sorted, if need be: a few.
            assert "TEMP B-TREE" not in str(steps).partition("RIGHT")[0]
        else:
            for way in ("seqscan", "bitmapscan"):
                connection.run(f"set local enable_{way} = off")
            plan = on_one_shard(str(real(connection, f"explain {sql}", given)))
            # Weeks that were made before are merged by the key, which is no sort.
            assert "Limit" in plan and "Sort  (" not in plan
