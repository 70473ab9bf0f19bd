# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
What asks about persons reads these persons' rows, and not everybody's.

SQLite without statistics takes one of several indexes that seem alike, and the wrong one
shows only when a unit has thousands of claims: each of 50 000 claims read all before it.
"""
import itertools
import re

import pytest
from factories import make_phone
from test_facts import claimed, take
from test_feeds import done, write

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.office import corrections, trace
from attribution.proof import checks
from attribution.reports import exports
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR
from attribution.rule.people import identify
from attribution.store import console_lists, export_pages, residents, seal_pages, tallies
from attribution.store import forgetting as stored
from attribution.store.engine.sqlite_connection import SQLiteConnection
from attribution.store.export_pages import Filter
from attribution.store.triggers import past_the_triggers
from attribution.upkeep import retention
from qrgen.codes import Code

BY_PERSON = ("claim", "claim_event", "fact", "credit", "adjustment", "standing", "difference")


@pytest.fixture
def asked(monkeypatch):
    """Every statement that the store runs, with what it needs to be explained."""
    found: dict[str, object] = {}
    for name in ("rows", "columns", "one", "run"):
        real = getattr(SQLiteConnection, name)

        def noted(self, sql, parameters=None, *, real=real):
            found[sql] = parameters or {}
            return real(self, sql, parameters or {})

        monkeypatch.setattr(SQLiteConnection, name, noted)
    return found


def a_campaign(service, tmp_path):
    """Everything that asks about persons, once."""
    now = instants.now()
    store, campaign = service.store, service.campaign
    for number in range(4):
        claimed(service, number, "N07", now - 2 * HOUR, number + 1)
    checks.rebuild(Ledger(store, campaign), now, Actor("test"))
    take(service, write(tmp_path / "a.csv", [
        *(done(n, now) for n in range(6)), (make_phone(9), instants.local_text(now + DAY), "", ""),
    ]))
    take(service, write(tmp_path / "b.csv", [done(9, now), done(1, now, ago=HOUR + 60)]))
    code = Code("N07", 1, None)
    person = identify(make_phone(7), service.settings.person_pepper)
    made = claims.claim(
        Ledger(store, campaign), service.scans.check(code), Form(77, now, code), person, now,
        consent="c", network="n", client="other",
    )
    corrections.ask(
        Ledger(store, campaign),
        "hold",
        made.claim.id,
        reason="review",
        note="n",
        asked_by=Actor("admin"),
        now=now,
    )
    claims.withdraw(
        Ledger(store, campaign), person.digest, made.claim.id, now, by_whom="self", reason="asked"
    )
    with store.read() as connection:
        residents.claims_of(connection, campaign.id, person.digest)
        console_lists.held(connection, campaign.id)
        console_lists.count_held(connection, campaign.id)
    for export in exports.EXPORTS.values():
        list(export.blocks(store, campaign.id, Filter()))
    trace.trace(Ledger(store, campaign), person.digest)
    claims.erase(
        Ledger(store, campaign), person.digest, None, now, by_whom="self", reason="asked"
    )
    retention.run(Ledger(store, campaign), now, Actor("test"))
    assert [] == checks.check(Ledger(store, campaign))


def test_persons_are_looked_up_by_person(service, tmp_path, asked):
    a_campaign(service, tmp_path)
    wrong = []
    with service.store.read() as connection:
        for sql, parameters in list(asked.items()):
            if "e.kind = 'held'" in sql:
                continue  # asks for the held ones, which are few
            if not re.search(r"person (=|in) \(?:|person = (claim|c|s)\.person", sql):
                continue
            aliases = dict.fromkeys(BY_PERSON) | {
                found[2]: found[1]
                for found in re.finditer(r"(?:from|join) (\w+) (\w+)\b", sql)
                if found[1] in BY_PERSON
            }
            for row in connection.rows(f"explain query plan {sql}", parameters):
                step = re.match(r"SEARCH (\w+) USING .*\((.*)\)", row["detail"])
                if step and step[1] in aliases and not re.search(
                    r"person[=>]|\bid[=>]|rowid|claim=|credited", step[2]
                ) and _means(sql, step[1]):
                    wrong.append((row["detail"], " ".join(sql.split())))
    assert len(asked) > 80
    assert not wrong, "\n".join(": ".join(one) for one in wrong)


def _means(sql, name):
    """Whether *name* is what *sql* asks by person, and not the table that it goes through."""
    return bool(re.search(rf"\b{name}\.person (=|in)|where campaign = :campaign and person", sql))


def test_pages_of_the_scan_log_are_read_by_key(service, asked):
    """Sorting ten million scans for each page would make an export quadratic."""
    now = instants.now()
    campaign = service.campaign.id
    chosen = (Filter(), Filter(unit="N07"), Filter(only=frozenset({"N07"}), state="flagged"))
    for given in chosen:
        list(export_pages.scans(service.store, campaign, given))
    with service.store.read() as connection:
        for descending, sort, given in itertools.product((True, False), ("at", "unit"), chosen):
            console_lists.rows(
                connection, campaign, "scans", given, sort=sort, descending=descending,
                offset=0, limit=50,
            )
        console_lists.latest_scans(connection, campaign, "N07")
        tallies.counted(connection, campaign, tallies.NameRange("N03", "N07"))
        log = next(log for log in seal_pages.LOGS if log.name == "scan")
        for after in (None, 1):
            seal_pages.rows(connection, log, campaign, 0, now, after, 500)
        plans = {
            sql: [step["detail"] for step in connection.rows(f"explain query plan {sql}", given)]
            for sql, given in asked.copy().items() if re.search(r"from (unit_)?scan\b", sql)
        }
    assert len(plans) >= 15
    for sql, steps in plans.items():
        # What is not listed yet is sorted; it never is more than some thousand.
        listed = " ".join(steps).partition(" RIGHT ")[0]
        assert "TEMP B-TREE" not in listed or "count(*)" in sql, (sql, steps)
        if "unit_scan" in sql:
            assert "SEARCH listed USING PRIMARY KEY (campaign=?" in listed, (sql, steps)
        if "unit = :unit" in sql:
            assert "(campaign=? AND unit=?" in listed, (sql, steps)


def test_whoever_is_unlinked_is_found_by_key(service, tmp_path, asked):
    """A step of the job keeps writers waiting; reading every form made it ten times as long."""
    a_campaign(service, tmp_path)
    campaign = service.campaign.id
    with service.store.transaction() as connection, past_the_triggers(
        connection, "sqlite", [*stored.LOGS, *stored.OTHERS]
    ):
        (claim, *_) = connection.rows("select person, id, unit from claim order by id")
        asked.clear()
        given = claim["person"], claim["id"], claim["unit"], "0" * 64
        stored.unlink_claim(connection, campaign, *given)
        stored.unlink(connection, campaign, "0" * 64, "1" * 64)
        whole = [
            (step["detail"], sql)
            for sql, bound in asked.copy().items()
            if "sqlite_master" not in sql and "trigger" not in sql
            for step in connection.rows(f"explain query plan {sql}", bound)
            if step["detail"].startswith("SCAN") and " CONSTANT ROW" not in step["detail"]
        ]
    assert len(asked) > 30
    assert [] == whole
