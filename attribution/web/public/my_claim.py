"""One's own claim: the receipt, and what it or a proved number lets one see, withdraw, erase."""
import logging

from flask import render_template, request, session

from attribution.resident import claims, receipts
from attribution.resident.form_tokens import BadToken
from attribution.resident.one_time import NotSent, Proved, TooMany
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.rule.people import BadPhone, identify
from attribution.store import residents, standings
from attribution.web import limits
from attribution.web.current import PageAndStatus, service
from attribution.web.public import common
from attribution.web.public.common import (
    MADE,
    TRY_AGAIN,
    pages,
    password_help,
    phone_help,
    side,
    wait_page,
)

log = logging.getLogger("attribution")


@pages.get("/receipt")
def receipt() -> str | PageAndStatus:
    """Show the receipts of the claims that this browser made."""
    here = service()
    units = here.scans.snapshot().units
    made = [
        (code, units[unit].name) for _, unit, code in reversed(common.made()) if unit in units
    ]
    return render_template("public/receipt.html", made=made)


@pages.get("/my")
def my_door() -> str:
    """Ask for the receipt, or for the number where one-time passwords are on."""
    return _my_door()


@pages.post("/my")
def my() -> PageAndStatus | str:
    """Show what a receipt proves, or send a one-time password to the number."""
    here = service()
    now = instants.now()
    limits.visitor()
    typed = request.form.get("receipt", "")
    one_time = side().one_time
    if typed or one_time is None:
        receipt = receipts.read_receipt(typed)
        if receipt is None:
            # No guess, so not counted as one.
            return _my_door("回执编号是10位字母和数字，请对着您的回执再看看。"), 400
        return _mine(f"r:{receipt}", now)
    phone = request.form.get("phone", "")
    try:
        person = identify(phone, here.settings.person_pepper, here.settings.digest)
    except BadPhone as error:
        return _my_door(phone_help(error.digits)), 400
    try:
        sent = one_time.send(
            phone, person, now, purpose="my", network=common.network(), visitor=limits.visitor()
        )
    except NotSent as error:
        log.error("one-time password not sent: %s", error)
        return _my_door("短信现在发不出去，请用回执编号，或晚点再来。"), 503
    if isinstance(sent, TooMany):
        return wait_page(sent.wait_s)
    return render_template(
        "public/one_time.html", action="/my/prove", step=sent.id, last4=sent.last4, skip=False
    )


@pages.post("/my/prove")
def my_prove() -> PageAndStatus | str:
    """Take the one-time password for /my."""
    now = instants.now()
    one_time = side().one_time
    step = request.form.get("step", "")
    if one_time is None or not step:
        raise BadToken
    outcome = one_time.check(step, request.form.get("password", ""), now)
    if isinstance(outcome, Proved):
        return _mine(f"s:{step}", now)
    return render_template(
        "public/one_time.html", action="/my/prove", step=step, last4="", skip=False,
        problem=password_help(outcome.why, outcome.left), over=outcome.why not in TRY_AGAIN,
    ), 400


@pages.post("/my/act")
def my_act() -> PageAndStatus | str:
    """Withdraw or erase what the proof stands for."""
    here = service()
    now = instants.now()
    proof = request.form.get("proof", "")
    found = _proved(proof, now)
    if found is None:
        return _my_door("时间过了，请再来一次。"), 400
    person, only = found
    by = "receipt" if proof.startswith("r:") else "one_time"
    what = request.form.get("what", "")
    if what == "erase":
        claims.erase(here.ledger, person, only, now, by_whom=by, reason="person")
        gone = {only} if only is not None else None
        session[MADE] = [made for made in common.made() if gone is not None and made[0] not in gone]
        return render_template("public/erased.html")
    if what == "withdraw":
        with here.store.read() as connection:
            rows = residents.claims_of(connection, here.campaign.id, person)
        chosen = request.form.get("claim", "")
        for row in rows:
            if str(row["id"]) == chosen and only in (None, row["id"]):
                claims.withdraw(
                    here.ledger, person, row["id"], now, by_whom=by, reason="person"
                )
        return _mine(proof, now)
    raise BadToken


def _proved(proof: str, now: Instant) -> tuple[str, int | None] | None:
    """Return the person that *proof* stands for, and the one claim it is limited to."""
    here = service()
    kind, _, value = proof.partition(":")
    if kind == "r":
        code = receipts.read_receipt(value)
        if code is None:
            return None
        limits.check_guesses(known=bool(common.made()))
        digest = receipts.digest_of(code, here.settings.person_pepper)
        with here.store.read() as connection:
            row = residents.receipt(connection, here.campaign.id, digest)
        if row is None:
            limits.count_guess()
            return None
        return row["person"], int(row["claim"])
    one_time = side().one_time
    if kind == "s" and one_time is not None:
        person = one_time.proved(value, now, purpose="my")
        return (person.digest, None) if person else None
    return None


def _mine(proof: str, now: Instant) -> PageAndStatus | str:
    here = service()
    found = _proved(proof, now)
    if found is None:
        return _my_door("没有这个回执编号，请对着您的回执再看看。"), 404
    person, only = found
    with here.store.read() as connection:
        rows = residents.claims_of(connection, here.campaign.id, person)
        standing = standings.standings_of(connection, here.campaign.id, [person]).get(person)
    units = here.scans.snapshot().units
    shown = [
        {**row, "name": units[row["unit"]].name, "when": instants.local_text(row["at"])}
        for row in rows
        if only in (None, row["id"]) and row["unit"] in units
    ]
    return render_template(
        "public/my.html", rows=shown, proof=proof,
        # A receipt proves a claim, not the number: steps are told for a password only.
        standing=standing if only is None else None, all=only is None,
    )


def _my_door(problem: str = "") -> str:
    return render_template(
        "public/my_door.html", problem=problem, otp=side().one_time is not None
    )
