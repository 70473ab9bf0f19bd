"""
The digits that claimants are found by, completed before a file of masked numbers counts.

A claimant whom nobody can find by 138****1234 would leave another with these digits alone, and
sure of a row that may be either's. So before such a file counts everybody who claimed is known
by these digits: from what is kept of the number (docs/decisions/0005), or the file waits.
"""
from functools import partial

from attribution import evidence, judging
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.rule.people import Identifier, mask_of
from attribution.store import aliases, background_write
from attribution.store.engine.database import Connection, Row
from qrgen.shell import Fault


def complete(
    ledger: Ledger, identify: Identifier, now: Instant, *, writing: bool = True
) -> None:
    """
    Let every claimant be found by their first three and last four digits.

    Args:
        writing: Else only ask whether that can be done.

    Raises:
        Fault: of some the first three were never kept.
    """
    after, headless = "", 0
    while True:
        with ledger.store.read() as connection:
            rows = aliases.unnamed(connection, ledger.campaign.id, after)
        if not rows:
            break
        after = rows[-1]["person"]
        kept = [row for row in rows if row["sealed"] is not None]
        headless += len(rows) - len(kept)
        if kept and writing:
            background_write.write(ledger.store, partial(_name, ledger, identify, kept, now))
    if headless:
        raise Fault(Code.MASKED_HEADLESS, count=headless)


def _name(
    ledger: Ledger, identify: Identifier, rows: list[Row], now: Instant, connection: Connection
) -> None:
    for row in rows:
        person = row["person"]
        digits = mask_of(identify.head_of(person, row["sealed"]), row["last4"])
        evidence.name(
            ledger.store, connection, ledger.campaign.id, person,
            [("masked", identify(digits)[0])], now,
        )
    persons = [row["person"] for row in rows]
    judging.refresh(ledger, connection, persons, now, judging.SAME_DIGITS)
