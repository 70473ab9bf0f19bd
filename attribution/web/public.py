"""
What residents see: the page behind a code, the claim, the steps, their rights, the ways out.

A page is rendered once for each code, kind of client and minute of the campaign that
differs, with a mark where the form's token goes; `landing_of` gives it and `hand_out`
puts the token in. So a scan costs one durable row and one replacement.
"""
import logging
import re
import threading
import time
from dataclasses import dataclass, replace
from functools import lru_cache

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from attribution import claims, clients, instants, metrics, receipts, resident, review
from attribution.instants import Instant, from_datetime
from attribution.lookups import Lookups
from attribution.one_time import NotSent, OneTime, Proved, TooMany
from attribution.people import BadPhone, Person, identify, is_usual, seal_head
from attribution.scans import BadCode, Opened
from attribution.service import Service
from attribution.store import StoreError, ledger, residents
from attribution.tokens import BadToken, Form
from attribution.web import limits
from attribution.web.errors import Answer
from qrgen.campaign import Link
from qrgen.symbols import make_symbol

log = logging.getLogger("attribution")

pages = Blueprint("public", __name__)

# Stands in a rendered page where the form's token goes. In no text of ours.
TOKEN_MARK = "@@form-token@@"  # noqa: S105

# Rendered landing pages that are kept: units x clients, and then some placements.
KEPT = 2048

DECLINED = "declined"
MADE = "made"  # claims this browser made: [[claim, unit, receipt], …], newest last
_MOST_MADE = 5

# How long /readyz waits for a row to be written.
BEAT_S = 3.0


@dataclass
class Side:
    """What only the resident's pages need, made once for each application."""

    lookups: Lookups
    one_time: OneTime | None
    pages: dict[tuple[object, ...], str]


def install(app: Flask) -> None:
    """Add the resident's pages to *app*."""
    here = app.extensions["zhuanma"]
    settings = here.settings.resident
    sender = resident.make_sender(settings)
    platform = resident.make_platform(settings, here.store, here.campaign)
    app.extensions["zhuanma.side"] = Side(
        Lookups(here.store, here.campaign, platform),
        OneTime(
            here.store, here.campaign, here.settings.form_keys[-1], settings.quotas, sender
        ) if sender else None,
        {},
    )
    app.register_blueprint(pages)
    limits.install(app, settings.limits, here.settings.redis_url)


def service() -> Service:
    """Return the service of the current application."""
    found = current_app.extensions["zhuanma"]
    assert isinstance(found, Service)
    return found


def side() -> Side:
    found = current_app.extensions["zhuanma.side"]
    assert isinstance(found, Side)
    return found


# --- the page behind a code ---------------------------------------------------------------


@pages.get("/q/<code>")
@pages.get("/Q/<code>")
def scan(code: str) -> Answer | str | Response:
    """Log the scan durably; then answer with the unit's page, or its official link."""
    here = service()
    now = instants.now()
    opened = here.desk.open(code)
    client = clients.read(request.headers.get("User-Agent", ""))
    flag = clients.flag_of(request.method, request.headers)
    try:
        return log_and_land(
            here, opened, now, address=limits.address(), client=client, flag=flag,
            declined=bool(request.cookies) and _declined(opened),
        )
    except StoreError as error:
        return not_logged(error, opened, client)


def not_logged(error: StoreError, opened: Opened, client: clients.Client) -> Answer:
    """Answer a scan that could not be written: the guide, and when to come back."""
    # No row, no form: a claim would rest on a scan that nobody can show.
    log.error("scan not logged: %s", error)
    return _guide_instead(opened, client), 503, {"Retry-After": "60"}


# `fast` answers a plain scan with the same parts: `Desk.record`, `landing_of`, the form's token.


def log_and_land(
    here: Service, opened: Opened, now: Instant, *, address: str, client: clients.Client,
    flag: str | None, declined: bool = False,
) -> str | Response:
    """
    Log a scan of *opened* durably and return the page (or the redirect) for it.

    Raises:
        BadCode: the code was revoked in the meantime.
        StoreError: it could not be logged; nothing may be claimed on it.
    """
    logged = here.desk.record(opened, now, address=address, client=client.name, flag=flag)
    target = link_of(here, opened)
    if target is not None:
        return redirect(target, 302)
    page = landing_of(here, opened, client, now, declined=declined)
    return hand_out(here, page, Form(logged.id, now, opened.code))


def landing_of(
    here: Service, opened: Opened, client: clients.Client, now: Instant, *, declined: bool = False
) -> str:
    """Return the landing page of *opened* with TOKEN_MARK in it; from memory the second time."""
    running, early = is_running(here, now), now < from_datetime(here.campaign.start)
    key = (opened.code, opened.version, client.hint, client.system, declined, running, early)
    kept = side().pages
    page = kept.get(key)
    if page is None:
        if not running:
            page = _ended(here, opened, now, client)
        else:
            page = _landing(opened, TOKEN_MARK, client=client, declined=declined)
        if len(kept) >= KEPT:
            kept.clear()
        kept[key] = page
    return page


def hand_out(here: Service, page: str, form: Form) -> str:
    """Return *page* with *form*'s token in it."""
    return page.replace(TOKEN_MARK, here.forms.issue(form))


@pages.post("/seen")
def seen() -> tuple[str, int]:
    """A visible page reports itself: a person looked, no preview did."""
    here = service()
    now = instants.now()
    form = here.forms.read(request.form.get("token", ""), now)
    opened = here.desk.check(form.code)
    here.store.write(
        lambda c: residents.add_seen(c, here.campaign.id, form.scan, opened.unit.id, now)
    )
    return "", 204


@pages.get("/symbol/<code>.svg")
def symbol(code: str) -> Response:
    """The code as a picture, for who opened the page on a computer."""
    here = service()
    opened = here.desk.open(code)
    svg = _svg(f"{here.settings.public_url}/Q/{here.desk.sign(opened.code)}")
    return Response(svg, mimetype="image/svg+xml")


@lru_cache(maxsize=256)
def _svg(text: str) -> str:
    return make_symbol(text).svg(60)


# --- the claim ----------------------------------------------------------------------------


@pages.post("/claim")
def claim() -> Answer | str:
    """Take a phone number and a consent for the code that the form belongs to."""
    here = service()
    now = instants.now()
    token = request.form.get("token", "")
    form = here.forms.read(token, now)
    opened = here.desk.check(form.code)
    if not is_running(here, now):
        return _ended(here, opened, now, _client()), 410
    if request.form.get("consent") != "yes":
        return _landing(opened, token, "请先看懂并勾选同意。不想登记，可以直接看下载方法。"), 400
    phone = request.form.get("phone", "")
    try:
        person = identify(phone, here.settings.person_pepper, here.settings.digest)
        head = seal_head(phone, person.digest, here.settings.person_pepper)
    except BadPhone as error:
        return _landing(opened, token, _phone_help(error.digits)), 400
    person = replace(person, head=head)
    one_time = side().one_time
    if one_time is not None:
        try:
            sent = one_time.send(
                phone, person, now, purpose="claim", form=token,
                network=_network(), visitor=limits.visitor(),
            )
        except NotSent as error:
            # Honest, and no reason to send somebody home: an unproved claim counts too.
            log.error("one-time password not sent: %s", error)
        else:
            if isinstance(sent, TooMany):
                return _wait_page(sent.wait_s)
            side().lookups.later(phone, person, 0, now)
            return render_template(
                "public/one_time.html", action="/claim/prove", step=sent.id,
                last4=sent.last4, opened=opened, skip=True,
            )
    return _claim(here, opened, form, person, now, phone)


@pages.post("/claim/prove")
def prove() -> Answer | str:
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
        return _claim(here, here.desk.check(form.code), form, person, now, None)
    outcome = one_time.check(step, request.form.get("password", ""), now)
    if isinstance(outcome, Proved):
        if outcome.purpose != "claim":
            raise BadToken
        form = here.forms.read(outcome.form, now)
        return _claim(here, here.desk.check(form.code), form, outcome.person, now, None, True)
    waiting = one_time.pending(step, now)
    if waiting is None:
        raise BadToken
    opened = here.desk.check(here.forms.read(waiting[1], now).code)
    return render_template(
        "public/one_time.html", action="/claim/prove", step=step, last4=waiting[0].last4,
        opened=opened, skip=True, problem=_password_help(outcome.why, outcome.left),
        over=outcome.why != "wrong",
    ), 400


def _claim(
    here: Service, opened: Opened, form: Form, person: Person, now: Instant,
    phone: str | None, verified: bool = False,
) -> Answer | str:
    """
    Claim, and show the steps.

    Until the number is proved, the page is the same bytes for every number: nothing on
    it, the receipt and the last digits included, depends on who was typed in.
    """
    if not is_running(here, now):
        return _ended(here, opened, now, _client()), 410
    near: frozenset[str] = frozenset()
    signs = here.settings.resident.review
    if phone is not None and signs.in_a_row:
        near = review.neighbours(phone, here.settings.person_pepper, here.settings.digest)
    done = claims.claim(
        here.store, here.campaign, opened, form, person, now,
        consent=consent_text(opened), network=_network(), client=_client().name,
        verified=verified,
        suspicion=claims.Suspicion(signs, near, bool(request.form.get("remark"))),
        receipt_key=here.settings.person_pepper,
    )
    mine = [made for made in _made() if made[0] != done.claim.id]
    own = {made[0] for made in mine}
    session[MADE] = [*mine, [done.claim.id, opened.unit.id, done.receipt]][-_MOST_MADE:]
    session.pop(DECLINED, None)
    limits.visitor()
    standing, state = None, ""
    if verified:
        state = side().lookups.told(person.digest, done.claim.id, now).value
        with here.store.read() as connection:
            history = ledger.histories(connection, here.campaign.id, [person.digest])
        standing = history[person.digest].standing
    elif phone is not None:
        side().lookups.later(phone, person, done.claim.id, now)
    earlier = None
    if verified or done.earlier_claim in own:
        earlier = here.desk.snapshot().units.get(done.earlier_unit or "")
        if earlier is not None and earlier.id == opened.unit.id:
            earlier = None
    return render_template(
        "public/steps.html", opened=opened, claimed=True, verified=verified, earlier=earlier,
        standing=standing, state=_state(here, standing, state), client=_client(),
        unusual=phone is not None and not is_usual(phone), links=_links(here, _client()),
    )


def _state(here: Service, standing: ledger.Standing | None, asked: str) -> str:
    """Return what a proved person is told: the platform's facts first, then what it was asked."""
    if standing is None or standing.registered_at is None:
        return asked
    if standing.registered_at < from_datetime(here.campaign.mark_time):
        return "before"
    return "during"


# --- the steps, the rules, the ways out ---------------------------------------------------


@pages.get("/guide/<code>")
def guide(code: str) -> str:
    """Show the four steps to whoever does not want to register here, and remember that."""
    here = service()
    opened = here.desk.open(code)
    # Who said no is not asked again in this session (PIPL 24).
    declined = [unit for unit in session.get(DECLINED, []) if unit != opened.unit.id]
    session[DECLINED] = [*declined, opened.unit.id][-20:]
    return _guide(here, opened, _client())


@pages.get("/rules")
def rules() -> str:
    """The whole notice: who, what for, how long, and the rights."""
    return render_template("public/rules.html", otp=side().one_time is not None)


@pages.get("/go/<key>")
def go(key: str) -> Response:
    """Lead out to one of the campaign's links, counted; never to an address from the request."""
    here = service()
    link = here.campaign.links.get(key)
    if link is None:
        raise BadCode(key)
    now = instants.now()
    unit = request.args.get("u", "")
    try:
        known = unit if unit in here.desk.snapshot().units else None
        way = residents.WayOut(
            here.store.next_id(now), here.campaign.id, now, link.key, known, _client().name,
            clients.flag_of(request.method, request.headers),
        )
        here.store.write(lambda c: residents.add_way_out(c, way))
    except StoreError as error:
        # The way out is for the resident, the count for us.
        log.error("way out not counted: %s", error)
    return redirect(link.url, 302)


# --- one's own claim ----------------------------------------------------------------------


@pages.get("/receipt")
def receipt() -> str | Answer:
    """Show the receipts of the claims that this browser made."""
    here = service()
    units = here.desk.snapshot().units
    made = [
        (code, units[unit].name) for _, unit, code in reversed(_made()) if unit in units
    ]
    return render_template("public/receipt.html", made=made)


@pages.get("/my")
def my_door() -> str:
    """Ask for the receipt, or for the number where one-time passwords are on."""
    return _my_door()


@pages.post("/my")
def my() -> Answer | str:
    """Show what a receipt proves, or send a one-time password to the number."""
    here = service()
    now = instants.now()
    limits.visitor()
    typed = request.form.get("receipt", "")
    one_time = side().one_time
    if typed or one_time is None:
        return _mine(f"r:{typed}", now)
    phone = request.form.get("phone", "")
    try:
        person = identify(phone, here.settings.person_pepper, here.settings.digest)
    except BadPhone as error:
        return _my_door(_phone_help(error.digits)), 400
    try:
        sent = one_time.send(
            phone, person, now, purpose="my", network=_network(), visitor=limits.visitor()
        )
    except NotSent as error:
        log.error("one-time password not sent: %s", error)
        return _my_door("短信现在发不出去，请用回执编号，或晚点再来。"), 503
    if isinstance(sent, TooMany):
        return _wait_page(sent.wait_s)
    return render_template(
        "public/one_time.html", action="/my/prove", step=sent.id, last4=sent.last4, skip=False
    )


@pages.post("/my/prove")
def my_prove() -> Answer | str:
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
        problem=_password_help(outcome.why, outcome.left), over=outcome.why != "wrong",
    ), 400


@pages.post("/my/act")
def my_act() -> Answer | str:
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
        claims.erase(here.store, here.campaign, person, only, now, by_whom=by, reason="person")
        gone = {only} if only is not None else None
        session[MADE] = [made for made in _made() if gone is not None and made[0] not in gone]
        return render_template("public/erased.html")
    if what == "withdraw":
        with here.store.read() as connection:
            rows = residents.claims_of(connection, here.campaign.id, person)
        chosen = request.form.get("claim", "")
        for row in rows:
            if str(row["id"]) == chosen and only in (None, row["id"]):
                claims.withdraw(
                    here.store, here.campaign, person, row["id"], now, by_whom=by, reason="person"
                )
        return _mine(proof, now)
    raise BadToken


def _proved(proof: str, now: Instant) -> tuple[str, int | None] | None:
    """Return the person that *proof* stands for, and the one claim it is limited to."""
    here = service()
    kind, _, value = proof[:128].partition(":")
    if kind == "r":
        code = receipts.read_receipt(value)
        if code is None:
            return None
        digest = receipts.digest_of(code, here.settings.person_pepper)
        with here.store.read() as connection:
            row = residents.receipt(connection, here.campaign.id, digest)
        return (row["person"], int(row["claim"])) if row else None
    one_time = side().one_time
    if kind == "s" and one_time is not None:
        person = one_time.proved(value, now, purpose="my")
        return (person.digest, None) if person else None
    return None


def _mine(proof: str, now: Instant) -> Answer | str:
    here = service()
    found = _proved(proof, now)
    if found is None:
        return _my_door("没有这个回执编号，请对着您的回执再看看。"), 404
    person, only = found
    with here.store.read() as connection:
        rows = residents.claims_of(connection, here.campaign.id, person)
        history = ledger.histories(connection, here.campaign.id, [person])[person]
    units = here.desk.snapshot().units
    shown = [
        {**row, "name": units[row["unit"]].name, "when": instants.local_text(row["at"])}
        for row in rows
        if only in (None, row["id"]) and row["unit"] in units
    ]
    return render_template(
        "public/my.html", rows=shown, proof=proof,
        # A receipt proves a claim, not the number: steps are told for a password only.
        standing=history.standing if only is None else None, all=only is None,
    )


def _my_door(problem: str = "") -> str:
    return render_template(
        "public/my_door.html", problem=problem, otp=side().one_time is not None
    )


# --- the door, and whether it is open -----------------------------------------------------


@pages.get("/")
def home() -> str:
    """Say what this is to whoever types the address printed on a poster."""
    return render_template("public/home.html")


@pages.get("/<name>.txt")
def verification(name: str) -> Response:
    """
    A file that a platform asks for as proof of the domain (WeChat's ``MP_verify_….txt``).

    Taken from ``verify/`` in the instance folder.
    """
    path = service().settings.instance / "verify" / f"{name}.txt"
    if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", name) or not path.is_file():
        raise BadCode(name)
    return Response(path.read_bytes()[:4096], mimetype="text/plain")


@pages.get("/healthz")
def healthz() -> tuple[str, int, dict[str, str]]:
    """The process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@pages.get("/metrics")
def measured() -> tuple[bytes, int, dict[str, str]]:
    """For the monitoring of this machine; a web server in front must not pass it on."""
    if request.headers.get("X-Forwarded-For"):
        raise NotFound
    return metrics.text(service()), 200, {"Content-Type": metrics.CONTENT_TYPE}


@pages.get("/readyz")
def readyz() -> tuple[str, int, dict[str, str]]:
    """The database is up to date and takes a row; where it does not, the text says why."""
    here = service()
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        missing = here.store.missing_migrations()
        problem = f"migrations missing: {', '.join(missing)}" if missing else _beat(here)
    except StoreError as error:
        problem = f"database: {error}"
    if problem:
        log.error("not ready: %s", problem)
        return f"{problem}\n", 503, plain
    breaker = getattr(side().lookups.platform, "breaker", None)
    if breaker is not None and breaker.is_open:
        # Claims are taken all the same, so this is no reason to take the node out.
        return "ok\nnewness: the platform does not answer\n", 200, plain
    return "ok\n", 200, plain


_beating = threading.Lock()


def _beat(here: Service) -> str:
    """Write one row; return what kept it from being written, or ''."""
    # One at a time: while the database hangs, asking again must not pile up threads.
    if not _beating.acquire(blocking=False):
        return "database: a write is not done yet"
    outcome: list[str] = []

    def write() -> None:
        try:
            now = instants.now()
            here.store.write(lambda c: residents.beat(c, now))
            outcome.append("")
        except StoreError as error:
            outcome.append(f"database: {error}")
        except Exception as error:
            outcome.append(f"database: {type(error).__name__}")
        finally:
            _beating.release()

    thread = threading.Thread(target=write, daemon=True, name="beat")
    started = time.monotonic()
    thread.start()
    thread.join(BEAT_S)
    if not outcome:
        return f"database: a write took longer than {time.monotonic() - started:.0f} s (locked?)"
    return outcome[0]


# --- shared -------------------------------------------------------------------------------


@pages.app_context_processor
def common() -> dict[str, object]:
    """What every page may name."""
    return {"campaign": service().campaign}


def consent_text(opened: Opened) -> str:
    """Return the consent a resident agrees to; its digest is kept with the claim."""
    return " ".join(render_template("public/consent.txt", opened=opened).split())


def is_running(here: Service, now: Instant) -> bool:
    return from_datetime(here.campaign.start) <= now < from_datetime(here.campaign.end)


def _ended(here: Service, opened: Opened, now: Instant, client: clients.Client) -> str:
    early = now < from_datetime(here.campaign.start)
    return render_template("public/ended.html", opened=opened, client=client, early=early)


def _landing(
    opened: Opened, token: str, problem: str = "", *, client: clients.Client | None = None,
    declined: bool = False,
) -> str:
    return render_template(
        "public/landing.html", opened=opened, token=token, problem=problem,
        consent=consent_text(opened), signed=service().desk.sign(opened.code),
        client=client or _client(), declined=declined,
    )


def _guide(here: Service, opened: Opened | None, client: clients.Client, broken: str = "") -> str:
    return render_template(
        "public/steps.html", opened=opened, claimed=False, verified=False, client=client,
        links=_links(here, client), broken=broken,
    )


def _guide_instead(opened: Opened | None, client: clients.Client) -> str:
    """The steps, and the honest word that nobody can register now."""
    return _guide(service(), opened, client, "系统正在维护，登记请晚点再来。下载和使用不受影响。")


def guide_when_broken() -> str:
    """Return the page for a request that the database could not serve."""
    return _guide_instead(None, _client())


def _phone_help(digits: int) -> str:
    if digits == 11:
        return "这个号码不像手机号，请再看看。"
    return f"手机号是11位，您填了{digits}位，请再看看。"


def _password_help(why: str, left: int) -> str:
    if why == "wrong":
        return f"验证码不对，还能再试{left}次。"
    if why == "expired":
        return "验证码过期了，请再发一次。"
    return "试的次数多了，请过1小时再来，或找工作人员。"


def _wait_page(wait_s: int) -> Answer:
    minutes = -(-wait_s // 60)
    text = "请等1分钟再发验证码。"
    if minutes > 1:
        text = "验证码发得太多了，请过一阵再来，或找工作人员。"
    page = render_template("public/notice.html", title="请等一等", text=text)
    return page, 429, {"Retry-After": str(wait_s)}


def _made() -> list[list[object]]:
    """Return the claims this browser made, as its session says."""
    made = session.get(MADE)
    return [m for m in made if isinstance(m, list)] if isinstance(made, list) else []


def _declined(opened: Opened) -> bool:
    return opened.unit.id in session.get(DECLINED, [])


def _links(here: Service, client: clients.Client) -> list[Link]:
    """Return all links, the likeliest for this phone first. None is ever left out."""
    first = {"ios": "ios", "android": "android"}.get(client.system)
    links = list(here.campaign.links.values())
    return sorted(links, key=lambda link: link.key != first)


def link_of(here: Service, opened: Opened) -> str | None:
    """Return the official link of a unit in redirect mode; the registry allow-listed it."""
    if (opened.unit.mode or here.campaign.mode) != "redirect" or not opened.unit.link:
        return None
    named = here.campaign.links.get(opened.unit.link)
    return named.url if named else opened.unit.link


def _network() -> str:
    return service().desk.network(limits.address())


def _client() -> clients.Client:
    return clients.read(request.headers.get("User-Agent", ""))
