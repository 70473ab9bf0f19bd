# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Whose a row without a number is, is sealed: a name that was changed is found, and none raises
an alarm that was there before seals held any, was forgotten by law, or follows another recipe.
"""
import pytest
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office
from test_contract_retention import erase, run, seal, sound

from attribution import evidence
from attribution.rule.instants import DAY
from attribution.rule.people import identify
from attribution.store import seal_pages

NAMES = [("hash", "0a" * 32), ("masked", "0b" * 32)]
# As the step finds them: no ids, no index by them, and indexes of everybody.
BEFORE = (
    "drop index alias_by_id", "alter table alias drop column id",
    "delete from migration where name = 'm029_feeds'",
)


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def name(office, number, names=NAMES):
    person = identify(make_phone(number), office.service.settings.person_pepper).digest
    office.store.write(lambda connection: evidence.name(
        office.store, connection, office.campaign.id, person, names, office.now
    ))


def names_of(office):
    with office.store.read() as connection:
        return connection.rows("select kind, digest, id from alias order by id")


def touch(office, statement, **values):
    with office.store.transaction() as connection:
        connection.run(statement, values)


@pytest.mark.parametrize("statement", [
    "update alias set digest = :other where kind = 'hash'",
    "update alias set person = :other where kind = 'hash'",
    "delete from alias where kind = 'hash'",
    """insert into alias (campaign, person, kind, digest, id)
       select campaign, :other, kind, digest, id / 2 from alias where kind = 'hash'""",
], ids=lambda text: text.split()[0])
def test_a_name_that_was_changed_by_hand_is_found(office, statement):
    office.claim(1, "N07", office.now - DAY)
    name(office, 1)
    seal(office)
    assert [] == sound(office)
    touch(office, statement, other="0c" * 32)
    assert ["alias"] == [finding.fault.data["log"] for finding in sound(office)]


def test_a_ledger_from_before_names_were_sealed_raises_no_alarm(office, monkeypatch):
    """Sealed when no seal held a name; then the program is another one."""
    office.claim(1, "N07", office.now - DAY)
    name(office, 1)
    with monkeypatch.context() as before:
        older = [log for log in seal_pages.LOGS if log.name != "alias"]
        before.setattr(seal_pages, "LOGS", older)
        seal(office)
    for statement in BEFORE:
        touch(office, statement)
    assert ["m029_feeds"] == office.store.database.migrate()
    assert [1, 2] == [row["id"] for row in names_of(office)]
    assert [] == sound(office)
    name(office, 2, [("hash", "0d" * 32)])
    seal(office)
    assert [] == sound(office)
    touch(office, "update alias set digest = :other where id = 1", other="0c" * 32)
    assert ["alias"] == [finding.fault.data["log"] for finding in sound(office)]


def test_who_is_forgotten_and_who_is_named_by_another_recipe_raise_none(office):
    office.claim(1, "N07", office.now - DAY)
    office.claim(2, "N07", office.now - DAY)
    name(office, 1)
    name(office, 2, [("hash", "0d" * 32)])
    seal(office)
    erase(office, 1, None)
    run(office)
    assert [("hash", "0d" * 32)] == [(row["kind"], row["digest"]) for row in names_of(office)]
    assert [] == sound(office)
    name(office, 2, [("hash", "0d" * 32)])  # claims again: the same
    (kept,) = names_of(office)
    name(office, 2, [("hash", "0e" * 32)])
    assert kept["id"] < names_of(office)[0]["id"]
    assert [] == sound(office)
    seal(office)
    assert [] == sound(office)
