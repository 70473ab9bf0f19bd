# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A ledger that rule 1 judged: a list before anything moves, then one rule for everybody."""
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution import judging
from attribution.cli import main
from attribution.deeds import Actor
from attribution.proof import checks, heads
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start
from attribution.service import open_service
from attribution.settings import load_settings
from attribution.store import person_history
from attribution.upkeep import judging_again
from qrgen.shell import Fault


@dataclass
class Old:
    """A ledger, the day that it is locked up to, and where its instance is."""

    office: Office
    cut: int
    folder: Path

    def __getattr__(self, name):
        return getattr(self.office, name)


@pytest.fixture(params=KINDS)
def old(request, instance, tmp_path, monkeypatch):
    """
    A ledger of before, its first weeks locked and sealed.

    Rule 1 gave the later of two claims about a registration, also one made after it; and it
    took 1970 for a registration.
    """
    stand = judging.stand

    def by_rule_1(person, history, terms):
        made = stand(person, history, terms)
        if made.credited and len(history.claims) > 1:
            late = max(history.claims, key=lambda claim: claim.at)
            made = made._replace(unit=late.unit, credited=late.unit, claim=late.id)
        return made._replace(rule=1)

    with new_service(request.param, instance, tmp_path) as service:
        office = Office(service, tmp_path)
        at = office.now - 20 * DAY
        with monkeypatch.context() as before:
            before.setattr(judging, "stand", by_rule_1)
            office.claim(1, "N07", at - HOUR)
            office.claim(1, "N08", at + 3 * MINUTE)
            office.claim(2, "N07", at - HOUR)
            office.file((1, at), (2, at))
            office.lock(day_start(day_of(at + 2 * DAY)))
        heads.seal_now(service.ledger, service.settings, instants.now() + 1)
        monkeypatch.setenv("ZHUANMA_DATABASE", service.settings.database)
        yield Old(office, day_of(at + 2 * DAY), instance.folder)


def migrate(office, *words):
    return main(["migrate", *words, "--instance", str(office.folder)])


def effective(office):
    return {key: told[2] for key, told in office.numbers().items() if key}


def test_contract_a_ledger_of_rule_1_is_judged_again_once_its_list_was_read(old, capsys):
    """Credits are money: nobody's moves before somebody could read whose will."""
    locked = old.numbers(0, old.cut)
    assert {"N07": 1, "N08": 1} == effective(old)
    with pytest.raises(Fault, match="earlier rule"):
        open_service(load_settings(old.folder))

    assert 1 == migrate(old)
    told = capsys.readouterr().err
    assert "1 people would count otherwise by rule 2; nobody was judged yet" in told
    assert "--judge-again" in told
    assert judging_again.is_due(old.ledger)
    assert {"N07": 1, "N08": 1} == effective(old)
    with (old.folder / "rule-2-moves.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert ("N08", "N07", "") == (row["now"], row["then"], row["reason"])

    assert 0 == migrate(old, "--judge-again")
    assert "2 people judged again by rule 2, 1 count otherwise" in capsys.readouterr().out
    assert not judging_again.is_due(old.ledger)
    assert {"N07": 2} == {key: n for key, n in effective(old).items() if n}
    assert locked == old.numbers(0, old.cut), "a locked period stands"
    assert [] == checks.check(old.ledger)
    assert 0 == checks.rebuild(old.ledger, instants.now(), Actor("test"))

    open_service(load_settings(old.folder)).close()
    with old.store.read() as connection:
        entry = connection.one(
            "select detail from audit where what = 'judged_again' order by n desc limit 1")
        adjustment = connection.one("select person, kind, from_unit, to_unit, reason, automatic"
                                    " from adjustment")
        facts = person_history.rows_of(
            connection, old.campaign.id, adjustment["person"], {})["fact"]
    detail = json.loads(entry["detail"])
    assert {"rule": 1} == detail["before"]
    assert {"rule": 2, "people": 2, "moved": 1, "file": "rule-2-moves.csv"} == detail["after"]
    assert ("reassign", "N08", "N07", "rule_2", 1) == tuple(
        adjustment[name] for name in ("kind", "from_unit", "to_unit", "reason", "automatic"))
    assert 1 == len(facts)


def test_contract_migrate_goes_on_by_itself_where_nobodys_credit_moves(old, capsys):
    assert 0 == migrate(old, "--judge-again")
    with old.store.transaction() as connection:
        connection.run("update standing set rule = 1")
    (old.folder / "rule-2-moves.csv").unlink()
    capsys.readouterr()
    assert 0 == migrate(old)
    assert "2 people judged again by rule 2, 0 count otherwise\n" in capsys.readouterr().out
    assert not (old.folder / "rule-2-moves.csv").exists()
    capsys.readouterr()
    assert 0 == migrate(old)
    assert "the database is up to date\n" == capsys.readouterr().out


def test_contract_a_placeholder_that_is_in_the_ledger_states_nothing(old):
    """Rows of before hold 1970 as it stood in the file; rows are never edited."""
    assert 0 == migrate(old, "--judge-again")
    with old.store.read() as connection:
        person = connection.one("select person from standing where credited = 'N07'"
                                " order by person limit 1")["person"]
        row = connection.one("select * from fact where person = :p", {"p": person})
    with old.store.transaction() as connection:
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.run(f"insert into fact ({names}) values ({values})", {
            **row, "id": old.store.next_id(instants.now()), "as_of": row["as_of"] + DAY,
            "registered_at": 0, "card_bound_at": -2_209_017_600_000_000, "first_txn_at": None,
        })
    assert 0 == checks.rebuild(old.ledger, instants.now(), Actor("test"))
    assert [] == checks.check(old.ledger)
