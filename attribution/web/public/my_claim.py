"""
One's own claim: the receipt, and what it or a proved number lets one see, withdraw, erase.

What proves whose it is stays in the signed cookie for a quarter of an hour, so that every
outcome has an address; a browser without cookies carries it in the page's forms instead.
Nothing is taken back without one page that names what is lost.
"""
import logging

from flask import render_template, request, session
from werkzeug.wrappers import Response

from attribution.resident import claims, proved_later, reached, receipts
from attribution.resident.form_tokens import BadToken
from attribution.resident.one_time import NotSent, TooMany
from attribution.rule import instants
from attribution.rule.instants import SECOND, Instant
from attribution.rule.people import BadPhone, identify
from attribution.store import end_log, residents
from attribution.store.engine.database import Row
from attribution.web import limits
from attribution.web.current import PageAndStatus, service
from attribution.web.public import common, kept
from attribution.web.public.claiming import near_of, see_other
from attribution.web.public.common import pages, phone_help, side

log = logging.getLogger("attribution")


@pages.get("/receipt")
def receipt() -> str | PageAndStatus:
    """Show the receipts of the claims that this browser made."""
    here = service()
    units = here.scans.snapshot().units
    made = [
        (one.receipt, units[one.unit].name, here.links.steps(one.claim))
        for one in reversed(kept.made()) if one.unit in units
    ]
    return render_template("public/receipt.html", made=made)


@pages.get("/my")
def my_door() -> PageAndStatus | str:
    """Show what was proved a moment ago; else ask for the receipt, or for the number."""
    if _is_over():
        return _nobody_is_known()
    now = instants.now()
    limits.visitor()  # so that the answer to the form knows whether cookies are kept
    proof = _proof(now)
    if proof:
        found = _proved(proof, now)
        if found is not None:
            return _mine(proof, found, request.args.get("done", ""))
        session.pop(kept.MINE, None)
    return _door(request.args.get("why", ""))


@pages.post("/my")
def my() -> Response | PageAndStatus | str:
    """Lead to what a receipt proves, or send a one-time password to the number."""
    if _is_over():
        return _nobody_is_known()
    here = service()
    now = instants.now()
    limits.visitor()
    typed = request.form.get("receipt", "")
    one_time = side().one_time
    if typed or one_time is None:
        code = receipts.read_receipt(typed)
        if code is None:
            return _refused("unread")  # no guess, so not counted as one
        if _proved(f"r:{code}", now) is None:
            return _refused("unknown")
        return opened_by(f"r:{code}", now)
    phone = request.form.get("phone", "")
    try:
        person = identify(phone, here.settings.person_pepper, here.settings.digest)
    except BadPhone as error:
        return _refused(f"phone{min(error.digits, 99)}")
    try:
        sent = one_time.send(
            phone, person, now, purpose="my", network=common.network(),
            visitor=limits.visitor(), near=near_of(here, phone),
        )
    except NotSent as error:
        log.error("one-time password not sent: %s", error)
        return _refused("down")
    if isinstance(sent, TooMany):
        return _refused(f"wait{sent.wait_s}")
    return see_other("password", token=sent.id, _anchor="password")


def opened_by(proof: str, now: Instant) -> Response | PageAndStatus | str:
    """Open /my to who brought *proof*; at its address, where the browser keeps a cookie."""
    found = _proved(proof, now)
    if found is None:
        return _refused("over")
    if not request.cookies:
        return _mine(proof, found)
    session[kept.MINE] = [proof, now + kept.MINE_S * SECOND]
    if proof.startswith("s:"):
        # The number is proved: this browser may see how far its person is, and what was given
        # here before is verified by it.
        own = {made.claim for made in kept.made()}
        for row in _all_rows(found[0]):
            if row["id"] in own:
                _verify(proof, row, now)
    return see_other("my_door")


def _verify(proof: str, row: Row, now: Instant) -> None:
    """Verify the claim *row* by the number that *proof* proved, and keep it as this browser's."""
    here = service()
    token = proof.partition(":")[2]
    one_time = side().one_time
    person = one_time.proved(token, now, purpose="my", within_s=kept.MINE_S) if one_time else None
    if one_time is None or person is None:
        return
    done = proved_later.verify(
        here.ledger, person, row["id"], now, receipt_key=here.settings.person_pepper,
        links=here.links, suspicion=claims.Suspicion(
            here.settings.resident.review, one_time.asked(token, now).near
        ),
    )
    before = kept.made_of(row["id"])
    if done is not None:
        kept.keep(kept.OwnClaim(
            done.claim.id, row["unit"], done.receipt, before.earlier if before else "", row["id"]
        ), row["id"])
        kept.prove([row["id"], done.claim.id])
    elif before is not None:
        kept.prove([row["id"]])


@pages.post("/my/act")
def my_act() -> Response | PageAndStatus | str:
    """Withdraw or erase what the proof stands for, once it was said what is lost."""
    here = service()
    now = instants.now()
    # From the page and not from the cookie: another site can send a form, but not see a page.
    proof = request.form.get("proof", "")
    found = _proved(proof, now)
    if found is None:
        return _refused("over")
    person, only = found
    what = request.form.get("what", "")
    chosen = [row for row in _rows(person, only) if _token(row) == request.form.get("of", "")]
    if what not in ("mine", "withdraw", "erase") or (what != "erase" and not chosen):
        raise BadToken
    if what == "mine":
        _verify(proof, chosen[0], now)
        return see_other("my_door", done="mine") if request.cookies else _mine(proof, found, "mine")
    if request.form.get("sure") != "yes":
        if request.cookies and _proof(now):
            return see_other("my_sure", what=what, **({"of": _token(chosen[0])} if chosen else {}))
        return _sure(what, proof, found, chosen)
    by = "receipt" if proof.startswith("r:") else "one_time"
    if what == "erase":
        gone = {int(row["id"]) for row in _rows(person, only)}
        claims.erase(here.ledger, person, only, now, by_whom=by, reason="person")
        kept.forget(gone)
        session.pop(kept.MINE, None)
        return see_other("my_erased")
    for row in chosen:
        claims.withdraw(here.ledger, person, row["id"], now, by_whom=by, reason="person")
    if request.cookies:
        return see_other("my_door", done="withdrawn")
    return _mine(proof, found, "withdrawn")


@pages.get("/my/sure/<what>")
def my_sure(what: str) -> Response | str:
    """Name what is lost, before it is."""
    now = instants.now()
    proof = _proof(now)
    found = _proved(proof, now)
    if found is None or what not in ("withdraw", "erase"):
        return see_other("my_door")
    chosen = [row for row in _rows(*found) if _token(row) == request.args.get("of", "")]
    if what == "withdraw" and not chosen:
        return see_other("my_door")
    return _sure(what, proof, found, chosen)


@pages.get("/my/erased")
def my_erased() -> str:
    """Say that it is done."""
    return render_template("public/erased.html")


def _proof(now: Instant) -> str:
    """Return what this browser proved not long ago; '' for nothing."""
    found = session.get(kept.MINE)
    if not isinstance(found, list) or len(found) != 2 or now >= found[1]:
        return ""
    return str(found[0])


def _proved(proof: str, now: Instant) -> tuple[str, int | None] | None:
    """Return the person that *proof* stands for, and the one claim it is limited to."""
    here = service()
    kind, _, value = proof.partition(":")
    if kind == "r":
        code = receipts.read_receipt(value)
        if code is None:
            return None
        limits.check_guesses(known=bool(kept.made()))
        digest = receipts.digest_of(code, here.settings.person_pepper)
        with here.store.read() as connection:
            row = residents.receipt(connection, here.campaign.id, digest)
        if row is None:
            limits.count_guess()
            return None
        return row["person"], int(row["claim"])
    one_time = side().one_time
    if kind == "s" and one_time is not None:
        person = one_time.proved(value, now, purpose="my", within_s=kept.MINE_S)
        return (person.digest, None) if person else None
    return None


def _rows(person: str, only: int | None) -> list[Row]:
    """
    Return the claims of *person* that a proof opens, oldest first.

    What came of one form, unproved and then proved, is one registration: the proved one.
    """
    rows = [row for row in _all_rows(person) if only in (None, row["id"])]
    best = {(row["unit"], row["at"]): row for row in sorted(rows, key=lambda r: r["verified"])}
    return [row for row in rows if best[row["unit"], row["at"]] is row]


def _all_rows(person: str) -> list[Row]:
    here = service()
    with here.store.read() as connection:
        rows = residents.claims_of(connection, here.campaign.id, person)
    known = here.scans.snapshot().units
    return [row for row in rows if row["unit"] in known]


def _token(row: Row) -> str:
    return service().links.steps(int(row["id"]))


def _shown(rows: list[Row]) -> list[Row]:
    units = service().scans.snapshot().units
    return [
        {**row, "name": units[row["unit"]].name, "when": instants.local_text(row["at"]),
         "token": _token(row)}
        for row in rows
    ]


def _mine(proof: str, found: tuple[str, int | None], done: str = "") -> str:
    person, only = found
    return render_template(
        "public/my.html", rows=_shown(_rows(person, only)), proof=proof, all=only is None,
        # A receipt proves a claim, not the number: steps are told for a password only.
        progress=reached.read(service().ledger, person) if only is None else None, done=done,
    )


def _sure(
    what: str, proof: str, found: tuple[str, int | None], chosen: list[Row]
) -> str:
    rows = chosen if what == "withdraw" else _rows(*found)
    return render_template(
        "public/sure.html", what=what, rows=_shown(rows), proof=proof, all=found[1] is None,
    )


def _refused(why: str) -> Response | PageAndStatus:
    """Lead back to the door, which says why; in place where the browser keeps no cookie."""
    return see_other("my_door", why=why)


def _is_over() -> bool:
    """Whether everybody's registration was forgotten, at the end of the campaign."""
    here = service()
    with here.store.read() as connection:
        return end_log.is_over(connection, here.campaign.id)


def _nobody_is_known() -> PageAndStatus:
    title = "登记信息都已删除"
    text = (
        "本次活动已经结束，核对和申诉也都办完了。"
        "所有人的登记信息已经删除，查不到是谁，也不再收手机号。"
    )
    return render_template("public/notice.html", title=title, text=text), 410


def _door(why: str) -> str:
    units = service().scans.snapshot().units
    return render_template(
        "public/my_door.html", problem=_problem(why), otp=side().one_time is not None,
        made=[(one.receipt, units[one.unit].name) for one in reversed(kept.made())
              if one.unit in units],
    )


def _problem(why: str) -> str:
    number = why.removeprefix("phone").removeprefix("wait")
    count = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0
    if why.startswith("phone"):
        return phone_help(count)
    if why.startswith("wait"):
        return f"短信现在还不能再发，{common.spoken(count)}以后可以。有回执编号的，现在就能查。"
    return {
        "unread": "回执编号是10位字母和数字，请对着您的回执再看看。",
        "unknown": "没有这个回执编号，请对着您的回执再看看。",
        "down": "短信现在发不出去，请用回执编号，或晚点再来。",
        "over": "时间过了，请再来一次。",
    }.get(why, "")
