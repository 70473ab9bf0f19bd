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

from attribution.facts import feed_reader
from attribution.facts.absorb import absorb, absorb_job, finish, forget_abandoned
from attribution.facts.spool import CHUNK, FeedFile, Item, Progress, Reading, by_person
from attribution.facts.survey import (
    CATEGORIES,
    Outcome,
    Outcomes,
    Report,
    Survey,
    Surveyed,
    laid_over,
    told,
)
from attribution.ledger import Ledger
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.rule.people import identifier
from attribution.store import Store, background_write, feed_batches, feed_chunks, standings
from attribution.store.engine.database import Connection, Row
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
    ledger: Ledger,
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
    sha256 = feed_reader.sha256_of(path) if path.is_file() else ""
    report = Report(batch or path.stem, sha256=sha256)
    planned = _planned(ledger, report, by_whom) if confirm else None
    if planned is not None:
        reading = Reading.from_json(planned["terms"])
    elif ledger.campaign.second_person and not dry_run and not plan:
        raise Fault(
            "this campaign lets a file count only when a second person confirms it",
            "name yourself with --by NAME; then another person runs `attribution feed confirm`",
            2,
        )
    writing = not (dry_run or plan)
    if writing:
        finish(ledger, now)
        forget_abandoned(ledger)
    with ledger.store.read() as connection:
        # Spares reading a file that is known; asked again when it is to count.
        if _is_repeated(connection, ledger.campaign.id, report):
            return report
        before = feed_batches.credited(connection, ledger.campaign.id)

    stated = now if reading.as_of is None else reading.as_of
    outcomes = Outcomes()
    with FeedFile(path, sha256, reading, identifier(pepper, digest), stated, progress) as file:
        report.rows, report.totals = file.rows, file.totals
        kept = _Kept(ledger, report.batch, now, small=file.rows <= IN_ONE_GO * CHUNK)
        survey = Survey(ledger.campaign, report, now)
        try:
            for surveyed in _surveyed(ledger.store, survey, file, progress):
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
                    "id": ledger.store.next_id(now),
                    "at": now,
                    "batch": report.batch,
                    "sha256": sha256,
                    "asked_by": by_whom,
                    "terms": reading.as_json(),
                    "report": told(report),
                }
                background_write.write(
                    ledger.store, lambda c: feed_batches.add_plan(c, ledger.campaign.id, row)
                )
            if not writing or not _count(kept, report, stated, by_whom, planned):
                kept.drop()
                return report
        except BaseException:
            kept.drop()
            raise
    if kept.job is not None:
        absorb_job(ledger, kept.job, now, progress)
    return report


def take_items(
    ledger: Ledger, connection: Connection, rows: Sequence[feed_reader.Row], *,
    batch: str, source: str, sha256: str, pepper: str, digest: str, as_of: Instant,
    now: Instant, by_whom: str,
) -> tuple[Report, list[Outcome]]:
    """
    Take in *rows* that were pushed, in the caller's transaction.

    Raises:
        Fault: *batch* was taken in before.
    """
    report = Report(batch, rows=len(rows), sha256=sha256)
    if standings.batch(connection, ledger.campaign.id, batch) is not None:
        raise Fault(f"batch {batch!r} was already taken in")
    identify = identifier(pepper, digest)
    items = [
        Item(row.line, *identify(row.phone), as_of if row.as_of is None else row.as_of,
             row.registered_at, row.card_bound_at, row.first_txn_at)
        for row in rows
    ]
    survey = Survey(ledger.campaign, report, now)
    _add_batch(connection, ledger.campaign, report, source, as_of, now, by_whom)
    outcomes: list[Outcome] = []
    for chunk in by_person(sorted(items, key=lambda item: (item.person, item.line))):
        found = laid_over(connection, ledger.campaign.id, chunk)
        surveyed = survey.tell(connection, chunk, found)
        absorb(ledger, connection, batch, now, surveyed, now, found)
        outcomes += surveyed.outcomes
    outcomes.sort(key=lambda outcome: outcome.line)
    feed_batches.add_report(
        connection, ledger.campaign.id, ledger.store.next_id(now), now, batch, told(report)
    )
    return report, outcomes


def _planned(ledger: Ledger, report: Report, by_whom: str) -> Row:
    """Return the plan that *by_whom* may confirm."""
    with ledger.store.read() as connection:
        planned = feed_batches.plan(connection, ledger.campaign.id, report.batch, report.sha256)
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

    def __init__(self, ledger: Ledger, batch: str, now: Instant, small: bool):
        self.store = ledger.store
        self.campaign = ledger.campaign
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
            background_write.write(self.store, lambda c: feed_chunks.begin(
                c, self.campaign.id, **job, seen_at=instants.now()
            ))
        id, number, text = self.job["id"], self._number, surveyed.as_json()
        self._number += 1
        background_write.write(self.store, lambda c: feed_chunks.add_chunk(
            c, self.campaign.id, id, number, text, instants.now()
        ))

    def drop(self) -> None:
        job, self.job = self.job, None
        if job is not None:
            background_write.write(
                self.store, lambda c: feed_chunks.drop(c, self.campaign.id, job["id"])
            )


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
            feed_batches.add_confirmation(
                connection, campaign.id,
                {
                    "id": store.next_id(now), "at": now, "batch": report.batch,
                    "plan": planned["id"], "asked_by": planned["asked_by"],
                    "confirmed_by": by_whom,
                },
            )
        feed_batches.add_report(
            connection, campaign.id, store.next_id(now), now, report.batch, told(report)
        )
        for surveyed in kept.chunks:
            absorb(Ledger(store, campaign), connection, report.batch, now, surveyed, now)
        job = kept.job
        if job is not None and not feed_chunks.count_it(connection, campaign.id, job["id"]):
            raise Fault("this import stood still for too long and was given up", "try again")
        return True

    return background_write.write(store, act)


def _add_batch(
    connection: Connection, campaign: Campaign, report: Report, source: str, as_of: Instant,
    now: Instant, by_whom: str,
) -> None:
    standings.add_batch(
        connection, campaign.id,
        {
            "id": report.batch, "sha256": report.sha256, "source": source, "as_of": as_of,
            "received_at": now, "row_count": report.rows, "by_whom": by_whom,
        },
    )


def _is_repeated(connection: Connection, campaign: str, report: Report) -> bool:
    same = standings.batch_with(connection, campaign, report.sha256)
    if same is not None:
        report.batch, report.repeated = same["id"], True
        return True
    if standings.batch(connection, campaign, report.batch) is not None:
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
