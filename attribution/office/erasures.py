"""
Requests to erase that are made on paper or at the counter, and taken down by the office.

Online a resident asks themselves (`resident.claims.erase`); both are carried out together.
Whoever is credited, or may yet be, takes a credit along: that takes two people, for one alone
could take away whom they will.
"""
from collections.abc import Mapping
from enum import Enum

from attribution import deeds, two_people
from attribution.deeds import Actor, Doing, Kind
from attribution.ledger import Ledger
from attribution.office import corrections, requests
from attribution.office.requests import Request
from attribution.resident import claims
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store import person_history, standings


class Wished(Enum):
    """What became of a wish to be erased."""

    NOBODY = "nobody"  # no such row
    WITHDRAWN = "withdrawn"  # the claims count no longer; the rest goes with the next round
    WAITS = "waits"  # for a second person


def ask(ledger: Ledger, row: int, note: str, by: Actor, now: Instant) -> Wished:
    """
    Ask that everything about the person behind *row* be erased.

    Their claims are withdrawn at once, or when a second person agrees.

    Raises:
        Fault: *note* says nothing, or holds a phone number.
    """
    corrections.refuse_note(note)

    def act(doing: Doing) -> Wished:
        person = person_history.person_of(doing.connection, ledger.campaign.id, row)
        if person is None:
            return Wished.NOBODY
        if (
            two_people.is_on(doing.connection, ledger.campaign.id)
            and standings.counts_or_may(doing.connection, ledger.campaign.id, person)
        ):
            requests.ask_within(doing, ledger, "erasure", f"row {row}", {"row": row}, note)
            return Wished.WAITS
        _withdraw(doing, ledger, person, row, note, by.name)
        return Wished.WITHDRAWN

    return deeds.do(ledger.store, by, now, act)


def carry_out(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    """Withdraw the claims of whom *request* names, once *by* agreed."""
    ledger, row = service.ledger, int(request.payload["row"])

    def act(doing: Doing) -> None:
        person = person_history.person_of(doing.connection, ledger.campaign.id, row)
        if person is not None:  # else they erased themselves meanwhile
            _withdraw(
                doing, ledger, person, row, request.note, f"{request.asked_by}, {by.name}"
            )

    deeds.do(ledger.store, Actor(request.asked_by), now, act)
    return {}


def _withdraw(
    doing: Doing, ledger: Ledger, person: str, row: int, note: str, by_whom: str
) -> None:
    withdrawn = claims.erase_within(
        ledger, doing.connection, person, None, doing.now, by_whom=by_whom,
        reason="asked in person",
    )
    # No digits of the number: the entry stays when the person is forgotten.
    doing.enter(Kind.ERASURE_ASKED, f"row {row}", note=note, withdrawn=withdrawn)
