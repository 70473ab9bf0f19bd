"""
The files of `deploy/` and the ways to serve, tried with the real programs where they are.

A directive that this nginx does not know, or a metric that a panel asks for and nobody
counts, is found by whoever installs it; so it is found here first.
"""
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import readme
from bench_load import free_port
from conftest import Instance, Signs
from flask.testing import FlaskClient
from needs import unix
from programs import needs

from attribution.reports import metrics
from attribution.service import Service

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"

unix("programs and signals of Unix")
assert sys.platform != "win32"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody but the test trusts, and its key."""
    found = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    subprocess.run(
        [needs("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-out", str(found[0]), "-keyout",
         str(found[1]), "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return found


def get(url: str, trusted: Path | None = None, **headers: str) -> tuple[int, str]:
    context = ssl.create_default_context(cafile=trusted) if trusted else None
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@contextmanager
def running(command: list[str], url: str, trusted: Path | None = None) -> Iterator[None]:
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                get(url, trusted)
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < until
                time.sleep(0.1)
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def serving(instance: Instance, port: int, *prefix: str) -> list[str]:
    return [
        sys.executable, *(prefix or ("-m", "attribution.cli")), "serve", "--instance",
        str(instance.folder), "--port", str(port), "--workers", "1",
    ]


def scans(service: Service) -> int:
    with service.store.read() as connection:
        row = connection.one("select count(*) as n from scan")
    return int(row["n"]) if row else 0


def test_it_speaks_tls_by_itself(
    instance: Instance, service: Service, sign: Signs, certificate: tuple[Path, Path]
) -> None:
    config = instance.folder / "config.toml"
    config.write_text(
        f'tls_certificate = "{certificate[0]}"\ntls_key = "{certificate[1]}"\n'
        + config.read_text(encoding="utf-8"), encoding="utf-8",
    )
    port = free_port()
    with running(serving(instance, port), f"https://127.0.0.1:{port}/healthz", certificate[0]):
        status, page = get(f"https://localhost:{port}/Q/{sign('A01')}", certificate[0])
        assert 200 == status and 'name="token"' in page
        with pytest.raises((OSError, http.client.HTTPException)):  # without TLS, no page
            get(f"http://127.0.0.1:{port}/healthz")
    assert 1 == scans(service)


# Where granian has no wheel it cannot be imported; no more is known of such a system here.
WITHOUT_GRANIAN = (
    "import sys; sys.modules['granian'] = None; from attribution import cli;"
    " sys.exit(cli.main(sys.argv[1:]))"
)


def test_it_serves_by_waitress_where_there_is_no_granian(
    instance: Instance, service: Service, sign: Signs
) -> None:
    port = free_port()
    command = serving(instance, port, "-c", WITHOUT_GRANIAN)
    with running(command, f"http://127.0.0.1:{port}/healthz"):
        for unit in ("A01", "N07"):
            status, page = get(f"http://127.0.0.1:{port}/Q/{sign(unit)}")
            assert 200 == status and 'name="token"' in page
        assert 200 == get(f"http://127.0.0.1:{port}/readyz")[0]
    assert 2 == scans(service)


def sent_form(base: str, headers: dict[str, str]) -> int:
    """Send the sign-in form as a browser that got it with *headers*; return the status."""
    host, port = base.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request("GET", "/admin/login", headers=headers)
    answer = connection.getresponse()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    assert found
    cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
    body = urllib.parse.urlencode({"csrf_token": found[1], "name": "x", "password": "x"})
    connection.request("POST", "/admin/login", body, {
        **headers, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded",
    })  # fmt: skip
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_waitress_behind_a_proxy_knows_who_asks_and_how(
    instance: Instance, service: Service, sign: Signs
) -> None:
    """It takes away what proxies say; then the scheme is http and the strict check of forms off."""
    config = instance.folder / "config.toml"
    config.write_text(
        "trusted_proxies = 1\n" + config.read_text(encoding="utf-8"), encoding="utf-8"
    )
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    told = {
        "Host": "ysf.example.gov.cn", "X-Forwarded-For": "198.51.100.7:5123",
        "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example",
    }
    with running(serving(instance, port, "-c", WITHOUT_GRANIAN), f"{base}/healthz"):
        assert 200 == get(f"{base}/Q/{sign('A01')}", trusted=None, **told)[0]
        # Monitoring is for this machine, not for who comes through a proxy.
        assert 200 == get(f"{base}/metrics")[0]
        assert 404 == get(f"{base}/metrics", trusted=None, **told)[0]
        # The strict check is on: over TLS, and only there, a form's Referer must be ours.
        assert 400 == sent_form(base, told)
        assert 401 == sent_form(base, {**told, "Referer": "https://ysf.example.gov.cn/admin/login"})
        assert 401 == sent_form(base, {**told, "X-Forwarded-Proto": "http"})
        assert 400 == get(f"{base}/admin/login", Host="evil.example")[0]
    with service.store.read() as connection:
        networks = [row["network"] for row in connection.rows("select network from scan")]
    assert [service.scans.network("198.51.100.7")] == networks


def test_waitress_refuses_a_certificate_it_cannot_use(
    instance: Instance, certificate: tuple[Path, Path]
) -> None:
    config = instance.folder / "config.toml"
    config.write_text(
        f'tls_certificate = "{certificate[0]}"\ntls_key = "{certificate[1]}"\n'
        + config.read_text(encoding="utf-8"), encoding="utf-8",
    )
    done = subprocess.run(
        serving(instance, free_port(), "-c", WITHOUT_GRANIAN), cwd=ROOT, capture_output=True,
        text=True, timeout=60,
    )
    assert 1 == done.returncode
    assert "waitress speaks no TLS" in done.stderr


@pytest.mark.parametrize("name", readme.READMES)
def test_the_readme_shows_the_file_that_the_walks_run(name: str) -> None:
    """`python3 scripts/readme.py` puts it there again."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert readme.with_block(text) == text


def test_caddy_takes_its_file() -> None:
    done = subprocess.run(
        [needs("caddy"), "validate", "--adapter", "caddyfile", "--config",
         str(DEPLOY / "Caddyfile")], capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert "Valid configuration" in done.stdout + done.stderr


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = needs("systemd-analyze")
    text = (DEPLOY / "zhuanma.service").read_text(encoding="utf-8")
    # The one thing that is not here is the installed program.
    unit = tmp_path / "zhuanma.service"
    unit.write_text(
        re.sub(r"^(Exec\w+)=\S+", rf"\1={sys.executable}", text, flags=re.MULTILINE)
    )
    done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True)
    mine = [line for line in done.stderr.splitlines() if "zhuanma.service" in line]
    assert [] == mine


def test_the_dashboard_asks_for_metrics_that_there_are(
    client: FlaskClient, sign: Signs
) -> None:
    client.get(f"/Q/{sign('A01')}")
    metrics.failed(503)
    told = client.get("/metrics").text
    series = set(re.findall(r"^(zhuanma_\w+)[{ ]", told, re.MULTILINE))
    labels = set(re.findall(r"(\w+)=\"", told))
    board = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert asked
    for expression in asked:
        names = set(re.findall(r"zhuanma_\w+", expression))
        assert names and names <= series, expression
        for by in re.findall(r"by \(([^)]*)\)", expression):
            assert {name.strip() for name in by.split(",")} <= labels, expression


def test_the_dashboard_is_whole() -> None:
    """What Grafana itself does not say when it imports a file: panels that hide each other."""
    board = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    panels = board["panels"]
    assert len(panels) == len({panel["id"] for panel in panels})
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y) for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert panel["title"] and place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
