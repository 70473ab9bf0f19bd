"""
That somebody's claims lapsed, kept so that the platform's word of them, coming later, is noticed.

A claim that lapsed leads to nobody any more, and stays so: a mark is a digest of the digest
that was there, tells neither unit nor claim, and is made again only by who has the person's
digest at hand, as a file's row does. It goes with the campaign's persons (`shredding`).
"""
import hashlib
from collections.abc import Iterable, Sequence

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, among

# Values of one statement.
_TOGETHER = 500


def add(connection: Connection, campaign: str, names: Iterable[str], at: Instant) -> None:
    """Mark whoever is known by *names*, digests of a number, of its hash or of some digits."""
    connection.run_many(
        """insert into lapsed (campaign, mark, at) values (:campaign, :mark, :at)
           on conflict do nothing""",
        [{"campaign": campaign, "mark": _mark(campaign, name), "at": at} for name in names],
    )


def some(connection: Connection, campaign: str) -> bool:
    """Whether anybody is marked, which nobody is for most of a campaign."""
    return connection.one(
        "select 1 as found from lapsed where campaign = :campaign limit 1", {"campaign": campaign}
    ) is not None


def marked(connection: Connection, campaign: str, names: Iterable[str]) -> set[str]:
    """Return those of *names* that are marked."""
    by_mark = {_mark(campaign, name): name for name in names}
    marks: Sequence[str] = sorted(by_mark)
    found: set[str] = set()
    for first in range(0, len(marks), _TOGETHER):
        condition, parameters = among("mark", marks[first : first + _TOGETHER])
        rows = connection.rows(
            f"select mark from lapsed where campaign = :campaign{condition}",
            {"campaign": campaign, **parameters},
        )
        found.update(by_mark[row["mark"]] for row in rows)
    return found


def forget(connection: Connection, campaign: str) -> int:
    """Delete all marks; return how many."""
    return connection.run(
        "delete from lapsed where campaign = :campaign", {"campaign": campaign}
    )


def _mark(campaign: str, name: str) -> str:
    return hashlib.sha256(f"lapsed {campaign} {name}".encode()).hexdigest()[:32]
