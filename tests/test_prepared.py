# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A connection on which something failed in a pipeline serves nobody after that."""
import contextlib
from functools import partial

import psycopg
import pytest
from stores import new_url

from attribution.store import Busy, StoreError, log, open_store
from attribution.store.engine import postgres

C = "dongshan"
AT = 1_900_000_000_000_000
# In words that the driver does not notice.
GONE = "do $$ begin execute 'deallocate all'; end $$"
AFTER = 7  # the driver prepares a statement at its sixth time


@pytest.fixture
def store(tmp_path):
    """A store whose pool is one connection: whoever comes next gets that one."""
    with new_url("postgres", tmp_path) as url:
        opened = open_store(f"{url}?pool_size=1")
        opened.migrate()
        yield opened
        opened.close()


def claim(store, number, connection):
    row = log.ClaimRow(store.next_id(AT), C, f"p{number}", AT, "A01", 1, None, None, False, "0001",
                    "c", "n", "other", token=f"t{number}")
    return log.add_claim(connection, row)


def impatient(store, number, connection):
    connection.run("set local lock_timeout = '20ms'")
    return claim(store, number, connection)


@contextlib.contextmanager
def locked(store, table):
    with psycopg.connect(store.database._options.conninfo) as other:
        other.execute(f"lock table {table} in access exclusive mode".encode())
        yield


def undone(connection):
    connection.one("select 1 as one")
    raise LookupError


@pytest.mark.parametrize("before", range(AFTER))
def test_claims_go_on_after_one_that_failed_at_its_end(store, before):
    """
    What is prepared in a pipeline after the statement that failed is not there, and the
    driver believes it is: every later claim on that connection failed, until a restart.
    """
    for _ in range(2):  # at its first rollback the driver forgets everything, later not
        with pytest.raises(LookupError):
            store.write(undone)
    for number in range(before):
        store.write(partial(claim, store, number))
    with locked(store, "tally"), pytest.raises(Busy):
        store.write(partial(impatient, store, 100))
    for number in range(200, 200 + AFTER):
        store.write(partial(claim, store, number))
    with store.read() as connection:
        assert before + AFTER == connection.one("select count(*) as n from claim")["n"]


@pytest.mark.parametrize("before", range(1, AFTER))
def test_claims_go_on_after_one_that_failed_at_its_beginning(store, before, monkeypatch):
    for _ in range(2):
        with pytest.raises(LookupError):
            store.write(undone)
    marks = []

    def mark():
        marks.append(new_mark())
        return marks[0] if len(marks) == before + 1 else marks[-1]  # one that stands

    new_mark = postgres._new_mark
    monkeypatch.setattr(postgres, "_new_mark", mark)
    for number in range(before):
        store.write(partial(claim, store, number))
    with pytest.raises(StoreError, match="duplicate key"):
        store.write(partial(claim, store, 100))
    for number in range(200, 200 + AFTER):
        store.write(partial(claim, store, number))
    with store.read() as connection:
        assert before + AFTER == connection.one("select count(*) as n from claim")["n"]


def test_a_statement_that_is_not_there_any_more_is_prepared_anew(store):
    """As when a pooler or somebody's `deallocate all` took it away."""
    for number in range(AFTER):
        store.write(partial(claim, store, number))
    with store.database._lend() as raw:
        raw.execute(GONE)
    assert store.write(partial(claim, store, 100))
    with store.read() as connection:
        assert AFTER + 1 == connection.one("select count(*) as n from claim")["n"]


def test_readers_get_over_a_statement_that_is_not_there_any_more(store):
    def read():
        with store.read() as connection:
            return connection.one("select count(*) as n from claim")["n"]

    for _ in range(AFTER):
        assert 0 == read()
    with store.database._lend() as raw:
        raw.execute(GONE)
    with contextlib.suppress(StoreError):
        read()
    assert [0] * AFTER == [read() for _ in range(AFTER)]
