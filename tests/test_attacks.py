"""Strangers against the real service: what they send costs residents and colleagues nothing."""
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from bench_load import free_port
from conftest import Instance, Signs
from factories import make_phone
from needs import unix
from visitors import PHONE_AGENT, Fields

from attribution.office import audit, signing_in
from attribution.proof import checks
from attribution.rule import instants
from attribution.service import open_service
from attribution.store.engine.database import Row

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
unix("reads /proc")
assert sys.platform != "win32"

ROOT = Path(__file__).parent.parent


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Server:
    """One worker that believes the proxy in front of it, which we are."""

    port: int
    process: "subprocess.Popen[bytes]"

    def ask(
        self, path: str, data: dict[str, str] | None = None, *, address: str, cookie: str = ""
    ) -> Answer:
        body = urlencode(data).encode() if data is not None else None
        headers = {"User-Agent": PHONE_AGENT, "X-Forwarded-For": address}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if cookie:
            headers["Cookie"] = cookie
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("POST" if body is not None else "GET", path, body, headers)
            answer = connection.getresponse()
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.getheaders()},
                answer.read().decode(),
            )
        finally:
            connection.close()

    def peak_mb(self) -> int:
        """Return the most memory that a process of the server ever filled."""
        peaks = []
        for path in Path("/proc").glob("[0-9]*/status"):
            try:
                text, group = path.read_text(), os.getpgid(int(path.parent.name))
            except OSError:
                continue  # ended this moment
            found = re.search(r"VmHWM:\s+(\d+) kB", text)
            if found and group == self.process.pid:
                peaks.append(int(found[1]) // 1024)
        return max(peaks)


@pytest.fixture
def server(instance: Instance) -> Iterator[Server]:
    with (instance.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write("trusted_proxies = 1\n")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "attribution.cli", "serve", "--instance", str(instance.folder),
         "--port", str(port), "--workers", "1"],
        cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    found = Server(port, process)
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                assert 200 == found.ask("/healthz", address="192.0.2.1").status
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def rows(instance: Instance, table: str) -> list[Row]:
    service = open_service(instance.settings())
    try:
        with service.store.read() as connection:
            return connection.rows(f"select * from {table}")
    finally:
        service.close()


def together(count: int, act: Callable[[int], None]) -> None:
    """Let *count* threads call *act* with their number at the same moment."""
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        act(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)


def test_forged_forms_close_no_code_to_ten_real_people(
    server: Server, instance: Instance, sign: Signs
) -> None:
    """1 500 posts with tokens that nobody signed, from the very network of the ten."""
    path = f"/Q/{sign('N07')}"
    token = Fields(server.ask(path, address="100.64.7.1").text).values["token"]
    head, _, _ = token.rpartition(".")
    told: Counter[int] = Counter()

    def forge(worker: int) -> None:
        for number in range(150):
            data = {"token": f"{head}.{worker}-{number}", "phone": make_phone(number),
                    "consent": "yes"}
            told[server.ask("/claim", data, address="100.64.7.66").status] += 1

    together(10, forge)
    assert {400: 1500} == told
    for number in range(10):
        address = f"100.64.7.{number + 1}"
        fields = Fields(server.ask(path, address=address).text).values
        data = {**fields, "phone": make_phone(37 * number), "consent": "yes"}
        answer = server.ask("/claim", data, address=address)
        assert 303 == answer.status and answer.headers["location"].startswith("/s/")
    assert 10 == len(rows(instance, "claim"))
    assert [] == rows(instance, "claim_event")


def door(server: Server, address: str) -> tuple[str, str]:
    """Return the session cookie and the form's token of the sign-in page."""
    page = server.ask("/admin/login", address=address)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found
    return page.headers["set-cookie"].partition(";")[0], found[1]


def test_two_hundred_wrong_passwords_at_once_fill_no_memory(
    server: Server, instance: Instance, sign: Signs
) -> None:
    """Each from a network and for a name of its own, so that no count stops it earlier."""
    cookie, token = door(server, "192.0.2.1")
    before = server.peak_mb()
    answers: list[Answer] = []

    def guess(number: int) -> None:
        data = {"csrf_token": token, "name": f"n{number}", "password": "wrong" * 4}
        answers.append(
            server.ask("/admin/login", data, address=f"10.{number}.0.1", cookie=cookie)
        )

    together(200, guess)
    told = Counter(answer.status for answer in answers)
    assert 200 == told[401] + told[503] and told[401], told
    for answer in answers:
        if answer.status == 503:
            assert "30" == answer.headers["retry-after"]
            assert "现在办理的人太多" in answer.text
    assert 1 <= most_hashes(server) <= 2
    # 64 MiB each: 32 threads at once would have filled two gigabytes.
    assert server.peak_mb() - before < 6 * 64
    # Nobody's try was lost to the crowd, and the service goes on.
    assert 401 == server.ask(
        "/admin/login", {"csrf_token": token, "name": "n1", "password": "wrong" * 4},
        address="10.1.0.1", cookie=cookie,
    ).status
    assert 200 == server.ask(f"/Q/{sign('N07')}", address="10.1.0.1").status


def most_hashes(server: Server) -> float:
    """Return the most hashes at one time, as the machine's monitoring reads it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    finally:
        connection.close()
    found = re.search(r"^zhuanma_hashes_most(?:\{[^}]*\})? ([0-9.]+)", text, re.MULTILINE)
    assert found, text[:500]
    return float(found[1])


def test_a_thousand_refused_sign_ins_are_few_rows(server: Server, instance: Instance) -> None:
    """Rows of the audit log stay for ever, and whoever reads it must find something else."""
    cookie, token = door(server, "192.0.2.1")
    told: Counter[int] = Counter()

    def guess(worker: int) -> None:
        for _ in range(100):
            data = {"csrf_token": token, "name": "admin", "password": "wrong"}
            told[server.ask("/admin/login", data, address="10.1.1.1", cookie=cookie).status] += 1

    together(10, guess)
    assert 1000 == sum(told.values()) and told[429] >= 900, told
    service = open_service(instance.settings())
    try:
        done = Counter(row["what"] for row in audit.entries(service.store))
        # One more for every try that found no place, of which there may be as many as failures.
        assert 1 <= done["sign_in_blocked"] <= 1 + signing_in.PER_ACCOUNT_AND_NETWORK
        assert done["sign_in_failed"] <= signing_in.PER_ACCOUNT_AND_NETWORK
        with service.store.read() as connection:
            (pair,) = connection.rows("select * from throttle where key like 'pair:%'")
        assert pair["failures"] >= told[429]
        assert [] == checks.check(service.ledger)
        assert [] == audit.faults(service.store)
    finally:
        service.close()


def test_a_loop_of_one_client_writes_so_many_rows(
    server: Server, instance: Instance, sign: Signs
) -> None:
    began = instants.now()
    told: Counter[int] = Counter()

    def loop(worker: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        for path in (f"/Q/{sign('N07')}", "/go/ios"):
            for _ in range(400):
                connection.request("GET", path, headers={
                    "User-Agent": PHONE_AGENT, "X-Forwarded-For": "10.1.1.1"})  # fmt: skip
                answer = connection.getresponse()
                answer.read()
                told[answer.status] += 1
        connection.close()

    together(5, loop)
    assert {200: 2000, 302: 2000} == told
    minutes = (instants.now() - began) // instants.MINUTE + 2
    assert len(rows(instance, "scan")) <= min(2000, 605 * minutes)
    assert len(rows(instance, "way_out")) <= min(2000, 305 * minutes)
