"""
Who is new: the rule, and the ways to ask the platform, behind one protocol.

Three answers and a fourth, relative to the campaign's mark time: not registered yet
(new), registered during the campaign, registered before it, or unknown. Unknown is an
answer like the others: a platform that is down keeps nobody from claiming, and the feed
will bring the truth. What is found out is for staff; a resident is told only after the
number was proved to be theirs (one_time.py), because otherwise anyone could ask about
anybody.

Neither Flask nor the database is imported here.
"""
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from attribution.resident.signed_post import Endpoint, NoAnswer
from attribution.rule.instants import Instant, parse_instant


class State(str, Enum):
    """What the platform says of a number, relative to the campaign's mark time."""

    NEW = "new"
    DURING = "during"
    BEFORE = "before"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """*known*: the platform has such a user; None: it could not say."""

    known: bool | None
    registered_at: Instant | None = None


SILENCE = Answer(None)


def judge(answer: Answer, mark_time: Instant) -> State:
    """
    Return the state that *answer* means.

    A user without a time is one from the list of old users that the platform gives
    before a campaign, so it was registered before.
    """
    if answer.known is None:
        return State.UNKNOWN
    if not answer.known:
        return State.NEW
    if answer.registered_at is None or answer.registered_at < mark_time:
        return State.BEFORE
    return State.DURING


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
