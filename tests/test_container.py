"""
The container files: what an image holds, what a container may do, what nobody could run here.

No registry and no daemon is here, so no image is built. What can be tried is tried with the
real programs: docker's own client packs the build context, the wheel is built of just that,
the shipped Caddyfile is rewritten by the very command of compose.yaml.
"""
import http.server
import io
import json
import os
import re
import shutil
import socketserver
import stat
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from needs import unix

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"

unix("programs of Unix")
assert sys.platform != "win32"

# What a checkout in use holds besides the program; the names are the ones in use.
SECRETS = [
    ".env", ".git/config", ".venv/bin/python", ".venv/pyvenv.cfg", "deploy/.env",
    "instance/config.toml", "instance/keys/codes.keys", "instance/keys/person.keys",
    "instance/ledger.db", "instance/ledger.db-wal", "instance/jobs/1.zip",
    "instance/uploads/feed-0/feed.csv", "posters/A01.pdf", "out/export.csv", "backup.db",
    "attribution/__pycache__/cli.cpython-311.pyc", "attribution/ledger.db",
    "qrgen/old/codes.keys", "qrgen/instance/keys/codes.keys", "static/A01.pdf",
    "static/.git/config", "privkey.pem", "build/lib/x.py", "tests/conftest.py",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that git knows, as they stand here, among all that a used checkout gathers."""
    folder = tmp_path / "checkout"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True,
    )
    if tracked.returncode:
        pytest.skip("no git checkout")
    for name in filter(None, tracked.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name in SECRETS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text("for nobody's eyes", encoding="utf-8")
    return folder


def context_of(folder: Path) -> set[str]:
    """
    Return the files of *folder* that a build is given, by what .dockerignore means.

    A pattern is for the path from the root, or for a folder above it; the last that fits
    decides (docs.docker.com, "Dockerignore files").
    """
    rules = []
    for line in (folder / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            rules.append((line.startswith("!"), _expression(line.lstrip("!").strip("/"))))
    found = set()
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        parts = path.relative_to(folder).parts
        above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        taken = True
        for again, expression in rules:
            if any(expression.fullmatch(name) for name in above):
                taken = again
        if taken:
            found.add("/".join(parts))
    return found


def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    assert not set("[]\\") & set(pattern), "a pattern that this test cannot read"
    return re.compile("".join(meant.get(part, re.escape(part)) for part in parts))


def wrong(names: set[str]) -> list[str]:
    """Return which of *names* no image may hold."""
    bad = re.compile(
        r"(^|/)(\.git|\.venv|instance|__pycache__|tests|out|posters|build)/|(^|/)\.env"
        r"|\.(keys|db|db-wal|pdf|pem|zip|csv)$"
    )
    campaign = "qrgen/campaigns/xingguo-2022/units.csv"
    return sorted(name for name in names - {campaign} if bad.search(name))


def test_an_image_holds_no_key_no_ledger_and_no_poster(checkout: Path) -> None:
    """A layer is kept and handed on, whatever a later one deletes."""
    assert [] != wrong(set(SECRETS))  # they are what is looked for
    given = context_of(checkout)
    assert [] == wrong(given)
    assert not given & set(SECRETS)


def test_an_image_holds_all_that_the_service_is_made_of(checkout: Path, tmp_path: Path) -> None:
    """A wheel built of the context alone has every file of one built of the whole checkout."""
    given = context_of(checkout)
    narrow = tmp_path / "narrow"
    for name in given:
        (narrow / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkout / name, narrow / name)
    assert _wheel(narrow, tmp_path / "one") >= {
        name for name in given if name.startswith(("attribution/", "qrgen/"))
    }
    assert "requirements.lock" in given


def _wheel(source: Path, target: Path) -> set[str]:
    # As the Dockerfile does: with the lock's setuptools, and nothing fetched.
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index",
         "--no-build-isolation", "--wheel-dir", str(target), str(source)],
        check=True, capture_output=True,
    )  # fmt: skip
    (made,) = target.glob("*.whl")
    with zipfile.ZipFile(made) as archive:
        return set(archive.namelist())


class _Daemon(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """As much of docker's daemon as takes a build's context, and says that this is all."""

    daemon_threads = True
    names: set[str]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Daemon

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(b"{}" if "_ping" not in self.path else b"OK")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        sent = io.BytesIO()
        while size := int(self.rfile.readline().strip() or b"0", 16):
            sent.write(self.rfile.read(size))
            self.rfile.readline()
        sent.seek(0)
        with tarfile.open(fileobj=sent) as archive:
            self.server.names |= {one.name for one in archive if one.isfile()}
        self._answer(json.dumps({"stream": "taken\n"}).encode())

    def log_message(self, *_: object) -> None: ...

    def address_string(self) -> str:
        return "the client"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[tuple[_Daemon, str]]:
    address = tmp_path / "docker.sock"
    server = _Daemon(str(address), _Handler)
    server.names = set()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server, f"unix://{address}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_docker_itself_sends_just_that(
    checkout: Path, daemon: tuple[_Daemon, str], tmp_path: Path
) -> None:
    """The reading of .dockerignore above is ours; this one is docker's."""
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("docker's client is not installed")
    server, address = daemon
    done = subprocess.run(
        [docker, "build", "-f", str(checkout / "deploy" / "Dockerfile"), str(checkout)],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "DOCKER_HOST": address, "DOCKER_BUILDKIT": "0",
             "DOCKER_CONFIG": str(tmp_path / "none"), "DOCKER_CONTEXT": ""},
    )  # fmt: skip
    assert server.names, done.stdout + done.stderr
    # It always sends the two files that it reads itself; they are no part of COPY . .
    own = {".dockerignore", "deploy/Dockerfile"}
    assert context_of(checkout) - own == {
        name for name in server.names - own if not re.match(r"\.?dockerfile", name)
    }


def read_compose() -> dict[str, Any]:
    found = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", ["zhuanma", "caddy"])
def test_a_container_may_do_little(name: str) -> None:
    """Whoever takes one over finds nothing to write in, no right to gain, no room to grow."""
    service = read_compose()["services"][name]
    assert service["read_only"] is True
    assert ["ALL"] == service["cap_drop"]
    assert {"zhuanma": [], "caddy": ["NET_BIND_SERVICE"]}[name] == service.get("cap_add", [])
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert "privileged" not in service and "user" not in service
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 512
    assert any(str(place).startswith("/tmp") for place in service["tmpfs"])
    assert service["healthcheck"]["test"]
    assert not any("docker.sock" in volume for volume in service["volumes"])


def test_no_image_is_named_without_its_digest() -> None:
    """A tag is other bytes tomorrow; without digests nothing is built or started."""
    services = read_compose()["services"]
    named = [services["zhuanma"]["build"]["args"]["PYTHON_IMAGE"], services["caddy"]["image"]]
    for text in named:
        assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:\?run deploy/pin-images first\}", text)
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert ["${PYTHON_IMAGE}"] == re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    check = re.search(r"^RUN (case .*?esac)$", dockerfile, re.MULTILINE | re.DOTALL)
    assert check
    for image, status in (("python:3.11", 1), ("python:3.11@sha256:" + "0" * 64, 0)):
        done = subprocess.run(
            ["sh", "-c", check[1]], env={"PYTHON_IMAGE": image}, capture_output=True, text=True
        )
        assert status == done.returncode
        assert bool(status) == ("run deploy/pin-images first" in done.stderr)


@pytest.mark.parametrize(
    ("answer", "status"), [("sha256:" + "ab" * 32, 0), ("", 1), ("no such manifest", 1)]
)
def test_digests_are_written_down_or_nothing_is(
    tmp_path: Path, answer: str, status: int
) -> None:
    """With an answer put in the registry's mouth: it is not here. Its words are not tried."""
    deploy = tmp_path / "deploy"
    deploy.mkdir()
    for name in ("pin-images", "Dockerfile"):
        shutil.copy(DEPLOY / name, deploy / name)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="ascii")
    docker.chmod(0o755)
    before = "ZHUANMA_SITE=ysf.test\nPYTHON_IMAGE=old\n"
    (deploy / ".env").write_text(before, encoding="utf-8")
    done = subprocess.run(
        [str(deploy / "pin-images")], capture_output=True, text=True,
        env={"PATH": f"{docker.parent}:{os.environ['PATH']}"},
    )
    assert status == done.returncode, done.stderr
    after = (deploy / ".env").read_text(encoding="utf-8")
    if status:
        assert before == after
        return
    lines = after.splitlines()
    assert "ZHUANMA_SITE=ysf.test" == lines[0]
    assert re.fullmatch(rf"PYTHON_IMAGE=python:[\d.]+-slim-\w+@{answer}", lines[1])
    assert re.fullmatch(rf"CADDY_IMAGE=caddy:\d+\.\d+\.\d+@{answer}", lines[2])
    assert 0o600 == stat.S_IMODE((deploy / ".env").stat().st_mode)


def test_composes_caddy_reads_the_shipped_file(tmp_path: Path) -> None:
    """One text for whoever runs Caddy, in a container or not; only two names differ."""
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed")
    service = read_compose()["services"]["caddy"]
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in service["volumes"]
    assert ["/bin/sh", "-euc"] == service["entrypoint"]
    (script,) = service["command"]
    for was, becomes in (
        ("$$", "$"), ("/etc/caddy/Caddyfile", str(DEPLOY / "Caddyfile")),
        ("/tmp/Caddyfile", str(tmp_path / "Caddyfile")), ("exec caddy run", f"{caddy} validate"),
    ):
        assert was in script
        script = script.replace(was, becomes)
    done = subprocess.run(
        [*service["entrypoint"], script], capture_output=True, text=True,
        env={**os.environ, "ZHUANMA_SITE": "ours.test", "XDG_DATA_HOME": str(tmp_path),
             "XDG_CONFIG_HOME": str(tmp_path)},
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    text = (tmp_path / "Caddyfile").read_text(encoding="utf-8")
    assert "ours.test {" in text and "reverse_proxy zhuanma:8000" in text
    assert "ysf.example.gov.cn" not in text and "127.0.0.1:8000" not in text
