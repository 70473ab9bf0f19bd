"""
Scans a second: one node on SQLite, one and two nodes on one PostgreSQL, on loopback.

Real servers (`attribution serve`, one worker a node), a real code, `wrk` as the visitor
(apt install wrk). Every answered scan must be a row in the end: `lost` says how many are
not. Server, nodes and load share this machine, so read the ratios, not the figures.
"""
import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import environment
from environment import ROOT, Fault, say

HEADING = "| nodes | database | scans/s | p99 ms | lost |\n|---|---|---|---|---|"


def main() -> int:
    parser = environment.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=10, metavar="S", help="of load each time")
    parser.add_argument("--connections", type=int, default=32, metavar="N", help="of all nodes")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()
    environment.enter(environment.TEST_LOCK)
    if not shutil.which("wrk"):
        raise Fault("wrk is not installed", "apt install wrk")
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    import stores

    from attribution import instants
    from attribution.config import load_settings
    from attribution.init import initialise
    from attribution.service import open_service
    from attribution.units import import_units
    from qrgen.codes import Code, sign_code

    results = []
    with tempfile.TemporaryDirectory(prefix="zhuanma-bench-") as folder:
        instance = Path(folder) / "instance"
        initialise(
            instance, instants.now(), campaign=None, demo=True,
            public_url="http://127.0.0.1:8000", admin="admin",
        )
        for nodes, kind in ((1, "sqlite"), (1, "postgres"), (2, "postgres")):
            with stores.new_url(kind, Path(folder)) as url:
                service = open_service(
                    load_settings(instance, environ={"ZHUANMA_DATABASE": url}), migrating=True
                )
                import_units(service.store, service.campaign, instants.now())
                code = sign_code(Code("N07", 1, None), service.settings.code_keys)
                ports = [stores.free_port() for _ in range(nodes)]
                with contextlib.ExitStack() as running:
                    for port in ports:
                        running.enter_context(node(instance, url, port))
                    answered, p99_ms = load(ports, f"/Q/{code}", options)
                with service.store.read() as connection:
                    row = connection.one("select count(*) as n from scan")
                service.close()
            assert row is not None
            results.append(
                {
                    "nodes": nodes, "database": kind, "scans_per_s": answered / options.seconds,
                    "p99_ms": p99_ms, "lost": max(answered - row["n"], 0),
                }
            )
            say(f"{nodes} on {kind}: {results[-1]['scans_per_s']:.0f}/s")
    print(HEADING)
    for result in results:
        row_of = "| {nodes} | {database} | {scans_per_s:.0f} | {p99_ms:.1f} | {lost} |"
        print(row_of.format(**result))
    if options.json:
        figures = {
            "results": results,
            "ratios": {
                "two_nodes_vs_one": results[2]["scans_per_s"] / results[1]["scans_per_s"],
                "postgres_vs_sqlite": results[1]["scans_per_s"] / results[0]["scans_per_s"],
                "lost": sum(int(result["lost"]) for result in results),
            },
        }
        Path(options.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


@contextlib.contextmanager
def node(instance: Path, database: str, port: int) -> Iterator[None]:
    """Run `attribution serve` for the length of the block."""
    process = subprocess.Popen(
        [
            str(environment.program("attribution")), "serve", "--instance", str(instance),
            "--port", str(port), "--workers", "1",
        ],
        env={**os.environ, "ZHUANMA_DATABASE": database, "PYTHONPATH": str(ROOT)},
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise Fault("a node does not start", f"try attribution serve --port {port}") \
                        from None
                time.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def load(ports: list[int], path: str, options: argparse.Namespace) -> tuple[int, float]:
    """Visit *path* on all nodes at once; return the answers of 200 and the worst p99."""
    share = max(options.connections // len(ports), 1)
    visitors = [
        subprocess.Popen(
            [
                "wrk", "-t1", f"-c{share}", f"-d{options.seconds}s", "--latency",
                f"http://127.0.0.1:{port}{path}",
            ],
            stdout=subprocess.PIPE, text=True,
        )
        for port in ports
    ]
    answered, p99_ms = 0, 0.0
    for visitor in visitors:
        text, _ = visitor.communicate()
        total = re.search(r"(\d+) requests in", text)
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        worst = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text)
        if not total or not worst:
            raise Fault("wrk said nothing to read", text)
        answered += int(total[1]) - (int(refused[1]) if refused else 0)
        p99_ms = max(p99_ms, float(worst[1]) * {"us": 0.001, "ms": 1, "s": 1000}[worst[2]])
    return answered, p99_ms


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
