"""What residents see: the page behind a code, the claim, the steps, the ways out."""
from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from attribution import claims, clients, health, instants, metrics
from attribution.instants import Instant, from_datetime
from attribution.people import BadPhone, identify
from attribution.scans import BadCode, Opened
from attribution.service import Service
from attribution.store import log
from attribution.tokens import Form
from attribution.web.errors import Answer

pages = Blueprint("public", __name__)


def service() -> Service:
    """Return the service of the current application."""
    found = current_app.extensions["zhuanma"]
    assert isinstance(found, Service)
    return found


@pages.get("/q/<code>")
@pages.get("/Q/<code>")
def scan(code: str) -> Answer | str | Response:
    """Log the scan durably; then answer with the unit's page, or its official link."""
    here = service()
    now = instants.now()
    opened = here.desk.open(code)
    logged = log_scan(here, opened, now, address=_address(), headers=request.headers)
    if shows_form(here, opened, now):
        return form_page(opened, here.forms.issue(Form(logged.id, now, opened.code)))
    target = _link_of(here, opened)
    if target is not None:
        return redirect(target, 302)
    return render_template("public/ended.html", opened=opened)


# The three parts of a scan that `fast` calls as well: what they do holds for both ways.


def log_scan(
    here: Service, opened: Opened, now: Instant, *, address: str, headers: Headers
) -> log.Scan:
    """Log a scan of *opened* by the visitor whose request has *headers*, durably."""
    client = clients.name_of(headers.get("User-Agent", ""))
    return here.desk.record(opened, now, address=address, client=client)


def shows_form(here: Service, opened: Opened, now: Instant) -> bool:
    """Whether a scan of *opened* is answered with the claim form, and not led elsewhere."""
    return _link_of(here, opened) is None and _running(here, now)


def form_page(opened: Opened, token: str, problem: str = "") -> str:
    """
    Return the unit's page with the claim form.

    But for *token* it depends on *opened* and the visitor's app (`clients.name_of`) alone,
    for `fast` keeps it by these two.
    """
    return render_template(
        "public/landing.html", opened=opened, token=token, problem=problem,
        consent=consent_text(opened), signed=service().desk.sign(opened.code),
    )


@pages.post("/claim")
def claim() -> Answer | str:
    """Take a phone number and a consent for the code that the form belongs to."""
    here = service()
    now = instants.now()
    token = request.form.get("token", "")
    form = here.forms.read(token, now)
    opened = here.desk.check(form.code)
    if not _running(here, now):
        return render_template("public/ended.html", opened=opened), 410
    if request.form.get("consent") != "yes":
        return form_page(opened, token, "请先看懂并勾选同意；不想登记，可以直接看下载方法。"), 400
    try:
        person = identify(
            request.form.get("phone", ""), here.settings.person_pepper, here.settings.digest
        )
    except BadPhone as error:
        return form_page(opened, token, _phone_help(error.digits)), 400
    done = claims.claim(
        here.store, here.campaign, opened, form, person, now,
        consent=consent_text(opened), network=here.desk.network(_address()), client=_client(),
    )
    earlier = here.desk.snapshot().units.get(done.earlier_unit or "")
    if earlier is not None and earlier.id == opened.unit.id:
        earlier = None
    return render_template(
        "public/steps.html", opened=opened, claimed=True, earlier=earlier, links=_links(here)
    )


@pages.get("/guide/<code>")
def guide(code: str) -> str:
    """Show the four steps to whoever does not want to register here."""
    here = service()
    return render_template(
        "public/steps.html", opened=here.desk.open(code), claimed=False, links=_links(here)
    )


@pages.get("/go/<key>")
def go(key: str) -> Response:
    """Lead out to one of the campaign's links; never to an address from the request."""
    link = service().campaign.links.get(key)
    if link is None:
        raise BadCode(key)
    return redirect(link.url, 302)


@pages.get("/")
def home() -> str:
    """Say what this is to whoever types the address printed on a poster."""
    return render_template("public/home.html")


@pages.get("/healthz")
def healthz() -> tuple[str, int, dict[str, str]]:
    """The process answers."""
    return "ok\n", 200, {"Content-Type": "text/plain"}


@pages.get("/readyz")
def readyz() -> tuple[str, int, dict[str, str]]:
    """Scans and claims can be taken; or why they cannot."""
    found = health.reasons(service())
    text, status = ("\n".join(found) + "\n", 503) if found else ("ok\n", 200)
    return text, status, {"Content-Type": "text/plain; charset=utf-8"}


@pages.get("/metrics")
def measured() -> tuple[bytes, int, dict[str, str]]:
    """For the monitoring of this machine; a web server in front must not pass it on."""
    if request.headers.get("X-Forwarded-For"):
        raise NotFound
    return metrics.text(service()), 200, {"Content-Type": metrics.CONTENT_TYPE}


@pages.app_context_processor
def common() -> dict[str, object]:
    """What every page may name."""
    return {"campaign": service().campaign}


def consent_text(opened: Opened) -> str:
    """Return the consent a resident agrees to; its digest is kept with the claim."""
    return " ".join(render_template("public/consent.txt", opened=opened).split())


def _phone_help(digits: int) -> str:
    if digits == 11:
        return "这个号码不像手机号，请再看看。"
    return f"手机号是11位，您填了{digits}位，请再看看。"


def _running(here: Service, now: Instant) -> bool:
    return from_datetime(here.campaign.start) <= now < from_datetime(here.campaign.end)


def _links(here: Service) -> list[object]:
    return list(here.campaign.links.values())


def _link_of(here: Service, opened: Opened) -> str | None:
    """Return the official link of a unit in redirect mode; the registry allow-listed it."""
    if (opened.unit.mode or here.campaign.mode) != "redirect" or not opened.unit.link:
        return None
    named = here.campaign.links.get(opened.unit.link)
    return named.url if named else opened.unit.link


def _address() -> str:
    return request.remote_addr or ""


def _client() -> str:
    return clients.name_of(request.headers.get("User-Agent", ""))
