# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Group commit: everyone is told of their own row, and only when it is durable."""
import threading

import pytest

from attribution.store.database import Busy, StoreError
from attribution.store.group_commit import GroupCommit, Job


def test_all_who_wait_are_committed_in_few_batches():
    batches: list[int] = []
    gate = threading.Event()

    def commit(jobs):
        if not batches:
            gate.wait(10)
        batches.append(len(jobs))
        for job in jobs:
            job.outcome = id(job)

    commits = GroupCommit(commit)
    told: list[bool] = []

    def visit():
        job = Job()
        told.append(commits.submit(job) == id(job))

    threads = [threading.Thread(target=visit) for _ in range(40)]
    threads[0].start()
    for thread in threads[1:]:
        thread.start()
    while commits.depth < 39:
        pass
    gate.set()
    for thread in threads:
        thread.join(10)
    assert [True] * 40 == told
    assert [1, 39] == batches


def test_a_failed_transaction_fails_all_its_jobs_and_the_next_ones_go_on():
    fail = [True]

    def commit(jobs):
        if fail.pop():
            fail.append(False)
            raise StoreError("disk full")
        fail.append(False)

    commits = GroupCommit(commit)
    with pytest.raises(StoreError, match="disk full"):
        commits.submit(Job())
    assert commits.submit(Job()) is None


def stop(gate):
    gate.wait(10)


def test_a_full_queue_says_so_at_once():
    gate = threading.Event()
    commits = GroupCommit(lambda jobs: stop(gate), limit=1)
    first = threading.Thread(target=commits.submit, args=(Job(),))
    second = threading.Thread(target=commits.submit, args=(Job(),))
    first.start()
    while commits.depth or not commits._leading:
        pass
    second.start()
    while commits.depth < 1:
        pass
    with pytest.raises(Busy):
        commits.submit(Job())
    gate.set()
    first.join(10)
    second.join(10)


def test_one_bad_job_does_not_harm_its_neighbours(service):
    """Each write of a shared transaction stands behind a savepoint of its own."""
    store = service.store
    errors: list[BaseException] = []

    def bad(connection):
        connection.run("insert into writer (name, leases) values ('x', 1)")
        raise ValueError("no")

    def visit(action):
        try:
            store.write(action)
        except ValueError as error:
            errors.append(error)

    def good(connection):
        return connection.run("insert into writer (name, leases) values ('y', 1)")

    threads = [threading.Thread(target=visit, args=(act,)) for act in (bad, good) * 5]
    store.write(lambda c: c.run("delete from writer where name in ('x', 'y')"))
    threads = [threading.Thread(target=visit, args=(bad,)) for _ in range(5)]
    threads.append(threading.Thread(target=visit, args=(good,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with store.read() as connection:
        names = {row["name"] for row in connection.rows("select name from writer")}
    assert {"writer", "y"} == names
    assert 5 == len(errors)
