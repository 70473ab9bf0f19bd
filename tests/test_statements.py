# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
One person is read once: news is laid over what was read, and the rule applied to that.

Every statement is a way to the database's server and back while the person is held, and what
is read twice can be read differently.
"""
import csv
import json
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from console import add_everyone
from factories import make_phone
from feeding import import_feed
from stores import KINDS, new_service

from attribution.deeds import Actor
from attribution.facts.partners import Signed, take_facts
from attribution.office import corrections
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, iso_text, local_text
from attribution.rule.people import identifier, identify
from attribution.store.engine.postgres_connection import PostgreSQLConnection
from attribution.store.engine.sqlite_connection import SQLiteConnection
from qrgen.codes import Code


@pytest.fixture(params=KINDS)
def here(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        service.store.next_id(instants.now())  # the lease of numbers is a statement of its own
        yield service


@pytest.fixture
def sent(monkeypatch):
    """Collect every statement as it leaves for the engine, with what stands in it."""
    found: list[tuple[str, str]] = []

    def note(sql, parameters):
        told = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
        found.append((" ".join(sql.split()), json.dumps(told, default=str, sort_keys=True)))

    for kind in (SQLiteConnection, PostgreSQLConnection):
        def execute(self, sql, parameters=(), *, before=kind._execute):
            note(sql, parameters)
            return before(self, sql, parameters)

        monkeypatch.setattr(kind, "_execute", execute)
    many = SQLiteConnection.run_many

    def run_many(self, sql, rows):
        rows = list(rows)
        if rows:
            note(sql, rows)
        return many(self, sql, rows)

    monkeypatch.setattr(SQLiteConnection, "run_many", run_many)
    block = SQLiteConnection.run_block

    def run_block(self, sql, columns, constants=MappingProxyType({})):
        if columns:
            note(sql, {**columns, **constants})
        return block(self, sql, columns, constants)

    monkeypatch.setattr(SQLiteConnection, "run_block", run_block)
    return found


def twice(sent):
    return {statement: n for statement, n in Counter(sent).items() if n > 1}


def claim(here, unit, at, form):
    code = Code(unit, 1, None)
    person = identify(make_phone(1), here.settings.person_pepper)
    return claims.claim(
        here.ledger, here.scans.check(code), Form(form, at, code), person, at, consent="同意",
        network="n", client="wechat", receipt_key="k",
    )


def feed(here, path, at):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([
            ("phone", "registered_at", "card_bound_at", "first_txn_at"),
            (make_phone(1), *(local_text(at + n * MINUTE) for n in (0, 5, 9))),
        ])
    return import_feed(
        here.ledger, path, pepper=here.settings.person_pepper, digest="sha256",
        now=instants.now(), by_whom="test",
    )


def test_a_claim_sends_no_statement_twice(here, sent, tmp_path):
    """The first, a second that takes the credit away, and the form of the first once more."""
    now = instants.now()
    here.scans.check(Code("N07", 1, None))
    assert here.campaign.units  # read once a revision, and not for each claim
    most = {}
    for name, unit, at, form in (
        ("first", "N07", now - 3 * HOUR, 1), ("second", "N08", now - 2 * HOUR, 2),
        ("again", "N08", now - 2 * HOUR, 2),
    ):
        del sent[:]
        claim(here, unit, at, form)
        assert {} == twice(sent), name
        most[name] = len(sent)
    feed(here, tmp_path / "day.csv", now - HOUR)
    del sent[:]
    made = claim(here, "A01", now - 3 * HOUR // 2, 3)
    assert "A01" == made.standing.credited
    assert {} == twice(sent)
    most["credited"] = len(sent)
    # PostgreSQL takes the person's turn and gives it up; SQLite writes each count by itself.
    expected = {
        # Where another unit had claimed the person, a takeover's row besides.
        "sqlite": {"first": 11, "second": 14, "again": 11, "credited": 18},
        "postgresql": {"first": 12, "second": 15, "again": 12, "credited": 18},
    }
    assert expected[here.store.database.dialect] == most


def test_a_withdrawal_sends_no_statement_twice(here, sent, tmp_path):
    now = instants.now()
    first = claim(here, "N07", now - 3 * HOUR, 1)
    claim(here, "N08", now - 2 * HOUR, 2)
    feed(here, tmp_path / "day.csv", now - HOUR)
    del sent[:]
    person = first.claim.person
    claims.withdraw(here.ledger, person, first.claim.id, now, by_whom="r", reason="person")
    assert {} == twice(sent)
    extra = 1 if here.store.database.dialect == "postgresql" else 0
    assert 8 + extra == len(sent)
    del sent[:]
    assert 1 == claims.erase(here.ledger, person, None, now, by_whom="r", reason="person")
    assert {} == twice(sent)


def test_a_row_that_is_confirmed_reads_its_person_once(here, sent):
    """Pushed facts are told and written in one transaction, from one reading."""
    now = instants.now()
    claim(here, "N07", now - 3 * HOUR, 1)
    body = json.dumps({"items": [
        {"phone": make_phone(1), "registered_at": iso_text(now - HOUR)},
    ]}).encode()
    del sent[:]
    take_facts(
        here.ledger, Signed("k", "bank", "nonce-0001", body, "r1", "0" * 64),
        identifier(here.settings.person_pepper, "sha256"), now,
    )
    assert {} == twice(sent)


def test_a_correction_reads_its_person_once(here, sent, tmp_path):
    """Asked and approved, each from one reading; only the proposal is read again, when held."""
    add_everyone(here)
    now = instants.now()
    made = claim(here, "N07", now - 3 * HOUR, 1)
    claim(here, "N08", now - 2 * HOUR, 2)
    feed(here, tmp_path / "day.csv", now - HOUR)
    del sent[:]
    proposal = corrections.ask(
        here.ledger, "reassign", made.claim.id, reason="review", note="表3", to_unit="A01",
        asked_by=Actor("office"), now=now,
    )
    assert {} == twice(sent)
    del sent[:]
    done = corrections.answer(
        here.ledger, proposal, approve=True, answered_by=Actor("checker"), now=now
    )
    assert ("N08", "A01") == (done.before, done.after)
    assert [] == [sql for sql, _ in twice(sent) if "from proposal" not in sql]
