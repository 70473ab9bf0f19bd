"""
The embedded engine: one SQLite file through sqlite-utils, durable before it answers.

Each promise of the ledger that depends on a PRAGMA is set here, on every
connection, because SQLite forgets most of them when a file is closed.
"""
import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import sqlite_utils

from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.store import migrations, scan_lists, second_person
from attribution.store.engine.database import (
    Busy,
    Connection,
    NotNow,
    StoreError,
)
from attribution.store.engine.sqlite_connection import SQLiteConnection, translated
from attribution.store.engine.writer_queue import WriterQueue, lock
from attribution.store.migrations import m020_history, m029_feeds
from qrgen.faults import Fault
from qrgen.replacing import HeldFault, remove, replace, sync

# How long a writer waits for another one, e.g. an import, before it is told so.
BUSY_S = 5.0

# Pages of the log before it is folded back into the file. Folding costs several
# syncs and falls on whoever commits then; 16 MB make it rare, and are read back
# in a moment after a crash.
CHECKPOINT_PAGES = 4000

# Takes the write lock before the first read. A deferred one would let two claims both read "no
# credit yet" and fail one of them.
_WRITE = "begin immediate"

# Between two looks whether a program without our locks has made way.
_BUSY_PAUSE_S = 0.01

# A file of so many bytes is written anew within the time that a writer waits for another;
# a larger one only when nobody comes any more.
ANEW_BYTES = 128 << 20
# Pages that are given back at once: some hundredths of a second.
_PAGES_BACK = 500
# What `pragma auto_vacuum` says of a file that can.
_IN_STEPS = 2
# How long the log's end waits for who reads, and how often it is asked for.
_READERS_MS, _READERS_TRIES = 200, 10

T = TypeVar("T")


class SQLite:
    """A ledger in the file *path*. Connections are pooled, and never shared at one time."""

    dialect = "sqlite"
    one_writer = True

    def __init__(self, path: Path, *, busy_s: float = BUSY_S):
        self.path = path
        self._busy_s = busy_s
        self._idle: list[sqlite_utils.Database] = []
        self._writer: sqlite_utils.Database | None = None  # of `attempt`, by who may write
        self._mutex = threading.Lock()
        self._writing = threading.Lock()
        self._pid = os.getpid()
        self._queue = WriterQueue(_beside(path, "door"))
        self._held: IO[bytes] | None = None  # says that this process has the file open
        self.unlisted = 0  # scans of this process since it listed any

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._borrow() as db, self._alone():
            try:
                self._begin(db, _WRITE)
                yield SQLiteConnection(db, self)
                db.conn.execute("commit")
            except BaseException:
                if db.conn.in_transaction:
                    db.conn.execute("rollback")
                raise

    def attempt(
        self, action: Callable[[Connection], T], *, repeatable: bool = False, at_once: bool = False
    ) -> T:
        # Not by `transaction`: a lone scan's commit spent a third of its time on its blocks.
        self._forget_if_forked()
        until = time.monotonic() + (0 if at_once else self._busy_s)
        try:
            self._enter(until)
        except Busy as error:
            raise (NotNow() if at_once else error) from None
        try:
            db = self._writer
            if db is None:
                db = self._writer = self._opened_for_writing()
            raw = db.conn
            try:
                self._begin_until(raw, until)
            except Busy as error:
                raise (NotNow() if at_once else error) from None
            try:
                done = action(SQLiteConnection(db, self))
                raw.execute("commit")
            except BaseException:
                if raw.in_transaction:
                    raw.execute("rollback")
                raise
            return done
        except sqlite3.Error as error:
            raise translated(error) from error
        finally:
            self._leave()

    def _opened_for_writing(self) -> sqlite_utils.Database:
        db = self._open()
        # In a file what a savepoint may undo is two writes for each page. Only here: what a
        # migration or a report sorts would all be in memory, too.
        db.conn.execute("pragma temp_store = memory")
        # SQLite sleeps where it waits, and the caller may be one who must not.
        db.conn.execute("pragma busy_timeout = 0")
        return db

    def _begin_until(self, raw: sqlite3.Connection, until: float) -> None:
        """Begin to write; wait for a program that takes none of our locks till *until*."""
        while True:
            try:
                raw.execute(_WRITE)
                return
            except sqlite3.OperationalError as error:
                found = translated(error)
                if not isinstance(found, Busy) or time.monotonic() >= until:
                    raise found from error
            time.sleep(_BUSY_PAUSE_S)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._borrow() as db:
            self._begin(db, "begin")
            try:
                yield SQLiteConnection(db, self)
            finally:
                if db.conn.in_transaction:
                    db.conn.execute("rollback")

    def migrate(self) -> list[str]:
        with self.transaction() as connection:
            return migrations.apply(connection, SQLITE_WORDS)

    def prepare(self, since: Instant, until: Instant) -> None:
        """List the scans that no unit's list has yet; all of them once, after a copy."""
        self._list_rest()

    def mend_lists(self) -> None:
        """Make the units' lists of scans anew, where they are not what the log holds."""
        with self.reading() as connection:
            if not scan_lists.wrong(connection):
                return
        with self.transaction() as connection:
            scan_lists.begin_anew(connection)
        self._list_rest()

    def _list_rest(self) -> None:
        more = True
        while more:
            with self.transaction() as connection:
                more = scan_lists.list_more(connection, scan_lists.PART)

    def copy_to(self, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
        """
        Copy the whole database, as it is at one moment, while others go on writing.

        Args:
            progress: Called with the pages done and the pages in all.
        """
        try:
            copy = sqlite3.connect(target)
        except sqlite3.Error as error:
            raise translated(error) from error
        try:
            with self._borrow() as db:
                # In one read transaction: the log keeps what is written meanwhile, and
                # no writer waits. Page by page it would begin anew at every commit.
                db.conn.execute("begin")
                try:
                    db.conn.execute("select count(*) from sqlite_master").fetchone()
                    db.conn.backup(
                        copy, pages=2048, sleep=0,
                        progress=progress and (lambda _, left, all: progress(all - left, all)),
                    )
                finally:
                    db.conn.execute("rollback")
            # A file for itself: no log beside it that could be forgotten.
            copy.execute("pragma journal_mode = delete")
        except sqlite3.Error as error:
            raise translated(error) from error
        finally:
            copy.close()
        sync(target)

    def replace_with(self, source: Path) -> None:
        """
        Put the database *source* in the place of this one, which nobody may have open.

        Raises:
            Busy: some process has it open.
        """
        self.close()
        with self._open_by(exclusive=True):
            real = self.path.resolve()  # a link stays, and SQLite keeps its log beside the file
            for part in ("-wal", "-shm"):
                _held_is_busy(partial(remove, Path(f"{real}{part}")))
            _held_is_busy(partial(replace, source, real))

    def now(self) -> Instant | None:
        return None

    def lanes(self, writer: int) -> None:
        return None

    def give_back(self, *, anew: bool = False) -> int:
        """
        Give the space of what was deleted back to the disk, and empty the log of writes, where
        the deleted still stands; return how many bytes.

        Writers wait for some hundredths of a second at a time. A file of before it could do so,
        which may hold rests of what was deleted then, is written anew once, if it is small.

        Args:
            anew: Write the whole file anew, also the rests that pages may keep of rows which
                moved to others: only when nobody waits, for writers do meanwhile.
        """
        before = self._bytes()
        with self._borrow() as db:
            raw = db.conn
            (in_steps,) = raw.execute("pragma auto_vacuum").fetchone()
            (free,) = raw.execute("pragma freelist_count").fetchone()
            if anew or (in_steps != _IN_STEPS and before <= ANEW_BYTES):
                with self._alone():
                    raw.execute("pragma auto_vacuum = incremental")
                    raw.execute("vacuum")
            while in_steps == _IN_STEPS and free and not anew:
                with self._alone():
                    raw.execute(f"pragma incremental_vacuum({_PAGES_BACK})").fetchall()
                (left,) = raw.execute("pragma freelist_count").fetchone()
                if left >= free:
                    break
                free = left
            self._empty_log(raw)
        return max(before - self._bytes(), 0)

    def _empty_log(self, raw: sqlite3.Connection) -> None:
        """Fold the log of writes back and cut it off, unless somebody reads all the time."""
        raw.execute(f"pragma busy_timeout = {_READERS_MS}")
        try:
            for _ in range(_READERS_TRIES):
                with self._alone():
                    busy, *_ = raw.execute("pragma wal_checkpoint(truncate)").fetchone()
                if not busy:
                    return
                time.sleep(_READERS_MS / 1000)
        finally:
            raw.execute(f"pragma busy_timeout = {int(self._busy_s * 1000)}")

    def _bytes(self) -> int:
        real = self.path.resolve()
        return sum(
            part.stat().st_size for part in (real, Path(f"{real}-wal")) if part.exists()
        )

    def close(self) -> None:
        with self._mutex:
            idle, self._idle = self._idle, []
            held, self._held = self._held, None
        if self._writing.acquire(timeout=self._busy_s):  # nobody writes with it any more
            if self._writer is not None:
                idle.append(self._writer)
                self._writer = None
            self._writing.release()
        for db in idle:
            db.conn.close()
        self._queue.close()
        if held is not None:
            held.close()

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
            raise translated(error) from error
        finally:
            if db is not None:
                with self._mutex:
                    self._idle.append(db)

    @contextlib.contextmanager
    def _open_by(self, *, exclusive: bool) -> Iterator[IO[bytes]]:
        file = _beside(self.path, "open").open("ab")
        try:
            lock(file, exclusive=exclusive)
            yield file
        finally:
            file.close()

    def _open(self) -> sqlite_utils.Database:
        with self._mutex:
            if self._held is None:
                held = _beside(self.path, "open").open("ab")
                try:
                    lock(held, exclusive=False)
                except Busy:
                    held.close()
                    raise
                self._held = held
                # A store that nobody closed must not keep a restore away.
                weakref.finalize(self, held.close)
        # Not tied to a thread, because the pool hands it to one at a time.
        raw = sqlite3.connect(
            self.path, timeout=self._busy_s, check_same_thread=False, isolation_level=None
        )
        db = sqlite_utils.Database(raw, execute_plugins=False)
        # Readers (reports, exports) never keep a claim waiting. SQLite does not wait for
        # the process that makes a new file a log; the second of two that start at once must.
        deadline = time.monotonic() + self._busy_s
        while True:
            try:
                if raw.execute("pragma page_count").fetchone() == (0,):
                    # Only a file without a page yet can be made to give them back one by one.
                    raw.execute("pragma auto_vacuum = incremental")
                _set(raw, "journal_mode", "wal", "wal")
                break
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        # NORMAL lost 293 of 6 492 acknowledged rows in a simulated power cut.
        _set(raw, "synchronous", "full", 2)
        # What is deleted is overwritten with zeros: whom we forgot, the file forgets.
        _set(raw, "secure_delete", "on", 1)
        # Without it macOS leaves the data in the drive's own memory.
        raw.execute("pragma fullfsync = on")
        raw.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
        raw.execute("pragma foreign_keys = on")  # off by default, per connection
        raw.execute("pragma trusted_schema = off")
        # A reader that lags must not let the log grow for ever.
        raw.execute("pragma journal_size_limit = 67108864")
        return db

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only writer of all processes."""
        self._enter(time.monotonic() + self._busy_s)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, until: float) -> None:
        """
        Become the only writer of all processes, till `_leave`.

        Raises:
            Busy: others wrote till *until*.
        """
        # A flock belongs to the open file, not to the thread: hence the mutex.
        if not self._writing.acquire(timeout=max(until - time.monotonic(), 0)):
            raise Busy("another thread is writing")
        try:
            self._queue.enter(until - time.monotonic())
        except BaseException:
            self._writing.release()
            raise

    def _leave(self) -> None:
        self._queue.leave()
        self._writing.release()

    def _forget_if_forked(self) -> None:
        if self._pid != os.getpid():
            # SQLite connections must not cross a fork; the parent still owns them.
            self._idle, self._held, self._pid = [], None, os.getpid()
            self._writer = None
            self._queue = WriterQueue(_beside(self.path, "door"))
            self._mutex, self._writing = threading.Lock(), threading.Lock()


def _held_is_busy(act: Callable[[], object]) -> None:
    """Do *act*; that a program which takes no lock of ours has the file open is said as such."""
    try:
        act()
    except HeldFault:
        raise Busy("the database is open in another program") from None


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}")


def _set(raw: sqlite3.Connection, pragma: str, value: str, expected: object) -> None:
    """Set a pragma that a promise depends on, and see that it holds."""
    raw.execute(f"pragma {pragma} = {value}")
    (found,) = raw.execute(f"pragma {pragma}").fetchone()
    if found != expected:
        raw.close()
        raise StoreError(f"this file system or SQLite does not allow {pragma} = {value}")


def _append_only(table: str) -> list[str]:
    return [
        f"create trigger {table}_no_{verb} before {verb} on {table} "
        f"begin select raise(abort, '{table} is append-only'); end"
        for verb in ("update", "delete")
    ]


SQLITE_WORDS = migrations.Words(
    instant="integer", strict=" strict", append_only=_append_only,
    bytes="blob", keyed=" strict, without rowid",
    besides={
        "m013_scan_lists": scan_lists.on_sqlite, "m020_history": m020_history.tell_history,
        "m024_two": second_person.on_sqlite, "m029_feeds": m029_feeds.number_aliases,
    },
)


def check_integrity(connection: Connection) -> list[Fault]:
    """Return what SQLite itself finds wrong with the file, and we with its lists of scans."""
    found: list[Mapping[str, Any]] = [*connection.rows("pragma integrity_check")]
    problems = [
        Fault(Code.FILE_UNSOUND, problem=text) for row in found
        if (text := str(row["integrity_check"])) != "ok"
    ]
    wrong = scan_lists.wrong(connection)
    if wrong:
        problems.append(Fault(Code.SCAN_LISTS_DIFFER, count=wrong))
    return problems
