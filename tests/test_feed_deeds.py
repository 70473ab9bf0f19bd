# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What lets facts in stands in the audit log, in the transaction that let them in."""
import json

import pytest
from factories import make_phone
from feeding import difference_list
from stores import KINDS, new_service
from test_facts import done, write

from attribution.deeds import Actor, Entry
from attribution.facts import differences, intake, partners
from attribution.facts.intake import Aim, Feed, Reading
from attribution.facts.known_users import import_known_users
from attribution.office import accounts
from attribution.rule import instants
from attribution.rule.instants import iso_text
from attribution.rule.people import identifier
from attribution.store import StoreError, audit_log
from qrgen.shell import Fault

ANN, BOB = Actor("ann", "net"), Actor("bob")
TABLES = (
    "audit", "batch", "fact", "standing", "difference", "feed_plan", "feed_confirmation",
    "feed_source", "partner_key", "partner_revocation", "partner_nonce", "partner_answer",
    "known_list",
)


@pytest.fixture(params=KINDS)
def here(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield service


def entries(here):
    with here.store.read() as connection:
        return [
            (row["who"], row["what"], Entry.from_text(row["detail"]))
            for row in audit_log.after(connection, 0) if row["who"] != "test"  # who made it
        ]


def rows(here):
    with here.store.read() as connection:
        return {
            table: connection.one(f"select count(*) as n from {table}")["n"] for table in TABLES
        }


def identify(here):
    return identifier(here.settings.person_pepper, "sha256")


def day(folder, *numbers):
    now = instants.now()
    return write(folder / "day.csv", [*(done(n, now) for n in numbers), ("12", "", "", "")])


def take(here, path, actor=ANN, aim=Aim.TAKE, source=""):
    reading = Reading({"phone": "phone"} if source else {}, accept=frozenset({4}))
    return intake.import_feed(
        here.ledger, Feed(path, "D1", reading, source), identify(here), actor, instants.now(), aim
    )


def push(here, number=1, nonce="nonce-0001"):
    body = json.dumps({"items": [
        {"phone": make_phone(number), "registered_at": iso_text(instants.now())},
    ]}).encode()
    signed = partners.Signed("k1", "bank", nonce, body, nonce, nonce)
    return partners.take_facts(here.ledger, signed, identify(here), instants.now())


def test_a_file_is_entered_with_what_it_did_and_what_was_let_go(here, tmp_path):
    report = take(here, day(tmp_path, 1, 2), source="bank")
    ((who, what, entry),) = entries(here)
    told = dict(entry.more)
    assert ("ann", "feed_confirm", "batch D1") == (who, what, entry.subject)
    assert {"organic": 2, "malformed": 1} == entry.after["categories"]
    assert (3, 2, 0, 0) == tuple(
        entry.after[name] for name in ("rows", "people", "credited", "lost")
    )
    assert ([4], report.sha256, "bank") == (told["accepted"], told["sha256"], told["source"])
    assert make_phone(1) not in entry.as_text()
    assert take(here, tmp_path / "day.csv").repeated
    assert 1 == len(entries(here))


def test_a_plan_and_its_confirmation_are_two_deeds_of_two_people(here, tmp_path):
    for name in ("ann", "bob"):
        accounts.add(here.store, name, "quite-long-enough", "office", instants.now(), by=ANN)
    before = len(entries(here))
    path = day(tmp_path, 1, 2)
    take(here, path, aim=Aim.PLAN)
    take(here, path, BOB, Aim.CONFIRM)
    (plan, confirmed) = entries(here)[before:]
    assert [("ann", "feed_plan"), ("bob", "feed_confirm")] == [plan[:2], confirmed[:2]]
    assert "ann" == dict(confirmed[2].more)["asked_by"]


def test_a_push_a_key_a_list_and_what_is_thrown_away_are_entered(here, tmp_path):
    now = instants.now()
    key, _ = partners.add(here.store, here.settings.seal_keys, "bank", ["facts"], ANN, now)
    push(here)
    assert push(here, nonce="nonce-0001x").body  # another request, another batch
    partners.revoke(here.store, key, ANN, now)
    with pytest.raises(Fault, match="no open key"):
        partners.revoke(here.store, key, ANN, now)
    users = write(tmp_path / "known.csv", [(make_phone(7),)], head=("phone",))
    import_known_users(here.ledger, users, identify(here), ANN, now)
    assert import_known_users(here.ledger, users, identify(here), ANN, now).repeated
    intake.discard(here.ledger, "D2", ANN, now)
    assert [
        ("ann", "partner_add", "partner bank"), ("partner:k1", "facts"), ("partner:k1", "facts"),
        ("ann", "partner_revoke", "partner bank"), ("ann", "known_users", "list known"),
        ("ann", "feed_discard", "batch D2"),
    ] == [
        (who, what, entry.subject) if what != "facts" else (who, what)
        for who, what, entry in entries(here)
    ]
    (known,) = (entry for _, what, entry in entries(here) if what == "known_users")
    assert ({"known": 0}, {"known": 1, "rows": 1}) == (known.before, known.after)


def test_a_settled_difference_is_entered_with_the_row_it_was(here, tmp_path):
    take(here, day(tmp_path, 1, 2))
    (row,) = difference_list(here.store, here.campaign.id, everything=False)
    assert 1 == differences.settle(here.ledger, [row["id"], row["id"]], "查过", BOB, instants.now())
    assert 0 == differences.settle(here.ledger, [row["id"]], "查过", BOB, instants.now())
    (entry,) = (entry for who, what, entry in entries(here) if what == "difference_done")
    assert (f"difference {row['id']}", "open", "done") == (
        entry.subject, entry.before, entry.after
    )
    told = dict(entry.more)
    assert ("查过", "D1", 4) == (told["note"], told["rows"][0]["batch"], told["rows"][0]["line"])


@pytest.mark.parametrize("deed", ["file", "plan", "push", "key", "revoke", "list"])
def test_what_cannot_be_entered_is_not_done(here, tmp_path, monkeypatch, deed):
    """A file that nobody let count must not count."""
    now = instants.now()
    accounts.add(here.store, "ann", "quite-long-enough", "office", now, by=ANN)
    key, _ = partners.add(here.store, here.settings.seal_keys, "bank", ["facts"], ANN, now)
    path = day(tmp_path, 1, 2)
    users = write(tmp_path / "known.csv", [(make_phone(7),)], head=("phone",))
    acts = {
        "file": lambda: take(here, path, source="bank"),
        "plan": lambda: take(here, path, aim=Aim.PLAN, source="bank"),
        "push": lambda: push(here),
        "key": lambda: partners.add(
            here.store, here.settings.seal_keys, "rural", ["facts"], ANN, now),
        "revoke": lambda: partners.revoke(here.store, key, ANN, now),
        "list": lambda: import_known_users(here.ledger, users, identify(here), ANN, now),
    }
    before = rows(here)

    def fails(*args):
        raise StoreError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "append", fails)
        with pytest.raises(StoreError):
            acts[deed]()
    assert before == rows(here)
    acts[deed]()
    assert before["audit"] + 1 == rows(here)["audit"]


def test_a_row_that_cannot_be_read_is_kept_as_data_and_told_in_both_languages(here, tmp_path):
    take(here, day(tmp_path, 1, 2))
    from attribution.facts import bad_rows

    (row,) = difference_list(here.store, here.campaign.id, everything=False)
    assert [["row_phone", {"digits": 2}]] == json.loads(row["reason"])
    assert "phone: not a mobile number (2 digits)" == bad_rows.told(row["reason"])
    assert "不是11位手机号（2 位数字）" == bad_rows.shown(row["reason"])
    for before in ("phone: not a mobile number (2 digits)", "credited", "[]", '[["x",{}]]',
                   '[["row_phone",{"digits":"1"}]]', '[["row_time",{"field":"x","shape":[1,[]]}]]'):
        assert before == bad_rows.told(before) == bad_rows.shown(before)
