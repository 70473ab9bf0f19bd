"""
Group commit for an event loop: a thousand visitors wait for one sync without a thread each.

A thread that waits costs two changes of context to wake and a fight for the
interpreter; 32 of them cost more than the sync and the rows together, measured. Here
the jobs of a loop wait as futures. Whose turn it is to lead is led by the one thread
that the loop keeps for this, begun at the first such job and so never before a fork.

Where nobody else writes and the disk is quick the loop leads itself: to hand a scan to a thread
and to hear of it again took as long as the writing, and many at once lost as much to two
threads that want one interpreter at each row. But it must wait for the others, as a thread
does: with whoever was there at the first moment, few shared a sync, and it was slower.
"""
import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from attribution.store.engine.group_commit import GATHER_S, GroupCommit, Job


class AwaitedCommits:
    """Submits jobs to *commits* for the running event loop. Not for other threads."""

    def __init__(self, commits: GroupCommit):
        self.loop = asyncio.get_running_loop()
        self._commits = commits
        self._leader = ThreadPoolExecutor(1, "leader")
        self._open: dict[Job, tuple[float, asyncio.Future[None]]] = {}  # oldest first
        self._done: deque[Job] = deque()  # from the leaders to the loop
        self._timer: asyncio.TimerHandle | None = None
        # Who leads here, once those have come who are expected.
        self._gathering: tuple[Job, asyncio.TimerHandle] | None = None

    async def submit(self, job: Job) -> Any:
        """
        Return *job*'s outcome once it is durable; *job*'s call must be `wake`.

        Raises:
            Busy, Exception: as `GroupCommit.submit` does.
        """
        future = self.loop.create_future()
        leads = self._commits.enter(job)
        self._open[job] = self.loop.time(), future
        if job.done:
            self.wake(job)
        elif leads:
            self._turn(job)
        elif self._gathering is not None and self._commits.is_gathered:
            leader, timer = self._gathering
            timer.cancel()
            self._turn(leader)
        if self._timer is None:
            self._timer = self.loop.call_later(self._commits.wait_s, self._sweep)
        await future
        return job.result()

    def wake(self, job: Job) -> None:
        """Take notice, from any thread, that *job* is done or its turn has come."""
        if not job.done:
            self.loop.call_soon_threadsafe(self._turn, job)
            return
        # One call for all of a batch: each writes to a pipe. Whoever finds another job
        # there after putting down its own knows that the loop has been called.
        self._done.append(job)
        if len(self._done) <= 1:
            self.loop.call_soon_threadsafe(self._deliver)

    def _turn(self, job: Job) -> None:
        self._gathering = None
        if not self._commits.is_quick:
            self._leader.submit(self._lead, job)
        elif self._commits.is_gathered:
            # Once all have entered who came at the same moment.
            self.loop.call_soon(self._lead_here, job)
        else:
            self._gathering = job, self.loop.call_later(GATHER_S, self._lead_here, job)

    def _lead_here(self, job: Job) -> None:
        self._gathering = None
        try:
            self._commits.lead_now(job)
        finally:
            if job.done:
                self._done.append(job)
                self._deliver()
            else:
                self._leader.submit(self._lead, job)

    def _lead(self, job: Job) -> None:
        try:
            self._commits.lead(job)
        finally:
            if job.done:
                self.wake(job)

    def _deliver(self) -> None:
        while self._done:
            _, future = self._open.pop(self._done.popleft(), (0, None))
            if future is not None and not future.done():  # the visitor may have gone
                future.set_result(None)

    def _sweep(self) -> None:
        """Tell those who waited too long that the database did not come free."""
        now = self.loop.time()
        for job, (since, _) in list(self._open.items()):
            if now - since < self._commits.wait_s:
                break
            if self._commits.withdraw(job):
                self.wake(job)
        # Every second where some are overdue: they are being written, and will end.
        oldest = next(iter(self._open.values()), None)
        self._timer = None
        if oldest is not None:
            left = max(oldest[0] + self._commits.wait_s - now, 1.0)
            self._timer = self.loop.call_later(left, self._sweep)
