"""
What must not be kept is not kept: lapsed claims, erasures that were asked for, old scans.

A person is *unlinked*, not deleted: a name by chance takes the digest's place and the
last digits go, so that credits and counts remain and nobody can be found in them. At
the end of a campaign its pepper is destroyed, which does the same to all who are left
(crypto-shredding). Each run is in the log and in the audit.

All of it is done in steps that nobody waits for (`beside`), each with its record in the
same transaction: a run that was killed has done less, nothing by halves, and the next
one goes on.
"""
import os
import secrets
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from attribution import judging
from attribution.facts import intake
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.resident import lapsing
from attribution.rule.instants import DAY, Instant
from attribution.store import Store, background_write, forgetting, old_scans, staff, standings
from attribution.store.engine.database import Connection
from attribution.store.ids import first_id_at
from attribution.store.partitions import Partition
from attribution.store.triggers import past_the_triggers
from qrgen.faults import Fault
from qrgen.instance import make_keys
from qrgen.registry import Campaign

# The security law asks for six months of logs; then the counts are enough.
SCANS_KEPT = 183 * DAY
# Long after any retry of a partner's.
REQUESTS_KEPT = 30 * DAY

# Persons, claims and rows of a step: some hundredths of a second.
_PERSONS = 50
_ROWS = 5000
# More than there are: a dry run counts all at once.
_ALL = 10_000_000


@dataclass(frozen=True)
class Done:
    """What a run took away (or, on a dry run, would)."""

    lapsed: int = 0  # persons unlinked because their claims lapsed
    asked: int = 0  # persons unlinked because they asked
    claims: int = 0  # single claims unlinked because their person, who has others, asked
    scans: int = 0
    requests: int = 0


class _Due(Protocol):
    """Finds persons to unlink, by their digests: as `lapses.unmatched`."""

    def __call__(
        self, connection: Connection, *, after: str = "", only: Collection[str] | None = None,
        limit: int,
    ) -> list[str]: ...


def erase_asked(ledger: Ledger, now: Instant, by_whom: str) -> int:
    """Unlink everybody who asked for it, and nothing else; return how many persons."""
    done = _unlink_all(ledger, _asked(ledger.campaign), now, by_whom)
    ledger.store.write(
        lambda c: staff.add_audit(c, ledger.store.next_id(now), now, by_whom, "erased", str(done))
    )
    return done


def run(ledger: Ledger, now: Instant, by_whom: str, *, dry_run: bool = False) -> Done:
    """Do what is due; return what was done."""
    asked, lapsed = _asked(ledger.campaign), _lapsed(ledger.campaign, now)
    if dry_run:
        with ledger.store.read() as connection:
            wished = set(asked(connection, limit=_ALL))
            return Done(
                len(set(lapsed(connection, limit=_ALL)) - wished), len(wished),
                sum(row["person"] not in wished for row in forgetting.asked_one_by_one(
                    connection, ledger.campaign.id, _ALL)),
                old_scans.count(connection, ledger.campaign.id, first_id_at(now - SCANS_KEPT)),
            )
    _settle_files(ledger, now)
    by_wish = _unlink_all(ledger, asked, now, by_whom)
    claims = _unlink_claims(ledger, now, by_whom)
    by_time = _unlink_all(ledger, lapsed, now, by_whom)
    scans = _forget_scans(ledger, now, by_whom)
    requests = _forget_requests(ledger.store, now - REQUESTS_KEPT)
    done = Done(by_time, by_wish, claims, scans, requests)
    ledger.store.write(
        lambda c: staff.add_audit(
            c, ledger.store.next_id(now), now, by_whom, "retention", str(done)
        )
    )
    return done


def _asked(campaign: Campaign) -> _Due:
    return partial(forgetting.asked, campaign=campaign.id)


def _lapsed(campaign: Campaign, now: Instant) -> _Due:
    return partial(lapsing.due, campaign=campaign, now=now)


def waiting(ledger: Ledger, now: Instant) -> list[str]:
    """Return why nobody's claims lapse yet, in words; empty when they do."""
    with ledger.store.read() as connection:
        return lapsing.waiting(connection, ledger.campaign, now)


def shred(ledger: Ledger, instance: Path, now: Instant, by_whom: str) -> dict[str, int]:
    """
    End the campaign's persons: empty what names them, and destroy the pepper.

    Returns:
        Rows emptied by table.

    Raises:
        Fault: the campaign is not over, something is undecided, or its pepper is not in the
            instance folder.
    """
    if now < _end(ledger.campaign):
        raise Fault(Code.NOT_SETTLED, day=f"{ledger.campaign.settle_end:%Y-%m-%d}")
    path = instance / "keys" / "person.keys"
    if "ZHUANMA_PERSON_KEYS" in os.environ or not path.is_file():
        raise Fault(Code.PEPPER_ELSEWHERE, file=path)
    _settle_files(ledger, now)
    with ledger.store.read() as connection:
        undecided = lapsing.undecided(connection, ledger.campaign, now)
    if undecided:
        raise Fault(Code.UNDECIDED, what="; ".join(undecided))
    done = _empty_all(ledger, now, by_whom)
    for table in forgetting.FORGOTTEN:
        done[table] = 0
        while rows := background_write.write(
            ledger.store,
            partial(forgetting.forget, campaign=ledger.campaign.id, table=table, limit=_ROWS),
        ):
            done[table] += rows
    ledger.store.write(
        lambda c: staff.add_audit(
            c, ledger.store.next_id(now), now, by_whom, "shredded", ledger.campaign.id
        )
    )
    # After the rows: a kill in between leaves a pepper without last digits, and the
    # command can be run again.
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    make_keys(instance, "person")  # another one, so that reports can still be read
    return done


def _settle_files(ledger: Ledger, now: Instant) -> None:
    """Leave no person's rows in a file on its way, where nobody would look for them."""
    intake.finish(ledger, now)
    intake.forget_abandoned(ledger)


def _end(campaign: Campaign) -> Instant:
    from attribution.rule.instants import from_datetime

    return from_datetime(campaign.settle_end)


def _unlink_all(ledger: Ledger, due: _Due, now: Instant, by_whom: str) -> int:
    def unlink(connection: Connection) -> int:
        connection.hold(ledger.campaign.id, found)
        # Once more, of these alone: who claimed again meanwhile is not due any more.
        persons = due(connection, only=found, limit=len(found))
        tables = [*forgetting.LOGS, *forgetting.OTHERS]
        touched: dict[str, list[int | str]] = {}
        with past_the_triggers(connection, ledger.store.database.dialect, tables):
            for person in persons:
                # As long as a digest, and the digest of nothing.
                rows = forgetting.unlink(
                    connection, ledger.campaign.id, person, secrets.token_hex(32)
                )
                for log, keys in rows.items():
                    touched.setdefault(log, []).extend(keys)
        _record(ledger, connection, touched, now, by_whom)
        return len(persons)

    count, after = 0, ""
    while True:
        with ledger.store.read() as connection:
            found = due(connection, after=after, limit=_PERSONS)
        if not found:
            return count
        count += background_write.write(ledger.store, unlink)
        after = found[-1]


def _unlink_claims(ledger: Ledger, now: Instant, by_whom: str) -> int:
    """Unlink the claims that were erased one by one from their persons, who have others."""

    def unlink(connection: Connection) -> int:
        rows = forgetting.asked_one_by_one(connection, ledger.campaign.id, _PERSONS)
        persons = {row["person"] for row in rows}
        connection.hold(ledger.campaign.id, sorted(persons))
        touched: dict[str, list[int | str]] = {}
        if rows:
            tables = [*forgetting.LOGS, *forgetting.OTHERS]
            with past_the_triggers(connection, ledger.store.database.dialect, tables):
                for row in rows:
                    other = secrets.token_hex(32)
                    persons.add(other)
                    for log, keys in forgetting.unlink_claim(
                        connection,
                        ledger.campaign.id,
                        row["person"],
                        row["claim"],
                        row["unit"],
                        other,
                    ).items():
                        touched.setdefault(log, []).extend(keys)
            # The claim now stands alone, and so needs a standing of its own.
            judging.refresh(ledger, connection, persons, now, "erased")
        _record(ledger, connection, touched, now, by_whom)
        return len(rows)

    count = 0
    while some := background_write.write(ledger.store, unlink):
        count += some
    return count


def _forget_scans(ledger: Ledger, now: Instant, by_whom: str) -> int:
    """Delete old scans, whole weeks where the log has weeks; return how many."""
    before, dialect = first_id_at(now - SCANS_KEPT), ledger.store.database.dialect

    def note(connection: Connection, rows: int, bound: int) -> None:
        if rows:
            forgetting.record(connection, ledger.campaign.id, {
                "id": ledger.store.next_id(now), "at": now, "log": "scan", "kind": "deleted",
                "before": bound, "rows": rows, "by_whom": by_whom,
            })

    def forget_week(connection: Connection, week: Partition) -> int:
        rows = old_scans.forget_week(connection, ledger.campaign.id, week)
        assert week.until is not None
        note(connection, rows or 0, week.until)
        return rows or 0

    def forget_rows(connection: Connection) -> tuple[int, int]:
        rows, last = old_scans.forget(
            connection, dialect, ledger.campaign.id, after, before, _ROWS
        )
        note(connection, rows, last + 1)
        return rows, last

    count = after = 0
    with ledger.store.read() as connection:
        weeks = old_scans.weeks_over(connection, dialect, before)
    for week in weeks:
        count += background_write.write(ledger.store, partial(forget_week, week=week))
    while True:
        rows, after = background_write.write(ledger.store, forget_rows)
        if not rows:
            return count
        count += rows


def _forget_requests(store: Store, before: Instant) -> int:
    count = 0
    while rows := background_write.write(
        store, partial(forgetting.forget_requests, before=before, limit=_ROWS)
    ):
        count += rows
    return count


def _empty_all(ledger: Ledger, now: Instant, by_whom: str) -> dict[str, int]:
    """Empty what names persons; return in how many rows of which table."""
    dialect, bound = ledger.store.database.dialect, ledger.store.next_id(now)
    done: Counter[str] = Counter()

    def note(connection: Connection, emptied: dict[str, int]) -> dict[str, int]:
        for log, rows in emptied.items():
            if rows and log not in forgetting.OTHERS:
                forgetting.record(connection, ledger.campaign.id, {
                    "id": ledger.store.next_id(now), "at": now, "log": log, "kind": "shredded",
                    "before": bound, "rows": rows, "by_whom": by_whom,
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
        return note(connection, forgetting.empty_persons(
            connection, dialect, ledger.campaign.id, after, persons[-1]
        ))

    for log in forgetting.EMPTIED_BY_ID:
        rows, last = 1, 0
        while rows:
            rows, last = background_write.write(
                ledger.store, partial(empty_rows, log=log, after=last)
            )
            done[log] += rows
    after = ""
    while True:
        with ledger.store.read() as connection:
            persons = standings.persons_after(connection, ledger.campaign.id, after, _PERSONS * 10)
        if not persons:
            return dict(done)
        done.update(
            background_write.write(
                ledger.store, partial(empty_persons, after=after, persons=persons)
            )
        )
        after = persons[-1]


def _record(
    ledger: Ledger, connection: Connection,
    touched: dict[str, list[int | str]], now: Instant, by_whom: str,
) -> None:
    for log, keys in touched.items():
        forgetting.record(connection, ledger.campaign.id, {
            "id": ledger.store.next_id(now), "at": now, "log": log, "kind": "shredded",
            "before": 0, "rows": len(keys), "by_whom": by_whom,
        }, keys)
