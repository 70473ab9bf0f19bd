"""The way past Flask answers what Flask answers: status, headers, bytes and rows."""
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

import pytest
from conftest import Signs
from flask import Flask
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from attribution import create_app, instants
from attribution.service import Service
from attribution.store import Busy, registry
from attribution.store.sqlite import SQLite
from attribution.web import public
from attribution.web.fast import FastScan

WECHAT = "Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0.42"


@dataclass
class Ways:
    """The same application with and without the short way."""

    app: Flask
    fast: FastScan
    passed: list[str]

    def __call__(self, path: str, **options: Any) -> tuple[Any, Any]:
        """Return the answers of the short way and of Flask to one and the same request."""
        return self._answer(self.fast, path, options), self._answer(self.fast.behind, path, options)

    def _answer(self, application: Any, path: str, options: dict[str, Any]) -> Any:
        environ = EnvironBuilder(path, **options).get_environ()
        body, status, headers = run_wsgi_app(application, environ, buffered=True)
        return status, sorted(headers.to_wsgi_list()), b"".join(body)


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
    fast = app.wsgi_app
    assert isinstance(fast, FastScan)
    passed: list[str] = []
    behind = fast.behind

    def counting(environ: Any, start_response: Any) -> Any:
        passed.append(environ["PATH_INFO"])
        return behind(environ, start_response)

    fast.behind = counting
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
    pytest.param({"environ_overrides": {"REMOTE_ADDR": "198.51.100.7"}}, id="IPv4"),
    pytest.param({"environ_overrides": {"REMOTE_ADDR": "2001:db8::9"}}, id="IPv6"),
    pytest.param({"headers": {"Accept-Language": "en", "Range": "bytes=0-9"}}, id="odd headers"),
])
@pytest.mark.parametrize("prefix", ["/Q/", "/q/"])
def test_scan_is_answered_alike(
    ways: Ways, service: Service, sign: Signs, prefix: str, options: dict[str, Any]
) -> None:
    for code in (sign("A01"), sign("N07", 1, "3"), sign("D01").lower()):
        fast, flask = ways(prefix + code, **options)
        assert flask == fast
        assert fast[0].startswith("200")
        first, second = rows(service)[-2:]
        assert first == second
    # Flask was asked by us alone, once a code.
    assert 3 == len(ways.passed)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PUT"])
def test_other_methods_are_flasks(ways: Ways, service: Service, sign: Signs, method: str) -> None:
    fast, flask = ways("/Q/" + sign("A01"), method=method)
    assert flask == fast
    assert 2 == len(ways.passed)


@pytest.mark.parametrize("path", [
    "/Q/A01-1.0000000000000000", "/Q/", "/Q", "/Q/x/y", "/Q/%E4%B8%93", "/Q/" + "A" * 3000, "/",
    "/my", "/healthz", "/Q/A01-1", "/Q/%00",
])
def test_what_is_no_good_code_is_flasks(ways: Ways, service: Service, path: str) -> None:
    fast, flask = ways(path)
    assert flask == fast
    assert [] == rows(service)
    assert 2 == len(ways.passed)


@pytest.mark.parametrize("options", [
    pytest.param({"query_string": "from=x"}, id="query"),
    pytest.param({"headers": {"Cookie": "zhuanma=x"}}, id="cookie"),
])
def test_unusual_scan_goes_through_flask_and_counts(
    ways: Ways, service: Service, sign: Signs, options: dict[str, Any]
) -> None:
    fast, flask = ways("/Q/" + sign("A01"), **options)
    assert flask == fast
    assert 2 == len(rows(service)) == len(ways.passed)


def test_revoked_code_is_refused_though_its_page_is_kept(
    ways: Ways, service: Service, sign: Signs
) -> None:
    """A cached page must not outlive the code: another process revoked it a moment ago."""
    path = "/Q/" + sign("A01")
    assert ways(path)[0][0].startswith("200")
    before = len(rows(service))
    service.store.write(
        lambda c: registry.revoke(c, service.campaign.id, "A01", 1, instants.now(), "test")
    )
    fast, flask = ways(path)
    assert flask == fast
    assert fast[0].startswith("404")
    assert before == len(rows(service))


def test_renamed_unit_shows_its_new_name(ways: Ways, service: Service, sign: Signs) -> None:
    path = "/Q/" + sign("A01")
    ways(path)
    unit = replace(service.desk.snapshot().units["A01"], name="新名镇")
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
    unit = replace(service.desk.snapshot().units["A01"], mode="redirect", link=key)
    service.store.write(lambda c: registry.put(c, service.campaign.id, [unit]))
    service.desk.reload()
    fast, flask = ways(path)
    assert flask == fast and fast[0].startswith("302")
    monkeypatch.setattr(public, "is_running", lambda here, now: False)
    fast, flask = ways("/Q/" + sign("A02"))
    assert flask == fast
    assert 4 == len(rows(service)) == len(ways.passed)


def test_busy_store_answers_like_flask_and_tries_once(
    ways: Ways, service: Service, sign: Signs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passing a failed scan on would keep the visitor waiting a second time."""
    tries = []

    def busy(*_: object) -> None:
        tries.append(1)
        raise Busy("in use")

    monkeypatch.setattr(service.store, "append_scan", busy)
    fast, flask = ways("/Q/" + sign("A01"))
    assert flask == fast
    assert fast[0].startswith("503") and ("Retry-After", "60") in fast[1]
    assert 2 == len(tries) and 1 == len(ways.passed)


def test_forwarded_address_counts_behind_a_trusted_proxy(service: Service, sign: Signs) -> None:
    app = create_app(replace(service.settings, trusted_proxies=1), service)
    client = Client(app)
    client.get("/Q/" + sign("A01"), headers={"X-Forwarded-For": "203.0.113.9"})
    assert service.desk.network("203.0.113.9") == rows(service)[0][5]
