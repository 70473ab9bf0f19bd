"""
What every answer carries: no third party, no script but ours, no referrer elsewhere, no cache.

The pages name a unit next to a phone number; neither may leave through a header. To
ourselves a browser does say where a form came from: over TLS that is how Flask-WTF tells
a form of ours from one that another site planted, and with `no-referrer` it refused all.
"""
import gzip
import hashlib
import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from attribution.reports import metrics
from attribution.web import style
from attribution.web.current import service

log = logging.getLogger("attribution")

# Beside the packages in a checkout, inside attribution in a wheel (setup.cfg).
_INSIDE = Path(__file__).parent.parent / "static"
STATIC = _INSIDE if _INSIDE.is_dir() else Path(__file__).parent.parent.parent / "static"

_HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

# Pages at addresses of somebody's own: kept nowhere, named to nobody, found by no machine.
# These forms have no check of their origin, which `no-referrer` would fail.
_OWN = frozenset({
    "public.steps", "public.handed", "public.take_over", "public.hand_over", "public.form",
    "public.send_again", "public.password", "public.prove", "public.claim", "public.another",
    "public.receipt", "public.my_door", "public.my", "public.my_prove", "public.my_act",
    "public.my_sure", "public.my_erased",
})
_PACKED = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
_OWN_HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def _pack(response: Response) -> None:
    """Send a style sheet or a script packed: the same for everybody, so packing betrays nothing."""
    if response.status_code != 200 or response.mimetype not in _PACKED:
        return
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings.quality("gzip") or request.range is not None:
        return
    response.direct_passthrough = False
    response.data = _packed(response.get_data())
    response.headers["Content-Encoding"] = "gzip"
    if (etag := response.get_etag()[0]) is not None:
        response.set_etag(etag, weak=True)  # of the same file in another dress


@lru_cache(maxsize=32)
def _packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def cookie_name(name: str, secure: bool) -> str:
    """
    Return what the cookie *name* is called, whose path must then be ``/``.

    Over TLS a browser takes a ``__Host-`` cookie from this host alone: neither a neighbour
    under the county's domain nor a plain page of ours can plant one (RFC 6265bis 4.1.3.2).
    """
    return f"__Host-{name}" if secure else name


def _page_of(arguments: Mapping[str, str] | None) -> dict[str, str]:
    """Return by what a page is told from others in the log: never by what leads to it."""
    token = (arguments or {}).get("token")
    return {"page": hashlib.sha256(token.encode()).hexdigest()[:16]} if token else {}


def install(app: Flask) -> None:
    """Add the headers to every answer of *app*."""
    secure = bool(app.config["SESSION_COOKIE_SECURE"])

    @app.after_request
    def add(response: Response) -> Response:
        if request.endpoint in _OWN:
            for name, value in _OWN_HEADERS.items():
                response.headers.setdefault(name, value)
        # ASVS 3.4.3. Nothing inline but what `style` says, nothing from elsewhere.
        policy = style.policy_of(service().campaign.design)
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "public, max-age=3600"
            _pack(response)
        else:
            # A cached answer would swallow the second scan (YOURLS #2836).
            response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code >= 500:
            metrics.failed(response.status_code)
            log.warning(
                "answered with an error",
                extra={"view": request.endpoint, "method": request.method,
                       "status": response.status_code, **_page_of(request.view_args)},
            )
        return response
