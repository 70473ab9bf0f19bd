"""A file taken in as the commands do, for tests that are about what comes of it."""
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from attribution.deeds import Actor
from attribution.facts import intake
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.rule.people import identifier
from attribution.store import Store, difference_rows
from attribution.store.engine.database import Row


def difference_list(store: Store, campaign: str, *, everything: bool) -> Iterator[Row]:
    """Yield the differences that are open, or all, oldest first."""
    chosen = difference_rows.Chosen("" if everything else "open")
    for page in difference_rows.pages(store, campaign, chosen):
        yield from page


def import_feed(
    ledger: Ledger, path: Path, *, pepper: str, digest: str, now: Instant, by_whom: str,
    batch: str = "", as_of: Instant | None = None, mapping: Mapping[str, str] | None = None,
    reading: intake.Reading | None = None, aim: intake.Aim = intake.Aim.TAKE,
    details: Callable[[intake.Outcome], object] | None = None,
) -> intake.Report:
    """Take in the file at *path*; *reading* stands for *mapping* and *as_of*."""
    feed = intake.Feed(path, batch, reading or intake.Reading(mapping or {}, as_of))
    return intake.import_feed(
        ledger, feed, identifier(pepper, digest), Actor(by_whom), now, aim,
        intake.Watcher(details=details),
    )
