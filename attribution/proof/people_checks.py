"""
Whether one human being may have been two: asked of everything that two people agreed on.

These findings are of people and not of rows: a ledger with them is whole, is copied and restored
as any other, and whoever reads it knows whose word stands alone. What was done before two were
needed is asked by the same rule, for the past is what bonuses were paid on.
"""
from collections.abc import Iterator
from typing import Any

from attribution import two_people
from attribution.deeds import Entry, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof.checks import Finding
from attribution.store import audit_log, feed_batches, handovers, hands
from attribution.two_people import Question
from qrgen.faults import Fault

_WHAT = {
    "correction": Code.TWO_CORRECTION, "file": Code.TWO_FILE, "period": Code.TWO_PERIOD,
    "request": Code.TWO_REQUEST,
}


def check(ledger: Ledger) -> list[Finding]:
    """Ask every question about people; return what was found."""
    return [*_one_behind_two(ledger), *_accounts_by_deeds(ledger), *_by_one(ledger)]


def _one_behind_two(ledger: Ledger) -> Iterator[Finding]:
    with ledger.store.read() as connection:
        if ledger.campaign.demo and not two_people.is_on(connection, ledger.campaign.id):
            return  # one may do all, and every page says so
        known = hands.everything(connection)
        answers = hands.answers(connection, ledger.campaign.id)
        handed = handovers.everything(connection)
    for row in answers:
        before = [one for one in handed if one["at"] <= row["answered_at"]]
        reasons = (
            two_people.barred(
                known, Question(asker, row["asked_at"]), row["answered_by"], row["answered_at"]
            )
            for asker in handovers.chain(before, row["asked_by"], row["asked_at"])
        )
        if why := next(filter(None, reasons), None):
            yield _found(
                "two_people", Code.ONE_BEHIND_TWO, what=_WHAT[row["what"]], number=row["number"],
                asked_by=row["asked_by"], answered_by=row["answered_by"], why=why,
            )


def _accounts_by_deeds(ledger: Ledger) -> Iterator[Finding]:
    """An account whose role or password was put there by hand can be anybody's."""
    with ledger.store.read() as connection:
        for row in hands.changed_by_nobody(connection):
            yield _found(
                "account_by_deed", Code.ACCOUNT_BY_NOBODY, account=row["name"], why=row["why"]
            )


def _by_one(ledger: Ledger) -> Iterator[Finding]:
    with ledger.store.read() as connection:
        since = hands.on_since(connection, ledger.campaign.id)
        if since is None:
            return
        for row in feed_batches.unconfirmed(connection, ledger.campaign.id, since):
            yield _found("by_two", Code.FILE_BY_ONE, batch=row["id"], by=row["by_whom"])
        below = None
        while rows := audit_log.latest(connection, what=Kind.RESTORE.value, below=below):
            for row in rows:
                below = row["n"]
                more = dict(Entry.from_text(row["detail"]).more)
                if row["at"] >= since and not more.get("agreed_by"):
                    yield _found("by_two", Code.RESTORED_BY_ONE, entry=row["n"], by=row["who"])


def _found(question: str, code: Code, **data: Any) -> Finding:
    return Finding(question, Fault(code, **data))
