"""What the counter's pages share: the blueprint, whose counter it is, who is being served."""
from flask import Blueprint, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response

from attribution.office import accounts
from attribution.resident.scans import BadCode, OpenedCode
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store.registry import Unit
from attribution.web.console import access
from attribution.web.current import service
from qrgen.codes import Code

pages = Blueprint("counter", __name__, url_prefix=access.COUNTER)
pages.before_request(access.guard)

# Whose account stands at a counter.
ROLES = tuple(accounts.SCOPED)

# The passing whose code the screen shows, by its digest; with it goes what was left of the
# customer before, also out of a browser's memory of pages (a changed cookie is asked for anew).
_SERVED = "counter"


def units() -> list[Unit]:
    """Return the units that the account registers customers for."""
    account, only = access.account(), access.visible() or frozenset()
    kinds = accounts.SCOPED[account.role]
    return [
        unit for unit in access.snapshot().units.values()
        if unit.id in only and unit.shown_kind in kinds and unit.closed_at is None
    ]


def opened_or_404(id: str) -> OpenedCode:
    """Return the code of the unit *id*, if the account stands at its counter."""
    unit = next((unit for unit in units() if unit.id == id), None)
    if unit is None:
        abort(404)
    try:
        return service().scans.check(Code(unit.id, unit.issue, None), instants.now())
    except BadCode:
        abort(404)


def today_began() -> Instant:
    """Return the instant of the last midnight in Shanghai."""
    return instants.day_start(instants.day_of(instants.now()))


def serve(here: Service, token: str) -> None:
    """Remember that the screen shows the code of the passing *token*."""
    session[_SERVED] = here.links.digest_of(token)


def is_served(here: Service, token: str) -> bool:
    """Tell whether *token* is of the customer who stands there now."""
    return bool(session.get(_SERVED) == here.links.digest_of(token))


def next_one() -> None:
    """Forget the customer who was served."""
    session.pop(_SERVED, None)


def see_other(page: str, **values: str) -> Response:
    """Lead on to one of the counter's pages."""
    return redirect(url_for(f"counter.{page}", _external=False, **values), 303)


def posted(name: str) -> str:
    return request.form.get(name, "")
