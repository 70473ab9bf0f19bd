"""
A session with PostgreSQL: what our URL says, what is set or refused, what errors mean.
"""
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg

from attribution.faults import Code
from attribution.store.engine.database import Busy, NoEngine, Row, StoreError

# How long a statement waits for another's row before the visitor is told to wait: as long
# as for SQLite's file, for whoever stands before the poster knows no engines.
LOCK_WAIT_S = 5
# How long a migration waits for the one of another server that starts at the same time.
MIGRATION_WAIT_S = 120
# Connections of one process; PostgreSQL itself has 100 unless told otherwise.
POOL_SIZE = 16

# The whole session is set here, because none of it can be left to chance. A commit
# is answered after the disk has it (and the standby, where there is a synchronous
# one); a node that vanished must not keep its locks for the two hours of TCP's default.
_SESSION = f"""set lock_timeout = '{LOCK_WAIT_S}s';
    set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3;
    set timezone = 'UTC'; set standard_conforming_strings = on"""

# On a cluster: one connection to each worker for each of ours, however many shards a statement
# asks; so tables that lie whole on every node can be written after it, and what is set for a
# transaction (`store/triggers.py`) holds on the workers.
_CLUSTER = """set citus.multi_shard_modify_mode = 'sequential';
    set citus.propagate_set_commands = 'local'"""


# What a coordinator says where a worker's answer to the commit was lost.
_HALF = "could not commit transaction for shard"


class Conflict(Busy):
    """Another transaction was in the way, or the connection was lost: try again."""


@dataclass(frozen=True)
class Options:
    """What our part of the URL says."""

    conninfo: str
    pool_size: int
    prepare_threshold: int | None


def configure(raw: "psycopg.Connection[Row]") -> bool:
    """
    Make a new connection one that keeps the ledger's promises, or refuse it.

    Returns whether the server is the coordinator of a cluster.
    """
    row = raw.execute(
        """select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
               current_setting('synchronous_commit') as sync,
               exists (select from pg_extension where extname = 'citus') as cluster"""
    ).fetchone()
    assert row is not None
    if row["fsync"] != "on" or row["pages"] != "on":
        raise psycopg.OperationalError(
            "the server runs with fsync or full_page_writes off and would lose acknowledged rows"
        )
    raw.execute(_SESSION.encode())
    if row["sync"] in ("off", "local"):
        raw.execute("set synchronous_commit = on")
    if row["cluster"]:
        raw.execute(_CLUSTER)
    return bool(row["cluster"])


def abandon(raw: "psycopg.Connection[Row]") -> None:
    """Undo what is open; a connection that cannot is thrown away by the pool."""
    if raw.closed or raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        return
    try:
        raw.execute("rollback")
    except psycopg.Error:
        raw.close()


def mistrust(raw: "psycopg.Connection[Row]", error: psycopg.Error, *, piped: bool) -> None:
    """
    Close *raw* where the driver may believe what is not so any more after *error*.

    Of a pipeline that failed, what was to be prepared after the failed statement is not
    there, and the driver takes it for prepared: each later use fails, on this connection
    for ever. So does one whose statement went away, or whose plan is of an older schema.
    """
    if piped or error.sqlstate in ("26000", "0A000"):
        raw.close()


def is_passing(error: psycopg.Error) -> bool:
    """Return whether the same again may well succeed in a moment."""
    state = error.sqlstate or ""
    return (
        state in ("40001", "40P01")  # serialisation, deadlock: PostgreSQL chose a victim
        or state in ("57P01", "57P02", "57P03", "25006")  # shut down, starting, now a standby
        or state == "26000"  # a prepared statement that went away: `mistrust`
        or (state == "XX000" and _HALF in str(error))
        or state.startswith("08")
        or (not state and isinstance(error, psycopg.OperationalError))  # the line is cut
    )


def translated(error: psycopg.Error) -> StoreError:
    # Never the detail: it quotes the row, and with it a person.
    text = (error.diag.message_primary or str(error)).partition("\n")[0]
    if (error.sqlstate or "").startswith("22"):
        text = text.partition(":")[0]  # behind it stands the value that did not fit
    if is_passing(error):
        return Conflict(text)
    if error.sqlstate in ("55P03", "53300"):
        return Busy("the database is in use by another process")
    return StoreError(text)


def read_url(url: str) -> Options:
    parts = urlsplit(url)
    if parts.netloc.count("@") > 1:  # its other half would be told as a host that is not found
        raise NoEngine(Code.URL_AT)
    size, prepare = POOL_SIZE, cast("int | None", 5)
    kept = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "pool_size":
            if not value.isdigit() or not 1 <= int(value) <= 500:
                raise NoEngine(Code.URL_POOL_SIZE)
            size = int(value)
        elif name == "prepare_threshold":
            if value != "none" and not value.isdigit():
                raise NoEngine(Code.URL_PREPARE)
            prepare = None if value == "none" else int(value)
        else:
            kept.append((name, value))
    conninfo = urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote)))
    try:
        psycopg.conninfo.conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError as error:
        why = str(error).partition(":")[0].strip()  # behind it a piece of the URL is quoted
        raise NoEngine(Code.URL_UNREADABLE, why=why) from None
    return Options(conninfo, size, prepare)
