"""
From a number back to what proves it: scan → claim → facts → decision, with the reasons.

Each claim is also judged by itself, so that the answer says not only who was
credited but why each of the others was not.
"""
import json
import re
from collections.abc import Iterator
from typing import Any

from attribution import evidence, judging
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.resident import receipts
from attribution.rule import credit
from attribution.rule.instants import DAY, iso_text, parse_instant
from attribution.rule.stated import NO_AS_OF, stated_iso
from attribution.store import aliases, person_history, residents
from attribution.store.steps import STEPS
from qrgen.faults import Fault
from qrgen.shapes import shape_of
from qrgen.texts import fold

_TIMES = frozenset({
    "at", "as_of", "received_at", "registered_at", "card_bound_at", "first_txn_at",
    "effective_at", "decided_at", "answered_at",
})


def find(ledger: Ledger, what: str, receipt_key: str = "") -> list[str]:
    """
    Return the persons that *what* means: the id of a claim, a credit, an adjustment or a
    fact; ``LAST4@DATE``, the day of claim or registration; or a resident's receipt.

    Args:
        receipt_key: What receipts are kept under; without it none is found.

    Raises:
        Fault: nobody, or *what* is neither.
    """
    persons: list[str] = []
    text = fold(what).removeprefix("#")
    match = re.fullmatch(r"([0-9]{4})[@+/ ](.+)", text, re.ASCII)
    with ledger.store.read() as connection:
        if match:
            try:
                since = parse_instant(match[2])
            except ValueError:
                raise Fault(
                    Code.TRACE_DAY, status=2, last4=match[1], shape=shape_of(match[2].strip())
                ) from None
            persons = sorted(person_history.newest_by_last4(
                connection, ledger.campaign.id, match[1], (since, since + DAY)
            ))
        else:
            receipt = receipts.read_receipt(text)
            number = text.isascii() and text.isdecimal()
            if not number and receipt is None:
                raise Fault(Code.TRACE_WHAT, status=2, shape=shape_of(what))
            person = (
                person_history.person_of(connection, ledger.campaign.id, int(text))
                if number and len(text) < 19  # more digits than any row has: nobody
                else None
            )
            if person is None and receipt is not None and receipt_key:
                row = residents.receipt(
                    connection, ledger.campaign.id, receipts.digest_of(receipt, receipt_key)
                )
                person = row["person"] if row else None
            persons = [person] if person else []
    if not persons:
        raise Fault(Code.TRACE_NOBODY)
    return persons


def trace(ledger: Ledger, person: str) -> dict[str, Any]:
    """Return all rows of *person* by log, the decision, and each claim's own verdict."""
    terms = judging.terms_of(ledger.campaign)
    with ledger.store.read() as connection:
        found = evidence.histories(connection, ledger.campaign, [person])[person]
        known = aliases.of(connection, ledger.campaign.id, [person]).get(person, {})
        rows = person_history.rows_of(connection, ledger.campaign.id, person, known)
    facts, grade = evidence.facts_of(person, found, terms)
    decision = credit.judge(found.claims, facts, terms, found.corrections)
    verdicts = {}
    for claim in found.claims:
        alone = credit.judge([claim], facts, terms)
        if decision.winner and claim.id == decision.winner.id:
            verdicts[claim.id] = "wins"
        elif alone.winner is not None:
            verdicts[claim.id] = "eligible, but another claim comes first"
        else:
            verdicts[claim.id] = alone.reason.value if alone.reason else ""
    due = judging.stand(person, found, terms)
    return {
        "person": person[:12],
        "last4": found.last4,
        "credited": due.credited,
        "reason": due.reason,
        "policy": ledger.campaign.policy,
        "grade": grade or "number",
        "as_kept": found.standing == due,
        "facts": {
            step: getattr(facts, step)
            for step in STEPS
        },
        "verdicts": verdicts,
        "rows": rows,
    }


def lines(told: dict[str, Any]) -> Iterator[str]:
    """Yield *told* for people to read."""
    outcome = f"credited to {told['credited']}" if told["credited"] else f"none: {told['reason']}"
    yield f"person {told['person']} (…{told['last4']}): {outcome}, by {told['policy']}"
    if not told["as_kept"]:
        yield "  WARNING: the kept standing is not what the rule makes of these rows"
    for log, rows in told["rows"].items():
        for row in rows:
            parts = [
                f"{name}={_time_text(name, value) if name in _TIMES else value}"
                for name, value in row.items()
                if value is not None and value != "" and name not in ("id", "last4")
            ]
            yield f"  {log} {row['id']}: {' '.join(parts)}"
            if log == "claim":
                yield f"    -> {told['verdicts'][row['id']]}"
    known = [f"{k}={stated_iso(v)}" for k, v in told["facts"].items() if v is not None]
    grade = "" if told["grade"] == "number" else f" (by {told['grade']})"
    yield f"  facts merged{grade}: {' '.join(known) or 'none'}"
    yield f"  decision: {outcome}"


def as_json(told: dict[str, Any]) -> str:
    """Return *told* as JSON, times as ISO 8601."""

    def readable(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {str(key): readable(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [readable(inner) for inner in value]
        return _time_text(name, value) if name in _TIMES and isinstance(value, int) else value

    return json.dumps(readable(told), ensure_ascii=False, indent=2)


def _time_text(name: str, value: int) -> str:
    if name in STEPS:
        return stated_iso(value)
    return "" if name == "as_of" and value == NO_AS_OF else iso_text(value)
