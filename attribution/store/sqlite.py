"""
The embedded engine: one SQLite file through sqlite-utils, durable before it answers.

Each promise of the ledger that depends on a PRAGMA is set here, on every
connection, because SQLite forgets most of them when a file is closed.
"""
import contextlib
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

import sqlite_utils

from attribution.store import migrations
from attribution.store.database import NONE, Busy, Connection, Parameters, Row, StoreError

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: writers fall back on SQLite's own busy wait.
    fcntl = None

T = TypeVar("T")

# How long a writer waits for another process, e.g. a backup or an import.
BUSY_S = 30.0


class SQLiteConnection:
    """A connection inside one open transaction."""

    def __init__(self, db: sqlite_utils.Database):
        self._db = db

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        return int(self._db.conn.execute(sql, parameters).rowcount)

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        return max(int(self._db.conn.executemany(sql, rows).rowcount), 0)

    def rows(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        return list(self._db.query(sql, dict(parameters)))

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        cursor = self._db.conn.execute(sql, parameters)
        row = cursor.fetchone()
        if row is None:
            return None
        return dict(zip((column[0] for column in cursor.description), row, strict=True))

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        self._db.conn.execute("savepoint one")
        try:
            yield
        except BaseException as error:
            self._db.conn.execute("rollback to one")
            self._db.conn.execute("release one")
            if isinstance(error, sqlite3.Error):
                raise _translated(error) from error
            raise
        self._db.conn.execute("release one")

    def hold(self, campaign: str, persons: Sequence[str]) -> None:
        """Nothing to do: there is one writer at a time."""

    def later(
        self,
        key: str,
        amounts: "Counter[Any]",
        write: Callable[[Connection, "Counter[Any]"], None],
    ) -> None:
        write(self, amounts)


class SQLite:
    """A ledger in the file *path*. Connections are pooled, and never shared at one time."""

    dialect = "sqlite"
    one_writer = True

    def __init__(self, path: Path, *, busy_s: float = BUSY_S):
        self.path = path
        self._busy_s = busy_s
        self._idle: list[sqlite_utils.Database] = []
        self._mutex = threading.Lock()
        self._writing = threading.Lock()
        self._pid = os.getpid()
        self._door: IO[bytes] | None = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._borrow() as db, self._through_the_door():
            # Takes the write lock before the first read. A deferred BEGIN would
            # let two claims both read "no credit yet" and fail one of them.
            self._begin(db, "begin immediate")
            try:
                yield SQLiteConnection(db)
                db.conn.execute("commit")
            except BaseException:
                if db.conn.in_transaction:
                    db.conn.execute("rollback")
                raise

    def attempt(self, action: Callable[[Connection], T], *, repeatable: bool = False) -> T:
        with self.transaction() as connection:
            return action(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._borrow() as db:
            self._begin(db, "begin")
            try:
                yield SQLiteConnection(db)
            finally:
                if db.conn.in_transaction:
                    db.conn.execute("rollback")

    def migrate(self) -> list[str]:
        with self.transaction() as connection:
            return migrations.apply(connection, SQLITE_WORDS)

    def close(self) -> None:
        with self._mutex:
            idle, self._idle = self._idle, []
            door, self._door = self._door, None
        for db in idle:
            db.conn.close()
        if door:
            door.close()

    def _begin(self, db: sqlite_utils.Database, how: str) -> None:
        try:
            db.conn.execute(how)
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise Busy(f"{self.path.name} is in use by another process") from error
            raise

    @contextlib.contextmanager
    def _borrow(self) -> Iterator[sqlite_utils.Database]:
        self._forget_if_forked()
        with self._mutex:
            db = self._idle.pop() if self._idle else None
        try:
            if db is None:
                db = self._open()
            yield db
        except sqlite3.Error as error:
            raise _translated(error) from error
        finally:
            if db is not None:
                with self._mutex:
                    self._idle.append(db)

    def _open(self) -> sqlite_utils.Database:
        # Not tied to a thread, because the pool hands it to one at a time.
        raw = sqlite3.connect(
            self.path, timeout=self._busy_s, check_same_thread=False, isolation_level=None
        )
        db = sqlite_utils.Database(raw, execute_plugins=False)
        # Readers (reports, exports) never keep a claim waiting.
        raw.execute("pragma journal_mode = wal")
        # NORMAL lost 293 of 6 492 acknowledged rows in a power cut (findings).
        raw.execute("pragma synchronous = full")
        raw.execute("pragma foreign_keys = on")  # off by default, per connection
        raw.execute("pragma trusted_schema = off")
        # A reader that lags must not let the log grow for ever.
        raw.execute("pragma journal_size_limit = 67108864")
        return db

    @contextlib.contextmanager
    def _through_the_door(self) -> Iterator[None]:
        """
        Queue the writers of all processes at a lock file.

        SQLite's own busy handler sleeps and retries, which made the p99 10 to 25
        times worse; the kernel's queue wakes the next writer at once.
        """
        # An flock belongs to the open file, not to the thread: hence the mutex.
        with self._writing:
            if fcntl is None:
                yield
                return
            if self._door is None:
                # Kept open: the lock belongs to the open file.
                self._door = Path(f"{self.path}.door").open("ab")  # noqa: SIM115
            fcntl.flock(self._door, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._door, fcntl.LOCK_UN)

    def _forget_if_forked(self) -> None:
        if self._pid != os.getpid():
            # SQLite connections must not cross a fork; the parent still owns them.
            self._idle, self._door, self._pid = [], None, os.getpid()
            self._mutex, self._writing = threading.Lock(), threading.Lock()


def _translated(error: sqlite3.Error) -> StoreError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return Busy("the database is in use by another process")
    return StoreError(text)


def _append_only(table: str) -> list[str]:
    return [
        f"create trigger {table}_no_{verb} before {verb} on {table} "
        f"begin select raise(abort, '{table} is append-only'); end"
        for verb in ("update", "delete")
    ]


SQLITE_WORDS = migrations.Words(
    instant="integer", strict=" strict", append_only=_append_only
)


def check_integrity(connection: Connection) -> list[str]:
    """Return what SQLite itself finds wrong with the file; empty when sound."""
    found: list[Mapping[str, Any]] = [*connection.rows("pragma integrity_check")]
    return [text for row in found if (text := str(row["integrity_check"])) != "ok"]
