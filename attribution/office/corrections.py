"""
Corrections: asked for by one person, approved by another, added and never edited.

The database refuses an approval by whoever asked (`proposal_answer`), and each
correction must do what it says at once: one that would change nothing is refused
rather than left to act on some later day, when nobody remembers it.
"""
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from attribution import judging
from attribution.ledger import Ledger
from attribution.rule import credit
from attribution.rule.instants import Instant
from attribution.store import (
    Store,
    StoreError,
    log,
    person_history,
    proposals,
    registry,
    staff,
    standings,
)
from attribution.store.engine.database import Connection, Row
from qrgen.registry import Campaign
from qrgen.shapes import id_or_shape
from qrgen.shell import Fault

T = TypeVar("T")

KINDS = ("reassign", "reverse", "restore", "hold", "release")

REASONS = {
    "wrong_unit": "登记单位有误",
    "false_claim": "登记不实",
    "not_new": "并非新用户",
    "same_person": "同一人多个号码",
    "staff_error": "工作人员操作有误",
    "platform_error": "平台数据有误",
    "appeal": "申诉成立",
    "review": "核查",
    "other": "其他",
}

_NUMBER = re.compile(r"1[3-9][0-9]{9}", re.ASCII)


@dataclass(frozen=True)
class Answered:
    """What an approval did: the credited unit before and after."""

    proposal: int
    before: str | None
    after: str | None


def find_person(ledger: Ledger, id: int) -> str:
    """
    Return the person whose claim, credit, adjustment or fact is *id*.

    Raises:
        Fault: there is no such row.
    """
    with ledger.store.read() as connection:
        person = person_history.person_of(connection, ledger.campaign.id, id)
    if person is None:
        raise Fault(
            "no claim, credit or fact has this number", "see `attribution trace LAST4@DATE`"
        )
    return person


def ask(
    ledger: Ledger, kind: str, id: int, *, reason: str, note: str,
    asked_by: str, now: Instant, to_unit: str | None = None, attachment: str | None = None,
    also: Callable[[Connection, int], None] = lambda connection, proposal: None,
) -> int:
    """
    Ask for a correction of the person behind row *id*; return the proposal's number.

    Args:
        kind: One of KINDS. ``hold`` and ``release`` are about the claim *id*.
        to_unit: For ``reassign`` the unit that is to be credited.
        attachment: SHA-256 of the paper it rests on, in hex. The paper itself may hold
            anybody's data and stays in the office's binder.
        also: Done in the same transaction, with the proposal's number.

    Raises:
        Fault: it cannot be done as things stand, or something is missing.
    """
    if kind not in KINDS:
        raise Fault(f"no correction {kind!r}", f"they are {', '.join(KINDS)}", 2)
    if reason not in REASONS:
        raise Fault(f"no reason {reason!r}", f"they are {', '.join(REASONS)}", 2)
    if not note.strip():
        raise Fault("a correction needs a note", "say what was found, and on what paper", 2)
    refuse_numbers(note)
    if attachment is not None and not re.fullmatch(r"[0-9a-f]{64}", attachment, re.ASCII):
        raise Fault("an attachment is named by its SHA-256", "64 hexadecimal digits", 2)
    person = find_person(ledger, id)

    def act(connection: Connection) -> int:
        row: Row = {
            "id": ledger.store.next_id(now),
            "at": now,
            "person": person,
            "kind": kind,
            "claim": None,
            "to_unit": to_unit,
            "reason": reason,
            "note": note.strip(),
            "asked_by": asked_by,
            "attachment": attachment,
        }
        if kind in ("hold", "release"):
            claim = person_history.claim(connection, ledger.campaign.id, id)
            if claim is None:
                raise Fault(f"{id} is not a claim", f"name the claim to {kind}")
            row["claim"] = id
        _effect(
            connection, ledger.campaign, row
        )  # so that a vain one is told before it is approved
        proposals.add(connection, ledger.campaign.id, row)
        staff.add_audit(
            connection, ledger.store.next_id(now), now, asked_by, "correction_asked",
            f"{row['id']} {kind} {reason}",
        )
        also(connection, int(row["id"]))
        return int(row["id"])

    return written(ledger.store, act, asked_by)


def refuse_numbers(text: str) -> None:
    """Raise a Fault if *text* holds a phone number: notes are kept for good."""
    if _NUMBER.search(text):
        raise Fault("the note holds a phone number", "name the person by the last four digits", 2)


def answer(
    ledger: Ledger, proposal: int, *, approve: bool, answered_by: str,
    now: Instant, note: str = "",
) -> Answered:
    """
    Approve or refuse *proposal*; an approved one takes effect in the same transaction.

    Raises:
        Fault: it is unknown, answered, the answerer's own, or would change nothing.
    """

    def act(connection: Connection) -> Answered:
        row = proposals.get(connection, ledger.campaign.id, proposal)
        if row is not None:
            # Read again when nobody else is at this person: another may have answered
            # this one on another node, or another correction that changes what it does.
            connection.hold(ledger.campaign.id, [row["person"]])
            row = proposals.get(connection, ledger.campaign.id, proposal)
        if row is None:
            raise Fault(f"no correction {proposal}", "see `attribution correct list`")
        if row["answer"] is not None:
            raise Fault(f"correction {proposal} was {row['answer']} by {row['answered_by']}")
        if row["asked_by"] == answered_by:
            raise Fault(f"{answered_by} asked for it, so another person answers", status=2)
        proposals.answer(connection, ledger.campaign.id, {
            "proposal": proposal, "id": ledger.store.next_id(now), "at": now, "note": note,
            "answer": "approved" if approve else "refused", "asked_by": row["asked_by"],
            "answered_by": answered_by,
        })
        staff.add_audit(
            connection, ledger.store.next_id(now), now, answered_by,
            "correction_approved" if approve else "correction_refused", str(proposal),
        )
        person = row["person"]
        standing = standings.standings_of(connection, ledger.campaign.id, [person]).get(person)
        before = standing.credited if standing else None
        if not approve:
            return Answered(proposal, before, before)
        after = _effect(connection, ledger.campaign, row)
        if row["kind"] in ("hold", "release"):
            log.add_claim_event(
                connection,
                ledger.campaign.id,
                person,
                row["claim"],
                id=ledger.store.next_id(now),
                at=now,
                kind="held" if row["kind"] == "hold" else "released",
                reason=row["reason"],
                by_whom=f"{row['asked_by']}, {answered_by}",
            )
            judging.refresh(ledger, connection, [person], now, row["kind"])
        else:
            # Above the last decision's, which another node may have made this millisecond:
            # the rule goes by the order of these numbers.
            decided = standings.histories(connection, ledger.campaign.id, [person])[person].decided
            standings.add_adjustments(connection, [{
                "campaign": ledger.campaign.id, "person": person, "at": now,
                "id": max(ledger.store.next_id(now), decided + 1),
                "kind": row["kind"], "from_unit": before, "to_unit": after,
                "reason": row["reason"], "note": row["note"], "automatic": 0,
                "asked_by": row["asked_by"], "approved_by": answered_by,
            }])
            judging.refresh(ledger, connection, [person], now, None)
        return Answered(proposal, before, after)

    return written(ledger.store, act, answered_by)


def _effect(connection: Connection, campaign: Campaign, row: Row) -> str | None:
    """Return the credited unit after the correction *row*; a vain one raises Fault."""
    person, kind = row["person"], row["kind"]
    found = standings.histories(connection, campaign.id, [person])[person]
    terms = judging.terms_of(campaign)
    before = judging.stand(person, found, terms)
    if kind in ("hold", "release"):
        claims = {claim.id: claim for claim in found.claims}
        claim = claims[row["claim"]]
        if claim.withdrawn:
            raise Fault(f"claim {claim.id} was withdrawn by its person")
        if claim.held == (kind == "hold"):
            raise Fault(f"claim {claim.id} is {'held already' if claim.held else 'not held'}")
        claims[claim.id] = credit.Claim(
            claim.id, claim.unit, claim.at, claim.verified, kind == "hold", False,
            claim.unit_active,
        )
        found.claims = list(claims.values())
        return judging.stand(person, found, terms).credited
    if kind == "reassign":
        units = registry.read(connection, campaign.id).units
        unit = units.get(row["to_unit"] or "")
        if unit is None:
            named = id_or_shape(row["to_unit"] or "")
            raise Fault(f"no unit {named}", "see `attribution units list`", 2)
    elif row["to_unit"] is not None:
        raise Fault(f"{kind} names no unit", status=2)
    found.corrections.append(
        credit.Adjustment(2**63 - 1, kind, row["to_unit"] if kind == "reassign" else None)
    )
    after = judging.stand(person, found, terms)
    done = {
        "reassign": after.credited == row["to_unit"],
        "reverse": after.reason == "reversed",
        "restore": after.credited is not None,
    }[kind]
    if not done:
        raise Fault(f"{kind} has no effect now: {after.reason}", "see `attribution trace`")
    if (before.credited, before.reason) == (after.credited, after.reason):
        raise Fault(f"{kind} would change nothing: {before.credited or before.reason}")
    return after.credited


def written(store: Store, act: Callable[[Connection], T], by: str) -> T:
    """Run *act*; say so where the account *by* is not there."""
    try:
        return store.write(act)
    except StoreError as error:
        if "FOREIGN KEY" in str(error).upper():
            raise Fault(f"no account {by!r}", "see `attribution user list`", 2) from None
        raise
