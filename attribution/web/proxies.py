"""
Behind proxies of ours: who asks, and how, is what they wrote of it.

Werkzeug's ProxyFix believes X-Forwarded-Host as well, and where a header has fewer entries
than there are proxies, none of it: behind two of which the outer one alone speaks TLS the
scheme was http, and the strict check of forms off. The host is never a proxy's to say here.
"""
from collections.abc import Iterable
from typing import TYPE_CHECKING

from attribution.resident import addresses

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Proxies:
    """A WSGI application: tells *application* what *hops* proxies in front of it say."""

    def __init__(self, application: "WSGIApplication", hops: int):
        self._application = application
        self._hops = hops

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        environ["REMOTE_ADDR"] = addresses.visitor(
            environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""), self._hops
        )
        schemes = environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")
        scheme = schemes[-min(self._hops, len(schemes))].strip().lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        return self._application(environ, start)
