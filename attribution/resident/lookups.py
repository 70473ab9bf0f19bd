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
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from attribution.facts import feed_reader, feed_rows
from attribution.ledger import Ledger
from attribution.rule.instants import HOUR, Instant, from_datetime
from attribution.rule.newness import SILENCE, Answer, Platform, State, judge
from attribution.rule.people import Person, identify, normalise_phone
from attribution.store import StoreError, residents
from qrgen.shell import Fault

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

    def __init__(self, ledger: Ledger, platform: Platform):
        self._store = ledger.store
        self._campaign = ledger.campaign
        self._mark_time = from_datetime(ledger.campaign.mark_time)
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
            state = judge(self.platform.lookup("", person), self._mark_time)
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
        self._keep(judge(answer, self._mark_time), person, claim, at)

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


@dataclass
class Taken:
    """What an import of known users did."""

    list: str
    rows: int = 0
    known: int = 0  # on the list now, over all imports
    repeated: bool = False


def import_known_users(
    ledger: Ledger, path: Path, *, pepper: str, digest: str, now: Instant,
    by_whom: str, registered_heading: str | None = None, phone_heading: str | None = None,
) -> Taken:
    """
    Take the platform's list of known users in: numbers become digests row by row.

    The file is read twice, once to find every bad row. It is written in short
    transactions, because a claim waits for the end of one; a list that was not read to
    its end does not count as a list, and the same file again completes it.

    Raises:
        Fault: rows cannot be read; nothing was written. Its `more` names them.
    """
    if not path.is_file():
        raise Fault(f"{path}: no such file", "name the platform's list of users")
    sha256 = feed_reader.sha256_of(path)
    with ledger.store.read() as connection:
        same = residents.known_list(connection, ledger.campaign.id, sha256)
        if same is not None:
            known = residents.count_known_users(connection, ledger.campaign.id)
            return Taken(same["id"], same["row_count"], known, repeated=True)
    mapping = {
        name: heading
        for name, heading in (("phone", phone_heading), ("registered_at", registered_heading))
        if heading
    }
    taken = Taken(path.stem)
    bad: list[Fault] = []
    for row in feed_rows.read_users(path, mapping):
        taken.rows += 1
        if isinstance(row, feed_reader.BadRow) and len(bad) < 1000:
            bad.append(Fault(f"{path.name}:{row.line}: {row.cause}"))
    if bad:
        raise Fault(
            f"{path}: rows cannot be read, so nothing was taken in",
            "correct these rows, or ask the platform for the list again", more=bad,
        )
    if not taken.rows:
        raise Fault(f"{path}: no rows under the heading", "ask the platform for the list again")

    def users() -> Iterator[tuple[str, Instant | None]]:
        for row in feed_rows.read_users(path, mapping):
            if isinstance(row, feed_reader.BadRow):
                raise Fault(f"{path}: the file changed while it was read", "try again")
            yield identify(row.phone, pepper, digest).digest, row.registered_at

    rows = users()
    while chunk := list(islice(rows, 2000)):
        with ledger.store.transaction() as connection:
            residents.add_known_users(connection, ledger.campaign.id, taken.list, chunk)
    with ledger.store.transaction() as connection:
        residents.add_known_list(
            connection, ledger.campaign.id,
            {
                "id": taken.list, "sha256": sha256, "at": now, "row_count": taken.rows,
                "by_whom": by_whom,
            },
        )
        taken.known = residents.count_known_users(connection, ledger.campaign.id)
    return taken
