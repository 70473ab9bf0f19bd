"""
Real nodes (`attribution serve`) on this machine, and residents who visit them and keep
every answer: what the benches, the trials and the tests of many nodes share.
"""
import contextlib
import http.client
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import bench_load
import environment
from environment import ROOT, Fault

# Many nodes are Linux's; mypy reads this for Windows too.
_unix: Any = os
_KILL: signal.Signals = getattr(signal, "SIGKILL", signal.SIGTERM)


class Node:
    """One `attribution serve` with one worker, started anew whenever it is asked to."""

    def __init__(self, instance: Path, database: str, *, nodes: int = 1, redis: str = ""):
        self.port = bench_load.free_port()
        self._command = [
            str(environment.program("attribution")), "serve", "--instance", str(instance),
            "--port", str(self.port), "--workers", "1",
            "--public-url", f"http://127.0.0.1:{self.port}",  # cookies without TLS
        ]
        self._environ = {
            **os.environ, "ZHUANMA_DATABASE": database, "PYTHONPATH": str(ROOT),
            "ZHUANMA_NODES": str(nodes), "ZHUANMA_REDIS_URL": redis,
        }
        self._log = instance / f"node-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Node":
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environ, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        return self

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Return whether a write gets through."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait(self, seconds: float = 60) -> "Node":
        until = time.monotonic() + seconds
        while not self.is_ready():
            if not self.is_running() or time.monotonic() > until:
                raise Fault("a node does not start", self._log.read_text("utf-8")[-600:])
            time.sleep(0.1)
        return self

    def kill(self) -> None:
        """End it and its worker with -9: nothing is tidied up."""
        self._signal(_KILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            _unix.killpg(self._process.pid, number)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            _unix.killpg(self._process.pid, _KILL)
            self._process.wait()


@contextlib.contextmanager
def running(
    count: int, instance: Path, database: str, *, redis: str = ""
) -> Iterator[list[Node]]:
    """Give *count* nodes that answer."""
    many = count if redis else 1  # without limits to share, each may think it is alone
    made = [Node(instance, database, nodes=many, redis=redis) for _ in range(count)]
    try:
        for node in made:
            node.start()
        for node in made:
            node.wait()
        yield made
    finally:
        for node in made:
            node.stop()


@dataclass
class Told:
    """What the nodes answered: never less than what the ledger must hold."""

    scans: set[int] = field(default_factory=set)  # their numbers
    claims: dict[str, str] = field(default_factory=dict)  # phone -> unit
    facts: dict[str, str] = field(default_factory=dict)  # phone -> unit it claimed
    again: int = 0  # requests that got no good answer and were sent again
    longest_s: float = 0.0  # the longest that all residents together heard nothing
    _last: float = field(default_factory=time.monotonic)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, put: Callable[["Told"], None]) -> None:
        with self._mutex:
            now = time.monotonic()
            self.longest_s, self._last = max(self.longest_s, now - self._last), now
            put(self)

    def fail(self) -> None:
        with self._mutex:
            self.again += 1


class Resident:
    """One phone after another, at any of the nodes; what fails is sent again elsewhere."""

    def __init__(self, ports: Sequence[int], told: Told, stop: threading.Event):
        self._ports = list(ports)
        self._told = told
        self._stop = stop
        self._lines: dict[int, http.client.HTTPConnection] = {}
        self._chance = random.Random()

    def close(self) -> None:
        for line in self._lines.values():
            line.close()

    def scan(self, path: str) -> str | None:
        """Open the code at *path*; return the form's token, None when told to stop."""
        page = self._ask("GET", path)
        found = page and re.search(rb'name="token" value="([^"]+)"', page)
        if not found:
            return None
        token = found[1].decode()
        self._told.hear(lambda told: told.scans.add(int(token.partition(":")[0], 16)))
        return token

    def claim(self, token: str, phone: str, unit: str, *, times: int = 1) -> bool:
        """Hand the form in, *times* over, each time at whatever node comes next."""
        body = urlencode({"token": token, "phone": phone, "consent": "yes"}).encode()
        for _ in range(times):
            if self._ask("POST", "/claim", body) is None:
                return False
            self._told.hear(lambda told: told.claims.update({phone: unit}))
        return True

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes | None:
        port = self._chance.choice(self._ports)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        while not self._stop.is_set():
            line = self._lines.get(port)
            if line is None:
                line = self._lines[port] = http.client.HTTPConnection(
                    "127.0.0.1", port, timeout=30
                )
            try:
                line.request(method, path, body, headers)
                answer = line.getresponse()
                page = answer.read()
                if answer.status in (200, 303):  # a claim leads on to its steps
                    return page
                if answer.status < 500 and answer.status != 429:
                    raise Fault(f"{method} was answered {answer.status}", page.decode()[-300:])
            except (OSError, http.client.HTTPException):
                line.close()
                del self._lines[port]
            self._told.fail()
            # The very same request, elsewhere: the answer may be all that was lost.
            port = self._ports[(self._ports.index(port) + 1) % len(self._ports)]
            self._stop.wait(0.05)
        return None
