"""
The engine for many nodes: PostgreSQL (and Citus) through psycopg 3 and its pool.

Here many transactions run at once, in many processes, and an answer can be lost on
the wire. What SQLite gives by having one writer is given by four habits:

* whoever judges a person first takes that person's *turn*, a row of its own on the
  person's shard, so two nodes never judge one person at the same moment;
* a transaction that must not be done twice leaves a *mark* under a number made
  before it began; when the answer to its commit is lost, the next attempt finds the
  mark and does nothing;
* what failed on a conflict or a lost connection is tried again for `PATIENCE_S`,
  which outlasts a failover, and then is Busy;
* counts are added just before the commit, in one order everywhere, so that a code
  that all the town scans makes nobody wait for longer than a commit.
"""
import contextlib
import copy
import os
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
import psycopg_pool
from psycopg.rows import dict_row

from attribution.store import migrations
from attribution.store.database import NONE, Busy, Connection, Parameters, Row, StoreError

T = TypeVar("T")

# How long one write is tried again. A supervised failover takes a few seconds.
PATIENCE_S = 10.0
# How long a statement waits for another's row before the visitor is told to wait.
LOCK_WAIT_S = 30
# Connections of one process; PostgreSQL itself has 100 unless told otherwise.
POOL_SIZE = 16
# Marks are for attempts of the last seconds; a day is more than any clock errs.
MARKS_KEPT_MS = 86_400_000
# One statement in so many writes clears old marks away.
CLEAR_EVERY = 4096
# Two servers starting at once must not both make the tables. Any number will do.
MIGRATION_LOCK = 71_042_022

# The whole session is set here, because none of it can be left to chance. A commit
# is answered after the disk has it (and the standby, where there is a synchronous
# one); a node that vanished must not keep its locks for the two hours of TCP's default.
_SESSION = f"""set lock_timeout = '{LOCK_WAIT_S}s';
    set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3;
    set timezone = 'UTC'; set standard_conforming_strings = on"""


class Conflict(Busy):
    """Another transaction was in the way, or the connection was lost: try again."""


@dataclass(frozen=True)
class _Options:
    """What our part of the URL says."""

    conninfo: str
    pool_size: int
    prepare_threshold: int | None


class PostgreSQLConnection:
    """A connection inside one open transaction."""

    def __init__(self, raw: "psycopg.Connection[Row]", *, writing: bool):
        self._raw = raw
        self._writing = writing
        self._held: set[tuple[str, str]] = set()
        self._later: dict[str, tuple[Callable[[Connection, Counter[Any]], None], Counter[Any]]] = {}

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        return max(self._execute(sql, parameters).rowcount, 0)

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        many = list(rows)
        if not many:
            return 0
        batch = _unnested(sql)
        if batch is None:
            return sum(self.run(sql, row) for row in many)
        # One statement whatever the number: 1.4 to 1.9 times executemany (findings).
        return self.run(*batch.filled(many))

    def rows(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        return self._execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        return self._execute(sql, parameters).fetchone()

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        later = copy.deepcopy(self._later)
        self._execute("savepoint one")
        try:
            yield
        except BaseException:
            self._later = later
            if not self._raw.closed:
                self._execute("rollback to one")
                self._execute("release one")
            raise
        self._execute("release one")

    def hold(self, campaign: str, persons: Sequence[str]) -> None:
        new = sorted({(campaign, person) for person in persons} - self._held)
        if not self._writing or not new:
            return
        # The row lock is the turn; the number only makes it an update. In the order of
        # the digests, so that two who hold several people cannot wait for each other.
        self.run_many(
            """insert into turn (campaign, person, turns) values (:campaign, :person, 1)
               on conflict (campaign, person) do update set turns = turn.turns + 1""",
            [{"campaign": campaign, "person": person} for campaign, person in new],
        )
        self._held.update(new)

    def later(
        self, key: str, amounts: Counter[Any], write: Callable[[Connection, Counter[Any]], None]
    ) -> None:
        if key not in self._later:
            self._later[key] = (write, Counter())
        self._later[key][1].update(amounts)

    def finish(self) -> None:
        """Do what comes last before the commit."""
        self.settle()
        if self._held:
            # Nobody ever sees these rows: they are waited for, and gone with the commit,
            # so that no list of people remains.
            persons = [person for _, person in self._held]
            self.run("delete from turn where person = any(:persons)", {"persons": persons})

    def settle(self) -> None:
        """Add the counts that were put off."""
        later, self._later = self._later, {}
        for _, (write, amounts) in sorted(later.items()):
            write(self, amounts)

    def _execute(self, sql: str, parameters: Parameters = NONE) -> "psycopg.Cursor[Row]":
        if self._later and "tally" in sql:
            self.settle()
        try:
            if parameters:
                return self._raw.execute(translate(sql), dict(parameters))
            return self._raw.execute(sql.encode())
        except psycopg.Error as error:
            raise _translated(error) from error


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
        self._options = _read_url(url)
        self._patience_s = patience_s
        self._pool: psycopg_pool.ConnectionPool[psycopg.Connection[Row]] | None = None
        self._pid = os.getpid()
        self._mutex = threading.Lock()
        self._writes = 0
        self._not_ours: list[object] = []

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        mark = _new_mark()
        with self._lend() as raw:
            try:
                connection = self._begin(raw, mark)
                yield connection
                connection.finish()
            except BaseException:
                _abandon(raw)
                raise
            try:
                self._commit(raw)
            except Conflict:
                if not self._is_committed(mark):
                    raise

    def attempt(self, action: Callable[[Connection], T], *, repeatable: bool = False) -> T:
        mark = None if repeatable else _new_mark()
        until = time.monotonic() + self._patience_s
        pause_s = 0.005
        outcome: list[T] = []
        while True:
            try:
                with self._lend() as raw:
                    try:
                        connection = self._begin(raw, mark if not outcome else None)
                        if outcome and mark is not None and not self._sign(connection, mark):
                            return outcome[0]  # the earlier attempt was committed after all
                        outcome[:] = [action(connection)]
                        connection.finish()
                    except BaseException:
                        _abandon(raw)
                        raise
                    self._commit(raw)
                self._count_write()
                return outcome[0]
            except Conflict:
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
                    if not _is_passing(error) or time.monotonic() > until:
                        raise _translated(error) from error
                    _abandon(raw)
                    continue
                try:
                    yield PostgreSQLConnection(raw, writing=False)
                finally:
                    _abandon(raw)
                return

    def migrate(self) -> list[str]:
        def act(connection: Connection) -> list[str]:
            connection.run("select pg_advisory_xact_lock(:key)", {"key": MIGRATION_LOCK})
            for statement in _OWN_TABLES:
                connection.run(statement)
            return migrations.apply(cast(Connection, _Defining(connection)), POSTGRESQL_WORDS)

        return self.attempt(act, repeatable=True)

    def close(self) -> None:
        with self._mutex:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close()

    def _begin(
        self, raw: "psycopg.Connection[Row]", mark: str | None
    ) -> PostgreSQLConnection:
        try:
            if mark is None:
                raw.execute("begin isolation level read committed")
            else:
                with raw.pipeline():  # one journey for both
                    raw.execute("begin isolation level read committed")
                    raw.execute("insert into written (id) values (%s)", (mark,))
        except psycopg.Error as error:
            raise _translated(error) from error
        return PostgreSQLConnection(raw, writing=True)

    @staticmethod
    def _sign(connection: Connection, mark: str) -> bool:
        # Waits for the earlier attempt, should the server still be at it.
        return bool(
            connection.run(
                "insert into written (id) values (:id) on conflict do nothing", {"id": mark}
            )
        )

    def _commit(self, raw: "psycopg.Connection[Row]") -> None:
        try:
            said = raw.execute("commit").statusmessage
        except psycopg.Error as error:
            raise _translated(error) from error
        if said != "COMMIT":
            # PostgreSQL undoes a transaction in which a statement failed, and calls that
            # a success. Nothing may be told as durable on the strength of it.
            raise StoreError("a statement of the transaction had failed; nothing was written")

    def _is_committed(self, mark: str) -> bool:
        """Return whether the transaction that left *mark* was committed, once it is over."""
        return not self.attempt(lambda c: self._sign(c, mark), repeatable=True)

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
            raise _translated(error) from error
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
                    _configure(first)
                self._pool = psycopg_pool.ConnectionPool(
                    self._options.conninfo,
                    connection_class=psycopg.Connection[Row],
                    kwargs=words,
                    configure=_configure,
                    min_size=1,
                    max_size=self._options.pool_size,
                    timeout=self._patience_s,
                    reconnect_timeout=self._patience_s,
                    open=True,
                )
            return self._pool


class _Defining:
    """
    Gives every text column the order of bytes while tables are made.

    That is SQLite's order and Python's; a database's own (zh_CN, en_US) would sort,
    page and compare otherwise than the code that continues "after the last key".
    """

    def __init__(self, connection: Connection):
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        if re.match(r"\s*(create|alter)\s+table\s", sql):
            sql = re.sub(r"\btext\b", 'text collate "C"', sql)
        return self._connection.run(sql, parameters)


# What only this engine needs; keyed by the person, as all that is about one.
_OWN_TABLES = (
    """create table if not exists turn (
        campaign text collate "C" not null,
        person text collate "C" not null,
        turns bigint not null,
        primary key (campaign, person)
    )""",
    'create table if not exists written (id text collate "C" primary key)',
    """create or replace function refuse_change() returns trigger language plpgsql as
       $$ begin raise exception '% is append-only', tg_argv[0]; end $$""",
)


def _append_only(table: str) -> list[str]:
    return [
        f"create trigger {table}_no_change before update or delete on {table}"
        f" for each row execute function refuse_change('{table}')",
        # Citus takes no trigger of this kind.
        f"""do $$ begin
            if not exists (select from pg_extension where extname = 'citus') then
                create trigger {table}_no_truncate before truncate on {table}
                    execute function refuse_change('{table}');
            end if; end $$""",
    ]


POSTGRESQL_WORDS = migrations.Words(instant="bigint", strict="", append_only=_append_only)

_NAMES = re.compile(r"""('(?:[^']|'')*'|--[^\n]*|::)|:([a-z_]\w*)|(%)""", re.IGNORECASE)


@lru_cache(maxsize=1024)
def translate(sql: str) -> bytes:
    """Return *sql* with ``:name`` written as psycopg wants it."""

    def word(found: "re.Match[str]") -> str:
        kept, name, _ = found.groups()
        if name:
            return f"%({name})s"
        return str(kept).replace("%", "%%") if kept else "%%"

    return _NAMES.sub(word, sql).encode()


_TYPES = {int: "bigint", str: "text", bytes: "bytea", float: "double precision"}

_INSERT = re.compile(
    r"\s*insert\s+into\s+(\w+)\s*\(([^()]*)\)\s*values\s*\(([^()]*)\)(.*)", re.DOTALL
)


@dataclass(frozen=True)
class _Batch:
    """An insert of many rows as one statement over arrays."""

    head: str
    values: tuple[str, ...]  # a parameter's name, or a literal
    tail: str

    def filled(self, rows: Sequence[Parameters]) -> tuple[str, dict[str, Any]]:
        arrays: dict[str, list[Any]] = {}
        sources, outputs = [], []
        for value in self.values:
            if not value.startswith(":"):
                outputs.append(value)
                continue
            name = value[1:]
            column = [row[name] for row in rows]
            sample = next((item for item in column if item is not None), None)
            if sample is None:
                outputs.append("null")  # no type, so it takes the column's
                continue
            outputs.append(f"t.{name}")
            if name not in arrays:
                sources.append((name, _TYPES[type(sample)]))
                arrays[name] = column
        if not sources:
            raise ValueError("an insert of many rows without a value")
        table = ", ".join(f":{name}::{kind}[]" for name, kind in sources)
        columns = ", ".join(name for name, _ in sources)
        return (
            f"{self.head} select {', '.join(outputs)} from unnest({table}) as t ({columns})"
            f" {self.tail}",
            arrays,
        )


@lru_cache(maxsize=256)
def _unnested(sql: str) -> _Batch | None:
    found = _INSERT.fullmatch(sql)
    if found is None:
        return None
    table, columns, values, tail = found.groups()
    listed = tuple(value.strip() for value in values.split(","))
    if not any(value.startswith(":") for value in listed):
        return None
    return _Batch(f"insert into {table} ({columns})", listed, tail)


def _configure(raw: "psycopg.Connection[Row]") -> None:
    """Make a new connection one that keeps the ledger's promises, or refuse it."""
    row = raw.execute(
        """select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
               current_setting('synchronous_commit') as sync"""
    ).fetchone()
    assert row is not None
    if row["fsync"] != "on" or row["pages"] != "on":
        raise psycopg.OperationalError(
            "the server runs with fsync or full_page_writes off and would lose acknowledged rows"
        )
    raw.execute(_SESSION.encode())
    if row["sync"] in ("off", "local"):
        raw.execute("set synchronous_commit = on")


def _abandon(raw: "psycopg.Connection[Row]") -> None:
    """Undo what is open; a connection that cannot is thrown away by the pool."""
    if raw.closed or raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        return
    try:
        raw.execute("rollback")
    except psycopg.Error:
        raw.close()


def _is_passing(error: psycopg.Error) -> bool:
    """Return whether the same again may well succeed in a moment."""
    state = error.sqlstate or ""
    return (
        state in ("40001", "40P01")  # serialisation, deadlock: PostgreSQL chose a victim
        or state in ("57P01", "57P02", "57P03", "25006")  # shut down, starting, now a standby
        or state.startswith("08")
        or (not state and isinstance(error, psycopg.OperationalError))  # the line is cut
    )


def _translated(error: psycopg.Error) -> StoreError:
    # Never the detail: it quotes the row, and with it a person.
    text = error.diag.message_primary or str(error).partition("\n")[0]
    if _is_passing(error):
        return Conflict(text)
    if error.sqlstate in ("55P03", "53300"):
        return Busy("the database is in use by another process")
    return StoreError(text)


def _marks_at(milliseconds: int) -> str:
    return f"{milliseconds:012x}"


def _new_mark() -> str:
    """Return a name that nobody else has, led by the time so that old ones can go."""
    return _marks_at(time.time_ns() // 1_000_000) + secrets.token_hex(12)


def _read_url(url: str) -> _Options:
    parts = urlsplit(url)
    size, prepare = POOL_SIZE, cast("int | None", 5)
    kept = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "pool_size":
            if not value.isdigit() or not 1 <= int(value) <= 500:
                raise ValueError("pool_size in the database's URL is a number from 1 to 500")
            size = int(value)
        elif name == "prepare_threshold":
            if value != "none" and not value.isdigit():
                raise ValueError("prepare_threshold in the database's URL is a number or none")
            prepare = None if value == "none" else int(value)
        else:
            kept.append((name, value))
    conninfo = urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote)))
    try:
        psycopg.conninfo.conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError as error:
        raise ValueError(f"the database's URL cannot be read: {str(error).strip()}") from None
    return _Options(conninfo, size, prepare)
