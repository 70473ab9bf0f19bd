"""
Whoever sends slowly, or much, without an account keeps nothing from residents.

Over the real server. Nothing here is measured in seconds: what is asserted is that every
resident is answered while the attack goes on.
"""
import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import partner_client
import pytest
from asgi import ask_soon
from bench_load import free_port
from conftest import Instance
from console import PASSWORD, add_everyone
from factories import make_phone
from needs import unix
from visitors import Fields, code_of, opened

from attribution.deeds import Actor
from attribution.facts import partners
from attribution.rule import instants
from attribution.service import Service
from attribution.web import bodies
from attribution.web.bodies import Bodies, Patience
from attribution.web.bridge import UNREAD, Bridge

ROOT = Path(__file__).parent.parent
MEGABYTE = 1024 * 1024

unix("signals of Unix")
assert sys.platform != "win32"


@contextmanager
def serving(instance: Instance, workers: int = 1) -> Iterator[int]:
    """Serve *instance* as `attribution serve` does; yield the port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "attribution.cli", "serve", "--instance", str(instance.folder),
         "--port", str(port), "--workers", str(workers)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        text=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while True:
            try:
                if 200 == asked(port, "GET", "/healthz")[0]:
                    break
            except OSError:
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            _, told = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert "Traceback" not in told


def asked(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text, answer.headers


def begun(port: int, path: str, length: int, sent: bytes = b"", *more: str) -> socket.socket:
    """Send the head of a POST of *length* bytes, and only *sent* of them."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=60)
    lines = [f"POST {path} HTTP/1.1", "Host: localhost:" + str(port), f"Content-Length: {length}",
             "Content-Type: application/x-www-form-urlencoded", *more]  # fmt: skip
    sock.sendall("\r\n".join([*lines, "", ""]).encode() + sent)
    return sock


def status_of(sock: socket.socket) -> int:
    """Return the status of the answer; 0 where the connection ended without one."""
    sock.settimeout(60)
    with sock:
        head = sock.recv(65536)
    return int(head[9:12]) if head else 0


def resident(port: int, service: Service, number: int) -> list[int]:
    """Scan and claim; return what was answered."""
    scanned, page, _ = asked(port, "GET", f"/Q/{code_of(service)}")
    token = Fields(page).values["token"].replace(":", "%3A")
    form = f"token={token}&phone={make_phone(number)}&consent=yes".encode()
    claimed = asked(
        port, "POST", "/claim", form, Content_Type="application/x-www-form-urlencoded"
    )[0]
    return [scanned, claimed]


def test_residents_are_answered_among_those_who_never_finish(instance: Instance) -> None:
    """Silent connections, half heads, trickling forms, large files without an account."""
    with opened(instance) as (service, _), serving(instance) as port:
        held: list[socket.socket] = []
        try:
            for n in range(1300):
                kind = n % 4
                if kind == 0:
                    sock = socket.create_connection(("127.0.0.1", port), timeout=60)
                    sock.sendall(b"GET /ad" if n % 8 else b"")
                elif kind < 3:
                    sock = begun(port, "/claim", 500, b"token=1")
                else:
                    sock = begun(port, "/admin/feeds", 60 * MEGABYTE, b"x" * 1000)
                held.append(sock)
                if n % 100 == 99:
                    for slow in held[1:200:4]:
                        try:
                            slow.send(b"2")
                        except OSError:
                            continue  # the service has ended it
                    assert [200, 303] == resident(port, service, n), f"after {n}"
                    assert 200 == asked(port, "GET", "/healthz")[0]
        finally:
            for sock in held:
                sock.close()


def test_large_bodies_are_taken_from_who_is_known_alone(instance: Instance) -> None:
    with opened(instance) as (service, _), serving(instance) as port:
        add_everyone(service)
        large = begun(port, "/admin/feeds", 60 * MEGABYTE)
        assert 401 == status_of(large)
        assert 401 == status_of(begun(port, "/api/v1/facts", MEGABYTE, b"", "X-Key-Id: k1"))
        assert 413 == status_of(begun(port, "/claim", MEGABYTE))
        assert 413 == status_of(begun(port, "/admin/feeds", 65 * MEGABYTE))
        assert 413 == status_of(begun(port, "/api/v1/facts", 3 * MEGABYTE))
        # A browser shows the answer to a file that it has sent, not that the line broke.
        status, page, head = asked(
            port, "POST", "/admin/feeds", b"x" * 3 * MEGABYTE, Content_Type="multipart/form-data"
        )
        assert 401 == status and "请重新登录" in page and "close" == head["Connection"]
        # So does a partner's program: behind nginx, which sends on all of it, it was told 502.
        assert 413 == asked(port, "POST", "/api/v1/facts", b"x" * 50 * MEGABYTE)[0]

        _, page, head = asked(port, "GET", "/admin/login")
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        form = f"csrf_token={token}&name=office&password={PASSWORD}".replace(" ", "+").encode()
        status, _, head = asked(
            port, "POST", "/admin/login", form, Cookie=cookies(head),
            Content_Type="application/x-www-form-urlencoded",
        )
        assert 302 == status
        session = cookies(head)
        status, page, _ = asked(port, "GET", "/admin/me", Cookie=session)
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        edge = "--------x"
        body = (
            f"--{edge}\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{token}\r\n"
            f"--{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
        ).encode() + b"phone,registered_at\n" * 200_000 + f"\r\n--{edge}--\r\n".encode()
        status, page, _ = asked(
            port, "POST", "/admin/feeds", body, Cookie=session,
            Content_Type=f"multipart/form-data; boundary={edge}",
        )
        assert status in (200, 302, 400) and "请重新登录" not in page
        # The same without saying how long it is.
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(
            "POST", "/admin/feeds", iter([body[:1000], body[1000:]]),
            {"Cookie": session, "Content-Type": f"multipart/form-data; boundary={edge}"},
            encode_chunked=True,
        )
        assert connection.getresponse().status in (200, 302, 400)
        connection.close()
        # A role that has no such page may not send a file to it either.
        assert 413 == status_of(
            begun(port, "/admin/logout/x", MEGABYTE, b"", f"Cookie: {session}")
        )


def cookies(head: http.client.HTTPMessage) -> str:
    return "; ".join(one.partition(";")[0] for one in head.get_all("Set-Cookie") or [])


def test_a_partners_large_request_is_served(instance: Instance) -> None:
    with opened(instance) as (service, _), serving(instance) as port:
        key, secret = partners.add(
            service.store, service.settings.seal_keys, "bank", partners.MAY, Actor("test"),
            instants.now(),
        )
        body = b'{"items": [{"phone": "%s"}]}' % (b" " * 300_000)
        stamp, nonce = str(int(time.time())), "nonce-00000001"
        headers = {
            "Content-Type": "application/json", "X-Key-Id": key, "X-Timestamp": stamp,
            "X-Nonce": nonce, "X-Signature": partner_client.sign(secret, stamp, nonce, body),
        }
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/api/v1/lookups", body, headers)
        answer = connection.getresponse()
        assert 200 == answer.status, answer.read()
        connection.close()


def test_half_a_body_is_answered_with_408(instance: Instance) -> None:
    with opened(instance), serving(instance) as port:
        half = begun(port, "/claim", 100, b"token=")
        half.shutdown(socket.SHUT_WR)
        assert 408 == status_of(half)


@pytest.mark.parametrize("upgrade", ["websocket", "h2c"])
def test_an_upgrade_is_answered_as_the_page_it_asks_for(instance: Instance, upgrade: str) -> None:
    with opened(instance), serving(instance) as port:
        for key in ("dGhlIHNhbXBsZSBub25jZQ==", ""):
            status, text, _ = asked(
                port, "GET", "/healthz", Connection="Upgrade", Upgrade=upgrade,
                Sec_WebSocket_Version="13", Sec_WebSocket_Key=key,
            )
            assert (200, "ok\n") == (status, text)


# --- the reader alone, where time and numbers can be chosen ---------------------------------


class Slow:
    """An ASGI body of which *sent* comes, and then nothing until it is let go."""

    def __init__(self, sent: bytes = b""):
        self._parts = [sent]
        self.go = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self._parts:
            return {"type": "http.request", "body": self._parts.pop(), "more_body": True}
        await self.go.wait()
        return {"type": "http.request", "body": b"", "more_body": False}


def environ(address: str, length: int, path: str = "/claim") -> dict[str, Any]:
    return {
        "PATH_INFO": path, "REMOTE_ADDR": address, "CONTENT_LENGTH": str(length),
        "SERVER_PROTOCOL": "HTTP/1.1",
    }


async def refusal(reader: Bodies, slow: Slow, asks: dict[str, Any]) -> int:
    async with reader.read(asks, slow.receive) as body:
        return body.refused


def test_the_longest_unfinished_of_a_network_goes_and_never_who_comes(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind one address there are an attacker and a village; the village finishes."""
    monkeypatch.setattr(bodies, "OF_NETWORK", 3)

    async def story() -> None:
        reader = Bodies()
        slow = [Slow(b"1") for _ in range(5)]
        tasks = []
        for one in slow:
            asks = environ("198.51.100.7", 10)
            tasks.append(asyncio.ensure_future(refusal(reader, one, asks)))
            await asyncio.sleep(0)
        other = asyncio.ensure_future(refusal(reader, Slow(b"1"), environ("203.0.113.9", 10)))
        await asyncio.wait({tasks[0], tasks[1]})
        assert [408, 408] == [tasks[0].result(), tasks[1].result()]
        assert not any(task.done() for task in (*tasks[2:], other))
        for one in slow:
            one.go.set()
        assert [0, 0, 0] == await asyncio.gather(*tasks[2:])
        other.cancel()
        await asyncio.wait({other})
        assert 0 == reader._unfinished._count and {} == reader._unfinished._of

    asyncio.run(story())


def test_of_too_many_in_all_who_has_most_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "AT_ONCE", 4)

    async def story() -> None:
        reader = Bodies()
        lone = asyncio.ensure_future(refusal(reader, Slow(), environ("203.0.113.9", 10)))
        await asyncio.sleep(0)
        many = []
        for _ in range(6):
            many.append(
                asyncio.ensure_future(refusal(reader, Slow(), environ("198.51.100.7", 10)))
            )
            await asyncio.sleep(0)
        await asyncio.wait(many[:3])
        assert [408] * 3 == [task.result() for task in many[:3]]
        assert not lone.done()
        for task in (lone, *many[3:]):
            task.cancel()
        await asyncio.wait({lone, *many[3:]})

    asyncio.run(story())


def test_a_trickle_ends_though_it_is_never_silent() -> None:
    async def story() -> int:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": b"x", "more_body": True}

        reader = Bodies(patience=Patience(silence_s=60, small_s=0.5))
        async with reader.read(environ("198.51.100.7", 60_000), receive) as body:
            return body.refused

    assert 408 == asyncio.run(story())


def test_silence_ends_a_large_body_before_its_time() -> None:
    async def story() -> int:
        reader = Bodies({"/": MEGABYTE}, patience=Patience(silence_s=0.1, large_s=600))
        return await refusal(reader, Slow(b"x"), environ("198.51.100.7", MEGABYTE))

    assert 408 == asyncio.run(story())


def test_large_bodies_share_one_room_and_one_name_has_its_part(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGE_ROOM", 3 * MEGABYTE)
    monkeypatch.setattr(bodies, "LARGE_EACH", 1)
    monkeypatch.setattr(bodies, "_PAUSE_S", 0.01)

    async def story() -> None:
        reader = Bodies({"/": 2 * MEGABYTE}, lambda environ: str(environ["REMOTE_ADDR"]))
        first = Slow()
        asks = environ("198.51.100.1", MEGABYTE)
        task = asyncio.ensure_future(refusal(reader, first, asks))
        while not reader._unfinished._count:
            await asyncio.sleep(0.01)
        second = asyncio.ensure_future(refusal(reader, Slow(), asks))
        assert 408 == await task  # the older one of the same name
        too_much = await refusal(reader, Slow(), environ("198.51.100.2", 2 * MEGABYTE + 1))
        assert 413 == too_much
        third = asyncio.ensure_future(
            refusal(reader, Slow(), environ("198.51.100.3", 2 * MEGABYTE))
        )
        while reader._unfinished._count < 2:
            await asyncio.sleep(0.01)
        assert 503 == await refusal(reader, Slow(), environ("198.51.100.4", MEGABYTE))
        second.cancel()
        third.cancel()
        await asyncio.wait({second, third})
        assert 3 * MEGABYTE == reader._room

    asyncio.run(story())


def test_who_is_refused_reads_the_status_that_the_reader_gave() -> None:
    def application(asks: Any, start: Any) -> list[bytes]:
        start(f"{asks[UNREAD]} No", [("Content-Type", "text/plain")])
        return []

    bridge = Bridge(application, 1, Bodies({"/": MEGABYTE}, lambda environ: 401))
    headers = {"Content-Length": str(MEGABYTE)}
    answer = asyncio.run(ask_soon(bridge, "/x", method="POST", headers=headers, body=[b"x"]))
    assert 401 == answer.status and ("connection", "close") in answer.headers
