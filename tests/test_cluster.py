# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Two nodes that are killed, and a primary that dies: nothing acknowledged may be lost.

A node here is a process with a store of its own, as `attribution serve` has on each
machine. It writes down what it was told is durable; the test compares.
"""
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from needs import unix
from stores import fail_over, new_store, pair

from attribution.rule.instants import day_of
from attribution.store import log, open_store, tallies

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes of Linux")
unix("kills processes of Linux")
assert sys.platform != "win32"

C = "dongshan"
AT = 1_900_000_000_000_000
ROOT = Path(__file__).parent.parent

# Scans and claims without end; each line on its output is one that was acknowledged.
# The claims of both nodes are about the same people, who send the same forms.
NODE = """
import sys, threading, time
from attribution.store import Busy, log, open_store

url, C, AT = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = open_store(url)
mutex = threading.Lock()

def tell(*words):
    with mutex:
        sys.stdout.write(" ".join(map(str, words)) + "\\n")
        sys.stdout.flush()

def scan():
    while True:
        made = log.Scan(store.next_id(AT), C, AT, "A01", 1, None, "n", "other")
        try:
            store.append_scan(made, 0)
        except Busy:
            continue
        tell("scan", made.id)
        time.sleep(0.002)

def claim(first):
    number = first
    while True:
        number = (number * 7 + 3) % 100_003
        made = log.ClaimRow(
            store.next_id(AT), C, f"p{number}", AT, "A01", 1, None, None, False,
            "0001", "c", "n", "other", token=f"t{number}",
        )
        try:
            kept = store.write(lambda c: log.add_claim(c, made))
        except Busy:
            continue
        tell("claim", number, kept.id)
        time.sleep(0.002)

for n in range(2):
    threading.Thread(target=scan, daemon=True).start()
    threading.Thread(target=claim, args=(n,), daemon=True).start()
threading.Event().wait()
"""


class Node:
    """A process that writes, and the lines it printed."""

    def __init__(self, url, number, folder):
        self.file = folder / f"node{number}"
        with self.file.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", NODE, url, C, str(AT)], stdout=out,
                stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def acknowledged(self):
        # The last line may be cut by the kill: it was told to nobody.
        lines = self.file.read_text().split("\n")[:-1]
        return [tuple(line.split()) for line in lines]

    def wait_for(self, more, timeout_s=60):
        """Wait until this node acknowledged *more* rows."""
        until = time.monotonic() + timeout_s
        due = len(self.acknowledged()) + more
        while len(self.acknowledged()) < due:
            assert self.process.poll() is None, "the node ended"
            assert time.monotonic() < until, "the node acknowledges nothing"
            time.sleep(0.02)


def compare(store, acknowledged):
    """Hold what the nodes were told against what the ledger has."""
    with store.read() as connection:
        scans = {row["id"] for row in connection.rows("select id from scan")}
        claims = connection.rows("select person, id from claim")
        kept = tallies.recorded(connection, C)
    told = {int(line[1]) for line in acknowledged if line[0] == "scan"}
    assert told and set() == told - scans
    persons = Counter(row["person"] for row in claims)
    assert {1} == set(persons.values()), "a form became two claims"
    ids = {row["person"]: row["id"] for row in claims}
    answers = {(f"p{line[1]}", int(line[2])) for line in acknowledged if line[0] == "claim"}
    assert answers and all(ids[person] == id for person, id in answers)
    day = day_of(AT)
    assert {
        ("A01", day, "scan"): len(scans), ("A01", day, "claim"): len(claims),
        ("A01", day, "claimant"): len(claims),
    } == kept


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_contract_nodes_killed_in_turn_lose_and_double_nothing(kind, tmp_path):
    with new_store(kind, tmp_path) as store:
        url = (
            store.database.url if kind == "postgres"  # type: ignore[attr-defined]
            else f"sqlite:///{tmp_path / 'ledger.db'}"
        )
        everyone = [Node(url, number, tmp_path) for number in range(2)]
        living = list(everyone)
        try:
            for turn in range(3):
                for node in living:
                    node.wait_for(15)
                living.pop(0).kill()
                living.append(Node(url, 2 + turn, tmp_path))
                everyone.append(living[-1])
            for node in living:
                node.wait_for(20)
        finally:
            for node in living:
                node.kill()
        compare(store, [line for node in everyone for line in node.acknowledged()])


@pytest.fixture
def two_servers():
    with pair() as made:
        yield made


def test_a_failover_to_the_synchronous_standby_loses_and_doubles_nothing(two_servers, tmp_path):
    """The nodes are told nothing: their URL names both servers; they find the one that writes."""
    primary, standby = two_servers
    url = (
        f"postgresql://zhuanma@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
        "?target_session_attrs=read-write"
    )
    store = open_store(url)
    nodes = []
    try:
        store.migrate()
        nodes = [Node(url, number, tmp_path) for number in range(2)]
        for node in nodes:
            node.wait_for(40)
        fail_over(primary, standby)
        for node in nodes:
            node.wait_for(40)
        for node in nodes:
            node.kill()
        compare(store, [line for node in nodes for line in node.acknowledged()])
        store.append_scan(log.Scan(1, C, AT, "A01", 1, None, "n", "other"), 0)
    finally:
        for node in nodes:
            node.kill()
        store.close()
