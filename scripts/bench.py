"""
Measure the service on this machine: python3 scripts/bench.py scan

`scan` puts four applications on the same server, one after another and in turns: a
Flask view that does nothing, ours, ours with one commit a request, and one that answers
before it writes. Trust the ratios, not the figures: everything shares this machine, the
load generator too. `docs/performance.md` says how to read them.
"""

import argparse
import json
import math
import os
import platform
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bench_bulk
import bench_load
import bench_nodes
import environment
from bench_instance import make_instance, ratio, scan_paths
from bench_load import Load
from environment import ROOT, say

Result = dict[str, Any]


def main() -> int:
    args = read_arguments()
    # The server comes with what the tests need, and so do other decoders.
    server = args.database == "postgres" or not {"nodes", "wall"}.isdisjoint(args.what)
    environment.enter(environment.TEST_LOCK if server else environment.RUN_LOCK)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    results: Result = {"machine": machine(), "ratios": {}}
    with tempfile.TemporaryDirectory(prefix="zhuanma-bench-", dir=args.dir) as folder:
        for what in args.what:
            say(f"{what} …")
            found = BENCHES[what](Path(folder), args)
            results["ratios"].update(found.pop("ratios", {}))
            results[what] = found
    print(markdown(results))
    if args.json:
        args.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
        say(f"wrote {args.json}")
    return 0


def read_arguments() -> argparse.Namespace:
    parser = environment.parser(__doc__)
    parser.add_argument("what", nargs="+", choices=list(BENCHES), metavar="WHAT",
                        help=", ".join(BENCHES))  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=Path, help="write everything there")
    parser.add_argument("--seconds", metavar="S", type=float, default=5, help="a run (%(default)s)")
    parser.add_argument("--rounds", metavar="N", type=int, default=3,
                        help="turns; each figure is the median (%(default)s)")  # fmt: skip
    parser.add_argument("--connections", metavar="N,…", default="1,32,128")
    parser.add_argument("--workers", metavar="N,…", default="1,2")
    parser.add_argument("--rows", metavar="N", type=int,
                        help="rows of feed, export and reports; codes of wall")  # fmt: skip
    parser.add_argument("--quick", action="store_true",
                        help="posters: forty units only; reports: twice, not 15 times")  # fmt: skip
    parser.add_argument("--dir", metavar="DIR", type=Path, help="on which disk (system's default)")
    parser.add_argument("--database", metavar="WHICH", default="sqlite",
                        help="sqlite, postgres (a server started here), postgresql://…")
    args = parser.parse_args()
    args.connections = [int(text) for text in args.connections.split(",")]
    args.workers = [int(text) for text in args.workers.split(",")]
    return args


# --- scan ---------------------------------------------------------------------------------


def bench_scan(folder: Path, args: argparse.Namespace) -> Result:
    """Four applications, every number of connections and workers; then a slow disk."""
    instance = make_instance(folder / "scan")
    with bench_nodes.ledger(instance, args.database) as url:
        return compare(folder, instance, url, args)


def compare(folder: Path, instance: Path, url: str, args: argparse.Namespace) -> Result:
    paths = scan_paths(instance)
    runs: list[Result] = []
    lost = 0
    for workers in args.workers:
        for connections in args.connections:
            taken: dict[str, list[Load]] = {}
            ceilings = []
            for _ in range(args.rounds):
                ceilings.append(bench_load.ceiling(connections))
                for name in ("noop", "ours", "single", "forgetful"):
                    load, missing = measured(
                        instance, url, name, workers, connections, paths, args
                    )
                    taken.setdefault(name, []).append(load)
                    if name == "ours":
                        lost += missing
            ceiling = median(ceilings, "rate")
            for name, loads in taken.items():
                runs.append({**row(name, workers, connections, loads), "ceiling": round(ceiling)})
    ratios = scan_ratios(runs, args.workers)
    shim = compiled(ROOT / "scripts" / "slow_disk.c", folder / "slow_disk.so")
    # The disk of this process: a server has its own.
    if shim is not None and url.startswith("sqlite:"):
        slow = {"LD_PRELOAD": str(shim), "SLOW_DISK_US": "4000"}
        pair: dict[str, list[Load]] = {"ours": [], "single": []}
        for _ in range(args.rounds):
            for name, loads in pair.items():
                load, missing = measured(instance, url, name, 1, 32, paths, args, slow)
                loads.append(load)
                lost += missing if name == "ours" else 0
        for name, loads in pair.items():
            runs.append(row(f"{name}, 4 ms sync", 1, 32, loads))
        ratios["durable_vs_single_commit_32"] = ratio(
            median(pair["ours"], "rate"), median(pair["single"], "rate")
        )
    ratios["lost"] = lost
    return {"runs": runs, "ratios": ratios, "limited": limited(runs)}


def limited(runs: list[Result]) -> list[str]:
    """Return which figures may be the load generator's own: it was not far from its ceiling."""
    return [
        f"{run['application']} with {run['connections']} connections: {run['per_second']} a second,"
        f" and the load generator itself comes to {run['ceiling']}"
        for run in runs
        if run["per_second"] * bench_load.CLEAR > run.get("ceiling", math.inf)
    ]


def measured(
    instance: Path, url: str, name: str, workers: int, connections: int, paths: list[str],
    args: argparse.Namespace, environ: dict[str, str] | None = None,
) -> tuple[Load, int]:
    """Return what application *name* did, and how many rows were acknowledged but not there."""
    environ = {"ZHUANMA_DATABASE": url, **(environ or {})}
    before = bench_nodes.count_scans(url)
    with served(instance, name, workers, environ) as port:
        bench_load.run(port, paths, connections, 1)  # caches, connections, first lease
        warmed = bench_nodes.count_scans(url)
        load = bench_load.run(port, paths, connections, args.seconds)
    if name == "noop":
        return load, 0
    return load, max(0, load.answered - (bench_nodes.count_scans(url) - max(before, warmed)))


def row(name: str, workers: int, connections: int, loads: list[Load]) -> Result:
    return {
        "application": name, "workers": workers, "connections": connections,
        "per_second": round(median(loads, "rate")),
        "p50_ms": round(median(loads, "p50_ms"), 2), "p99_ms": round(median(loads, "p99_ms"), 2),
        "failed": sum(load.failed for load in loads),
    }


def scan_ratios(runs: list[Result], workers: list[int]) -> Result:
    """Compare at 32 connections; without a suffix: on the smallest number of workers."""
    ratios: Result = {}
    rates = {(r["application"], r["workers"], r["connections"]): r["per_second"] for r in runs}
    least, *more = sorted(workers)
    if ("ours", least, 1) in rates:  # a lone visitor, whose sync nobody shares
        ratios["durable_vs_noop_1"] = ratio(rates["ours", least, 1], rates["noop", least, 1])
    for count in more:
        if ("ours", least, 32) in rates:
            ratios[f"durable_32_{count}_workers_vs_{least}"] = ratio(
                rates["ours", count, 32], rates["ours", least, 32]
            )
    for count in sorted(workers):
        at = {r["application"]: r for r in runs if (r["workers"], r["connections"]) == (count, 32)}
        if not at:
            continue
        found = {
            "durable_vs_noop_32": ratio(at["ours"]["per_second"], at["noop"]["per_second"]),
            "p99_vs_noop_32": ratio(at["ours"]["p99_ms"], at["noop"]["p99_ms"]),
            "durable_vs_single_commit_32_this_disk": ratio(
                at["ours"]["per_second"], at["single"]["per_second"]
            ),
            "durable_vs_forgetful_32": ratio(
                at["ours"]["per_second"], at["forgetful"]["per_second"]
            ),
        }
        for name, value in found.items():
            ratios.setdefault(name, value)
            ratios[f"{name}_{count}_workers"] = value
    return ratios


@contextmanager
def served(
    instance: Path, name: str, workers: int, environ: dict[str, str] | None = None
) -> Iterator[int]:
    """Serve application *name* of `bench_servers`; yield the port."""
    from attribution.serving import server

    port = bench_load.free_port()
    variables = {
        **os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "scripts")]),
        **server.variables(instance), **(environ or {}),
    }
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / "bench_servers.py"), name, str(port),
         str(workers), str(server.THREADS)],
        env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        bench_load.wait_for(port, process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def compiled(source: Path, target: Path) -> Path | None:
    """Compile a shim to preload; None where there is no C compiler or no such loader."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or platform.system() != "Linux":
        return None
    done = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(target), str(source), "-ldl"],
        capture_output=True,
    )
    return target if done.returncode == 0 else None


# --- posters ------------------------------------------------------------------------------


def bench_posters(folder: Path, args: argparse.Namespace) -> Result:
    """Books, a zip and stickers of the whole campaign, beside Pillow and reportlab."""
    import bench_posters as printed

    found = printed.run(args.quick, args.rounds)
    return {
        "runs": [{"what": what, **figures} for what, figures in found["figures"].items()],
        "ratios": found["ratios"],
    }


def bench_wall(folder: Path, args: argparse.Namespace) -> Result:
    from bench_wall import what_is_read  # OpenCV and ZBar are the tests'

    return {"runs": what_is_read(args.rows or 20)}


BENCHES: dict[str, Callable[[Path, argparse.Namespace], Result]] = {
    "scan": bench_scan, "claim": bench_bulk.bench_claim, "feed": bench_bulk.bench_feed,
    "seal": bench_bulk.bench_seal,
    "export": bench_bulk.bench_export, "reports": bench_bulk.bench_reports,
    "nodes": bench_nodes.bench_nodes,
    "posters": bench_posters, "wall": bench_wall,
}  # fmt: skip


# --- what they share ----------------------------------------------------------------------


def median(loads: list[Load], what: str) -> float:
    return float(statistics.median(getattr(load, what) for load in loads))


def machine() -> Result:
    return {
        "system": platform.platform(), "python": platform.python_version(),
        "processor": processor(), "cores": os.cpu_count(), "memory_gb": memory_gb(),
        "sqlite": sqlite3.sqlite_version,
        "load_generator": bench_load.generator(),
        "load_before": [round(x, 2) for x in os.getloadavg()] if hasattr(os, "getloadavg") else [],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }  # fmt: skip


def processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def memory_gb() -> float | None:
    if sys.platform != "win32" and "SC_PHYS_PAGES" in os.sysconf_names:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30), 1)
    return None


def markdown(results: Result) -> str:
    """Return tables for docs/performance.md."""
    lines = [", ".join(f"{name} {value}" for name, value in results["machine"].items())]
    for what in BENCHES:
        runs = results.get(what, {}).get("runs")
        if runs:
            keys = list(dict.fromkeys(key for run in runs for key in run))
            lines += ["", f"**{what}**", "", "| " + " | ".join(keys) + " |",
                      "|" + " --- |" * len(keys)]  # fmt: skip
            lines += ["| " + " | ".join(str(r.get(k, "")) for k in keys) + " |" for r in runs]
    lines += ["", "| ratio | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in results["ratios"].items()]
    told = results.get("scan", {}).get("limited", [])
    if told:
        lines += ["", "The load generator was the limit, so ratios with these are false:", ""]
        lines += [f"- {text}" for text in told]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
