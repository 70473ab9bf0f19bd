"""
Start, reload, stop: of the real service, alone and behind the shipped nginx and Caddy files.

A slip in the settings at a reload ended the service for good, a reload under load lost
every second request behind nginx, and a second start took half of the visitors in silence.
"""
import http.client
import inspect
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from bench_load import free_port
from conftest import Instance, Signs
from factories import make_phone
from needs import unix
from programs import needs

from attribution.service import Service
from attribution.serving.listening import address_of, listen
from attribution.upkeep import running
from qrgen.shell import Fault

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
WAIT_S = 60.0  # the end of every wait; no promise of ours

ANY = "0.0.0.0"  # noqa: S104 (for a moment, on a port nobody knows)

unix("signals of Unix")
assert sys.platform != "win32"


class Served:
    """`attribution serve` as a process, what it said, and its workers."""

    def __init__(
        self, folder: Path, errors: Path, *options: str,
        program: tuple[str, ...] = ("-m", "attribution.cli"),
        environ: dict[str, str] | None = None,
    ):
        self.folder, self._errors = folder, errors
        with errors.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, *program, "serve", "--instance", str(folder), *options],
                cwd=ROOT, stdout=file, stderr=file, env={**os.environ, **(environ or {})},
                start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._errors.read_text(encoding="utf-8")

    def wait_for(self, found: Callable[[], object]) -> None:
        until = time.monotonic() + WAIT_S
        while not found():
            assert time.monotonic() < until, self.said
            time.sleep(0.05)

    def answers(self) -> str:
        """Wait until it says that it serves; return the address that it says."""
        self.wait_for(lambda: "serving on" in self.said or self.process.poll() is not None)
        told = re.search(r"^serving on (\S+)$", self.said, re.MULTILINE)
        assert told, self.said
        return told[1]

    def workers(self) -> set[int]:
        """Return the processes that it has begun and that have not ended."""
        done = subprocess.run(
            ["ps", "--ppid", str(self.process.pid), "-o", "pid=,stat="],
            capture_output=True, text=True,
        )
        lines = [line.split() for line in done.stdout.splitlines()]
        return {int(pid) for pid, state in lines if not state.startswith("Z")}

    def reload(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "attribution.cli", "reload", "--instance", str(self.folder)],
            cwd=ROOT, capture_output=True, text=True, timeout=4 * WAIT_S,
        )

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_S)


@contextmanager
def serving(
    instance: Instance, tmp_path: Path, *options: str,
    program: tuple[str, ...] = ("-m", "attribution.cli"),
    environ: dict[str, str] | None = None,
) -> Iterator[Served]:
    log = tmp_path / "service.log"
    found = Served(instance.folder, log, *options, program=program, environ=environ)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            os.killpg(found.process.pid, signal.SIGKILL)
            found.process.wait()


def get(address: str, path: str) -> tuple[int, str]:
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=WAIT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def options(port: int, workers: int = 1) -> tuple[str, ...]:
    return "--port", str(port), "--workers", str(workers)


# --- slips --------------------------------------------------------------------------------


def misspell(folder: Path) -> str:
    with (folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[limits]\nclaim_per_code = 2\n")
    return "claim_per_code"


def empty_keys(folder: Path) -> str:
    (folder / "keys" / "forms.keys").write_text("# nothing\n")
    return "forms.keys"


def lose_certificate(folder: Path) -> str:
    for name in ("cert.pem", "key.pem"):
        (folder / name).write_text("no PEM at all\n")
    path = folder / "config.toml"
    path.write_text(
        'tls_certificate = "cert.pem"\ntls_key = "key.pem"\n' + path.read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    return "tls_certificate and tls_key"


def miss_a_kit(folder: Path) -> str:
    """A setting that is well written; what it asks for is found missing by a worker alone."""
    (folder / "keys" / "messages.keys").write_text("m" * 20 + "0123456789ab")
    with (folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[one_time]\nsender = "aliyun"\naccess_key = "a"\nsignature = "s"\n'
                   'template = "t"\n')
    return "its kit is not installed"


def test_a_campaign_folder_broken_by_hand_stops_nobody(
    instance: Instance, sign: Signs, tmp_path: Path
) -> None:
    """It is an export: what is served is the ledger's, and the log says that the edit waits."""
    path = instance.folder / "campaign" / "campaign.toml"
    with serving(instance, tmp_path, *options(free_port())) as service:
        address = service.answers()
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("end =", "ende ="), encoding="utf-8")
        assert 0 == service.reload().returncode
        service.wait_for(lambda: "was edited by hand" in service.said)
        assert 200 == get(address, f"/Q/{sign('A01')}")[0]
        assert 0 == service.stop()
    assert "ende =" in path.read_text(encoding="utf-8"), "nobody's edit is written over"


SLIPS = [misspell, empty_keys, lose_certificate, miss_a_kit]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.__name__)
def test_a_slip_and_a_reload_leave_the_service_as_it_was(
    instance: Instance, sign: Signs, tmp_path: Path, slip: Callable[[Path], str]
) -> None:
    """The command, the log and /readyz say why; once mended, a reload works."""
    kept = tmp_path / "kept"
    with serving(instance, tmp_path, *options(free_port())) as service:
        address = service.answers()
        before = service.workers()
        shutil.copytree(
            instance.folder, kept, ignore=shutil.ignore_patterns("run", "ledger.db*")
        )
        cause = slip(instance.folder)

        told = service.reload()
        assert 1 == told.returncode
        assert re.search(r"^attribution: error: .*" + re.escape(cause), told.stderr, re.MULTILINE)
        assert "attribution: hint: " in told.stderr
        assert (before, "ok\n") == (service.workers(), get(address, "/readyz")[1])

        service.process.send_signal(signal.SIGHUP)
        service.wait_for(lambda: "reload refused" in service.said)
        lines = [json.loads(line) for line in service.said.splitlines() if line.startswith("{")]
        (line,) = [line for line in lines if "reload refused" in line["message"]]
        assert cause in line["message"] + str(line["more"])
        service.wait_for(lambda: cause in get(address, "/readyz")[1])
        assert before == service.workers()
        assert 200 == get(address, "/readyz")[0], "it takes scans"
        assert 200 == get(address, f"/Q/{sign('A01')}")[0]

        shutil.copytree(kept, instance.folder, dirs_exist_ok=True)
        done = service.reload()
        assert (0, "") == (done.returncode, done.stderr)
        assert address in done.stdout
        assert "ok\n" == get(address, "/readyz")[1]
        assert 1 == len(service.workers()) and not before & service.workers()
        assert 0 == service.stop()


def test_who_asks_through_a_web_server_is_told_no_cause(
    instance: Instance, tmp_path: Path
) -> None:
    """A path of this machine is nobody's business outside."""
    with serving(instance, tmp_path, *options(free_port())) as service:
        address = service.answers()
        misspell(instance.folder)
        service.process.send_signal(signal.SIGHUP)
        service.wait_for(lambda: "claim_per_code" in get(address, "/readyz")[1])
        parts = urllib.parse.urlsplit(address)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=WAIT_S)
        connection.request("GET", "/readyz", headers={"X-Forwarded-For": "192.0.2.1"})
        text = connection.getresponse().read().decode()
        connection.close()
        assert "the log says why" in text and "claim_per_code" not in text


def test_a_start_that_cannot_serve_says_why_and_ends(instance: Instance, tmp_path: Path) -> None:
    cause = miss_a_kit(instance.folder)
    with serving(instance, tmp_path, *options(free_port(), 2)) as service:
        assert 1 == service.process.wait(WAIT_S)
        assert re.search(rf"^attribution: error: .*{cause}", service.said, re.MULTILINE)
        assert "attribution: hint: " in service.said and "serving on" not in service.said


def test_nothing_to_reload_is_told_as_such(instance: Instance, tmp_path: Path) -> None:
    """Nor is a number that somebody else's process has by now ever signalled."""
    folder = instance.folder / "run"
    folder.mkdir()
    record = running.here("http://127.0.0.1:1", instance.folder)
    (folder / f"serve-{record.pid}.lock").touch()
    (folder / f"serve-{record.pid}.json").write_text(json.dumps(vars(record)))
    told = subprocess.run(
        [sys.executable, "-m", "attribution.cli", "reload", "--instance", str(instance.folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S,
    )
    assert 2 == told.returncode
    assert "error: no service runs on" in told.stderr and "hint: " in told.stderr


def test_waitress_is_restarted_and_not_reloaded(instance: Instance, tmp_path: Path) -> None:
    """It has one process; a signal that ended it would leave everybody unanswered."""
    without = (
        "import sys; sys.modules['granian'] = None; from attribution import cli;"
        " sys.exit(cli.main(sys.argv[1:]))"
    )
    port = free_port()
    with serving(instance, tmp_path, *options(port), program=("-c", without)) as service:
        address = service.answers()
        told = service.reload()
        assert 2 == told.returncode and "waitress" in told.stderr and "restart it" in told.stderr
        service.process.send_signal(signal.SIGHUP)
        service.wait_for(lambda: "no reload" in service.said)
        assert 200 == get(address, "/healthz")[0]
        (tmp_path / "second").mkdir()
        with serving(
            instance, tmp_path / "second", *options(port), program=("-c", without)
        ) as second:
            assert 1 == second.process.wait(WAIT_S)
            assert "error: cannot listen on" in second.said
        assert 0 == service.stop()


def test_public_url_is_read_again(instance: Instance, sign: Signs, tmp_path: Path) -> None:
    """It was fixed at the start, whatever the file came to say."""
    with serving(instance, tmp_path, *options(free_port())) as service:
        address = service.answers()
        path = instance.folder / "config.toml"
        text = re.sub(r"^public_url = .*$", "", path.read_text(encoding="utf-8"), flags=re.M)
        path.write_text('public_url = "https://neu.example.cn"\n' + text, encoding="utf-8")
        assert 0 == service.reload().returncode
        assert "Strict-Transport-Security" in _headers(address, f"/Q/{sign('A01')}")


def _headers(address: str, path: str) -> set[str]:
    parts = urllib.parse.urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=WAIT_S)
    connection.request("GET", path)
    found = {name for name, _ in connection.getresponse().getheaders()}
    connection.close()
    return {"-".join(part.capitalize() for part in name.split("-")) for name in found}


# --- ports --------------------------------------------------------------------------------


def test_a_second_start_on_the_port_is_refused(instance: Instance, tmp_path: Path) -> None:
    port = free_port()
    with serving(instance, tmp_path, *options(port)) as service:
        address = service.answers()
        (tmp_path / "second").mkdir()
        with serving(instance, tmp_path / "second", *options(port)) as second:
            assert 1 == second.process.wait(WAIT_S)
            assert f"error: cannot listen on 127.0.0.1:{port}: " in second.said
            assert f"--port {port + 1}" in second.said
            assert "serving on" not in second.said
        assert 200 == get(address, "/healthz")[0]
        assert [service.process.pid] == [one.pid for one in running.found(instance.folder)]
        assert 0 == service.stop()
    assert [] == running.found(instance.folder)


@pytest.mark.parametrize("host", ["127.0.0.1", ANY, "::", "::1"])
def test_it_says_an_address_that_can_be_opened_once_it_can(
    instance: Instance, tmp_path: Path, host: str
) -> None:
    if ":" in host:
        try:
            listen("::1", 0).close()
        except Fault:
            pytest.skip("no IPv6 here")
    with serving(instance, tmp_path, "--host", host, *options(free_port())) as service:
        assert 200 == get(service.answers(), "/healthz")[0]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"), (ANY, "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"), ("fd00::7", "http://[fd00::7]:80"), ("", "http://127.0.0.1:80"),
        ("ysf.example.cn", "http://ysf.example.cn:80"),
    ],
)
def test_addresses_are_written_as_browsers_read_them(host: str, address: str) -> None:
    assert address == address_of(host, 80)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(Fault, match="cannot listen on"):
        listen("127.0.0.1", port)


# --- workers that die ---------------------------------------------------------------------


def test_a_worker_that_is_killed_is_missed_and_replaced(
    instance: Instance, tmp_path: Path
) -> None:
    with serving(instance, tmp_path, *options(free_port(), 2)) as service:
        address = service.answers()
        before = service.workers()
        for victim in before:  # nobody is left: who comes now waits
            os.kill(victim, signal.SIGKILL)
        assert 200 == get(address, "/healthz")[0]
        service.wait_for(lambda: len(service.workers()) == 2)
        assert not before & service.workers()
        assert "a worker ended unasked (signal 9)" in service.said
        assert 0 == service.stop()


def test_without_a_worker_and_a_way_to_start_one_it_ends_and_says_why(
    instance: Instance, tmp_path: Path
) -> None:
    """A service manager starts it again or tells somebody; a silent parent serves nobody."""
    with serving(instance, tmp_path, *options(free_port())) as service:
        service.answers()
        cause = empty_keys(instance.folder)
        for victim in service.workers():
            os.kill(victim, signal.SIGKILL)
        assert 1 == service.process.wait(WAIT_S)
        assert re.search(rf"^attribution: error: .*{cause}", service.said, re.MULTILINE)
        assert "no worker can start" in service.said


def test_granian_still_has_what_is_overridden() -> None:
    """Its private methods have no promise; another version is read before it is taken."""
    from granian._granian import SocketHolder
    from granian.server.mp import MPServer, WorkerProcess

    expected = {
        "_init_shared_socket": ["self"],
        "_drop_shared_socket": ["self"],
        "_spawn_workers": ["self", "spawn_target", "target_loader"],
        "_spawn_worker": ["self", "idx", "target", "callback_loader"],
        "_serve_loop": ["self", "spawn_target", "target_loader"],
        "_reload": ["self", "spawn_target", "target_loader"],
        "_stop_workers": ["self"],
        "shutdown": ["self", "exit_code"],
        "build_ssl_context": [
            "self", "cert", "key", "password", "proto", "ca", "crl", "client_verify"
        ],
    }
    found = {
        name: list(inspect.signature(getattr(MPServer, name)).parameters) for name in expected
    }
    assert expected == found
    for name in ("start", "kill", "join", "terminate", "is_alive", "_id"):
        assert callable(getattr(WorkerProcess, name))
    with socket.socket() as any_socket:
        holder: Any = SocketHolder
        assert any_socket.fileno() == holder(any_socket.fileno(), False, 128).get_fd()


# --- under load ---------------------------------------------------------------------------


def nginx(folder: Path, outer: int, inner: int) -> list[str]:
    """Write the shipped file for these ports; return the command that runs it."""
    program = needs("nginx")
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for was, becomes in (
        ("127.0.0.1:8000", f"127.0.0.1:{inner}"), ("listen 443", f"listen 127.0.0.1:{outer}"),
        ("listen 80", f"listen 127.0.0.1:{free_port()}"), ("/etc/ssl/zhuanma", str(folder)),
        ("ysf.example.gov.cn", "localhost"),
    ):
        assert was in text
        text = text.replace(was, becomes)
    (folder / "site.conf").write_text(text, encoding="utf-8")
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;"
        f" events {{}} http {{ {temporary} include {folder}/site.conf; }}", encoding="utf-8",
    )
    return [program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def caddy(folder: Path, outer: int, inner: int) -> list[str]:
    program = needs("caddy")
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    site = "\nysf.example.gov.cn {\n"
    assert site in text and "127.0.0.1:8000" in text
    # Its own certificate for a name of this machine, and no port that others may have.
    text = text.replace(
        site, f"\nhttps://localhost:{outer} {{\n\ttls {folder}/fullchain.pem {folder}/privkey.pem\n"
    ).replace("127.0.0.1:8000", f"127.0.0.1:{inner}")
    own = f"\tadmin off\n\thttp_port {free_port()}\n\thttps_port {outer}\n"
    own += "\tauto_https disable_redirects\n"
    assert text.count("\n{\n") == 1  # its own options, which may stand there once
    text = text.replace("\n{\n", f"\n{{\n{own}")
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@contextmanager
def front(command: list[str], folder: Path, outer: int) -> Iterator[None]:
    """Run a web server in front until the end of the block."""
    with (folder / "front.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder),
                 "XDG_CONFIG_HOME": str(folder)},
        )  # fmt: skip
    try:
        until = time.monotonic() + WAIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", outer), timeout=5).close()
                break
            except OSError:
                log_text = (folder / "front.log").read_text(encoding="utf-8")
                assert process.poll() is None and time.monotonic() < until, log_text
                time.sleep(0.05)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """Lay a certificate for localhost where the web servers look; return who trusts it."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    (tmp_path / "fullchain.pem").write_bytes(b"".join(p.bytes() for p in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(tmp_path / "privkey.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


class Visitors:
    """Residents who scan, and some who claim, until they are told to stop: a bounded number."""

    MOST = 1500  # requests of each, should the reloads take for ever

    def __init__(self, connect: Callable[[], http.client.HTTPConnection], codes: list[str]):
        self._connect, self._codes = connect, codes
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._next = 0
        self.outcomes: Counter[tuple[str, object]] = Counter()
        self.claimed: set[int] = set()
        self._threads = [
            threading.Thread(target=self._visit, args=(n % 2 == 0, n % 3 != 0)) for n in range(6)
        ]

    def __enter__(self) -> "Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def total(self) -> int:
        with self._lock:
            return sum(self.outcomes.values())

    def _visit(self, claims: bool, keeps: bool) -> None:
        connection = self._connect()
        for turn in range(self.MOST):
            if self._stop.wait(0.02):  # else they would leave a new worker no processor to start on
                break
            code = self._codes[turn % len(self._codes)]
            page = self._ask(connection, "GET", f"/Q/{code}", None)
            if token := claims and re.search(r'name="token" value="([^"]+)"', page):
                with self._lock:
                    self._next += 1
                    phone = make_phone(self._next)
                form = urllib.parse.urlencode({"token": token[1], "phone": phone, "consent": "yes"})
                if self._ask(connection, "POST", "/claim", form).startswith("/s/"):
                    self.claimed.add(int(token[1].partition(":")[0], 16))
            if not keeps:
                connection.close()
        connection.close()

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: str | None
    ) -> str:
        """Return the page, or where the answer leads."""
        outcome: object
        page = ""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page, outcome = answer.read().decode(), answer.status
            page = answer.headers.get("Location", page)
        except (OSError, http.client.HTTPException) as error:
            outcome = type(error).__name__
            connection.close()
        with self._lock:
            self.outcomes[method, outcome] += 1
        return page


@pytest.mark.parametrize("before", [None, nginx, caddy], ids=["alone", "nginx", "caddy"])
def test_reloads_under_load_lose_nothing(
    instance: Instance, service: Service, sign: Signs, tmp_path: Path,
    certificate: ssl.SSLContext,
    before: Callable[[Path, int, int], list[str]] | None,
) -> None:
    """
    Behind the shipped files every scan and every form is answered, while workers change.

    Alone, what a worker had accepted and not read when it ended may be lost; nobody is
    refused, and nobody gets a wrong answer.
    """
    inner, outer = free_port(), free_port()
    environ = {
        "ZHUANMA_PUBLIC_URL": f"https://localhost:{outer}", "ZHUANMA_TRUSTED_PROXIES": "1"
    } if before else {}
    # So many from one address, and of so few codes, are no residents; the limits are not asked.
    with (instance.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[limits]\n" + "".join(
            f'claims_per_{what} = "1000000 per minute"\n'
            for what in ("network", "code", "visitor", "form")
        ))
    codes = [sign(unit) for unit in ("A01", "A02", "N07", "N08", "D01", "B01")]

    def connect() -> http.client.HTTPConnection:
        if before is None:
            return http.client.HTTPConnection("127.0.0.1", inner, timeout=WAIT_S)
        return http.client.HTTPSConnection("localhost", outer, timeout=WAIT_S, context=certificate)

    command = before(tmp_path, outer, inner) if before else None
    with serving(instance, tmp_path, *options(inner, 2), environ=environ) as served:
        served.answers()
        with front(command, tmp_path, outer) if command else _nothing():
            with Visitors(connect, codes) as visitors:
                for _ in range(2):
                    wanted = visitors.total() + 20
                    while visitors.total() < wanted:
                        time.sleep(0.05)
                    assert 0 == served.reload().returncode, served.said
            outcomes = visitors.outcomes
        assert 0 == served.stop()
    assert outcomes["GET", 200] and outcomes["POST", 303]
    lost = {what: n for what, n in outcomes.items() if what[1] not in (200, 303)}
    if before is None:
        lost = {
            what: n for what, n in lost.items()
            if what[1] not in ("RemoteDisconnected", "ConnectionResetError", "BrokenPipeError")
        }
    assert {} == lost
    with service.store.read() as connection:
        kept = [row["scan"] for row in connection.rows("select scan from claim")]
    assert visitors.claimed <= set(kept)
    assert len(kept) == len(set(kept)), "one form made two claims"


@contextmanager
def _nothing() -> Iterator[None]:
    yield


class Rude:
    """Stands where the service does, and ends every other connection without an answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head or (head[:4] == b"POST" and b"a=1" not in head):
                    if not (more := connection.recv(65536)):
                        break
                    head += more
                if not head:
                    continue  # somebody looked whether a port is open
                self.asked.append(head.split(b" HTTP/")[0].decode())
                if len(self.asked) % 2 == 0:
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                    )

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize(
    ("before", "method", "path", "times"),
    [
        (nginx, "GET", "/Q/X", 2), (nginx, "POST", "/claim", 2), (nginx, "POST", "/claim/prove", 2),
        (nginx, "POST", "/my/act", 1), (caddy, "GET", "/Q/X", 2), (caddy, "POST", "/claim", 1),
    ],
)  # fmt: skip
def test_what_may_be_asked_again_is_asked_again(
    tmp_path: Path, certificate: ssl.SSLContext,
    before: Callable[[Path, int, int], list[str]], method: str, path: str, times: int,
) -> None:
    """Of forms only those that are one deed however often they are sent."""
    rude, outer = Rude(), free_port()
    try:
        with front(before(tmp_path, outer, rude.port), tmp_path, outer):
            connection = http.client.HTTPSConnection(
                "localhost", outer, timeout=WAIT_S, context=certificate
            )
            connection.request(method, path, "a=1" if method == "POST" else None)
            answer = connection.getresponse()
            status, page = answer.status, answer.read().decode()
            connection.close()
    finally:
        rude.close()
    # Who is not asked again for is told in words that a resident reads.
    assert ("系统正在维护" in page) == (status == 502)
    assert (200 if times == 2 else 502, [f"{method} {path}"] * times) == (status, rude.asked)


@pytest.mark.parametrize("before", [nginx, caddy], ids=["nginx", "caddy"])
def test_while_the_service_is_away_no_log_has_the_way_to_anybodys_page(
    tmp_path: Path, certificate: ssl.SSLContext, before: Callable[[Path, int, int], list[str]]
) -> None:
    """And no browser keeps what is said then: WeChat showed a page without that for ever."""
    outer, token = free_port(), "7QF2M8X5KD3VT6A9WN1C"
    with front(before(tmp_path, outer, free_port()), tmp_path, outer):
        for method, path in (
            ("GET", "/s/"), ("GET", "/S/"), ("GET", "/h/"), ("POST", "/h/"), ("GET", "/form/"),
            ("GET", "/password/"),
        ):
            connection = http.client.HTTPSConnection(
                "localhost", outer, timeout=WAIT_S, context=certificate
            )
            connection.request(method, path + token, headers={"Referer": f"https://x/s/{token}"})
            answer = connection.getresponse()
            assert 502 == answer.status and "系统正在维护" in answer.read().decode()
            assert "no-store" == answer.headers["Cache-Control"]
            connection.close()
    logs = [log for log in (tmp_path / "error.log", tmp_path / "front.log") if log.exists()]
    assert logs
    for log in logs:
        assert token not in log.read_text(encoding="utf-8")
