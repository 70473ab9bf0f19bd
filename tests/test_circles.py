"""The fast circle starts nothing, and its list of modules is true."""
import os
import subprocess
import sys
from pathlib import Path

import circles

TESTS = Path(__file__).parent

PROBE = """
import os, socket, subprocess, sys, threading, pytest

def test_adds(): assert 2 == 1 + 1
def test_runs(): subprocess.run([sys.executable, "-c", ""])
def test_shouts(): os.system("true")
def test_listens():
    with socket.socket() as one: one.bind(("127.0.0.1", 0))
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forks():
    if os.fork() == 0: os._exit(0)
def test_swallows():
    try: subprocess.run([sys.executable, "-c", ""])
    except Exception: pass
def beside():
    one = threading.Thread(target=subprocess.run, args=([sys.executable, "-c", ""],))
    one.start()
    one.join()
def test_runs_beside(): beside()
def test_misses_what_runs_beside():
    beside()
    assert False
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_keeps(kind): assert "sqlite" == kind
"""


def test_the_fast_circle_starts_no_process_and_listens_nowhere(tmp_path: Path) -> None:
    """What passes there ran alone; whatever would not, even unseen, was stopped and is no pass."""
    probe = tmp_path / "test_probe.py"
    probe.write_text(PROBE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "circles", "-p", "no:cacheprovider", "-q",
         "--rootdir", str(tmp_path), "--fast", str(probe)],
        env={**os.environ, "PYTHONPATH": str(TESTS)}, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    skipped = 7 if hasattr(os, "fork") else 6
    assert f"2 passed, {skipped} skipped, 1 deselected" in done.stdout


def test_every_module_that_is_left_out_is_there() -> None:
    """One that was renamed would be in the circle again, and nobody would know why it is slow."""
    assert set() == {name for name in circles.LEFT_OUT if not list(TESTS.rglob(name))}
