"""
Remake the lock files from setup.cfg: python3 scripts/lock.py [--upgrade]

Versions already locked stay unless setup.cfg or --upgrade asks otherwise. One lock
serves every system and Python 3.10 onwards (uv's universal resolution), and names
no registry, so that anybody's mirror will do; the hashes keep the mirror honest.
"""

import os
import subprocess
import sys

import environment
from environment import ROOT, RUN_LOCK, SERVE_LOCK, TEST_LOCK, Fault, say

EXTRAS = ["--extra", "postgres", "--extra", "redis", "--extra", "build", "--extra", "heic"]
PRINT = ["--extra", "print"]


def main() -> int:
    parser = environment.parser(__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    more = ["--upgrade"] if parser.parse_args().upgrade else []
    # The test lock first: the service is then tested with the versions it runs with.
    compile_lock(TEST_LOCK.name, "--extra", "test", *EXTRAS, *PRINT, *more)
    compile_lock(RUN_LOCK.name, "-c", TEST_LOCK.name, *EXTRAS, *PRINT, *more)
    compile_lock(SERVE_LOCK.name, "-c", TEST_LOCK.name, *EXTRAS, *more)
    return 0


def compile_lock(name: str, *arguments: str) -> None:
    command = [
        "uv", "pip", "compile", "setup.cfg", "--universal", "--python-version", "3.10",
        "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header",
        "--quiet", "-o", name, *arguments,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"})
    except FileNotFoundError:
        raise Fault("uv is not installed", "pip install uv, then run this again") from None
    if done.returncode:
        raise Fault(f"{name} could not be made (uv's own words stand above)")
    say(f"wrote {name}")


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
