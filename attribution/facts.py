"""
What the platform says, taken in: the only way facts enter the ledger.

A file counts whole or not at all, and nobody waits for it (docs/decisions/0007). It is
read and checked beside the ledger, laid over it in short reads, and kept in chunks of
which nothing counts; one short transaction then makes the file count, and its rows
become facts and credits a chunk at a time. A kill before that transaction leaves
nothing; after it, whoever opens the ledger next goes on where it stopped. The same
file again is recognised by its hash and changes nothing.
"""
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attribution import feeds, instants
from attribution.feed_chunks import absorb, absorb_job, finish, forget_abandoned
from attribution.feed_file import CHUNK, FeedFile, Item, Progress, Reading, by_person
from attribution.feed_survey import (
    CATEGORIES,
    Outcome,
    Outcomes,
    Report,
    Survey,
    Surveyed,
    told,
)
from attribution.instants import Instant
from attribution.people import identifier
from attribution.store import Store, beside, feed_jobs, feedbook, ledger
from attribution.store.database import Connection, Row
from qrgen.registry import Campaign
from qrgen.shell import Fault

__all__ = [
    "CATEGORIES", "Outcome", "Reading", "Report", "finish", "forget_abandoned", "import_feed",
    "take_items", "told",
]

# A file that takes away more than this share of all credits, and more than a
# handful, is likelier wrong than they were.
MOST_LOST = 0.10
FEW = 20

# Files of so many chunks are written in the transaction that makes them count: it is
# as short as one that others hardly notice.
IN_ONE_GO = 8


def import_feed(
    store: Store,
    campaign: Campaign,
    path: Path,
    *,
    pepper: str,
    digest: str,
    now: Instant,
    by_whom: str,
    batch: str | None = None,
    as_of: Instant | None = None,
    mapping: dict[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress = iter,
    reading: Reading | None = None,
    details: Callable[[Outcome], object] | None = None,
    plan: bool = False,
    confirm: bool = False,
) -> Report:
    """
    Take in the feed file at *path*.

    Args:
        by_whom: Who does it; an account's name with *plan* and *confirm*.
        batch: Its number; by default the file's name. Another file under a number
            that is taken is refused.
        as_of: The business date of rows that state none; by default *now*.
        progress: Wraps what is gone through: the rows as read, then chunks of them.
        reading: All of how it is read, instead of *as_of* and *mapping*.
        details: Told where each row ends.
        plan: Only report, and keep the plan for another person to confirm.
        confirm: Take in what another person planned, read as they said.

    Raises:
        Fault: nothing was written. Its `more` holds every bad row.
    """
    reading = reading or Reading(mapping or {}, as_of)
    sha256 = feeds.sha256_of(path) if path.is_file() else ""
    report = Report(batch or path.stem, sha256=sha256)
    planned = _planned(store, campaign, report, by_whom) if confirm else None
    if planned is not None:
        reading = Reading.from_json(planned["terms"])
    elif campaign.second_person and not dry_run and not plan:
        raise Fault(
            "this campaign lets a file count only when a second person confirms it",
            "name yourself with --by NAME; then another person runs `attribution feed confirm`",
            2,
        )
    writing = not (dry_run or plan)
    if writing:
        finish(store, campaign, now)
        forget_abandoned(store, campaign)
    with store.read() as connection:
        # Spares reading a file that is known; asked again when it is to count.
        if _is_repeated(connection, campaign.id, report):
            return report
        before = feedbook.credited(connection, campaign.id)

    stated = now if reading.as_of is None else reading.as_of
    outcomes = Outcomes()
    with FeedFile(path, sha256, reading, identifier(pepper, digest), stated, progress) as file:
        report.rows, report.totals = file.rows, file.totals
        kept = _Kept(store, campaign, report.batch, now, small=file.rows <= IN_ONE_GO * CHUNK)
        survey = Survey(campaign, report, now)
        try:
            for surveyed in _surveyed(store, survey, file, progress):
                if details is not None:
                    outcomes.add(surveyed.outcomes)
                if writing:
                    kept.add(surveyed)
            if details is not None:
                for outcome in outcomes.in_order():
                    details(outcome)
            _within_reason(report, before, reading)
            if plan:
                row = {
                    "id": store.next_id(now), "at": now, "batch": report.batch, "sha256": sha256,
                    "asked_by": by_whom, "terms": reading.as_json(), "report": told(report),
                }
                beside.write(store, lambda c: feedbook.add_plan(c, campaign.id, row))
            if not writing or not _count(kept, report, stated, by_whom, planned):
                kept.drop()
                return report
        except BaseException:
            kept.drop()
            raise
    if kept.job is not None:
        absorb_job(store, campaign, kept.job, now, progress)
    return report


def take_items(
    store: Store, connection: Connection, campaign: Campaign, rows: Sequence[feeds.Row], *,
    batch: str, source: str, sha256: str, pepper: str, digest: str, as_of: Instant,
    now: Instant, by_whom: str,
) -> tuple[Report, list[Outcome]]:
    """
    Take in *rows* that were pushed, in the caller's transaction.

    Raises:
        Fault: *batch* was taken in before.
    """
    report = Report(batch, rows=len(rows), sha256=sha256)
    if ledger.batch(connection, campaign.id, batch) is not None:
        raise Fault(f"batch {batch!r} was already taken in")
    identify = identifier(pepper, digest)
    items = [
        Item(row.line, *identify(row.phone), as_of if row.as_of is None else row.as_of,
             row.registered_at, row.card_bound_at, row.first_txn_at)
        for row in rows
    ]
    survey = Survey(campaign, report, now)
    _add_batch(connection, campaign, report, source, as_of, now, by_whom)
    outcomes: list[Outcome] = []
    for chunk in by_person(sorted(items, key=lambda item: (item.person, item.line))):
        surveyed = survey.look(connection, chunk)
        absorb(store, connection, campaign, batch, now, surveyed, now)
        outcomes += surveyed.outcomes
    outcomes.sort(key=lambda outcome: outcome.line)
    feedbook.add_report(connection, campaign.id, store.next_id(now), now, batch, told(report))
    return report, outcomes


def _planned(store: Store, campaign: Campaign, report: Report, by_whom: str) -> Row:
    """Return the plan that *by_whom* may confirm."""
    with store.read() as connection:
        planned = feedbook.plan(connection, campaign.id, report.batch, report.sha256)
    if planned is None:
        raise Fault(
            f"nobody asked for this file as batch {report.batch!r}",
            "first somebody else: attribution feed import FILE --batch ID --by NAME",
        )
    if planned["asked_by"] == by_whom:
        raise Fault(f"{by_whom} asked for it, so another person confirms it", status=2)
    return planned


def _surveyed(
    store: Store, survey: Survey, file: FeedFile, progress: Progress
) -> Iterator[Surveyed]:
    for chunk in progress(file.chunks()):
        with store.read() as connection:
            surveyed = survey.look(connection, chunk)
        yield surveyed
    if file.bad:
        with store.read() as connection:
            surveyed = survey.unreadable(connection, file.bad)
        yield surveyed


class _Kept:
    """The chunks of a file until it counts: a small one's at hand, a large one's in a job."""

    def __init__(self, store: Store, campaign: Campaign, batch: str, now: Instant, small: bool):
        self.store = store
        self.campaign = campaign
        self.now = now
        self.batch = batch
        self.chunks: list[Surveyed] = []
        self.job: Row | None = None
        self._small = small
        self._number = 0

    def add(self, surveyed: Surveyed) -> None:
        if self._small:
            self.chunks.append(surveyed)
            return
        if self.job is None:
            self.job = {
                "id": self.store.next_id(self.now), "batch": self.batch, "at": self.now
            }
            job = self.job
            beside.write(self.store, lambda c: feed_jobs.begin(
                c, self.campaign.id, **job, seen_at=instants.now()
            ))
        id, number, text = self.job["id"], self._number, surveyed.as_json()
        self._number += 1
        beside.write(self.store, lambda c: feed_jobs.add_chunk(
            c, self.campaign.id, id, number, text, instants.now()
        ))

    def drop(self) -> None:
        job, self.job = self.job, None
        if job is not None:
            beside.write(self.store, lambda c: feed_jobs.drop(c, self.campaign.id, job["id"]))


def _count(
    kept: _Kept, report: Report, as_of: Instant, by_whom: str, planned: Row | None
) -> bool:
    """Make the rows that were kept count, all at once. False when the file counts already."""
    store, campaign, now = kept.store, kept.campaign, kept.now
    who = by_whom if planned is None else f"{planned['asked_by']}, {by_whom}"
    if planned is not None:
        report.confirmed_by = by_whom

    def act(connection: Connection) -> bool:
        # Two nodes may bring the same file at once, even under two numbers: the second
        # waits here, and then reads that it counts already.
        connection.hold(campaign.id, [f"batch {report.batch}", f"file {report.sha256}"])
        if _is_repeated(connection, campaign.id, report):
            return False
        _add_batch(connection, campaign, report, "file", as_of, now, who)
        if planned is not None:
            feedbook.add_confirmation(
                connection, campaign.id,
                {
                    "id": store.next_id(now), "at": now, "batch": report.batch,
                    "plan": planned["id"], "asked_by": planned["asked_by"],
                    "confirmed_by": by_whom,
                },
            )
        feedbook.add_report(
            connection, campaign.id, store.next_id(now), now, report.batch, told(report)
        )
        for surveyed in kept.chunks:
            absorb(store, connection, campaign, report.batch, now, surveyed, now)
        job = kept.job
        if job is not None and not feed_jobs.count_it(connection, campaign.id, job["id"]):
            raise Fault("this import stood still for too long and was given up", "try again")
        return True

    return beside.write(store, act)


def _add_batch(
    connection: Connection, campaign: Campaign, report: Report, source: str, as_of: Instant,
    now: Instant, by_whom: str,
) -> None:
    ledger.add_batch(
        connection, campaign.id,
        {
            "id": report.batch, "sha256": report.sha256, "source": source, "as_of": as_of,
            "received_at": now, "row_count": report.rows, "by_whom": by_whom,
        },
    )


def _is_repeated(connection: Connection, campaign: str, report: Report) -> bool:
    same = ledger.batch_with(connection, campaign, report.sha256)
    if same is not None:
        report.batch, report.repeated = same["id"], True
        return True
    if ledger.batch(connection, campaign, report.batch) is not None:
        raise Fault(
            f"batch {report.batch!r} was already taken in with other content",
            "if this is a correction, give it a number of its own: --batch ID",
        )
    return False


def _within_reason(report: Report, before: int, reading: Reading) -> None:
    gone = report.lost + report.moved
    if gone > max(FEW, before * MOST_LOST) and not reading.losses:
        raise Fault(
            f"the file would take away or move {gone} of {before} credits, so nothing was taken in",
            "look at the rows (--dry-run --report FILE); if they are right: --allow-losses",
        )
