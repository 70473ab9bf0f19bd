# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
What the store promises, whichever engine keeps it: every test runs on both.

A later table or function adds its part here, so that nothing works on SQLite alone.
"""
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from factories import rows_of
from stores import KINDS, migrated_url, new_store, new_url

from attribution.rule.instants import day_of
from attribution.rule.unit_history import UnitChange
from attribution.store import (
    BadText,
    NewerLedger,
    StoreError,
    audit_log,
    export_pages,
    log,
    migrations,
    open_store,
    registry,
    staff,
    standings,
    tallies,
    transfer,
    unit_log,
)
from attribution.store.export_pages import Filter

C = "dongshan"
AT = 1_900_000_000_000_000  # 2030-03-18 in Shanghai
DAY = 20300318

LOGS = tuple(table for step in migrations.MIGRATIONS for table in step.append_only)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def store(kind, tmp_path):
    with new_store(kind, tmp_path) as opened:
        yield opened


def a_unit(id, **more):
    fields = {
        "id": id, "position": 1, "kind": "area", "name": "东山镇", "target": None,
        "official_code": None, "area": None, "bank": None, "branch": None, "sector": None,
        "mode": None, "link": None, "issue": 1, **more,
    }
    return registry.Unit(**fields)


def a_scan(store, at=AT, **more):
    fields = {
        "id": store.next_id(at), "campaign": C, "at": at, "unit": "A01", "issue": 1,
        "placement": None, "network": "n", "client": "other", **more,
    }
    return log.Scan(**fields)


def a_claim(store, person, at=AT, **more):
    id = more.pop("id", None) or store.next_id(at)
    fields = {
        "id": id, "campaign": C, "person": person, "at": at, "unit": "A01", "issue": 1,
        "placement": None, "scan": None, "verified": False, "last4": "0001", "consent": "c",
        "network": "n", "client": "other", "token": f"t{id}", **more,
    }
    return log.ClaimRow(**fields)


def a_fact(store, person, **more):
    fields = {
        "id": store.next_id(AT), "campaign": C, "person": person, "as_of": AT, "received_at": AT,
        "batch": "b1", "last4": "0001", "registered_at": AT, "card_bound_at": None,
        "first_txn_at": None, **more,
    }
    return standings.FactRow(**fields)


def a_standing(person, **more):
    fields = {
        "person": person, "last4": "0001", "unit": "A01", "claim": 1, "credited": "A01",
        "reason": None, "registered_at": AT, "card_bound_at": AT, "first_txn_at": AT,
        "effective_at": AT, **more,
    }
    return standings.Standing(**fields)


def a_credit(store, person, **more):
    return {
        "campaign": C, "person": person, "id": store.next_id(AT), "unit": "A01", "claim": 1,
        "effective_at": AT, "decided_at": AT, "policy": "last_claim", **more,
    }


def an_adjustment(store, person, **more):
    return {
        "campaign": C, "person": person, "id": store.next_id(AT), "at": AT, "kind": "reassign",
        "from_unit": "A01", "to_unit": "A02", "reason": "appeal", "note": "", "automatic": 0,
        "asked_by": "ann", "approved_by": "bob", **more,
    }


def counted(store, table):
    with store.read() as connection:
        return connection.one(f"select count(*) as n from {table}")["n"]


def kept(store):
    with store.read() as connection:
        return tallies.recorded(connection, C)


# Opening, migrating, transactions


def test_contract_migrations_run_once_and_are_named(kind, tmp_path):
    with new_url(kind, tmp_path) as url:
        store = open_store(url)
        try:
            with pytest.raises(StoreError):
                store.missing_migrations()
            names = [step.name for step in migrations.MIGRATIONS]
            assert names == store.migrate()
            assert [] == store.migrate() == store.missing_migrations()
        finally:
            store.close()


def test_contract_a_ledger_of_a_newer_program_is_refused_before_anything_is_written(store):
    """What its later steps promise is unknown here; both versions say whom to start."""
    known = migrations.MIGRATIONS[-1].name
    store.refuse_newer()
    store.write(lambda c: c.run("insert into migration (name) values ('m998_a'), ('m999_later')"))
    store.write(lambda c: c.run("delete from migration where name = :known", {"known": known}))
    told = f"^the ledger stands at m999_later, this program knows no step after {known}$"
    with pytest.raises(NewerLedger, match=told):
        store.refuse_newer()
    with pytest.raises(NewerLedger, match=told):
        store.migrate()
    assert [known] == store.missing_migrations()


def test_contract_two_servers_that_start_at_once_make_the_tables_once(kind, tmp_path):
    with new_url(kind, tmp_path) as url:
        stores = [open_store(url) for _ in range(3)]
        try:
            with ThreadPoolExecutor(3) as pool:
                taken = list(pool.map(lambda store: store.migrate(), stores))
            assert 1 == len([steps for steps in taken if steps])
        finally:
            for store in stores:
                store.close()


def test_contract_a_write_returns_its_result_and_is_there_for_others(store):
    assert 3 == store.write(lambda c: c.run_many(
        "insert into form (token, person, claim) values (:token, :person, 1)",
        [{"token": t, "person": "p"} for t in "abc"],
    ))
    assert 3 == counted(store, "form")


def test_contract_a_write_that_raises_leaves_nothing_and_says_why(store):
    def half(connection):
        staff.add_account(connection, "half", "x", "office", AT)
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        store.write(half)
    with pytest.raises(LookupError), store.transaction() as connection:
        half(connection)
    assert 0 == counted(store, "account")


def test_contract_a_savepoint_undoes_its_block_alone(store):
    with store.transaction() as connection:
        staff.add_account(connection, "stays", "x", "office", AT)
        log.add_tallies(connection, C, Counter({("A01", DAY, "scan"): 1}))
        with pytest.raises(LookupError), connection.savepoint():
            staff.add_account(connection, "goes", "x", "office", AT)
            log.add_tallies(connection, C, Counter({("A01", DAY, "scan"): 5}))
            raise LookupError
        with pytest.raises(StoreError), connection.savepoint():
            connection.run("insert into account (name) values ('bad')")
    with store.read() as connection:
        assert ["stays"] == [row["name"] for row in staff.accounts(connection)]
    assert {("A01", DAY, "scan"): 1} == kept(store)


def test_contract_a_reader_sees_one_state_while_others_write(store):
    with store.read() as connection:
        assert connection.one("select count(*) as n from account")["n"] == 0
        store.write(lambda c: staff.add_account(c, "new", "x", "office", AT))
        assert connection.one("select count(*) as n from account")["n"] == 0
    assert 1 == counted(store, "account")


def test_contract_a_reader_cannot_keep_what_it_writes(store):
    try:
        with store.read() as connection:
            staff.add_account(connection, "sly", "x", "office", AT)
    except StoreError:
        pass  # PostgreSQL refuses at once, SQLite undoes it
    assert 0 == counted(store, "account")


def test_contract_percent_colons_and_quotes_are_text(store):
    """The dialects' parameters are written differently; values and literals are not touched."""
    name = "100% ' :name :: 🀄"
    store.write(lambda c: staff.add_account(c, name, "x", "office", AT))
    with store.read() as connection:
        row = connection.one(
            """select name, ':name %' as literal, 7 % 4 as rest  -- it's :x
               from account where name = :name and name like '100%'""",
            {"name": name},
        )
    assert {"name": name, "literal": ":name %", "rest": 3} == row


def test_contract_text_sorts_by_code_point(store):
    """Pages continue after the last key: order and comparison must be Python's."""
    names = ["a", "B", "b", "中", "Z", "é", "_", "10", "9", "丙", "🀄"]
    for name in names:
        store.write(lambda c, name=name: staff.add_account(c, name, "x", "office", AT))
    with store.read() as connection:
        assert sorted(names) == [row["name"] for row in staff.accounts(connection)]


def test_contract_wrong_types_are_refused(store):
    """Or a text among the instants would sort after every number."""
    with pytest.raises(StoreError):
        store.write(lambda c: staff.add_account(c, "ann", "x", "office", "noon"))  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["run", "run_many", "rows", "columns", "one"])
def test_contract_a_nul_is_refused_in_the_same_words(store, how):
    """SQLite keeps what PostgreSQL cannot: a ledger that holds one could not be moved."""
    told = "^a text with a NUL character cannot be stored$"
    values = {"name": "a\0b", "at": AT}
    write = "insert into beat (name, at) values (:name, :at)"
    read = "select at from beat where name = :name and at = :at"
    asked = {"run": (write, values), "run_many": (write, [{**values, "name": "a"}, values])}

    def act(connection):
        getattr(connection, how)(*asked.get(how, (read, values)))

    with pytest.raises(BadText, match=told):
        store.write(act)
    assert 0 == counted(store, "beat")

    def go_on(connection):
        with pytest.raises(BadText, match=told), connection.savepoint():
            act(connection)
        return connection.run(write, {"name": "fine", "at": AT})

    assert 1 == store.write(go_on)
    assert 1 == counted(store, "beat")


def test_contract_big_numbers_survive(store):
    last = (1 << 63) - 1
    store.write(lambda c: audit_log.append(c, last, AT, "ann", "test", ""))
    with store.read() as connection:
        assert {"id": last} == connection.one("select id from audit")


# Logs


@pytest.mark.parametrize("table", LOGS)
def test_contract_logs_refuse_to_be_changed(store, table):
    store.write(lambda c: _one_row(store, c, table))
    for verb in (f"update {table} set {_column(table)} = {_column(table)}", f"delete from {table}"):
        with pytest.raises(StoreError, match=f"{table} is append-only"):
            store.write(lambda c, verb=verb: c.run(verb))
    if store.database.dialect == "postgresql":
        with pytest.raises(StoreError, match=r"is append-only|permission denied"):
            store.write(lambda c: c.run(f"truncate {table} cascade"))
    assert 1 == counted(store, table)


def _column(table):
    (column,) = (t.key[-1] for t in transfer.tables() if t.name == table)
    return column


def _one_row(store, connection, table):
    if table == "scan":
        log.add_scans(connection, [a_scan(store)])
    elif table in ("claim", "form"):
        log.add_claim(connection, a_claim(store, "p"))
    elif table == "claim_event":
        log.add_claim_event(
            connection, C, "p", 1, id=2, at=AT, kind="held", reason="", by_whom="ann"
        )
    elif table == "batch":
        standings.add_batch(connection, C, _batch_row())
    elif table == "fact":
        standings.add_facts(connection, [a_fact(store, "p")])
    elif table == "credit":
        standings.add_credits(connection, [a_credit(store, "p")])
    elif table == "adjustment":
        standings.add_adjustments(connection, [an_adjustment(store, "p")])
    elif table == "audit":
        audit_log.append(connection, 1, AT, "ann", "test", "")
    else:
        _any_row(connection, table)


def _any_row(connection, table):
    """Put a row into a table that is filled elsewhere: the columns say what they take."""
    made = next(
        statement for step in migrations.MIGRATIONS for statement in step.statements
        if re.match(rf"\s*create\s+table\s+{table}\b", statement)
    )
    for name in "xy":
        staff.add_account(connection, name, "", "office", AT)
    for parent in re.findall(r"\n\s*references (\w+) ", made):
        _any_row(connection, parent)
    columns = dict(re.findall(r"\n\s*(\w+) (text|\{instant\})", made))
    columns.pop("primary", None)
    values = [
        _word(made, name) if kind == "text" else "2" if f"< {name})" in made else "1"
        for name, kind in columns.items()
    ]
    connection.run(
        f"insert into {table} ({', '.join(columns)}) values ({', '.join(values)})"
    )


def _word(made, column):
    if re.search(rf"<> {column}\b", made):
        return "'y'"  # another person than the one before
    allowed = re.search(rf"check \({column} in \(('[^']*')", made)
    return allowed[1] if allowed else "'x'"


def _batch_row(id="b1", sha256="f" * 64):
    return {
        "id": id, "sha256": sha256, "source": "file", "as_of": AT, "received_at": AT,
        "row_count": 1, "by_whom": "ann",
    }


def test_contract_scans_are_written_with_their_tallies(store):
    scans = [
        a_scan(store), a_scan(store, unit="A02", placement="墙"), a_scan(store, flag="preview"),
        a_scan(store),
    ]
    for scan in scans:
        store.append_scan(scan, 0)
    found = rows_of(export_pages.scans(store, C, Filter()))
    assert [scan.id for scan in scans] == [row["id"] for row in found]
    assert ["A01", "A02", "A01", "A01"] == [row["unit"] for row in found]
    assert [None, "墙", None, None] == [row["placement"] for row in found]
    assert {
        ("A01", DAY, "scan"): 2, ("A02", DAY, "scan"): 1, ("A01", DAY, "flagged"): 1,
    } == kept(store)
    with store.read() as connection:
        assert tallies.recorded(connection, C) == tallies.counted(connection, C)


def test_contract_a_scan_repeated_after_a_lost_answer_counts_once(store):
    first, second, third = (a_scan(store) for _ in range(3))
    store.append_scan(first, 0)
    store.append_scan(first, 0)
    with store.transaction() as connection:
        log.add_scans(connection, [second, first, third, second], again=True)
    assert 3 == counted(store, "scan")
    assert {("A01", DAY, "scan"): 3} == kept(store)


def test_contract_a_scan_under_an_old_registry_is_not_written(store):
    store.write(lambda c: registry.put(c, C, [a_unit("A01")]))
    with pytest.raises(registry.Stale):
        store.append_scan(a_scan(store), 0)
    store.append_scan(a_scan(store), 1)
    assert 1 == counted(store, "scan")


def test_contract_scans_that_come_together_are_all_kept(store):
    """Group commit: what shares a transaction shares neither row nor fate."""
    store.write(lambda c: registry.put(c, C, [a_unit("A01")]))
    stale = []

    def visit(number):
        for turn in range(20):
            try:
                store.append_scan(a_scan(store), 0 if turn == 7 else 1)
            except registry.Stale:
                stale.append(number)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(visit, range(16)))
    assert 16 == len(stale)
    assert 16 * 19 == counted(store, "scan")
    assert {("A01", DAY, "scan"): 16 * 19} == kept(store)


def test_contract_a_form_sent_twice_is_one_claim(store):
    first = store.write(lambda c: log.add_claim(c, a_claim(store, "p", token="t", at=AT)))
    again = store.write(lambda c: log.add_claim(c, a_claim(store, "p", token="t", at=AT + 9)))
    assert first == replace(again, id=first.id, at=first.at) and first.id == again.id
    assert AT == again.at
    assert {("A01", DAY, "claim"): 1, ("A01", DAY, "claimant"): 1} == kept(store)


def test_contract_a_form_sent_with_another_number_is_refused(store):
    store.write(lambda c: log.add_claim(c, a_claim(store, "p", token="t")))
    with pytest.raises(log.TokenUsed):
        store.write(lambda c: log.add_claim(c, a_claim(store, "q", token="t")))
    assert 1 == counted(store, "claim")


def test_contract_one_form_sent_by_many_at_once_is_one_claim(store):
    def send(number):
        try:
            made = a_claim(store, f"p{number % 2}", token="t")
            return store.write(lambda c: log.add_claim(c, made)).id
        except log.TokenUsed:
            return None

    with ThreadPoolExecutor(12) as pool:
        ids = set(pool.map(send, range(12)))
    assert 1 == len(ids - {None})
    assert 1 == counted(store, "claim") == counted(store, "form")
    assert {("A01", DAY, "claim"): 1, ("A01", DAY, "claimant"): 1} == kept(store)


def test_contract_a_person_who_claims_a_unit_twice_is_one_claimant(store):
    for unit in ("A01", "A01", "A02"):
        made = a_claim(store, "p", unit=unit)
        store.write(lambda c, made=made: log.add_claim(c, made))
    assert {
        ("A01", DAY, "claim"): 2, ("A01", DAY, "claimant"): 1,
        ("A02", DAY, "claim"): 1, ("A02", DAY, "claimant"): 1,
    } == kept(store)
    with store.read() as connection:
        assert tallies.recorded(connection, C) == tallies.counted(connection, C)


@pytest.mark.parametrize(
    ("events", "held", "withdrawn"),
    [
        (["held"], True, False), (["held", "released"], False, False),
        (["withdrawn", "held", "released"], False, True), ([], False, False),
    ],
)
def test_contract_what_befell_a_claim_is_in_its_history(store, events, held, withdrawn):
    made = a_claim(store, "p")
    store.write(lambda c: log.add_claim(c, made))
    for event in events:
        store.write(lambda c, event=event: log.add_claim_event(
            c, C, "p", made.id, id=store.next_id(AT), at=AT, kind=event, reason="", by_whom="ann"
        ))
    with store.read() as connection:
        (claim,) = standings.histories(connection, C, ["p"])["p"].claims
    assert (held, withdrawn) == (claim.held, claim.withdrawn)
    (row,) = rows_of(export_pages.claims(store, C, Filter()))
    assert (AT if withdrawn else None) == row["withdrawn_at"]


def test_contract_ids_are_of_one_writer_each(kind, tmp_path):
    with migrated_url(kind, tmp_path) as url:
        stores = [open_store(url) for _ in range(3)]
        try:
            stores[0].migrate()
            made = [store.next_id(AT) for store in stores for _ in range(500)]
            assert 1500 == len(set(made))
            assert all(list(part) == sorted(part) for part in (made[:500], made[500:1000]))
        finally:
            for store in stores:
                store.close()


# Registry


def test_contract_units_are_kept_and_changed_and_versioned(store):
    lines = [a_unit("N02", position=2), a_unit("N01", position=1, target=200, kind="line")]
    store.write(lambda c: registry.put(c, C, lines))
    store.write(lambda c: registry.put(c, C, [replace(lines[0], name="西河")]))
    with store.read() as connection:
        found = registry.read(connection, C)
        assert 0 == registry.version(connection, "another")
    assert 2 == found.version
    assert ["N01", "N02"] == list(found.units)
    assert lines[1] == found.units["N01"]
    assert "西河" == found.units["N02"].name


def test_contract_codes_are_revoked_reissued_and_units_closed(store):
    store.write(lambda c: registry.put(c, C, [a_unit("A01")]))
    assert store.write(lambda c: registry.revoke(c, C, "A01", 1, AT, "ann"))
    assert not store.write(lambda c: registry.revoke(c, C, "A01", 1, AT, "bob"))
    day = day_of(AT)
    changes = [
        UnitChange(1, "A01", day, AT, {"issue": 1}, {"issue": 2}, AT, "ann", "reissue"),
        UnitChange(2, "A01", day, AT, {"state": "active"}, {"state": "closed"}, AT, "ann"),
    ]
    for change in changes:
        store.write(lambda c, change=change: unit_log.enter(c, C, [change], AT))
    with store.read() as connection:
        found = registry.read(connection, C)
    assert frozenset({("A01", 1)}) == found.revoked
    assert (2, AT, 4) == (found.units["A01"].issue, found.units["A01"].closed_at, found.version)


def test_contract_a_unit_of_no_kind_is_refused(store):
    with pytest.raises(StoreError):
        store.write(lambda c: registry.put(c, C, [a_unit("X01", kind="club")]))


# Ledger


def test_contract_a_history_holds_all_of_one_person_and_nobody_else(store):
    with store.transaction() as connection:
        log.add_claim(connection, a_claim(store, "p", verified=True))
        log.add_claim(connection, a_claim(store, "q"))
        standings.add_facts(
            connection, [a_fact(store, "p"), a_fact(store, "r", registered_at=None)]
        )
        standings.put_standings(connection, C, [a_standing("p")], AT)
        standings.add_credits(connection, [a_credit(store, "p")])
        standings.add_adjustments(
            connection,
            [an_adjustment(store, "p"), an_adjustment(store, "p", automatic=1, asked_by="rule",
                                                      approved_by="rule")],
        )
    with store.read() as connection:
        found = standings.histories(connection, C, ["p", "q", "r", "s"])
        assert {} == standings.histories(connection, C, [])
        assert {"p": "A02", "q": None} == standings.credited_by_log(connection, C, ["p", "q"])
    p = found["p"]
    assert (1, 1, 1, True) == (
        len(p.claims), len(p.facts), len(p.corrections), p.credited_before
    )
    assert p.claims[0].verified and a_standing("p") == p.standing
    assert (1, 0) == (len(found["q"].claims), len(found["q"].facts))
    assert (None, 0) == (found["r"].facts[0].registered_at, len(found["r"].claims))
    assert standings.History() == found["s"]


def test_contract_a_second_credit_is_refused(store):
    store.write(lambda c: standings.add_credits(c, [a_credit(store, "p")]))
    with pytest.raises(StoreError) as refused:
        store.write(lambda c: standings.add_credits(c, [a_credit(store, "p", unit="A02")]))
    assert "'p'" not in str(refused.value) and "(p" not in str(refused.value)
    assert 1 == counted(store, "credit")


def test_contract_a_correction_needs_two_people(store):
    with pytest.raises(StoreError):
        store.write(
            lambda c: standings.add_adjustments(c, [an_adjustment(store, "p", approved_by="ann")])
        )


def test_contract_standings_are_replaced_and_hold_one_of_credit_and_reason(store):
    store.write(lambda c: standings.put_standings(c, C, [a_standing("p"), a_standing("q")], AT))
    changed = a_standing("p", credited=None, reason="reversed", effective_at=None)
    store.write(lambda c: standings.put_standings(c, C, [changed], AT + 1))
    with store.read() as connection:
        found = standings.histories(connection, C, ["p", "q"])
    assert (changed, a_standing("q")) == (found["p"].standing, found["q"].standing)
    for wrong in (a_standing("x", reason="held"), a_standing("x", credited=None)):
        with pytest.raises(StoreError):
            store.write(lambda c, wrong=wrong: standings.put_standings(c, C, [wrong], AT))


def test_contract_batches_are_found_by_number_and_by_content(store):
    store.write(lambda c: standings.add_batch(c, C, _batch_row()))
    with store.read() as connection:
        same = standings.batch_with(connection, C, "f" * 64)
        assert same is not None and "b1" == same["id"]
        assert standings.batch(connection, C, "b1") == same
        assert standings.batch(connection, C, "b2") is None
        assert standings.batch_with(connection, "another", "f" * 64) is None
    with pytest.raises(StoreError):
        store.write(lambda c: standings.add_batch(c, C, _batch_row(sha256="e" * 64)))


def test_contract_persons_come_in_order_and_once(store):
    with store.transaction() as connection:
        log.add_claim(connection, a_claim(store, "b"))
        standings.add_facts(connection, [a_fact(store, "b"), a_fact(store, "a")])
        standings.put_standings(connection, C, [a_standing("c"), a_standing("b")], AT)
    with store.read() as connection:
        assert ["a", "b", "c"] == standings.persons_after(connection, C, "")
        assert ["b"] == standings.persons_after(connection, C, "a", 1)
        assert [] == standings.persons_after(connection, C, "c")


def test_contract_many_rows_go_in_at_once(store):
    """Feeds are written by the thousand; a column may be empty in all of them."""
    facts = [a_fact(store, f"p{n:04}", card_bound_at=AT if n % 2 else None) for n in range(1500)]
    store.write(lambda c: standings.add_facts(c, facts))
    assert 1500 == counted(store, "fact")
    with store.read() as connection:
        row = connection.one("select count(card_bound_at) as n, sum(as_of) as s from fact")
    assert (750, 1500 * AT) == (row["n"], int(row["s"]))


# Tallies


def test_contract_tallies_are_added_subtracted_summed_and_replaced(store):
    def change(amounts):
        store.write(lambda c: log.add_tallies(c, C, Counter(amounts)))

    change({("A01", DAY, "scan"): 3, ("A02", DAY + 1, "paid"): 1})
    change({("A01", DAY, "scan"): -1, ("A02", DAY + 1, "paid"): -1, ("A01", DAY + 1, "scan"): 4})
    with store.read() as connection:
        assert {"A01": {"scan": 6}, "A02": {"paid": 0}} == tallies.by_unit(connection, C)
        assert {"A01": {"scan": 2}} == tallies.by_unit(connection, C, DAY, DAY + 1)
        assert 2 == len(tallies.recorded(connection, C))
    with store.transaction() as connection:
        log.add_tallies(connection, C, Counter({("A09", DAY, "scan"): 1}))
        connection.run("delete from tally where campaign = :campaign", {"campaign": C})
        log.add_tallies(connection, C, Counter({("A03", DAY, "scan"): 7}))
    assert {("A03", DAY, "scan"): 7} == kept(store)


def test_contract_tallies_written_are_seen_in_the_same_transaction(store):
    with store.transaction() as connection:
        log.add_tallies(connection, C, Counter({("A01", DAY, "scan"): 3}))
        log.add_tallies(connection, C, Counter({("A01", DAY, "scan"): 2}))
        assert {("A01", DAY, "scan"): 5} == tallies.recorded(connection, C)


def test_contract_many_who_count_in_other_orders_do_not_block_each_other(store):
    units = [f"A{n:02}" for n in range(1, 9)]

    def count_all(number):
        for turn in range(10):
            with store.transaction() as connection:
                order = units if (number + turn) % 2 else units[::-1]
                for unit in order:
                    log.add_tallies(connection, C, Counter({(unit, DAY, "scan"): 1}))

    threads = [threading.Thread(target=count_all, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {(unit, DAY, "scan"): 40 for unit in units} == kept(store)


# Pages


def test_contract_pages_go_on_after_the_last_key(store, monkeypatch):
    monkeypatch.setattr(export_pages, "PAGE", 7)
    with store.transaction() as connection:
        log.add_scans(connection, [a_scan(store, at=AT + n) for n in range(30)])
        for n in range(20):
            log.add_claim(connection, a_claim(store, f"p{n:02}", at=AT + n))
        people = [a_standing(f"p{n:02}", claim=None) for n in range(15)]
        standings.put_standings(connection, C, people, AT)
    assert 30 == len({row["id"] for row in rows_of(export_pages.scans(store, C, Filter()))})
    assert 20 == len({row["id"] for row in rows_of(export_pages.claims(store, C, Filter()))})
    people = [
        row["person"] for row in rows_of(export_pages.standings(store, C, Filter(), credited=True))
    ]
    assert sorted(people) == people and 15 == len(set(people))
    chosen = Filter(since=AT + 5, until=AT + 9, unit="A01")
    assert 4 == len(rows_of(export_pages.scans(store, C, chosen)))
    assert 4 == len(rows_of(export_pages.claims(store, C, chosen)))
    assert 1 == len(rows_of(export_pages.standings(store, C, Filter(AT, AT + 1), credited=False)))
    assert [] == rows_of(export_pages.scans(store, "another", Filter()))


# Staff


def test_contract_accounts_are_added_once_changed_and_closed(store):
    def write(act, *arguments):
        return store.write(lambda c: act(c, *arguments))

    assert write(staff.add_account, "ann", "h1", "office", AT)
    assert not write(staff.add_account, "ann", "h2", "office", AT)
    assert write(staff.set_password, "ann", "h3") and not write(staff.set_password, "bob", "h")
    assert write(staff.close_account, "ann", AT) and not write(staff.close_account, "bob", AT)
    with store.read() as connection:
        row = staff.account(connection, "ann")
        assert staff.account(connection, "bob") is None
    assert row is not None
    assert ("h3", 2, AT) == (row["password"], row["session_epoch"], row["closed_at"])
