"""
Everything about one person as one time line, for whoever has to decide something about them.

Built on the trace, so that the page, the command and the rule tell one story: what was scanned
and claimed, what the platform stated in which file, what was decided and why, what was corrected
and appealed, and what the resident's own page says now. A unit's account sees its own rows and
the outcome; the others it sees as "another unit".
"""
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from attribution.ledger import Ledger
from attribution.office import trace
from attribution.rule.instants import Instant
from attribution.store import appeal_log, standings
from attribution.store.engine.database import Row

# The logs of a trace -> the column that says when a row came about.
_WHEN = {
    "scan": "at", "claim": "at", "claim_event": "at", "fact": "received_at",
    "credit": "decided_at", "adjustment": "at", "proposal": "at",
}
# At one instant first what led to it: scan, claim, facts, then what follows.
_ORDER = tuple(_WHEN)


@dataclass(frozen=True)
class Event:
    """Something that happened: a *row* of the log *kind*. *verdict*: the rule on a claim alone."""

    at: Instant
    kind: str
    row: Row
    verdict: str = ""


@dataclass(frozen=True)
class Story:
    """
    One person.

    Args:
        row: A number that names them in addresses: their first claim's, else of their first fact.
        unit: The unit of the claim that counts, be they credited or on the way; None for none.
        as_kept: Whether the kept standing is what the rule makes of these rows.
        whole: Whether all is shown; else what the account may not see is left out.
    """

    person: str
    row: int
    last4: str
    credited: str | None
    unit: str | None
    reason: str | None
    policy: str
    grade: str
    as_kept: bool
    facts: dict[str, Any]
    claims: list[Row]
    events: list[Event]
    appeals: list[Row]
    whole: bool = True

    @property
    def proved(self) -> bool:
        """Whether the number of a claim was proved, so that its page says how far they are."""
        return any(claim["verified"] for claim in self.claims)


def tell(ledger: Ledger, person: str, only: Collection[str] | None = None) -> Story:
    """
    Return the story of *person*.

    Args:
        only: Ids of the units whose rows may be seen; None for all.
    """
    told = trace.trace(ledger, person)
    rows: dict[str, list[Row]] = told["rows"]
    named = rows["claim"] or rows["fact"] or rows["credit"] or rows["adjustment"]
    with ledger.store.read() as connection:
        kept = standings.standings_of(connection, ledger.campaign.id, [person]).get(person)
        proposals = {row["id"] for row in rows["proposal"]}
        appeals = [
            row for row in appeal_log.listing(connection, ledger.campaign.id, only)
            if row["proposal"] in proposals or _means(row["about"], told["last4"], rows)
        ]
    events = [
        Event(row[_WHEN[kind]], kind, row, told["verdicts"].get(row["id"], ""))
        for kind in _ORDER for row in rows[kind] if _is_seen(kind, row, only)
    ]
    events.sort(key=lambda event: (event.at, _ORDER.index(event.kind), event.row["id"]))
    return Story(
        person, int(named[0]["id"]) if named else 0, told["last4"], told["credited"],
        kept.unit if kept else None, told["reason"], told["policy"], told["grade"],
        told["as_kept"], told["facts"],
        [row for row in rows["claim"] if only is None or row["unit"] in only],
        events, appeals, only is None,
    )


def _is_seen(kind: str, row: Row, only: Collection[str] | None) -> bool:
    if only is None:
        return True
    if kind in ("scan", "claim", "credit"):
        return row["unit"] in only
    if kind == "adjustment":
        return row["from_unit"] in only or row["to_unit"] in only
    return kind == "fact"


def _means(about: str, last4: str, rows: dict[str, list[Row]]) -> bool:
    """Whether an appeal names one of these rows, or these digits and a day of a claim."""
    text = about.strip().removeprefix("#")
    if any(text == str(row["id"]) for found in rows.values() for row in found):
        return True
    return bool(last4) and text.startswith(f"{last4}@")
