"""
The moment from which a file counts: one transaction, and its entry in the audit log with it.

What was read and surveyed is kept until then, and none of it counts; who plans, confirms or
takes in, and all that they chose, is entered in the transaction that does it.
"""
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from attribution.deeds import Actor, Doing, Kind, do_within
from attribution.facts.absorb import absorb
from attribution.facts.batches import add_batch, figures, is_repeated
from attribution.facts.report import Report, Surveyed, told
from attribution.facts.spool import Reading
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule import instants
from attribution.rule.instants import Instant, iso_text
from attribution.store import background_write, feed_batches, feed_chunks
from attribution.store.engine.database import Connection, Row
from qrgen.shell import Fault

T = TypeVar("T")

# Lines that were let go stand in the audit log, so many of them.
MOST_TOLD = 200


class Kept:
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


@dataclass(frozen=True)
class SurveyedFeed:
    """A file that was read and surveyed, and who wants what of it."""

    ledger: Ledger
    source: str
    shape: str
    reading: Reading
    as_of: Instant
    report: Report
    actor: Actor
    now: Instant

    def plan(self) -> None:
        """Keep it for another person to confirm."""
        background_write.write(self.ledger.store, self._deed(self._plan))

    def count(self, kept: Kept, planned: Row | None) -> bool:
        """Make the rows that were kept count, all at once. False when the file counts already."""
        return background_write.write(
            self.ledger.store, self._deed(lambda doing: self._count(doing, kept, planned))
        )

    def _deed(self, act: Callable[[Doing], T]) -> Callable[[Connection], T]:
        return lambda connection: do_within(
            self.ledger.store, connection, self.actor, self.now, act
        )

    def _plan(self, doing: Doing) -> None:
        report = self.report
        feed_batches.add_plan(doing.connection, self.ledger.campaign.id, {
            "id": doing.next_id(), "at": self.now, "batch": report.batch,
            "sha256": report.sha256, "asked_by": self.actor.name,
            "terms": self.reading.as_json(), "report": told(report),
        })
        self._enter(doing, Kind.FEED_PLAN)

    def _count(self, doing: Doing, kept: Kept, planned: Row | None) -> bool:
        connection, campaign, report = doing.connection, self.ledger.campaign, self.report
        # Two nodes may bring the same file at once, even under two numbers: the second
        # waits here, and then reads that it counts already.
        connection.hold(campaign.id, [f"batch {report.batch}", f"file {report.sha256}"])
        if is_repeated(connection, campaign.id, report):
            return False
        who = self.actor.name
        if planned is not None:
            report.confirmed_by = who
            who = f"{planned['asked_by']}, {who}"
        add_batch(connection, campaign, report, ("file", who), self.as_of, self.now)
        if planned is not None:
            feed_batches.add_confirmation(connection, campaign.id, {
                "id": doing.next_id(), "at": self.now, "batch": report.batch,
                "plan": planned["id"], "asked_by": planned["asked_by"],
                "confirmed_by": self.actor.name,
            })
        feed_batches.add_report(
            connection, campaign.id, doing.next_id(), self.now, report.batch, told(report)
        )
        for surveyed in kept.chunks:
            absorb(self.ledger, connection, report.batch, self.now, surveyed, self.now)
        job = kept.job
        if job is not None and not feed_chunks.count_it(connection, campaign.id, job["id"]):
            raise Fault(Code.FEED_GIVEN_UP)
        asked_by = {} if planned is None else {"asked_by": planned["asked_by"]}
        self._enter(doing, Kind.FEED_CONFIRM, **asked_by)
        return True

    def _enter(self, doing: Doing, kind: Kind, **more: Any) -> None:
        """Enter it, with all that somebody chose: what was let go, and where it came from."""
        reading, report = self.reading, self.report
        if self.shape and reading.mapping:
            feed_batches.put_source(
                doing.connection, self.ledger.campaign.id, feed_batches.SHAPE + self.shape,
                reading.mapping, self.now,
            )
        if self.source and reading.mapping:
            feed_batches.put_source(
                doing.connection, self.ledger.campaign.id, self.source, reading.mapping, self.now
            )
            more["source"] = self.source
        if reading.mapping:
            more["mapping"] = dict(reading.mapping)
        if reading.as_of is not None:
            more["as_of"] = iso_text(reading.as_of)
        if reading.accept:
            more["accepted"] = sorted(reading.accept)[:MOST_TOLD]
        if reading.totals:
            more["totals"] = dict(reading.totals)
        if reading.losses:
            more["losses_allowed"] = True
        doing.enter(
            kind, f"batch {report.batch}", after=figures(report), sha256=report.sha256, **more
        )
