# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The signed door: who may bring facts, once, and what each refusal says."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import partner_client
import pytest
from factories import make_phone
from feeding import import_feed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from racing import at_once
from test_facts import claimed
from visitors import listening

from attribution import cli
from attribution.deeds import Actor
from attribution.facts import partners
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, iso_text
from attribution.store import StoreError, standings
from attribution.store import partner_keys as kept
from attribution.web.application import create_app

QUICK = settings(
    max_examples=40, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Partner:
    """A partner's program: signs as the document says, or as a test wants it otherwise."""

    def __init__(self, service, client, may=partners.MAY):
        self.service, self.client = service, client
        self.key, self.secret = partners.add(
            service.store, service.settings.seal_keys, "bank", may, Actor("test"), instants.now()
        )
        self.count = 0

    def post(self, what, payload, *, key=None, **headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.count += 1
        given = {
            "X-Key-Id": self.key, "X-Timestamp": str(int(time.time())),
            "X-Nonce": f"nonce-{self.count:08d}", "Content-Type": "application/json",
        }
        given.update({name.replace("_", "-"): value for name, value in headers.items()})
        if key:
            given["Idempotency-Key"] = key
        given.setdefault("X-Signature", partner_client.sign(
            self.secret, given["X-Timestamp"], given["X-Nonce"], body))
        return self.client.post(f"/api/v1/{what}", data=body, headers=given)


@pytest.fixture
def partner(service, client):
    return Partner(service, client)


def item(number, ago=HOUR, **more):
    at = instants.now() - ago
    return {
        "phone": make_phone(number), "registered_at": iso_text(at),
        "card_bound_at": iso_text(at + 5 * MINUTE), "first_txn_at": iso_text(at + 9 * MINUTE),
        **more,
    }


def count(service, table):
    with service.store.read() as connection:
        return connection.one(f"select count(*) as n from {table}")["n"]


def is_problem(answer, status, kind):
    assert status == answer.status_code
    assert "application/problem+json" == answer.mimetype
    said = answer.get_json(force=True)
    return (said["type"], said["status"]) == (kind, status)


def test_pushed_facts_become_credits_item_by_item(partner, service):
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 101)
    answer = partner.post("facts", {"batch": "2022-10-11", "items": [
        item(1, ref="a"), {"phone": "12345", "registered_at": "yesterday", "ref": "b"},
        {"phone": make_phone(2)}, item(3, vip=True), "nothing",
    ]})
    assert 200 == answer.status_code
    said = answer.get_json()
    assert ("api-bank-2022-10-11", 1, 4) == (said["batch"], said["accepted"], said["refused"])
    assert {"index": 0, "ref": "a", "status": "accepted"} == said["results"][0]
    assert ["phone: not a mobile number", "registered_at: not a time"] == (
        said["results"][1]["problems"]
    )
    assert 1 == count(service, "credit")
    assert [] == checks.check(service.ledger)


def test_a_lookup_tells_of_claims_and_nothing_of_strangers(partner, service):
    """Whoever never claimed is unknown here, even where the platform told of them."""
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 101)
    partner.post("facts", {"items": [item(1), item(2)]})
    answer = partner.post("lookups", {"items": [
        {"phone": make_phone(n), "ref": str(n)} for n in (1, 2, 3)] + [{"phone": 5}]})
    one, two, three, bad = answer.get_json()["results"]
    assert ("N07", "N07") == (one["claimed_unit"], one["credited_unit"])
    two.pop("index"), three.pop("index")
    two.pop("ref"), three.pop("ref")
    assert two == three == {"status": "answered", "claimed": False}
    assert "refused" == bad["status"]
    assert make_phone(1) not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"X_Signature": "0" * 64}, "bad-signature"),
        ({"X_Key_Id": "k0000000000000000"}, "bad-signature"),
        ({"X_Signature": "ключ"}, "bad-signature"),
        ({"X_Timestamp": "1"}, "bad-timestamp"),
        ({"X_Timestamp": "2022-10-11"}, "bad-timestamp"),
        ({"X_Nonce": "short"}, "bad-nonce"),
        ({"X_Nonce": ""}, "unsigned"),
    ],
)
def test_who_did_not_sign_now_is_refused(partner, service, headers, kind):
    if headers.get("X_Signature") == "ключ":
        headers = {"X_Signature": "ключ".encode().decode("latin-1")}
    assert is_problem(partner.post("facts", {"items": [item(1)]}, **headers), 401, kind)
    assert 0 == count(service, "fact")


@pytest.mark.parametrize(("off", "good"), [(-290, True), (290, True), (-310, False), (310, False)])
def test_five_minutes_of_clock_are_forgiven(partner, off, good):
    answer = partner.post("facts", {"items": [item(1)]}, X_Timestamp=str(int(time.time()) + off))
    assert good == (answer.status_code == 200)


def test_the_body_is_what_was_signed(partner):
    signature = partner_client.sign(
        partner.secret, str(int(time.time())), "nonce-of-another", b"{}")
    answer = partner.post("facts", {"items": [item(1)]}, X_Nonce="nonce-of-another",
                          X_Signature=signature)
    assert is_problem(answer, 401, "bad-signature")


def test_a_recorded_request_cannot_be_played_again(partner, service):
    body = {"items": [item(1)]}
    assert 200 == partner.post("facts", body, X_Nonce="recorded-nonce").status_code
    for what in ("facts", "lookups"):
        again = partner.post(what, body, X_Nonce="recorded-nonce")
        assert is_problem(again, 401, "replayed")
    assert 1 == count(service, "fact")


def test_the_same_request_again_gets_the_same_answer_and_counts_once(partner, service):
    body = {"items": [item(1), {"phone": "1"}]}
    first, second = (partner.post("facts", body, key="order-1") for _ in range(2))
    assert first.get_data() == second.get_data()
    assert "true" == second.headers["Idempotent-Replayed"]
    assert 1 == count(service, "fact")
    other = partner.post("facts", {"items": [item(2)]}, key="order-1")
    assert is_problem(other, 422, "key-reused")
    assert 1 == count(service, "fact")


def test_without_a_key_the_body_is_the_key(partner, service):
    body = {"items": [item(1)]}
    assert partner.post("facts", body).get_data() == partner.post("facts", body).get_data()
    assert 1 == count(service, "fact")


def test_a_batch_is_taken_in_once(partner, service):
    assert 200 == partner.post("facts", {"batch": "b", "items": [item(1)]}).status_code
    again = partner.post("facts", {"batch": "b", "items": [item(2)]})
    assert is_problem(again, 409, "batch-taken")
    assert 1 == count(service, "fact")


def test_an_error_spends_neither_nonce_nor_key(partner, service, monkeypatch):
    """Dub's lost lead: seen first, failed then, and the retry answered "duplicate"."""
    body = {"items": [item(1)]}

    def fail(*_):
        raise StoreError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(standings, "add_fact_columns", fail)
        failed = partner.post("facts", body, key="lead", X_Nonce="same-nonce-1")
    assert is_problem(failed, 503, "busy")
    assert "Retry-After" in failed.headers
    retried = partner.post("facts", body, key="lead", X_Nonce="same-nonce-1")
    assert 200 == retried.status_code
    assert "Idempotent-Replayed" not in retried.headers
    assert 1 == count(service, "fact")


def test_one_request_many_times_at_once_counts_once(partner, service):
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 101)
    body = {"items": [item(1)]}

    def sender(n):
        one = Partner.__new__(Partner)
        client = create_app(service.settings, service).test_client()
        one.__dict__ |= {**partner.__dict__, "client": client, "count": 100 * n}
        return lambda: one.post("facts", body, key="once").get_data()

    answers = at_once(*(sender(n) for n in range(1, 7)))
    assert 1 == len(set(answers))
    assert (1, 1, 1) == tuple(count(service, t) for t in ("fact", "credit", "batch"))
    assert [] == checks.check(service.ledger)


def test_keys_rotate_without_downtime_and_end_at_once(partner, service, client):
    old = partner.key, partner.secret
    assert 200 == partner.post("facts", {"items": [item(1)]}).status_code
    fresh = Partner(service, client)
    fresh.count = 50
    assert 200 == fresh.post("facts", {"items": [item(2)]}).status_code
    assert 200 == partner.post("facts", {"items": [item(3)]}).status_code
    service.store.write(lambda c: kept.revoke(c, old[0], instants.now(), "test"))
    assert is_problem(partner.post("facts", {"items": [item(4)]}), 401, "bad-signature")
    assert 200 == fresh.post("facts", {"items": [item(4)]}).status_code


def test_the_database_holds_no_secret(partner, service):
    assert partner.secret.encode() not in Path(service.store.database.path).read_bytes()


def test_a_key_opens_only_what_it_may(service, client):
    partner = Partner(service, client, may=("facts",))
    answer = partner.post("lookups", {"items": [{"phone": make_phone(1)}]})
    assert is_problem(answer, 403, "not-allowed")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"not json", 400, "bad-json"), (b"\xff\xfe", 400, "bad-json"),
        (b"[" * 100_000, 400, "bad-json"), (b"[]", 422, "bad-request"),
        (b'{"items": {}}', 422, "bad-request"), (b'{"items": []}', 422, "too-many"),
        (json.dumps({"items": [{}] * 1001}).encode(), 422, "too-many"),
        (b'{"items": [{}], "colour": 1}', 422, "bad-request"),
        (b'{"items": [{}], "batch": "a b"}', 422, "bad-batch"),
        (b'{"items": [{}], "as_of": "soon"}', 422, "bad-as-of"),
    ],
)
def test_a_body_that_makes_no_sense_is_told_what_is_wrong(partner, body, status, kind):
    assert is_problem(partner.post("facts", body), status, kind)


def test_too_much_is_refused_before_it_is_read(partner):
    answer = partner.post("facts", b" " * (partners.MOST_BYTES + 1))
    assert 413 == answer.status_code
    assert "application/problem+json" == answer.mimetype


def test_every_refusal_under_api_is_a_problem_document(partner, client):
    assert is_problem(client.get("/api/v1/nowhere"), 404, "about:blank")
    answer = client.get("/api/v1/facts")
    assert is_problem(answer, 405, "about:blank")
    assert "POST" in answer.headers["Allow"]
    assert is_problem(client.post("/api/v1/facts", json={}), 401, "unsigned")
    assert is_problem(
        partner.post("facts", {"items": [item(1)]}, Content_Type="text/plain"), 415, "bad-type")


def test_a_thousand_items_are_taken_at_once(partner, service):
    answer = partner.post("facts", {"items": [item(n) for n in range(1000)]})
    assert 1000 == answer.get_json()["accepted"] == count(service, "fact")


def test_the_document_names_every_road_and_answer(client, service):
    document = client.get("/api/v1/openapi.json").get_json()
    assert "3.1.0" == document["openapi"]
    assert {"/api/v1/facts", "/api/v1/lookups", "/api/v1/openapi.json"} == set(document["paths"])
    for path, verbs in document["paths"].items():
        for verb in verbs:
            assert client.open(path, method=verb.upper()).status_code in (
                int(code) for code in verbs[verb]["responses"])
    named = json.dumps(document).split("#/components/schemas/")[1:]
    assert {part.split('"')[0] for part in named} <= set(document["components"]["schemas"])


def test_the_page_of_the_document_needs_nothing_from_elsewhere(client):
    page = client.get("/api/v1/").get_data(as_text=True)
    assert "X-Signature" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://127.0.0.1", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["items", "phone", "batch", "as_of", "registered_at", "ref", "x"]), inner),
    max_leaves=12,
)


@QUICK
@given(body=JSON | st.builds(lambda i: {"items": [i]}, JSON) | st.binary(max_size=60),
       what=st.sampled_from(["facts", "lookups"]))
def test_no_signed_body_whatever_it_holds_breaks_the_service(partner, body, what):
    answer = partner.post(what, body)
    assert answer.status_code < 500
    assert answer.get_json(force=True)


@QUICK
@given(headers=st.dictionaries(
    st.sampled_from(["X_Key_Id", "X_Timestamp", "X_Nonce", "X_Signature", "Idempotency_Key"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40)))
def test_no_header_whatever_it_holds_breaks_the_service(partner, headers):
    assert partner.post("facts", {"items": [item(1)]}, **headers).status_code < 500


@pytest.fixture
def server(service):
    with listening(create_app(service.settings, service)) as url:
        yield url


def test_the_client_that_a_bank_copies_brings_a_file(server, service, instance, tmp_path, capsys):
    assert 0 == cli.main(["partner", "add", "ysf", "--instance", str(instance.folder)])
    out = capsys.readouterr().out
    environ = {**os.environ, "ZHUANMA_KEY": out.split("key: ")[1].split()[0],
               "ZHUANMA_SECRET": out.split("secret: ")[1].split()[0]}
    path = tmp_path / "today.csv"
    now = iso_text(instants.now() - HOUR)
    path.write_text(f"phone,registered_at,card_bound_at\n{make_phone(1)},{now},\n12,{now},\n",
                    encoding="utf-8-sig")
    script = Path(__file__).parent.parent / "scripts" / "partner_client.py"
    done = subprocess.run(
        [sys.executable, str(script), "--url", server, "facts", str(path)],
        env=environ, capture_output=True, text=True,
    )
    assert "" == done.stderr
    assert 1 == done.returncode  # one row was refused
    assert ["accepted", "refused"] == [
        json.loads(line)["status"] for line in done.stdout.splitlines()]
    assert 1 == count(service, "fact")


def test_partners_at_the_shell(instance, service, capsys):
    def run(*argv):
        return cli.main(["partner", *argv, "--instance", str(instance.folder)])

    assert 1 == run("rotate", "bank-a")
    assert 2 == run("add", "Bank A")
    assert 0 == run("add", "bank-a", "--may", "facts")
    assert 1 == run("add", "bank-a")
    assert 0 == run("rotate", "bank-a")
    key = capsys.readouterr().out.split("key: ")[1].split()[0]
    assert 0 == run("revoke", key)
    assert 1 == run("revoke", key)
    assert 0 == run("list")
    assert f"bank-a\t{key}\tfacts\t" in capsys.readouterr().out


def test_a_file_and_a_push_of_the_same_facts_give_the_same_credit(partner, service, tmp_path):
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 101)
    one = item(1)
    partner.post("facts", {"items": [one]})
    path = tmp_path / "day.csv"
    names = ["phone", "registered_at", "card_bound_at", "first_txn_at"]
    path.write_text(",".join(names) + "\n" + ",".join(one[n] for n in names) + "\n",
                    encoding="utf-8")
    report = import_feed(
        service.ledger, path, pepper=service.settings.person_pepper,
        digest="sha256", now=instants.now(), by_whom="test")
    assert {"matched": 1} == dict(report.categories)
    assert 1 == count(service, "credit")
    assert 0 == count(service, "adjustment")
