# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
What a distributed PostgreSQL asks of the tables, read from a real catalog; and, where
ZHUANMA_TEST_CITUS names a coordinator, the tables and statements on a real cluster.
"""
import contextlib
import re
from pathlib import Path
from typing import Any

import cluster_stores
import psycopg
import pytest
from factories import make_phone
from psycopg.rows import dict_row
from stores import new_store
from test_one_time import CONSOLE, password_in
from visitors import Fields, code_of, scan, send

from attribution.deeds import Actor
from attribution.office.units import import_units
from attribution.rule import instants
from attribution.service import open_service
from attribution.settings import load_settings
from attribution.store import (
    StoreError,
    cluster,
    log,
    open_store,
    partitions,
    tallies,
    transfer,
)
from attribution.store.engine import postgres_session
from attribution.store.engine.database import NONE
from attribution.store.engine.postgres_connection import PostgreSQLConnection
from attribution.store.engine.postgres_words import translate
from attribution.upkeep import distributing
from attribution.web.application import create_app

C = "dongshan"
AT = 1_900_000_000_000_000
ROOT = Path(__file__).parent.parent


@pytest.fixture
def store(tmp_path):
    with new_store("postgres", tmp_path) as opened:
        yield opened


def test_every_table_has_a_place_that_citus_would_take(store):
    with store.read() as connection:
        assert [] == cluster.refused(connection)
        there = {row["name"] for row in connection.rows(cluster._TABLES)}
    assert there == {place.table for place in cluster.places()}
    assert cluster.SPREAD.keys() | cluster.WHOLE <= there


def test_a_table_is_given_its_place_by_whoever_makes_it(monkeypatch):
    """By default it would lie whole on every node, and be noticed when it is too long for that."""
    lists = [
        cluster.SPREAD.keys(), cluster.WHOLE,
        {place.table for place in cluster.places() if place.column == "person"},
    ]
    assert len(cluster.places()) == sum(map(len, lists)) == len(set().union(*lists))
    made = (*transfer.tables(), transfer.LedgerTable("more", ("campaign", "id"), log=True))
    monkeypatch.setattr(cluster, "tables", lambda: made)
    assert "more" not in {place.table for place in cluster.places()}  # so `refused` names it


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("create table more (id text primary key)", "more: has no place"),
        ("create unique index one_scan on scan_default (id)", None),  # its own affair
        ("create unique index one_kind on tally (campaign, unit, day, kind)",
         "tally: one_kind is unique without slot"),
        ("create unique index one_last4 on claim (campaign, last4)",
         "claim: one_last4 is unique without person"),
        ("alter table account add foreign key (name) references form (token)",
         "account: account_name_fkey refers to the distributed form"),
        ("alter table fact add foreign key (batch) references receipt (digest)",
         "fact: fact_batch_fkey refers to the distributed receipt"),
        ("alter table fact add foreign key (campaign, person) references standing", None),
        ("alter table fact add foreign key (campaign, batch) references batch", None),
    ],
)
def test_what_citus_would_refuse_is_found(store, sql, told):
    """A check that finds nothing proves nothing."""
    store.write(lambda c: c.run(sql))
    with store.read() as connection:
        assert ([told] if told else []) == cluster.refused(connection)


def test_a_person_is_on_one_shard_and_nothing_is_unique_across(store):
    about_people = {place.table for place in cluster.places() if place.column == "person"}
    assert {"claim", "claim_event", "fact", "credit", "adjustment", "standing", "turn"} <= (
        about_people
    )
    assert {"claim"} == {p.beside for p in cluster.places() if p.column == "person"} - {""}
    for table in transfer.tables():
        place = next(p for p in cluster.places() if p.table == table.name)
        assert place.column is None or place.column in table.key, table.name


def test_the_statements_can_be_had_without_a_database(capsys):
    from attribution.cli import main

    assert 0 == main(["migrate", "--citus-sql"])
    lines = capsys.readouterr().out.split(";\n")[:-1]
    assert cluster.statements() == lines
    assert "select create_distributed_table('scan', 'id', colocate_with => 'none')" in lines
    assert "select create_distributed_table('fact', 'person', colocate_with => 'claim')" in lines
    # What others refer to or lie beside comes before them.
    assert lines.index("select create_reference_table('account')") < lines.index(
        "select create_reference_table('proposal_answer')"
    )
    assert lines.index(
        "select create_distributed_table('claim', 'person', colocate_with => 'none')"
    ) == next(n for n, line in enumerate(lines) if "'person'" in line)


def test_the_manual_names_the_long_tables():
    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for table, column in cluster.SPREAD.items():
        assert re.search(rf"`{table}` by `{column}`", text), table


def test_a_server_without_citus_says_so(postgres_service, capsys):
    from attribution.cli import main

    folder = postgres_service.settings.instance
    url = postgres_service.store.database.url
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHUANMA_DATABASE", url)
        assert 1 == main(["migrate", "--citus", "--instance", str(folder)])
        assert "no Citus" in capsys.readouterr().err
        patch.setenv("ZHUANMA_DATABASE", "sqlite:///" + str(folder / "other.db"))
        assert 2 == main(["migrate", "--citus", "--instance", str(folder)])


@pytest.fixture
def spread(tmp_path):
    """A ledger on a real cluster, where one is named."""
    if not cluster_stores.given():
        pytest.skip(f"{cluster_stores.VARIABLE} names no cluster")
    with new_store("citus", tmp_path) as opened:
        yield opened


def test_a_distributed_ledger_has_every_table_in_its_place_and_the_logs_closed(spread):
    with spread.read() as connection:
        assert [] == cluster.refused(connection)
    assert [] == cluster.due(spread.database)
    assert distributing.close(spread)
    # Of the weeks that are made later too.
    spread.prepare(instants.now())
    spread.append_scan(log.Scan(spread.next_id(AT), C, AT, "A01", 1, None, "n", "other"), 0)
    with spread.read() as connection:
        weeks = [part.name for part in partitions.listing(connection)]
    assert len(weeks) > 20
    for table in ("claim", "scan", weeks[0], weeks[-1]):
        with pytest.raises(StoreError, match="permission denied"):
            spread.write(lambda c, table=table: c.run(f"truncate {table} cascade"))


def test_whom_nothing_is_forbidden_is_told_so(spread):
    url = cluster_stores.at(cluster_stores.nodes()[0], spread.database.url)
    superuser = open_store(url)
    try:
        assert not distributing.close(superuser)
    finally:
        superuser.close()


def issued(store, act, marks=None):
    """Return what the coordinator asks its workers for while *act* writes."""
    raw = psycopg.connect(store.database.url, autocommit=True, row_factory=dict_row)
    said = []
    try:
        postgres_session.configure(raw)
        raw.execute("set citus.log_remote_commands = on; set client_min_messages = notice")
        raw.add_notice_handler(lambda told: said.append(told.message_primary or ""))
        connection = store.database._begin(raw, marks or [])
        act(connection)
        connection.commit()
    finally:
        raw.close()
    return [text.removeprefix("issuing ") for text in said if text.startswith("issuing ")]


def test_a_batch_of_scans_is_one_worker_s_and_committed_once(spread):
    lanes = set()
    for _ in range(4):  # each with a number of its own
        store = open_store(spread.database.url)
        try:
            now = instants.now()
            scans = [
                log.Scan(store.scan_id(now), C, now, f"A{n % 7}", 1, None, "n", "other")
                for n in range(20)
            ]
            asked = issued(store, lambda c, scans=scans: log.add_scans(c, scans))
        finally:
            store.close()
        first, *tables, last = [re.split(r"[ ;]", text)[:3] for text in asked]
        assert ["BEGIN", ["COMMIT"]] == [first[0], last], asked
        assert ["scan", "tally"] == [
            re.sub(r".*\.|_\d+", "", table[2]) for table in tables
        ]
        lanes.add(tables[0][2])
    assert len(lanes) == 4  # all shards there are
    with spread.read() as connection:
        assert tallies.recorded(connection, C) == tallies.counted(connection, C)
        assert 80 == sum(tallies.recorded(connection, C).values())


def test_what_is_written_to_several_workers_is_committed_in_two_phases(spread):
    """Citus commits on one after the other where one of them was only read from before."""
    store = open_store(spread.database.url)
    try:
        store.next_id(AT)

        def act(connection):
            connection.rows("select person from claim where unit = 'A1'")  # on all workers
            for number in range(8):
                connection.run(
                    "insert into form (token, person, claim) values (:token, 'p', 1)",
                    {"token": f"t{number}"},
                )

        database: Any = store.database
        asked = issued(store, act, database._new_marks())
    finally:
        store.close()
    kinds = [text.split()[0] for text in asked]
    assert 2 == kinds.count("PREPARE"), asked
    assert not [text for text in asked if text.startswith("COMMIT") and " PREPARED " not in text]
    assert kinds.index("PREPARE") > kinds.index("SELECT")


def test_counts_that_lay_by_unit_are_laid_by_slot(spread):
    """A ledger that was distributed before; it goes on meanwhile, in two phases."""
    spread.write(lambda c: c.rows(
        "select alter_distributed_table('tally', distribution_column => 'unit')"
    ))
    store = open_store(spread.database.url)
    try:
        now = instants.now()
        store.append_scan(log.Scan(store.scan_id(now), C, now, "A1", 1, None, "n", "o"), 0)
        due = cluster.due(store.database)
        assert [("tally", True)] == [(place.table, place.moved) for place in due]
        cluster.distribute(store.database, due)
        assert [] == cluster.due(store.database)
        with store.read() as connection:
            assert tallies.recorded(connection, C) == tallies.counted(connection, C)
    finally:
        store.close()


def test_rows_of_one_statement_go_each_to_its_shard_and_only_new_ones_count(spread):
    """Over arrays a cluster answers how many were selected: a repeated scan counted twice."""
    scans = [
        log.Scan(spread.next_id(AT), C, AT, f"A{n % 7}", 1, None, "n", "other")
        for n in range(1200)  # more than one statement takes
    ]
    spread.write(lambda c: log.add_scans(c, scans))
    with pytest.raises(log.SomeThere):
        spread.write(lambda c: log.add_scans(c, scans[:3]))
    spread.write(lambda c: log.add_scans(c, scans[:3], again=True))
    with spread.read() as connection:
        assert 1200 == sum(tallies.recorded(connection, C).values())
        assert tallies.recorded(connection, C) == tallies.counted(connection, C)


def tasks_of(store, asked):
    """Return statement -> for how many shards it is, by the coordinator's own plan."""
    found = {}
    with psycopg.connect(store.database.url, autocommit=True, row_factory=dict_row) as raw:
        postgres_session.configure(raw)
        for sql, parameters in asked:
            told = " ".join(sql.split())
            if told in found or not re.match("(?:select|insert|update|delete) ", told):
                continue
            execute: Any
            if isinstance(parameters, dict):
                execute, text = raw.execute, translate(sql)
            else:
                execute = psycopg.RawCursor(raw, row_factory=dict_row).execute
                text = sql.encode()
            plan = execute(b"explain " + text, parameters or None)
            lines = "\n".join(row["QUERY PLAN"] for row in plan.fetchall())
            found[told] = sum(map(int, re.findall(r"Task Count: (\d+)", lines)))
    return found


def test_a_resident_s_request_asks_one_shard(spread, instance, monkeypatch, capfd):
    """Of all shards it would be asked in turn, on every worker, and written in two phases."""
    asked = []
    execute, listed = PostgreSQLConnection._execute, PostgreSQLConnection._execute_listed

    def noted(self, sql, parameters=NONE):
        asked.append((sql, dict(parameters)))
        return execute(self, sql, parameters)

    def noted_listed(self, sql, values):
        asked.append((sql, values))
        return listed(self, sql, values)

    config = instance.folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + CONSOLE, encoding="utf-8")
    settings = load_settings(
        instance.folder, environ={"ZHUANMA_DATABASE": spread.database.url}
    )
    with contextlib.closing(open_service(settings)) as service:
        import_units(service.ledger, instants.now(), Actor("test"))
        client = create_app(service.settings, service).test_client()
        monkeypatch.setattr(PostgreSQLConnection, "_execute", noted)
        monkeypatch.setattr(PostgreSQLConnection, "_execute_listed", noted_listed)
        token = scan(client, code_of(service)).values["token"]
        assert client.get(f"/form/{token}").status_code == 200
        form = {"token": token, "phone": make_phone(1), "consent": "yes"}
        page = send(client, "/claim", form)
        assert page.request.path.startswith("/password/")
        step = Fields(page.text).values["step"]
        password = password_in(capfd.readouterr().err)
        wrong = send(client, "/claim/prove", {"step": step, "password": "0" * 6})
        assert wrong.request.path.startswith("/password/")
        done = send(client, "/claim/prove", {"step": step, "password": password})
        assert done.request.path.startswith("/s/")
        assert client.get(done.request.path).status_code == 200
        assert send(client, "/claim", form).status_code == 200  # once more
        assert client.get("/my").status_code == 200
        other = scan(client, code_of(service, "N08")).values["token"]
        skipped = Fields(send(client, "/claim", {**form, "token": other, "phone": make_phone(2)})
                         .text).values["step"]
        done = send(client, "/claim/prove", {"step": skipped, "skip": "yes"})
        assert done.request.path.startswith("/s/")
        key = next(iter(service.campaign.links))
        assert client.get(f"/go/{key}?u=N07").status_code == 302
        monkeypatch.undo()
        tasks = tasks_of(service.store, asked)
    assert {"scan", "claim", "form", "receipt", "one_time", "way_out", "tally"} <= {
        word for told in tasks for word in re.findall(r"(?:into|from) (\w+)", told)
    }
    # Whether a claim is to be held for review is asked of all claims of its unit in the hour.
    assert ["select id, at, scan, person, client from claim"] == [
        told.partition(" where ")[0] for told, count in tasks.items() if count > 1
    ]
