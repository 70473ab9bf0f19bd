# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What only PostgreSQL can do to a ledger: lost answers, victims, poolers, a careless server."""
import contextlib
import os
import threading
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from needs import UNIX
from stores import new_database, new_store, server_url

from attribution.settings import load_settings
from attribution.store import Busy, StoreError, audit_log, log, open_store, staff
from attribution.store.engine import postgres
from attribution.store.engine.postgres_session import Conflict
from attribution.store.engine.postgres_words import translate
from qrgen.shell import Fault

AT = 1_900_000_000_000_000


@pytest.fixture
def store(tmp_path):
    with new_store("postgres", tmp_path) as opened:
        yield opened


def names(store):
    with store.read() as connection:
        return [row["name"] for row in staff.accounts(connection)]


def add(connection, name="ann"):
    return staff.add_account(connection, name, "x", "office", AT)


def end_session(connection):
    """Have the server end the session of *connection*, as a failover does."""
    pid = connection.one("select pg_backend_pid() as pid")["pid"]
    with psycopg.connect(server_url(), autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", (pid,))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a = :a and b = :a_1", "a = %(a)s and b = %(a_1)s"),
        ("':a' || :a", "':a' || %(a)s"),
        ("'it''s :a' = :a", "'it''s :a' = %(a)s"),
        ("x::text = :a::text", "x::text = %(a)s::text"),
        ("x like '5%' and y % 2 = :a", "x like '5%%' and y %% 2 = %(a)s"),
        ("x = :a -- who's :b, 5%\nand y = :c", "x = %(a)s -- who's :b, 5%%\nand y = %(c)s"),
    ],
)
def test_parameters_are_translated_and_nothing_else(sql, expected):
    assert expected == translate(sql).decode()


def test_every_session_is_durable_and_patient(store):
    with store.transaction() as connection:
        row = connection.one(
            """select current_setting('synchronous_commit') as sync,
                   current_setting('lock_timeout') as wait,
                   current_setting('transaction_isolation') as isolation"""
        )
    assert {"sync": "on", "wait": "5s", "isolation": "read committed"} == row


def test_a_session_that_would_not_wait_for_the_disk_is_made_to(tmp_path):
    url = new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"alter database {name} set synchronous_commit = off".encode())
    store = open_store(url)
    try:
        store.migrate()
        with store.read() as connection:
            row = connection.one("select current_setting('synchronous_commit') as sync")
        assert {"sync": "on"} == row
    finally:
        store.close()


@pytest.mark.skipif("ZHUANMA_TEST_DATABASE" in os.environ, reason="not on a server of others")
def test_a_server_that_never_syncs_is_refused(store):
    def setting(value):
        with psycopg.connect(server_url(), autocommit=True) as connection:
            connection.execute(f"alter system set fsync = {value}".encode())
            connection.execute("select pg_reload_conf()")
        for _ in range(200):
            with psycopg.connect(server_url()) as connection:
                row = connection.execute("show fsync").fetchone()
            if row == (value,):
                return

    other = open_store(server_url())
    setting("off")
    try:
        with pytest.raises(StoreError, match="fsync"):
            other.missing_migrations()
    finally:
        setting("on")
        other.close()


def test_a_write_whose_session_ends_is_done_again(store):
    """As when the primary goes away in the middle of a claim."""
    attempts = []

    def act(connection):
        attempts.append(1)
        add(connection)
        if len(attempts) == 1:
            end_session(connection)
        connection.one("select 1 as one")
        return len(attempts)

    assert 2 == store.write(act)
    assert ["ann"] == names(store)


def lose_the_answer(monkeypatch, before):
    """Let the first commit's answer get lost: *before* says whether it was carried out."""
    commit = postgres.PostgreSQL._commit
    lost: list[int] = []

    def losing(connection):
        if lost:
            return commit(connection)
        lost.append(1)
        if before == "committed":
            commit(connection)
        connection.raw.close()
        raise Conflict("the connection was lost")

    monkeypatch.setattr(postgres.PostgreSQL, "_commit", staticmethod(losing))


@pytest.mark.parametrize("state", ["committed", "undone"])
def test_a_write_whose_answer_is_lost_is_written_once(store, monkeypatch, state):
    """Killed between commit and answer: whatever the database did, it ends up done once."""
    store.next_id(AT)
    lose_the_answer(monkeypatch, state)
    done = []

    def act(connection):
        done.append(1)
        number = len(done)
        audit_log.append(connection, 100 + number, AT, "ann", "test", "")
        return number

    result = store.write(act)
    with store.read() as connection:
        rows = connection.rows("select id from audit")
    assert [100 + result] == [row["id"] for row in rows]
    assert (1 if state == "committed" else 2) == result


@pytest.mark.parametrize("state", ["committed", "undone"])
def test_an_import_whose_answer_is_lost_tells_the_truth(store, monkeypatch, state):
    store.next_id(AT)
    lose_the_answer(monkeypatch, state)
    try:
        with store.transaction() as connection:
            add(connection)
        told = True
    except Busy:
        told = False
    assert told == (state == "committed") == (["ann"] == names(store))


def test_a_scan_whose_answer_is_lost_counts_once(store, monkeypatch):
    store.next_id(AT)
    lose_the_answer(monkeypatch, "committed")
    store.append_scan(log.Scan(store.next_id(AT), "c", AT, "A01", 1, None, "n", "other"), 0)
    with store.read() as connection:
        assert {"n": 1} == connection.one("select count(*) as n from scan")
        assert {"n": 1} == connection.one("select n from tally")


def test_victims_of_a_deadlock_are_tried_again(store):
    """Two nodes that hold two people in opposite orders: PostgreSQL ends one, we repeat it."""
    together = threading.Barrier(2, timeout=20)
    attempts = []

    def act(first, second):
        def hold(connection):
            attempts.append(first)
            connection.hold("c", [first])
            if len(attempts) <= 2:
                together.wait()
            connection.hold("c", [second])
            add(connection, first)

        store.write(hold)

    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute("select 1")
    threads = [threading.Thread(target=act, args=pair) for pair in (("a", "b"), ("b", "a"))]
    store.next_id(AT)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ["a", "b"] == sorted(names(store))
    assert 3 == len(attempts)


def test_retries_end(monkeypatch):
    """Nobody waits for ever: after the patience it is Busy, and the page says try again."""
    clock = [0.0]
    monkeypatch.setattr(postgres, "time", SimpleNamespace(
        monotonic=lambda: clock[0], sleep=lambda s: clock.__setitem__(0, clock[0] + s),
        time_ns=time.time_ns))
    database = postgres.PostgreSQL(new_database(), patience_s=0.2)
    attempts = []

    def act(connection):
        attempts.append(1)
        raise Conflict("in the way")

    try:
        with pytest.raises(Busy):
            database.attempt(act, repeatable=True)
    finally:
        database.close()
    assert 2 < len(attempts) < 50


def test_a_transaction_with_a_failed_statement_is_never_told_as_written(store):
    """PostgreSQL answers COMMIT of such a transaction with a friendly ROLLBACK."""

    def act(connection):
        add(connection)
        with contextlib.suppress(StoreError):
            connection.run("insert into account (name) values ('bad')")

    with pytest.raises(StoreError, match="nothing was written"):
        store.write(act)
    assert [] == names(store)


def test_a_reader_gets_over_connections_that_died_while_idle(store):
    add_two = [store.write(lambda c, n=n: add(c, n)) for n in ("ann", "bob")]
    assert all(add_two)
    with psycopg.connect(server_url(), autocommit=True) as other:
        with store.read() as connection:
            name = connection.one("select current_database() as name")["name"]
        other.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
            (name,),
        )
    assert ["ann", "bob"] == names(store)


def test_whose_turn_it_was_is_kept_nowhere(store):
    """A list of everybody who was judged would outlive their wish to be forgotten."""
    store.write(lambda c: c.hold("c", ["p", "q"]))
    with store.read() as connection:
        assert connection.one("select 1 as one from turn") is None


def test_a_person_who_is_held_is_waited_for(store):
    held, order = threading.Event(), []

    def first(connection):
        connection.hold("c", ["p"])
        held.set()
        thread.join(0.3)
        order.append("first")  # still alone: the other is told only after this commits

    def second():
        held.wait(20)
        store.write(lambda c: c.hold("c", ["p"]))
        order.append("second")

    store.next_id(AT)
    thread = threading.Thread(target=second)
    thread.start()
    store.write(first)
    thread.join(20)
    assert ["first", "second"] == order


def test_old_marks_are_cleared_and_young_ones_kept(store):
    store.write(add)
    store.write(lambda c: c.run("insert into written (id) values ('0000000000ffold')"))
    store.database.clear_marks()
    with store.read() as connection:
        ids = [row["id"] for row in connection.rows("select id from written")]
    assert ids and "0000000000ffold" not in ids


def test_a_pooler_gets_no_prepared_statements(tmp_path):
    """pgbouncer lends a connection a transaction: names prepared in one are not in the next."""
    url = new_database()
    store = open_store(url + "?prepare_threshold=none&pool_size=1&application_name=zhuanma")
    try:
        store.migrate()
        for n in range(12):
            store.write(partial(add, name=f"a{n}"))
        with store.read() as connection:
            row = connection.one("select count(*) as n from pg_prepared_statements")
        assert {"n": 0} == row
    finally:
        store.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql://h/d?pool_size=none", "postgresql://h/d?pool_size=0",
     "postgresql://h/d?prepare_threshold=x", "postgresql://h/d?no_such_word=1"],
)
def test_a_wrong_url_is_refused_at_once(url):
    with pytest.raises(ValueError, match="database's URL"):
        open_store(url)


def test_a_server_that_is_not_there_says_so(instance):
    from attribution.service import open_service

    url = "postgresql://zhuanma@127.0.0.1:1/none"
    settings = load_settings(instance.folder, environ={"ZHUANMA_DATABASE": url})
    with pytest.raises(Fault, match="cannot be opened"):
        open_service(settings)


def test_a_forked_worker_opens_its_own_connections(store):
    """A socket shared by two processes mixes up their answers."""
    store.write(add)
    child = UNIX.fork()
    if not child:
        status = 1
        try:
            store.write(lambda c: bool(add(c, "child")))
            status = 0
        finally:
            os._exit(status)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    store.write(lambda c: add(c, "parent"))
    assert ["ann", "child", "parent"] == names(store)


def test_several_nodes_need_shared_limits_and_a_shared_database(instance):
    def load(**environ):
        return load_settings(instance.folder, environ=environ)

    shared = {"ZHUANMA_DATABASE": "postgresql://h/d", "ZHUANMA_REDIS_URL": "redis://h"}
    assert 1 == load().nodes
    assert (2, "redis://h") == (
        load(ZHUANMA_NODES="2", **shared).nodes, load(ZHUANMA_NODES="2", **shared).redis_url
    )
    with pytest.raises(Fault, match="no redis_url"):
        load(ZHUANMA_NODES="2", ZHUANMA_DATABASE="postgresql://h/d")
    with pytest.raises(Fault, match="a file of this machine"):
        load(ZHUANMA_NODES="2", ZHUANMA_REDIS_URL="redis://h")
    with pytest.raises(Fault, match="nodes must be"):
        load(ZHUANMA_NODES="0")


def test_statements_need_no_more_than_citus_has():
    """What it refuses is in no statement of ours: recursion, row locks, modifying queries."""
    store = Path(postgres.__file__).parent
    texts = {path.name: path.read_text(encoding="utf-8").lower() for path in store.glob("*.py")}
    for name, text in texts.items():
        for word in ("with recursive", "for update", "for share", "returning ", "nextval"):
            assert word not in text, (name, word)
