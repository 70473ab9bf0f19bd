"""
What the platform says, taken in: the only way facts enter the ledger.

A file counts whole or not at all, and nobody waits for it (docs/decisions/0007). It is
read and checked beside the ledger, laid over it in short reads, and kept in chunks of
which nothing counts; one short transaction then makes the file count, and its rows
become facts and credits a chunk at a time. A kill before that transaction leaves
nothing; after it, the next command or the running service goes on where it stopped. The same
file again is recognised by its hash and changes nothing.
"""
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from attribution import two_people
from attribution.deeds import Actor, Doing, Kind, do
from attribution.facts import claimants, feed_reader
from attribution.facts.absorb import absorb_job, being_taken_in, finish, forget_abandoned
from attribution.facts.batches import is_repeated
from attribution.facts.counting import Kept, SurveyedFeed
from attribution.facts.feed_notes import not_allowed
from attribution.facts.report import CATEGORIES, Outcome, Outcomes, Report, Surveyed, told
from attribution.facts.row_numbers import line_text
from attribution.facts.rows import CHUNK
from attribution.facts.spool import FeedFile, Progress, Reading
from attribution.facts.survey import Survey
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import Instant, iso_text
from attribution.rule.people import Identifier
from attribution.rule.stated import too_far_ahead
from attribution.store import Store, aliases, end_log, feed_batches, handovers, staff
from attribution.store.engine.database import Row
from attribution.two_people import Question
from qrgen.shell import Fault

__all__ = [
    "CATEGORIES", "UNWATCHED", "Aim", "Feed", "Outcome", "Reading", "Report", "Watcher",
    "being_taken_in", "discard", "finish", "forget_abandoned", "import_feed", "needs_two",
    "told",
]

# A file that takes away more than this share of all credits, and more than a
# handful, is likelier wrong than they were.
MOST_LOST = 0.10
FEW = 20

# Files of so many chunks are written in the transaction that makes them count: it is
# as short as one that others hardly notice.
IN_ONE_GO = 4


class Aim(Enum):
    """What is to come of a file."""

    TRY = "try"  # only a report: nothing is written
    PLAN = "plan"  # a report that is kept for another person to confirm
    CONFIRM = "confirm"  # what another person planned counts, read as they said
    TAKE = "take"  # it counts


@dataclass(frozen=True)
class Feed:
    """
    A file of the platform's as somebody handed it over.

    Args:
        batch: Its number; by default the file's name. Another file under a number that is
            taken is refused.
        reading: How it is to be read; who confirms goes by what was planned.
        source: Remember its headings under this name, once it is planned or counts.
        shape: And for tables with the same headings (`feed_preview.shape_of_headings`).
    """

    path: Path
    batch: str = ""
    reading: Reading = field(default_factory=Reading)
    source: str = ""
    shape: str = ""


@dataclass(frozen=True)
class Watcher:
    """
    Who looks on while a file is taken in.

    Args:
        progress: Wraps what is gone through: the rows as read, then chunks of them.
        details: Told where each row ends.
    """

    progress: Progress = iter
    details: Callable[[Outcome], object] | None = None


UNWATCHED = Watcher()


def import_feed(
    ledger: Ledger, feed: Feed, identify: Identifier, actor: Actor, now: Instant,
    aim: Aim = Aim.TAKE, watcher: Watcher = UNWATCHED,
) -> Report:
    """
    Take in *feed*.

    Args:
        actor: Who does it; an account where a second person is asked for.

    Raises:
        Fault: nothing was written. Its `more` holds every bad row.
    """
    with ledger.store.read() as connection:
        end_log.require_people(connection, ledger.campaign.id)
    path, reading = feed.path, feed.reading
    sha256 = feed_reader.sha256_of(path) if path.is_file() else ""
    report = Report(feed.batch or path.stem, sha256=sha256)
    planned = _planned(ledger, report, actor, now) if aim is Aim.CONFIRM else None
    if planned is not None:
        reading = Reading.from_json(planned["terms"])
    elif aim is Aim.TAKE and needs_two(ledger):
        raise Fault(Code.FEED_SECOND_PERSON, status=2)
    if reading.as_of is not None and too_far_ahead(reading.as_of, now):
        raise Fault(Code.FEED_AS_OF_AHEAD, status=2, as_of=iso_text(reading.as_of))
    writing = aim in (Aim.TAKE, Aim.CONFIRM)
    if writing:
        finish(ledger, now)
        forget_abandoned(ledger)
    with ledger.store.read() as connection:
        # Spares reading a file that is known; asked again when it is to count.
        if is_repeated(connection, ledger.campaign.id, report):
            return report
        before = feed_batches.credited(connection, ledger.campaign.id)

    stated = now if reading.as_of is None else reading.as_of
    outcomes = Outcomes()
    with FeedFile(path, sha256, reading, identify, now, watcher.progress) as file:
        report.rows, report.totals = file.rows, file.totals
        report.notes = [*file.notes, *not_allowed(file.lesser, ledger.campaign.grades)]
        if "masked" in file.lesser and "masked" in ledger.campaign.grades:
            claimants.complete(ledger, identify, now, writing=writing)
        if "hash" in file.lesser and "hash" in ledger.campaign.grades:
            with ledger.store.read() as connection:
                report.without_hash = aliases.count_without_hash(connection, ledger.campaign.id)
        kept = Kept(ledger, report.batch, now, small=file.rows <= IN_ONE_GO * CHUNK)
        survey = Survey(
            ledger.campaign, report, now, detailed=watcher.details is not None
        )
        asked = SurveyedFeed(ledger, feed.source, feed.shape, reading, stated, report, actor, now)
        try:
            for surveyed in _surveyed(ledger.store, survey, file, watcher.progress):
                if watcher.details is not None:
                    outcomes.add(surveyed.outcomes)
                if writing:
                    kept.add(surveyed)
            report.losses.sort(key=lambda loss: [*loss.lines])
            if watcher.details is not None:
                for outcome in outcomes.in_order():
                    watcher.details(outcome)
            _within_reason(report, before, reading)
            if aim is Aim.PLAN:
                asked.plan()
            if not writing or not asked.count(kept, planned):
                kept.drop()
                return report
        except BaseException:
            kept.drop()
            raise
    if kept.job is not None:
        absorb_job(ledger, kept.job, now, watcher.progress)
    return report


def discard(ledger: Ledger, batch: str, actor: Actor, now: Instant) -> None:
    """Enter that the file of *batch* is thrown away, before it is."""

    def act(doing: Doing) -> None:
        doing.enter(Kind.FEED_DISCARD, f"batch {batch}")

    do(ledger.store, actor, now, act)


def needs_two(ledger: Ledger) -> bool:
    """Whether a file counts only once a second person has confirmed it."""
    if ledger.campaign.second_person:
        return True
    with ledger.store.read() as connection:
        return two_people.is_on(connection, ledger.campaign.id)


def _planned(ledger: Ledger, report: Report, actor: Actor, now: Instant) -> Row:
    """Return the plan that *actor* may confirm."""
    with ledger.store.read() as connection:
        planned = feed_batches.plan(connection, ledger.campaign.id, report.batch, report.sha256)
        if planned is None:
            raise Fault(Code.FEED_NOT_ASKED, batch=report.batch)
        if actor.name in handovers.askers(connection, planned["asked_by"], planned["at"]):
            raise Fault(Code.FEED_OWN_QUESTION, status=2, by=actor.name)
        account = staff.account(connection, actor.name)
        two_people.require_second(
            connection, ledger.campaign.id, Question(planned["asked_by"], planned["at"]),
            actor.name, account["role"] if account else "", now,
        )
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


def _within_reason(report: Report, before: int, reading: Reading) -> None:
    gone = report.lost + report.moved
    if gone > max(FEW, before * MOST_LOST) and not reading.losses:
        lines = [line_text(line) for loss in report.losses for line in loss.lines[:1]]
        raise Fault(Code.FEED_LOSSES, gone=gone, before=before, lines=lines[:FEW])
