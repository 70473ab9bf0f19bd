# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""/readyz and a scan meet the same: what fails the one fails the other, and the text says why."""
import contextlib
import shutil
import sqlite3
import subprocess
import sys
import time
from typing import Any

import psycopg
import pytest
from disks import small_disk
from stores import KINDS, PostgresServer, new_service, pair

from attribution.deeds import Actor
from attribution.office.units import import_units
from attribution.rule import instants
from attribution.service import open_service
from attribution.settings import load_settings
from attribution.store import StoreError, open_store
from attribution.web.application import create_app
from qrgen.codes import Code, sign_code


class Visit:
    """A client of *service*, and a genuine code to scan."""

    def __init__(self, service):
        self.service = service
        self.client = create_app(service.settings, service).test_client()
        self.code = sign_code(Code("N07", 1, None), service.settings.code_keys)

    def ready(self):
        answer = self.client.get("/readyz")
        return answer.status_code, answer.get_data(as_text=True)

    def scan(self):
        return self.client.get(f"/q/{self.code}", headers={"User-Agent": PHONE}).status_code

    def count(self, table="scan"):
        with self.service.store.read() as connection:
            return connection.one(f"select count(*) as n from {table}")["n"]


PHONE = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"


@pytest.mark.parametrize("kind", KINDS)
def test_contract_who_asks_leaves_no_scan_and_no_count(kind, instance, tmp_path):
    with new_service(kind, instance, tmp_path) as service:
        visit = Visit(service)
        before = visit.count("tally")
        assert [(200, "ok\n")] * 3 == [visit.ready() for _ in range(3)]
        assert (0, before, 1) == (visit.count(), visit.count("tally"), visit.count("beat"))
        assert 200 == visit.scan()
        assert 1 == visit.count()


@contextlib.contextmanager
def locked(service, table):
    other: Any
    if service.store.database.dialect == "sqlite":
        other = sqlite3.connect(service.store.database.path, isolation_level=None)
        other.execute("begin immediate")
    else:
        other = psycopg.connect(service.store.database.url)
        other.execute(f"lock table {table} in access exclusive mode".encode())
    try:
        yield
    finally:
        other.close()


@pytest.mark.parametrize(("kind", "table"), [
    ("sqlite", ""), ("postgres", "scan"), ("postgres", "scan_default"), ("postgres", "tally"),
])
def test_contract_what_keeps_a_scan_waiting_is_told(kind, table, instance, tmp_path):
    with new_service(kind, instance, tmp_path) as service:
        visit = Visit(service)
        assert (200, "ok\n") == visit.ready()
        with locked(service, table):
            assert 503 == visit.scan()
            status, told = visit.ready()
            assert 503 == status and told.startswith("database: ")
        for _ in range(600):  # the vain attempt ends by itself
            if visit.ready() == (200, "ok\n"):
                break
            time.sleep(0.1)
        assert ((200, "ok\n"), 200) == (visit.ready(), visit.scan())


def test_readiness_finds_a_full_disk_of_the_file_when_scans_do(instance, tmp_path):
    with small_disk(tmp_path / "disk", "6m"):
        folder = tmp_path / "disk" / "instance"
        shutil.copytree(instance.folder, folder)
        service = open_service(load_settings(folder, environ={}))
        try:
            visit = Visit(service)
            assert (200, "ok\n") == visit.ready()
            filler = tmp_path / "disk" / "filler"
            filler.write_bytes(bytes(shutil.disk_usage(tmp_path / "disk").free))
            until_scans_fail(visit)
            status, told = visit.ready()
            assert 503 == status and "full" in told
            filler.unlink()
            assert ((200, "ok\n"), 200) == (visit.ready(), visit.scan())
        finally:
            service.close()


def until_scans_fail(visit):
    """Scan until ten in a row fail: what is left of a page takes some."""
    failed = 0
    for _ in range(3000):
        failed = failed + 1 if visit.scan() == 503 else 0
        if failed == 10:
            return
    raise AssertionError("the disk is not full")


@pytest.mark.skipif(sys.platform != "linux", reason="mounts as Linux does")
def test_readiness_finds_a_full_disk_of_the_server_when_scans_do(instance, tmp_path):
    """It wrote a row that changed in its place, and said ok while 114 of 120 scans failed."""
    server = PostgresServer().initialise().start()
    disk = server.folder / "disk"
    try:
        with small_disk(disk, "12m"):
            subprocess.run(["chown", "65534:65534", disk], check=True)
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                connection.execute(f"create tablespace small location '{disk}'".encode())
                connection.execute(b"create database ledger tablespace pg_default")
            service = open_service(
                load_settings(
                    instance.folder, environ={"ZHUANMA_DATABASE": server.url("ledger")}),
                migrating=True,
            )
            try:
                import_units(service.ledger, instants.now(), Actor("test"))
                move_scans(server.url("ledger"), "small")
                visit = Visit(service)
                assert ((200, "ok\n"), 200) == (visit.ready(), visit.scan())
                filler = disk / "filler"
                filler.write_bytes(bytes(shutil.disk_usage(disk).free))
                until_scans_fail(visit)
                status, told = visit.ready()
                assert 503 == status and "No space left on device" in told
                filler.unlink()
                assert ((200, "ok\n"), 200) == (visit.ready(), visit.scan())
            finally:
                service.close()
                server.remove()
    finally:
        server.remove()


def move_scans(url, tablespace):
    """Put the log of scans, its indexes too, on the small disk: all else has room."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            b"select relname, relkind::text from pg_class where relname like 'scan%'"
            b" and relkind in ('r', 'i') and relnamespace = 'public'::regnamespace"
        ).fetchall()
        for name, kind in tables:
            what = "table" if kind == "r" else "index"
            connection.execute(f"alter {what} {name} set tablespace {tablespace}".encode())


def test_a_standby_is_named():
    with pair() as (primary, standby):
        with psycopg.connect(primary.url("postgres"), autocommit=True) as connection:
            connection.execute(b"create database ledger")
        store = open_store(primary.url("ledger"))
        store.migrate()
        assert [] == store.unwell()
        store.close()
        reader = open_store(standby.url("ledger"))
        try:
            with pytest.raises(StoreError, match="a standby, which takes no writes"):
                reader.unwell()
        finally:
            reader.close()


@pytest.mark.parametrize(("answers", "told"), [
    ([("c", "w1", True), ("w1", "c", True)], []),
    ([("c", "w1", True), ("c", "w2", False), ("w1", "w2", False), ("w2", "c", None),
      ("w2", "w1", None)], ["worker w2:5432 does not answer"]),
    ([("w1", "w1", None)], ["worker w1:5432 does not answer"]),
], ids=["all there", "one is missing", "the only one is missing"])
def test_a_worker_that_a_cluster_lacks_is_named(postgres_service, answers, told):
    """There is no Citus here: a function of its name answers as its manual says."""
    rows = ", ".join(
        f"('{a}', 5432, '{b}', 5432, {'null::bool' if result is None else result})"
        for a, b, result in answers
    )
    with psycopg.connect(postgres_service.store.database.url, autocommit=True) as connection:
        connection.execute(f"""create function citus_check_cluster_node_health()
            returns table (from_nodename text, from_nodeport int, to_nodename text,
                to_nodeport int, result bool) language sql as $$ values {rows} $$""".encode())
    assert told == postgres_service.store.unwell()
    status, text = Visit(postgres_service).ready()
    # 200 all the same: else a balancer took every node out, and the others' share with it.
    assert (200, "".join(f"{line}\n" for line in ["ok", *(f"database: {t}" for t in told)])) == (
        status, text)
