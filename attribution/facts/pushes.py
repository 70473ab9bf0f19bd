"""What a partner pushed, taken in: rows that are few, in one transaction with their entry."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attribution.deeds import Doing, Kind
from attribution.facts import feed_reader
from attribution.facts.absorb import absorb
from attribution.facts.batches import add_batch, figures
from attribution.facts.laying import laid_over
from attribution.facts.report import Outcome, Report, told
from attribution.facts.rows import Item, chunks
from attribution.facts.spool import lesser_grade
from attribution.facts.survey import Survey
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.rule.people import Identifier
from attribution.store import feed_batches, standings
from qrgen.shell import Fault


@dataclass(frozen=True)
class Push:
    """
    Rows that a partner sent.

    Args:
        sha256: Of the request.
        as_of: The business date of rows that state none.
        by_whom: The partner, as the batch names it.
        unasked: By a row's line the places of the steps that it does not name at all. Whoever
            pushes what just happened is not silent about the rest.
    """

    batch: str
    rows: Sequence[feed_reader.FeedRow]
    sha256: str
    as_of: Instant
    by_whom: str
    unasked: Mapping[int, frozenset[int]]


def take_items(
    ledger: Ledger, doing: Doing, push: Push, identify: Identifier
) -> tuple[Report, list[Outcome]]:
    """
    Take in rows that were pushed, in the deed *doing*, and enter them.

    Raises:
        Fault: their batch was taken in before.
    """
    connection, now, batch = doing.connection, doing.now, push.batch
    report = Report(batch, rows=len(push.rows), sha256=push.sha256)
    if standings.batch(connection, ledger.campaign.id, batch) is not None:
        raise Fault(Code.BATCH_TAKEN, batch=batch)
    items = [
        Item(row.line, *identify(row.phone), push.as_of if row.as_of is None else row.as_of,
             row.registered_at, row.card_bound_at, row.first_txn_at,
             grade=lesser_grade(row.phone))
        for row in push.rows
    ]
    survey = Survey(ledger.campaign, report, now)
    add_batch(connection, ledger.campaign, report, ("api", push.by_whom), push.as_of, now)
    outcomes: list[Outcome] = []
    for chunk in chunks([sorted(items, key=lambda item: (item.person, item.line))]):
        laid = laid_over(connection, ledger.campaign, chunk, batch, now)
        surveyed = survey.tell(connection, chunk, laid, push.unasked)
        absorb(ledger, connection, batch, now, surveyed, now, laid)
        outcomes += surveyed.outcomes
    outcomes.sort(key=lambda outcome: outcome.line)
    feed_batches.add_report(
        connection, ledger.campaign.id, doing.next_id(), now, batch, told(report)
    )
    doing.enter(
        Kind.FACTS, f"batch {batch}", after=figures(report), sha256=push.sha256,
        partner=push.by_whom,
    )
    return report, outcomes
