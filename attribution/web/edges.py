"""
What is refused or left alone before any view, whoever would have answered.

Names that are not ours, bodies that were not read, letters that no database takes, and
browsers that look at a page before anybody asked for it. Here once, so that no view can
forget it.
"""
import logging
import time
from datetime import datetime

from flask import Flask, Request, Response, abort, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from attribution.resident import user_agents
from attribution.rule import instants
from attribution.settings.hosts import Hosts
from attribution.web.bridge import UNREAD
from attribution.web.console import access
from attribution.web.current import service
from attribution.web.public import kept

log = logging.getLogger("attribution")

# They give back nothing of the request, and whoever asks them may know no name of ours: a
# phone with a poster, a probe inside a cluster.
_ANY_HOST = frozenset({"public.scan", "public.healthz", "public.readyz"})

# How often the log says that a name is not ours: a proxy that sends none makes every
# request such a one.
_SAID_EVERY_S = 60.0

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def install(app: Flask, hosts: Hosts) -> None:
    """Put it before everything else of *app*."""
    # An address with one slash more or less is the same page, or none; werkzeug would lead
    # from one to the other by an absolute address, made of the request's host.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.session_interface = _Sessions()
    said = [-_SAID_EVERY_S]

    @app.before_request
    def refuse() -> Response | None:
        host = request.environ.get("HTTP_HOST")
        if host is not None and request.endpoint not in _ANY_HOST and host not in hosts:
            if time.monotonic() - said[0] >= _SAID_EVERY_S:
                said[0] = time.monotonic()
                log.warning("asked by a host that is not ours: public_url, known_hosts")
            abort(400)
        unread = request.environ.get(UNREAD)
        if unread is not None:
            abort(unread)
        if _holds_nul(request):
            abort(400)
        if access.is_here() and looks_ahead() and request.method != "HEAD":
            # A form of the console belongs to a session, which looking ahead must not begin;
            # browsers throw such an answer away and ask again when somebody comes.
            return Response(status=425)
        return None


def looks_ahead() -> bool:
    """Whether this request is no person's yet: HEAD, or a browser that prepares a page."""
    return user_agents.flag_of(request.method, request.headers) in ("head", "prefetch")


def _holds_nul(request: Request) -> bool:
    """Whether a text of *request* holds what PostgreSQL refuses and SQLite cuts off at."""
    if "\0" in request.path or "%00" in request.environ.get("QUERY_STRING", ""):
        return True
    if request.mimetype not in _FORMS or request.path.startswith("/api/"):
        return False
    return any(
        "\0" in name or "\0" in value for name, value in request.form.items(multi=True)
    ) or any(
        "\0" in name or "\0" in (file.filename or "")
        for name, file in request.files.items(multi=True)
    )


class _Sessions(SecureCookieSessionInterface):
    """Sessions that only a person's own request changes, and that last while a receipt is good."""

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        # WeChat forgets cookies without a date when it is closed, and people come back the
        # next day. Not where somebody is signed in: that ends with the browser.
        if not session.get(kept.MADE) or "key" in session:
            return super().get_expiration_time(app, session)
        # The date is a hint to the browser: past it the cookie ends with the browser again.
        settled = service().campaign.settle_end
        return settled if instants.from_datetime(settled) > instants.now() else None

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not looks_ahead():
            super().save_session(app, session, response)
