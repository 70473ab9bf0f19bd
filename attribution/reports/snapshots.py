"""
Snapshots (快照): numbered states of the ledger, kept as they were reported.

Whatever the office sends is made of one and names it, so that it can be told again when units
were merged since, people erased, days corrected, tallies rebuilt: what was kept is read, and
the ledger is not asked a second time. It holds no more than the reports do: counts of units.
"""
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from attribution import __version__, deeds, judging
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office.periods import day_text
from attribution.office.stated_figures import HOUSEHOLDS
from attribution.reports import figures, goals, pace, trends, units_then
from attribution.reports.counted import points_of, without
from attribution.reports.figures import About, Figures, GoalFigure
from attribution.rule import terms
from attribution.rule.instants import Instant, date_of, day_of, day_start, from_datetime, number_of
from attribution.store import (
    console_lists,
    feed_batches,
    figure_log,
    log_tree,
    period_locks,
    snapshot_log,
    unsettled,
)
from attribution.store.engine.database import Connection, Row
from qrgen.campaign import Campaign
from qrgen.faults import Fault

# What is made of snapshots, as files are told of; others are told by their own name.
KINDS = {
    "pack": "进度报表包", "bulletin": "通报", "exchange": "信息交换包", "assessment": "考核数据",
    "pictures": "图片", "table": "表格",
}


@dataclass(frozen=True)
class Snapshot:
    """
    What was reported of the days *since* to *until* (exclusive), as of *at*.

    Args:
        sha256: Of the text of its *figures*.
    """

    number: int
    at: Instant
    since: int
    until: int
    by_whom: str
    sha256: str
    figures: Figures


@dataclass(frozen=True)
class SnapshotLine:
    """A snapshot without its figures, for lists."""

    number: int
    at: Instant
    since: int
    until: int
    by_whom: str
    sha256: str


@dataclass(frozen=True)
class MadeFile:
    """
    A file that was made of the snapshot *snapshot*.

    Args:
        kind: ``pack``, ``bulletin``, ``exchange``, ``assessment`` …
        program: Which version of ours made it.
    """

    snapshot: int
    kind: str
    name: str
    sha256: str
    program: str
    at: Instant
    by_whom: str


def day_span(now: Instant) -> tuple[int, int]:
    """Return yesterday, as days (since, until); *until* is exclusive here and below."""
    today = date_of(day_of(now))
    return number_of(today - timedelta(days=1)), number_of(today)


def week_span(now: Instant) -> tuple[int, int]:
    """Return the last whole week, Monday to Sunday."""
    today = date_of(day_of(now))
    monday = today - timedelta(days=today.weekday())
    return number_of(monday - timedelta(days=7)), number_of(monday)


def last_day(until: int) -> int:
    """Return the day before the day *until*: the last one of a span."""
    return number_of(date_of(until) - timedelta(days=1))


def read(ledger: Ledger, now: Instant, since: int, until: int, head: str = "") -> Figures:
    """
    Return all figures at *now* for a report on the days *since* to *until* (exclusive).

    Args:
        head: The signed head of the log that they come with.

    Raises:
        Fault: these are no days of the campaign's that have begun.
    """
    _require_days(ledger.campaign, now, since, until)
    with ledger.store.read() as connection:
        return _read(connection, ledger, now, since, until, head)


def take(ledger: Ledger, now: Instant, actor: Actor, since: int, until: int) -> Snapshot:
    """
    Keep the figures at *now* of the days *since* to *until* (exclusive), under the next number.

    Its checkpoint is the newest head of the log: whoever can, seals before.

    Raises:
        Fault: as `read`.
    """
    _require_days(ledger.campaign, now, since, until)

    def act(doing: Doing) -> Snapshot:
        connection, campaign = doing.connection, ledger.campaign.id
        # Two at once must not get one number.
        connection.alone("snapshot")
        number = snapshot_log.last_number(connection, campaign) + 1
        newest = log_tree.head(connection, campaign)
        read = _read(connection, ledger, now, since, until, newest["note"] if newest else "")
        text = read.text
        sha256 = digest_of(text)
        snapshot_log.add(connection, campaign, {
            "id": doing.next_id(), "at": now, "number": number, "since": since, "until": until,
            "sha256": sha256, "by_whom": actor.name, "figures": text,
        })
        doing.enter(
            Kind.SNAPSHOT_TAKEN, f"snapshot {number}", since=day_text(since),
            last=f"{read.last_day}", sha256=sha256,
        )
        return Snapshot(number, now, since, until, actor.name, sha256, read)

    return deeds.do(ledger.store, actor, now, act)


def get(ledger: Ledger, number: int) -> Snapshot:
    """
    Return the snapshot *number*, as it was taken.

    Raises:
        Fault: there is none, or its figures are not those that its digest is of.
    """
    with ledger.store.read() as connection:
        row = snapshot_log.one(connection, ledger.campaign.id, number)
    if row is None:
        raise Fault(Code.SNAPSHOT_UNKNOWN, status=2, number=number)
    return _of_row(row)


def latest(ledger: Ledger) -> Snapshot | None:
    """Return the newest snapshot; None before the first. Raises as `get`."""
    with ledger.store.read() as connection:
        number = snapshot_log.last_number(connection, ledger.campaign.id)
    return get(ledger, number) if number else None


def all_of(ledger: Ledger) -> list[SnapshotLine]:
    """Return all snapshots without their figures, the newest first."""
    with ledger.store.read() as connection:
        rows = snapshot_log.every(connection, ledger.campaign.id)
    return [_line(row) for row in rows]


def add_file(
    ledger: Ledger, now: Instant, actor: Actor, number: int, kind: str, name: str, sha256: str
) -> None:
    """Keep that the file *name* was made of the snapshot *number*; as `add_files`."""
    add_files(ledger, now, actor, number, kind, [(name, sha256)])


def add_files(
    ledger: Ledger, now: Instant, actor: Actor, number: int, kind: str,
    made: Iterable[tuple[str, str]],
) -> None:
    """
    Keep that files were made of the snapshot *number*, each content of a name once.

    Within another deed it is part of that one.

    Args:
        made: Of each its name and SHA-256.

    Raises:
        Fault: there is no such snapshot.
    """
    wanted = list(made)

    def act(doing: Doing) -> None:
        connection, campaign = doing.connection, ledger.campaign.id
        if snapshot_log.one(connection, campaign, number) is None:
            raise Fault(Code.SNAPSHOT_UNKNOWN, status=2, number=number)
        there = {
            (row["kind"], row["name"], row["sha256"])
            for row in snapshot_log.files(connection, campaign, number)
        }
        new = [one for one in dict.fromkeys(wanted) if (kind, *one) not in there]
        if not new:
            return
        snapshot_log.add_files(connection, campaign, [
            {"id": doing.next_id(), "at": now, "snapshot": number, "kind": kind, "name": name,
             "sha256": sha256, "program": __version__, "by_whom": actor.name}
            for name, sha256 in new
        ])
        doing.enter(
            Kind.SNAPSHOT_FILES, f"snapshot {number}", kind=kind, files=len(new),
            names=[name for name, _ in new][:20],
        )

    deeds.do(ledger.store, actor, now, act)


def files(ledger: Ledger, number: int | None = None) -> list[MadeFile]:
    """Return the files that were made of the snapshot *number*, or of all, oldest first."""
    with ledger.store.read() as connection:
        rows = snapshot_log.files(connection, ledger.campaign.id, number)
    return [
        MadeFile(row["snapshot"], row["kind"], row["name"], row["sha256"], row["program"],
                 row["at"], row["by_whom"])
        for row in rows
    ]


def is_whole(row: Row) -> bool:
    """Whether a *row* of a snapshot holds the figures that its digest is of."""
    return digest_of(row["figures"]) == str(row["sha256"])


def digest_of(text: str) -> str:
    """Return the SHA-256 of the *text* of figures."""
    return hashlib.sha256(text.encode()).hexdigest()


def _read(
    connection: Connection, ledger: Ledger, now: Instant, since: int, until: int, head: str
) -> Figures:
    campaign, id = ledger.campaign, ledger.campaign.id
    start, today = day_of(from_datetime(campaign.start)), day_of(now)
    before = number_of(date_of(since) - (date_of(until) - date_of(since)))
    made = period_locks.reported(connection, id, 0, until)
    lately = period_locks.reported(connection, id, since, until)
    then = units_then.read(
        connection, id, min(last_day(until), today), today
    )
    steps = made.total()
    # As in the tables of new users.
    points = points_of(then.units, steps)
    stated = figure_log.standing(connection, id)
    counted = sum(kinds.get("effective", 0) for kinds in steps.values())
    reached = pace.at(campaign, day_start(until) - 1)
    batches = console_lists.batches(connection, id, 1)
    return Figures(
        about=_about(campaign), at=now, since=since, until=until, before=before,
        locked=period_locks.locked_until(connection, id),
        elapsed=reached.elapsed, days=reached.days,
        units=tuple(without(then.units, points).values()),
        # Who entered a change is no figure.
        changes=tuple(replace(change, by_whom="") for change in then.changes),
        steps=without(steps, points), corrected=without(made.corrected, points),
        fresh=without(lately.fresh, points), put_right=without(lately.corrected, points),
        earlier=without(
            period_locks.reported(connection, id, before, since).total(), points
        ),
        held=unsettled.held(connection, id), turned=unsettled.turned(connection, id),
        by_day=trends.by_day(connection, id, start, until),
        goals=_goals(campaign, stated, counted, day_start(until) - 1),
        households={
            row["unit"]: int(row["number"]) for row in stated if row["subject"] == HOUSEHOLDS
        },
        told=batches[0]["received_at"] if batches else None,
        batches=feed_batches.count(connection, id),
        last_batch=batches[0]["id"] if batches else "",
        terms=terms.version_of(judging.told_terms(campaign)), head=head,
    )


def _about(campaign: Campaign) -> About:
    return About(
        campaign.id, campaign.title, campaign.short_title, campaign.document, campaign.issuer,
        from_datetime(campaign.start), from_datetime(campaign.end),
        from_datetime(campaign.settle_end), campaign.demo,
    )


def _goals(
    campaign: Campaign, stated: Sequence[Row], counted: int, at: Instant
) -> tuple[GoalFigure, ...]:
    return tuple(
        GoalFigure(
            stand.goal.key, stand.goal.label, stand.goal.number, stand.goal.by.isoformat(),
            stand.number, stand.day, stand.source,
        )
        for stand in goals.stands(campaign, stated, counted, at)
    )


def _require_days(campaign: Campaign, now: Instant, since: int, until: int) -> None:
    try:
        fit = date_of(since) < date_of(until)
    except ValueError:
        fit = False
    if not fit:
        raise Fault(Code.SNAPSHOT_SPAN, status=2)
    begun = day_of(from_datetime(campaign.start))
    if until <= begun:
        raise Fault(Code.SNAPSHOT_EARLY, status=2, day=day_text(begun))
    last = last_day(until)
    if last > day_of(now):
        raise Fault(Code.SNAPSHOT_LATE, status=2, day=day_text(last))


def _of_row(row: Row) -> Snapshot:
    line = _line(row)
    altered = Fault(Code.SNAPSHOT_ALTERED, number=line.number)
    if not is_whole(row):
        raise altered
    try:
        read = figures.of_text(row["figures"])
    except (ValueError, TypeError, KeyError):
        raise altered from None
    return Snapshot(
        line.number, line.at, line.since, line.until, line.by_whom, line.sha256, read
    )


def _line(row: Row) -> SnapshotLine:
    return SnapshotLine(
        row["number"], row["at"], row["since"], row["until"], row["by_whom"], row["sha256"]
    )
