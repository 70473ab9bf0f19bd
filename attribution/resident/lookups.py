"""
Asking who is new, beside the road: after the claim, out of the request's time.

Were the platform asked while the resident waits, the length of the wait would tell a
stranger whether a number is registered. So a claim is answered first, and a small
queue asks afterwards. A number waits in memory only; what a stopped process had not
asked yet stays unknown, and the feed brings the truth.
"""
import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from attribution.ledger import Ledger
from attribution.resident.platform import Platform
from attribution.rule.instants import HOUR, Instant, from_datetime
from attribution.rule.newness import Answer, State, judge
from attribution.rule.people import Person, normalise_phone
from attribution.store import StoreError, residents

log = logging.getLogger("attribution")

# Numbers that may wait. A platform that is slower than that is not waited for.
WAITING = 1000
ASKERS = 2


@dataclass(frozen=True)
class _Question:
    phone: str = field(repr=False)
    person: str
    claim: int
    at: Instant


class Lookups:
    """Asks *platform* about claims of one campaign and records what it says. Thread-safe."""

    def __init__(
        self, ledger: Ledger, platform: Platform, now: Callable[[], Ledger] | None = None
    ):
        self._store = ledger.store
        self._campaign = ledger.campaign
        # Its mark time may be put off while the service runs.
        self._now = now or (lambda: ledger)
        self.platform = platform
        self._questions: queue.Queue[_Question] = queue.Queue(WAITING)
        self._mutex = threading.Lock()
        self._pid = 0

    def later(self, phone: str, person: Person, claim: int, now: Instant) -> None:
        """Ask about *claim*'s number when there is time."""
        if self.platform.source == "off":
            return
        self._start()
        try:
            self._questions.put_nowait(
                _Question(normalise_phone(phone), person.digest, claim, now)
            )
        except queue.Full:
            log.warning("newness: the platform is too slow; a claim stays unknown")

    def told(self, person: str, claim: int, at: Instant) -> State:
        """
        Return what is known of somebody whose number is proved, and record it for *claim*.

        The number itself is gone by now; so `http` was asked while the message with the
        password travelled (`later`, claim 0), and its answer is what counts.
        """
        if self.platform.source != "http":
            state = self._judged(self.platform.lookup("", person))
        else:
            with self._store.read() as connection:
                found = residents.newest_state(connection, self._campaign.id, person, at - HOUR)
            state = State(found) if found else State.UNKNOWN
        if self.platform.source != "off":
            self._keep(state, person, claim, at)
        return state

    def drain(self) -> None:
        """Wait until everything asked so far is recorded."""
        if self._pid == os.getpid():
            self._questions.join()

    def _record(self, answer: Answer, person: str, claim: int, at: Instant) -> None:
        self._keep(self._judged(answer), person, claim, at)

    def _judged(self, answer: Answer) -> State:
        return judge(answer, from_datetime(self._now().campaign.mark_time))

    def _keep(self, state: State, person: str, claim: int, at: Instant) -> None:
        try:
            id = self._store.next_id(at)
            self._store.write(
                lambda c: residents.add_newness(
                    c, self._campaign.id, person, id=id, claim=claim, at=at,
                    state=state.value, source=self.platform.source,
                )
            )
        except StoreError as error:
            log.error("newness: not recorded: %s", error)

    def _start(self) -> None:
        if self._pid == os.getpid():
            return
        with self._mutex:
            if self._pid == os.getpid():
                return
            # Threads do not cross a fork, so each worker starts its own.
            self._questions = queue.Queue(WAITING)
            for number in range(ASKERS):
                threading.Thread(
                    target=self._ask, name=f"newness-{number}", daemon=True
                ).start()
            self._pid = os.getpid()

    def _ask(self) -> None:
        while True:
            question = self._questions.get()
            try:
                answer = self.platform.lookup(question.phone, question.person)
                self._record(answer, question.person, question.claim, question.at)
            except Exception as error:
                # Only the kind of error: its text may quote the question.
                log.error("newness: lookup failed: %s", type(error).__name__)
            finally:
                self._questions.task_done()
