"""One sync for all who wait, nothing lost, nobody kept waiting without end."""
import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from attribution.rule import instants
from attribution.service import Service
from attribution.store import Busy, Connection, Store, StoreError, log
from attribution.store.engine.database import NotNow
from attribution.store.engine.group_commit import Committed, GroupCommit, Job
from attribution.store.engine.sqlite import SQLite
from attribution.store.engine.writer_queue import WriterQueue

Take = Callable[[], Sequence[Job]]


def together(count: int, action: Callable[[int], object]) -> list[object]:
    """Run *action* in *count* threads at once; return what each returned or raised."""

    def guarded(number: int) -> object:
        try:
            return action(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(guarded, range(count)))


class Disk:
    """Commits into a list, when its gate is open."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def commit(self, take: Take) -> None:
        if not self.gate.wait(10):
            raise Busy("closed")
        jobs = take()
        for job in jobs:
            job.outcome = id(job)
        self.batches.append(len(jobs))


def waiting(commits: GroupCommit, count: int) -> None:
    deadline = time.monotonic() + 10
    while commits.depth < count:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_those_who_wait_share_a_transaction_and_each_gets_its_own_outcome() -> None:
    disk = Disk()
    disk.gate.clear()
    commits = GroupCommit(disk.commit)
    jobs = [Job() for _ in range(20)]

    def open_for_all() -> None:
        waiting(commits, 20)
        disk.gate.set()

    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(open_for_all)
        assert [id(job) for job in jobs] == together(20, lambda n: commits.submit(jobs[n]))
        opened.result()
    assert 20 == sum(disk.batches) and len(disk.batches) <= 3
    assert 0 == commits.depth


def test_a_failed_transaction_fails_its_batch_and_not_the_next() -> None:
    def broken(take: Take) -> None:
        take()
        raise StoreError("disk full")

    commits = GroupCommit(broken)
    assert all(isinstance(e, StoreError) for e in together(8, lambda n: commits.submit(Job())))
    disk = Disk()
    commits._commit = disk.commit
    commits.submit(Job())
    assert [1] == disk.batches


def test_full_queue_says_so_and_writes_nothing_of_the_refused() -> None:
    disk = Disk()
    disk.gate.clear()
    commits = GroupCommit(disk.commit, limit=3, crowd=3)
    with ThreadPoolExecutor(3) as pool:
        accepted = [pool.submit(commits.submit, Job()) for _ in range(3)]
        waiting(commits, 3)
        with pytest.raises(Busy, match="too many"):
            commits.submit(Job())
        disk.gate.set()
        for future in accepted:
            future.result(10)
    assert 3 == sum(disk.batches)


def test_stuck_disk_turns_newcomers_away_at_once() -> None:
    """Else they would take every thread, and the pages that only read had none."""
    disk = Disk()
    disk.gate.clear()
    commits = GroupCommit(disk.commit, crowd=2)
    with ThreadPoolExecutor(2) as pool:
        accepted = [pool.submit(commits.submit, Job()) for _ in range(2)]
        waiting(commits, 2)
        time.sleep(1.1)
        with pytest.raises(Busy, match="too many"):
            commits.submit(Job())
        disk.gate.set()
        for future in accepted:
            future.result(10)


def test_whoever_gave_up_is_written_nowhere() -> None:
    disk = Disk()
    disk.gate.clear()
    commits = GroupCommit(disk.commit, wait_s=0.2)
    with ThreadPoolExecutor(4) as pool:
        leader = pool.submit(commits.submit, Job())
        waiting(commits, 1)
        late = [pool.submit(commits.submit, Job()) for _ in range(3)]
        for future in late:
            with pytest.raises(Busy, match="in time"):
                future.result(10)
        disk.gate.set()
        leader.result(10)
    assert [1] == disk.batches


def test_lead_passes_on_when_a_leader_waited_in_vain() -> None:
    """Nobody is forgotten in the queue after the first one gave up."""
    tries: list[int] = []
    disk = Disk()

    def commit(take: Take) -> None:
        tries.append(1)
        if len(tries) == 1:
            time.sleep(0.2)
            raise Busy("not yet")
        disk.commit(take)

    commits = GroupCommit(commit)
    results = together(6, lambda n: commits.submit(Job()))
    assert 1 == sum(isinstance(result, Busy) for result in results)
    assert 5 == sum(disk.batches)


def test_batch_smaller_than_the_queue_serves_everyone() -> None:
    disk = Disk()
    commits = GroupCommit(disk.commit, batch=2)
    together(30, lambda n: [commits.submit(Job()) for _ in range(20)])
    assert 600 == sum(disk.batches) and max(disk.batches) <= 2


def test_an_event_loop_writes_for_no_thread() -> None:
    """What a thread waits for may be of any length, and a loop answers nobody meanwhile."""
    disk = Disk()
    commits = GroupCommit(disk.commit, commit_now=disk.commit)
    first, second = Job(lambda job: None), Job(lambda job: None)
    assert commits.enter(first) and not commits.enter(second)
    with ThreadPoolExecutor(1) as pool:
        claim = pool.submit(commits.submit, Job())
        waiting(commits, 3)
        commits.lead_now(first)
        assert first.done and second.done
        claim.result(10)
    assert [2, 1] == disk.batches


def test_watcher_is_told_of_each_transaction() -> None:
    disk = Disk()
    seen: list[Committed] = []
    commits = GroupCommit(disk.commit)
    commits.watcher = seen.append
    commits.submit(Job())
    (told,) = seen
    assert 1 == told.jobs and told.error is None and told.seconds >= 0


# --- the door between processes -----------------------------------------------------------

HOLDER = """\
import sys, time
from pathlib import Path
from attribution.store.engine.writer_queue import WriterQueue
door = WriterQueue(Path(sys.argv[1]))
door.enter(5)
print("in", flush=True)
sys.stdin.readline()
door.leave()
print("out", flush=True)
time.sleep(30)
"""

posix = pytest.mark.skipif(os.name == "nt", reason="Windows writers use SQLite's own wait")


@pytest.fixture
def holder(tmp_path: Path):  # type: ignore[no-untyped-def]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "x.door")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert process.stdout is not None and process.stdin is not None
    assert "in\n" == process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


@posix
def test_door_opens_only_one_at_a_time_and_tells_when_it_stays_shut(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    door = WriterQueue(tmp_path / "x.door")
    with pytest.raises(Busy):
        door.enter(0.2)
    threading.Timer(0.2, lambda: print(file=holder.stdin, flush=True)).start()
    door.enter(5)
    other = WriterQueue(tmp_path / "x.door")
    with pytest.raises(Busy):
        other.enter(0.1)
    door.leave()
    other.enter(5)
    other.leave()
    door.close()
    other.close()


@posix
def test_door_opens_when_its_holder_is_killed(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    """The kernel lets go of what a dead process held; a lock file alone would not."""
    door = WriterQueue(tmp_path / "x.door")
    threading.Timer(0.2, holder.kill).start()
    door.enter(5)
    door.leave()
    door.close()


@posix
def test_place_in_the_queue_kept_by_nobody_is_given_up(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    """After a vain wait the door must not fall to a process that no longer wants it."""
    door = WriterQueue(tmp_path / "x.door")
    with pytest.raises(Busy):
        door.enter(0.05)
    holder.kill()
    other = WriterQueue(tmp_path / "x.door")
    other.enter(5)
    other.leave()
    door.close()
    other.close()


# --- the store ----------------------------------------------------------------------------


def scan_of(service: Service, now: int, store: Store | None = None) -> log.Scan:
    made = (store or service.store).next_id(now)
    return log.Scan(
        made, service.campaign.id, now, "A01", 1, None, "", "other", None
    )


def test_every_connection_is_fully_synchronous(service: Service) -> None:
    """kill -9 cannot tell FULL from NORMAL, a power cut can: so the pragma is asked."""

    def is_full(connection: Connection) -> None:
        (row,) = connection.rows("pragma synchronous")
        assert 2 == row["synchronous"]
        (row,) = connection.rows("pragma journal_mode")
        assert "wal" == row["journal_mode"]

    for opened in (service.store.database.reading(), service.store.database.transaction()):
        with opened as connection:
            is_full(connection)
    service.store.database.attempt(is_full)
    service.store.database.attempt(is_full, at_once=True)


def test_the_log_cannot_be_replaced_either(service: Service) -> None:
    """SQLite's `insert or replace` deletes without a trigger, unless it is told otherwise."""
    scan = scan_of(service, instants.now())
    service.store.append_scan(scan, service.scans.snapshot().version)
    again = "insert or replace into scan select * from scan where id = :id"
    with (
        pytest.raises(StoreError, match="append-only"), service.store.transaction() as connection
    ):
        connection.run(again, {"id": scan.id})
    with pytest.raises(StoreError, match="append-only"):
        service.store.write(lambda connection: connection.run(again, {"id": scan.id}))


@pytest.mark.parametrize("who", ["a thread", "our process", "their program"])
def test_who_may_not_wait_is_told_at_once_that_another_writes(
    service: Service, who: str
) -> None:
    """An event loop that stands in a queue answers nobody."""
    database = service.store.database
    assert isinstance(database, SQLite)
    service.store.next_id(instants.now())
    called: list[Connection] = []
    with contextlib.ExitStack() as held:
        if who == "a thread":
            held.enter_context(database.transaction())
        elif who == "our process":
            other = held.enter_context(contextlib.closing(SQLite(database.path)))
            held.enter_context(other.transaction())
        else:
            raw = held.enter_context(contextlib.closing(sqlite3.connect(database.path)))
            raw.execute("begin immediate")
        with pytest.raises(NotNow):
            database.attempt(called.append, at_once=True)
        assert [] == called
    database.attempt(called.append)
    assert 1 == len(called)


def test_memory_that_forgets_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot keep a log is not one that answers may rest on."""
    monkeypatch.chdir(tmp_path)
    database = SQLite(Path(":memory:"))
    with pytest.raises(StoreError, match="journal_mode"), database.reading():
        pass
    database.close()


def test_database_locked_by_another_process_answers_busy_and_recovers(
    service: Service,
) -> None:
    database = service.store.database
    assert isinstance(database, SQLite)
    raw = sqlite3.connect(database.path, isolation_level=None)
    store = Store(SQLite(database.path, busy_s=0.3))
    version = service.scans.snapshot().version
    store.next_id(instants.now())
    raw.execute("begin immediate")
    results = together(
        8, lambda n: store.append_scan(scan_of(service, instants.now(), store), version)
    )
    assert [Busy] * 8 == [type(result) for result in results]
    raw.execute("rollback")
    raw.close()
    store.append_scan(scan_of(service, instants.now(), store), version)
    with store.read() as connection:
        row = connection.one("select count(*) as n from scan")
    assert row == {"n": 1}
    store.close()


def test_scans_and_failing_writes_of_one_batch_do_not_touch_each_other(service: Service) -> None:
    store = service.store
    version = service.scans.snapshot().version

    def act(number: int) -> object:
        if number % 4 == 0:
            def bad(connection: Connection) -> None:
                connection.run("update registry_version set version = 99")
                raise ValueError(number)
            return store.write(bad)
        store.append_scan(scan_of(service, instants.now()), version)
        return None

    results = together(32, act)
    assert 8 == sum(isinstance(result, ValueError) for result in results)
    with store.read() as connection:
        assert {"n": 24} == connection.one("select count(*) as n from scan")
        assert {"n": 24} == connection.one(
            "select sum(n) as n from tally where kind = 'scan' and unit = 'A01'"
        )


def test_full_disk_undoes_the_whole_batch_and_acknowledges_none_of_it(service: Service) -> None:
    """SQLite gives up the transaction itself then: what came before must not count as written."""
    store = service.store
    store.next_id(instants.now())
    with store.read() as connection:
        row = connection.one("pragma page_count")
    assert row is not None
    tight = row["page_count"] + 2

    def act(number: int) -> object:
        def write(connection: Connection) -> None:
            connection.run(f"pragma max_page_count = {tight}")
            connection.run("create table filler (x text)")
            for _ in range(40):
                connection.run("insert into filler values (:x)", {"x": "x" * 4000})
        return store.write(write)

    results = together(4, act)
    assert all(isinstance(result, StoreError) for result in results)
    with store.read() as connection:
        assert connection.one("select name from sqlite_master where name = 'filler'") is None


def test_clock_that_jumps_keeps_ids_apart_and_growing(service: Service) -> None:
    """A day back, a day forward: ids of one process still grow."""
    now = instants.now()
    version = service.scans.snapshot().version
    ids = []
    for at in (now, now + instants.DAY, now - instants.DAY, now):
        scan = scan_of(service, at)
        service.store.append_scan(scan, version)
        ids.append(scan.id)
    assert sorted(set(ids)) == ids
    with service.store.read() as connection:
        assert {"n": 4} == connection.one("select count(*) as n from scan")
