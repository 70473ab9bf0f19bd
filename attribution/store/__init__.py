"""
The ledger's one door. All SQL of the project stands in this folder.

`open_store` picks the engine by URL. `Store` gives the two ways in: `read` for
one consistent view, `write` for something that must be durable before anyone is
told; writes that arrive together share one transaction (`group_commit`). The
topics (`registry`, `log`, `standings`, `staff`…) are plain functions over a
connection, so that any of them can be combined in one transaction.
"""
import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TypeVar

from attribution.faults import Code
from attribution.rule.instants import DAY, Instant
from attribution.store import log, migrations, registry, residents, servers
from attribution.store.engine.awaited import AwaitedCommits
from attribution.store.engine.database import (
    BadText,
    Busy,
    Connection,
    Database,
    NewerLedger,
    NoEngine,
    StoreError,
    Undone,
)
from attribution.store.engine.group_commit import WAIT_S, GroupCommit, Job
from attribution.store.engine.sqlite import SQLite
from attribution.store.ids import IdMaker, LaneIdMaker
from qrgen.shapes import word_or_shape

__all__ = [
    "BadText", "Busy", "Connection", "NewerLedger", "NoEngine", "Store", "StoreError", "open_store",
]

T = TypeVar("T")

# A service that nobody started anew for so long has other troubles than a full log.
AHEAD = 183 * DAY


class _Write(Job):
    """Anything that is written for one request."""

    def __init__(self, action: Callable[[Connection], object]):
        super().__init__()
        self.action = action


class _Append(Job):
    """A scan: the commonest write, put in by the hundred with one statement."""

    def __init__(
        self, scan: log.Scan, registry_version: int, call: Callable[[Job], None] | None = None
    ):
        super().__init__(call)
        self.scan = scan
        self.registry_version = registry_version


class Store:
    """A ledger on one *database*. One per process; safe between threads."""

    def __init__(self, database: Database):
        self.database = database
        now = self._commit_now if database.one_writer else None
        self.commits = GroupCommit(self._commit, commit_now=now)
        self._awaited: AwaitedCommits | None = None
        self._ids: IdMaker | None = None
        self._pid = os.getpid()
        self._mutex = threading.Lock()

    def read(self) -> AbstractContextManager[Connection]:
        """Open one consistent view. Keep it short: a long one makes the file grow."""
        return self.database.reading()

    def write(self, action: Callable[[Connection], T]) -> T:
        """
        Run *action* in a transaction and return its result once that is durable.

        When *action* raises, all it wrote is undone, and the error is raised here.
        """
        self._writer()
        if not self.database.one_writer:
            return self.database.attempt(action)
        result: T = self.commits.submit(_Write(action))
        return result

    def append_scan(self, scan: log.Scan, registry_version: int) -> None:
        """
        Log *scan* durably.

        Raises:
            registry.Stale: units or codes changed since *registry_version* was
                read: look the code up again. Nothing was written.
        """
        self.commits.submit(_Append(scan, registry_version))

    async def append_scan_awaited(self, scan: log.Scan, registry_version: int) -> None:
        """Do as `append_scan`, without a thread that waits."""
        awaited = self._awaited
        if awaited is None or awaited.loop is not asyncio.get_running_loop():
            awaited = self._awaited = AwaitedCommits(self.commits)
        await awaited.submit(_Append(scan, registry_version, awaited.wake))

    def try_scan(self, scan: log.Scan) -> None:
        """
        Go the whole way of *scan*, with its queue, bounds and commit, and leave no scan.

        Its row goes into the log's table, its indexes and the counts, where a full disk or
        a lock shows, and is undone there; what is made durable is a beat.

        Raises:
            StoreError: why a scan cannot be taken now.
        """

        def act(connection: Connection) -> None:
            log.try_scan(connection, scan)
            residents.beat(connection, scan.at)

        self._writer()
        self.commits.submit(_Write(act))

    def unwell(self) -> list[str]:
        """
        Return what keeps the database from taking some writes, in its servers' words.

        Besides what a write finds out for itself: a worker that a cluster lacks.

        Raises:
            StoreError: it takes none, being a standby; a write would long try in vain.
        """
        if self.database.dialect != "postgresql":
            return []
        with self.read() as connection:
            return servers.unwell(connection)

    def transaction(self) -> AbstractContextManager[Connection]:
        """Open a transaction of one's own, for imports and other long work."""
        self._writer()
        return self.database.transaction()

    def next_id(self, at: Instant) -> int:
        """Return a new row id."""
        return self._writer().next(at)

    def scan_id(self, at: Instant) -> int:
        """Return a new id for a row of the log of scans."""
        return self._writer().scan(at)

    def some_ids(self, at: Instant, count: int) -> list[int]:
        """Return *count* new row ids, growing."""
        return self._writer().some(at, count)

    @property
    def leased(self) -> bool:
        """Whether `next_id` answers at once, without asking the database."""
        return self._ids is not None and self._pid == os.getpid()

    def _writer(self) -> IdMaker:
        """
        Return this process's maker of ids, leasing its number at the first call.

        Called before every transaction: the lease is a transaction itself, and
        one inside another would wait for itself.
        """
        ids = self._ids
        if ids is not None and self._pid == os.getpid():  # as `leased`, for every row
            return ids
        # Not without end: the lease waits for the database, and others for the lease.
        if not self._mutex.acquire(timeout=WAIT_S):
            raise Busy("the database did not come free in time")
        try:
            if self._ids is None or self._pid != os.getpid():
                self._ids, self._pid = self._leased_maker(), os.getpid()
            return self._ids
        finally:
            self._mutex.release()

    def migrate(self) -> list[str]:
        """Bring the schema up to date; return the names of the steps taken."""
        return self.database.migrate()

    def prepare(self, now: Instant) -> None:
        """Make room for the scans to come; done at every start and once a day."""
        self.database.prepare(now, now + AHEAD)

    def missing_migrations(self) -> list[str]:
        """Return the names of the steps that `migrate` would take."""
        with self.read() as connection:
            return migrations.missing(connection)

    def refuse_newer(self) -> None:
        """
        See that no newer program migrated the ledger.

        Question when it is opened and not while it serves: of several nodes one is replaced
        after the other, and each goes on until then.

        Raises:
            NewerLedger: one did.
        """
        with self.read() as connection:
            migrations.refuse_newer(connection)

    def close(self) -> None:
        self.database.close()

    def _leased_maker(self) -> IdMaker:
        writer = self._lease()
        lanes = self.database.lanes(writer)
        return IdMaker(writer) if lanes is None else LaneIdMaker(writer, lanes)

    def _lease(self) -> int:
        def lease(connection: Connection) -> int:
            connection.run("update writer set leases = leases + 1")
            row = connection.one("select leases from writer")
            assert row is not None
            return int(row["leases"])

        # A lease taken twice costs a number of a thousand, no harm.
        return self.database.attempt(lease, repeatable=True)

    def _commit(self, take: Callable[[], Sequence[Job]]) -> None:
        self._commit_by(self.database.attempt, take)

    def _commit_now(self, take: Callable[[], Sequence[Job]]) -> None:
        self._commit_by(partial(self.database.attempt, at_once=True), take)

    def _commit_by(self, attempt: Callable[..., None], take: Callable[[], Sequence[Job]]) -> None:
        # Only scans come here where commits are not shared; they know their own ids.
        def fill(connection: Connection, again: bool = False) -> None:
            self._fill(connection, take(), again)

        try:
            attempt(fill, repeatable=True)
        except log.SomeThere:
            # An answer was lost after all had been written, as the rows themselves show.
            self.database.attempt(lambda connection: fill(connection, True), repeatable=True)

    def _fill(self, connection: Connection, jobs: Sequence[Job], again: bool) -> None:
        scans = [job for job in jobs if isinstance(job, _Append)]
        if scans:
            self._append(connection, scans, again)
        for job in jobs:
            if isinstance(job, _Write):
                try:
                    # Alone, a failure undoes the transaction; among others, itself.
                    with connection.savepoint():
                        job.outcome = job.action(connection)
                except Undone:
                    raise  # with it went all that stood before in this transaction
                except Exception as error:
                    job.error = error

    @staticmethod
    def _append(connection: Connection, jobs: Sequence[_Append], again: bool) -> None:
        good = []
        versions: dict[str, int] = {}
        for job in jobs:
            campaign = job.scan.campaign
            if campaign not in versions:
                versions[campaign] = registry.version(connection, campaign)
            if job.registry_version == versions[campaign]:
                job.error = None
                good.append(job.scan)
            else:
                job.error = registry.Stale()
        log.add_scans(connection, good, again=again)


def open_store(url: str) -> Store:
    """
    Return the store at *url*: ``sqlite:///path/to/file`` or ``postgresql://…``.

    Raises:
        NoEngine: none serves such a URL.
    """
    if url.startswith(("postgresql://", "postgres://")):
        try:
            from attribution.store.engine.postgres import PostgreSQL
        except ImportError:
            raise NoEngine(Code.NO_PSYCOPG) from None
        return Store(PostgreSQL(url))
    scheme, separator, path = url.partition(":///")
    if separator and scheme == "sqlite" and path:
        return Store(SQLite(Path(path)))
    named = word_or_shape(scheme)  # without a scheme it is all there is, a password too
    raise NoEngine(Code.NO_ENGINE, scheme=named)
