"""The claim: a number and a consent, and where passwords are sent, the proof of the number."""
import logging
from dataclasses import replace

from flask import render_template, request, session

from attribution.resident import claims, review
from attribution.resident.form_tokens import BadToken, Form
from attribution.resident.one_time import NotSent, Proved, TooMany
from attribution.resident.scans import OpenedCode
from attribution.rule import instants
from attribution.rule.instants import Instant, from_datetime
from attribution.rule.people import (
    BadPhone,
    Person,
    aliases_of,
    identifier,
    identify,
    is_usual,
    seal_head,
)
from attribution.rule.stated import first
from attribution.service import Service
from attribution.store import standings
from attribution.web import limits
from attribution.web.current import PageAndStatus, service
from attribution.web.public import common
from attribution.web.public.common import (
    DECLINED,
    MADE,
    TRY_AGAIN,
    pages,
    password_help,
    phone_help,
    side,
    wait_page,
)
from attribution.web.public.guide import links
from attribution.web.public.landing import consent_text, ended_page, is_running, landing_page

log = logging.getLogger("attribution")

# Claims of one browser that it can show receipts of.
_MOST_MADE = 5


@pages.post("/claim")
def claim() -> PageAndStatus | str:
    """Take a phone number and a consent for the code that the form belongs to."""
    here = service()
    now = instants.now()
    token = request.form.get("token", "")
    form = here.forms.read(token, now)
    opened = here.scans.check(form.code, now)
    if not is_running(here, now):
        return ended_page(here, opened, now, common.client()), 410
    if request.form.get("consent") != "yes":
        problem = "请先看懂并勾选同意。不想登记，可以直接看下载方法。"
        return landing_page(opened, token, problem), 400
    phone = request.form.get("phone", "")
    try:
        person = identify(phone, here.settings.person_pepper, here.settings.digest)
        head = seal_head(phone, person.digest, here.settings.person_pepper)
    except BadPhone as error:
        return landing_page(opened, token, phone_help(error.digits)), 400
    person = replace(person, head=head, aliases=_aliases(here, phone))
    one_time = side().one_time
    if one_time is not None and limits.may_send(form):
        try:
            sent = one_time.send(
                phone, person, now, purpose="claim", form=token,
                network=common.network(), visitor=limits.visitor(),
            )
        except NotSent as error:
            # Honest, and no reason to send somebody home: an unproved claim counts too.
            log.error("one-time password not sent: %s", error)
        else:
            if isinstance(sent, TooMany):
                # No message could be sent for it a moment ago, and it was claimed without.
                if claims.is_made(here.store, form, person):
                    return _claim(here, opened, form, person, now, phone)
                return wait_page(sent.wait_s)
            side().lookups.later(phone, person, 0, now)
            return render_template(
                "public/one_time.html", action="/claim/prove", step=sent.id,
                last4=sent.last4, skip=True,
            )
    return _claim(here, opened, form, person, now, phone)


def _aliases(here: Service, phone: str) -> tuple[tuple[str, str], ...]:
    """Return under what else than the number the platform may speak of *phone*."""
    if len(here.campaign.grades) == 1:
        return ()
    identify = identifier(here.settings.person_pepper, here.settings.digest)
    return aliases_of(phone, identify, here.campaign.grades, here.settings.recipe)


@pages.post("/claim/prove")
def prove() -> PageAndStatus | str:
    """Take the one-time password; or, for who got none, the claim without it."""
    here = service()
    now = instants.now()
    one_time = side().one_time
    step = request.form.get("step", "")
    if one_time is None or not step:
        raise BadToken
    if request.form.get("skip"):
        waiting = one_time.pending(step, now)
        if waiting is None:
            raise BadToken
        person, token = waiting
        form = here.forms.read(token, now)
        return _claim(here, here.scans.check(form.code, now), form, person, now, None)
    outcome = one_time.check(step, request.form.get("password", ""), now)
    if isinstance(outcome, Proved):
        if outcome.purpose != "claim":
            raise BadToken
        form = here.forms.read(outcome.form, now)
        return _claim(here, here.scans.check(form.code, now), form, outcome.person, now, None, True)
    waiting = one_time.pending(step, now)
    if waiting is None:
        raise BadToken
    here.scans.check(here.forms.read(waiting[1], now).code, now)  # no second try at a void code
    return render_template(
        "public/one_time.html", action="/claim/prove", step=step, last4=waiting[0].last4,
        skip=True, problem=password_help(outcome.why, outcome.left),
        over=outcome.why not in TRY_AGAIN,
    ), 400


def _claim(
    here: Service, opened: OpenedCode, form: Form, person: Person, now: Instant,
    phone: str | None, verified: bool = False,
) -> PageAndStatus | str:
    """
    Claim, and show the steps.

    Until the number is proved, the page is the same bytes for every number: nothing on
    it, the receipt and the last digits included, depends on who was typed in.
    """
    if not is_running(here, now):
        return ended_page(here, opened, now, common.client()), 410
    near: frozenset[str] = frozenset()
    signs = here.settings.resident.review
    if phone is not None and signs.in_a_row:
        near = review.neighbours(phone, here.settings.person_pepper, here.settings.digest)
    done = claims.claim(
        here.ledger, opened, form, person, now,
        consent=consent_text(opened), network=common.network(), client=common.client().name,
        verified=verified,
        suspicion=claims.Suspicion(
            signs, near, bool(request.form.get("remark")), not verified and limits.crowded(form)
        ),
        receipt_key=here.settings.person_pepper,
    )
    mine = [made for made in common.made() if made[0] != done.claim.id]
    own = {made[0] for made in mine}
    session[MADE] = [*mine, [done.claim.id, opened.unit.id, done.receipt]][-_MOST_MADE:]
    session.pop(DECLINED, None)
    limits.visitor()
    standing, state = None, ""
    if verified:
        state = side().lookups.told(person.digest, done.claim.id, now).value
        standing = done.standing
    elif phone is not None:
        side().lookups.later(phone, person, done.claim.id, now)
    earlier = None
    if verified or done.earlier_claim in own:
        earlier = here.scans.snapshot().units.get(done.earlier_unit or "")
        if earlier is not None and earlier.id == opened.unit.id:
            earlier = None
    return render_template(
        "public/steps.html", opened=opened, claimed=True, verified=verified, earlier=earlier,
        standing=standing, state=_state(here, standing, state), client=common.client(),
        unusual=phone is not None and not is_usual(phone), links=links(here, common.client()),
    )


def _state(here: Service, standing: standings.Standing | None, asked: str) -> str:
    """Return what a proved person is told: the platform's facts first, then what it was asked."""
    if standing is None or standing.registered_at is None:
        return asked
    if first(standing.registered_at) < from_datetime(here.campaign.mark_time):
        return "before"
    return "during"
