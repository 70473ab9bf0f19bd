"""Two processes share a run of the suite: every test once, whoever comes first."""
import re
import subprocess
import sys
from pathlib import Path

from environment import ROOT

# A few seconds together.
FILES = [f"tests/test_{name}.py" for name in ("breaks", "bridge", "clients", "people")]


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *arguments, *FILES],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )


def passed(said: str) -> list[str]:
    return re.findall(r"^(tests/\S+::.+?) PASSED", said, re.MULTILINE)


def test_two_processes_run_every_test_once(tmp_path: Path) -> None:
    both = [start(f"--shared={tmp_path}", *way) for way in ([], ["--backwards"])]
    said = [process.communicate()[0] for process in both]
    alone = passed(start().communicate()[0])

    assert alone
    assert sorted(alone) == sorted(passed(said[0]) + passed(said[1]))
    assert {0, 5} >= {process.returncode for process in both}


def test_what_is_taken_is_left_to_whoever_took_it(tmp_path: Path) -> None:
    (tmp_path / "test_breaks.py").touch()
    process = start(f"--shared={tmp_path}")
    done = passed(process.communicate()[0])

    assert 0 == process.returncode
    assert {Path(test.split("::")[0]).name for test in done} == {
        "test_bridge.py", "test_clients.py", "test_people.py",
    }
