"""
Partners who push: who signed a request, what it brings, and the same answer twice.

The nonce, the facts, the credits and the kept answer are one transaction. So a
request that failed has spent nothing and can be sent again as it is (a leader
of the field marks the request as seen first, fails, and answers the retry with
"duplicate": the lead is lost), and one whose answer was lost gets that answer.
"""
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attribution.deeds import Actor, Doing, Kind, do, do_within
from attribution.facts import claimants, feed_reader
from attribution.facts.identities import identity_of
from attribution.facts.pushes import Push, take_items
from attribution.facts.spool import lesser_grade
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import MINUTE, SECOND, Instant, iso_text, parse_instant
from attribution.rule.people import BadPhone, Identifier, normalise_phone
from attribution.rule.stated import Stated, parse_stated, too_far_ahead
from attribution.store import Store, partner_keys
from attribution.store.engine.database import Connection, Row
from qrgen.shapes import word_or_shape
from qrgen.shell import Fault

MAY = ("facts", "lookups")
MOST_ITEMS = 1000
MOST_BYTES = 2 * 1024 * 1024
MOST_REF = 64
SKEW = 5 * MINUTE

_LESSER = {"hash": "hashed numbers", "masked": "masked numbers", "number": "whole numbers"}
_TIMES = ("registered_at", "card_bound_at", "first_txn_at", "as_of")
# How the reasons end that say what is odd about the rows themselves.
_OF_DATA = ("_differs", "_void", "_before_registered", "_future", "_no_longer_stated")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_BATCH = re.compile(r"[A-Za-z0-9._-]{1,80}", re.ASCII)


class Refused(Exception):
    """A request that cannot be served: *status*, what is wrong in words, when to come again."""

    def __init__(self, status: int, kind: str, detail: str, wait_s: int = 0):
        super().__init__(detail)
        self.wait_s = wait_s
        self.status = status
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True)
class Signed:
    """A request whose signature holds. Its nonce is spent where its work is written."""

    key: str
    partner: str
    nonce: str
    body: bytes
    request: str  # the idempotency key
    sha256: str  # of path and body

    @property
    def actor(self) -> Actor:
        """Who acts, for the audit log."""
        return Actor(f"partner:{self.key}")


@dataclass(frozen=True)
class PartnerAnswer:
    """*body* is JSON; *again*: it was given before."""

    body: str
    again: bool = False


def add(
    store: Store, seal_keys: Sequence[str], partner: str, may: Sequence[str], actor: Actor,
    now: Instant,
) -> tuple[str, str]:
    """
    Give *partner* a key, beside those it has; return its id and its secret.

    The secret is told once. It is derived from the instance's key, so that whoever
    reads the database can sign nothing.
    """
    if not _NAME.fullmatch(partner):
        raise Fault(Code.PARTNER_NAME, status=2, name=partner)
    if not seal_keys:
        raise Fault(Code.SEAL_KEYS_MISSING)
    id = f"k{secrets.token_hex(8)}"

    def act(doing: Doing) -> None:
        row = {
            "id": id, "partner": partner, "may": " ".join(may), "at": now, "by_whom": actor.name,
        }
        partner_keys.add_key(doing.connection, row)
        doing.enter(Kind.PARTNER_ADD, f"partner {partner}", after={"key": id, "may": list(may)})

    do(store, actor, now, act)
    return id, _secret(seal_keys[-1], id)


def revoke(store: Store, key: str, actor: Actor, now: Instant) -> None:
    """
    End *key* for good.

    Raises:
        Fault: no such key is open.
    """

    def act(doing: Doing) -> None:
        row = partner_keys.key(doing.connection, key)
        if row is None or not partner_keys.revoke(doing.connection, key, now, actor.name):
            raise Fault(Code.PARTNER_KEY_UNKNOWN, key=key)
        doing.enter(
            Kind.PARTNER_REVOKE, f"partner {row['partner']}",
            before={"key": key, "may": row["may"].split()},
        )

    do(store, actor, now, act)


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of *body*: what X-Signature holds."""
    text = f"{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


def known_key(store: Store, headers: Mapping[str, str], now: Instant) -> str | None:
    """
    Return the key that signed a request as its *headers* say; None where there is none such.

    All that can be known before the body is there. It proves nothing.
    """
    id, stamp = headers.get("X-Key-Id", ""), headers.get("X-Timestamp", "")
    signed = re.fullmatch(r"[0-9a-fA-F]{64}", headers.get("X-Signature", "").strip(), re.ASCII)
    if not signed or not re.fullmatch(r"[0-9]{1,12}", stamp.strip(), re.ASCII):
        return None
    if abs(int(stamp) * SECOND - now) > SKEW:
        return None
    with store.read() as connection:
        key = partner_keys.key(connection, id.strip())
    return None if key is None else str(key["id"])


def verify(
    store: Store, seal_keys: Sequence[str], headers: Mapping[str, str], body: bytes, path: str,
    may: str, now: Instant,
) -> Signed:
    """
    Return who signed *body*.

    Raises:
        Refused: nobody we know did, not now, or not for this.
    """
    given = {name: headers.get(name, "").strip() for name in
             ("X-Key-Id", "X-Timestamp", "X-Nonce", "X-Signature", "Idempotency-Key")}
    missing = [name for name in ("X-Key-Id", "X-Timestamp", "X-Nonce", "X-Signature")
               if not given[name]]
    if missing:
        raise Refused(401, "unsigned", f"missing: {', '.join(missing)}")
    with store.read() as connection:
        key = partner_keys.key(connection, given["X-Key-Id"])
    # The same work and words whether the key or the signature is wrong.
    secret_of = [_secret(master, key["id"] if key else "nobody") for master in seal_keys]
    good = [
        hmac.compare_digest(
            sign(secret, given["X-Timestamp"], given["X-Nonce"], body).encode(),
            given["X-Signature"].lower().encode(),
        )
        for secret in secret_of
    ]
    if key is None or not any(good):
        raise Refused(401, "bad-signature", "no valid key signed this request")
    stamp = given["X-Timestamp"]
    if not re.fullmatch(r"[0-9]{1,12}", stamp, re.ASCII):
        raise Refused(401, "bad-timestamp", "X-Timestamp must be unix seconds")
    if abs(int(stamp) * SECOND - now) > SKEW:
        raise Refused(401, "bad-timestamp", f"more than 5 minutes from {iso_text(now)}")
    if not _NONCE.fullmatch(given["X-Nonce"]):
        raise Refused(401, "bad-nonce", "X-Nonce must be 8 to 128 of A-Z a-z 0-9 _ -")
    if may not in key["may"].split():
        raise Refused(403, "not-allowed", f"this key does not open {may}")
    sha256 = hashlib.sha256(path.encode() + b"\n" + body).hexdigest()
    request = given["Idempotency-Key"] or f"sha256-{sha256}"
    if not _KEY.fullmatch(request):
        raise Refused(400, "bad-request", "Idempotency-Key must be 1 to 128 visible ASCII letters")
    return Signed(key["id"], key["partner"], given["X-Nonce"], body, request, sha256)


def take_facts(
    ledger: Ledger, signed: Signed, identify: Identifier, now: Instant
) -> PartnerAnswer:
    """
    Take in the facts of *signed*; each item is taken or refused by itself.

    Raises:
        Refused: the request as a whole cannot be served.
    """
    asked = _read(signed.body, {"items", "batch", "as_of"})
    batch = asked.get("batch")
    if batch is not None and not (isinstance(batch, str) and _BATCH.fullmatch(batch)):
        raise Refused(422, "bad-batch", "batch must be 1 to 80 of A-Z a-z 0-9 . _ -")
    own = hashlib.sha256(signed.request.encode()).hexdigest()[:16]
    batch = f"api-{signed.partner}-{batch or own}"
    as_of = now
    if asked.get("as_of") is not None:
        try:
            as_of = parse_instant(str(asked["as_of"]))
        except ValueError:
            raise Refused(422, "bad-as-of", "as_of is not a time") from None
        if too_far_ahead(as_of, now):
            raise Refused(422, "bad-as-of", "as_of is more than a day ahead of the clock")
    rows: list[feed_reader.FeedRow] = []
    results: list[dict[str, Any]] = []
    unasked: dict[int, frozenset[int]] = {}
    for index, item in enumerate(asked["items"]):
        row, problems = _row(index, item, ledger.campaign.grades, now)
        result: dict[str, Any] = {"index": index}
        result |= _reference(item)
        if row is None:
            result |= {"status": "refused", "problems": problems}
        else:
            result["status"] = "accepted"
            rows.append(row)
            unasked[index] = frozenset(
                place for place, name in enumerate(_TIMES[:3]) if name not in item
            )
        results.append(result)

    if any(lesser_grade(row.phone) == "masked" for row in rows):
        try:
            claimants.complete(ledger, identify, now)
        except Fault as fault:
            raise Refused(409, "masked-headless", fault.told("en")) from None
    push = Push(batch, rows, signed.sha256, as_of, f"partner:{signed.partner}", unasked)

    def act(connection: Connection) -> str:
        if rows:
            try:
                _, outcomes = do_within(
                    ledger.store, connection, signed.actor, now,
                    lambda doing: take_items(ledger, doing, push, identify),
                )
            except Fault as fault:
                raise Refused(409, "batch-taken", f"{fault.cause}; nothing was changed") from None
            for outcome in outcomes:
                # Of what only the ledger knows (who claimed), a partner is told nothing here.
                data = outcome.reason.endswith(_OF_DATA)
                if data:
                    results[outcome.line]["anomaly"] = outcome.reason
        return json.dumps({
            "batch": batch if rows else None, "accepted": len(rows),
            "refused": len(results) - len(rows), "results": results,
        }, ensure_ascii=False)

    return _once(ledger.store, signed, now, act)


def look_up(ledger: Ledger, signed: Signed, identify: Identifier, now: Instant) -> PartnerAnswer:
    """
    Say of each number what our ledger knows: whether its person claimed, and for whom.

    Of somebody who never claimed nothing is said, whatever the platform told of them.
    """
    asked = _read(signed.body, {"items"})
    results: list[dict[str, Any]] = []
    persons: dict[int, str] = {}
    for index, item in enumerate(asked["items"]):
        result: dict[str, Any] = {"index": index}
        results.append(result)
        phone = item.get("phone") if isinstance(item, dict) else None
        result |= _reference(item)
        if isinstance(item, dict) and (wrong := _wrong_reference(item)):
            result |= {"status": "refused", "problems": wrong}
            continue
        try:
            if not isinstance(phone, str):
                raise BadPhone(0)
            persons[index], _ = identify(normalise_phone(phone))
            result["status"] = "answered"
        except BadPhone:
            result |= {"status": "refused", "problems": ["phone: not a mobile number"]}

    # Not idempotent by key: it is a question, and tomorrow's answer is another.
    def act(doing: Doing) -> str:
        _spend(doing.connection, signed, now)
        found = partner_keys.claims_of(
            doing.connection, ledger.campaign.id, sorted(set(persons.values()))
        )
        for index, person in persons.items():
            results[index] |= _standing(found.get(person))
        doing.enter(
            Kind.LOOKUP, f"partner {signed.partner}",
            after={"asked": len(persons), "known": len(found)},
        )
        return json.dumps({"results": results}, ensure_ascii=False)

    return PartnerAnswer(do(ledger.store, signed.actor, now, act))


def _standing(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"claimed": False}
    return {
        "claimed": True, "claimed_at": iso_text(row["at"]), "claimed_unit": row["unit"],
        "credited_unit": row["credited"], "reason": row["reason"],
    }


def _once(store: Store, signed: Signed, now: Instant, act: Any) -> PartnerAnswer:
    """Run *act* once for the request's idempotency key; later give the same answer."""

    def work(connection: Connection) -> PartnerAnswer:
        _spend(connection, signed, now)
        before = partner_keys.answered(connection, signed.partner, signed.request)
        if before is not None:
            if before["sha256"] != signed.sha256:
                raise Refused(
                    422, "key-reused", "this Idempotency-Key came before with another body"
                )
            return PartnerAnswer(before["body"], again=True)
        body: str = act(connection)
        partner_keys.keep_answer(connection, {
            "partner": signed.partner, "request": signed.request, "sha256": signed.sha256,
            "at": now, "body": body,
        })
        return PartnerAnswer(body)

    return store.write(work)


def _spend(connection: Connection, signed: Signed, now: Instant) -> None:
    if not partner_keys.spend_nonce(connection, signed.key, signed.nonce, now, now - 3 * SKEW):
        raise Refused(401, "replayed", "this nonce was used before")


def _read(body: bytes, known: set[str]) -> dict[str, Any]:
    try:
        asked = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400, "bad-json", "the body is not JSON in UTF-8") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("items"), list):
        raise Refused(422, "bad-request", 'the body must be an object with a list "items"')
    unknown = sorted(asked.keys() - known)
    if unknown:
        names = ", ".join(word_or_shape(name) for name in unknown[:10])
        raise Refused(422, "bad-request", f"unknown: {names}")
    if not 1 <= len(asked["items"]) <= MOST_ITEMS:
        raise Refused(422, "too-many", f"items must be 1 to {MOST_ITEMS}")
    return asked


def _reference(item: object) -> dict[str, str]:
    """Return the partner's own name of *item* to be told again, unless it is a number."""
    ref = item.get("ref") if isinstance(item, dict) else None
    if not isinstance(ref, str) or len(ref) > MOST_REF:
        return {}
    try:
        normalise_phone(ref)
    except BadPhone:
        return {"ref": ref}
    return {}  # the answer is kept


def _wrong_reference(item: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the partner's own name of *item*: cut, it would be another's."""
    ref = item.get("ref")
    if ref is None or (isinstance(ref, str) and len(ref) <= MOST_REF):
        return []
    return [f"ref: must be a text of at most {MOST_REF} characters"]


def _row(
    index: int, item: object, grades: Collection[str], now: Instant
) -> tuple[feed_reader.FeedRow | None, list[str]]:
    if not isinstance(item, dict):
        return None, ["not an object"]
    problems = [
        f"unknown: {word_or_shape(name)}" for name in item if name not in ("phone", "ref", *_TIMES)
    ]
    problems += _wrong_reference(item)
    phone = item.get("phone")
    number = ""
    try:
        # As in files: a hash or 138****1234 is no slip, and counts where the campaign allows it.
        given = identity_of(phone if isinstance(phone, str) else "")
        number = given.text
        if given.kind not in grades:
            problems.append(f"phone: this campaign takes no {_LESSER[given.kind]}")
    except BadPhone:
        problems.append("phone: not a mobile number")
    times: dict[str, Stated | None] = {}
    for name in _TIMES:
        value = item.get(name)
        try:
            if value is not None and not isinstance(value, str):
                raise ValueError
            read = parse_instant if name == "as_of" else parse_stated
            time = times[name] = read(value) if value else None
        except ValueError:
            problems.append(f"{name}: not a time")
        else:
            if time is not None and too_far_ahead(time, now):
                problems.append(f"{name}: more than a day ahead of the clock")
    if not problems and not any(item.get(name) for name in _TIMES[:3]):
        problems.append("no step: registered_at, card_bound_at or first_txn_at")
    if problems:
        return None, problems
    return feed_reader.FeedRow(
        index, number, times["registered_at"], times["card_bound_at"], times["first_txn_at"],
        times["as_of"],
    ), []


def _secret(master: str, id: str) -> str:
    return hmac.new(master.encode(), f"partner|{id}".encode(), "sha256").hexdigest()
