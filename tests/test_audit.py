"""The audit log: whole, or it says where it is not."""
import sqlite3
from pathlib import Path

import pytest

from attribution import deeds
from attribution.deeds import Actor, Kind
from attribution.office import audit
from attribution.rule import instants
from attribution.service import Service


def entry(service: Service, detail: str) -> int:
    return deeds.note(service.store, Actor("me", "net"), instants.now(), Kind.EXPORT, detail)


def tamper(instance: Path, sql: str) -> None:
    """Do what only someone with the database file can do."""
    raw = sqlite3.connect(instance / "ledger.db")
    for verb in ("update", "delete"):
        raw.execute(f"drop trigger audit_no_{verb}")
    raw.execute(sql)
    raw.commit()
    raw.close()


def test_entries_are_numbered_without_gaps(service: Service) -> None:
    first = entry(service, "a")
    assert [first + 1, first + 2] == [entry(service, "b"), entry(service, "c")]
    assert [] == audit.faults(service.store)


def test_an_action_that_fails_leaves_no_gap(service: Service) -> None:
    from attribution.store import audit_log

    def act(connection: object) -> None:
        audit_log.append(connection, 1, 1, "me", "export", "x")  # type: ignore[arg-type]
        raise ValueError

    first = entry(service, "a")
    with pytest.raises(ValueError):
        service.store.write(act)
    assert first + 1 == entry(service, "b")
    assert [] == audit.faults(service.store)


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("update audit set detail = 'z' where n = {n}", "entry {n} was changed"),
        ("update audit set who = 'other' where n = {n}", "entry {n} was changed"),
        ("delete from audit where n = {n}", "entries {n} to {n} are missing"),
        ("delete from audit where n > {n}", "entries {after} to {last} are missing"),
        ("update audit_head set hash = 'x'", "the seal does not match entry {last}"),
    ],
)
def test_whatever_is_done_to_the_file_shows(service: Service, sql: str, fault: str) -> None:
    numbers = [entry(service, text) for text in "abcd"]
    n, last = numbers[1], numbers[-1]
    tamper(service.settings.instance, sql.format(n=n))
    found = [one.cause for one in audit.faults(service.store)]
    assert fault.format(n=n, after=n + 1, last=last) in found


def test_older_entries_are_covered_by_the_first_hash(service: Service) -> None:
    """A database from before the chain has entries without a number."""
    service.store.write(lambda c: c.run(
        "insert into audit (id, at, who, what, detail) values (5, 5, 'old', 'sign_in', '')"
    ))
    before = audit.faults(service.store)
    n = entry(service, "a")
    if n == 1:
        assert [] == before == audit.faults(service.store)
    tamper(service.settings.instance, "update audit set who = 'x' where n is null")
    assert any("changed" in fault.cause for fault in audit.faults(service.store))


def test_the_database_itself_refuses_a_change(service: Service) -> None:
    entry(service, "a")
    for sql in ("update audit set who = 'x'", "delete from audit"):
        with pytest.raises(Exception, match="append-only"), service.store.transaction() as c:
            c.run(sql)
