"""
Check everything with one command: python3 scripts/test.py

Makes .venv with the test packages, looks for a browser (and installs one where
there is none), then runs ruff, mypy and the whole suite, in two processes where there are
two cores (so the suite's end has two closing lines, one of each). With arguments it hands
them to pytest and runs that alone: python3 scripts/test.py tests/test_codes.py -k forged
(paths are meant from the checkout). With --fast it runs ruff, and those tests that need no
browser, no server and no second process (tests/circles.py); mypy is left out, for it takes
longer than they do.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
from chromium import apt_install, find_browser, install_browser
from environment import ROOT, program, say


def main() -> int:
    arguments = sys.argv[1:]
    environment.enter(environment.TEST_LOCK)
    fast = arguments == ["--fast"]
    if "--fast" not in arguments:
        look_for_programs()

    failed = 0
    checks = [("ruff", ["ruff", "check", "."]), ("mypy", ["mypy"])]
    # What only another system runs is checked here all the same.
    checks += [
        (f"mypy for {system}",
         ["mypy", "--platform", system, "--cache-dir", str(ROOT / ".mypy_cache" / system)])
        for system in ("linux", "win32", "darwin") if system != sys.platform
    ]
    if not arguments or fast:
        # Before pytest, so that its closing line stays the last; and they all
        # run, so that one command shows every fault.
        for tool, command in checks[:1] if fast else checks:
            status = subprocess.run([str(program(command[0])), *command[1:]], cwd=ROOT).returncode
            say(f"{tool}: {'passed' if status == 0 else 'FAILED (the end status will say so)'}")
            failed = failed or status
    pytest = [str(program("python")), "-m", "pytest", *arguments]
    if arguments or (os.cpu_count() or 1) < 2:
        return subprocess.run(pytest, cwd=ROOT).returncode or failed
    return run_shared(pytest) or failed


def run_shared(pytest: list[str]) -> int:
    """
    Run the suite in two processes, which take its files from both ends (tests/shared_run.py).

    What one of them prints is shown as it comes, the other's when both have ended.
    """
    with tempfile.TemporaryDirectory() as folder:
        shared, said = Path(folder, "taken"), Path(folder, "said")
        shared.mkdir()
        pytest = [*pytest, f"--shared={shared}"]
        with said.open("wb") as file:
            other = subprocess.Popen(
                [*pytest, "--backwards", "-o", "cache_dir=.pytest_cache/backwards"],
                cwd=ROOT, stdout=file, stderr=subprocess.STDOUT,
            )
            try:
                status = subprocess.run(pytest, cwd=ROOT).returncode
                other.wait()
            finally:
                # An interrupted run waits for nobody.
                if other.poll() is None:
                    other.terminate()
                    other.wait()
        sys.stdout.flush()
        with said.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    # 5 is "no tests ran": the other took them all.
    return next((code for code in (status, other.returncode) if code not in (0, 5)), 0)


def look_for_programs() -> None:
    """Find or install what the tests start besides us."""
    browser = find_browser() or install_browser()
    if browser:
        os.environ["ZHUANMA_CHROMIUM"] = browser
    else:
        say("note: no browser found or installable; tests that need one skip themselves")
    for name in ("redis-server", "nginx", "caddy"):
        if not shutil.which(name) and not apt_install(name):
            say(f"note: no {name}; tests that need one skip themselves")


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
