"""
The engine for many nodes: PostgreSQL (and Citus) through psycopg 3 and its pool.

Here many transactions run at once, in many processes, and an answer can be lost on
the wire. What SQLite gives by having one writer is given by five habits:

* whoever judges a person first takes that person's *turn*, a row of its own on the
  person's shard, so two nodes never judge one person at the same moment;
* a transaction that must not be done twice leaves a *mark* under a number made
  before it began; when the answer to its commit is lost, the next attempt finds the
  mark and does nothing;
* what failed on a conflict or a lost connection is tried again for `PATIENCE_S`,
  which outlasts a failover, and then is Busy;
* counts are added together with the commit, in one order everywhere, each to one of
  several rows, so that a code that all the town scans makes nobody wait;
* scans lie in a partition a week, which are made half a year ahead (`partitions`).
"""
import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

import psycopg
import psycopg_pool
from psycopg.rows import dict_row

from attribution.rule.instants import Instant
from attribution.store import migrations, partitions, scan_lists, second_person
from attribution.store.engine import lanes
from attribution.store.engine.database import Busy, Connection, NotNow, Row
from attribution.store.engine.lanes import Lanes
from attribution.store.engine.postgres_connection import (
    SLOTS,
    PostgreSQLConnection,
    Statement,
)
from attribution.store.engine.postgres_session import (
    MIGRATION_WAIT_S,
    Conflict,
    abandon,
    configure,
    is_passing,
    mistrust,
    read_url,
    translated,
)
from attribution.store.engine.postgres_words import OWN_TABLES, Defining, append_only
from attribution.store.migrations import m020_history, m029_feeds

T = TypeVar("T")

# How long one write is tried again. A supervised failover takes a few seconds.
PATIENCE_S = 10.0
# Marks are for attempts of the last seconds; a day is more than any clock errs.
MARKS_KEPT_MS = 86_400_000
# One statement in so many writes clears old marks away.
CLEAR_EVERY = 4096
# Two servers starting at once must not both make the tables. Any number will do.
MIGRATION_LOCK = 71_042_022

POSTGRESQL_WORDS = migrations.Words(
    instant="bigint", strict="", append_only=append_only, bytes="bytea", keyed="",
    besides={
        "m009_scale": partitions.divide_scans, "m013_scan_lists": scan_lists.on_postgresql,
        "m020_history": m020_history.tell_history,
        "m024_two": second_person.on_postgresql, "m029_feeds": m029_feeds.number_aliases,
    },
)

_BEGIN: Statement = (b"begin isolation level read committed", None)
# By how many they are.
_MARK = {
    1: b"insert into written (id) values (%(id_0)s)",
    2: b"insert into written (id) values (%(id_0)s), (%(id_1)s)",
}


class PostgreSQL:
    """
    A ledger at *url*. Connections are pooled, a pool a process.

    Args:
        url: As libpq reads it, several hosts included; besides, ``pool_size=N`` and,
            behind a pooler that hands out a connection a transaction,
            ``prepare_threshold=none``.
    """

    dialect = "postgresql"
    one_writer = False

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S):
        self.url = url
        self._options = read_url(url)
        self._patience_s = patience_s
        self._pool: psycopg_pool.ConnectionPool[psycopg.Connection[Row]] | None = None
        self._pid = os.getpid()
        self._mutex = threading.Lock()
        self._writes = 0
        self._not_ours: list[object] = []
        self._cluster = False  # known with the first connection
        self._lanes: Lanes | None = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        marks = self._new_marks()
        with self._lend() as raw:
            doubt: Conflict | None = None
            try:
                connection = self._begin(raw, marks)
                yield connection
                try:
                    self._commit(connection)
                except Conflict as error:
                    doubt = error
                    raw.close()
            except BaseException:
                abandon(raw)
                raise
        if doubt is not None and not self._is_committed(marks):
            raise doubt

    def attempt(
        self, action: Callable[[Connection], T], *, repeatable: bool = False, at_once: bool = False
    ) -> T:
        if at_once:  # there is a network between us
            raise NotNow
        marks = [] if repeatable else self._new_marks()
        until = time.monotonic() + self._patience_s
        pause_s = 0.005
        outcome: list[T] = []
        while True:
            try:
                with self._lend() as raw:
                    try:
                        connection = self._begin(raw, marks if not outcome else [])
                        if outcome and marks and not self._sign(connection, marks):
                            return outcome[0]  # the earlier attempt was committed after all
                        outcome[:] = [action(connection)]
                        self._commit(connection)
                    except BaseException:
                        abandon(raw)
                        raise
                self._count_write()
                return outcome[0]
            except Conflict:
                if repeatable and self._lanes is not None:
                    self._lanes.shun()  # a batch of scans, to be written again
                if time.monotonic() + pause_s > until:
                    raise
            # Apart, so that those who met do not meet again.
            time.sleep(pause_s * (0.5 + secrets.randbelow(1000) / 1000))
            pause_s = min(pause_s * 2, 0.5)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        until = time.monotonic() + self._patience_s
        while True:
            with self._lend() as raw:
                try:
                    # One snapshot for all of the block's questions.
                    raw.execute("begin isolation level repeatable read read only")
                except psycopg.Error as error:
                    # A connection that died while it lay in the pool: take another.
                    mistrust(raw, error, piped=False)
                    if not is_passing(error) or time.monotonic() > until:
                        raise translated(error) from error
                    abandon(raw)
                    continue
                try:
                    yield PostgreSQLConnection(raw, writing=False, cluster=self._cluster)
                finally:
                    abandon(raw)
                return

    def migrate(self) -> list[str]:
        def act(connection: Connection) -> list[str]:
            connection.run(f"set local lock_timeout = '{MIGRATION_WAIT_S}s'")
            connection.run("select pg_advisory_xact_lock(:key)", {"key": MIGRATION_LOCK})
            for statement in OWN_TABLES:
                connection.run(statement)
            return migrations.apply(cast(Connection, Defining(connection)), POSTGRESQL_WORDS)

        return self.attempt(act, repeatable=True)

    def prepare(self, since: Instant, until: Instant) -> None:
        with self.reading() as connection:
            missing = partitions.missing(connection, since, until)
        for week in missing:

            def make(connection: Connection, week: Instant = week) -> None:
                # Whoever comes second finds it made. Not for long: behind a lock that is
                # waited for, every scan would wait as well.
                connection.run("set local lock_timeout = '2s'")
                connection.run("select pg_advisory_xact_lock(:key)", {"key": MIGRATION_LOCK})
                partitions.make(connection, week)

            self.attempt(make, repeatable=True)

    def now(self) -> Instant | None:
        with self.reading() as connection:
            row = connection.one(
                "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint) as at"
            )
        return int(row["at"]) if row else None

    def lanes(self, writer: int) -> Lanes | None:
        if self._cluster:
            with self.reading() as connection:
                self._lanes = lanes.read(connection.rows(lanes.SHARDS), writer)
        return self._lanes

    def give_back(self, *, anew: bool = False) -> int:
        return 0  # autovacuum does it; an administrator's `vacuum full`, to the disk (docs)

    def close(self) -> None:
        with self._mutex:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close()

    def _begin(
        self, raw: "psycopg.Connection[Row]", marks: list[str]
    ) -> PostgreSQLConnection:
        lanes = self._lanes

        def near(person: str) -> tuple[int, list[Statement]]:
            """Mark and count where what is about *person* lies: on fewer workers."""
            assert lanes is not None
            node = lanes.node_of(person)
            if marks:
                marks[:] = lanes.marks(_new_mark, node)
            return lanes.slot(node), _opening(marks)

        return PostgreSQLConnection(
            raw, _opening(marks), writing=True, cluster=self._cluster,
            slot=secrets.randbelow(SLOTS) if lanes is None else lanes.slot(),
            near=None if lanes is None else near,
        )

    @staticmethod
    def _commit(connection: PostgreSQLConnection) -> None:
        connection.commit()

    @staticmethod
    def _sign(connection: Connection, marks: Sequence[str]) -> bool:
        # Waits for the earlier attempt, should the server still be at it.
        return bool(connection.run_many(
            "insert into written (id) values (:id) on conflict do nothing",
            [{"id": mark} for mark in marks],
        ))

    def _is_committed(self, marks: Sequence[str]) -> bool:
        """Return whether the transaction that left *marks* was committed, once it is over."""
        return not self.attempt(lambda c: self._sign(c, marks), repeatable=True)

    def _new_marks(self) -> list[str]:
        """Return a name that nobody else has; on a cluster two, for `Lanes.marks`' reason."""
        if self._lanes is not None:
            return self._lanes.marks(_new_mark)
        return [_new_mark()]

    def _count_write(self) -> None:
        self._writes += 1
        if self._writes % CLEAR_EVERY == 0:
            self.clear_marks()

    def clear_marks(self) -> None:
        """Delete marks that nobody can ask for any more."""
        oldest = _marks_at(time.time_ns() // 1_000_000 - MARKS_KEPT_MS)
        self.attempt(
            lambda c: c.run("delete from written where id < :oldest", {"oldest": oldest}),
            repeatable=True,
        )

    @contextlib.contextmanager
    def _lend(self) -> "Iterator[psycopg.Connection[Row]]":
        try:
            pool = self._opened()
            raw = pool.getconn()
        except psycopg_pool.PoolTimeout:
            raise Busy("no connection to the database is free") from None
        except psycopg.Error as error:
            raise translated(error) from error
        try:
            yield raw
        finally:
            pool.putconn(raw)

    def _opened(self) -> "psycopg_pool.ConnectionPool[psycopg.Connection[Row]]":
        pool = self._pool
        if pool is not None and self._pid == os.getpid():
            return pool
        with self._mutex:
            if self._pid != os.getpid():
                # Sockets must not cross a fork. Kept, because forgetting closes them.
                self._not_ours.append(self._pool)
                self._pool, self._pid = None, os.getpid()
            if self._pool is None:
                words: dict[str, Any] = {
                    "autocommit": True,  # transactions begin and end in words, as in SQLite
                    "row_factory": dict_row,
                    "prepare_threshold": self._options.prepare_threshold,
                    # A host that is gone is found out in seconds.
                    "connect_timeout": 3, "tcp_user_timeout": 10_000,
                    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
                    "application_name": "zhuanma",
                }
                # The pool would only say that it waited; this says why.
                with psycopg.Connection[Row].connect(self._options.conninfo, **words) as first:
                    self._cluster = configure(first)
                self._pool = psycopg_pool.ConnectionPool(
                    self._options.conninfo,
                    connection_class=psycopg.Connection[Row],
                    kwargs=words,
                    configure=_configured,
                    min_size=1,
                    max_size=self._options.pool_size,
                    timeout=self._patience_s,
                    reconnect_timeout=self._patience_s,
                    open=True,
                )
            return self._pool


def _configured(raw: "psycopg.Connection[Row]") -> None:
    configure(raw)


def _opening(marks: Sequence[str]) -> list[Statement]:
    named = {f"id_{place}": mark for place, mark in enumerate(marks)}
    return [_BEGIN, (_MARK[len(marks)], named)] if marks else [_BEGIN]


def _marks_at(milliseconds: int) -> str:
    return f"{milliseconds:012x}"


def _new_mark() -> str:
    """Return a name that nobody else has, led by the time so that old ones can go."""
    return _marks_at(time.time_ns() // 1_000_000) + secrets.token_hex(12)
