# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Two real nodes (`attribution serve`) on one PostgreSQL and one Redis: what they must share,
and that nothing they answered is lost. `scripts/trial.py` does the same for longer.
"""
import http.cookiejar
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import bench_load
import nodes
import pytest
import stores
import trial
from console import PASSWORD
from factories import make_phone
from needs import unix
from visitors import Fields

from attribution.deeds import Actor
from attribution.office import accounts
from attribution.rule import instants
from attribution.store import console_lists

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes of Linux")
unix("kills processes of Linux")
assert sys.platform != "win32"

CONFIG = """
[limits]
claims_per_visitor = "3 per hour"
"""


class Browser:
    """Keeps its cookies, and visits now one node, now the other."""

    def __init__(self):
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def ask(self, node, path, data=None):
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{node.port}{path}", body)
        if body is not None:
            request.add_header("Origin", f"http://127.0.0.1:{node.port}")
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.url, error.read().decode()

    def post(self, node, path, data, form="/admin/login"):
        _, _, page = self.ask(node, form)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, page[:300]
        return self.ask(node, path, {"csrf_token": found[1], **data})

    def sign_in(self, node, name, password=PASSWORD):
        return self.post(node, "/admin/login", {"name": name, "password": password})

    def is_in(self, node):
        _, url, _ = self.ask(node, "/admin/me")
        return "/admin/login" not in url


@pytest.fixture
def redis():
    if not shutil.which("redis-server"):
        pytest.skip("no Redis here")
    port = bench_load.free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        bench_load.wait_for(port, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


def test_two_nodes_share_limits_sessions_and_throttles(instance, redis, tmp_path):
    with (instance.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write(CONFIG)
    with stores.new_url("postgres", tmp_path) as url:
        trial.prepared(instance.folder, url)
        service = trial.open_at(instance.folder, url)
        for name in ("ann", "bob"):
            accounts.add(service.store, name, PASSWORD, "office", instants.now(), by=Actor("test"))
        service.close()
        with nodes.running(2, instance.folder, url, redis=redis) as (a, b):
            limits(instance, url, a, b)
            sessions(a, b)
            throttles(a, b)


def limits(instance, url, a, b):
    """A browser has so many claims an hour unheld, wherever it hands them in."""
    path = trial.codes(instance.folder)["N07"]
    browser = Browser()
    codes = []
    for number, node in enumerate((a, b, a, b, a)):
        _, _, page = browser.ask(node, path)
        data = {**Fields(page).values, "phone": make_phone(37 * number), "consent": "yes"}
        status, where, _ = browser.ask(node, "/claim", data)
        codes.append((status, "/s/" in where))  # led on to its steps, and went
    assert [(200, True)] * 5 == codes
    service = trial.open_at(instance.folder, url)
    try:
        with service.store.read() as connection:
            assert 2 == console_lists.count_held(connection, service.campaign.id)[0]
    finally:
        service.close()


def sessions(a, b):
    """Signed in at one is signed in at the other; signed out everywhere means everywhere."""
    browser, other = Browser(), Browser()
    assert not browser.is_in(a)
    browser.sign_in(a, "ann")
    assert browser.is_in(a) and browser.is_in(b)
    other.sign_in(b, "ann")
    assert other.is_in(a)
    other.post(b, "/admin/me/sign-out-everywhere", {}, form="/admin/me")
    assert not browser.is_in(a) and not browser.is_in(b)


def throttles(a, b):
    """Guesses at one account are counted together, whichever node is asked."""
    answers = [Browser().sign_in(node, "bob", "wrong" * 4)[0] for node in (a, b) * 12]
    assert 429 == answers[-1] and 429 != answers[0], answers


def test_a_node_killed_and_a_primary_lost_lose_and_double_nothing(made_instance, tmp_path):
    folder = tmp_path / "instance"
    shutil.copytree(made_instance.folder, folder)
    with stores.pair() as (primary, standby):
        url = (
            f"postgresql://zhuanma@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
            "?target_session_attrs=read-write"
        )
        found = trial.failover(
            folder, url, 6, lambda: stores.fail_over(primary, standby), every_s=2, residents=4
        )
    assert found["kills"] >= 1
    assert (0, 0, 0, 0) == tuple(found[k] for k in ("lost", "wrong", "doubled", "findings"))


def test_a_crowd_at_both_nodes_gets_its_right_credits(made_instance, tmp_path):
    folder = tmp_path / "instance"
    shutil.copytree(made_instance.folder, folder)
    people = int(os.environ.get("ZHUANMA_TEST_PEOPLE", "60"))
    with stores.new_url("postgres", tmp_path) as url:
        found = trial.crowd(folder, url, people)
    assert (people, people) == (found["claims"], found["credits"])


def test_a_campaign_is_copied_there_and_back_with_its_seals(made_instance, tmp_path):
    folder = tmp_path / "instance"
    shutil.copytree(made_instance.folder, folder)
    with stores.new_url("postgres", tmp_path) as url:
        found = trial.copy(folder, url, 2000)
    assert (2000, 20, 0, 0, 0) == tuple(
        found[k] for k in (
            "scans", "people", "sqlite_findings", "postgres_findings", "returned_findings"
        )
    )
