"""
A download of a million rows from a real server: first byte, whole time, memory.

`attribution serve` with one worker; the console's own sign-in and address. Memory is the
worker's largest resident size while it sends, less what it had before: it must not grow
with the number of rows, so a download of a hundredth of them runs first.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import environment
from bench_load import free_port
from environment import Fault, program, say

PASSWORD = "a poster on every wall"  # noqa: S105 (of a folder that is deleted)
HEADING = (
    "| table | rows | first byte s | all s | MB | rows/s | memory before MiB | grew MiB |\n"
    "|---|---|---|---|---|---|---|---|"
)


def main() -> int:
    parser = environment.parser(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()
    environment.enter(environment.TEST_LOCK)
    if not Path("/proc/self/status").exists():
        raise Fault("memory is read from /proc, which this system lacks")
    results = []
    with tempfile.TemporaryDirectory(prefix="zhuanma-bench-") as folder:
        instance = Path(folder) / "instance"
        fill(instance, options.rows)
        port = free_port()
        serving = subprocess.Popen(
            [str(program("attribution")), "serve", "--port", str(port), "--workers", "1"],
            env={**os.environ, "ZHUANMA_INSTANCE": str(instance)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            browser = signed_in(f"http://127.0.0.1:{port}")
            say(HEADING)
            for state, kind in (("held", "csv"), ("", "csv"), ("held", "xlsx"), ("", "xlsx")):
                query = urllib.parse.urlencode({"purpose": "bench", "state": state})
                url = f"http://127.0.0.1:{port}/admin/export/scans.{kind}?{query}"
                if state:  # a hundredth: one unit's
                    url = url.replace("&state=held", "&unit=N01")
                results.append(measured(browser, url, serving.pid, kind))
                say("| " + " | ".join(str(value) for value in results[-1].values()) + " |")
        finally:
            serving.terminate()
            serving.wait(timeout=30)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2), encoding="utf-8")
    return 0


def fill(instance: Path, rows: int) -> None:
    """Make an instance with *rows* scans, a hundredth of them of N01."""
    from attribution.deeds import Actor
    from attribution.office import accounts
    from attribution.rule import instants
    from attribution.rule.instants import DAY, day_of
    from attribution.service import open_service
    from attribution.settings import load_settings
    from attribution.upkeep.new_instance import initialise

    now = instants.now()
    initialise(
        instance, now, campaign=None, demo=True, public_url="http://127.0.0.1:8000", admin="admin",
    )
    service = open_service(load_settings(instance, environ={}))
    accounts.set_password(service.store, "admin", PASSWORD, now, by=Actor("bench"))
    campaign, at = service.campaign.id, now - DAY
    for first in range(0, rows, 50_000):
        chunk = [
            {
                "id": service.store.next_id(at), "campaign": campaign, "at": at, "day": day_of(at),
                "unit": "N01" if n % 100 == 0 else f"N{n % 86 + 2:02}", "client": "wechat",
            }
            for n in range(first, min(first + 50_000, rows))
        ]
        with service.store.transaction() as connection:
            connection.run_many(
                """insert into scan (id, campaign, at, day, unit, issue, network, client)
                   values (:id, :campaign, :at, :day, :unit, 1, 'n', :client)""",
                chunk,
            )
    service.close()


def signed_in(site: str) -> urllib.request.OpenerDirector:
    """Return a browser that is signed in at *site*, once it answers."""
    until = time.monotonic() + 30
    while True:
        try:
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            page = browser.open(f"{site}/admin/login").read().decode()
            break
        except OSError:
            if time.monotonic() > until:
                raise Fault("the server did not start") from None
            time.sleep(0.2)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "name": "admin", "password": PASSWORD}
    browser.open(f"{site}/admin/login", urllib.parse.urlencode(form).encode())
    return browser


def measured(
    browser: urllib.request.OpenerDirector, url: str, server: int, kind: str
) -> dict[str, Any]:
    """Download *url* and throw it away; return the figures."""
    before, peak, done = resident(server), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, resident(server))

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    size = lines = 0
    first = 0.0
    with browser.open(url) as answer:
        for block in iter(lambda: answer.read1(1 << 18), b""):
            first = first or time.perf_counter() - started
            size += len(block)
            lines += block.count(b"\n")
    whole = time.perf_counter() - started
    done.set()
    watcher.join()
    rows = lines - 1 if kind == "csv" else rows_told(browser, url)
    return {
        "table": kind, "rows": rows, "first": round(first, 2), "all": round(whole, 1),
        "MB": round(size / 1e6, 1), "rate": round(rows / whole), "before": before,
        "grew": max(peak - before, 0),
    }


def rows_told(browser: urllib.request.OpenerDirector, url: str) -> int:
    """Return how many rows the console's list of downloads says the last one had."""
    site = url.partition("/admin")[0]
    page = browser.open(f"{site}/admin/downloads").read().decode()
    found = re.search(r"scans\.xlsx</td><td>([0-9]+)<", page)
    return int(found[1]) if found else 0


def resident(server: int) -> int:
    """Return the resident memory of *server* and its children, in MiB."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            text = path.read_text()
        except OSError:
            continue
        mine = int(path.parent.name) == server or f"PPid:\t{server}\n" in text
        found = re.search(r"VmRSS:\s+(\d+)", text)
        if mine and found:
            total += int(found[1])
    return total // 1024


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
