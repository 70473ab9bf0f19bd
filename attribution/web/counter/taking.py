"""Taking a number at the counter, with the consent that was read out, and proving it."""
import logging

from flask import render_template, request
from werkzeug.wrappers import Response

from attribution.resident import claims, counter, passings, review
from attribution.resident.form_tokens import BadToken, Form
from attribution.resident.one_time import Awaited, NotSent, OneTime, Proved, TooMany
from attribution.resident.scans import OpenedCode
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.rule.people import Person
from attribution.service import Service
from attribution.store.log import TokenUsed
from attribution.web import limits
from attribution.web.console import access
from attribution.web.console.access import allow
from attribution.web.counter import desk
from attribution.web.counter.desk import pages, posted, see_other
from attribution.web.current import PageAndStatus, service
from attribution.web.public import claiming
from attribution.web.public.common import password_help, phone_help, side
from attribution.web.public.forms import problem_of
from attribution.web.public.landing import consent_text, is_running

log = logging.getLogger("attribution")

_MESSAGES = {
    "limit": "短信现在不能再发，已经先登记，这次没有核实号码。",
    "down": "短信现在发不出去，已经先登记，这次没有核实号码。",
    "tries": "验证码试了太多次，已经先登记，这次没有核实号码。",
    "expired": "验证码过期了，已经先登记，这次没有核实号码。",
    "skip": "没有用短信，已经先登记，这次没有核实号码。",
}


@pages.get("/")
@allow(*desk.ROLES)
def start() -> Response | str:
    """Lead to the account's counter, or ask whose it is where there are several."""
    found = desk.units()
    if len(found) == 1:
        return see_other("form", unit=found[0].id)
    return render_template("counter/pick.html", units=found)


@pages.get("/<unit>")
@allow(*desk.ROLES)
def form(unit: str) -> PageAndStatus | str:
    """Show an empty form, for the next customer."""
    opened = desk.opened_or_404(unit)
    desk.next_one()
    here, now = service(), instants.now()
    if not is_running(here, now):
        return _form(here, opened, now, closed=True), 410
    return _form(here, opened, now, declined="declined" in request.args)


@pages.post("/<unit>/claim")
@allow(*desk.ROLES)
def claim(unit: str) -> Response | PageAndStatus:
    """Register the customer, or have the number proved first."""
    opened = desk.opened_or_404(unit)
    here, now = service(), instants.now()
    token, phone = posted("token"), posted("phone")
    form = _form_of(here, token, opened, now)
    person, problem = claiming.person_of(here, phone)
    if person is not None:
        made = claims.made_of(here.store, form, person.digest)
        if made is not None:  # sent twice
            return _served(here, person, made, now)
    if not is_running(here, now):
        return _form(here, opened, now, closed=True), 410
    read_out = posted("consent") == "yes"
    if person is None or not read_out:
        why = problem_of(problem) or phone_help(0) if person is None else (
            "请先把上面的话念给客人听，客人同意了再勾选。"
        )
        return _form(
            here, opened, now, token=token, phone=phone, problem=why, read_out=read_out
        ), 400
    told = ""
    one_time = side().one_time
    if one_time is not None:
        told = "limit"
        if limits.may_send(form):
            try:
                # Of neither a network nor a browser: the whole hall comes from one of each.
                sent = one_time.send(
                    phone, person, now, purpose="claim", form=token, network="", visitor="",
                    consent=claims.consent_digest(consent_text(opened)), client=counter.CLIENT,
                )
            except NotSent as error:
                log.error("one-time password not sent: %s", error)
                told = "down"
            else:
                if not isinstance(sent, TooMany):
                    side().lookups.later(phone, person, 0, now)
                    return see_other("password", token=sent.id)
    try:
        return _register(here, opened, form, person, now, now, phone=phone, told=told)
    except TokenUsed:
        problem = "这张表已经登记过一位客人，请从空表重新填。"
        return _form(here, opened, now, problem=problem), 409


@pages.get("/password/<token>")
@allow(*desk.ROLES)
def password(token: str) -> Response | str:
    """Ask for the digits on the customer's phone."""
    here, now = service(), instants.now()
    one_time, asked, _, opened = _asked(here, token, now)
    if asked.proved:
        return _after(here, asked, now)
    return render_template(
        "counter/password.html", unit=opened.unit, step=token, last4=asked.person.last4,
        over=asked.over, wait_s=one_time.wait_s(asked, now),
        problem=password_help(request.args.get("why", ""), asked.left),
    )


@pages.post("/prove")
@allow(*desk.ROLES)
def prove() -> Response:
    """Take the digits; or the customer without them, who got no message."""
    here, now, step = service(), instants.now(), posted("step")
    one_time, asked, form, opened = _asked(here, step, now)
    if asked.proved:
        return _after(here, asked, now)
    if posted("skip"):
        return _unproved(here, opened, form, asked, now, "skip")
    outcome = one_time.check(step, posted("password"), now)
    if isinstance(outcome, Proved):
        return _register(here, opened, form, outcome.person, outcome.given_at, now, verified=True)
    if outcome.ends(is_running(here, now)):
        return _unproved(here, opened, form, asked, now, outcome.why)
    return see_other("password", token=step, why=outcome.why)


def _form(
    here: Service, opened: OpenedCode, now: Instant, *, token: str = "", phone: str = "",
    problem: str = "", closed: bool = False, declined: bool = False, read_out: bool = False,
) -> str:
    unit = opened.unit.id
    return render_template(
        "counter/form.html", unit=opened.unit, consent=consent_text(opened), closed=closed,
        token=token or here.forms.issue(counter.new_form(here.store, opened, now)),
        phone=phone, problem=problem, declined=declined, read_out=read_out,
        signed=here.scans.sign(opened.code),
        today=counter.taken_since(here.ledger, unit, desk.today_began()),
        several=len(desk.units()) > 1,
    )


def _form_of(here: Service, token: str, opened: OpenedCode, now: Instant) -> Form:
    """Return the form of *token*, which must be of this very counter."""
    form = here.forms.read(token, now)
    if form.code.unit != opened.code.unit:
        raise BadToken
    return form


def _asked(
    here: Service, token: str, now: Instant
) -> tuple[OneTime, Awaited, Form, OpenedCode]:
    """Return what was sent as *token*, if it was for a form of the account's own counter."""
    one_time = side().one_time
    if one_time is None:
        raise BadToken
    asked = one_time.asked(token, now)
    if asked.purpose != "claim":
        raise BadToken
    form = here.forms.read_late(asked.form)
    return one_time, asked, form, desk.opened_or_404(form.code.unit)


def _register(
    here: Service, opened: OpenedCode, form: Form, person: Person, given_at: Instant,
    now: Instant, *, phone: str | None = None, verified: bool = False, told: str = "",
) -> Response:
    near: frozenset[str] = frozenset()
    signs = counter.signs_of(here.settings.resident.review)
    if phone is not None and signs.in_a_row:
        near = review.neighbours(phone, here.settings.person_pepper, here.settings.digest)
    crowded = not verified and limits.counter_crowded(form, access.account().name)
    done, _ = claiming.made_by(
        here, opened, form, person, given_at, now, network=access.network(),
        client=counter.CLIENT, verified=verified,
        suspicion=claims.Suspicion(signs, near, crowded=crowded),
        entered=counter.entered_by(here.store, access.actor(), now),
    )
    if verified:
        side().lookups.told(person.digest, done.claim.id, now)
    elif phone is not None:
        side().lookups.later(phone, person, done.claim.id, now)
    return _served(here, person, done.claim.id, now, told)


def _unproved(
    here: Service, opened: OpenedCode, form: Form, asked: Awaited, now: Instant, told: str
) -> Response:
    made = claims.made_of(here.store, form, asked.person.digest)
    if made is not None:
        return _served(here, asked.person, made, now)
    return _register(here, opened, form, asked.person, asked.given_at, now, told=told)


def _after(here: Service, asked: Awaited, now: Instant) -> Response:
    made = claims.made_of(here.store, here.forms.read_late(asked.form), asked.person.digest)
    if made is None:
        raise BadToken
    return _served(here, asked.person, made, now)


def _served(
    here: Service, person: Person, claim: int, now: Instant, told: str = ""
) -> Response:
    """Lead to the screen that the customer takes steps and receipt from."""
    token = passings.make(here.ledger, here.links, person.digest, claim, now)
    desk.serve(here, token)
    return see_other("done", token=token, **({"m": told} if told in _MESSAGES else {}))


def message(told: str) -> str:
    """Return what is said of a claim that was not proved, and why; '' for nothing."""
    return _MESSAGES.get(told, "")

