"""
Corrections: asked for by one person, approved by another, added and never edited.

The database refuses an approval by whoever asked (`proposal_answer`), and each
correction must do what it says at once: one that would change nothing is refused
rather than left to act on some later day, when nobody remembers it.
"""
import re
from collections.abc import Callable
from dataclasses import dataclass

from attribution import deeds, evidence, judging, two_people
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import accounts, handing_over
from attribution.rule import credit
from attribution.rule.instants import Instant
from attribution.store import end_log, log, person_history, proposals, registry, standings
from attribution.store.engine.database import Connection, Row
from attribution.store.standings import History
from attribution.two_people import Question
from qrgen.faults import Fault
from qrgen.registry import Campaign
from qrgen.shapes import id_or_shape
from qrgen.texts import fold

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

# A row's number of ours is longer, and may hold what looks like one of a phone.
_ROW = re.compile(r"(?<![0-9])[0-9]{17,19}(?![0-9])", re.ASCII)
# As it is written, or in groups; full width and marks are gone by then.
_NUMBER = re.compile(r"1[3-9][0-9](?:[ -]?[0-9]{4}){2}", re.ASCII)


@dataclass(frozen=True)
class Answered:
    """What an approval did, or would do: the credited unit before and after."""

    proposal: int
    before: str | None
    after: str | None


def ask(
    ledger: Ledger, kind: str, id: int, *, reason: str, note: str,
    asked_by: Actor, now: Instant, to_unit: str | None = None, attachment: str | None = None,
    also: Callable[[Doing, int], None] = lambda doing, proposal: None,
) -> int:
    """
    Ask for a correction of the person behind row *id*; return the proposal's number.

    Args:
        kind: One of KINDS. ``hold`` and ``release`` are about the claim *id*.
        asked_by: An account.
        to_unit: For ``reassign`` the unit that is to be credited.
        attachment: SHA-256 of the paper it rests on, in hex. The paper itself may hold
            anybody's data and stays in the office's binder.
        also: Done in the same deed, with the proposal's number.

    Raises:
        Fault: it cannot be done as things stand, or something is missing.
    """
    if kind not in KINDS:
        raise Fault(Code.CORRECTION_KIND, status=2, kind=kind, kinds=KINDS)
    if reason not in REASONS:
        raise Fault(Code.CORRECTION_REASON, status=2, reason=reason, reasons=tuple(REASONS))
    refuse_note(note)
    if attachment is not None and not re.fullmatch(r"[0-9a-f]{64}", attachment, re.ASCII):
        raise Fault(Code.ATTACHMENT, status=2)

    def act(doing: Doing) -> int:
        connection = doing.connection
        end_log.require_people(connection, ledger.campaign.id)
        person = person_history.person_of(connection, ledger.campaign.id, id)
        if person is None:
            raise Fault(Code.ROW_UNKNOWN)
        accounts.require(connection, asked_by.name)
        found = evidence.histories(connection, ledger.campaign, [person])[person]
        claims = [claim.id for claim in found.claims]
        if kind in ("hold", "release") and id not in claims:
            raise Fault(Code.CLAIM_UNKNOWN, row=id, kind=kind)
        row: Row = {
            "id": doing.next_id(),
            "at": now,
            "person": person,
            "kind": kind,
            "claim": id if kind in ("hold", "release") else None,
            "to_unit": to_unit,
            "reason": reason,
            "note": note.strip(),
            "asked_by": asked_by.name,
            "attachment": attachment,
        }
        # Tried, so that a vain one is told before it is approved.
        number = max(row["id"], found.decided + 1)
        corrected = as_corrected(connection, ledger.campaign, row, found, number)
        due = judging.stand(person, corrected, judging.terms_of(ledger.campaign))
        proposals.add(connection, ledger.campaign.id, row)
        doing.enter(
            Kind.CORRECTION_ASKED, f"claim {id}" if id in claims else f"row {id}",
            _credited(found), due.credited, correction=row["id"], kind=kind, reason=reason,
            last4=found.last4,
        )
        also(doing, int(row["id"]))
        return int(row["id"])

    return deeds.do(ledger.store, asked_by, now, act)


def refuse_note(text: str) -> None:
    """Raise a Fault if *text* says nothing, or holds a phone number."""
    if not text.strip():
        raise Fault(Code.NOTE_MISSING, status=2)
    refuse_numbers(text)


def refuse_numbers(text: str) -> None:
    """Raise a Fault if *text* holds a phone number: notes are kept for good."""
    if _NUMBER.search(_ROW.sub("", fold(text))):
        raise Fault(Code.NOTE_NUMBER, status=2)


def answer(
    ledger: Ledger, proposal: int, *, approve: bool, answered_by: Actor,
    now: Instant, note: str = "",
) -> Answered:
    """
    Approve or refuse *proposal*; an approved one takes effect in the same transaction.

    Raises:
        Fault: it is unknown, answered, the answerer's own, or would change nothing.
    """

    def act(doing: Doing) -> Answered:
        connection, by = doing.connection, answered_by.name
        row = proposals.get(connection, ledger.campaign.id, proposal)
        if row is not None:
            # Read again when nobody else is at this person: another may have answered
            # this one on another node, or another correction that changes what it does.
            connection.hold(ledger.campaign.id, [row["person"]])
            row = proposals.get(connection, ledger.campaign.id, proposal)
        if row is None:
            raise Fault(Code.CORRECTION_UNKNOWN, correction=proposal)
        if row["answer"] is not None:
            raise Fault(
                Code.CORRECTION_ANSWERED, correction=proposal, answer=row["answer"],
                by=row["answered_by"],
            )
        handing_over.refuse_own(connection, row, by)
        two_people.require_second(
            connection, ledger.campaign.id, Question(row["asked_by"], row["at"]), by,
            accounts.require(connection, by)["role"], now,
        )
        proposals.answer(connection, ledger.campaign.id, {
            "proposal": proposal, "id": doing.next_id(), "at": now, "note": note,
            "answer": "approved" if approve else "refused", "asked_by": row["asked_by"],
            "answered_by": by,
        })
        person = row["person"]
        found = evidence.histories(connection, ledger.campaign, [person])[person]
        before = after = _credited(found)
        if approve:
            after = _take_effect(doing, ledger, row, found, answered_by)
        doing.enter(
            Kind.CORRECTION_APPROVED if approve else Kind.CORRECTION_REFUSED,
            f"correction {proposal}", before, after, kind=row["kind"], reason=row["reason"],
            last4=found.last4, asked_by=row["asked_by"],
        )
        return Answered(proposal, before, after)

    return deeds.do(ledger.store, answered_by, now, act)


def weigh(ledger: Ledger, proposal: Row) -> Answered:
    """
    Return what approving *proposal* would do as things stand; nothing is changed.

    Raises:
        Fault: it would be vain.
    """
    with ledger.store.read() as connection:
        person = proposal["person"]
        found = evidence.histories(connection, ledger.campaign, [person])[person]
        number = max(proposal["id"], found.decided + 1)
        corrected = as_corrected(connection, ledger.campaign, proposal, found, number)
    due = judging.stand(person, corrected, judging.terms_of(ledger.campaign))
    return Answered(proposal["id"], _credited(found), due.credited)


def _take_effect(
    doing: Doing, ledger: Ledger, row: Row, found: History, by: Actor
) -> str | None:
    """Write the approved correction *row* over the history *found*; return who is credited."""
    connection, now, person = doing.connection, doing.now, row["person"]
    # Above the last decision's, which another node may have made this millisecond:
    # the rule goes by the order of these numbers.
    id = max(doing.next_id(), found.decided + 1)
    corrected = as_corrected(connection, ledger.campaign, row, found, id)
    after = judging.stand(person, corrected, judging.terms_of(ledger.campaign)).credited
    cause = None
    if row["kind"] in ("hold", "release"):
        cause = row["kind"]
        log.add_claim_event(
            connection, ledger.campaign.id, person, row["claim"], id=id, at=now,
            kind="held" if row["kind"] == "hold" else "released", reason=row["reason"],
            by_whom=f"{row['asked_by']}, {by.name}",
        )
    else:
        standings.add_adjustments(connection, [{
            "campaign": ledger.campaign.id, "person": person, "at": now, "id": id,
            "kind": row["kind"], "from_unit": _credited(found), "to_unit": after,
            "reason": row["reason"], "note": row["note"], "automatic": 0,
            "asked_by": row["asked_by"], "approved_by": by.name,
        }])
    judging.apply(ledger, connection, {person: corrected}, now, cause)
    return after


def _credited(found: History) -> str | None:
    return found.standing.credited if found.standing else None


def as_corrected(
    connection: Connection, campaign: Campaign, row: Row, found: History, id: int
) -> History:
    """
    Return *found* with the correction *row* laid over it as number *id*.

    Raises:
        Fault: it would be vain.
    """
    person, kind = row["person"], row["kind"]
    if kind in ("hold", "release"):
        claim = next(claim for claim in found.claims if claim.id == row["claim"])
        if claim.withdrawn:
            raise Fault(Code.CLAIM_WITHDRAWN, claim=claim.id)
        if claim.held == (kind == "hold"):
            raise Fault(Code.CLAIM_HELD if claim.held else Code.CLAIM_NOT_HELD, claim=claim.id)
        return found.with_hold(claim.id, kind == "hold")
    if kind == "reassign":
        unit = registry.read(connection, campaign.id).units.get(row["to_unit"] or "")
        if unit is None:
            raise Fault(Code.UNIT_UNKNOWN, status=2, unit=id_or_shape(row["to_unit"] or ""))
        if unit.is_point:
            raise Fault(Code.POINT_EARNS_NOTHING, status=2, unit=unit.id)
    elif row["to_unit"] is not None:
        raise Fault(Code.CORRECTION_WITHOUT_UNIT, status=2, kind=kind)
    corrected = found.with_correction(
        credit.Adjustment(id, kind, row["to_unit"] if kind == "reassign" else None)
    )
    terms = judging.terms_of(campaign)
    before = judging.stand(person, found, terms)
    after = judging.stand(person, corrected, terms)
    done = {
        "reassign": after.credited == row["to_unit"],
        "reverse": after.reason == "reversed",
        "restore": after.credited is not None,
    }[kind]
    if not done:
        raise Fault(Code.CORRECTION_VAIN, kind=kind, reason=after.reason)
    if (before.credited, before.reason) == (after.credited, after.reason):
        raise Fault(Code.CORRECTION_SAME, kind=kind, stands=before.credited or before.reason)
    return corrected
