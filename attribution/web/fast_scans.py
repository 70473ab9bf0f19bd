"""
The way of a scan past Flask: `GET /Q/<code>`, answered in the event loop.

A scan is the one request that comes by the thousand; Flask's dispatch was the largest
part of its cost, and after it a thread that waits for the sync. So what is
the same for every visitor of a code (headers and page) is made once, by Flask itself;
here the code is read, the scan logged and the form's token put in, by the functions
that the view calls too. Whatever is not plain goes on to Flask: `FastScan` never
decides, it only recognises.
"""
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wrappers import Response

from attribution.facts import partners
from attribution.resident import addresses, user_agents
from attribution.resident.form_tokens import Form
from attribution.resident.scans import BadCode, OpenedCode
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store import StoreError
from attribution.web.admission import admission
from attribution.web.bodies import Bodies
from attribution.web.bridge import Bridge, Receive, Scope, Send, environ_of
from attribution.web.public import landing

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# A page is 4 kB; all codes of a county in all apps stay far below.
PAGES = 2048

# What a phone that opens a code does not send. The last say that nobody looked yet.
_UNUSUAL = frozenset(
    name.lower().encode() for name in ("Cookie", "Transfer-Encoding", *user_agents.PURPOSES)
)

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class _Page:
    """A finished answer but for the form token, which stands between *parts*."""

    headers: tuple[tuple[bytes, bytes], ...]  # without Content-Length
    parts: tuple[bytes, ...]


class FastScan:
    """An ASGI application: answers plain scans in front of *app*, and hands it all else."""

    def __init__(self, app: Flask, threads: int):
        self.app = app
        self._hops: int = app.config["TRUSTED_PROXIES"]
        # An administrator's feed of 200 000 rows is about 20 MB.
        large = {"/admin/": app.config["MAX_CONTENT_LENGTH"], "/api/": partners.MOST_BYTES}
        bodies = Bodies(large, admission(app), self._hops)
        self.behind = Bridge(app.wsgi_app, threads, bodies)
        self._pages: dict[tuple[object, ...], _Page] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _refuse(scope, receive, send)
            return
        answer = await self._answer(scope) if _is_plain(scope) else None
        if answer is None:
            await self.behind(scope, receive, send)
            return
        status, headers, body = answer
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope) -> tuple[int, RawHeaders, bytes] | None:
        here: Service = self.app.extensions["zhuanma"]
        now = instants.now()
        agent = _agent(scope)
        client = user_agents.read(agent)
        opened: OpenedCode | None = None
        try:
            await here.scans.prepare()
            opened = here.scans.open(scope["path"][3:], now)
            if (
                opened.unit.is_point or landing.link_of(here, opened) is not None
                or not landing.is_running(here, now)
            ):
                return None
            page = self._page(scope, here, opened, client, now)
            if page is None:
                return None
            logged = await here.scans.record_awaited(
                opened, now, address=self._address(scope), client=client.name,
                flag=user_agents.program_of(agent),
            )
            if logged.version not in (0, opened.version):  # changed since it was opened
                opened = here.scans.check(opened.code, now)
                page = self._page(scope, here, opened, client, now) or page
        except BadCode:
            return None  # nothing is logged of it: Flask may look again
        except StoreError as error:
            return None if opened is None else self._failed(error, opened, client, scope)
        form = Form(logged.id, now, opened.code, logged.turn)
        token = here.forms.issue(form).encode("ascii")
        return 200, list(page.headers), token.join(page.parts)

    def _address(self, scope: Scope) -> str:
        peer: str = scope["client"][0] if scope.get("client") else ""
        if not self._hops:
            return peer
        told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        return addresses.visitor(peer, b",".join(told).decode("latin-1"), self._hops)

    def _page(
        self, scope: Scope, here: Service, opened: OpenedCode, client: user_agents.Client,
        now: Instant,
    ) -> _Page | None:
        # A changed unit, name or issue comes with another version of the registry.
        # A merged unit's code leads on with an instant, which needs none.
        key = opened.code, opened.unit.id, opened.version, client.hint, client.system
        page = self._pages.get(key)
        if page is None:
            page = self._rendered(scope, here, opened, client, now)
            if page is not None:
                if len(self._pages) >= PAGES:
                    self._pages.clear()
                self._pages[key] = page
        return page

    def _rendered(
        self, scope: Scope, here: Service, opened: OpenedCode, client: user_agents.Client,
        now: Instant,
    ) -> _Page | None:
        """Let Flask make the answer once: templates, headers and all."""
        with self.app.request_context(environ_of(scope)) as context:
            text = landing.landing_of(here, opened, client, now)
            response = self.app.finalize_request(text)
            status, headers, body = _taken(response, context.request.environ)
        parts = body.split(landing.TOKEN_MARK.encode())
        if status != 200 or "Set-Cookie" in response.headers or len(parts) < 2:
            return None
        return _Page(tuple(headers), tuple(parts))

    def _failed(
        self, error: StoreError, opened: OpenedCode, client: user_agents.Client, scope: Scope
    ) -> tuple[int, RawHeaders, bytes]:
        """Answer as the view does when it could not write; not by trying again."""
        with self.app.request_context(environ_of(scope)) as context:
            response = self.app.finalize_request(landing.not_logged(error, opened, client))
            return _taken(response, context.request.environ)


def _taken(response: Response, environ: "WSGIEnvironment") -> tuple[int, RawHeaders, bytes]:
    """Return status, headers (without the length) and body of *response*."""
    headers = response.get_wsgi_headers(environ)
    del headers["Content-Length"]
    return (
        response.status_code,
        [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers.to_wsgi_list()],
        response.get_data(),
    )


def _is_plain(scope: Scope) -> bool:
    """Tell a scan as phones send it: no query, no cookie, no body."""
    return (
        scope["method"] == "GET"
        and scope["path"][:3] in ("/Q/", "/q/")
        and not scope["query_string"]
        and all(
            name not in _UNUSUAL and (name != b"content-length" or value in (b"", b"0"))
            for name, value in scope["headers"]
        )
    )


def _agent(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"user-agent":
            return str(value.decode("latin-1"))[: user_agents.LONGEST]
    return ""


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Close what is no request for a page: there are no websockets here."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
