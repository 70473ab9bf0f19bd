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

from attribution import decisions, facts, lapsing
from attribution.instants import DAY, Instant
from attribution.store import Store, beside, ledger, old_scans, retention, staff
from attribution.store.database import Connection
from attribution.store.ids import first_id_at
from attribution.store.partitions import Partition
from attribution.store.triggers import past_the_triggers
from qrgen.instance import make_keys
from qrgen.registry import Campaign
from qrgen.shell import Fault

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


def erase_asked(store: Store, campaign: Campaign, now: Instant, by_whom: str) -> int:
    """Unlink everybody who asked for it, and nothing else; return how many persons."""
    done = _unlink_all(store, campaign, _asked(campaign), now, by_whom)
    store.write(
        lambda c: staff.add_audit(c, store.next_id(now), now, by_whom, "erased", str(done))
    )
    return done


def run(
    store: Store, campaign: Campaign, now: Instant, by_whom: str, *, dry_run: bool = False
) -> Done:
    """Do what is due; return what was done."""
    asked, lapsed = _asked(campaign), _lapsed(campaign, now)
    if dry_run:
        with store.read() as connection:
            wished = set(asked(connection, limit=_ALL))
            return Done(
                len(set(lapsed(connection, limit=_ALL)) - wished), len(wished),
                sum(row["person"] not in wished for row in retention.asked_one_by_one(
                    connection, campaign.id, _ALL)),
                old_scans.count(connection, campaign.id, first_id_at(now - SCANS_KEPT)),
            )
    _settle_files(store, campaign, now)
    by_wish = _unlink_all(store, campaign, asked, now, by_whom)
    claims = _unlink_claims(store, campaign, now, by_whom)
    by_time = _unlink_all(store, campaign, lapsed, now, by_whom)
    scans = _forget_scans(store, campaign, now, by_whom)
    done = Done(by_time, by_wish, claims, scans, _forget_requests(store, now - REQUESTS_KEPT))
    store.write(
        lambda c: staff.add_audit(c, store.next_id(now), now, by_whom, "retention", str(done))
    )
    return done


def _asked(campaign: Campaign) -> _Due:
    return partial(retention.asked, campaign=campaign.id)


def _lapsed(campaign: Campaign, now: Instant) -> _Due:
    return partial(lapsing.due, campaign=campaign, now=now)


def waiting(store: Store, campaign: Campaign, now: Instant) -> list[str]:
    """Return why nobody's claims lapse yet, in words; empty when they do."""
    with store.read() as connection:
        return lapsing.waiting(connection, campaign, now)


def shred(
    store: Store, campaign: Campaign, instance: Path, now: Instant, by_whom: str
) -> dict[str, int]:
    """
    End the campaign's persons: empty what names them, and destroy the pepper.

    Returns:
        Rows emptied by table.

    Raises:
        Fault: the campaign is not over, something is undecided, or its pepper is not in the
            instance folder.
    """
    if now < _end(campaign):
        raise Fault(
            f"the campaign settles until {campaign.settle_end:%Y-%m-%d}",
            "after that, when appeals are closed, nobody can be found any more",
        )
    path = instance / "keys" / "person.keys"
    if "ZHUANMA_PERSON_KEYS" in os.environ or not path.is_file():
        raise Fault(
            f"{path}: the pepper is not there", "destroy it where it is kept, and say so in writing"
        )
    _settle_files(store, campaign, now)
    with store.read() as connection:
        undecided = lapsing.undecided(connection, campaign, now)
    if undecided:
        raise Fault(
            f"not everything is decided: {'; '.join(undecided)}",
            "decide it first; afterwards nobody can be found any more",
        )
    done = _empty_all(store, campaign, now, by_whom)
    for table in retention.FORGOTTEN:
        done[table] = 0
        while rows := beside.write(
            store, partial(retention.forget, campaign=campaign.id, table=table, limit=_ROWS)
        ):
            done[table] += rows
    store.write(
        lambda c: staff.add_audit(c, store.next_id(now), now, by_whom, "shredded", campaign.id)
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


def _settle_files(store: Store, campaign: Campaign, now: Instant) -> None:
    """Leave no person's rows in a file on its way, where nobody would look for them."""
    facts.finish(store, campaign, now)
    facts.forget_abandoned(store, campaign)


def _end(campaign: Campaign) -> Instant:
    from attribution.instants import from_datetime

    return from_datetime(campaign.settle_end)


def _unlink_all(
    store: Store, campaign: Campaign, due: _Due, now: Instant, by_whom: str
) -> int:
    def unlink(connection: Connection) -> int:
        connection.hold(campaign.id, found)
        # Once more, of these alone: who claimed again meanwhile is not due any more.
        persons = due(connection, only=found, limit=len(found))
        tables = [*retention.LOGS, *retention.OTHERS]
        touched: dict[str, list[int | str]] = {}
        with past_the_triggers(connection, store.database.dialect, tables):
            for person in persons:
                # As long as a digest, and the digest of nothing.
                rows = retention.unlink(connection, campaign.id, person, secrets.token_hex(32))
                for log, keys in rows.items():
                    touched.setdefault(log, []).extend(keys)
        _record(store, connection, campaign, touched, now, by_whom)
        return len(persons)

    count, after = 0, ""
    while True:
        with store.read() as connection:
            found = due(connection, after=after, limit=_PERSONS)
        if not found:
            return count
        count += beside.write(store, unlink)
        after = found[-1]


def _unlink_claims(store: Store, campaign: Campaign, now: Instant, by_whom: str) -> int:
    """Unlink the claims that were erased one by one from their persons, who have others."""

    def unlink(connection: Connection) -> int:
        rows = retention.asked_one_by_one(connection, campaign.id, _PERSONS)
        persons = {row["person"] for row in rows}
        connection.hold(campaign.id, sorted(persons))
        touched: dict[str, list[int | str]] = {}
        if rows:
            tables = [*retention.LOGS, *retention.OTHERS]
            with past_the_triggers(connection, store.database.dialect, tables):
                for row in rows:
                    other = secrets.token_hex(32)
                    persons.add(other)
                    for log, keys in retention.unlink_claim(
                        connection, campaign.id, row["person"], row["claim"], row["unit"], other
                    ).items():
                        touched.setdefault(log, []).extend(keys)
            # The claim now stands alone, and so needs a standing of its own.
            decisions.refresh(store, connection, campaign, persons, now, "erased")
        _record(store, connection, campaign, touched, now, by_whom)
        return len(rows)

    count = 0
    while some := beside.write(store, unlink):
        count += some
    return count


def _forget_scans(store: Store, campaign: Campaign, now: Instant, by_whom: str) -> int:
    """Delete old scans, whole weeks where the log has weeks; return how many."""
    before, dialect = first_id_at(now - SCANS_KEPT), store.database.dialect

    def note(connection: Connection, rows: int, bound: int) -> None:
        if rows:
            retention.record(connection, campaign.id, {
                "id": store.next_id(now), "at": now, "log": "scan", "kind": "deleted",
                "before": bound, "rows": rows, "by_whom": by_whom,
            })

    def forget_week(connection: Connection, week: Partition) -> int:
        rows = old_scans.forget_week(connection, campaign.id, week)
        assert week.until is not None
        note(connection, rows or 0, week.until)
        return rows or 0

    def forget_rows(connection: Connection) -> tuple[int, int]:
        rows, last = old_scans.forget(
            connection, dialect, campaign.id, after, before, _ROWS
        )
        note(connection, rows, last + 1)
        return rows, last

    count = after = 0
    with store.read() as connection:
        weeks = old_scans.weeks_over(connection, dialect, before)
    for week in weeks:
        count += beside.write(store, partial(forget_week, week=week))
    while True:
        rows, after = beside.write(store, forget_rows)
        if not rows:
            return count
        count += rows


def _forget_requests(store: Store, before: Instant) -> int:
    count = 0
    while rows := beside.write(
        store, partial(retention.forget_requests, before=before, limit=_ROWS)
    ):
        count += rows
    return count


def _empty_all(store: Store, campaign: Campaign, now: Instant, by_whom: str) -> dict[str, int]:
    """Empty what names persons; return in how many rows of which table."""
    dialect, bound = store.database.dialect, store.next_id(now)
    done: Counter[str] = Counter()

    def note(connection: Connection, emptied: dict[str, int]) -> dict[str, int]:
        for log, rows in emptied.items():
            if rows and log not in retention.OTHERS:
                retention.record(connection, campaign.id, {
                    "id": store.next_id(now), "at": now, "log": log, "kind": "shredded",
                    "before": bound, "rows": rows, "by_whom": by_whom,
                })
        return emptied

    def empty_rows(connection: Connection, log: str, after: int) -> tuple[int, int]:
        rows, last = retention.empty_rows(connection, dialect, campaign.id, log, after, _ROWS)
        note(connection, {log: rows})
        return rows, last

    def empty_persons(connection: Connection, after: str, persons: list[str]) -> dict[str, int]:
        connection.hold(campaign.id, persons)
        return note(connection, retention.empty_persons(
            connection, dialect, campaign.id, after, persons[-1]
        ))

    for log in retention.EMPTIED_BY_ID:
        rows, last = 1, 0
        while rows:
            rows, last = beside.write(store, partial(empty_rows, log=log, after=last))
            done[log] += rows
    after = ""
    while True:
        with store.read() as connection:
            persons = ledger.persons_after(connection, campaign.id, after, _PERSONS * 10)
        if not persons:
            return dict(done)
        done.update(beside.write(store, partial(empty_persons, after=after, persons=persons)))
        after = persons[-1]


def _record(
    store: Store, connection: Connection, campaign: Campaign,
    touched: dict[str, list[int | str]], now: Instant, by_whom: str,
) -> None:
    for log, keys in touched.items():
        retention.record(connection, campaign.id, {
            "id": store.next_id(now), "at": now, "log": log, "kind": "shredded",
            "before": 0, "rows": len(keys), "by_whom": by_whom,
        }, keys)
