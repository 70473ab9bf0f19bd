"""
The page behind a code.

It is rendered once for each code, kind of client and minute of the campaign that
differs, with a mark where the form's token goes; `landing_of` gives it and `hand_out`
puts the token in. So a scan costs one durable row and one replacement.
"""
import contextlib
import logging
from collections.abc import Sequence
from functools import lru_cache

from flask import redirect, render_template, request, session
from werkzeug.wrappers import Response

from attribution.resident import user_agents
from attribution.resident.form_tokens import Form
from attribution.resident.scans import NotInUse, OpenedCode
from attribution.rule import instants
from attribution.rule.instants import Instant, from_datetime
from attribution.service import Service
from attribution.store import StoreError, residents
from attribution.web import limits
from attribution.web.current import PageAndStatus, service
from attribution.web.public import kept, points
from attribution.web.public.common import pages, side
from attribution.web.public.guide import guide_instead, links
from qrgen.symbols import make_symbol

log = logging.getLogger("attribution")

# Stands in a rendered page where the form's token goes. In no text of ours.
TOKEN_MARK = "@@form-token@@"  # noqa: S105

# Rendered landing pages that are kept: units x clients, and then some placements.
KEPT = 2048


@pages.get("/q/<code>")
@pages.get("/Q/<code>")
def scan(code: str) -> PageAndStatus | str | Response:
    """Log the scan durably; then answer with the unit's page, or its official link."""
    here = service()
    now = instants.now()
    try:
        opened = here.scans.open(code, now)
    except NotInUse:
        with contextlib.suppress(StoreError):
            here.follow()  # a unit may have come, or come back, a moment ago
        opened = here.scans.open(code, now)
    client = user_agents.read(request.headers.get("User-Agent", ""))
    flag = user_agents.flag_of(request.method, request.headers)
    try:
        return log_and_land(
            here, opened, now, address=limits.address(), client=client, flag=flag,
            declined=bool(request.cookies) and _declined(opened),
            made=kept.made()[-1:] if request.cookies else [],
        )
    except StoreError as error:
        return not_logged(error, opened, client)


def not_logged(error: StoreError, opened: OpenedCode, client: user_agents.Client) -> PageAndStatus:
    """Answer a scan that could not be written: the guide, and when to come back."""
    # No row, no form: a claim would rest on a scan that nobody can show.
    log.error("scan not logged: %s", error)
    if points.has_page(service(), opened.unit):
        return points.page_of(opened, client), 503, {"Retry-After": "60"}
    return guide_instead(opened, client), 503, {"Retry-After": "60"}


def log_and_land(
    here: Service, opened: OpenedCode, now: Instant, *, address: str, client: user_agents.Client,
    flag: str | None, declined: bool = False, made: Sequence[kept.OwnClaim] = (),
) -> str | Response:
    """
    Log a scan of *opened* durably and return the page (or the redirect) for it.

    Args:
        made: What this browser registered last. Who did so here is led to the steps, who did
            elsewhere may change to this unit: the latest claim stays possible.

    `fast_scans` answers a plain scan with the same parts: `ScanLog.record`, `landing_of`, the
    form's token.

    Raises:
        BadCode: the code was revoked in the meantime.
        StoreError: it could not be logged; nothing may be claimed on it.
    """
    logged = here.scans.record(opened, now, address=address, client=client.name, flag=flag)
    if logged.version not in (0, opened.version):  # changed since it was opened
        opened = here.scans.check(opened.code, now)
    if points.has_page(here, opened.unit):
        return points.page_of(opened, client)
    target = link_of(here, opened)
    if target is not None:
        return redirect(target, 302)
    if made and is_running(here, now):
        page = landing_page(opened, TOKEN_MARK, client=client, made=made[-1])
    elif made:
        page = ended_page(here, opened, now, client, made[-1])
    else:
        page = landing_of(here, opened, client, now, declined=declined)
    return hand_out(here, page, Form(logged.id, now, opened.code, logged.turn))


def landing_of(
    here: Service,
    opened: OpenedCode,
    client: user_agents.Client,
    now: Instant,
    *,
    declined: bool = False,
) -> str:
    """Return the landing page of *opened* with TOKEN_MARK in it; from memory the second time."""
    running, early = is_running(here, now), now < from_datetime(here.campaign.start)
    key = (opened.code, opened.unit.id, opened.version, client.hint, client.system, declined,
           running, early)
    kept = side().pages
    page = kept.get(key)
    if page is None:
        if not running:
            page = ended_page(here, opened, now, client)
        else:
            page = landing_page(opened, TOKEN_MARK, client=client, declined=declined)
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
    opened = here.scans.check(form.code)
    here.store.write(
        lambda c: residents.add_seen(c, here.campaign.id, form.scan, opened.unit.id, now)
    )
    return "", 204


@pages.get("/symbol/<code>.svg")
def symbol(code: str) -> Response:
    """The code as a picture, for who opened the page on a computer."""
    here = service()
    opened = here.scans.open(code)
    svg = symbol_of(f"{here.settings.public_url}/Q/{here.scans.sign(opened.code)}")
    return Response(svg, mimetype="image/svg+xml")


@lru_cache(maxsize=256)
def symbol_of(text: str) -> str:
    """Return the symbol of *text* as a picture."""
    return make_symbol(text).svg(60)


def consent_text(opened: OpenedCode) -> str:
    """Return the consent a resident agrees to; its digest is kept with the claim."""
    return " ".join(render_template("public/consent.txt", opened=opened).split())


def is_running(here: Service, now: Instant) -> bool:
    return from_datetime(here.campaign.start) <= now < from_datetime(here.campaign.end)


def ended_page(
    here: Service, opened: OpenedCode, now: Instant, client: user_agents.Client,
    made: kept.OwnClaim | None = None,
) -> str:
    """Return the page of before and after the campaign: the dates, and what still counts."""
    campaign = here.campaign
    return render_template(
        "public/ended.html", opened=opened, client=client, links=links(here, client),
        early=now < from_datetime(campaign.start), start=instants.to_datetime(
            from_datetime(campaign.start)
        ),
        settling=now < from_datetime(campaign.settle_end),
        last=instants.to_datetime(from_datetime(campaign.end) - 1),
        until=instants.to_datetime(from_datetime(campaign.settle_end) - 1),
        steps=here.links.steps(made.claim) if made else "",
        signed=here.scans.sign(opened.code),
    )


def landing_page(
    opened: OpenedCode, token: str, problem: str = "", *, client: user_agents.Client,
    declined: bool = False, made: kept.OwnClaim | None = None, at_form: bool = False,
    typed: kept.Typed | None = None,
) -> str:
    """
    Return the page with the form.

    Args:
        problem: What to mend in what was *typed*.
        at_form: The form stands there at once; else one tap away.
        made: What this browser registered last.
    """
    here = service()
    other = here.scans.snapshot().units.get(made.unit) if made else None
    return render_template(
        "public/landing.html", opened=opened, token=token, problem=problem,
        consent=consent_text(opened), signed=here.scans.sign(opened.code),
        client=client, declined=declined, at_form=at_form, typed=typed or kept.Typed(),
        other=other, same=made is not None and made.unit == opened.unit.id,
        steps=here.links.steps(made.claim) if made else "",
    )


def _declined(opened: OpenedCode) -> bool:
    return opened.unit.id in session.get(kept.DECLINED, [])


def link_of(here: Service, opened: OpenedCode) -> str | None:
    """Return the official link of a unit in redirect mode; the registry allow-listed it."""
    if (opened.unit.mode or here.campaign.mode) != "redirect" or not opened.unit.link:
        return None
    named = here.campaign.links.get(opened.unit.link)
    return named.url if named else opened.unit.link
