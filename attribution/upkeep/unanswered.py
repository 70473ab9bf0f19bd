"""
Claims whose password was never typed in: taken as unproved, as their page says.

Number and consent were given when the form was sent, and a closed page takes neither back; a
limit, a lost message or a short patience costs the proof and not the registration. Of one form
only the last number counts, for the ones before it were slips.
"""
import logging

from attribution.resident import claims
from attribution.resident.form_tokens import BadToken
from attribution.resident.one_time import near_of, person_of
from attribution.resident.scans import BadCode
from attribution.rule import instants
from attribution.rule.instants import MINUTE, SECOND, Instant
from attribution.service import Service
from attribution.store import StoreError
from attribution.store import one_time_passwords as passwords
from attribution.store.engine.database import Row
from attribution.store.log import TokenUsed

log = logging.getLogger("attribution")

# After a password's own life: for who types slowly, and for another message.
PATIENCE = 5 * MINUTE

# In one go; the next one comes soon.
_MOST = 200


def take_in(service: Service, now: Instant | None = None) -> int:
    """Claim what waited too long for its password; return how many claims that made."""
    resident = service.settings.resident
    if resident.sender == "off":
        return 0
    now = instants.now() if now is None else now
    before = now - resident.quotas.lasts_s * SECOND - PATIENCE
    try:
        with service.store.read() as connection:
            rows = passwords.left_open(connection, service.campaign.id, before, _MOST)
        return sum(_take_in(service, row, now) for row in rows)
    except StoreError as error:
        log.error("claims without a password: not taken: %s", error)
        return 0


def _take_in(service: Service, row: Row, now: Instant) -> bool:
    made = _claim(service, row, now)
    service.store.write(lambda c: passwords.settle(c, service.campaign.id, row["id"], now))
    return made


def _claim(service: Service, row: Row, now: Instant) -> bool:
    """Claim for the form of *row*, unless something came of it; return whether it did."""
    with service.store.read() as connection:
        newest = passwords.is_newest(connection, service.campaign.id, row["form"], row["at"])
    try:
        form = service.forms.read_late(row["form"])
        if not newest or claims.is_spent(service.store, form):
            return False
        claims.claim(
            service.ledger, service.scans.check(form.code, row["given_at"]), form,
            person_of(row), now, consent="", agreed=row["consent"], network=row["network"],
            client=row["client"],
            suspicion=claims.Suspicion(service.settings.resident.review, near_of(row)),
            receipt_key=service.settings.person_pepper, links=service.links,
            given_at=row["given_at"],
        )
    except (BadToken, BadCode, TokenUsed):  # keys or the code changed meanwhile
        return False
    return True
