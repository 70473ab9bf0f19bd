"""
A county's machine as the README sets it up: a shell, the service, and what stands in front.

The files of `deploy/` are run as they are; only what everybody has to write into them is
replaced: the name, the certificate's place, and here the ports, which others use as well.
"""
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

import cluster_stores
import trustme
from needs import SIGKILL, UNIX
from programs import needs

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
README_NAME = "ysf.example.gov.cn"
NAME = "ysf.test"

FRONTS = ("nginx", "caddy", "own")
# A machine on somebody's desk, with nothing in front and no certificate.
BARE = "bare"
# Where the ledger lies of a walk about credit: in its file, and on a cluster where one is named.
LEDGERS = ("sqlite", *(["citus"] if cluster_stores.given() else []))
# How long a program may take to answer, on a machine that has much else to do.
PATIENCE_S = 60


def free_ports(number: int) -> list[int]:
    """Return ports that nobody listens on; all held until all are found, so that they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.socket())) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@dataclass
class Shell:
    """A person's shell: a folder, and the program's commands on the path."""

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ZHUANMA_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{clean.get('PATH', '')}"
        return {**clean, "PATH": path, **self.more}

    def runs(self, command: str, typed: str = "") -> str:
        """Return what *command* prints, standard error below; it must succeed."""
        status, said = self.tries(command, typed)
        assert 0 == status, f"$ {command}\n{said}"
        return said

    def tries(self, command: str, typed: str = "") -> tuple[int, str]:
        """Return the exit status of *command* and what it prints, standard error below."""
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment(), input=typed,
            capture_output=True, text=True, encoding="utf-8",
        )
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def keeps_running(self, command: list[str], told: Path) -> Iterator["subprocess.Popen[bytes]"]:
        """Run *command* until the end of the block; what it says is in the file *told*."""
        with told.open("ab") as file:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment(), stdout=file, stderr=file,
                start_new_session=True,
            )
        try:
            yield process
            process.terminate()
            assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM), told.read_text("utf-8")
        finally:
            if process.poll() is None:
                UNIX.killpg(process.pid, SIGKILL)
                process.wait()


@dataclass
class Machine:
    """A machine of the county's: its folder, its name, its certificate, and its ports."""

    folder: Path
    front: str
    name: str = NAME

    def __post_init__(self) -> None:
        self.inner, self.outer, self.plain = free_ports(3)
        authority = trustme.CA()
        issued = authority.issue_cert(self.name)
        self.certificates = self.folder / "ssl"
        self.certificates.mkdir()
        self.authority = self.certificates / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        chain = self.certificates / "fullchain.pem"
        for part in issued.cert_chain_pems:
            part.write_to_path(str(chain), append=True)
        issued.private_key_pem.write_to_path(str(self.certificates / "privkey.pem"))
        self.instance = self.folder / "instance"
        self.shell = Shell(self.folder, {"ZHUANMA_INSTANCE": str(self.instance)})
        self.terminal = self.folder / "service.txt"

    @property
    def url(self) -> str:
        if self.front == BARE:
            return f"http://127.0.0.1:{self.inner}"
        return f"https://{self.name}:{self.outer}"

    def begins(self) -> str:
        """Make the demonstration's instance at the shell; return the first password it prints."""
        told = self.shell.runs(f"attribution init --demo --public-url {self.url}")
        found = re.search(r"^password: (\S+)$", told, re.MULTILINE)
        assert found
        return found[1]

    def writes(
        self, path: str, *replaced: tuple[str, str], before: str = "", after: str = ""
    ) -> None:
        """Edit a text file of the instance, as with an editor."""
        file = self.instance / path
        text = file.read_text(encoding="utf-8")
        for was, becomes in replaced:
            assert was in text, f"{path} does not say {was}"
            text = text.replace(was, becomes, 1)
        file.write_text(before + text + after, encoding="utf-8")

    @contextmanager
    def serves(self) -> Iterator[None]:
        """Start the service, and what stands in front, until it answers; stop it at the end."""
        fronts = {"nginx": self._nginx, "caddy": self._caddy, "own": list, BARE: list}
        front = fronts[self.front]()
        port = self.outer if self.front == "own" else self.inner
        command = ["attribution", "serve", "--host", "127.0.0.1", "--port", str(port)]
        with ExitStack() as running:
            self.service = running.enter_context(
                self.shell.keeps_running([*command, "--workers", "2"], self.terminal)
            )
            if front:
                running.enter_context(
                    self.shell.keeps_running(front, self.folder / f"{self.front}.txt")
                )
            self._wait()
            yield

    def ready(self) -> tuple[int, str]:
        """Return what the monitoring on this machine is told: status and text of /readyz."""
        port = self.outer if self.front == "own" else self.inner
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
            connection.request("GET", "/readyz")
            got = connection.getresponse()
            return got.status, got.read().decode()

    def workers(self) -> set[int]:
        """Return the processes that the service has begun and that live."""
        lines = self.shell.runs(f"ps --ppid {self.service.pid} -o pid=,stat=").splitlines()
        return {int(pid) for pid, state in map(str.split, lines) if not state.startswith("Z")}

    def log(self) -> str:
        return self.terminal.read_text("utf-8")

    def answer(
        self, path: str, *, method: str = "GET", sni: str = "", **headers: str
    ) -> tuple[int, dict[str, str]]:
        """Return status and headers of a request without a browser, its certificate checked."""
        context = ssl.create_default_context(cafile=str(self.authority))
        context.check_hostname = not sni
        with closing(socket.create_connection(("127.0.0.1", self.outer), PATIENCE_S)) as raw:
            connection = HTTPSConnection(self.name, self.outer)
            connection.sock = context.wrap_socket(raw, server_hostname=sni or self.name)
            with closing(connection):
                connection.request(method, path, headers=headers)
                got = connection.getresponse()
                got.read()
                return got.status, {key.lower(): value for key, value in got.getheaders()}

    def _is_well(self) -> bool:
        if self.front != BARE:
            return self.answer("/healthz")[0] == 200
        with closing(HTTPConnection("127.0.0.1", self.inner, timeout=PATIENCE_S)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                if self._is_well():
                    return
            except (OSError, HTTPException):
                pass
            said = "".join(path.read_text("utf-8") for path in self.folder.glob("*.txt"))
            assert time.monotonic() < until, said
            time.sleep(0.1)

    def _nginx(self) -> list[str]:
        nginx = needs("nginx")
        self._written("nginx.conf", "site.conf", [
            (README_NAME, self.name), ("/etc/ssl/zhuanma", str(self.certificates)),
            ("127.0.0.1:8000", f"127.0.0.1:{self.inner}"),
            ("listen 443", f"listen 127.0.0.1:{self.outer}"),
            ("listen 80", f"listen 127.0.0.1:{self.plain}"),
            ("https://$server_name", f"https://$server_name:{self.outer}"),
        ])  # fmt: skip
        # What the distribution's own /etc/nginx/nginx.conf says around it, and the room that
        # docs/deploy.md asks for.
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if UNIX.geteuid() == 0 else ""
        whole = self.folder / "nginx.conf"
        whole.write_text(
            f"{user} daemon off; pid {self.folder}/pid; error_log {self.folder}/nginx.txt;"
            " worker_processes auto; events { worker_connections 8192; }"
            f" http {{ {temporary} include {self.folder}/site.conf; }}\n",
            encoding="utf-8",
        )
        return [nginx, "-c", str(whole), "-e", str(self.folder / "nginx.txt")]

    def _caddy(self) -> list[str]:
        caddy = needs("caddy")
        own = (
            f"{{\n\tadmin off\n\tstorage file_system {self.folder}/caddy\n"
            f"\tdefault_bind 127.0.0.1\n\thttps_port {self.outer}\n\thttp_port {self.plain}\n"
        )
        written = self._written("Caddyfile", "Caddyfile", [
            (f"redir https://{README_NAME}", f"redir https://{self.name}:{self.outer}"),
            (README_NAME, self.name), ("# tls /etc/ssl/zhuanma", "tls /etc/ssl/zhuanma"),
            ("/etc/ssl/zhuanma", str(self.certificates)),
            ("127.0.0.1:8000", f"127.0.0.1:{self.inner}"), ("\n{\n", f"\n{own}"),
        ])  # fmt: skip
        return [caddy, "run", "--adapter", "caddyfile", "--config", str(written)]

    def _written(self, shipped: str, name: str, replaced: list[tuple[str, str]]) -> Path:
        """Write the file *shipped* of `deploy/` as *name*, with what is ours filled in."""
        text = (DEPLOY / shipped).read_text(encoding="utf-8")
        for was, becomes in replaced:
            assert was in text, f"deploy/{shipped} does not say {was}"
            text = text.replace(was, becomes)
        assert not re.search(r"example|/etc/", re.sub("(?m)#.*$", "", text))
        written = self.folder / name
        written.write_text(text, encoding="utf-8")
        return written


@contextmanager
def ledger(machine: Machine, kind: str) -> Iterator[None]:
    """Let *machine*, which is not set up yet, keep its ledger where *kind* of `LEDGERS` says."""
    if kind == "sqlite":
        yield
        return
    with cluster_stores.ledger_url() as url:
        machine.shell = Shell(machine.folder, {**machine.shell.more, "ZHUANMA_DATABASE": url})
        yield
