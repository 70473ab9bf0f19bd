"""
One-time passwords: proof that a number is in the hand of who typed it.

Optional, because a message costs money and needs a signature approved by the carrier.
Six digits, kept as a keyed digest, five tries, five minutes, spent by the first right
one. How many are sent is limited three ways, so that nobody is bombed, nobody spends
the county's money, and nobody is shut out by a neighbour.

A form that arrives twice within AGAIN (somebody tapped twice, or a web server asked again
because the first answer was lost) sends no second message and proves no second time: it
gets the answer of the first.
"""
import hmac
import json
import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

from attribution.ledger import Ledger
from attribution.resident.links import Links, NoPage
from attribution.resident.messages import NotSent, Sender
from attribution.rule.instants import DAY, HOUR, MINUTE, SECOND, Instant
from attribution.rule.people import Person, normalise_phone
from attribution.settings.resident_options import Quotas
from attribution.store import one_time_passwords as passwords
from attribution.store.engine.database import Connection, Row
from qrgen.texts import squeeze

__all__ = ["NotSent", "OneTime", "Proved", "Sent", "TooMany", "Wrong", "person_of"]

DIGITS = 6
_LONGEST = 500  # characters: a whole message copied

# A web server asks again within seconds; a person who wants another message waits longer.
AGAIN = MINUTE


@dataclass(frozen=True)
class Sent:
    """A password is on its way. *id* goes into the page's address."""

    id: str
    last4: str


@dataclass(frozen=True)
class TooMany:
    """No message was sent. *wait_s*: when to come back."""

    wait_s: int


@dataclass(frozen=True)
class Proved:
    """
    The right password: the number belongs to who typed it.

    Args:
        given_at: When the number was given, with the consent where it is for a claim.
        near: Digests of the numbers beside it, for the claim's review.
    """

    person: Person
    form: str
    purpose: str
    given_at: Instant = 0
    near: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wrong:
    """
    *why*: ``wrong`` (with tries *left*), ``expired``, ``tries``; ``unread`` where what was typed
    is no password at all, which costs no try.
    """

    why: str
    left: int = 0

    def ends(self, running: bool) -> bool:
        """
        Tell whether the claim stands as it was given: no try is left, or no message can come
        any more, for the campaign is not *running*.
        """
        return self.why == "tries" or (self.why == "expired" and not running)


@dataclass(frozen=True)
class Awaited:
    """
    A password that was sent, as its page tells of it.

    Args:
        given_at: When the number was given, with the consent where it is for a claim.
        left: How many tries there are.
        over: It can no longer be typed in: too old, too many tries, or a newer one was sent.
        proved: It was typed in.
        near: Digests of the numbers beside it, for the claim's review.
    """

    person: Person
    purpose: str
    form: str
    given_at: Instant
    network: str
    visitor: str
    left: int
    over: bool
    proved: bool
    near: frozenset[str] = frozenset()


def read_password(text: str) -> str | None:
    """
    Return the six digits in *text*, as typed or as copied with the message around them.

    None where there are none, or not for sure: that is no guess, and nobody gains by it.
    """
    if len(text) > _LONGEST:
        return None
    # "123-456" is read aloud so, and "5分钟内有效" stands behind it in the message.
    found = re.findall(r"[0-9]+", re.sub(r"(?<=[0-9])[-–—·](?=[0-9])", "", squeeze(text)))
    fitting = {digits for digits in found if len(digits) == DIGITS}
    return fitting.pop() if len(fitting) == 1 else None


class OneTime:
    """
    Sends and checks passwords of one campaign.

    Args:
        key: Keys the digests of passwords.
    """

    def __init__(
        self, ledger: Ledger, key: str, quotas: Quotas, sender: Sender,
        make: Callable[[], str] = lambda: f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}",
    ):
        self._store = ledger.store
        self._campaign = ledger.campaign.id
        self._key = key.encode()
        self._links = Links(key, ledger.campaign.id)
        self.quotas = quotas
        self._sender = sender
        self._make = make

    def send(
        self, phone: str, person: Person, now: Instant, *, purpose: str, form: str = "",
        network: str, visitor: str, consent: str = "", client: str = "",
        near: Collection[str] = (),
    ) -> Sent | TooMany:
        """
        Send a password to *phone* (as typed); for the same *form* a moment later, none.

        Args:
            consent: The digest of what was agreed to, for the claim that comes of it.
            near: Digests of the numbers beside it (`review.neighbours`), for its review.

        Raises:
            NotSent: the carrier refused or cannot be reached.
        """
        password = self._make()
        token = self._links.password(person.digest, form or purpose, now)
        id = self._links.digest_of(token)
        row = {
            "id": id, "person": person.digest, "last4": person.last4, "purpose": purpose,
            "head": person.head, "aliases": json.dumps(person.aliases) if person.aliases else None,
            "form": form, "secret": self._digest(id, password), "at": now,
            "expires_at": now + self.quotas.lasts_s * SECOND, "network": network,
            "visitor": visitor, "given_at": now, "consent": consent, "client": client,
            "near": json.dumps(sorted(near)) if near else None,
        }

        def record(connection: Connection) -> Sent | TooMany | None:
            connection.hold(self._campaign, [person.digest])  # two nodes count one by one
            before = passwords.sent_for(
                connection, self._campaign, person.digest, purpose, form, now - AGAIN
            ) if form else None
            if before and now < before["expires_at"] and before["tries"] < self.quotas.tries:
                return Sent(
                    self._links.password(person.digest, form, before["at"]), person.last4
                )
            wait = self._wait(connection, person.digest, network, visitor, now)
            if wait:
                return TooMany(wait)
            passwords.forget_one_times(connection, self._campaign, now - DAY)
            passwords.end_one_times(connection, self._campaign, person.digest, purpose)
            # Sent again: number and consent are as old as they are.
            first = passwords.given_at(connection, self._campaign, person.digest, form) \
                if form else None
            passwords.add_one_time(
                connection, self._campaign, row if first is None else {**row, "given_at": first}
            )
            return None

        # Counted before it is sent: a crash in between costs a try, not the limit.
        done = self._store.write(record)
        if done is not None:
            return done
        try:
            self._sender.send(normalise_phone(phone), password)
        except NotSent:
            # Nobody waits for it, and the same form sent again must not say that one is coming.
            self._store.write(
                lambda c: passwords.end_one_times(c, self._campaign, person.digest, purpose)
            )
            raise
        return Sent(token, person.last4)

    def check(self, id: str, password: str, now: Instant) -> Proved | Wrong:
        """
        Say whether *password* is the one that was sent as *id*, and spend it if so.

        The same one for the same claim a moment later proves the same again, and no more. What
        cannot be read is told and not counted.
        """
        typed = read_password(password)
        try:
            id = self._links.digest_of(id)
        except NoPage:
            return Wrong("expired")
        # What was never sent is no reason for a transaction.
        with self._store.read() as connection:
            if passwords.one_time(connection, self._campaign, id) is None:
                return Wrong("expired")
        if typed is None:
            return Wrong("unread")

        def judge(connection: Connection) -> Proved | Wrong:
            row = passwords.one_time(connection, self._campaign, id)
            if row is not None:
                # Guesses that arrive together at several nodes are judged one by one.
                connection.hold(self._campaign, [row["person"]])
                row = passwords.one_time(connection, self._campaign, id)
            if row is not None and row["proved_at"] is not None:
                again = row["purpose"] == "claim" and now - row["proved_at"] <= AGAIN
                if again and hmac.compare_digest(self._digest(row["id"], typed), row["secret"]):
                    return _proved(row)
                return Wrong("expired")
            if row is None or not row["secret"] or now >= row["expires_at"]:
                if row is not None and row["tries"] >= self.quotas.tries:
                    return Wrong("tries")
                return Wrong("expired")
            if row["tries"] >= self.quotas.tries:
                return Wrong("tries")
            passwords.count_try(connection, self._campaign, row["id"])
            if not hmac.compare_digest(self._digest(row["id"], typed), row["secret"]):
                left = self.quotas.tries - row["tries"] - 1
                return Wrong("wrong", left) if left else Wrong("tries")
            passwords.prove(connection, self._campaign, row["id"], now)
            return _proved(row)

        return self._store.write(judge)

    def proved(self, id: str, now: Instant, *, purpose: str, within_s: int = 900) -> Person | None:
        """Return whose number *id* proved not longer than *within_s* ago, for one *purpose*."""
        try:
            row = self._row(id)
        except NoPage:
            return None
        if row is None or row["purpose"] != purpose or row["proved_at"] is None:
            return None
        if now - row["proved_at"] > within_s * SECOND:
            return None
        return person_of(row)

    def asked(self, id: str, now: Instant) -> Awaited:
        """
        Return what was sent as *id*, proved or not, as long as a page may stand for it.

        Raises:
            NoPage: nothing was, or too long ago.
        """
        row = self._row(id)
        if row is None or now - row["at"] > DAY:
            raise NoPage
        left = max(0, self.quotas.tries - row["tries"])
        return Awaited(
            person_of(row), row["purpose"], row["form"], _given_at(row), row["network"],
            row["visitor"], left,
            over=not left or not row["secret"] or now >= row["expires_at"],
            proved=row["proved_at"] is not None, near=near_of(row),
        )

    def wait_s(self, asked: Awaited, now: Instant) -> int:
        """Return in how many seconds another message may be sent for *asked*; 0 for now."""
        with self._store.read() as connection:
            return self._wait(
                connection, asked.person.digest, asked.network, asked.visitor, now
            )

    def _row(self, token: str) -> Row | None:
        digest = self._links.digest_of(token)
        with self._store.read() as connection:
            return passwords.one_time(connection, self._campaign, digest)

    def _wait(
        self, connection: Connection, person: str, network: str, visitor: str, now: Instant
    ) -> int:
        """Return the seconds until another may be sent; 0 for now."""
        quotas = self.quotas
        longest = 0
        for column, value, most, period in (
            ("person", person, quotas.per_minute, MINUTE),
            ("person", person, quotas.per_hour, HOUR),
            ("person", person, quotas.per_day, DAY),
            ("visitor", visitor, quotas.visitor_per_day, DAY),
            ("network", network, quotas.network_per_day, DAY),
            ("campaign", self._campaign, quotas.all_per_day, DAY),
        ):
            if not value:
                continue
            sent = passwords.sent_since(connection, self._campaign, column, value, now - period)
            if len(sent) >= most:
                free_at = sent[len(sent) - most] + period if most else now + period
                longest = max(longest, -(-(free_at - now) // SECOND))
        return longest

    def _digest(self, id: str, password: str) -> str:
        return hmac.digest(self._key, f"one-time|{id}|{password}".encode(), "sha256").hex()


def _proved(row: Row) -> Proved:
    return Proved(person_of(row), row["form"], row["purpose"], _given_at(row), near_of(row))


def near_of(row: Row) -> frozenset[str]:
    """Return digests of the numbers beside the one that the password *row* was sent to."""
    return frozenset(json.loads(row["near"] or "[]"))


def _given_at(row: Row) -> Instant:
    # Of a password that an earlier version sent it is not known apart.
    return int(row["at"] if row["given_at"] is None else row["given_at"])


def person_of(row: Row) -> Person:
    """Return whom a password was sent to, as kept in its *row*."""
    aliases = tuple((kind, digest) for kind, digest in json.loads(row["aliases"] or "[]"))
    return Person(row["person"], row["last4"], row["head"], aliases)
