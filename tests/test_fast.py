"""The way past Flask answers what Flask answers: status, headers, bytes and rows."""
import asyncio
import sqlite3
import threading
from dataclasses import dataclass, replace
from typing import Any

import pytest
from asgi import Answered, ask, ask_soon
from conftest import Signs
from flask import Flask
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from attribution.rule import instants
from attribution.service import Service
from attribution.store import Busy, registry
from attribution.store.engine import awaited, group_commit
from attribution.store.engine.sqlite import SQLite
from attribution.web.application import create_app
from attribution.web.fast_scans import FastScan
from attribution.web.public import landing

WECHAT = "Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0.42"


@dataclass
class Ways:
    """The same application with and without the short way."""

    app: Flask
    fast: FastScan
    passed: list[str]  # what the short way handed to Flask

    def __call__(self, path: str, **options: Any) -> tuple[Any, Any]:
        """Return the answers of the short way and of Flask to one and the same request."""
        address = options.pop("address", "127.0.0.1")
        answer = ask(self.fast, path, address=address, **options)
        short = answer.status, sorted(answer.headers), answer.body
        environ = EnvironBuilder(
            path, environ_overrides={"REMOTE_ADDR": address}, **options
        ).get_environ()
        body, status, headers = run_wsgi_app(self.app.wsgi_app, environ, buffered=True)
        named = sorted((name.lower(), value) for name, value in headers.to_wsgi_list())
        return short, (int(status[:3]), named, b"".join(body))


@pytest.fixture
def ways(service: Service, monkeypatch: pytest.MonkeyPatch) -> Ways:
    # Both ways make the same token then, and the bytes can be compared.
    moment = instants.now()
    monkeypatch.setattr(instants, "now", lambda: moment)
    ids = iter(range(1, 10**6))
    monkeypatch.setattr(service.store, "next_id", lambda at: next(ids))
    issue = service.forms.issue
    monkeypatch.setattr(service.forms, "issue", lambda form: issue(replace(form, scan=7)))
    app = create_app(service.settings, service)
    fast = FastScan(app, 2)
    passed: list[str] = []
    behind = fast.behind

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        passed.append(scope["path"])
        await behind(scope, receive, send)

    monkeypatch.setattr(fast, "behind", counting)
    return Ways(app, fast, passed)


def rows(service: Service) -> list[tuple[Any, ...]]:
    assert isinstance(service.store.database, SQLite)
    raw = sqlite3.connect(service.store.database.path)
    found = raw.execute(
        "select at, day, unit, issue, placement, network, client, flag from scan order by id"
    ).fetchall()
    raw.close()
    return found


@pytest.mark.parametrize("options", [
    pytest.param({}, id="plain"),
    pytest.param({"headers": {"User-Agent": WECHAT}}, id="WeChat"),
    pytest.param({"address": "198.51.100.7"}, id="IPv4"),
    pytest.param({"address": "2001:db8::9"}, id="IPv6"),
    pytest.param({"headers": {"Accept-Language": "en", "Range": "bytes=0-9"}}, id="odd headers"),
])
@pytest.mark.parametrize("prefix", ["/Q/", "/q/"])
def test_scan_is_answered_alike(
    ways: Ways, service: Service, sign: Signs, prefix: str, options: dict[str, Any]
) -> None:
    for code in (sign("A01"), sign("N07", 1, "3"), sign("D01").lower()):
        fast, flask = ways(prefix + code, **options)
        assert flask == fast
        assert 200 == fast[0]
        first, second = rows(service)[-2:]
        assert first == second
    assert [] == ways.passed


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PUT"])
def test_other_methods_are_flasks(ways: Ways, service: Service, sign: Signs, method: str) -> None:
    fast, flask = ways("/Q/" + sign("A01"), method=method)
    assert flask == fast
    assert 1 == len(ways.passed)


@pytest.mark.parametrize("path", [
    "/Q/A01-1.0000000000000000", "/Q/", "/Q", "/Q/x/y", "/Q/%E4%B8%93", "/Q/" + "A" * 3000, "/",
    "/receipt", "/healthz", "/Q/A01-1", "/Q/%00",
])
def test_what_is_no_good_code_is_flasks(ways: Ways, service: Service, path: str) -> None:
    fast, flask = ways(path)
    assert flask == fast
    assert [] == rows(service)
    assert 1 == len(ways.passed)


@pytest.mark.parametrize(("query", "headers"), [
    pytest.param("?from=x", {}, id="query"),
    pytest.param("", {"Cookie": "zhuanma=x"}, id="cookie"),
    pytest.param("", {"Sec-Purpose": "prefetch"}, id="prefetch"),
])
def test_unusual_scan_goes_through_flask_and_counts(
    ways: Ways, service: Service, sign: Signs, query: str, headers: dict[str, str]
) -> None:
    fast, flask = ways("/Q/" + sign("A01") + query, headers=headers)
    assert flask == fast
    assert 2 == len(rows(service)) and 1 == len(ways.passed)
    assert rows(service)[0] == rows(service)[1]


def test_revoked_code_is_refused_though_its_page_is_kept(
    ways: Ways, service: Service, sign: Signs
) -> None:
    """A cached page must not outlive the code: another process revoked it a moment ago."""
    path = "/Q/" + sign("A01")
    assert 200 == ways(path)[0][0]
    before = len(rows(service))
    service.store.write(
        lambda c: registry.revoke(c, service.campaign.id, "A01", 1, instants.now(), "test")
    )
    fast, flask = ways(path)
    assert flask == fast
    assert 404 == fast[0]
    assert before == len(rows(service))


def test_renamed_unit_shows_its_new_name(ways: Ways, service: Service, sign: Signs) -> None:
    path = "/Q/" + sign("A01")
    ways(path)
    unit = replace(service.scans.snapshot().units["A01"], name="新名镇")
    service.store.write(lambda c: registry.put(c, service.campaign.id, [unit]))
    ways(path)  # finds out that it was stale, in the transaction of its scan
    fast, flask = ways(path)
    assert flask == fast
    assert "新名镇" in fast[2].decode()


def test_redirecting_unit_and_ended_campaign_are_flasks(
    ways: Ways, service: Service, sign: Signs, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/Q/" + sign("A01")
    key = next(iter(service.campaign.links))
    unit = replace(service.scans.snapshot().units["A01"], mode="redirect", link=key)
    service.store.write(lambda c: registry.put(c, service.campaign.id, [unit]))
    service.scans.reload()
    fast, flask = ways(path)
    assert flask == fast and 302 == fast[0]
    monkeypatch.setattr(landing, "is_running", lambda here, now: False)
    fast, flask = ways("/Q/" + sign("A02"))
    assert flask == fast
    assert 4 == len(rows(service)) and 2 == len(ways.passed)


def test_busy_store_answers_like_flask_and_tries_once(
    ways: Ways, service: Service, sign: Signs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passing a failed scan on would keep the visitor waiting a second time."""
    tries = []

    def busy(*_: object) -> None:
        tries.append(1)
        raise Busy("in use")

    async def busy_too(*_: object) -> None:
        busy()

    monkeypatch.setattr(service.store, "append_scan", busy)
    monkeypatch.setattr(service.store, "append_scan_awaited", busy_too)
    fast, flask = ways("/Q/" + sign("A01"))
    assert flask == fast
    assert 503 == fast[0] and ("retry-after", "60") in fast[1]
    assert 2 == len(tries) and [] == ways.passed


def test_forwarded_address_counts_behind_a_trusted_proxy(service: Service, sign: Signs) -> None:
    app = create_app(replace(service.settings, trusted_proxies=1), service)
    headers = {"X-Forwarded-For": "203.0.113.9"}
    ask(FastScan(app, 2), "/Q/" + sign("A01"), headers=headers)
    Client(app).get("/Q/" + sign("A01"), headers=headers)
    assert [service.scans.network("203.0.113.9")] * 2 == [row[5] for row in rows(service)]


def test_a_thousand_who_scan_at_once_need_no_thread_each(
    service: Service, sign: Signs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the leader of a batch is one of them, whichever the order in which they come."""
    fast = FastScan(create_app(service.settings, service), 2)
    # A slow disk is another test's.
    service.store.commits.wait_s = 60
    monkeypatch.setattr(group_commit, "STUCK_S", 60)
    paths = ["/Q/" + sign(unit) for unit in ("A01", "N07", "D01")]
    before = threading.active_count()

    async def all_at_once() -> list[Answered]:
        return await asyncio.gather(
            *(ask_soon(fast, paths[n % 3], address=f"198.51.{n % 100}.7") for n in range(1000))
        )

    answers = asyncio.run(all_at_once())
    assert {200} == {answer.status for answer in answers}
    assert 1000 == len({answer.body for answer in answers}), "each has a form of its own"
    assert 1000 == len(rows(service))
    assert threading.active_count() <= before + 3


def test_visitors_need_no_thread_and_share_a_sync(
    service: Service, sign: Signs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To hand a row to a thread takes as long as to write it."""
    monkeypatch.setattr(group_commit, "QUICK_S", 60.0)  # a busy disk is another test's
    fast = FastScan(create_app(service.settings, service), 2)
    path = "/Q/" + sign("A01")
    wrote: list[str] = []
    commit_by = service.store._commit_by

    def noted(attempt: Any, take: Any) -> None:
        wrote.append(threading.current_thread().name.partition("_")[0])
        commit_by(attempt, take)

    async def visits() -> None:
        await ask_soon(fast, path)
        monkeypatch.setattr(service.store, "_commit_by", noted)
        for together in (1, 1, 8, 8, 1):
            await asyncio.gather(*(ask_soon(fast, path) for _ in range(together)))
        assert ["MainThread"] * 5 == wrote

    asyncio.run(visits())
    assert 20 == len(rows(service))


def test_who_is_expected_is_waited_for_and_who_stays_away_is_not(
    service: Service, sign: Signs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those answered together come again one by one, and share the next sync all the same."""
    monkeypatch.setattr(group_commit, "QUICK_S", 60.0)
    monkeypatch.setattr(awaited, "GATHER_S", 1.0)  # of which no machine makes a moment
    fast = FastScan(create_app(service.settings, service), 2)
    path = "/Q/" + sign("A01")
    shared: list[int] = []

    async def visits() -> None:
        await ask_soon(fast, path)
        service.store.commits.watcher = lambda done: shared.append(done.jobs)
        await asyncio.gather(*(ask_soon(fast, path) for _ in range(8)))
        later = []
        for _ in range(6):
            later.append(asyncio.ensure_future(ask_soon(fast, path)))
            await asyncio.sleep(0.01)
        await asyncio.gather(*later)
        await ask_soon(fast, path)

    asyncio.run(visits())
    assert [8, 6, 1] == shared


def test_a_slow_disk_does_not_keep_the_loop(
    service: Service, sign: Signs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for a sync then waits in a thread: pages that need none come at once."""
    monkeypatch.setattr(group_commit, "QUICK_S", 0.0)
    fast = FastScan(create_app(service.settings, service), 2)
    path = "/Q/" + sign("A01")
    free = threading.Event()
    commit_by = service.store._commit_by

    def slow(attempt: Any, take: Any) -> None:
        assert free.wait(30)
        commit_by(attempt, take)

    async def visits() -> tuple[Answered, Answered]:
        await ask_soon(fast, path)
        monkeypatch.setattr(service.store, "_commit_by", slow)
        scan = asyncio.ensure_future(ask_soon(fast, path))
        page = await ask_soon(fast, "/rules")
        assert not scan.done()
        free.set()
        return page, await scan

    page, scan = asyncio.run(visits())
    assert (200, 200) == (page.status, scan.status)


def test_who_waited_too_long_for_the_database_is_told_to_come_back(
    service: Service, sign: Signs
) -> None:
    fast = FastScan(create_app(service.settings, service), 2)
    path = "/Q/" + sign("A01")
    assert 200 == ask(fast, path).status
    service.store.commits.wait_s = 0.3
    assert isinstance(service.store.database, SQLite)
    held = sqlite3.connect(service.store.database.path, isolation_level=None)
    held.execute("begin immediate")

    async def some() -> list[Answered]:
        return await asyncio.gather(*(ask_soon(fast, path) for _ in range(8)))

    answers = asyncio.run(some())
    held.execute("rollback")
    held.close()
    assert {503} == {answer.status for answer in answers}
    assert 200 == ask(fast, path).status
    assert 2 == len(rows(service)), "who was told to come back is written nowhere"
