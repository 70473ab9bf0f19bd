"""
The platform's door: signed requests in, JSON out, problems as RFC 9457 says.

Everything under /api/ answers in application/problem+json when it cannot serve,
also where the framework itself refuses, for a program reads it.
"""
import json
import logging
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.exceptions import MethodNotAllowed

from attribution import __version__
from attribution.facts import partners
from attribution.faults import Code
from attribution.rule import instants
from attribution.rule.people import identifier
from attribution.store import BadText, Busy, StoreError, end_log
from attribution.web import limits, openapi
from attribution.web.current import service
from qrgen.faults import Fault

log = logging.getLogger("attribution")

pages = Blueprint("api", __name__, url_prefix="/api/v1")

_PROBLEM = "application/problem+json"


def install(app: Flask) -> None:
    """Add the API to *app*."""
    app.register_blueprint(pages)

    @app.after_request
    def as_problem(response: Response) -> Response:
        # What the framework refuses (no such path or method, too long, too often).
        if (
            request.path.startswith("/api/")
            and response.status_code >= 400
            and response.mimetype != _PROBLEM
        ):
            # The framework's own limit counts by the minute.
            made = _problem(
                response.status_code, "about:blank",
                wait_s=60 if response.status_code in (429, 503) else 0,
            )
            refusal = request.routing_exception
            if isinstance(refusal, MethodNotAllowed) and refusal.valid_methods:
                made.headers["Allow"] = ", ".join(sorted(refusal.valid_methods))
            return made
        return response


@pages.post("/facts")
def facts() -> Response:
    return _serve("facts", partners.take_facts)


@pages.post("/lookups")
def lookups() -> Response:
    return _serve("lookups", partners.look_up)


@pages.get("/openapi.json")
def document() -> Response:
    return Response(
        json.dumps(_document(), ensure_ascii=False, indent=1), content_type="application/json"
    )


@pages.get("/")
def rendered() -> str:
    """The same document for people, without script or anything from elsewhere."""
    return render_template("api.html", api=_document())


@pages.errorhandler(partners.Refused)
def refused(error: partners.Refused) -> Response:
    return _problem(error.status, error.kind, error.detail, error.wait_s)


@pages.errorhandler(BadText)
def unfit(error: BadText) -> Response:
    return _problem(400, "bad-request", str(error))


@pages.errorhandler(Busy)
@pages.errorhandler(StoreError)
def broken(error: StoreError) -> Response:
    log.error("store: %s", error)
    return _problem(
        503, "busy", "nothing was changed; send the same request again in a moment", 60
    )


def _document() -> dict[str, object]:
    return openapi.document(service().settings.public_url, __version__)


def _serve(may: str, serve: Callable[..., partners.PartnerAnswer]) -> Response:
    """Answer a signed request for *may* with what *serve* makes of it."""
    here, now = service(), instants.now()
    request.max_content_length = partners.MOST_BYTES
    try:
        signed = partners.verify(
            here.store, here.settings.seal_keys, dict(request.headers), request.get_data(),
            request.path, may, now,
        )
    except partners.Refused as error:
        if error.status == 401:
            limits.count_unsigned()
        raise
    wait_s = limits.spend("api-key", signed.key, here.settings.resident.limits.api_per_key)
    if wait_s:
        raise partners.Refused(429, "too-often", "this key asks too often", wait_s)
    if request.mimetype != "application/json":
        raise partners.Refused(415, "bad-type", "send application/json")
    with here.store.read() as connection:
        if end_log.is_over(connection, here.campaign.id):
            raise partners.Refused(410, "ended", Fault(Code.PEOPLE_GONE).told("en"))
    identify = identifier(here.settings.person_pepper, here.settings.digest)
    answer = serve(here.ledger, signed, identify, now)
    headers = {"Idempotent-Replayed": "true"} if answer.again else {}
    return Response(answer.body, content_type="application/json", headers=headers)


def _problem(status: int, kind: str, detail: str = "", wait_s: int = 0) -> Response:
    """Return a problem as RFC 9457 has it; *wait_s*: when to come again."""
    body = {"type": kind, "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    headers = {"Retry-After": str(wait_s)} if wait_s else {}
    return Response(
        json.dumps(body, ensure_ascii=False), status, headers, content_type=_PROBLEM
    )
