"""
Ledgers on a real distributed PostgreSQL (Citus), where ZHUANMA_TEST_CITUS names a cluster.

Its value is the URL of any database on the coordinator that knows its workers, of a user who
may create databases and roles there and on them. To make and distribute all tables takes many
seconds, so a database is made once a process, owned by an ordinary role, and emptied between
tests; what the migrations put into it is put back.
"""
import atexit
import contextlib
import os
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.rows import dict_row

from attribution.store import cluster, open_store

VARIABLE = "ZHUANMA_TEST_CITUS"
# Who owns the tables: not a superuser, to whom nothing is forbidden.
ROLE = "zhuanma_tests"
# Two on each of two workers: enough for every statement that must cross them.
SHARDS = 4

_numbers = count(1)
_free: list[str] = []
_made: list[str] = []
_first: dict[str, list[tuple[str, list[dict[str, Any]]]]] = {}


def given() -> bool:
    return VARIABLE in os.environ


@contextlib.contextmanager
def ledger_url() -> Iterator[str]:
    """Give the URL of a migrated, distributed, empty ledger."""
    url = _free.pop() if _free else _new_ledger()
    try:
        yield url
    finally:
        _empty(url)
        _free.append(url)


@contextlib.contextmanager
def bare_url(*, shards: int = SHARDS) -> Iterator[str]:
    """Give the URL of a database of the cluster without any table."""
    url = _new_database(shards)
    try:
        yield url
    finally:
        _drop(url)
        _made.remove(url)


@contextlib.contextmanager
def plain_url() -> Iterator[str]:
    """Give the URL of a database of the coordinator's server that is no cluster's."""
    name = f"zhuanma_{os.getpid()}_{next(_numbers)}"
    _made_role()
    with psycopg.connect(os.environ[VARIABLE], autocommit=True) as connection:
        connection.execute(_sql("create database {} owner {}", name, ROLE))
    url = at(_host(os.environ[VARIABLE]), f"postgresql:///{name}", owner=True)
    _made.append(url)
    try:
        yield url
    finally:
        _drop(url)
        _made.remove(url)


def nodes() -> list[tuple[str, int]]:
    """Return host and port of the coordinator and of each worker."""
    with psycopg.connect(os.environ[VARIABLE], autocommit=True) as connection:
        workers = connection.execute(
            "select nodename, nodeport from pg_dist_node"
            " where noderole = 'primary' and groupid <> 0 order by nodeport"
        ).fetchall()
    return [_host(os.environ[VARIABLE]), *((str(host), int(port)) for host, port in workers)]


def at(node: tuple[str, int], url: str, *, owner: bool = False) -> str:
    """Return *url* as it is on *node*, of the tests' user or of the tables' owner."""
    there = urlsplit(os.environ[VARIABLE])
    user = ROLE if owner else there.netloc.rpartition("@")[0]
    return urlunsplit(there._replace(
        netloc=f"{user}@{node[0]}:{node[1]}" if user else f"{node[0]}:{node[1]}",
        path=urlsplit(url).path,
    ))


def _host(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "localhost", parts.port or 5432


def _new_database(shards: int = SHARDS) -> str:
    name = f"zhuanma_{os.getpid()}_{next(_numbers)}"
    path = f"postgresql:///{name}"
    first, *workers = nodes()
    _made_role()
    for node in (first, *workers):
        with psycopg.connect(at(node, os.environ[VARIABLE]), autocommit=True) as connection:
            connection.execute(_sql("create database {} owner {}", name, ROLE))
        with psycopg.connect(at(node, path), autocommit=True) as connection:
            connection.execute("create extension citus")
    with psycopg.connect(at(first, path), autocommit=True) as connection:
        connection.execute("select citus_set_coordinator_host(%s, %s)", first)
        for worker in workers:
            connection.execute("select citus_add_node(%s, %s)", worker)
        connection.execute(_sql(f"alter database {{}} set citus.shard_count = {shards}", name))
    url = at(first, path, owner=True)
    _made.append(url)
    return url


@lru_cache(maxsize=1)
def _made_role() -> None:
    for node in nodes():
        with psycopg.connect(at(node, os.environ[VARIABLE]), autocommit=True) as connection:
            there = connection.execute("select from pg_roles where rolname = %s", [ROLE]).fetchone()
            if there is None:
                connection.execute(_sql("create role {} login", ROLE))
    atexit.register(_drop_all)


def _new_ledger() -> str:
    url = _new_database()
    store = open_store(url)
    store.migrate()
    cluster.distribute(store.database, cluster.due(store.database))
    store.close()
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        _first[url] = [
            (table, rows) for table in _tables(connection)
            if (rows := connection.execute(_sql("select * from {}", table)).fetchall())
        ]
    return url


def _empty(url: str) -> None:
    """
    Make the ledger at *url* what it was, whatever a test wrote and whatever protects it.

    Each node empties its own shards: through the coordinator it is some hundred commits of all.
    """
    administrator = at(_host(url), url)
    with psycopg.connect(administrator, autocommit=True, row_factory=dict_row) as connection:
        back = [
            (table, rows) for table, rows in _first[url]
            if connection.execute(_sql("select * from {}", table)).fetchall() != rows
        ]
        kept = {table for table, _ in _first[url]} - {table for table, _ in back}
        by_node: dict[tuple[str, int], list[str]] = {}
        for row in connection.execute(
            # Not `citus_shards`, which weighs each of them.
            """select logicalrelid::text as name,
                   shard_name(logicalrelid, shardid) as shard_name, nodename, nodeport
               from pg_dist_shard join pg_dist_placement using (shardid)
                   join pg_dist_node using (groupid)
                   join pg_class on pg_class.oid = logicalrelid
               where noderole = 'primary' and not relispartition"""
        ):
            if row["name"] not in kept:
                by_node.setdefault((row["nodename"], row["nodeport"]), []).append(row["shard_name"])
        for node, shards in by_node.items():
            deletes = "".join(f"delete from {shard}; " for shard in shards)
            with psycopg.connect(at(node, url)) as there:
                there.execute("set local session_replication_role = 'replica'")
                there.execute(_sql("do $$ begin {} end $$", deletes))
        for table, rows in back:
            columns = ", ".join(rows[0])
            for row in rows:
                places = ", ".join(f"%({name})s" for name in row)
                connection.execute(
                    _sql("insert into {} ({}) values ({})", table, columns, places), row
                )


def _tables(connection: "psycopg.Connection[dict[str, Any]]") -> list[str]:
    return [str(row["name"]) for row in connection.execute(
        """select logicalrelid::text as name from pg_dist_partition
           join pg_class on pg_class.oid = logicalrelid
           where not relispartition order by partmethod, 1"""
    )]


def _drop(url: str) -> None:
    name = urlsplit(url).path[1:]
    for node in nodes():
        with psycopg.connect(at(node, os.environ[VARIABLE]), autocommit=True) as connection:
            connection.execute(_sql("drop database if exists {} with (force)", name))


def _drop_all() -> None:
    for url in _made:
        with contextlib.suppress(psycopg.Error):
            _drop(url)


def _sql(text: str, *names: str) -> bytes:
    """Return *text* with *names*, which are ours, in its places."""
    return text.format(*names).encode()
