# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Large files, rebuilds and seals beside the running service: nobody waits, nothing by half.

The moments of an import are read from the database itself, as another process sees it.
"""
import http.client
import itertools
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode

import pytest
from console import Visitor
from factories import make_phone
from needs import unix
from test_crash import ROOT, Served, served  # noqa: F401 -- a fixture
from test_facts import claimed, take
from test_feeds import attribution, count, done, write

from attribution.deeds import Actor
from attribution.facts import counting, intake
from attribution.ledger import Ledger
from attribution.proof import checks, heads, sealer
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of
from attribution.store import console_lists, feed_chunks, log, log_tree, tallies
from attribution.store.engine.database import StoreError
from attribution.store.export_pages import Filter
from attribution.store.ids import first_id_at
from attribution.upkeep import background, retention
from qrgen.shell import Fault

unix("signals of Unix")
assert sys.platform != "win32"

# Above facts.IN_ONE_GO chunks, so that the rows go the long way.
MANY = 12_000
TABLES = ("batch", "fact", "credit", "difference", "batch_report")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    now = instants.now()
    return write(tmp_path_factory.mktemp("feed") / "day.csv", [done(n, now) for n in range(MANY)])


def importing(instance, path):
    return subprocess.Popen(
        [sys.executable, "-m", "attribution.cli", "feed", "import", str(path),
         "--instance", str(instance.folder)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def post(server, path, form):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        body = urlencode(form)
        connection.request(
            "POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"}
        )
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def stage(raw):
    """Return where the import is: None before and after, else (counts, chunks left, facts)."""
    job = raw.execute("select counted from feed_job").fetchone()
    left = raw.execute("select count(*) from feed_chunk").fetchone()[0]
    if job is None:
        return None
    return job[0], left, raw.execute("select exists (select 1 from fact)").fetchone()[0]


def wait_for(process, raw, reached):
    until = time.monotonic() + 120
    while True:
        found = stage(raw)
        if found is not None and reached(*found):
            return found
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.001)


@pytest.fixture
def raw(service):
    found = sqlite3.connect(service.store.database.path, isolation_level=None, timeout=30)
    yield found
    found.close()


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert -signal.SIGKILL == process.returncode


def test_scans_and_claims_are_answered_while_a_large_file_is_taken_in(
    served: Served, service, sign, many, raw, capsys  # noqa: F811
):
    """The import held the only write lock for minutes, and every scan got a 503."""
    claimed(service, 0, "N07", instants.now() - 2 * HOUR, 1)
    answers: list[tuple[float, str, int]] = []
    ended = threading.Event()

    def visit(first):
        number = first
        while not ended.is_set():
            status, page, _ = served.get(f"/Q/{sign('A01')}")
            answers.append((time.monotonic(), "scan", status))
            token = re.search(r'name="token" value="([^"]+)"', page)
            if token is None:
                continue
            number += 1
            form = {"token": token[1], "phone": make_phone(number), "consent": "yes"}
            answers.append((time.monotonic(), "claim", post(served, "/claim", form)))

    process = importing(served.instance, many)
    threads = [threading.Thread(target=visit, args=(5_000_000 * n,)) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
    try:
        wait_for(process, raw, lambda counts, left, some: left)
        read_at = time.monotonic()
        wait_for(process, raw, lambda counts, left, some: counts and some)
        first_at = time.monotonic()
        while (found := stage(raw)) is not None and found[1]:
            last_at = time.monotonic()
            time.sleep(0.001)
        out, error = process.communicate(timeout=120)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert 0 == process.returncode, error
    assert {200, 303} == {status for _, _, status in answers}
    for what in ("scan", "claim"):
        assert [at for at, kind, _ in answers if kind == what and read_at < at < first_at]
        assert [at for at, kind, _ in answers if kind == what and first_at < at < last_at]
    assert f"{MANY} rows about {MANY} people are taken in" in out
    assert MANY == count(service, "fact")
    assert 1 == count(service, "credit")
    assert [] == checks.check(service.ledger)


def test_an_import_killed_before_it_counts_leaves_nothing(instance, service, many, raw):
    for number in range(20):
        claimed(service, number, "N07", instants.now() - 2 * HOUR, number + 1)
    checks.rebuild(service.ledger, instants.now(), Actor("test"))
    process = importing(instance, many)
    counts, left, _ = wait_for(process, raw, lambda counts, left, some: left)
    kill(process)
    assert 0 == counts and left
    assert (0, 0, 0, 0, 0) == tuple(count(service, table) for table in TABLES)
    assert [] == checks.check(service.ledger)
    assert MANY == take(service, many).rows
    assert 20 == count(service, "credit")
    assert [] == checks.check(service.ledger)
    # What lay there is forgotten in time, for it is about people.
    assert count(service, "feed_chunk")
    raw.execute("update feed_job set seen_at = seen_at - ?", (2 * HOUR,))
    retention.run(service.ledger, instants.now(), Actor("test"))
    assert 0 == count(service, "feed_chunk") + count(service, "feed_job")


def test_an_import_killed_while_it_counts_is_finished_by_whoever_comes_next(
    instance, service, many, raw, capsys
):
    now = instants.now()
    for number in range(0, MANY, 50):
        claimed(service, number, "N07", now - 2 * HOUR, number + 1)
    checks.rebuild(service.ledger, now, Actor("test"))
    process = importing(instance, many)
    wait_for(process, raw, lambda counts, left, some: counts and some and left)
    kill(process)
    assert 0 < count(service, "fact") < MANY
    assert [] == checks.check(service.ledger)  # sound at every moment
    assert 0 == attribution(instance, "feed", "list")
    assert (MANY, MANY, MANY // 50) == tuple(
        count(service, table) for table in ("fact", "standing", "credit")
    )
    assert 0 == count(service, "feed_chunk") + count(service, "feed_job")
    assert [] == checks.check(service.ledger)
    assert take(service, many).repeated
    assert MANY == count(service, "fact")


def test_a_page_says_that_a_file_is_being_taken_in_and_waits_for_nothing(
    service, instance, monkeypatch
):
    """Finishing it before the page took 4.3 s after a killed import; half a file shows as half."""
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 1)
    half_taken(service, monkeypatch)
    visitor = Visitor(service)
    assert 302 == visitor.sign_in(instance.admin, instance.password).status_code
    silence(service)
    assert "对账文件 half 正在计入，还剩 1 段" in visitor.text("/admin/")
    assert (0, 1) == (count(service, "fact"), count(service, "feed_chunk"))
    background.finish_files(service)
    assert "正在计入" not in visitor.text("/admin/")


def test_the_background_finishes_what_a_killed_import_left(service, monkeypatch):
    """But leaves a file alone that somebody is at."""
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 1)
    half_taken(service, monkeypatch)
    background.finish_files(service)
    assert 0 == count(service, "fact")
    silence(service)
    ended = background.start(service, every_s=3600, look_s=0.05)
    try:
        until = time.monotonic() + 60
        while count(service, "feed_job"):
            assert time.monotonic() < until, "nobody went on with the file"
            time.sleep(0.05)
    finally:
        ended.set()
    assert 2 == count(service, "fact")
    assert 1 == count(service, "credit")


def silence(service):
    """Let whoever was at the file give no sign of life for a minute."""
    with service.store.transaction() as connection:
        connection.run("update feed_job set seen_at = seen_at - :s", {"s": MINUTE})


def half_taken(service, monkeypatch):
    """Take in a file whose every chunk waits to be counted."""
    with monkeypatch.context() as patch:
        patch.setattr(intake, "IN_ONE_GO", 0)

        def full(*args):
            raise StoreError("disk full")

        patch.setattr(intake, "absorb_job", full)
        path = service.settings.instance / "half.csv"
        with pytest.raises(StoreError):
            take(service, write(path, [done(n, instants.now()) for n in (1, 2)]))
    assert (1, 0, 1) == tuple(count(service, t) for t in ("batch", "fact", "feed_chunk"))


def test_two_who_finish_at_once_count_everyone_once(service, tmp_path, monkeypatch):
    now = instants.now()
    with monkeypatch.context() as patch:
        patch.setattr(intake, "IN_ONE_GO", 0)
        patch.setattr(intake, "absorb_job", lambda *args: None)
        take(service, write(tmp_path / "day.csv", [done(n, now) for n in range(3000)]))
    assert 0 == count(service, "fact")
    threads = [
        threading.Thread(target=intake.finish, args=(service.ledger, now))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 3000 == count(service, "fact") == count(service, "standing")
    assert 0 == count(service, "feed_chunk") + count(service, "feed_job")


def test_a_file_whose_rows_were_thrown_away_does_not_count(service, tmp_path, monkeypatch):
    """An import that stood still (a laptop asleep) must not come back to life by half."""
    real = counting.SurveyedFeed.count

    def late(*args):
        service.store.write(lambda c: feed_chunks.drop_abandoned(c, service.campaign.id, 2**62))
        return real(*args)

    monkeypatch.setattr(intake, "IN_ONE_GO", 0)
    monkeypatch.setattr(counting.SurveyedFeed, "count", late)
    path = write(tmp_path / "day.csv", [done(1, instants.now())])
    with pytest.raises(Fault, match="given up"):
        take(service, path)
    assert [0] * len(TABLES) == [count(service, table) for table in TABLES]


def test_a_dry_run_needs_no_lock(service, tmp_path, raw):
    """Another process writes for minutes; the dry run reads, and tells all the same."""
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 1)
    path = write(tmp_path / "day.csv", [done(n, instants.now()) for n in range(1, 5001)])
    raw.execute("begin immediate")
    try:
        report = take(service, path, aim=intake.Aim.TRY)
    finally:
        raw.execute("rollback")
    assert (5000, 5000, 1) == (report.rows, report.people, report.credited)


def test_the_report_tells_every_row_in_the_order_of_the_file(service, tmp_path):
    ended: list[intake.Outcome] = []
    now = instants.now()
    rows = [done(n % 700, now, ago=HOUR + n // 700 * MINUTE) for n in range(2100)]
    take(service, write(tmp_path / "day.csv", rows), details=ended.append)
    assert list(range(2, 2102)) == [outcome.line for outcome in ended]
    assert [make_phone(n % 700)[-4:] for n in range(2100)] == [o.last4 for o in ended]
    # Within a person the rows are judged in their order: the first is news, the rest differ.
    assert {"organic"} == {o.category for o in ended[:700]}
    assert {"conflict"} == {o.category for o in ended[700:]}


def test_counting_afresh_while_scans_come_in(service):
    """The counts were replaced by what had been counted before; scans between were lost."""
    store, campaign = service.store, service.campaign.id
    now = instants.now()

    def scan(n):
        row = log.Scan(store.next_id(now), campaign, now, "A01", 1, None, "", "wechat")
        store.write(lambda c: log.add_scans(c, [row]))

    for n in range(20):
        scan(n)
    with store.transaction() as connection:
        connection.run("update tally set n = n + 7 where unit = 'A01'")
        connection.run(
            "insert into tally (campaign, unit, day, kind, slot, n)"
            " values (:c, 'Z99', 20220101, 'claim', 0, 3)", {"c": campaign},
        )
    ended = threading.Event()

    def go_on():
        while not ended.is_set():
            scan(0)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        for _ in range(5):
            checks.rebuild_tallies(Ledger(store, service.campaign), instants.now(), Actor("test"))
    finally:
        ended.set()
        thread.join()
    with store.read() as connection:
        assert tallies.recorded(connection, campaign) == tallies.counted(connection, campaign)
    assert [] == checks.check(Ledger(store, service.campaign))


def test_the_list_of_scans_tells_its_length_without_counting(service):
    """Counting ten million rows took seconds; the counts that are kept say the same."""
    store, campaign = service.store, service.campaign.id
    midnight = instants.day_start(day_of(instants.now()))
    rows = [
        log.Scan(store.next_id(midnight), campaign, midnight - n % 5 * DAY + n * MINUTE,
                 ("A01", "N07")[n % 2], 1, None, "", "wechat", "bot" if n % 7 == 0 else None)
        for n in range(300)
    ]
    store.write(lambda c: log.add_scans(c, rows))
    for chosen in (
        Filter(), Filter(unit="A01"), Filter(state="flagged"), Filter(state="counted", unit="N07"),
        Filter(since=midnight - 2 * DAY), Filter(since=midnight - 3 * DAY, until=midnight),
        Filter(only=frozenset({"N07"})), Filter(only=frozenset()), Filter(since=midnight + HOUR),
        Filter(until=midnight - 2 * DAY - 1, state="counted"),
    ):
        with store.read() as connection:
            found, total = console_lists.rows(
                connection, campaign, "scans", chosen, sort="at", descending=True, offset=0,
                limit=1000,
            )
        assert len(found) == total, chosen


def test_a_day_of_many_rows_gets_its_leaves_in_chunks(service, monkeypatch):
    monkeypatch.setattr(sealer, "CHUNK", 40)
    store, campaign = service.store, service.campaign.id
    ledger = Ledger(store, service.campaign)
    midnight = instants.day_start(day_of(instants.now()))
    scans = [
        log.Scan(first_id_at(at) + 1, campaign, at, "A01", 1, None, "", "wechat")
        for at in (midnight - DAY + n * 5 * MINUTE for n in range(150))
    ]
    store.write(lambda c: log.add_scans(c, scans))
    made = heads.seal_now(ledger, service.settings, instants.now())
    with store.read() as connection:
        sizes = sorted(row["size"] for row in log_tree.latest_heads(connection, campaign, 1000))
        assert 150 == log_tree.count_leaves(connection, campaign, "scan", 0, 1 << 62)
    assert made == sizes[-1] and 40 == max(b - a for a, b in itertools.pairwise([0, *sizes]))
    assert [] == checks.check(ledger)
    assert 0 == heads.seal_now(ledger, service.settings, instants.now())
