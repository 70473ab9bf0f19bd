"""
Appeals: a unit says that a credit is wrong; the office finds out, and corrects or refuses.

A unit's administrator knows a receipt, a row's number or the last four digits and a day, and
learns nothing from filing: whom it means is looked up by whoever decides. An upheld appeal
asks for a correction, which yet another person approves; so nobody decides alone.
"""
from dataclasses import dataclass

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.office import accounts, corrections, handing_over, trace
from attribution.resident import receipts
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store import appeal_log, end_log, residents
from attribution.store.engine.database import Row
from qrgen.faults import Fault
from qrgen.texts import clean


@dataclass(frozen=True)
class Candidate:
    """Somebody whom an appeal may mean. *row* names them: a claim of theirs, else a fact."""

    row: int
    last4: str
    claims: list[Row]
    facts: list[Row]
    credited: str | None
    reason: str | None
    person: str


def file(
    service: Service, unit: str, about: str, note: str, asked_by: Actor, now: Instant
) -> int:
    """
    File an appeal for *unit*; return its number.

    Raises:
        Fault: something is missing, or it holds a phone number.
    """
    about, note = clean(about), clean(note)
    if not about or not note:
        raise Fault(Code.APPEAL_EMPTY, status=2)
    for text in (about, note):
        corrections.refuse_numbers(text)

    def act(doing: Doing) -> int:
        accounts.require(doing.connection, asked_by.name)
        end_log.require_people(doing.connection, service.campaign.id)
        id = doing.next_id()
        appeal_log.add(doing.connection, service.campaign.id, {
            "id": id, "at": now, "unit": unit, "about": about, "note": note,
            "asked_by": asked_by.name,
        })
        # Not what it is about: a receipt opens its claim.
        doing.enter(Kind.APPEAL, f"appeal {id}", unit=unit)
        return id

    return deeds.do(service.store, asked_by, now, act)


def people(service: Service, about: str) -> list[Candidate]:
    """Return whom *about* may mean: a receipt, a row's number or LAST4@DATE; empty for nobody."""
    store, campaign = service.store, service.campaign
    persons: list[str] = []
    receipt = receipts.read_receipt(about)
    if receipt is not None:
        key = service.settings.person_pepper
        with store.read() as connection:
            found = residents.receipt(connection, campaign.id, receipts.digest_of(receipt, key))
        persons = [found["person"]] if found else []
    if not persons:
        try:
            persons = trace.find(service.ledger, about)
        except Fault:
            return []
    made = []
    for person in persons[:20]:
        told = trace.trace(service.ledger, person)
        claims, facts = told["rows"]["claim"], told["rows"]["fact"]
        named = [*claims, *facts]
        if named:
            made.append(Candidate(
                named[-1]["id"] if not claims else claims[-1]["id"], told["last4"], claims,
                facts, told["credited"], told["reason"], person,
            ))
    return made


def decide(
    service: Service, id: int, *, uphold: bool, note: str, answered_by: Actor, now: Instant,
    row: int = 0, kind: str = "", to_unit: str | None = None,
) -> int | None:
    """
    Decide the appeal *id*; return the number of the correction that an upheld one asks for.

    Args:
        row: Of the person it is about (`people`).
        kind: Which correction, one of `corrections.KINDS`.

    Raises:
        Fault: it is unknown, decided, or the decider's own; or the correction is vain.
    """
    store, campaign, by = service.store, service.campaign.id, answered_by.name
    with store.read() as connection:
        appeal = appeal_log.get(connection, campaign, id)
    if appeal is None:
        raise Fault(Code.APPEAL_UNKNOWN, appeal=id)
    if appeal["answer"] is not None:
        raise Fault(Code.APPEAL_DECIDED, appeal=id, by=appeal["answered_by"])
    note = clean(note)
    corrections.refuse_note(note)

    def record(doing: Doing, proposal: int | None) -> None:
        accounts.require(doing.connection, by)
        handing_over.refuse_own(doing.connection, appeal, by)
        answer: Row = {
            "appeal": id, "id": doing.next_id(), "at": now, "note": note,
            "proposal": proposal, "answer": "upheld" if uphold else "refused",
            "asked_by": appeal["asked_by"], "answered_by": by,
        }
        if not appeal_log.answer(doing.connection, campaign, answer):
            raise Fault(Code.APPEAL_DECIDED_MEANWHILE, appeal=id)
        about = {"unit": appeal["unit"], "asked_by": appeal["asked_by"]}
        if proposal is not None:
            about["correction"] = proposal
        doing.enter(
            Kind.APPEAL_UPHELD if uphold else Kind.APPEAL_REFUSED, f"appeal {id}", **about
        )

    if not uphold:
        deeds.do(store, answered_by, now, lambda doing: record(doing, None))
        return None
    # In one transaction: an appeal upheld without its correction would be lost.
    return corrections.ask(
        service.ledger, kind, row, reason="appeal", note=f"{appeal['about']}：{note}",
        asked_by=answered_by, now=now, to_unit=to_unit, also=record,
    )
