"""
Group commit: all requests that wait at one moment share one transaction and one sync.

Leader-follower, without a thread of its own (a writer thread dies at fork): the
first request that finds nobody leading commits for everyone waiting, wakes them,
and hands the lead to the oldest of those who came meanwhile. A request is
answered only after its own row is durable. Measured against one commit per
request: twice as fast on a fast disk, eight to ten times on a slow one.

The leader opens the transaction first and takes the batch only then, so that
everyone who came while it waited for another process goes with it, and whoever
gave up in that time is written nowhere.
"""
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from attribution.store.engine.database import Busy, NotNow, StoreError

# More than the requests one process can serve at a time: a bound for memory.
LIMIT = 2048
# One transaction stays short enough for reports and other processes.
BATCH = 256
# How long a request waits before it is told to come back. People put the phone
# away after some seconds; a proxy before us gives up after sixty.
WAIT_S = 5.0
# When nothing was committed for so long although many wait, the next are told at
# once. Otherwise they would take every thread, and read-only pages had none.
STUCK_S = 1.0
# How long a leader waits for company, when it has reason to expect some.
GATHER_S = 0.001
CROWD = 24
# How long a transaction may have taken for an event loop to write the next one itself: it
# answers nobody meanwhile.
QUICK_S = 0.003

# Commits the jobs that its argument returns.
Commit = Callable[[Callable[[], Sequence["Job"]]], None]


class Job:
    """
    One thing to commit, and what became of it. Subclasses say what it is.

    Args:
        call: Told when the job is done or its turn to lead has come (`leads`), by any
            thread and under locks, so it must be quick. None: a thread stands in `wait`.
    """

    def __init__(self, call: "Callable[[Job], None] | None" = None) -> None:
        self.outcome: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.leads = False
        self.call = call
        self._signal = threading.Lock()
        self._signal.acquire()

    def wake(self) -> None:
        """Tell who waits for the job."""
        if self.call is None:
            self._signal.release()
        else:
            self.call(self)

    def wait(self, seconds: float = -1) -> bool:
        """Return False when nobody called within *seconds*."""
        return self._signal.acquire(timeout=seconds)

    def result(self) -> Any:
        """Return the outcome, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.outcome


@dataclass(frozen=True)
class Committed:
    """One finished transaction, for those who watch: see `GroupCommit.watcher`."""

    jobs: int
    seconds: float
    waiting: int
    error: BaseException | None


class GroupCommit:
    """
    Commits jobs in batches.

    Args:
        commit: Opens one transaction, calls its argument to get the batch, writes
            it and sets each job's outcome or error. When it raises, nothing was
            written and every job of the batch fails with it.
        commit_now: The same, or NotNow at once where it would wait for others; None: always.
        limit: How many jobs may wait; one more raises Busy.
        wait_s: How long a job may wait to be taken.
        crowd: How many may wait on a transaction that takes longer than STUCK_S.
    """

    def __init__(
        self,
        commit: Commit,
        *,
        commit_now: Commit | None = None,
        limit: int = LIMIT,
        batch: int = BATCH,
        wait_s: float = WAIT_S,
        crowd: int = CROWD,
    ):
        self._commit = commit
        self._commit_now = commit_now
        self._took = 0.0  # the last transaction, once it was open
        self._limit = limit
        self._batch = batch
        self.wait_s = wait_s
        self._crowd = crowd
        self._mutex = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._leading = False
        self._since = 0.0  # when the present leader began
        self._expected = 0  # how many came together last time, about
        self._gathering = False  # the leader waits for as many
        self._gathered = threading.Lock()
        self._gathered.acquire()
        # Told of every transaction, outside all locks; it must not raise.
        self.watcher: Callable[[Committed], None] | None = None

    @property
    def depth(self) -> int:
        """How many jobs wait now."""
        return len(self._waiting)

    def submit(self, job: Job) -> Any:
        """
        Return *job*'s outcome once it is durable.

        Raises:
            Busy: too many wait, or the database stayed out of reach; nothing of
                this job was or will be written.
            Exception: what the job or its transaction raised.
        """
        # A job being written when its time is over is waited for: it may be durable.
        if (
            not self.enter(job) and not job.wait(self.wait_s)
            and not self.withdraw(job) and not job.leads
        ):
            job.wait()
        self.lead(job)
        return job.result()

    def enter(self, job: Job) -> bool:
        """
        Put *job* in the queue; return whether nobody leads, so that it is the caller's turn.

        Raises:
            Busy: too many wait.
        """
        with self._mutex:
            if self._is_full():
                raise Busy("too many requests are waiting for the disk")
            self._waiting.append(job)
            job.leads = not self._leading
            if job.leads:
                self._leading, self._since = True, time.monotonic()
            elif self._gathering and self.is_gathered:
                self._gathering = False
                self._gathered.release()
            return job.leads

    def lead(self, job: Job) -> None:
        """Commit until *job* is done; for a caller whose turn it is."""
        while not job.done:  # a batch may end before one's own job
            self._gather()
            self._commit_once(job, self._commit)

    @property
    def is_quick(self) -> bool:
        """Whether `lead_now` may be tried: the last was written in a moment."""
        return self._commit_now is not None and self._took < QUICK_S

    @property
    def is_gathered(self) -> bool:
        """Whether as many wait as were answered last, about: see `_gather`."""
        return len(self._waiting) >= self._expected

    def lead_now(self, job: Job) -> None:
        """
        Commit once in this thread, which must wait for nothing but the disk; for a caller whose
        turn it is. Where *job* is not done then, a thread that can wait must lead it.
        """
        if self._commit_now is not None:
            self._commit_once(job, self._commit_now, called=True)

    def withdraw(self, job: Job) -> bool:
        """Fail *job* with Busy, unless it is being written or its turn to lead has come."""
        with self._mutex:
            if job.leads or job not in self._waiting:
                return False
            self._waiting.remove(job)
        job.done, job.error = True, Busy("the database did not come free in time")
        return True

    def _is_full(self) -> bool:
        count = len(self._waiting)
        if count < self._crowd:
            return False
        stuck = self._leading and time.monotonic() - self._since > STUCK_S
        return stuck or count >= self._limit

    def _commit_once(self, own: Job, commit: Commit, *, called: bool = False) -> None:
        """
        Commit the head of the queue once, then pass the lead on (or keep it).

        Args:
            called: Only as far as jobs have a call; a thread's may be of any length.
        """
        batch: list[Job] = []
        opened = 0.0

        def take() -> Sequence[Job]:
            nonlocal opened
            # Once: an engine that tries again must write the same jobs.
            if not batch:
                opened = time.monotonic()
                with self._mutex:
                    while self._waiting and len(batch) < self._batch:
                        if called and self._waiting[0].call is None:
                            break
                        batch.append(self._waiting.popleft())
            return batch

        began = time.monotonic()
        tried = True
        failure: BaseException | None = None
        try:
            commit(take)
        except NotNow:
            tried = False
            return
        except BaseException as error:
            failure = error
            if not batch:
                self._take_failed(own, error, batch, take)
            for job in batch:
                # One traceback must not be shared between threads.
                job.error = type(error)(*error.args) if isinstance(error, StoreError) else error
        finally:
            if tried:
                self._took = time.monotonic() - (opened or began)
                self._pass_on(own, batch, failure)
        if self.watcher is not None:
            self.watcher(
                Committed(len(batch), time.monotonic() - began, self.depth, failure)
            )
        if failure is not None and not isinstance(failure, Exception):
            raise failure

    def _gather(self) -> None:
        """
        Wait a moment for those who were answered last: they come back at once when
        many connections are busy, and then one sync serves them all. A visitor
        alone never waits here.
        """
        with self._mutex:
            if self.is_gathered:
                return
            self._gathering = True
        if not self._gathered.acquire(timeout=GATHER_S):
            with self._mutex:
                if not self._gathering:
                    self._gathered.acquire()  # released this moment
                self._gathering = False

    def _take_failed(
        self, own: Job, error: BaseException, batch: list[Job], take: Callable[[], object]
    ) -> None:
        """The transaction did not open. Who still has time may wait for the next try."""
        if isinstance(error, Busy):
            with self._mutex:
                self._waiting.remove(own)
            batch.append(own)
        else:
            take()

    def _pass_on(self, own: Job, batch: list[Job], failure: BaseException | None) -> None:
        finished = own in batch
        with self._mutex:
            for job in batch:
                job.done = True
            successor = None
            if finished and self._waiting:
                # After a vain wait the youngest leads: it has the most time left.
                successor = self._waiting[-1 if isinstance(failure, Busy) else 0]
            self._leading = successor is not None or not finished
            self._since = time.monotonic()
            self._expected = (len(batch) + len(self._waiting)) * 3 // 4
            # Under the mutex, so that nobody leaves the queue while being chosen.
            if successor is not None:
                successor.leads = True
                successor.wake()
        for job in batch:
            if job is not own:
                job.wake()
