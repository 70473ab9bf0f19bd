"""The page for a one-time password: typing it in, another message, another number, or none."""
from flask import render_template, request, session
from werkzeug.wrappers import Response

from attribution.resident import claims
from attribution.resident.form_tokens import BadToken
from attribution.resident.links import NoPage
from attribution.resident.one_time import Awaited, OneTime, Proved
from attribution.resident.receipts import receipt_of
from attribution.rule import instants
from attribution.rule.instants import MINUTE, SECOND, Instant
from attribution.service import Service
from attribution.web import limits
from attribution.web.current import PageAndStatus, service
from attribution.web.public import kept
from attribution.web.public.claiming import register, see_other
from attribution.web.public.common import pages, password_help, side
from attribution.web.public.landing import is_running
from attribution.web.public.my_claim import opened_by

# Longer than a person stays on the page: then the honest word is that none comes today.
_SOON = 10 * MINUTE


@pages.get("/password/<token>")
def password(token: str) -> Response | PageAndStatus | str:
    """Ask for the password that was sent; or lead on, where it was typed in already."""
    here = service()
    now = instants.now()
    one_time, asked = _asked(token, now)
    made = _made(here, asked) if asked.purpose == "claim" else None
    if asked.proved or (asked.over and made is not None):
        return _after(here, asked)
    wait_s = one_time.wait_s(asked, now)
    return render_template(
        "public/one_time.html", step=token, last4=asked.person.last4, mine=asked.purpose == "my",
        form=asked.form, over=asked.over, wait_s=wait_s,
        soon=wait_s * SECOND <= _SOON and (asked.purpose == "my" or is_running(here, now)),
        problem=password_help(request.args.get("why", ""), asked.left),
        steps=here.links.steps(made) if made is not None else "",
    )


@pages.post("/claim/prove")
def prove() -> Response:
    """Take the one-time password; or, for who got none, the claim without it."""
    here = service()
    now = instants.now()
    step = request.form.get("step", "")
    one_time, asked = _asked(step, now)
    if asked.purpose != "claim":
        raise BadToken
    if request.form.get("skip"):
        return _unproved(here, asked, now, "skip")
    outcome = one_time.check(step, request.form.get("password", ""), now)
    if isinstance(outcome, Proved):
        form = here.forms.read_late(outcome.form)
        return register(
            here, here.scans.check(form.code, outcome.given_at), form, outcome.person,
            outcome.given_at, now, verified=True, near=outcome.near,
        )
    if asked.proved:
        return _after(here, asked)  # sent again, later than a web server does
    if outcome.ends(is_running(here, now)):
        return _unproved(here, asked, now, outcome.why)
    form = here.forms.read_late(asked.form)
    here.scans.check(form.code, asked.given_at)  # no second try at a void code
    return see_other("password", token=step, why=outcome.why, _anchor="password")


@pages.post("/my/prove")
def my_prove() -> Response | PageAndStatus | str:
    """Take the one-time password for /my."""
    now = instants.now()
    step = request.form.get("step", "")
    one_time, asked = _asked(step, now)
    if asked.purpose != "my":
        raise BadToken
    outcome = one_time.check(step, request.form.get("password", ""), now)
    if isinstance(outcome, Proved):
        return opened_by(f"s:{step}", now)
    if asked.proved and outcome.why == "expired":
        return see_other("my_door")
    return see_other("password", token=step, why=outcome.why, _anchor="password")


def _asked(token: str, now: Instant) -> tuple[OneTime, Awaited]:
    one_time = side().one_time
    if one_time is None:
        raise NoPage
    return one_time, one_time.asked(token, now)


def _unproved(here: Service, asked: Awaited, now: Instant, told: str) -> Response:
    """Take the claim of *asked* without the proof, and lead to its steps."""
    form = here.forms.read_late(asked.form)
    if _made(here, asked) is not None:
        return _after(here, asked)
    return register(
        here, here.scans.check(form.code, asked.given_at), form, asked.person, asked.given_at,
        now, told=told, near=asked.near,
    )


def _after(here: Service, asked: Awaited) -> Response:
    """Lead to what came of a password that was typed in."""
    if asked.purpose == "my":
        return see_other("my_door")
    made = _made(here, asked)
    if made is None:
        raise NoPage
    if asked.visitor == session.get(limits.VISITOR) and kept.made_of(made) is None:
        # Taken in while this very browser was away: the receipt is its own.
        kept.keep(kept.OwnClaim(made, here.forms.read_late(asked.form).code.unit, receipt_of(
            here.campaign, made, here.settings.person_pepper
        )))
    return see_other("steps", token=here.links.steps(made))


def _made(here: Service, asked: Awaited) -> int | None:
    return claims.made_of(here.store, here.forms.read_late(asked.form), asked.person.digest)


