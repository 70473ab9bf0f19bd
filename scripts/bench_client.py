"""
A load generator of one thread, and what it is measured against: bench_client.py load|answer …

`bench_load` starts it where there is no wrk. One thread sleeps in epoll over all connections;
each sends its next request when the answer to the last one is whole, as a browser does, and
stays open. Processes and threads that wait for one connection each spend the machine's time
on waking one another, and then measure that. `answer` is a server that does nothing but send
the same bytes: what a generator gets from it is its ceiling, and a figure near that is one of the
generator, not of the server.

The standard library only; Linux has epoll, elsewhere `selectors` has the best there is.
"""

import gc
import json
import select
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any

_READABLE = 1  # EPOLLIN and selectors.EVENT_READ alike


class Poller:
    """Which of its sockets have something to read, by number."""

    def __init__(self) -> None:
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._selector = None if self._epoll else selectors.DefaultSelector()

    def add(self, number: int) -> None:
        if self._epoll is not None:
            self._epoll.register(number, _READABLE)
        elif self._selector is not None:
            self._selector.register(number, _READABLE)

    def drop(self, number: int) -> None:
        if self._epoll is not None:
            self._epoll.unregister(number)
        elif self._selector is not None:
            self._selector.unregister(number)

    def close(self) -> None:
        for one in (self._epoll, self._selector):
            if one is not None:
                one.close()

    def wait(self, seconds: float) -> list[int]:
        if self._epoll is not None:
            return [number for number, _ in self._epoll.poll(seconds)]
        assert self._selector is not None
        return [key.fd for key, _ in self._selector.select(seconds)]


class Visitor:
    """One connection: what it asked, when, and what it has of the answer."""

    __slots__ = ("_got", "_port", "began", "next_path", "socket")

    def __init__(self, port: int, next_path: int):
        self._port = port
        self.next_path = next_path
        self.began = 0.0
        self._got = b""
        self.socket = self._connected()

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), 30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def again(self) -> None:
        """Connect anew."""
        self.socket.close()
        self._got = b""
        self.socket = self._connected()

    def ask(self, requests: Sequence[bytes]) -> None:
        at = self.next_path
        self.next_path = (at + 1) % len(requests)
        self.began = time.monotonic()
        self.socket.sendall(requests[at])

    def read(self) -> tuple[int, bool] | None:
        """Return status and whether the connection stays; None while there is more to come."""
        try:
            # Larger and malloc asks the kernel for memory each time, which takes longer.
            data = self.socket.recv(1 << 14)
        except OSError:
            data = b""
        got = self._got + data if self._got else data
        end = got.find(b"\r\n\r\n")
        head = got[:end].lower()
        at = head.find(b"content-length:")
        if end < 0 or at < 0:
            # Without a length the end of the connection is that of the answer.
            whole = end > 0 and not data
            stays = False
        else:
            length = int(head[at + 15 :].split(b"\r", 1)[0])
            whole = len(got) >= end + 4 + length
            stays = head.startswith(b"http/1.1") and b"connection: close" not in head
        if whole:
            self._got = b""
            return int(head[9:12]), stays
        self._got = got
        return None if data else (0, False)  # it ended before the answer did


def load(port: int, paths: Sequence[str], connections: int, seconds: float) -> dict[str, Any]:
    """GET *paths* in turn over *connections*; return the times of the 200s, and what failed."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths]
    poller = Poller()
    visitors: dict[int, Visitor] = {}
    times: list[float] = []
    failed = 0
    start = time.monotonic()
    for number in range(connections):
        visitor = Visitor(port, number * 31 % len(requests))
        visitors[visitor.socket.fileno()] = visitor
        poller.add(visitor.socket.fileno())
        visitor.ask(requests)
    end = start + seconds
    now = time.monotonic()
    while now < end and visitors:
        for number in poller.wait(min(end - now, 1.0)):
            visitor = visitors[number]
            answer = visitor.read()
            if answer is None:
                continue
            status, stays = answer
            if status == 200:
                times.append(time.monotonic() - visitor.began)
            else:
                failed += 1
            try:
                if not stays:
                    poller.drop(number)
                    del visitors[number]
                    visitor.again()
                    visitors[visitor.socket.fileno()] = visitor
                    poller.add(visitor.socket.fileno())
                visitor.ask(requests)
            except OSError:  # the server is gone, or takes nobody
                failed += 1
        now = time.monotonic()
    poller.close()
    for visitor in visitors.values():
        visitor.socket.close()
    times.sort()
    return {
        "answered": len(times), "failed": failed, "seconds": now - start,
        "p50_ms": times[len(times) // 2] * 1000 if times else 0,
        "p99_ms": times[len(times) * 99 // 100] * 1000 if times else 0,
    }  # fmt: skip


def answer(size: int) -> None:
    """Send *size* bytes for every read, on a port that is printed; until the process is killed."""
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (size, b"." * size)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    poller = Poller()
    poller.add(listener.fileno())
    open_ones: dict[int, socket.socket] = {}
    while True:
        for number in poller.wait(60):
            if number == listener.fileno():
                connection, _ = listener.accept()
                open_ones[connection.fileno()] = connection
                poller.add(connection.fileno())
                continue
            connection = open_ones[number]
            try:
                if connection.recv(1 << 14):
                    connection.sendall(whole)
                    continue
            except OSError:
                pass
            poller.drop(number)
            open_ones.pop(number).close()


def main() -> None:
    """Load: `load PORT CONNECTIONS SECONDS`, paths as JSON on standard input; or `answer SIZE`."""
    what, *numbers = sys.argv[1:]
    gc.disable()  # nothing here goes in circles
    if what == "answer":
        answer(int(numbers[0]))
    else:
        paths = json.load(sys.stdin)
        port, connections, seconds = int(numbers[0]), int(numbers[1]), float(numbers[2])
        json.dump(load(port, paths, connections, seconds), sys.stdout)


if __name__ == "__main__":
    main()
