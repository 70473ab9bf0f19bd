"""
What the platform says, taken in: the only way facts enter the ledger.

A file is taken whole or not at all. It is read twice: once to find every bad
row, once to write; both the facts and the credits that follow from them are in
one transaction, so a kill in between leaves nothing. The same file again is
recognised by its hash and changes nothing.
"""
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from attribution import decisions, feeds
from attribution.instants import Instant
from attribution.people import identify
from attribution.store import Store, ledger
from qrgen.registry import Campaign
from qrgen.shell import Fault

T = TypeVar("T")

# Every bad row is reported; a file that is nothing else is cut off here.
MOST_REPORTED = 10_000


@dataclass
class Report:
    """What a file holds, and what taking it in did (or, on a dry run, would do)."""

    batch: str
    rows: int = 0
    people: int = 0
    credited: int = 0  # standings that became a credit, or moved to another unit
    lost: int = 0  # standings that lost one
    reasons: Counter[str] = field(default_factory=Counter)
    repeated: bool = False  # this very file was taken in before


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
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Callable[[Iterable[feeds.Row]], Iterable[feeds.Row]] = iter,
) -> Report:
    """
    Take in the feed file at *path*.

    Args:
        batch: Its number; by default the file's name. Another file under a number
            that is taken is refused.
        as_of: The business date of rows that state none; by default *now*.

    Raises:
        Fault: nothing was written. Its `more` holds every bad row.
    """
    sha256 = feeds.sha256_of(path) if path.is_file() else ""
    rows = _checked(path, mapping)
    report = Report(batch or path.stem, rows=rows)
    with store.read() as connection:
        same = ledger.batch_with(connection, campaign.id, sha256)
        taken = ledger.batch(connection, campaign.id, report.batch)
    if same is not None:
        report.batch, report.repeated = same["id"], True
        return report
    if taken is not None:
        raise Fault(
            f"batch {report.batch!r} was already taken in with other content",
            "if this is a correction, give it a number of its own: --batch ID",
        )

    def facts() -> Iterator[ledger.Fact]:
        for row in progress(_good(path, mapping)):
            person = identify(row.phone, pepper, digest)
            yield ledger.Fact(
                store.next_id(now), campaign.id, person.digest,
                row.as_of if row.as_of is not None else (now if as_of is None else as_of),
                now, report.batch, person.last4,
                row.registered_at, row.card_bound_at, row.first_txn_at,
            )

    try:
        with store.transaction() as connection:
            ledger.add_batch(
                connection, campaign.id,
                {
                    "id": report.batch, "sha256": sha256, "source": "file",
                    "as_of": now if as_of is None else as_of, "received_at": now,
                    "row_count": rows, "by_whom": by_whom,
                },
            )
            seen: set[str] = set()
            for chunk in _chunks(facts(), ledger.CHUNK):
                ledger.add_facts(connection, chunk)
                persons = {fact.person for fact in chunk}
                seen |= persons
                changes = decisions.refresh(
                    store, connection, campaign, persons, now, "feed_correction"
                )
                _tell(report, changes)
            report.people = len(seen)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return report


class _DryRun(Exception):
    """Ends the transaction of a dry run without writing."""


def _tell(report: Report, changes: Iterable[decisions.Change]) -> None:
    for change in changes:
        was = change.before.credited if change.before else None
        if change.after.credited and change.after.credited != was:
            report.credited += 1
        elif was and not change.after.credited:
            report.lost += 1
        report.reasons[change.after.reason or "credited"] += 1


def _checked(path: Path, mapping: Mapping[str, str] | None) -> int:
    """Return the number of rows, or raise a Fault that names every bad one."""
    rows = 0
    bad: list[Fault] = []
    for row in feeds.read_feed(path, mapping):
        rows += 1
        if isinstance(row, feeds.BadRow) and len(bad) < MOST_REPORTED:
            bad.append(Fault(f"{path.name}:{row.line}: {row.cause}"))
    if bad:
        raise Fault(
            f"{path}: {len(bad)} of {rows} rows cannot be read, so nothing was taken in",
            "correct these rows, or ask the platform for the file again",
            more=bad,
        )
    if not rows:
        raise Fault(f"{path}: no rows under the heading", "ask the platform for the file again")
    return rows


def _good(path: Path, mapping: Mapping[str, str] | None) -> Iterator[feeds.Row]:
    for row in feeds.read_feed(path, mapping):
        if isinstance(row, feeds.BadRow):
            raise Fault(f"{path}: the file changed while it was read", "try again")
        yield row


def _chunks(items: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk

