"""
What must not be kept is not kept: lapsed claims, erasures that were asked for, old scans.

A person is *unlinked*, not deleted: a name by chance takes the digest's place and the
last digits go, so that credits and counts remain and nobody can be found in them. Each run
is in the log and in the audit. (At the end of a campaign: `shredding`.)

All of it is done in steps that nobody waits for, each with its record in the same
transaction: a run that was killed has done less, nothing by halves, and the next one goes on.
"""
import secrets
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from functools import partial
from typing import Protocol

from attribution import judging
from attribution.deeds import Actor, Kind
from attribution.facts import intake
from attribution.ledger import Ledger
from attribution.long_deeds import LongDeed
from attribution.resident import lapsing
from attribution.rule.instants import DAY, Instant
from attribution.store import StoreError, aliases, forgetting, lapsed_marks, log_tree, old_scans
from attribution.store.engine.database import Connection, Row
from attribution.store.engine.sqlite import SQLite
from attribution.store.ids import first_id_at
from attribution.store.partitions import Partition
from attribution.store.triggers import past_the_triggers
from attribution.upkeep import other_names
from qrgen.faults import Said
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


class Due(Protocol):
    """Finds persons to unlink, by their digests: as `lapses.unmatched`."""

    def __call__(
        self, connection: Connection, *, after: str = "", only: Collection[str] | None = None,
        limit: int,
    ) -> list[str]: ...


def erase_asked(ledger: Ledger, now: Instant, actor: Actor) -> int:
    """Unlink everybody who asked for it, and nothing else; return how many persons."""
    deed = LongDeed(ledger.store, actor, now, Kind.ERASED, f"campaign {ledger.campaign.id}")
    done = unlink_all(ledger, deed, _asked(ledger.campaign))
    if done:
        deed.end({"persons": done})
        give_back(ledger)
    return done


def give_back(ledger: Ledger, *, anew: bool = False) -> str:
    """
    Give the space of what was taken away back to the disk, with every rest of it in the file.

    Args:
        anew: Write the file anew, while writers wait.

    Returns:
        How much, for whoever runs the job; why not, where it could not be done: what was
        taken away stays away, and the next run tries again.
    """
    database = ledger.store.database
    if not isinstance(database, SQLite):
        return "space: the database server gives it back by itself (autovacuum)"
    try:
        given = database.give_back(anew=anew)
    except (StoreError, OSError) as error:
        return f"space: not given back this time: {error}"
    return f"space: {given / (1 << 20):,.1f} MB given back to the disk"


def run(ledger: Ledger, now: Instant, actor: Actor, *, dry_run: bool = False) -> Done:
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
    settle_files(ledger, now)
    deed = LongDeed(ledger.store, actor, now, Kind.RETENTION, f"campaign {ledger.campaign.id}")
    by_wish = unlink_all(ledger, deed, asked)
    claims = unlink_claims(ledger, deed, partial(
        _asked_one_by_one, ledger.campaign.id
    ))
    by_time = unlink_all(ledger, deed, lapsed, marked=True)
    scans = _forget_scans(ledger, deed)
    requests = _forget_requests(deed, now - REQUESTS_KEPT)
    done = Done(by_time, by_wish, claims, scans, requests)
    deed.end(asdict(done))  # nothing to do is told too: that it ran is what is asked for later
    return done


def _asked(campaign: Campaign) -> Due:
    return partial(forgetting.asked, campaign=campaign.id)


def _lapsed(campaign: Campaign, now: Instant) -> Due:
    return partial(lapsing.due, campaign=campaign, now=now)


def waiting(ledger: Ledger, now: Instant) -> list[Said]:
    """Return why nobody's claims lapse yet; empty when they do."""
    with ledger.store.read() as connection:
        return lapsing.waiting(connection, ledger.campaign, now)


def upcoming(ledger: Ledger, now: Instant) -> lapsing.Upcoming:
    """Return what lapses next, and what it may cost."""
    with ledger.store.read() as connection:
        return lapsing.upcoming(connection, ledger.campaign, now)


def settle_files(ledger: Ledger, now: Instant) -> None:
    """Leave no person's rows in a file on its way, where nobody would look for them."""
    intake.finish(ledger, now)
    intake.forget_abandoned(ledger)


def unlink_all(ledger: Ledger, deed: LongDeed, due: Due, *, marked: bool = False) -> int:
    """
    Unlink whoever is *due*; return how many.

    Args:
        marked: Leave marks by which a later word of the platform's about them is noticed.
    """

    def unlink(connection: Connection) -> int:
        connection.hold(ledger.campaign.id, found)
        # Once more, of these alone: who claimed again meanwhile is not due any more.
        persons = due(connection, only=found, limit=len(found))
        tables = [*forgetting.LOGS, *forgetting.OTHERS]
        touched: dict[str, list[int | str]] = {}
        if marked:
            names = aliases.of(connection, ledger.campaign.id, persons)
            others = [name for kinds in names.values() for name in kinds.values()]
            lapsed_marks.add(connection, ledger.campaign.id, [*persons, *others], deed.now)
        with past_the_triggers(connection, ledger.store.database.dialect, tables):
            for person in persons:
                # As long as a digest, and the digest of nothing.
                other = secrets.token_hex(32)
                touched.setdefault("fact", []).extend(
                    other_names.bring_home(connection, ledger.campaign, person, other)
                )
                rows = forgetting.unlink(connection, ledger.campaign.id, person, other)
                for log, keys in rows.items():
                    touched.setdefault(log, []).extend(keys)
        _record(ledger, connection, deed, touched)
        return len(persons)

    count, after = 0, ""
    while True:
        with ledger.store.read() as connection:
            found = due(connection, after=after, limit=_PERSONS)
        if not found:
            return count
        count += deed.step(unlink)
        after = found[-1]


def _asked_one_by_one(campaign: str, connection: Connection, limit: int) -> list[Row]:
    return forgetting.asked_one_by_one(connection, campaign, limit)


def unlink_claims(
    ledger: Ledger, deed: LongDeed, due: Callable[[Connection, int], list[Row]]
) -> int:
    """
    Unlink the claims that were erased one by one from their persons, who have others.

    Args:
        due: Returns the next of them, at most so many: person, claim, unit.
    """

    def unlink(connection: Connection) -> int:
        rows = due(connection, _PERSONS)
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
            judging.refresh(ledger, connection, persons, deed.now, "erased")
        _record(ledger, connection, deed, touched)
        return len(rows)

    count = 0
    while some := deed.step(unlink):
        count += some
    return count


def _forget_scans(ledger: Ledger, deed: LongDeed) -> int:
    """Delete old scans, whole weeks where the log has weeks; return how many."""
    before, dialect = first_id_at(deed.now - SCANS_KEPT), ledger.store.database.dialect

    def note(connection: Connection, rows: int, bound: int) -> None:
        if rows:
            forgetting.record(connection, ledger.campaign.id, {
                "id": ledger.store.next_id(deed.now), "at": deed.now, "log": "scan",
                "kind": "deleted", "before": bound, "rows": rows, "by_whom": deed.actor.name,
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
        count += deed.step(partial(forget_week, week=week))
    while True:
        rows, after = deed.step(forget_rows)
        if not rows:
            break
        count += rows
    while deed.step(partial(
        log_tree.forget_before, campaign=ledger.campaign.id, log="scan", before=before,
        limit=_ROWS, wholly=True,
    )):
        pass
    return count


def _forget_requests(deed: LongDeed, before: Instant) -> int:
    count = 0
    while rows := deed.step(
        partial(forgetting.forget_requests, before=before, limit=_ROWS)
    ):
        count += rows
    return count


def _record(
    ledger: Ledger, connection: Connection, deed: LongDeed, touched: dict[str, list[int | str]]
) -> None:
    for log, keys in touched.items():
        forgetting.record(connection, ledger.campaign.id, {
            "id": ledger.store.next_id(deed.now), "at": deed.now, "log": log,
            "kind": "deleted" if log in forgetting.DELETED else "shredded", "before": 0,
            "rows": len(keys), "by_whom": deed.actor.name,
        }, keys)
