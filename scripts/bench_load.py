"""
Loads a server and counts: wrk where it is installed, else processes of our own.

What wrk answers are figures only; whether a row was lost is found by comparing how many
answers were 200 with how many rows the database gained.
"""

import http.client
import json
import multiprocessing
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


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
    processes = min(connections, 4)
    shares = [connections // processes + (i < connections % processes) for i in range(processes)]
    context = multiprocessing.get_context("spawn")
    began = time.monotonic()
    with context.Pool(processes) as pool:
        parts = pool.starmap(_share, [(port, list(paths), count, seconds) for count in shares])
    taken = max(min(time.monotonic() - began, seconds), 0.001)
    times = sorted(t for answered, _ in parts for t in answered)
    failed = sum(count for _, count in parts)
    if not times:
        return Load(0, failed, taken, 0, 0)
    return Load(
        len(times), failed, taken,
        times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000,
    )


def _share(
    port: int, paths: Sequence[str], connections: int, seconds: float
) -> tuple[list[float], int]:
    end = time.monotonic() + seconds
    times: list[float] = []
    failures: list[int] = []

    def visit(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                connection.request("GET", paths[number % len(paths)])
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                failures.append(1)
                connection.close()
                continue
            number += 7
            if response.status == 200:
                times.append(time.monotonic() - began)
            else:
                failures.append(1)
        connection.close()

    threads = [threading.Thread(target=visit, args=(i * 31,)) for i in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, len(failures)


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
