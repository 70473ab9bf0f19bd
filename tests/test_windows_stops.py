"""
The end of the service as on Windows, by stand-ins: no signal reaches a worker there, and who is
ended by another process ends in the middle of an answer.
"""
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench_load import free_port
from conftest import Instance
from needs import unix

ROOT = Path(__file__).parent.parent
WAIT_S = 120.0  # the end of every wait; no promise of ours

unix("the real thing is here")
assert sys.platform != "win32"


class Served:
    """A service as a process, and what it said."""

    def __init__(self, command: list[str], said: Path, environ: dict[str, str]):
        self._said = said
        with said.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", **environ},
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._said.read_text("utf-8")

    def wait_for(self, word: str) -> None:
        until = time.monotonic() + WAIT_S
        while word not in self.said:
            assert self.process.poll() is None and time.monotonic() < until, self.said
            time.sleep(0.05)


@contextmanager
def serving(command: list[str], said: Path, environ: dict[str, str]) -> Iterator[Served]:
    served = Served(command, said, environ)
    try:
        served.wait_for("serving on")
        yield served
    finally:
        if served.process.poll() is None:
            served.process.terminate()
        served.process.wait(WAIT_S)


@pytest.fixture
def environ(windows_programs: Path) -> dict[str, str]:
    return {"PATH": f"{windows_programs}{os.pathsep}{os.environ['PATH']}"}


def spawned(instance: Instance, port: int) -> list[str]:
    return [
        "tests/windows_serve.py", "--instance", str(instance.folder), "--port", str(port),
        "--workers", "2",
    ]


@contextmanager
def half_sent(port: int) -> Iterator[socket.socket]:
    """Yield the connection of a form of which the service has begun to read the first half."""
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as visitor:
        visitor.sendall(
            b"POST /admin/login HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n"
            b"Expect: 100-continue\r\n\r\n" % port
        )
        assert visitor.recv(4096).startswith(b"HTTP/1.1 100")
        visitor.sendall(b"a=b")
        yield visitor


def rest(visitor: socket.socket) -> bytes:
    """Send the other half; return the answer."""
    visitor.sendall(b"&c=")
    answer = b""
    while part := visitor.recv(65536):
        answer += part
    return answer


def test_one_spawned_worker_answers_on_a_port_that_is_its_own(
    instance: Instance, environ: dict[str, str], tmp_path: Path
) -> None:
    """The way of serving on Windows: the worker is sent the socket that the parent holds."""
    port = free_port()
    command = spawned(instance, port)
    with serving(command, tmp_path / "said.txt", environ) as served:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
            assert 200 == answer.status
        second = Served(command, tmp_path / "second.txt", environ)
        assert 1 == second.process.wait(WAIT_S)
        assert f"cannot listen on 127.0.0.1:{port}" in second.said
    assert 0 == served.process.returncode  # ended by SIGTERM here
    assert "there can be no more" in served.said


def test_told_to_stop_the_parent_lets_its_worker_finish(
    instance: Instance, environ: dict[str, str], tmp_path: Path
) -> None:
    """Ctrl-C and Ctrl-Break (as SIGINT here): the parent ended the worker by force at once."""
    port = free_port()
    with serving(spawned(instance, port), tmp_path / "said.txt", environ) as served, \
            half_sent(port) as visitor:
        served.process.send_signal(signal.SIGINT)
        time.sleep(1.5)  # longer than the parent looks away
        assert rest(visitor).startswith(b"HTTP/1.1 400")  # no form of ours, and answered
        assert 0 == served.process.wait(WAIT_S)


def test_a_worker_without_its_parent_finishes_and_leaves_the_port(
    instance: Instance, environ: dict[str, str], tmp_path: Path
) -> None:
    """What the Task Scheduler or the Task Manager ends is the parent, by force, alone perhaps."""
    port = free_port()
    with serving(spawned(instance, port), tmp_path / "said.txt", environ) as served, \
            half_sent(port) as visitor:
        served.process.kill()
        served.process.wait(WAIT_S)
        assert rest(visitor).startswith(b"HTTP/1.1 400")
        until = time.monotonic() + WAIT_S
        while is_open(port):
            assert time.monotonic() < until, served.said
            time.sleep(0.1)


def is_open(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


# Answers when there is a file, and says before that it was asked.
_SLOW = """
import sys, time
from pathlib import Path
from flask import Flask
from attribution.serving import listening, one_process
app = Flask("slow")
folder = Path(sys.argv[1])
@app.get("/")
def page():
    print("asked", flush=True)
    while not (folder / "go").exists():
        time.sleep(0.05)
    return "x" * 1_000_000
listener = listening.listen("127.0.0.1", int(sys.argv[2]))
one_process.serve(
    app, listener, lambda: print("serving on", flush=True), threads=4, largest_body=1000,
    drain_s=60.0,
)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waitress_sends_what_its_threads_answer_before_it_ends(
    tmp_path: Path, number: signal.Signals
) -> None:
    """It left its loop at the signal, and the page that was made then reached nobody."""
    port = free_port()
    (tmp_path / "slow.py").write_text(_SLOW, "utf-8")
    command = [str(tmp_path / "slow.py"), str(tmp_path), str(port)]
    got: list[int] = []

    def visit() -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=WAIT_S) as answer:
            got.append(len(answer.read()))

    with serving(command, tmp_path / "said.txt", {}) as served:
        visitor = threading.Thread(target=visit)
        visitor.start()
        served.wait_for("asked")
        served.process.send_signal(number)
        time.sleep(0.5)
        (tmp_path / "go").touch()
        visitor.join()
        assert 0 == served.process.wait(WAIT_S)
    assert [1_000_000] == got
