"""
What the machine's monitoring may read: numbers of scans and commits, nothing about anybody.

What is in the ledger is counted by its tallies when somebody asks, so it is exact and
one figure for all worker processes. The rest is kept per process by prometheus-client,
whose files in PROMETHEUS_MULTIPROC_DIR make one sum of it (`server` makes the folder).
"""
import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from attribution.office import passwords
from attribution.service import Service
from attribution.store import Busy, StoreError, notice_queue, tallies
from attribution.store.engine.group_commit import Committed

# The text format of Prometheus, version 0.0.4.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

COMMIT_SECONDS = Histogram(
    "zhuanma_commit_seconds", "Time of a transaction, its wait for other writers included",
    buckets=_SECONDS, registry=None,
)
COMMIT_JOBS = Histogram(
    "zhuanma_commit_jobs", "Scans and claims that shared a transaction",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256), registry=None,
)
QUEUE = Gauge(
    "zhuanma_queue_depth", "Requests that wait for a transaction",
    multiprocess_mode="livesum", registry=None,
)
HASHES = Gauge(
    "zhuanma_hashes_most", "Most password hashes at one time in a process since its start",
    multiprocess_mode="livemax", registry=None,
)
ERRORS = Counter(
    "zhuanma_errors", "Transactions and answers that failed", ["kind"], registry=None
)


def watch(service: Service) -> None:
    """Keep count of *service*'s transactions, and of the hashes of this process."""
    service.store.commits.watcher = _committed
    passwords.HASHING.watcher = HASHES.set


def failed(status: int) -> None:
    """Count an answer of 500 or above."""
    ERRORS.labels(f"answer_{status}").inc()


def text(service: Service) -> bytes:
    """Return all metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        _forget_the_dead(Path(folder))
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for metric in (COMMIT_SECONDS, COMMIT_JOBS, QUEUE, HASHES, ERRORS):
            registry.register(metric)
    registry.register(_Ledger(service))
    return generate_latest(registry)


class _Ledger:
    """Counts what the ledger holds, from its tallies."""

    def __init__(self, service: Service):
        self._service = service

    def collect(self) -> Iterator[Metric]:
        try:
            with self._service.store.read() as connection:
                counts = tallies.by_kind(connection, self._service.campaign.id)
                notices = notice_queue.counts(connection)
        except StoreError:
            return  # the other figures are wanted then more than ever
        for kind, name, meaning in (
            ("scan", "scans", "Scans that count"),
            ("flagged", "scans_flagged", "Scans that are kept but do not count"),
            ("claim", "claims", "Claims"),
            ("effective", "effective", "Effective new users"),
        ):
            yield CounterMetricFamily(
                f"zhuanma_{name}", f"{meaning}, in the ledger", value=counts.get(kind, 0)
            )
        told = GaugeMetricFamily(
            "zhuanma_notices", "Notices in the queue, by what became of them", labels=["state"]
        )
        for state in notice_queue.STATES:
            told.add_metric([state], notices.get(state, 0))
        yield told


def _committed(done: Committed) -> None:
    COMMIT_SECONDS.observe(done.seconds)
    COMMIT_JOBS.observe(done.jobs)
    QUEUE.set(done.waiting)
    if done.error is not None:
        ERRORS.labels("busy" if isinstance(done.error, Busy) else "commit").inc()


def _forget_the_dead(folder: Path) -> None:
    """A worker that was killed waits for nothing any more."""
    for path in folder.glob("gauge_live*_*.db"):
        process = path.stem.rpartition("_")[2]
        if process.isdigit() and not _lives(int(process)):
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    if os.name == "nt":
        return True  # os.kill would end it there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
