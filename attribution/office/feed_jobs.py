"""
A file of the platform's worked off beside the workers: who ordered what, how far it is, its end.

A large file takes minutes of a core. In a worker these were residents' minutes, and a request
that a proxy gives up on after one; so a process of its own does it (`feed_child`), at lower
priority, in the folder where the upload waits. What it has done stands there in one small file:
every worker of every node shows the same, a reload of a page or of the service changes nothing,
and one that gives no sign of life any more is told as that.

Of numbers the folder holds the upload alone, and that is gone once it counts.
"""
import csv
import json
import os
import pickle
import re
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from attribution.deeds import Actor
from attribution.facts import intake
from attribution.facts.feed_reader import sha256_of
from attribution.facts.intake import Aim, Feed, Reading, Report, Watcher
from attribution.facts.spool import Progress
from attribution.rule import instants
from attribution.rule.instants import SECOND, Instant
from attribution.rule.people import identifier
from attribution.service import Service
from attribution.store import feed_batches
from qrgen import replacing

# It gives a sign of life every other second; this long without one means death.
SILENCE = 30 * SECOND

_STATE, _STOP = "work.json", "stop"

# What a reader of the state may meet on the way.
_UNREADABLE = (OSError, ValueError, TypeError, KeyError)


@dataclass(frozen=True)
class FeedOrder:
    """
    What is to come of the file in a folder.

    Args:
        aim: A value of `Aim`.
        reading: How it is to be read, `Reading.as_json`.
        chosen: The same as a form had it: what comes of it is kept under this.
    """

    aim: str
    batch: str
    reading: str
    source: str
    chosen: dict[str, Any]
    actor: dict[str, str]
    shape: str = ""

    @property
    def who(self) -> Actor:
        """Who ordered it."""
        return Actor(**self.actor)


@dataclass(frozen=True)
class FeedWork:
    """
    How far an order is.

    Args:
        state: ``running``, ``done``, ``failed``, ``stopped``, or ``lost``: its process ended
            without a word.
        phase: ``starting``, ``reading``, ``judging``, ``counting``. What is being counted counts.
        done: Rows of this phase.
        total: Of so many; 0 where nobody knows, and roughly while the file is read.
        problem: Why it failed, in the console's words; *bad* each row, with its line.
        result: Of the report as much as is told in a sentence.
    """

    order: FeedOrder
    state: str = "running"
    phase: str = "starting"
    done: int = 0
    total: int = 0
    seen: Instant = 0
    pid: int = 0
    problem: str = ""
    bad: list[list[str]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        return self.state == "running"

    @property
    def counts(self) -> bool:
        """Whether what is left to do is not to be taken back."""
        return self.phase == "counting"

    @property
    def imports(self) -> bool:
        """Whether the file is to count at its end."""
        return self.order.aim in (Aim.TAKE.value, Aim.CONFIRM.value)


def file_of(folder: Path) -> Path | None:
    """Return the upload in *folder*; None once it is gone."""
    return next(iter(sorted(folder.glob("feed*"))), None)


def read(folder: Path, now: Instant) -> FeedWork | None:
    """Return how far the last order in *folder* is; None where there was none."""
    try:
        plain = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        work = FeedWork(**{**plain, "order": FeedOrder(**plain["order"])})
    except _UNREADABLE:
        return None
    return replace(work, state="lost") if work.runs and now - work.seen > SILENCE else work


def write(folder: Path, work: FeedWork) -> None:
    """Say how far *work* is, whole or not at all."""
    part = folder / f"{_STATE}.{os.getpid()}"
    part.write_text(json.dumps(asdict(work), ensure_ascii=False), encoding="utf-8")
    replacing.replace(part, folder / _STATE)


def stop(folder: Path) -> None:
    """Ask for the end of what is at work in *folder*, so long as it does not count."""
    (folder / _STOP).touch()


def is_stopped(folder: Path) -> bool:
    """Whether somebody asked for the end, or threw the file away."""
    return (folder / _STOP).exists() or not folder.is_dir()


def start(service: Service, folder: Path, order: FeedOrder) -> None:
    """Have *order* worked off by a process of its own."""
    (folder / _STOP).unlink(missing_ok=True)
    write(folder, FeedWork(order, seen=instants.now()))
    process = subprocess.Popen(
        [sys.executable, "-m", "attribution.office.feed_child"], stdin=subprocess.PIPE,
    )
    assert process.stdin is not None
    # Settings hold keys: through the pipe, so that they stand in no list of processes.
    with process.stdin as pipe, suppress(BrokenPipeError):
        pickle.dump((service.settings, folder), pipe)
    threading.Thread(target=_attend, args=(process, folder), daemon=True).start()


def _attend(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Wait for *process*, and tell of one that said nothing more."""
    if process.wait() != 0:
        work = read(folder, instants.now())
        if work is not None and work.runs and work.pid in (0, process.pid):
            with suppress(OSError):
                write(folder, replace(work, state="lost"))


def guardian() -> tuple[str, int]:
    """Return by what a child tells that its service has ended: a file of it, and a process."""
    record = os.environ.get("ZHUANMA_RUNNING", "")
    found = re.search(r"serve-(\d+)\.json$", record)
    return record, int(found[1]) if found else 0


def perform(
    service: Service, folder: Path, order: FeedOrder, progress: Progress = iter
) -> Report:
    """
    Do what *order* says with the file in *folder*, here and now, and keep there what comes of it.

    Raises:
        Fault: nothing was written to the ledger.
    """
    aim, path = Aim(order.aim), file_of(folder)
    feed = Feed(path or folder / "feed.csv", order.batch, Reading.from_json(order.reading),
                order.source, order.shape)
    identify = identifier(service.settings.person_pepper, service.settings.digest)

    def run(watcher: Watcher) -> Report:
        return intake.import_feed(
            service.ledger, feed, identify, order.who, instants.now(), aim, watcher
        )

    if aim is Aim.TRY:
        part = folder / "rows.part"
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            report = run(Watcher(
                progress, lambda o: writer.writerow([o.line, o.last4, o.category, o.reason])
            ))
        replacing.replace(part, folder / "rows.csv")
        _keep(folder, "report", {"chosen": order.chosen, "report": json.loads(intake.told(report))})
        return report
    report = run(Watcher(progress))
    if aim is Aim.PLAN:
        _keep(folder, "choices", order.chosen)
        (folder / "batch").write_text(report.batch, encoding="utf-8")
        (folder / "planned").write_text(order.who.name, encoding="utf-8")
    else:
        forget(folder)
    return report


def forget(folder: Path) -> None:
    """Remove the upload and its rows from *folder*, and leave what became of it."""
    for path in [*folder.glob("feed*"), *folder.glob("rows.*"), *folder.glob("look-*")]:
        path.unlink(missing_ok=True)


def has_counted(service: Service, folder: Path, work: FeedWork) -> bool:
    """Whether the file of *work* counts, whatever became of the process that brought it."""
    with service.store.read() as connection:
        row = feed_batches.batch(connection, service.campaign.id, work.order.batch)
    path = file_of(folder)
    return row is not None and (path is None or row["sha256"] == sha256_of(path))


def result_of(report: Report) -> dict[str, Any]:
    """Return of *report* what is told in a sentence."""
    return {
        "batch": report.batch, "repeated": report.repeated, "rows": report.rows,
        "people": report.people, "credited": report.credited, "lost": report.lost,
    }


def _keep(folder: Path, name: str, value: dict[str, Any]) -> None:
    part = folder / f"{name}.part"
    part.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    replacing.replace(part, folder / name)
