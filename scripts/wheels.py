"""
Ask whether every system we promise installs from wheels alone: python3 scripts/wheels.py

A package without a wheel is built where it is installed, and an office has no compiler. So for
each promised system and Python, pip is asked for each version in all three lock files, as that
system would: only wheels, only those that its tags allow. Of the others, what is said before the
download is asked: requirements.lock. Needs the network, installs nothing.
"""
import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator

import environment
from environment import RUN_LOCK, SERVE_LOCK, TEST_LOCK, program, say
from systems import PYTHONS, SYSTEMS, System, pins


def main() -> int:
    args = read_arguments()
    environment.enter(TEST_LOCK)
    wrong = 0
    for system in SYSTEMS:
        if args.system not in (None, system.name):
            continue
        for python in system.pythons:
            if args.python not in (None, python):
                continue
            without = sorted(missing(system, python))
            known = (*system.lacks, *system.tests_lack)
            wrong += sum(pin.partition("==")[0] not in known for pin in without)
            told = ", ".join(without) or "all from wheels"
            say(f"{system.name}, Python {python}: {told}")
    return 1 if wrong else 0


def read_arguments() -> argparse.Namespace:
    parser = environment.parser(__doc__)
    parser.add_argument("--system", choices=[system.name for system in SYSTEMS])
    parser.add_argument("--python", choices=PYTHONS)
    return parser.parse_args()


def missing(system: System, python: str) -> Iterator[str]:
    """Yield the pins that have no wheel on *system* with *python*."""
    locks = (RUN_LOCK,) if system.lacks else (RUN_LOCK, SERVE_LOCK, TEST_LOCK)
    wanted = sorted({pin for lock in locks for pin in pins(lock, system, python)})
    if not can_install(wanted, system, python):
        yield from (pin for pin in wanted if not can_install([pin], system, python))


def can_install(wanted: Iterable[str], system: System, python: str) -> bool:
    with tempfile.TemporaryDirectory() as nowhere:
        command = [
            str(program("python")), "-m", "pip", "install", "-qq", "--dry-run", "--no-deps",
            "--disable-pip-version-check", "--no-input", "--only-binary=:all:",
            "--target", nowhere, "--implementation", "cp", "--python-version", python,
        ]  # fmt: skip
        for tag in system.tags:
            command += ["--platform", tag]
        return subprocess.run([*command, *wanted], capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
