"""
The claim: a number and a consent become an address, whatever happens on the way.

Every form is answered by leading on (303): to the steps, to the page for the password, or on a
slip back to the form, so that reload, back and sharing find a page and send nothing twice. A
limit costs a message and never the way: where none can or may be sent, the claim is taken
unproved, and the page it leads to says so.
"""
import logging
from collections.abc import Callable
from dataclasses import replace

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from attribution.resident import claims, review
from attribution.resident.form_tokens import BadToken, Form
from attribution.resident.one_time import NotSent, TooMany
from attribution.resident.scans import BadCode, OpenedCode
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.rule.people import (
    BadPhone,
    Person,
    aliases_of,
    identifier,
    identify,
    is_usual,
    seal_head,
)
from attribution.service import Service
from attribution.store import registry
from attribution.store.engine.database import Connection
from attribution.store.log import TokenUsed
from attribution.web import limits
from attribution.web.current import service
from attribution.web.public import common, kept
from attribution.web.public.common import pages, side
from attribution.web.public.landing import consent_text, is_running

log = logging.getLogger("attribution")


@pages.post("/claim")
def claim() -> Response:
    """Take a phone number and a consent for the code that the form belongs to."""
    return take(
        request.form.get("token", ""),
        kept.Typed(request.form.get("phone", ""), request.form.get("consent") == "yes"),
        remark=bool(request.form.get("remark")),
    )


@pages.post("/form/<token>/again")
def send_again(token: str) -> Response:
    """Send another password to the number typed a moment ago, which only the phone remembers."""
    typed = kept.typed()
    if typed is None:
        return to_form(token)
    return take(token, typed)


def take(token: str, typed: kept.Typed, *, remark: bool = False) -> Response:
    """
    Claim what was *typed* into the form of *token*, or have its number proved first.

    Args:
        remark: The field that nobody sees was filled in.
    """
    here = service()
    now = instants.now()
    person, problem = person_of(here, typed.phone)
    answers = person if typed.consented else None  # whom a form may be answered for again
    try:
        form = here.forms.read(token, now)
        opened = here.scans.check(form.code, now)
        if opened.unit.is_point:
            raise BadCode("nobody registers at a survey point")
    except (BadToken, BadCode):
        again = _again(here, here.forms.read_late(token), answers)
        if again is None:
            raise
        return again
    one_time = side().one_time
    running = is_running(here, now)
    if one_time is not None or not running:
        again = _again(here, form, answers)
        if again is not None:
            return again
    if not running:
        return to_form(token)
    if person is None or not typed.consented:
        return slip(token, typed, problem if typed.consented else "consent")
    told = ""
    if one_time is not None:
        if claims.is_spent(here.store, form):
            return to_form(token)  # which says so
        told = "limit"
        if limits.may_send(form):
            try:
                sent = one_time.send(
                    typed.phone, person, now, purpose="claim", form=token,
                    network=common.network(), visitor=limits.visitor(),
                    consent=claims.consent_digest(consent_text(opened)),
                    client=common.client().name, near=near_of(here, typed.phone),
                )
            except NotSent as error:
                # Honest, and no reason to send somebody home: an unproved claim counts too.
                log.error("one-time password not sent: %s", error)
                told = "down"
            else:
                if not isinstance(sent, TooMany):
                    side().lookups.later(typed.phone, person, 0, now)
                    response = see_other("password", token=sent.id, _anchor="password")
                    return kept.give_back(response, typed)
    try:
        return register(
            here, opened, form, person, now, now, phone=typed.phone, told=told, remark=remark,
            near=near_of(here, typed.phone),
        )
    except TokenUsed:
        return to_form(token)


def near_of(here: Service, phone: str) -> frozenset[str]:
    """Return digests of the numbers beside *phone*, where anybody asks for them."""
    if not here.settings.resident.review.in_a_row:
        return frozenset()
    return review.neighbours(phone, here.settings.person_pepper, here.settings.digest)


def register(
    here: Service, opened: OpenedCode, form: Form, person: Person, given_at: Instant, now: Instant,
    *, phone: str | None = None, verified: bool = False, told: str = "", remark: bool = False,
    near: frozenset[str] = frozenset(),
) -> Response:
    """
    Claim, and lead to the steps.

    Until the number is proved, the answer is the same for every number: nothing of it, the
    address and the length of the cookie included, depends on who was typed in.

    Args:
        given_at: When number and consent were given.
        told: Why the number is not proved, as the steps page says it. Who keeps no cookie knows
            by this note in the address alone that it is done; it is nothing of a number.
        near: Digests of the numbers beside it, for its review.
    """
    signs = here.settings.resident.review
    suspicion = claims.Suspicion(signs, near, remark, not verified and limits.crowded(form))
    done, opened = made_by(
        here, opened, form, person, given_at, now, network=common.network(),
        client=common.client().name, verified=verified, suspicion=suspicion,
    )
    own = {made.claim for made in kept.made()}
    earlier = done.earlier_unit if verified or done.earlier_claim in own else None
    kept.keep(
        kept.OwnClaim(
            done.claim.id, opened.unit.id, done.receipt,
            earlier if earlier and earlier != opened.unit.id else "", done.instead_of or 0,
        ),
        done.instead_of,
    )
    limits.visitor()
    if verified:
        side().lookups.told(person.digest, done.claim.id, now)
        kept.prove([done.claim.id, *([done.instead_of] if done.instead_of else [])])
    elif phone is not None:
        side().lookups.later(phone, person, done.claim.id, now)
    unusual = phone is not None and not is_usual(phone)
    note = told or ("look" if unusual else "ok")
    return kept.take_back(see_other("steps", token=here.links.steps(done.claim.id), m=note))


def made_by(
    here: Service, opened: OpenedCode, form: Form, person: Person, given_at: Instant, now: Instant,
    *, network: str, client: str, verified: bool, suspicion: claims.Suspicion,
    entered: Callable[[Connection, claims.Claimed], None] | None = None,
) -> tuple[claims.Claimed, OpenedCode]:
    """Claim by *form*, for the unit that its code leads to as the claim is written."""
    while True:
        try:
            return claims.claim(
                here.ledger, opened, form, person, now, consent=consent_text(opened),
                network=network, client=client, verified=verified, suspicion=suspicion,
                receipt_key=here.settings.person_pepper, links=here.links, given_at=given_at,
                revision=opened.version, entered=entered,
            ), opened
        except registry.Stale:  # a unit or a date changed while the form was on its way
            here.follow()
            opened = here.scans.check(form.code, now)


def slip(token: str, typed: kept.Typed, why: str) -> Response:
    """Lead back to the form of *token*, which says what to mend and holds what was *typed*."""
    return kept.give_back(to_form(token, why=why), typed)


def to_form(token: str, **notes: str) -> Response:
    return see_other("form", token=token, _anchor="phone", **notes)


def see_other(page: str, **values: str) -> Response:
    """Lead on to one of the resident's pages."""
    anchor = values.pop("_anchor", None)
    return redirect(url_for(f"public.{page}", _anchor=anchor, _external=False, **values), 303)


def _again(here: Service, form: Form, person: Person | None) -> Response | None:
    """Answer a form that was sent before as it was answered then; None where it was not."""
    made = None if person is None else claims.made_of(here.store, form, person.digest)
    if made is None:
        return None
    session.pop(kept.DECLINED, None)
    return kept.take_back(see_other("steps", token=here.links.steps(made)))


def person_of(here: Service, phone: str) -> tuple[Person | None, str]:
    """Return whom *phone* means, as a claim keeps them; or None and what to say of it."""
    try:
        person = identify(phone, here.settings.person_pepper, here.settings.digest)
        head = seal_head(phone, person.digest, here.settings.person_pepper)
    except BadPhone as error:
        return None, f"phone{min(error.digits, 99)}"
    return replace(person, head=head, aliases=_aliases(here, phone)), ""


def _aliases(here: Service, phone: str) -> tuple[tuple[str, str], ...]:
    """Return under what else than the number the platform may speak of *phone*."""
    if len(here.campaign.grades) == 1:
        return ()
    known = identifier(here.settings.person_pepper, here.settings.digest)
    return aliases_of(phone, known, here.campaign.grades, here.settings.recipe)
