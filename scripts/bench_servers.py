"""
The applications that `bench.py` puts on the same server, each by a factory without arguments.

What may differ is named: `noop` is the smallest Flask view there is, `single` is our scan
with one commit a request, `forgetful` answers first and writes later. The rest (server,
threads, page, code, database) is the same as in `ours`.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def ours() -> Any:
    """The service as `attribution serve` starts it."""
    from attribution.serving import server

    return server.application()


def noop() -> "Flask":
    """A Flask view that does nothing."""
    from flask import Flask

    app = Flask("noop")

    @app.get("/Q/<code>")
    def scan(code: str) -> str:
        return "ok"

    return app


def single() -> Any:
    """Ours, but every request commits its own row and waits for its own sync."""
    from attribution.store.engine.group_commit import GroupCommit

    return _with(lambda commit: GroupCommit(commit, batch=1))


def forgetful() -> Any:
    """Ours, but the answer goes out before the row is written: what most peers do."""
    from attribution.store.engine.group_commit import GroupCommit, Job

    class Later(GroupCommit):
        def __init__(self, commit: Callable[[Callable[[], Sequence[Job]]], None]):
            super().__init__(commit)
            self._rows: deque[Job] = deque()
            threading.Thread(target=self._write, daemon=True).start()

        def enter(self, job: Job) -> bool:
            self._rows.append(job)
            job.done = True
            return True  # it is told at once that it is done

        def _write(self) -> None:
            while True:
                threading.Event().wait(0.05)
                while self._rows:
                    self._commit(self._some)

        def _some(self) -> list[Job]:
            return [self._rows.popleft() for _ in range(min(256, len(self._rows)))]

    return _with(Later)


def _with(kind: Any) -> Any:
    application: Any = ours()
    store = application.app.extensions["zhuanma"].store
    store.next_id(0)
    store.commits = kind(store._commit)
    return application


def main() -> None:
    """Serve: bench_servers.py NAME PORT WORKERS THREADS."""
    from granian.constants import Interfaces
    from granian.server import Server

    name, port, workers, threads = sys.argv[1], *map(int, sys.argv[2:])
    os.chdir(Path(__file__).parent)
    # The no-op view where it is fastest: in granian's own threads.
    noop = name == "noop"
    Server(
        f"bench_servers:{name}", factory=True, port=port, workers=workers, log_enabled=False,
        interface=Interfaces.WSGI if noop else Interfaces.ASGINL,
        blocking_threads=threads if noop else None,
    ).serve()


if __name__ == "__main__":
    main()
