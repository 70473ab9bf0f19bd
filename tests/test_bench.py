"""The bench measures what it says; a figure itself is nobody's promise here."""
import http.server
import json
import select
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import bench
import bench_bulk
import bench_client
import bench_instance
import bench_load
import bench_wall
import environment
import pytest
from bench_load import Load
from conftest import Instance

from attribution.proof import checks
from attribution.service import open_service


def test_scan_bench_writes_the_ratios(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "scripts/bench.py", "scan", "--json", str(out), "--seconds", "1",
         "--rounds", "1", "--connections", "32", "--workers", "1", "--dir", str(tmp_path)],
        cwd=environment.ROOT, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert 0 == found["ratios"]["lost"]
    for name in ("durable_vs_noop_32", "p99_vs_noop_32"):
        assert found["ratios"][name] > 0
    if shutil.which("cc"):
        assert found["ratios"]["durable_vs_single_commit_32"] > 1
    assert {"noop", "ours", "single", "forgetful"} <= {
        run["application"] for run in found["scan"]["runs"]
    }
    assert all(run["ceiling"] > 0 for run in found["scan"]["runs"] if "sync" not in
               run["application"])
    assert "| durable_vs_noop_32 |" in done.stdout


def test_own_load_generator_counts_like_wrk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where wrk is missing, the bench must still run."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    port = bench_load.free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d",
         str(Path(bench.__file__).parent)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        bench_load.wait_for(port, server)
        load = bench_load.run(port, ["/lock.py", "/none"], 4, 1)
    finally:
        server.kill()
        server.wait()
    assert load.answered and load.failed
    assert 0 < load.p50_ms <= load.p99_ms


@pytest.mark.parametrize("without", ["wrk", "epoll"])
def test_own_load_generator_keeps_its_connections(
    monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    """To connect for each scan would cost more than the scan; elsewhere than on Linux too."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    if without == "epoll":
        monkeypatch.delattr(select, "epoll", raising=False)
    came = []

    class Pages(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            came.append(self.client_address)

        def do_GET(self) -> None:
            self.send_response(200 if self.path != "/none" else 404)
            self.send_header("Content-Length", "40000")
            self.end_headers()
            self.wfile.write(b"." * 40_000)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answers = bench_client.load(server.server_port, ["/one", "/two", "/none"], 3, 0.5)
        server.shutdown()
    assert 3 == len(came)
    assert answers["answered"] > answers["failed"] > 0


def test_a_figure_near_the_generators_own_is_said_to_be_its() -> None:
    """Its limit was printed as the service's."""
    assert bench_load.ceiling(4).answered > 0
    figures = {"application": "ours", "connections": 32, "per_second": 600}
    assert [] == bench.limited([{**figures, "ceiling": 1300}, figures])
    (told,) = bench.limited([{**figures, "ceiling": 1100}])
    assert "600" in told and "1100" in told
    text = bench.markdown({"machine": {}, "ratios": {}, "scan": {"runs": [], "limited": [told]}})
    assert told in text and "false" in text


def test_median_of_rounds_and_ratio() -> None:
    loads = [Load(100 * n, 0, 1, n, n) for n in (1, 9, 2)]
    assert 200 == bench.median(loads, "rate")
    assert 0.5 == bench_instance.ratio(1, 2)
    assert 0.0 == bench_instance.ratio(1, 0)


@pytest.mark.parametrize(
    ("what", "rows", "ratios"),
    [
        ("claim", 200, {"claims_32_vs_1_thread"}),
        ("feed", 1_000, {"feed_memory_twice_the_rows"}),
        ("seal", 200, {"scans_while_sealing_vs_alone"}),
        ("export", 5_000, {"export_csv_vs_csv_module", "export_xlsx_memory_ten_times_the_rows"}),
        ("reports", 12_000, {"reports_largest_vs_smallest"}),
    ],
)
def test_every_other_bench_runs_and_tells(
    tmp_path: Path, what: str, rows: int, ratios: set[str]
) -> None:
    out = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "scripts/bench.py", what, "--rows", str(rows), "--json", str(out),
         "--quick", "--dir", str(tmp_path)],
        cwd=environment.ROOT, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert ratios <= set(found["ratios"])
    assert found[what]["runs"] and f"**{what}**" in done.stdout
    assert {"processor", "cores", "memory_gb", "sqlite"} <= set(found["machine"])


def test_a_filled_log_is_one_that_the_check_believes(instance: Instance) -> None:
    """Written past the service: its counts must still be the counts of its rows."""
    bench_bulk.fill(instance.folder, 3_000)
    bench_bulk.fill(instance.folder, 7_000)
    service = open_service(instance.settings())
    assert [] == checks.check(service.ledger)
    with service.store.read() as connection:
        assert {"n": 7_000} == connection.one("select count(*) as n from scan")
    service.close()


def test_wear_is_neither_too_mild_nor_too_strong() -> None:
    """What everything survives, or nothing, measures nothing."""
    (row, *_) = bench_wall.what_is_read(2, holes=(5,))
    assert ("ZXing", 5) == (row["reader"], row["mark"])
    shares = [int(str(row[kind])) for kind in bench_wall.WEAR]
    assert 9 == len(shares) and 0 < min(shares) and 100 > sum(shares) / 9
