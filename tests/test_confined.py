"""
The systemd units: nothing they forbid is what the service lives by.

A restriction that is too tight shows at night, when a poster is printed or the ledger copied,
and whoever looks then takes all of them out. So the real service does here whatever it does,
under the units' own lines.
"""
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

import confined
import pytest
from bench_load import free_port
from conftest import Instance, Signs
from needs import unix

from attribution.service import Service

ROOT = Path(__file__).parent.parent
UNITS = [ROOT / "deploy" / name for name in ("zhuanma.service", "zhuanma-daily.service")]
CONFINED = [sys.executable, str(ROOT / "tests" / "confined.py")]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
unix("systemd is Linux's")
assert sys.platform != "win32"

needs_analyze = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


def _can_confine() -> bool:
    if platform.system() != "Linux" or not shutil.which("systemd-analyze"):
        return False
    return 0 == subprocess.run(
        [*CONFINED, str(UNITS[0]), "--", "true"], capture_output=True, cwd=ROOT
    ).returncode


@pytest.fixture(scope="module")
def confinement() -> None:
    if not _can_confine():
        pytest.skip("no libseccomp, or a system that lets nobody use it")


def _walled(
    unit: Path, instance: Path, command: list[str], backups: Path | None = None
) -> list[str]:
    inner = [*CONFINED, str(unit), "--", *command]
    walled = confined.walled(instance, backups, inner)
    probe = confined.walled(instance, backups, ["true"])
    # A container may let even root mount nothing: then the calls alone are refused.
    if subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("no file system of one's own can be made here")
    return walled


class Console:
    """Somebody at a browser: cookies, forms with their token, over HTTP."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def get(self, path: str) -> bytes:
        with self._opener.open(self._base + path, timeout=120) as answer:
            return bytes(answer.read())

    def post(self, page: str, path: str, **fields: str) -> bytes:
        found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', self.get(page))
        assert found
        data = urllib.parse.urlencode({"csrf_token": found[1].decode(), **fields}).encode()
        with self._opener.open(self._base + path, data, timeout=120) as answer:
            return bytes(answer.read())


@contextmanager
def _serving(command: list[str], base: str, log: Path) -> Iterator[int]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, stderr=file, start_new_session=True)
        try:
            until = time.monotonic() + 120
            while True:
                assert process.poll() is None, log.read_text(encoding="utf-8")
                try:
                    Console(base).get("/healthz")
                    break
                except OSError:
                    assert time.monotonic() < until, log.read_text(encoding="utf-8")
                    time.sleep(0.2)
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@needs_analyze
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_leaves_little_open(unit: Path) -> None:
    """2.0 of 10 by systemd's own reckoning, where nothing but a user of its own makes 8.5."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True, text=True,
    )
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_bounds_memory_and_tasks(unit: Path) -> None:
    """What runs away must not take the machine along."""
    options = confined.options_of(unit)
    assert re.fullmatch(r"\d+[MG]", options["MemoryMax"][0])
    assert 0 < int(options["TasksMax"][0]) <= 512


def test_both_units_forbid_the_same() -> None:
    """The daily round opens the same ledger with the same keys."""
    serving, daily = (confined.options_of(unit) for unit in UNITS)
    own = {
        "ExecStart", "ExecReload", "KillMode", "TimeoutStopSec", "Restart", "Type", "Nice",
        "IOSchedulingClass", "ReadWritePaths", "TasksMax", "OOMPolicy", "LimitNOFILE",
    }
    assert {name: serving[name] for name in serving.keys() - own} == {
        name: daily[name] for name in daily.keys() - own
    }


def test_what_a_unit_forbids_is_refused(confinement: None, tmp_path: Path) -> None:
    """Else the tests below prove nothing."""
    tried = (
        "import ctypes, mmap, os, socket, sys\n"
        "def refused(act):\n"
        "    try: act()\n"
        "    except OSError: return True\n"
        "print(refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),\n"
        "      refused(lambda: mmap.mmap(-1, 4096, prot=7)),\n"
        "      refused(lambda: os.chown(sys.argv[1], os.getuid(), os.getgid())),\n"
        "      ctypes.CDLL(None).unshare(0x20000))\n"
    )
    done = subprocess.run(
        [*CONFINED, str(UNITS[0]), "--", sys.executable, "-c", tried, str(tmp_path)],
        capture_output=True, text=True, cwd=ROOT,
    )
    assert "True True True -1\n" == done.stdout, done.stderr


def test_the_service_does_all_it_does_under_its_unit(
    confinement: None, instance: Instance, service: Service, sign: Signs, tmp_path: Path
) -> None:
    """Scans, passwords, posters (a typesetter in Rust, readers in C++), what is asked of it."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    config = instance.folder / "config.toml"
    config.write_text(f'public_url = "{base}"\n', encoding="utf-8")
    code = sign("A01")
    service.close()
    command = _walled(UNITS[0], instance.folder, [
        sys.executable, "-m", "attribution.cli", "serve", "--instance", "/srv/zhuanma",
        "--port", str(port), "--workers", "2",
    ])
    log = tmp_path / "log"
    with _serving(["env", f"PYTHONPATH={ROOT}", *command], base, log):
        assert b'name="token"' in Console(base).get(f"/Q/{code}")
        assert b"zhuanma_scans_total" in Console(base).get("/metrics")
        office = Console(base)
        office.post("/admin/login", "/admin/login", name=instance.admin,
                    password=instance.password)
        assert b"csrf_token" in office.get("/admin/me")
        assert office.get("/admin/posters/A01/a4").startswith(b"%PDF")
        assert office.get("/admin/posters/A01/share").startswith(b"\x89PNG")
        assert b"ok" in Console(base).get("/readyz")
    told = log.read_text(encoding="utf-8")
    assert "Traceback" not in told and '"level": "ERROR"' not in told, told


def test_the_daily_round_does_all_it_does_under_its_unit(
    confinement: None, instance: Instance, service: Service, tmp_path: Path
) -> None:
    """It seals, checks and copies; the copy is what is missed on the day it is needed."""
    service.close()
    backups = tmp_path / "backups"
    backups.mkdir()
    command = _walled(UNITS[1], instance.folder, [
        sys.executable, "-m", "attribution.cli", "daily", "--instance", "/srv/zhuanma",
        "--backup", "/var/backups/zhuanma",
    ], backups)
    done = subprocess.run(
        ["env", f"PYTHONPATH={ROOT}", *command], capture_output=True, text=True
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "the ledger is sound" in done.stdout
    assert 1 == len(list(backups.glob("ledger-*.db")))


def test_nothing_else_can_be_written(confinement: None, tmp_path: Path) -> None:
    """Whoever takes the service over finds no place to stay."""
    instance = tmp_path / "instance"
    instance.mkdir()
    script = "touch /srv/zhuanma/ours /var/tmp/ours && ! touch /etc/theirs /opt/theirs /tmp/theirs"
    done = subprocess.run(_walled(UNITS[0], instance, ["sh", "-c", script]), capture_output=True)
    assert 0 == done.returncode, done.stderr
    assert ["ours"] == [path.name for path in instance.iterdir()]
