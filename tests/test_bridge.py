"""Flask behind the event loop: bodies, parts, and visitors who are slow or leave."""
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgi import ask

from attribution.web import bodies
from attribution.web.bodies import Bodies
from attribution.web.bridge import UNREAD, Bridge

PLAIN = [("Content-Type", "text/plain")]


def echo(environ: Any, start: Any) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start("200 OK", [*PLAIN, ("Content-Length", str(len(body)))])
    return [body]


def tell(environ: Any, start: Any) -> list[bytes]:
    names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "HTTP_COOKIE",
             "HTTP_X_FORWARDED_FOR", "CONTENT_LENGTH", "CONTENT_TYPE", "wsgi.url_scheme")
    start("200 OK", PLAIN)
    return ["|".join(str(environ.get(name, "-")) for name in names).encode()]


@pytest.mark.parametrize("parts", [[], [b"a"], [b"a", b"", b"b"], [b"x" * 300_000] * 3])
def test_body_arrives_whole(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    headers = {"Content-Length": str(len(whole))}
    bridge = Bridge(echo, 1, Bodies({"/": 1_000_000}))
    assert whole == ask(bridge, "/", method="POST", body=parts, headers=headers).body
    # In parts of which nobody said how many there are.
    chunked = {"Transfer-Encoding": "chunked"}
    assert whole == ask(bridge, "/", method="POST", body=parts, headers=chunked).body


@pytest.mark.parametrize("headers", [
    {"Content-Length": str(bodies.SMALL + 1)}, {"Transfer-Encoding": "chunked"},
])
def test_too_large_a_body_is_seen_as_too_large_and_not_kept(headers: dict[str, str]) -> None:
    seen = []

    def measure(environ: Any, start: Any) -> list[bytes]:
        seen.append((int(environ["CONTENT_LENGTH"]), len(environ["wsgi.input"].read())))
        start("413 Too Large", PLAIN)
        return [b"no"]

    body = [b"x" * 200_000] * 6
    answer = ask(Bridge(measure, 1), "/claim", method="POST", body=body, headers=headers)
    assert 413 == answer.status
    length, _ = seen[0]
    assert length > 1 << 40
    large = Bridge(echo, 1, Bodies({"/api/": 2_000_000}))
    headers = {"Transfer-Encoding": "chunked"}
    assert b"".join(body) == ask(large, "/api/v1/x", method="POST", body=body, headers=headers).body


def test_request_is_told_as_wsgi_asks() -> None:
    answer = ask(
        Bridge(tell, 1), "/Q/%E4%B8%93?a=%20b", address="2001:db8::1",
        headers={"Cookie": "a=1", "X_Forwarded_For": "203.0.113.1", "Content-Type": "text/x"},
    )
    path = "/Q/专".encode().decode("latin-1")
    assert f"GET|{path}|a=%20b|2001:db8::1|a=1|-|-|text/x|http".encode() == answer.body


def test_answer_of_unknown_length_is_sent_in_parts_from_one_context() -> None:
    from flask import Flask, request, stream_with_context

    app = Flask("parts")

    @app.get("/<name>")
    def parts(name: str) -> Any:
        def some() -> Iterator[bytes]:
            for number in range(5):
                yield f"{number}{request.path} ".encode()

        return stream_with_context(some())

    answer = ask(Bridge(app.wsgi_app, 4), "/x")
    assert b"0/x 1/x 2/x 3/x 4/x " == answer.body
    assert 6 == answer.parts


def test_generator_of_a_visitor_who_left_is_closed() -> None:
    closed = threading.Event()
    made = []

    def endless(environ: Any, start: Any) -> Iterator[bytes]:
        start("200 OK", PLAIN)
        try:
            while True:
                made.append(1)
                yield b"x" * 1000
        finally:
            closed.set()

    ask(Bridge(endless, 1), "/", leave_after=3)
    assert closed.is_set()
    assert 3 <= len(made) < 20


def test_half_a_body_is_refused_and_never_taken_for_a_whole_one() -> None:
    """Who ends the sending half may still be reading, and is told."""

    def refused(environ: Any, start: Any) -> list[bytes]:
        start(f"{environ[UNREAD]} Request Timeout", PLAIN)
        return []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        async def gone() -> Any:
            message = await receive()
            if not message["body"]:
                return {"type": "http.disconnect"}
            return {**message, "more_body": True}

        await Bridge(refused, 1)(scope, gone, send)

    headers = {"Content-Length": "8"}
    answer = ask(application, "/claim", method="POST", body=[b"half", b""], headers=headers)
    assert 408 == answer.status
    assert ("connection", "close") in answer.headers
