"""
Loads a server and counts: by wrk where it is installed, else by `bench_client`.

What wrk answers are figures only; whether a row was lost is found by comparing how many
answers were 200 with how many rows the database gained.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_CLIENT = Path(__file__).with_name("bench_client.py")


@dataclass(frozen=True)
class Load:
    """What a run came to. *answered* counts the 200s, *failed* everything else."""

    answered: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


# wrk's own summary rounds; this prints what we need, in microseconds.
_LUA = """\
local paths = {%s}
local at = 0
request = function()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at])
end
done = function(summary, latency, requests)
  io.write(string.format("\\nBENCH %%d %%d %%d %%d %%d\\n", summary.requests,
    summary.errors.status + summary.errors.connect + summary.errors.read
      + summary.errors.write + summary.errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
"""


def run(port: int, paths: Sequence[str], connections: int, seconds: float) -> Load:
    """GET *paths* in turn over *connections* for *seconds*."""
    if shutil.which("wrk"):
        return _wrk(port, paths, connections, seconds)
    return _own(port, paths, connections, seconds)


def _wrk(port: int, paths: Sequence[str], connections: int, seconds: float) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "scan.lua"
        script.write_text(_LUA % ", ".join(json.dumps(path) for path in paths))
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", "--timeout", "30s",
             "-s", str(script), f"http://127.0.0.1:{port}"],
            capture_output=True, text=True, timeout=seconds + 60,
        )  # fmt: skip
    found = re.search(r"^BENCH (\d+) (\d+) (\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE)
    if found is None:
        raise OSError(f"wrk: {done.stdout[-300:]}{done.stderr[-300:]}")
    requests, failed, micros, p50, p99 = map(int, found.groups())
    return Load(requests - failed, failed, micros / 1e6, p50 / 1000, p99 / 1000)


def _own(port: int, paths: Sequence[str], connections: int, seconds: float) -> Load:
    # A process of its own: several may load at once, and nobody's objects are swept there.
    done = subprocess.run(
        [sys.executable, str(_CLIENT), "load", str(port), str(connections), str(seconds)],
        input=json.dumps(list(paths)), capture_output=True, text=True, timeout=seconds + 60,
    )
    if done.returncode:
        raise OSError(f"{_CLIENT.name}: {done.stderr[-300:]}")
    return Load(**json.loads(done.stdout))


# About as long as a scan's page.
_PAGE = 4096
# A ceiling shows within this time.
_CEILING_S = 0.5
# Below so many times a figure the ceiling is felt: generator and server share the machine.
CLEAR = 2.0


def ceiling(connections: int) -> Load:
    """Return what the generator gets from a server that only sends: it never gets more."""
    server = subprocess.Popen(
        [sys.executable, str(_CLIENT), "answer", str(_PAGE)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        return run(port, ["/"], connections, _CEILING_S)
    finally:
        server.kill()
        server.communicate()


def generator() -> str:
    return "wrk" if shutil.which("wrk") else "bench_client.py, one thread"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    """Wait until *process* listens on *port*."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise OSError("the server did not start")
