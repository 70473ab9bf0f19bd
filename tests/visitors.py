"""Residents for tests: an application with chosen settings, and somebody who scans and claims."""
import html.parser
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import Instance
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from attribution.service import Service, open_service
from attribution.web.application import create_app
from qrgen.codes import Code, sign_code

PHONE_AGENT = (
    "Mozilla/5.0 (Linux; Android 8.1.0; PBAM00 Build/OPM1.171019.026; wv) AppleWebKit/537.36"
    " (KHTML, like Gecko) Version/4.0 Chrome/66.0.3359.126 Mobile Safari/537.36"
    " MicroMessenger/7.0.17.1720(0x27001134) NetType/3gnet Language/zh_CN"
)


class Fields(html.parser.HTMLParser):
    """The hidden fields of a page's first form, and all form actions."""

    def __init__(self, page: str):
        super().__init__()
        self.values: dict[str, str] = {}
        self.actions: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.actions.append(found.get("action", ""))
        if tag == "input" and found.get("type") == "hidden":
            self.values.setdefault(found["name"], found["value"])


@contextmanager
def opened(instance: Instance, config: str = "") -> Iterator[tuple[Service, Flask]]:
    """Open *instance* with *config* added to its settings."""
    path = instance.folder / "config.toml"
    path.write_text(path.read_text(encoding="utf-8") + config, encoding="utf-8")
    service = open_service(instance.settings())
    try:
        yield service, create_app(service.settings, service)
    finally:
        service.close()


def code_of(service: Service, unit: str = "N07") -> str:
    issue = service.scans.snapshot().units[unit].issue
    return sign_code(Code(unit, issue, None), service.settings.code_keys)


def scan(client: FlaskClient, code: str, **more: Any) -> Fields:
    headers = {"User-Agent": PHONE_AGENT, **more.pop("headers", {})}
    answer = client.get(f"/q/{code}", headers=headers, **more)
    assert answer.status_code == 200, answer.text
    return Fields(answer.text)


def claim(
    client: FlaskClient, service: Service, phone: str, unit: str = "N07", **more: Any
) -> TestResponse:
    """Scan, fill in and send; return the page that it leads to."""
    fields = scan(client, code_of(service, unit), **more)
    data = {"token": fields.values["token"], "phone": phone, "consent": "yes"}
    return client.post(
        "/claim", data={**data, **more.pop("data", {})}, headers={"User-Agent": PHONE_AGENT},
        environ_overrides=more.get("environ_overrides"), follow_redirects=True,
    )


def send(client: FlaskClient, path: str, data: dict[str, str], **more: Any) -> TestResponse:
    """Send a form, and return the page that the answer leads to."""
    return client.post(path, data=data, follow_redirects=True, **more)


def masked(text: str) -> str:
    """Return a page with every token of an address taken out."""
    return re.sub(r"(?<![0-9A-Z])[0-9A-HJKMNP-TV-Z]{20}(?![0-9A-Z])", "", text)


def rows(service: Service, table: str) -> list[dict[str, Any]]:
    with service.store.read() as connection:
        return connection.rows(f"select * from {table}")


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        pass


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """Serve *app* on a free port of this computer; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
