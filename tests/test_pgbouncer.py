# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A real pgbouncer that lends a connection a transaction: four for all of us."""
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bench_load
import psycopg
import pytest
from needs import UNIX
from stores import new_database

from attribution.rule import instants
from attribution.store import log, open_store, tallies

C = "dongshan"
AT = 1_900_000_000_000_000

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no pgbouncer here"),
    pytest.mark.skipif("ZHUANMA_TEST_DATABASE" in os.environ, reason="not on a server of others"),
]


@pytest.fixture
def bouncer():
    """The URL of a new database behind a pgbouncer in transaction mode."""
    direct = urlsplit(new_database())
    name = direct.path[1:]
    # As docs/scale.md says: what a session sets does not last.
    with psycopg.connect(direct.geturl(), autocommit=True) as connection:
        connection.execute(f"alter database {name} set synchronous_commit = on".encode())
    port = bench_load.free_port()
    # It refuses to be root, and another may not look into a folder of pytest's.
    place = Path(tempfile.mkdtemp(prefix="zhuanma-pgbouncer-"))
    place.chmod(0o755)
    who: dict[str, Any] = {}
    if UNIX.geteuid() == 0:
        who = {"user": 65534, "group": 65534, "extra_groups": []}
    (place / "users.txt").write_text('"zhuanma" ""\n')
    (place / "pgbouncer.ini").write_text(f"""[databases]
{name} = host=127.0.0.1 port={direct.port} dbname={name} user=zhuanma
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {place}/users.txt
pool_mode = transaction
default_pool_size = 4
""")
    assert PROGRAM is not None
    process = subprocess.Popen(
        [PROGRAM, "-q", str(place / "pgbouncer.ini")], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, **who,
    )
    try:
        bench_load.wait_for(port, process)
        yield f"postgresql://zhuanma@127.0.0.1:{port}/{name}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(place)


def test_all_of_it_works_behind_a_pooler(bouncer):
    store = open_store(bouncer + "?prepare_threshold=none&pool_size=16")
    try:
        store.migrate()
        store.prepare(instants.now())

        def visit(number):
            for turn in range(8):
                made = log.Scan(store.next_id(AT), C, AT, "A01", 1, None, "n", "other")
                store.append_scan(made, 0)
                claim = log.ClaimRow(
                    store.next_id(AT), C, f"p{number}", AT, "A01", 1, None, None, False, "0001",
                    "c", "n", "other", token=f"t{number}-{turn}",
                )
                store.write(partial(log.add_claim, claim=claim))

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(visit, range(16)))
        with store.read() as connection:
            assert {"scan": 128, "claim": 128, "claimant": 16} == tallies.by_kind(connection, C)
            assert tallies.recorded(connection, C) == tallies.counted(connection, C)
            row = connection.one(
                """select current_setting('synchronous_commit') as sync,
                       (select count(*) from pg_stat_activity
                        where usename = 'zhuanma' and datname = current_database()) as n"""
            )
            assert row is not None and row["sync"] == "on" and row["n"] <= 4
    finally:
        store.close()
