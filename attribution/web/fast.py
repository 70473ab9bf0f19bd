"""
The way of a scan past Flask: `GET /Q/<code>`, answered by a few lines of WSGI.

A scan is the one request that comes by the thousand, and Flask's dispatch was the
largest part of its cost (findings: 56 µs of 67). So what is the same for every visitor
of a code (headers and page) is made once, by Flask itself; here the code is read, the
scan logged and the form's token put in, by the functions that the view calls too.
Whatever is not plain goes on to Flask: `FastScan` never decides, it only recognises.
"""
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.datastructures import EnvironHeaders

from attribution import clients, instants
from attribution.instants import Instant
from attribution.scans import BadCode, Opened
from attribution.service import Service
from attribution.store import StoreError
from attribution.tokens import Form
from attribution.web import public

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A page is 4 kB; all codes of a county in all apps stay far below.
PAGES = 2048


@dataclass(frozen=True)
class _Page:
    """A finished answer but for the form token, which stands between *parts*."""

    headers: tuple[tuple[str, str], ...]  # without Content-Length
    parts: tuple[bytes, ...]


class FastScan:
    """Answers plain scans in front of *app*, and hands all else to it."""

    def __init__(self, app: Flask):
        self._app = app
        self.behind: WSGIApplication = app.wsgi_app
        self._pages: dict[tuple[object, ...], _Page] = {}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        answer = self._answer(environ, start_response) if _is_plain(environ) else None
        return self.behind(environ, start_response) if answer is None else answer

    def _answer(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes] | None:
        here = self._app.extensions["zhuanma"]
        headers = EnvironHeaders(environ)
        now = instants.now()
        client = clients.read(headers.get("User-Agent", ""))
        try:
            opened = here.desk.open(environ["PATH_INFO"][3:])
            if public.link_of(here, opened) is not None or not public.is_running(here, now):
                return None
            page = self._page(environ, here, opened, client, now)
            if page is None:
                return None
            scan = here.desk.record(
                opened, now, address=environ.get("REMOTE_ADDR", ""), client=client.name,
                flag=clients.flag_of("GET", headers),
            )
        except BadCode:
            return None  # nothing is logged of it: Flask may look again
        except StoreError as error:
            return self._failed(error, opened, client, environ, start_response)
        token = here.forms.issue(Form(scan.id, now, opened.code)).encode("ascii")
        body = token.join(page.parts)
        start_response("200 OK", [*page.headers, ("Content-Length", str(len(body)))])
        return [body]

    def _page(
        self, environ: "WSGIEnvironment", here: Service, opened: Opened,
        client: clients.Client, now: Instant,
    ) -> _Page | None:
        # A changed unit, name or issue comes with another version of the registry.
        key = opened.code, opened.version, client.hint, client.system
        page = self._pages.get(key)
        if page is None:
            page = self._rendered(environ, here, opened, client, now)
            if page is not None:
                if len(self._pages) >= PAGES:
                    self._pages.clear()
                self._pages[key] = page
        return page

    def _rendered(
        self, environ: "WSGIEnvironment", here: Service, opened: Opened,
        client: clients.Client, now: Instant,
    ) -> _Page | None:
        """Let Flask make the answer once: templates, headers and all."""
        with self._app.request_context(environ):
            text = public.landing_of(here, opened, client, now)
            response = self._app.finalize_request(text)
            headers = response.get_wsgi_headers(environ)
            parts = response.get_data().split(public.TOKEN_MARK.encode())
        if response.status_code != 200 or "Set-Cookie" in headers or len(parts) < 2:
            return None
        del headers["Content-Length"]
        return _Page(tuple(headers.to_wsgi_list()), tuple(parts))

    def _failed(
        self, error: StoreError, opened: Opened, client: clients.Client,
        environ: "WSGIEnvironment", start_response: "StartResponse",
    ) -> Iterable[bytes]:
        """Answer as the view does when it could not write; not by trying again."""
        with self._app.request_context(environ):
            answer = public.not_logged(error, opened, client)
            return self._app.finalize_request(answer)(environ, start_response)


def _is_plain(environ: "WSGIEnvironment") -> bool:
    """Tell a scan as phones send it: no query, no cookie, no body, at the root."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ["PATH_INFO"][:3] in ("/Q/", "/q/")
        and not environ.get("QUERY_STRING")
        and not environ.get("SCRIPT_NAME")
        and "HTTP_COOKIE" not in environ
        and environ.get("CONTENT_LENGTH", "0") in ("", "0")
        and "HTTP_TRANSFER_ENCODING" not in environ
    )
