"""
The ways to ask the platform who is new, behind one protocol.

What an answer means is the rule's (`rule.newness`); here is how one is come by: nobody is
asked, a list of known users is, or the platform's own signed interface. Whoever cannot say
gives `SILENCE`, which keeps nobody from claiming; the feed brings the truth.
"""
import json
import threading
import time
from collections.abc import Callable
from typing import Protocol

from attribution.ledger import Ledger
from attribution.resident.signed_post import Endpoint, NoAnswer
from attribution.rule.instants import parse_instant
from attribution.rule.newness import SILENCE, Answer
from attribution.settings.resident_options import ResidentSettings
from attribution.store import residents


class Platform(Protocol):
    """Somebody who knows who is registered."""

    source: str

    def lookup(self, phone: str, person: str) -> Answer:
        """
        Return what is known of *phone* (eleven digits), whose digest is *person*.

        Never raises: who cannot say gives `SILENCE`.
        """


class Off:
    """Nobody is asked; the feed tells later."""

    source = "off"

    def lookup(self, phone: str, person: str) -> Answer:
        return SILENCE


class KnownUsers:
    """
    A list of known users, imported as digests.

    Args:
        find: digest -> what the list says; `SILENCE` while there is no list.
    """

    source = "file"

    def __init__(self, find: Callable[[str], Answer]):
        self._find = find

    def lookup(self, phone: str, person: str) -> Answer:
        return self._find(person)


class Breaker:
    """
    Stops asking a platform that fails, so that its trouble does not become ours.

    After *failures* in a row nobody asks for *rest_s*; then one may try, and its
    outcome decides. Safe between threads.
    """

    def __init__(
        self, failures: int = 5, rest_s: float = 30.0, clock: Callable[[], float] = time.monotonic
    ):
        self._most = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failed = 0
        self._until = 0.0
        self._mutex = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether asking is stopped now."""
        return self._failed >= self._most and self._clock() < self._until

    def may_ask(self) -> bool:
        with self._mutex:
            if self._failed < self._most:
                return True
            now = self._clock()
            if now < self._until:
                return False
            # This one tries; the others go on waiting for its outcome.
            self._until = now + self._rest_s
            return True

    def note(self, well: bool) -> None:
        with self._mutex:
            self._failed = 0 if well else self._failed + 1
            if self._failed >= self._most:
                self._until = self._clock() + self._rest_s


class Http:
    """
    Asks the platform's signed interface: ``POST url {"phone": …}``, answered with
    ``{"known": true|false, "registered_at": ISO 8601 or null}``.

    Signed as `signed_post.sign` says, in ``X-Timestamp``, ``X-Nonce``, ``X-Signature``. The number
    travels in the body only. One retry, because a lost packet is common; no redirect is
    followed, because it would carry the number elsewhere.

    Args:
        timeout_s: For each attempt.
    """

    source = "http"

    def __init__(
        self, url: str, key: str, *, timeout_s: float = 2.0, attempts: int = 2,
        breaker: Breaker | None = None,
    ):
        self._endpoint = Endpoint(url, key, timeout_s)
        self._attempts = attempts
        self.breaker = breaker or Breaker()

    def lookup(self, phone: str, person: str) -> Answer:
        if not self.breaker.may_ask():
            return SILENCE
        for _ in range(self._attempts):
            answer = self._ask(phone)
            if answer is not None:
                self.breaker.note(True)
                return answer
        self.breaker.note(False)
        return SILENCE

    def _ask(self, phone: str) -> Answer | None:
        try:
            status, raw = self._endpoint.post({"phone": phone})
            return _read(json.loads(raw)) if status == 200 else None
        except (NoAnswer, ValueError):
            return None


def _read(answer: object) -> Answer | None:
    if not isinstance(answer, dict) or not isinstance(answer.get("known"), bool):
        return None
    at = answer.get("registered_at")
    return Answer(answer["known"], parse_instant(at) if isinstance(at, str) else None)


def find_known(ledger: Ledger, person: str) -> Answer:
    """Return what the imported list says of *person*."""
    with ledger.store.read() as connection:
        row = residents.known_user(connection, ledger.campaign.id, person)
        if row is not None:
            return Answer(True, row["registered_at"])
        # No list, no knowledge: an empty table must not make the whole county new.
        return (
            Answer(False) if residents.has_known_list(connection, ledger.campaign.id) else SILENCE
        )


def make_platform(settings: ResidentSettings, ledger: Ledger) -> Platform:
    """Return whom to ask who is new."""
    if settings.newness == "file":
        return KnownUsers(lambda person: find_known(ledger, person))
    if settings.newness == "http":
        return Http(
            settings.newness_url, settings.platform_key, timeout_s=settings.newness_timeout_s
        )
    return Off()
