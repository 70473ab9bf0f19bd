"""
Requests to erase that are made on paper or at the counter, and taken down by the office.

Online a resident asks themselves (`resident.claims.erase`); both are carried out together.
"""
from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.ledger import Ledger
from attribution.office import corrections
from attribution.resident import claims
from attribution.rule.instants import Instant
from attribution.store import person_history


def ask(ledger: Ledger, row: int, note: str, by: Actor, now: Instant) -> bool:
    """
    Ask that everything about the person behind *row* be erased; False where there is none.

    Their claims are withdrawn at once.

    Raises:
        Fault: *note* says nothing, or holds a phone number.
    """
    corrections.refuse_note(note)

    def act(doing: Doing) -> bool:
        person = person_history.person_of(doing.connection, ledger.campaign.id, row)
        if person is None:
            return False
        withdrawn = claims.erase_within(
            ledger, doing.connection, person, None, now, by_whom=by.name,
            reason="asked in person",
        )
        # No digits of the number: the entry stays when the person is forgotten.
        doing.enter(Kind.ERASURE_ASKED, f"row {row}", note=note, withdrawn=withdrawn)
        return True

    return deeds.do(ledger.store, by, now, act)
