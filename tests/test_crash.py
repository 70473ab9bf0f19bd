"""Nothing that was answered is lost: not to kill -9, a power cut, a full disk or a held lock."""
import http.client
import os
import platform
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import Instance, Signs
from disks import small_disk
from needs import SIGHUP, SIGKILL, UNIX

from attribution.proof import checks
from attribution.service import Service, open_service
from attribution.serving.server import THREADS
from attribution.store.engine.sqlite import SQLite
from attribution.web.application import create_app

HERE = Path(__file__).parent
ROOT = HERE.parent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and /proc of Unix")


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]), **more}


def told_of(text: str) -> tuple[set[int], set[int]]:
    """Return the scans and the claims (by their scan) that were answered."""
    found: dict[str, set[int]] = {"scan": set(), "claim": set()}
    for line in text.splitlines():
        what, _, number = line.partition(" ")
        found[what].add(int(number))
    return found["scan"], found["claim"]


def assert_nothing_lost(instance: Path, scans: set[int], claims: set[int]) -> None:
    raw = sqlite3.connect(instance / "ledger.db")
    try:
        kept = {row[0] for row in raw.execute("select id from scan")}
        forms = [row[0] for row in raw.execute("select scan from claim")]
        (integrity,) = raw.execute("pragma integrity_check").fetchone()
    finally:
        raw.close()
    assert "ok" == integrity
    assert set() == scans - kept
    assert set() == claims - set(forms)
    assert len(forms) == len(set(forms)), "one form made two claims"


def test_twenty_kills_lose_no_answer(instance: Instance) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "crash_load.py"), str(instance.folder), "20"],
        env=environment(), stdout=subprocess.PIPE, text=True, timeout=240,
    )
    assert 0 == done.returncode
    scans, claims = told_of(done.stdout)
    assert scans and claims
    assert_nothing_lost(instance.folder, scans, claims)
    service = open_service(instance.settings())
    assert [] == checks.check(service.ledger)
    service.close()


# --- a power cut --------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or platform.system() != "Linux":
        pytest.skip("needs a C compiler and LD_PRELOAD")
    target = tmp_path_factory.mktemp("shim") / "power_cut.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", target, HERE / "power_cut.c", "-ldl"], check=True
    )
    return target


def cut_power(folder: Path) -> None:
    """Leave of the ledger what was synced."""
    for kept in folder.glob("ledger.db*.kept"):
        if "-journal" not in kept.name:  # deleted before the log began
            kept.replace(kept.with_suffix(""))
    (folder / "ledger.db-shm").unlink(missing_ok=True)


def test_power_cut_keeps_every_answer(instance: Instance, shim: Path) -> None:
    with subprocess.Popen(
        [sys.executable, str(HERE / "crash_load.py"), str(instance.folder)],
        env=environment(LD_PRELOAD=str(shim)), stdout=subprocess.PIPE, text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(1.5)
        process.kill()
        scans, claims = told_of(first + process.stdout.read())
    assert scans
    cut_power(instance.folder)
    assert_nothing_lost(instance.folder, scans, claims)


def test_power_cut_takes_what_was_not_synced(tmp_path: Path, shim: Path) -> None:
    """The control: with synchronous = normal the same cut loses the row."""
    for level, expected in (("normal", 0), ("full", 1)):
        folder = tmp_path / level
        folder.mkdir()
        script = (
            "import os, sqlite3\n"
            f"c = sqlite3.connect({str(folder / 'ledger.db')!r}, isolation_level=None)\n"
            "c.execute('pragma journal_mode = wal')\n"
            "c.execute('pragma synchronous = full')\n"
            "c.execute('create table t (x)')\n"
            f"c.execute('pragma synchronous = {level}')\n"
            "c.execute('insert into t values (1)')\n"
            "os.kill(os.getpid(), 9)\n"
        )
        subprocess.run([sys.executable, "-c", script], env=environment(LD_PRELOAD=str(shim)))
        if not (folder / "ledger.db-wal.kept").exists():
            (folder / "ledger.db-wal").unlink()
        cut_power(folder)
        raw = sqlite3.connect(folder / "ledger.db")
        assert (expected,) == raw.execute("select count(*) from t").fetchone()
        raw.close()


# --- a full disk --------------------------------------------------------------------------


def test_full_disk_says_so_keeps_reading_and_recovers(
    made_instance: Instance, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "12m"):
        shutil.copytree(made_instance.folder, disk / "instance")
        service = open_service(Instance(disk / "instance", "", "").settings())
        client = create_app(service.settings, service).test_client()
        code = Signs(service)("A01")
        assert 200 == client.get(f"/Q/{code}").status_code
        with (disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError):
            while True:
                file.write(bytes(4096))
        statuses = [client.get(f"/Q/{code}").status_code for _ in range(60)]
        assert 503 == statuses[-1]
        refused = client.get(f"/Q/{code}")
        assert 503 == refused.status_code and refused.headers["Retry-After"]
        assert 200 == client.get(f"/guide/{code}").status_code
        assert 200 == client.get("/").status_code
        ready = client.get("/readyz")
        assert 503 == ready.status_code and "disk" in ready.text
        (disk / "filler").unlink()
        assert 200 == client.get(f"/Q/{code}").status_code
        with service.store.read() as connection:
            row = connection.one("select count(*) as n from scan")
        assert row == {"n": statuses.count(200) + 2}
        assert [] == checks.check(service.ledger)
        service.close()


# --- the real server ----------------------------------------------------------------------


@dataclass
class Served:
    """`attribution serve` in a process group of its own, and what visitors were answered."""

    instance: Instance
    port: int
    process: "subprocess.Popen[bytes]"
    scans: set[int] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)

    def get(self, path: str) -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode(), dict(response.getheaders())
        finally:
            connection.close()

    def visit(self, code: str, until: float) -> None:
        while time.monotonic() < until:
            try:
                status, page, _ = self.get(f"/Q/{code}")
            except (OSError, http.client.HTTPException):
                continue
            self.statuses.append(status)
            if found := re.search(r'name="token" value="([0-9a-f]+):', page):
                self.scans.add(int(found[1], 16))

    def load(self, code: str, seconds: float) -> list[threading.Thread]:
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=self.visit, args=(code, until)) for _ in range(8)]
        for thread in threads:
            thread.start()
        first = time.monotonic() + 60
        while not self.statuses:
            assert time.monotonic() < first
            time.sleep(0.01)
        return threads


@pytest.fixture
def served(instance: Instance) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "attribution.cli", "serve", "--instance", str(instance.folder),
         "--port", str(port), "--workers", "2"],
        cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    found = Served(instance, port, process)
    deadline = time.monotonic() + 60
    while True:
        try:
            assert 200 == found.get("/healthz")[0]
            break
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
    yield found
    if process.poll() is None:
        UNIX.killpg(process.pid, SIGKILL)
    process.wait()


def test_served_scans_survive_the_kill_of_all_processes(served: Served, sign: Signs) -> None:
    threads = served.load(sign("A01"), 1.5)
    time.sleep(1)
    UNIX.killpg(served.process.pid, SIGKILL)
    for thread in threads:
        thread.join()
    assert served.scans
    assert_nothing_lost(served.instance.folder, served.scans, set())


def test_slow_senders_keep_no_thread_from_others(served: Served) -> None:
    """More phones stop in the middle of a form than there are threads; others are served."""
    slow = []
    try:
        for _ in range(2 * THREADS + 16):
            phone = socket.create_connection(("127.0.0.1", served.port), timeout=30)
            slow.append(phone)
            phone.sendall(
                b"POST /claim HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken="
            )
        time.sleep(0.5)
        assert [200] * 4 == [served.get("/healthz")[0] for _ in range(4)]
        slow[0].sendall(b"x" * 394)
        assert slow[0].recv(100).startswith(b"HTTP/1.1 400")
    finally:
        for phone in slow:
            phone.close()


def test_sigterm_answers_what_it_took_and_ends(served: Served, sign: Signs) -> None:
    threads = served.load(sign("A01"), 1.5)
    time.sleep(0.7)
    served.process.send_signal(signal.SIGTERM)
    assert 0 == served.process.wait(30)
    for thread in threads:
        thread.join()
    assert {200} == set(served.statuses)
    assert_nothing_lost(served.instance.folder, served.scans, set())


def test_sighup_renews_the_workers_without_a_wrong_answer(served: Served, sign: Signs) -> None:
    threads = served.load(sign("A01"), 3)
    time.sleep(0.3)
    served.process.send_signal(SIGHUP)
    for thread in threads:
        thread.join()
    assert served.process.poll() is None
    assert {200} == set(served.statuses)
    assert 200 == served.get(f"/Q/{sign('A02')}")[0]
    assert_nothing_lost(served.instance.folder, served.scans, set())


def test_held_lock_makes_scans_wait_and_then_tells_them(
    served: Served, service: Service, sign: Signs
) -> None:
    """Another process writes for long: visitors wait, are told when to come back, nothing hangs."""
    code = sign("A01")
    assert 200 == served.get(f"/Q/{code}")[0]
    assert isinstance(service.store.database, SQLite)
    raw = sqlite3.connect(service.store.database.path, isolation_level=None)
    raw.execute("begin immediate")
    answers: list[tuple[float, int, str | None]] = []

    def visit() -> None:
        began = time.monotonic()
        status, _, headers = served.get(f"/Q/{code}")
        retry = {k.lower(): v for k, v in headers.items()}.get("retry-after")
        answers.append((time.monotonic() - began, status, retry))

    threads = [threading.Thread(target=visit) for _ in range(12)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    assert 200 == served.get("/healthz")[0]
    assert 200 == served.get(f"/guide/{code}")[0]
    assert [] == answers, "they wait first"
    for thread in threads:
        thread.join(25)
    assert 12 == len(answers)
    assert {(503, "60")} == {(status, retry) for _, status, retry in answers}
    raw.execute("rollback")
    raw.close()
    assert 200 == served.get(f"/Q/{code}")[0]
    with service.store.read() as connection:
        assert {"n": 2} == connection.one("select count(*) as n from scan")
