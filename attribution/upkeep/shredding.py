"""
The end of a campaign's persons: what names them is emptied, and the pepper destroyed.

Without it no digest can be made again, which does to all who are left what `retention`
does to one (crypto-shredding). Not before everything is decided: afterwards nobody can be
found any more.
"""
import os
import secrets
from collections import Counter
from functools import partial
from pathlib import Path

from attribution.deeds import Actor, Doing, Kind, do
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.long_deeds import BEGUN, LongDeed
from attribution.resident import lapsing
from attribution.rule.instants import Instant, from_datetime, local_text
from attribution.rule.people import NOBODY
from attribution.store import (
    aliases,
    end_log,
    forgetting,
    lapsed_marks,
    log_tree,
    registry,
    standings,
)
from attribution.store.engine.database import Connection
from attribution.store.triggers import past_the_triggers
from attribution.upkeep import erased_list, other_names
from attribution.upkeep.retention import settle_files
from qrgen.faults import Fault
from qrgen.instance import read_keys
from qrgen.registry import Campaign
from qrgen.replacing import sync_number

# Persons and rows of a step: some hundredths of a second.
_PERSONS = 500
_ROWS = 5000


def shred(ledger: Ledger, instance: Path, now: Instant, actor: Actor) -> dict[str, int]:
    """
    End the campaign's persons: empty what names them, and destroy the pepper.

    Returns:
        Rows emptied by table.

    Raises:
        Fault: the campaign is not over, something is undecided, or its pepper is not in the
            instance folder.
    """
    if now < _end(ledger.campaign):
        raise Fault(Code.NOT_SETTLED, at=local_text(_end(ledger.campaign))[:16])
    path = pepper_of(instance)
    settle_files(ledger, now)
    with ledger.store.read() as connection:
        over = end_log.is_over(connection, ledger.campaign.id)
        undecided = lapsing.undecided(connection, ledger.campaign, now)
    if undecided and not over:
        raise Fault(Code.UNDECIDED, what=undecided)
    deed = LongDeed(ledger.store, actor, now, Kind.SHREDDED, f"campaign {ledger.campaign.id}")
    done = empty(ledger, deed)
    # Before the pepper, which is what a second run goes by: copies of before know everybody.
    erased_list.keep_up(ledger, instance)
    deed.end(
        {"rows": sum(done.values()), "key": "destroyed"}, before={"key": "keys/person.keys"},
        last=partial(_mark, ledger, actor, now, end_log.DONE),
    )
    # After the rows: a kill in between leaves a pepper without last digits, and the
    # command can be run again.
    _destroy(path)
    return done


def pepper_of(instance: Path) -> Path:
    """
    Return the file with the pepper, which is to be destroyed here.

    Raises:
        Fault: it is kept elsewhere.
    """
    path = instance / "keys" / "person.keys"
    if "ZHUANMA_PERSON_KEYS" in os.environ or not path.is_file():
        raise Fault(Code.PEPPER_ELSEWHERE, file=path)
    return path


def is_destroyed(instance: Path) -> bool:
    """Whether the pepper of *instance* names nobody any more."""
    return read_keys(instance, "person")[0].startswith(NOBODY)


def _destroy(path: Path) -> None:
    """
    Write over the pepper, where it lies, what names nobody, so that reports can still be read.

    In place and in one piece: a kill leaves the one or the other, and no copy of it beside.
    """
    word = (
        "# The campaign has ended; the key that stood here was destroyed, and nobody is named.\n"
        f"{NOBODY}{secrets.token_hex(32)}\n"
    )
    rest = path.stat().st_size - len(word)
    with path.open("r+b") as file:
        file.write((word + ("#" * (rest - 1) + "\n" if rest > 0 else "")).encode())
        file.flush()
        sync_number(file.fileno())


def begin(ledger: Ledger, by: Actor, now: Instant) -> None:
    """Say that the end of the campaign's people has begun; part of a deed that enters it."""

    def act(doing: Doing) -> None:
        if not end_log.is_over(doing.connection, ledger.campaign.id):
            _mark(ledger, by, now, end_log.BEGUN, doing.connection)
            doing.enter(Kind.SHREDDED, f"campaign {ledger.campaign.id}", after=BEGUN)

    do(ledger.store, by, now, act)


def _mark(
    ledger: Ledger, by: Actor, now: Instant, kind: str, connection: Connection
) -> None:
    """Say that the end of the campaign's people has begun, or is done; every process follows."""
    end_log.add(
        connection, ledger.campaign.id, ledger.store.next_id(now), now, kind,
        f"campaign {ledger.campaign.id}", "{}", by.name,
    )
    registry.bump(connection, ledger.campaign.id)


def _begin(ledger: Ledger, deed: LongDeed, connection: Connection) -> None:
    if not end_log.is_over(connection, ledger.campaign.id):
        _mark(ledger, deed.actor, deed.now, end_log.BEGUN, connection)


def empty(ledger: Ledger, deed: LongDeed) -> dict[str, int]:
    """Empty what names persons, and forget what is kept by them; return rows by table."""
    # First of all: from now on nobody comes after those who are taken away.
    deed.step(partial(_begin, ledger, deed))
    done = _empty_all(ledger, deed)
    for table in forgetting.FORGOTTEN:
        done[table] = 0
        while rows := deed.step(
            partial(forgetting.forget, campaign=ledger.campaign.id, table=table, limit=_ROWS)
        ):
            done[table] += rows
    while deed.step(lambda connection: forgetting.forget_requests(connection, deed.now, _ROWS)):
        pass  # what partners were answered names people by their own marks
    done["lapsed"] = deed.step(partial(lapsed_marks.forget, campaign=ledger.campaign.id))
    return done


def _end(campaign: Campaign) -> Instant:
    return from_datetime(campaign.settle_end)


def _empty_all(ledger: Ledger, deed: LongDeed) -> dict[str, int]:
    """Empty what names persons; return in how many rows of which table."""
    dialect, bound = ledger.store.database.dialect, ledger.store.next_id(deed.now)
    done: Counter[str] = Counter()

    def note(connection: Connection, emptied: dict[str, int]) -> dict[str, int]:
        for log, rows in emptied.items():
            if rows and log not in forgetting.OTHERS:
                forgetting.record(connection, ledger.campaign.id, {
                    "id": ledger.store.next_id(deed.now), "at": deed.now, "log": log,
                    "kind": "shredded", "before": bound, "rows": rows,
                    "by_whom": deed.actor.name,
                })
        return emptied

    def empty_rows(connection: Connection, log: str, after: int) -> tuple[int, int]:
        rows, last = forgetting.empty_rows(
            connection, dialect, ledger.campaign.id, log, after, _ROWS
        )
        note(connection, {log: rows})
        return rows, last

    def empty_persons(connection: Connection, after: str, persons: list[str]) -> dict[str, int]:
        connection.hold(ledger.campaign.id, persons)
        named = aliases.of(connection, ledger.campaign.id, persons)
        with past_the_triggers(connection, dialect, ["fact"]):
            for person in named:
                other_names.bring_home(connection, ledger.campaign, person, person)
        ids = forgetting.forget_aliases(connection, ledger.campaign.id, list(named))
        if ids:
            forgetting.record(connection, ledger.campaign.id, {
                "id": ledger.store.next_id(deed.now), "at": deed.now, "log": "alias",
                "kind": "deleted", "before": 0, "rows": len(ids), "by_whom": deed.actor.name,
            }, ids)
            done["alias"] += len(ids)
        return note(connection, forgetting.empty_persons(
            connection, dialect, ledger.campaign.id, after, persons[-1]
        ))

    for log in forgetting.EMPTIED_BY_ID:
        rows, last = 1, 0
        while rows:
            rows, last = deed.step(partial(empty_rows, log=log, after=last))
            done[log] += rows
    after = ""
    while True:
        with ledger.store.read() as connection:
            persons = standings.persons_after(
                connection, ledger.campaign.id, after, _PERSONS, shelved=True
            )
        if not persons:
            break
        done.update(deed.step(partial(empty_persons, after=after, persons=persons)))
        after = persons[-1]
    for log in (*forgetting.EMPTIED_BY_ID, *forgetting.EMPTIED_BY_PERSON):
        while log not in forgetting.OTHERS and deed.step(partial(
            log_tree.forget_before, campaign=ledger.campaign.id, log=log, before=bound,
            limit=_ROWS, wholly=False,
        )):
            pass
    return dict(done)
