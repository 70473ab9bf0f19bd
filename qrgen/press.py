"""
The press: child processes that make files with typst, and end.

typst keeps everything it has ever laid out (1.3 GB after all books in one process), so no
process lives longer than a batch. A child is a program of its own, ``python -m qrgen.printer``,
fed through standard input, rather than a ``multiprocessing`` child: it does not care who its
parent is, so posters can be printed from a script without a main guard, from a web worker and
on Windows alike.
"""
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from qrgen.shell import Fault


class PressError(Exception):
    """A child of the press failed: a bug in a template or in us, not in anybody's data."""


@dataclass(frozen=True)
class Order:
    """
    What is the same for all files of a run.

    Args:
        format: Its name, which is also the template's.
        root: The folder with the templates and everything they read.
        fonts: The folders with fonts.
        own_templates: Some template is the county's, and so may a fault be.
        helper: Each child has a core to spare, for a second process that reads back.
    """

    format: str
    root: Path
    fonts: Sequence[Path]
    print_ready: bool = False
    outline: bool = False
    verify: bool = True
    own_templates: bool = False
    helper: bool = False


# Where to put a file, and what its template reads (`sheets.document`).
Sheet = tuple[Path, dict[str, Any]]


def print_sheets(
    order: Order, batches: Iterable[Sequence[Sheet]], workers: int = 2
) -> Iterator[Path]:
    """
    Make each of *batches* in a child process and yield each file when it is there and proven,
    in no order.

    Args:
        batches: Asked for the next one only when a child is free, so that ten thousand
            posters need no more memory than a hundred.

    Raises:
        Fault: A file is not as it should be.
        PressError: A child failed.
    """
    done: Queue[Path | None] = Queue()
    children: set[subprocess.Popen[bytes]] = set()
    source = iter(batches)
    running: set[Future[None]] = set()

    def start(pool: ThreadPoolExecutor) -> None:
        if (some := next(source, None)) is not None:
            future = pool.submit(_run_child, order, some, done.put, children)
            running.add(future)
            future.add_done_callback(lambda _: done.put(None))

    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            for _ in range(workers):
                start(pool)
            while running:
                if (path := done.get()) is not None:
                    yield path
                    continue
                for future in [future for future in running if future.done()]:
                    running.discard(future)
                    future.result()
                    start(pool)
            while not done.empty():
                if (path := done.get()) is not None:
                    yield path
        finally:
            # Whoever stops listening (a fault, Ctrl-C) waits for nobody.
            for child in list(children):
                child.terminate()


# For glibc: what a child frees it will need again for the next page, and pages fresh from the
# system cost more than to write on them.
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "100000000", "MALLOC_MMAP_THRESHOLD_": "100000000"}


def _run_child(
    order: Order,
    sheets: Sequence[Sheet],
    report: Callable[[Path], None],
    children: "set[subprocess.Popen[bytes]]",
) -> None:
    # The child must find this very qrgen, whatever folder it is started from.
    path = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    with (
        tempfile.TemporaryFile() as orders,
        tempfile.TemporaryFile() as complaints,  # a file, for a full pipe would stop the child
    ):
        orders.write(_as_json(order, sheets))
        orders.seek(0)
        with subprocess.Popen(
            [sys.executable, "-m", "qrgen.printer"],
            stdin=orders,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**os.environ, **_KEEP_MEMORY, "PYTHONPATH": os.pathsep.join(filter(None, path))},
        ) as child:
            children.add(child)
            for line in child.stdout or ():
                said = json.loads(line)
                if "cause" in said:
                    raise Fault(said["cause"], said["hint"])
                report(sheets[said["made"]][0])
        children.discard(child)
        if child.returncode:
            complaints.seek(0)
            raise PressError(complaints.read().decode("utf-8", "replace").strip())


def _as_json(order: Order, sheets: Sequence[Sheet]) -> bytes:
    return json.dumps(
        {
            "format": order.format,
            "root": str(order.root),
            "fonts": [str(folder) for folder in order.fonts],
            "print": order.print_ready,
            "outline": order.outline,
            "verify": order.verify,
            "own_templates": order.own_templates,
            "helper": order.helper,
            "sheets": [(str(path), document) for path, document in sheets],
        }
    ).encode("ascii")
