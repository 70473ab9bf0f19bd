"""
The screen after a customer: a code that puts steps and receipt on a phone of theirs.

It dies with 下一位 (two minutes later on the phone, at once on the screen). A customer whose phone
scans nothing takes a slip of paper. Neither gives the clerk the receipt: who holds it can take
the registration back.
"""
from flask import jsonify, render_template, request
from werkzeug.wrappers import Response

from attribution.resident import counter, passings
from attribution.resident.passings import Passing
from attribution.rule import instants
from attribution.rule.instants import MINUTE, from_datetime
from attribution.service import Service
from attribution.store.registry import Unit
from attribution.web.console.access import allow
from attribution.web.counter import desk, taking
from attribution.web.counter.desk import pages, posted, see_other
from attribution.web.current import service
from attribution.web.public.landing import symbol_of
from attribution.web.public.steps import behind

# How long a phone that has just scanned the code may still take what is behind it.
_STILL = 2 * MINUTE

_SLIPS = 4


@pages.get("/done/<token>")
@allow(*desk.ROLES)
def done(token: str) -> Response | str:
    """Show the code; or, of a customer before, that it was handed over."""
    here = service()
    found, unit = _served(here, token)
    if found is None:
        return render_template("counter/over.html", unit=unit)
    return render_template(
        "counter/done.html", unit=unit, token=token, taken=found.taken_by is not None,
        told=taking.message(request.args.get("m", "")),
        today=counter.taken_since(here.ledger, unit.id, desk.today_began()),
    )


@pages.get("/done/<token>/code.svg")
@allow(*desk.ROLES)
def code(token: str) -> Response:
    """The code as a picture, while its customer is served."""
    here = service()
    found, _ = _served(here, token)
    if found is None:
        return Response("", 404)
    return Response(
        symbol_of(f"{here.settings.public_url}/H/{token}"), mimetype="image/svg+xml"
    )


@pages.get("/done/<token>/seen")
@allow(*desk.ROLES)
def seen(token: str) -> Response:
    """Say whether a phone has taken it."""
    found, _ = _served(service(), token)
    return jsonify(taken=found is not None and found.taken_by is not None)


@pages.get("/done/<token>/slip")
@allow(*desk.ROLES)
def slip(token: str) -> str:
    """A slip of paper for a customer whose phone scans nothing."""
    here = service()
    found, unit = _served(here, token)
    if found is None:
        return render_template("counter/over.html", unit=unit)
    return _slips(here, unit, 1, here.links.steps(found.claim))


@pages.get("/<unit>/slips")
@allow(*desk.ROLES)
def slips(unit: str) -> str:
    """Four slips on a sheet, to lie ready for when there is no network."""
    opened = desk.opened_or_404(unit)
    return _slips(service(), opened.unit, _SLIPS, signed=service().scans.sign(opened.code))


@pages.post("/next")
@allow(*desk.ROLES)
def next_customer() -> Response:
    """End what the screen shows, and begin with the next customer."""
    here, token, now = service(), posted("of"), instants.now()
    found, unit = _served(here, token)
    desk.next_one()
    if found is not None:
        passings.end(here.ledger, found.claim, now + _STILL)
    return see_other("form", unit=unit.id)


def _served(here: Service, token: str) -> tuple[Passing | None, Unit]:
    """Return what is behind *token* while its customer is served, else None; and whose it is."""
    now = instants.now()
    found = passings.look(here.ledger, here.links, token, now)
    unit = behind(here, here.links.steps(found.claim), now).unit
    desk.opened_or_404(unit.id)
    return found if desk.is_served(here, token) else None, unit


def _slips(here: Service, unit: Unit, number: int, token: str = "", signed: str = "") -> str:
    settled = from_datetime(here.campaign.settle_end)
    return render_template(
        "counter/slip.html", unit=unit, number=number, token=token, signed=signed,
        address=f"{here.settings.public_url}/S/{token}" if token else "",
        today=instants.to_datetime(instants.now()), until=instants.to_datetime(settled - 1),
    )
