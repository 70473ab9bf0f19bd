# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
A worker of a cluster dies twice under residents: what was answered is there, all of it counts.

Only where the cluster's owner allows it: ZHUANMA_TEST_CITUS_KILL is a command that ends one of
its workers at once, ZHUANMA_TEST_CITUS_START one that starts it and returns when it answers.
"""
import os
import subprocess
import threading
import time
from collections import Counter

import cluster_stores
import psycopg
import pytest
from factories import make_phone
from stores import new_service
from visitors import PHONE_AGENT, Fields, code_of

from attribution.deeds import Actor
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.people import identify
from attribution.web.application import create_app

KILL, START = (f"{cluster_stores.VARIABLE}_{word}" for word in ("KILL", "START"))
RESIDENTS = 8  # at once
UNITS = ("N07", "N08", "A01", "D01", "B01")
# A worker that comes back recovers first, and the cluster looks for it when it likes.
PATIENCE_S = 120


class Crowd:
    """Residents who scan and register without end, and what each of them was answered."""

    def __init__(self, service):
        self.service = service
        self.app = create_app(service.settings, service)
        self.codes = [code_of(service, unit) for unit in UNITS]
        self.scanned = 0
        self.claimed: set[int] = set()
        self.answers: list[list[int]] = [[] for _ in range(RESIDENTS)]
        self._mutex = threading.Lock()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._come, args=(n,)) for n in range(RESIDENTS)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _come(self, first):
        number = first
        while not self._ended.is_set():
            number += RESIDENTS
            status = self._registers(number)
            self.answers[first].append(status)

    def _registers(self, number):
        client, headers = self.app.test_client(), {"User-Agent": PHONE_AGENT}
        page = client.get(f"/q/{self.codes[number % len(UNITS)]}", headers=headers)
        if page.status_code != 200:
            return page.status_code
        with self._mutex:
            self.scanned += 1
        data = {
            "token": Fields(page.text).values["token"], "phone": make_phone(number * 37),
            "consent": "yes",
        }
        answer = client.post("/claim", data=data, headers=headers, follow_redirects=True)
        if answer.status_code == 200:
            with self._mutex:
                self.claimed.add(number)
        return answer.status_code

    def go_on(self, number):
        """Wait until each of them was answered *number* times more, one after another."""
        before = [len(answers) for answers in self.answers]

        def all_well():
            return all(
                len(now) >= was + number and {200} == set(now[-number:])
                for was, now in zip(before, self.answers, strict=True)
            )

        wait_until(all_well, "the residents are not served")

    def ready(self):
        answer = self.app.test_client().get("/readyz")
        return answer.status_code, answer.text


def wait_until(so, why):
    until = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < until, why
        time.sleep(0.1)


def told_to(name):
    subprocess.run(["bash", "-c", os.environ[name]], check=True, timeout=PATIENCE_S)


@pytest.mark.skipif(
    not cluster_stores.given() or not {KILL, START} <= os.environ.keys(),
    reason=f"{KILL} and {START} name nothing that may be killed",
)
def test_a_worker_killed_twice_under_load_loses_and_doubles_nothing(instance, tmp_path):
    with new_service("citus", instance, tmp_path) as service:
        crowd = Crowd(service)
        with crowd:
            crowd.go_on(20)
            for _ in range(2):
                told_to(KILL)
                killed = time.monotonic()
                wait_until(lambda: "does not answer" in crowd.ready()[1], "it is not named")
                print(f"named after {time.monotonic() - killed:.1f} s: {crowd.ready()}")
                time.sleep(5)  # of which nobody is served
                told_to(START)
                started = time.monotonic()
                crowd.go_on(20)
                print(f"all served {time.monotonic() - started:.1f} s after its start")
            wait_until(lambda: (200, "ok\n") == crowd.ready(), "it is ready no more")
        statuses = Counter(status for answers in crowd.answers for status in answers)
        print(f"{crowd.scanned} scans and {len(crowd.claimed)} claims; answered {statuses}")
        assert {200, 503} >= statuses.keys()
        # What was acknowledged in the moment of the death is finished by the cluster itself,
        # in a minute or so; it may be told to do it at once.
        url = cluster_stores.at(cluster_stores.nodes()[0], service.store.database.url)  # type: ignore[attr-defined]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("select recover_prepared_transactions()")
        wait_until(lambda: [] == checks.check(service.ledger), "what is there is not sound")
        with service.store.read() as connection:
            persons = Counter(
                row["person"] for row in connection.rows("select person from claim"))
            scans = len(connection.rows("select id from scan"))
        due = {
            identify(make_phone(number * 37), service.settings.person_pepper).digest
            for number in crowd.claimed
        }
        assert due <= persons.keys() and {1} == set(persons.values())
        assert scans >= crowd.scanned
        print(f"there: {scans} scans, {sum(persons.values())} claims")
        assert 0 == checks.rebuild_tallies(service.ledger, instants.now(), Actor("test"))
