"""A claim: phone and consent become a person's word that one unit brought them."""
import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

from attribution import evidence, judging
from attribution.ledger import Ledger
from attribution.resident import receipts, review
from attribution.resident.form_tokens import Form
from attribution.resident.links import Links
from attribution.resident.scans import OpenedCode
from attribution.rule import credit
from attribution.rule.claimed_again import claim_before
from attribution.rule.instants import Instant
from attribution.rule.people import Person
from attribution.settings.resident_options import Signs
from attribution.store import Store, log, registry, residents, standings, takeover_rows
from attribution.store.assisted import CLIENT
from attribution.store.engine.database import Connection
from attribution.store.log import TokenUsed

__all__ = ["Claimed", "TokenUsed", "claim", "withdraw"]


@dataclass(frozen=True)
class Claimed:
    """
    What became of a claim.

    Args:
        earlier_unit: The unit that this person claimed last before it, by the claim
            *earlier_claim*. Only for who proved the number, or made that claim themselves.
        instead_of: The unproved claim of the same form that this one proves; None for none.
        held: Why it waits for review; None when it does not. For staff only.
        receipt: With which its holder may withdraw it.
        standing: Where the person stands with it.
    """

    claim: log.ClaimRow
    earlier_unit: str | None
    earlier_claim: int | None
    instead_of: int | None
    held: str | None
    receipt: str
    standing: standings.Standing


@dataclass(frozen=True)
class Suspicion:
    """
    What `review` needs to know of a claim: the digests of the numbers *near* it.

    Args:
        crowded: Its network, code or browser made more claims than the limits say.
    """

    signs: Signs
    near: frozenset[str] = frozenset()
    honeypot: bool = False
    crowded: bool = False


def consent_digest(text: str) -> str:
    """Return the digest under which a claim remembers the exact text agreed to (PIPL 14)."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def claim(
    ledger: Ledger,
    opened: OpenedCode,
    form: Form,
    person: Person,
    now: Instant,
    *,
    consent: str,
    network: str,
    client: str,
    verified: bool = False,
    agreed: str = "",
    suspicion: Suspicion | None = None,
    receipt_key: str = "",
    links: Links | None = None,
    given_at: Instant | None = None,
    entered: Callable[[Connection, Claimed], None] | None = None,
    revision: int | None = None,
) -> Claimed:
    """
    Record that *person* names the unit of *opened*, and judge them again.

    The same form sent twice is one claim. Durable when this returns.

    Args:
        given_at: When number and consent were given, which is the claim's time; None for *now*.
            A proof that comes later verifies the claim, and is no later claim.
        consent: The text that was shown and agreed to.
        agreed: Its digest instead, where it was shown a while ago.
        verified: The number was proved by a one-time password. Such a claim is reviewed
            for numbers in a row alone, and the same form may bring one after an unproved claim.
        suspicion: What to review it by; None for no review.
        receipt_key: Keys the receipt; empty for none.
        entered: What else is written of a new claim, in its transaction.
        links: Makes the address of the claim's steps, which is kept beside the receipt.
        revision: By which *opened* and the campaign were read; None: whatever it is.

    Raises:
        TokenUsed: the form was sent before with another number.
        registry.Stale: units or settings changed since *revision*. Nothing was written.
    """
    row = log.ClaimRow(
        ledger.store.next_id(now),
        ledger.campaign.id,
        person.digest,
        now if given_at is None else given_at,
        opened.unit.id,
        opened.issue,
        opened.placement,
        None if client == CLIENT else form.scan,  # at a counter nobody opened a code
        verified,
        person.last4,
        agreed or consent_digest(consent),
        network,
        client,
        token=_token(form, verified),
    )
    return write(
        ledger, row, person, now, scan=form.scan, suspicion=suspicion, receipt_key=receipt_key,
        links=links, entered=entered, revision=revision,
    )


def write(
    ledger: Ledger, row: log.ClaimRow, person: Person, now: Instant, *, scan: int | None,
    suspicion: Suspicion | None, receipt_key: str, links: Links | None,
    entered: Callable[[Connection, Claimed], None] | None = None, revision: int | None = None,
) -> Claimed:
    """Write the claim *row* of *person* with all that follows of it; arguments as of `claim`."""

    def record(connection: Connection) -> Claimed:
        if person.aliases:
            # Before anything is read: whoever claimed with the same digits is judged too.
            evidence.name(
                ledger.store, connection, ledger.campaign.id, person.digest, person.aliases, now
            )
        history = judging.history_of(ledger, connection, person.digest)
        before = {claim.id: claim for claim in history.claims}
        held = None
        if suspicion is not None:
            held = review.reason_to_hold(
                connection, ledger.campaign.id, row.unit, now=now, scan=scan,
                near=suspicion.near, honeypot=suspicion.honeypot,
                crowded=suspicion.crowded, signs=suspicion.signs, verified=row.verified,
            )
        stored = log.add_claim(
            connection, row, [c.at for c in before.values() if c.unit == row.unit]
        )
        if person.head is not None:
            residents.put_head(connection, ledger.campaign.id, person.digest, person.head)
        if stored.id != row.id:
            held = None  # the form was sent before, and judged then
        if held is not None:
            log.add_claim_event(
                connection, ledger.campaign.id, person.digest, stored.id,
                id=ledger.store.next_id(now), at=now, kind="held", reason=held, by_whom="rule",
            )
        receipt = ""
        if receipt_key:
            receipt = receipts.receipt_of(ledger.campaign, stored.id, receipt_key)
            # Of a form that was sent before they are there, unless they were erased since.
            if stored.id == row.id:
                residents.add_receipt(
                    connection, ledger.campaign.id, receipts.digest_of(receipt, receipt_key),
                    person.digest, stored.id,
                    links.digest_of(links.steps(stored.id)) if links else None,
                )
        if stored.id not in before:
            leads, newest = registry.leads(connection, ledger.campaign.id, stored.unit)
            if revision is not None and revision != newest:
                raise registry.Stale
            unit, active = standings.claimed(stored.unit, leads, stored.at)
            history.last4 = stored.last4
            new = credit.Claim(
                stored.id, unit, stored.at, stored.verified, held is not None, False, active
            )
            history.claims.append(new)
            other = claim_before(before.values(), new)
            if other is not None:
                takeover_rows.add(connection, ledger.campaign.id, person.digest, new, other)
        standing = judging.apply_to(
            ledger, connection, person.digest, history, now, "late_claim"
        )
        others = [c for c in before.values() if c.id != stored.id and not c.withdrawn]
        same = [c.id for c in others if is_of_one_form(c, stored.unit, stored.at)]
        latest = max(
            (c for c in others if c.id not in same), key=lambda c: (c.at, c.id), default=None
        )
        done = Claimed(
            stored, latest.unit if latest else None, latest.id if latest else None,
            min(same, default=None), held, receipt, standing,
        )
        if entered is not None and stored.id == row.id:
            entered(connection, done)
        return done

    return ledger.store.write(record)


def is_of_one_form(claim: credit.Claim, unit: str, at: Instant) -> bool:
    """
    Tell whether *claim* came of the form that named *unit* at *at*.

    A form that is proved after it was taken unproved leaves two claims of one moment; they are
    one registration to its person, who takes both back or none.
    """
    return claim.unit == unit and claim.at == at


def made_of(store: Store, form: Form, person: str) -> int | None:
    """Return the claim that *form* made of *person*, the proved one first; None for none."""
    with store.read() as connection:
        for token in (_token(form, verified=True), _token(form)):
            row = log.claim_of_form(connection, token)
            if row is not None:
                return int(row["claim"]) if row["person"] == person else None
    return None


def is_spent(store: Store, form: Form) -> bool:
    """Tell whether a claim of anybody came of *form*."""
    with store.read() as connection:
        return any(
            log.claim_of_form(connection, token) is not None
            for token in (_token(form), _token(form, verified=True))
        )


def _token(form: Form, verified: bool = False) -> str:
    return proved_token(form.key) if verified else form.key


def proved_token(token: str) -> str:
    """Return the mark of the proof of *token*'s claim: a second act of the same form."""
    return f"{token}:proved"


def withdraw(
    ledger: Ledger, person: str, claim_id: int, now: Instant, *,
    by_whom: str, reason: str,
) -> None:
    """Take a claim back, as its person may at any time (PIPL 15)."""

    def record(connection: Connection) -> None:
        history = judging.history_of(ledger, connection, person)
        only = _of_the_same_forms(history, claim_id)
        if _take_back(ledger, connection, person, history, only, now, by_whom, reason):
            judging.apply_to(ledger, connection, person, history, now, "withdrawn")

    ledger.store.write(record)


def erase(
    ledger: Ledger, person: str, claim_id: int | None, now: Instant, *,
    by_whom: str, reason: str,
) -> int:
    """
    Withdraw and erase one claim, or with None everything about *person* (PIPL 47).

    What is no log is deleted at once; the log's rows are withdrawn at once and given to
    the retention job, the only code that may delete them.

    Returns:
        How many claims were withdrawn by this.
    """
    return ledger.store.write(lambda connection: erase_within(
        ledger, connection, person, claim_id, now, by_whom=by_whom, reason=reason
    ))


def erase_within(
    ledger: Ledger, connection: Connection, person: str, claim_id: int | None, now: Instant, *,
    by_whom: str, reason: str,
) -> int:
    """Do as `erase`, in a transaction that is there already."""
    history = judging.history_of(ledger, connection, person)
    only = _of_the_same_forms(history, claim_id)
    withdrawn = _take_back(ledger, connection, person, history, only, now, by_whom, reason)
    for claim in [None] if claim_id is None else sorted(only):
        residents.erase(
            connection, ledger.campaign.id, person, id=ledger.store.next_id(now), at=now,
            claim=claim, by_whom=by_whom,
        )
    judging.apply(ledger, connection, {person: history}, now, "withdrawn")
    return withdrawn


def _of_the_same_forms(history: standings.History, claim_id: int | None) -> set[int]:
    """Return the claim and what else came of its form; with None all of the person's."""
    named = [claim for claim in history.claims if claim_id in (None, claim.id)]
    return {
        claim.id for claim in history.claims
        if any(is_of_one_form(claim, one.unit, one.at) for one in named)
    } | ({claim_id} if claim_id is not None else set())


def _take_back(
    ledger: Ledger, connection: Connection, person: str, history: standings.History,
    only: Collection[int], now: Instant, by_whom: str, reason: str,
) -> int:
    """
    Withdraw the claims *only* of *person*, in the ledger and in the *history*; say how many.

    A withdrawal stands; a second one says nothing new.
    """
    withdrawn = 0
    for place, claim in enumerate(sorted(history.claims, key=lambda claim: claim.id)):
        history.claims[place] = claim
        if claim.id not in only or claim.withdrawn:
            continue
        log.add_claim_event(
            connection, ledger.campaign.id, person, claim.id, id=ledger.store.next_id(now),
            at=now, kind="withdrawn", reason=reason, by_whom=by_whom,
        )
        history.claims[place] = claim._replace(withdrawn=True)
        withdrawn += 1
    return withdrawn
