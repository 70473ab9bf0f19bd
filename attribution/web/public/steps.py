"""
The steps at an address of their own, and the receipt on its way to one more browser.

`/s/<token>` may be reloaded, shared, photographed and found in a history: it shows the unit and
the four steps, and nothing that depends on a number. What more there is to see belongs to the
browser that holds the receipt, and how far somebody is to the one that proved the number.
`/h/<token>` hands the receipt on, by a tap and never by being opened.
"""
from dataclasses import dataclass

from flask import render_template, request, session
from werkzeug.wrappers import Response

from attribution.resident import passings, reached, receipts
from attribution.resident.links import NoPage
from attribution.resident.scans import LED_ON, BadCode, OpenedCode
from attribution.rule import headway, instants
from attribution.rule.headway import Headway
from attribution.rule.instants import DAY, Instant, from_datetime
from attribution.service import Service
from attribution.store import page_links
from attribution.store.registry import Unit
from attribution.web import limits
from attribution.web.current import PageAndStatus, service
from attribution.web.public import common, kept
from attribution.web.public.claiming import see_other
from attribution.web.public.common import pages, side
from attribution.web.public.guide import links
from attribution.web.public.landing import is_running
from qrgen.codes import Code

# How long after everything is settled the address still leads somewhere.
_AFTER_SETTLED = 30 * DAY

# Passings of one browser: a person tries a few browsers, a program fills a table.
_PASSINGS = "20 per hour"


@dataclass(frozen=True)
class StepsOf:
    """The claim behind an address, its unit, and its code where that can still be opened."""

    claim: int
    person: str
    unit: Unit
    opened: OpenedCode | None
    withdrawn: bool


@pages.get("/S/<token>")
@pages.get("/s/<token>")
def steps(token: str) -> PageAndStatus | str:
    """Show the four steps of a claim, and to whom it belongs what more there is."""
    here = service()
    now = instants.now()
    found = behind(here, token, now)
    holder = kept.made_of(found.claim)
    earlier = here.scans.snapshot().units.get(holder.earlier) if holder else None
    proved = found.claim in kept.proved()
    fresh = holder is None and _is_fresh()
    return render_template(
        "public/steps.html", unit=found.unit,
        kind="mine" if holder else "fresh" if fresh else "shared",
        signed=here.scans.sign(found.opened.code) if found.opened else "",
        progress=_progress(here, found, proved), proved=proved,
        withdrawn=found.withdrawn and holder is not None, earlier=earlier,
        told=request.args.get("m", ""),
        token=here.links.steps(found.claim), running=is_running(here, now),
        client=common.client(), links=links(here, common.client()),
        otp=side().one_time is not None, until=instants.to_datetime(
            from_datetime(here.campaign.settle_end) - 1
        ),
    )


def _is_fresh() -> bool:
    """
    Tell whether somebody comes from the form itself, and keeps no cookie.

    A link out of a chat or a history comes from elsewhere, as newer browsers say; of an older
    one it is not known, and the page says both.
    """
    return (
        not request.cookies and request.args.get("m") not in (None, "spent")
        and request.headers.get("Sec-Fetch-Site") in (None, "same-origin")
    )


@pages.post("/another")
def another() -> Response:
    """Forget the last person on this phone, and begin with the next one."""
    here = service()
    now = instants.now()
    token = request.form.get("token", "")
    if token:
        form = here.forms.read(token, now)
        here.scans.check(form.code, now)
        kept.forget()
        return kept.take_back(see_other("form", token=token, _anchor="phone"))
    found = behind(here, request.form.get("of", ""), now)
    kept.forget()
    if found.opened is None:
        return see_other("home")
    return kept.take_back(see_other("scan", code=here.scans.sign(found.opened.code)))


# --- the receipt for one more browser -----------------------------------------------------


@pages.post("/h")
def hand_over() -> Response:
    """Make the address that hands this browser's receipt on."""
    here = service()
    now = instants.now()
    of = request.form.get("of", "")
    found = behind(here, of, now)
    if kept.made_of(found.claim) is None or limits.spend(
        "passing", limits.visitor(), _PASSINGS
    ):
        return see_other("steps", token=of)
    token = passings.make(here.ledger, here.links, found.person, found.claim, now)
    return see_other("handed", token=token)


@pages.get("/H/<token>")
@pages.get("/h/<token>")
def handed(token: str) -> Response | str:
    """Show how to open this in another browser, or there, the button that takes the receipt."""
    here = service()
    now = instants.now()
    found = passings.look(here.ledger, here.links, token, now)
    of = here.links.steps(found.claim)
    mine = kept.made_of(found.claim) is not None
    if not found.open:
        return see_other("steps", token=of, **({} if mine else {"m": "spent"}))
    return render_template(
        "public/handed.html", giving=mine, token=token, of=of, client=common.client(),
    )


@pages.post("/h/<token>")
def take_over(token: str) -> Response:
    """Let this browser have the receipt, if no other one has it."""
    here = service()
    now = instants.now()
    found = passings.look(here.ledger, here.links, token, now)
    of = here.links.steps(found.claim)
    if kept.made_of(found.claim) is not None:
        return see_other("steps", token=of)
    if "key" in session:
        # Whoever works at a counter is signed in there; a receipt is the customer's alone.
        return see_other("steps", token=of)
    if not passings.take(here.ledger, here.links, token, limits.visitor(), now):
        return see_other("steps", token=of, m="spent")
    unit = behind(here, of, now).unit.id
    kept.keep(kept.OwnClaim(found.claim, unit, receipts.receipt_of(
        here.campaign, found.claim, here.settings.person_pepper
    )))
    return see_other("steps", token=of)


# --- what stands behind an address --------------------------------------------------------


def behind(here: Service, token: str, now: Instant) -> StepsOf:
    """
    Return the claim whose steps stand at *token*.

    Raises:
        NoPage: none does, it was erased, or everything is long settled.
    """
    if now >= from_datetime(here.campaign.settle_end) + _AFTER_SETTLED:
        raise NoPage
    digest = here.links.digest_of(token)
    with here.store.read() as connection:
        row = page_links.claim_behind(connection, here.campaign.id, digest)
    unit = here.scans.snapshot().units.get(row["unit"]) if row else None
    if row is None or unit is None:
        raise NoPage
    try:
        # By a code that led on from a merged unit: the way back is the unit's own.
        own = row["issue"] == LED_ON
        code = Code(unit.id, unit.issue if own else row["issue"], None if own else row["placement"])
        opened = here.scans.check(code, now)
    except BadCode:
        opened = None
    return StepsOf(
        int(row["claim"]), row["person"], unit, opened, row["withdrawn_at"] is not None
    )


def _progress(here: Service, found: StepsOf, proved: bool) -> Headway:
    """Return what may be said of how far somebody is: nothing, until the number is proved."""
    if not proved:
        return headway.CLAIMED
    return reached.read(here.ledger, found.person)
