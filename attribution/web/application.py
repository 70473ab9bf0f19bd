"""
The service as one application: Flask's, and around it what answers scans in the event loop.

Wiring and nothing else; what the parts do is in the modules, in the order of the road:
scans, claims, facts, credit, reports.
"""
import contextlib
from datetime import timedelta

from flask import Flask, request

from attribution.reports import metrics
from attribution.service import Service, open_service
from attribution.settings import Settings
from attribution.settings.hosts import Hosts
from attribution.store import StoreError
from attribution.web import api, console, counter, edges, error_pages, headers, public
from attribution.web.fast_scans import FastScan
from attribution.web.proxies import Proxies


def create_app(
    settings: Settings, service: Service | None = None, listens: tuple[str, int] | None = None
) -> Flask:
    """
    Return the application for *settings*.

    Args:
        service: An open service to use instead of opening one.
        listens: Host and port of the server's socket, where that is known.

    Raises:
        Fault: the settings, the campaign or the database are not fit to run on.
    """
    app = Flask("attribution", static_folder=str(headers.STATIC), template_folder="web/templates")
    app.config.update(
        SECRET_KEY=settings.session_keys[-1],
        SECRET_KEY_FALLBACKS=list(settings.session_keys[:-1]),
        SESSION_COOKIE_NAME=headers.cookie_name("zhuanma", settings.secure),
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        # How long what stands in it is believed; a receipt's until the campaign is settled
        # (`edges`), a longer one is shortened by every browser.
        PERMANENT_SESSION_LIFETIME=timedelta(days=400),
        # A claim is a few hundred bytes; a feed of 200 000 rows about 20 MB.
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        # Werkzeug counts what it holds of a file as well, and reads 64 kB at a time: at 64 kB a
        # CSV larger than that was refused. What forms may hold is bounded by `web.bodies`.
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        TRUSTED_PROXIES=settings.trusted_proxies,
    )
    service = service or open_service(settings)
    app.extensions["zhuanma"] = service
    metrics.watch(service)
    if settings.trusted_proxies:
        app.wsgi_app = Proxies(  # type: ignore[assignment, method-assign]
            app.wsgi_app, settings.trusted_proxies
        )
    _follow(app, service)
    edges.install(app, Hosts(settings.public_url, settings.known_hosts, listens))
    headers.install(app)
    error_pages.install(app)
    api.install(app)
    public.install(app)  # with the limits, which hang on views that are there
    console.install(app)
    counter.install(app)
    return app


def _follow(app: Flask, service: Service) -> None:
    """Let each request see what was changed before it, by whichever worker, node or command."""

    @app.before_request
    def follow() -> None:
        # A scan learns it in its own transaction, and a file knows nothing of the ledger.
        if request.endpoint not in ("static", "public.scan"):
            with contextlib.suppress(StoreError):  # the view will say so in its own words
                service.follow()


def create_asgi_app(
    settings: Settings, threads: int, listens: tuple[str, int] | None = None
) -> FastScan:
    """
    Return the application for a server with an event loop: scans are answered in the
    loop, everything else by `create_app`'s in one of so many *threads*.
    """
    return FastScan(create_app(settings, listens=listens), threads)
