"""
Appeals: a unit says that a credit is wrong; the office finds out, and corrects or refuses.

A unit's administrator knows a receipt, a row's number or the last four digits and a day, and
learns nothing from filing: whom it means is looked up by whoever decides. An upheld appeal
asks for a correction, which yet another person approves; so nobody decides alone.
"""
from dataclasses import dataclass

from attribution.ledger import Ledger
from attribution.office import corrections, trace
from attribution.resident import receipts
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store import appeal_log, residents, staff
from attribution.store.engine.database import Connection, Row
from qrgen.shell import Fault


@dataclass(frozen=True)
class Candidate:
    """Somebody whom an appeal may mean. *row* names them: a claim of theirs, else a fact."""

    row: int
    last4: str
    claims: list[Row]
    facts: list[Row]
    credited: str | None
    reason: str | None


def file(
    service: Service, unit: str, about: str, note: str, asked_by: str, now: Instant
) -> int:
    """
    File an appeal for *unit*; return its number.

    Raises:
        Fault: something is missing, or it holds a phone number.
    """
    about, note = about.strip(), note.strip()
    if not about or not note:
        raise Fault("an appeal needs what it is about, and a note", status=2)
    for text in (about, note):
        corrections.refuse_numbers(text)
    store, campaign = service.store, service.campaign.id
    id = store.next_id(now)
    row: Row = {
        "id": id, "at": now, "unit": unit, "about": about[:60], "note": note[:500],
        "asked_by": asked_by,
    }

    def act(connection: Connection) -> None:
        appeal_log.add(connection, campaign, row)
        staff.add_audit(connection, store.next_id(now), now, asked_by, "appeal", f"{id} {unit}")

    store.write(act)
    return id


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
            persons = trace.find(Ledger(store, campaign), about)
        except Fault:
            return []
    made = []
    for person in persons[:20]:
        told = trace.trace(Ledger(store, campaign), person)
        claims, facts = told["rows"]["claim"], told["rows"]["fact"]
        named = [*claims, *facts]
        if named:
            made.append(Candidate(
                named[-1]["id"] if not claims else claims[-1]["id"], told["last4"], claims,
                facts, told["credited"], told["reason"],
            ))
    return made


def decide(
    service: Service, id: int, *, uphold: bool, note: str, answered_by: str, now: Instant,
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
    store, campaign = service.store, service.campaign
    with store.read() as connection:
        appeal = appeal_log.get(connection, campaign.id, id)
    if appeal is None:
        raise Fault(f"no appeal {id}")
    if appeal["answer"] is not None:
        raise Fault(f"appeal {id} was decided by {appeal['answered_by']}")
    if appeal["asked_by"] == answered_by:
        raise Fault(f"{answered_by} asked for it, so another person answers", status=2)
    note = note.strip()[:500]
    if not note:
        raise Fault("a correction needs a note", status=2)
    corrections.refuse_numbers(note)
    word = "upheld" if uphold else "refused"

    def record(connection: Connection, proposal: int | None) -> None:
        answer: Row = {
            "appeal": id, "id": store.next_id(now), "at": now, "note": note,
            "proposal": proposal, "answer": word, "asked_by": appeal["asked_by"],
            "answered_by": answered_by,
        }
        if not appeal_log.answer(connection, campaign.id, answer):
            raise Fault(f"appeal {id} was decided by somebody else")
        staff.add_audit(
            connection, store.next_id(now), now, answered_by, f"appeal_{word}", str(id)
        )

    if not uphold:
        store.write(lambda c: record(c, None))
        return None
    # In one transaction: an appeal upheld without its correction would be lost.
    return corrections.ask(
        Ledger(store, campaign), kind, row, reason="appeal", note=f"{appeal['about']}：{note}",
        asked_by=answered_by, now=now, to_unit=to_unit, also=record,
    )
