"""
The platform's door: signed requests in, JSON out, problems as RFC 9457 says.

Everything under /api/ answers in application/problem+json when it cannot serve,
also where the framework itself refuses, for a program reads it.
"""
import json
import logging
from http import HTTPStatus

from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from attribution import instants, partners
from attribution.service import Service
from attribution.store import Busy, StoreError
from attribution.web import openapi
from attribution.web.public import service

log = logging.getLogger("attribution")

pages = Blueprint("api", __name__, url_prefix="/api/v1")

_PROBLEM = "application/problem+json"


def install(app: Flask) -> None:
    """Add the API to *app*."""
    app.register_blueprint(pages)

    @app.after_request
    def as_problem(response: Response) -> Response:
        # A path or method that no view has never reaches the blueprint's handlers.
        if (
            request.path.startswith("/api/")
            and response.status_code >= 400
            and response.mimetype != _PROBLEM
        ):
            made = _problem(response.status_code, "about:blank", "")
            refusal = request.routing_exception
            if isinstance(refusal, MethodNotAllowed) and refusal.valid_methods:
                made.headers["Allow"] = ", ".join(sorted(refusal.valid_methods))
            return made
        return response


@pages.post("/facts")
def facts() -> Response:
    here = service()
    now = instants.now()
    signed = _signed(here, "facts", now)
    return _answer(partners.take_facts(
        here.store, here.campaign, signed, pepper=here.settings.person_pepper,
        digest=here.settings.digest, now=now,
    ))


@pages.post("/lookups")
def lookups() -> Response:
    here = service()
    now = instants.now()
    signed = _signed(here, "lookups", now)
    return _answer(partners.look_up(
        here.store, here.campaign, signed, pepper=here.settings.person_pepper,
        digest=here.settings.digest, now=now,
    ))


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
    return _problem(error.status, error.kind, error.detail)


@pages.errorhandler(Busy)
@pages.errorhandler(StoreError)
def broken(error: StoreError) -> Response:
    log.error("store: %s", error)
    made = _problem(503, "busy", "nothing was changed; send the same request again in a moment")
    made.headers["Retry-After"] = "60"
    return made


@pages.errorhandler(HTTPException)
def other(error: HTTPException) -> Response:
    return _problem(error.code or 500, "about:blank", "")


def _document() -> dict[str, object]:
    from attribution import __version__

    return openapi.document(service().settings.public_url, __version__)


def _signed(here: Service, may: str, now: instants.Instant) -> partners.Signed:
    request.max_content_length = partners.MOST_BYTES
    body = request.get_data()
    signed = partners.verify(
        here.store, here.settings.seal_keys, dict(request.headers), body, request.path, may, now
    )
    if request.mimetype != "application/json":
        raise partners.Refused(415, "bad-type", "send application/json")
    return signed


def _answer(answer: partners.Answer) -> Response:
    headers = {"Idempotent-Replayed": "true"} if answer.again else {}
    return Response(answer.body, content_type="application/json", headers=headers)


def _problem(status: int, kind: str, detail: str) -> Response:
    body = {"type": kind, "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=_PROBLEM)
