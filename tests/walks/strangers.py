"""
Who wishes the county ill, from outside: sockets of his own, and no account.

He knows what anybody may read on a poster and in a browser, and nothing else.
"""
import contextlib
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from deployed import PATIENCE_S, Machine

MEGABYTE = 1 << 20


class Stranger:
    """One computer with many connections to *machine*'s front door."""

    def __init__(self, machine: Machine):
        self.machine = machine
        self._context = ssl.create_default_context(cafile=str(machine.authority))
        self._held: list[socket.socket] = []
        self.told: Counter[int] = Counter()  # the statuses of his answers; 0 for none

    @contextmanager
    def crowds(self, code: str, number: int) -> Iterator[None]:
        """For the block, hold *number* connections of each kind that never comes to an end."""
        dripping = threading.Event()
        host = f"Host: {self.machine.name}:{self.machine.outer}\r\n"
        head = f"POST /claim HTTP/1.1\r\n{host}Content-Length: 400\r\n"
        form = "Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken="
        try:
            for _ in range(number):
                self._held.append(self._plain())  # no handshake
                self._begin("")  # no request
                self._begin(f"GET /Q/{code} HTTP/1.1\r\n{host}X-A: ")  # half a head
                self._begin(head + form)  # half a form
            thread = threading.Thread(target=self._drip, args=(dripping,))
            thread.start()
            yield
        finally:
            dripping.set()
            thread.join()
            for line in self._held:
                line.close()
            self._held.clear()

    def asks(self, path: str, *headers: str, host: str = "") -> tuple[int, str]:
        """Return the status of a GET, 0 for none, and the whole of the answer."""
        named = host or f"{self.machine.name}:{self.machine.outer}"
        lines = [f"GET {path} HTTP/1.1", f"Host: {named}", "Connection: close", *headers, "", ""]
        return self._answer("\r\n".join(lines).encode())

    def posts(self, path: str, body: bytes) -> int:
        """Return the status of a form, 0 where none came."""
        return self._answer(
            b"POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: %d\r\nConnection: close\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n%s"
            % (path.encode(), self.machine.name.encode(), self.machine.outer, len(body), body)
        )[0]

    def _answer(self, request: bytes) -> tuple[int, str]:
        with contextlib.closing(self._line()) as line:
            with contextlib.suppress(OSError):  # who is refused early may be cut off
                line.sendall(request)
            got = b""
            with contextlib.suppress(OSError):
                while more := line.recv(65536):
                    got += more
        status = int(got[9:12]) if got.startswith(b"HTTP/1.1 ") else 0
        self.told[status] += 1
        return status, got.decode("utf-8", "replace")

    def _plain(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.machine.outer), PATIENCE_S)

    def _line(self) -> ssl.SSLSocket:
        return self._context.wrap_socket(self._plain(), server_hostname=self.machine.name)

    def _begin(self, text: str) -> None:
        line = self._line()
        line.sendall(text.encode())
        self._held.append(line)

    def _drip(self, ended: threading.Event) -> None:
        """Send one letter on every line, again and again."""
        while not ended.wait(1):
            for line in self._held[3::4]:
                with contextlib.suppress(OSError):
                    line.sendall(b"x")
