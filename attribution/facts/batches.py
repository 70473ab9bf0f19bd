"""
A batch: one file or one push, under a number of its own, with what its entry tells.

Whatever counts, counts under a batch; the same content is recognised by its hash.
"""
from typing import Any

from attribution.facts.report import Report
from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.store import standings
from attribution.store.engine.database import Connection
from qrgen.registry import Campaign
from qrgen.shell import Fault


def add_batch(
    connection: Connection, campaign: Campaign, report: Report, origin: tuple[str, str],
    as_of: Instant, now: Instant,
) -> None:
    """
    Record the batch of *report*.

    Args:
        origin: ``file`` or ``api``, and who brought it.
        as_of: The business date of rows that state none.
    """
    source, by_whom = origin
    standings.add_batch(
        connection, campaign.id,
        {
            "id": report.batch, "sha256": report.sha256, "source": source, "as_of": as_of,
            "received_at": now, "row_count": report.rows, "by_whom": by_whom,
        },
    )


def is_repeated(connection: Connection, campaign: str, report: Report) -> bool:
    """
    Whether the content of *report* was taken in before, which is then noted there.

    Raises:
        Fault: its number is taken by other content.
    """
    same = standings.batch_with(connection, campaign, report.sha256)
    if same is not None:
        report.batch, report.repeated = same["id"], True
        return True
    if standings.batch(connection, campaign, report.batch) is not None:
        raise Fault(Code.BATCH_OTHER, batch=report.batch)
    return False


def figures(report: Report) -> dict[str, Any]:
    """Return what a checker is told of a file: its rows, and the credits it gives and takes."""
    return {
        "rows": report.rows, "people": report.people, "credited": report.credited,
        "moved": report.moved, "lost": report.lost, "settled": report.settled,
        "categories": dict(report.categories),
    }
