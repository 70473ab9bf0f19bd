"""The resident's SQL on both engines: one contract, told once."""
from pathlib import Path

from factories import make_campaign, make_phone

from attribution.ledger import Ledger
from attribution.resident import review
from attribution.resident.one_time import OneTime, Proved, Sent, TooMany
from attribution.rule.instants import SECOND
from attribution.rule.people import identify
from attribution.settings.resident_options import Quotas, Signs
from attribution.store import Store, log, residents
from attribution.store.engine.database import Connection

NOON = 1_700_000_000 * SECOND


def _seen_by_unit(connection: Connection) -> dict[str, int]:
    rows = connection.rows("select unit, count(*) as n from seen group by unit")
    return {row["unit"]: row["n"] for row in rows}


class Phone:
    password = ""

    def send(self, phone: str, password: str) -> None:
        self.password = password


def test_passwords(store: Store, tmp_path: Path) -> None:
    phone = Phone()
    one_time = OneTime(Ledger(store, make_campaign(tmp_path / "c")), "k" * 32, Quotas(), phone)
    person = identify(make_phone(1), "p" * 32)
    told = {"purpose": "my", "network": "n", "visitor": "v"}
    sent = one_time.send(make_phone(1), person, NOON, **told)
    assert isinstance(sent, Sent)
    assert TooMany(60) == one_time.send(make_phone(1), person, NOON, **told)
    assert Proved(person, "", "my", NOON) == one_time.check(sent.id, phone.password, NOON + 1)
    assert person == one_time.proved(sent.id, NOON + 2, purpose="my")
    assert one_time.proved(sent.id, NOON + 2, purpose="claim") is None


def test_claims_receipts_newness_and_erasure(store: Store) -> None:
    person = identify(make_phone(1), "p" * 32)
    scan = store.next_id(NOON)
    row = log.ClaimRow(
        store.next_id(NOON + SECOND), "c", person.digest, NOON + SECOND, "N01", 1, None, scan,
        False, person.last4, "x", "n", "wechat", token="t",
    )
    with store.transaction() as connection:
        log.add_claim(connection, row)
        residents.add_receipt(connection, "c", "d" * 64, person.digest, row.id)
        residents.add_newness(
            connection, "c", person.digest, id=store.next_id(NOON), claim=row.id, at=NOON,
            state="new", source="file",
        )
        residents.add_known_users(connection, "c", "l", [(person.digest, None)])
        residents.add_known_users(connection, "c", "l", [(person.digest, NOON)])
        residents.add_known_users(connection, "c", "l", [(person.digest, None)])
        residents.add_seen(connection, "c", scan, "N01", NOON)
        residents.add_seen(connection, "c", scan, "N01", NOON)
        residents.add_way_out(
            connection, residents.WayOut(store.next_id(NOON), "c", NOON, "ios", None, "qq", None)
        )
        residents.beat(connection, NOON)
        residents.beat(connection, NOON + 1)
    with store.read() as connection:
        near = review.neighbours(make_phone(2), "p" * 32, "sha256")
        signs = Signs(per_code=0, at_night=0, too_fast=0, in_a_row=1)
        reason = review.reason_to_hold(
            connection, "c", "N01", now=NOON + 2 * SECOND, scan=scan, near=near,
            honeypot=False, signs=signs,
        )
        assert "sequence" == reason
        receipt = residents.receipt(connection, "c", "d" * 64)
        assert {"person": person.digest, "claim": row.id} == receipt
        assert "new" == residents.newest_state(connection, "c", person.digest, NOON - 1)
        assert {"registered_at": NOON} == residents.known_user(connection, "c", person.digest)
        assert 1 == residents.count_known_users(connection, "c")
        assert {"N01": 1} == _seen_by_unit(connection)
        assert {"ios": 1} == residents.ways_out(connection, "c")
        (found,) = residents.claims_of(connection, "c", person.digest)
        assert (row.id, None) == (found["id"], found["withdrawn_at"])
    with store.transaction() as connection:
        residents.erase(
            connection, "c", person.digest, id=store.next_id(NOON), at=NOON, claim=None,
            by_whom="receipt",
        )
    with store.read() as connection:
        assert residents.receipt(connection, "c", "d" * 64) is None
        assert residents.known_user(connection, "c", person.digest) is None
        assert 1 == len(connection.rows("select * from erasure_asked"))
