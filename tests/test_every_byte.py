# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
One byte changed by hand, in any column of any table that counts, is found and its row named.

The columns are read from the schema, so that a new one cannot be forgotten: it is found, or
it stands in one of the two lists below with its reason.
"""
import re
import sqlite3

import pytest
from stores import new_service
from test_contract_periods import Office
from test_contract_retention import erase, seal

from attribution import deeds, evidence
from attribution.deeds import Actor, Kind
from attribution.facts import partners
from attribution.ledger import Ledger
from attribution.proof import checks, heads
from attribution.reports import snapshots
from attribution.rule.instants import DAY, HOUR, day_of, day_start
from attribution.store import (
    end_log,
    feed_batches,
    figure_log,
    hands,
    log,
    log_tree,
    patrol_log,
    registry,
    request_log,
    scene_log,
    transfer,
)
from attribution.store import partner_keys as kept_partners
from attribution.store import seal_pages as kept_seals
from attribution.store.ids import first_id_at
from attribution.upkeep import retention

# No number rests on these (docs/ledger.md, Seals).
FREE = {
    "seen", "newness", "known_user", "known_list", "receipt", "passing", "one_time", "beat",
    "writer",
    "account_scope",  # in the leaf of its account
    "staff_session", "throttle", "preference", "contact", "placement",
    "notice_mark",  # up to where somebody has read the audit log
    "poster_job", "paper_mark", "feed_source", "partner_nonce", "partner_answer",
    "head",  # first digits for print, under a pad of the person's own
    "feed_job", "feed_chunk",  # files on their way in; what they bring is in the logs then
    # What is told of the numbers, to whom and whether it left: it tells counts and a link.
    "notice", "notice_address", "notice_robot", "notice_choice", "notice_file", "notice_turn",
    "log_mark",  # how far the sealer has come; found anew
    "seal", "seal_page",  # of before the log
    "registry_version",  # counts changes; what changed is sealed
    # Pictures, templates, fonts, by the digest of their content, which a sealed setting names:
    # papers are made of them, and no number.
    "campaign_file",
    # Lets a fact that finds nobody be told as somebody's whose claims lapsed. Whoever adds or
    # takes away such a mark moves a row between "organic" and "to be looked at", and no credit.
    "lapsed",
    # Whom to look at, made of claims, which are sealed, and again by `rebuild`: no credit, tally
    # or download reads it.
    "takeover",
}
# Derived and shown nowhere, or said again elsewhere.
FREE_COLUMNS = {
    ("log_head", "at"),  # when it was; what it is of is signed
    *(("account", name) for name in (
        "password", "session_epoch", "totp", "password_at", "handed_over")),
    ("standing", "decided_at"),  # when it was worked out last
    ("audit_head", "name"),
    ("tally", "slot"),  # a count is the sum of its slots
    ("erasure_asked", "person"),  # by chance already: the job was here
}


@pytest.fixture(scope="module")
def office(made_instance, tmp_path_factory):
    """A ledger with a row in every table that counts, sealed."""
    folder = tmp_path_factory.mktemp("bytes")
    with new_service("sqlite", made_instance, folder) as service:
        made = Office(service, folder)
        store, campaign, now = made.store, made.campaign, made.now
        oldest = first_id_at(now - 200 * DAY)
        early = now - 20 * DAY
        first = made.claim(1, "N07", early - HOUR)
        second = made.claim(1, "N08", early - 3 * HOUR)
        made.claim(3, "N08", now - HOUR)
        made.file((1, early))
        made.lock(day_start(day_of(now - 9 * DAY)))
        made.correct("reassign", first, to_unit="A01")
        made.correct("hold", second)
        made.file((1, early + HOUR), (2, early))
        for id, at in ((oldest, now - 200 * DAY), (store.next_id(now), now)):
            scan = log.Scan(id, campaign.id, at, "N07", 1, "ABCD", "n", "w", "bot")
            store.write(lambda c, scan=scan: log.add_scans(c, [scan]))
        key, _ = partners.add(
            store, service.settings.seal_keys, "bank", ["facts"], Actor("test"), now
        )
        store.write(lambda c: kept_partners.revoke(c, key, now, "test"))
        store.write(lambda c: registry.revoke(c, campaign.id, "N09", 1, now, "ann"))
        store.write(lambda c: _plans(c, campaign.id, store, now))
        days = day_of(now - 8 * DAY), day_of(now - DAY)
        number = snapshots.take(made.ledger, now, Actor("ann"), *days).number
        snapshots.add_file(made.ledger, now, Actor("ann"), number, "pack", "n", "0" * 64)
        store.write(lambda c: end_log.add(
            c, campaign.id, store.next_id(now), now, "archive", "a.zip", "{}", "ann"))
        names = [("hash", "0a" * 32), ("masked", "0b" * 32)]
        store.write(lambda c: evidence.name(store, c, campaign.id, "p", names, now))
        erase(made, 3, None)
        retention.run(Ledger(store, campaign), now, Actor("test"))
        deeds.note(store, Actor("ann", "net"), now, Kind.EXPORT, "x")
        # Last: what was done by one above was done before two were needed.
        store.write(lambda c: hands.turn_on(c, campaign.id, store.next_id(now), now, "ann"))
        seal(made)
        yield made


def _plans(connection, campaign, store, now):
    row = {"id": store.next_id(now), "at": now, "batch": "p", "sha256": "0", "asked_by": "ann",
           "terms": "{}", "report": "{}"}
    feed_batches.add_plan(connection, campaign, row)
    feed_batches.add_confirmation(connection, campaign, {
        "id": store.next_id(now), "at": now, "batch": "p", "plan": row["id"], "asked_by": "ann",
        "confirmed_by": "ben"})
    difference = {"id": store.next_id(now), "at": now, "batch": "2", "line": 2, "person": "p",
                  "last4": "0000", "category": "conflict", "reason": "x"}
    feed_batches.add_differences(connection, campaign, [difference])
    feed_batches.finish(connection, campaign, {
        "difference": difference["id"], "id": store.next_id(now), "at": now, "note": "n",
        "by_whom": "ann"})
    log_tree.add_counts(connection, campaign, [{
        "id": store.next_id(now), "at": now, "day": 20221011, "until": 20221011, "unit": "N07",
        "counts": "{}"}])
    connection.run(
        """insert into difference_again (campaign, difference, id, at, state, note, by_whom)
           values (:campaign, :difference, :id, :at, 'open', 'n', 'ann')""",
        {"campaign": campaign, "difference": difference["id"], "id": store.next_id(now), "at": now})
    connection.run(
        """insert into hold_word (campaign, id, at, claim, state, reason, note, by_whom)
           values (:campaign, :id, :at, 1, 'refused', 'r', 'n', 'ann')""",
        {"campaign": campaign, "id": store.next_id(now), "at": now})
    kept_seals.add_export(connection, campaign, {
        "id": store.next_id(now), "at": now, "sha256": "0", "name": "n", "by_whom": "ann",
        "seal": 0, "mac": "0"})
    appeal = {"campaign": campaign, "id": store.next_id(now), "at": now}
    connection.run(
        """insert into appeal (campaign, id, at, unit, about, note, asked_by)
           values (:campaign, :id, :at, 'N07', '1', 'n', 'ann')""", appeal)
    connection.run(
        """insert into appeal_answer (campaign, appeal, id, at, answer, note, proposal, asked_by,
               answered_by)
           values (:campaign, :id, :answer, :at, 'refused', 'n', null, 'ann', 'ben')""",
        {**appeal, "answer": store.next_id(now)})
    connection.run(
        """insert into platform_count
               (campaign, id, at, source, day, place, registered, bound, paid, by_whom)
           values (:campaign, :id, :at, 'bank', 20221011, 'N07', 3, 2, 1, 'ann')""",
        {"id": store.next_id(now), "campaign": campaign, "at": now})
    figure_log.add(connection, campaign, [{
        "id": store.next_id(now), "at": now, "subject": "households", "unit": "A01",
        "day": 20220901, "number": 7, "source": "s", "by_whom": "ann"}])
    scene_log.add(connection, campaign, [{
        **dict.fromkeys(scene_log.COLUMNS, "x"), "opened": 1, "checked": 1, "scene": 1,
        "id": store.next_id(now), "at": now, "by_whom": "ann"}])
    request = {"id": store.next_id(now), "at": now, "asked_by": "ann"}
    request_log.add(connection, campaign, {
        **request, "kind": "k", "subject": "s", "payload": "{}", "note": "n"})
    request_log.answer(connection, campaign, {
        **request, "request": request["id"], "id": store.next_id(now), "answer": "approved",
        "note": "n", "answered_by": "ben"})
    patrol_log.add(connection, campaign, [{
        "id": store.next_id(now), "at": now, "visit": 1, "unit": "N07", "picture": 1,
        "state": "genuine", "code_unit": "N07", "issue": 1, "placement": "1", "leads": "",
        "by_whom": "ann"}])
    connection.run(
        """insert into handover (id, at, leaver, successor, by_whom)
           values (:id, :at, 'ann', 'ben', 'ann')""", {"id": store.next_id(now), "at": now})
    connection.run(
        """insert into way_out (id, campaign, at, day, link, unit, client, flag)
           values (:id, :campaign, :at, 20221011, 'download', 'N07', 'w', 'bot')""",
        {"id": store.next_id(now), "campaign": campaign, "at": now})


TABLES = [table for table in transfer.tables() if table.name not in FREE]


def test_an_untouched_ledger_is_whole(office):
    assert [] == found(office)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_changed_byte_of_any_column_is_found_and_its_row_named(office, table):
    path = office.store.database.path
    with sqlite3.connect(path) as db:
        db.row_factory = sqlite3.Row
        triggers = db.execute("select name, sql from sqlite_master where type = 'trigger'"
                              " and tbl_name = ?", [table.name]).fetchall()
        columns = db.execute(f"pragma table_info({table.name})").fetchall()
        # The first: later ones are of a person whom the retention job has unlinked.
        # And no count of nothing, as one is left when a step moves to another day.
        some = _SOME.get(table.name, "")
        row = db.execute(f"select * from {table.name}{some}"
                         f" order by {', '.join(table.key[::-1])}").fetchone()
        row = dict(row) if row else None
        assert row is not None, f"the fixture leaves {table.name} empty"
        for name, _ in triggers:
            db.execute(f"drop trigger {name}")
    db.close()
    missed = []
    try:
        for column in columns:
            name = column["name"]
            if (table.name, name) in FREE_COLUMNS:
                continue
            with _changed(path, table, row, name):
                told = found(office)
            if not any(_names(detail, table, row, name) for detail in told):
                missed.append((name, row[name], told[:3]))
    finally:
        with sqlite3.connect(path) as db:
            for _, sql in triggers:
                db.execute(sql)
        db.close()
    assert [] == missed
    assert [] == found(office)


_SOME = {
    "tally": " where n <> 0",
    "log_leaf": " where rp is not null",
    # Of the others one may go: a head that was never handed out binds nobody.
    "log_head": " where size = (select max(size) from log_head)",
}


class _changed:
    """One byte of one cell is another, for the length of the block."""

    def __init__(self, path, table, row, column):
        self.path, self.table, self.row, self.column = path, table, row, column
        old = row[column]
        self.value: object
        if old is None:
            self.value = _VALUES.get(column, "x")
        elif isinstance(old, int):
            # Far off where others stand beside it.
            step = 1 << 10 if table.name in ("log_tile", "log_head") else 1
            self.value = old ^ (step if old < 10**6 else 1 << 20)
        elif isinstance(old, bytes):
            self.value = old[:-1] + bytes([old[-1] ^ 1])
        else:
            self.value = old[:-1] + ("y" if old[-1:] != "y" else "z")

    def _set(self, value, now):
        where = " and ".join(f"{name} is :k_{name}" for name in self.table.key)
        keys = {f"k_{name}": now if name == self.column else self.row[name]
                for name in self.table.key}
        with sqlite3.connect(self.path) as db:
            db.execute("pragma ignore_check_constraints = on")
            done = db.execute(f"update {self.table.name} set {self.column} = :value where {where}",
                              {"value": value, **keys})
            assert 1 == done.rowcount
        db.close()

    def __enter__(self):
        self._set(self.value, self.row[self.column])

    def __exit__(self, *_):
        self._set(self.row[self.column], self.value)


# What stands where nothing stood: of the column's type.
_VALUES = dict.fromkeys(
    ("scan", "claim", "target", "closed_at", "proposal", "effective_at", "n", "precision",
     "registered", "bound", "paid"), 7)
# A step before 2010 states nothing, and would be the nothing that stood there.
_VALUES |= dict.fromkeys(("registered_at", "card_bound_at", "first_txn_at"), 1_900_000_000_000_000)


def found(office):
    return [
        f"{finding.question} {finding.detail}"
        for finding in checks.check(
            office.ledger, heads.verifiers(office.ledger, office.service.settings))
    ]


def _names(detail, table, row, column):
    """Whether *detail* tells which row it is, in the words of the question that found it."""
    if table.name == "standing":
        return "person " in detail
    if column == "figures":  # of which the leaf holds the digest
        return f"figures of snapshot {row['number']} are not" in detail
    if table.name in ("tally", "tally_kept"):
        return str(row["unit"]) in detail or str(row["day"]) in detail
    if table.name == "audit":
        return f"audit {row['id']}" in detail or "entr" in detail
    if table.name == "audit_head":
        return detail.startswith("audit_whole")
    if table.name in ("log_leaf", "log_tile", "log_head"):
        return re.search(r"\b(leaf|tile|head of) [0-9]", detail) is not None
    if table.name == "revocation":
        return f"revocation {row['unit']}-{row['issue']}" in detail
    keys = [str(row[name]) for name in (*table.key, "id") if name in row
            and name != "campaign" and row[name] is not None]
    return table.name in detail and any(key in detail for key in keys)


def test_no_table_was_forgotten():
    """Each table of the schema is found or stands in FREE."""
    names = {table.name for table in transfer.tables()}
    assert names == {table.name for table in TABLES} | (FREE & names)
