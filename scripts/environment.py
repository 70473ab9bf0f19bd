"""
The ``.venv`` that every script runs in: made once, from a lock file with hashes.

Decision: ``python3 scripts/<any>.py`` is the whole set-up. Until the packages are
there, only the standard library is used; then the script starts itself again with
the venv's Python. A stamp in the venv remembers what was installed, so a second
start costs two hashes and asks no network.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - here so that an old Python says this, and no traceback
    sys.exit(
        "{0}: error: Python 3.10 or newer is needed, this is {1}.{2}\n"
        "{0}: hint: start it with a newer one, for example: python3.11 scripts/{0}".format(
            sys.argv[0].replace("\\", "/").rsplit("/", 1)[-1], *sys.version_info[:2]
        )
    )

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from systems import without_wheels

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RUN_LOCK = ROOT / "requirements.lock"
SERVE_LOCK = ROOT / "requirements-serve.lock"  # without what only printing needs
TEST_LOCK = ROOT / "requirements-test.lock"  # holds everything of RUN_LOCK, same versions

_WINDOWS = os.name == "nt"


class Fault(Exception):
    """Something the person at the keyboard can mend: a cause and what to do."""

    def __init__(self, cause: str, hint: str = "") -> None:
        super().__init__(cause)
        self.hint = hint


def run_script(func: Callable[[], int]) -> int:
    """Call *func*; turn what goes wrong into ``script: error:`` and ``script: hint:``."""
    # A pipe on Windows speaks the code page, which may lack a letter we print.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return func()
    except KeyboardInterrupt:
        return 130
    except Fault as fault:
        cause, hint = str(fault), fault.hint
    except OSError as error:
        cause = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        hint = "check that the folder exists, is yours to write, and that the disk is not full"
    except Exception as error:
        # Inside the venv qrgen may raise its own; here it cannot be imported for sure.
        shell = sys.modules.get("qrgen.shell")
        if shell is None or not isinstance(error, shell.Fault):
            raise
        shell.show_fault(script_name(), error)
        return 1
    name = script_name()
    print(f"{name}: error: {cause}", file=sys.stderr)
    if hint:
        print(f"{name}: hint: {hint}", file=sys.stderr)
    return 1


def script_name() -> str:
    return Path(sys.argv[0]).name


def say(text: str) -> None:
    """Tell what was done; flushed, because a child process may write next."""
    print(f"{script_name()}: {text}", flush=True)


def parser(doc: str | None) -> argparse.ArgumentParser:
    """An argument parser with a script's own docstring as its help."""
    return argparse.ArgumentParser(
        description=(doc or "").strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def program(name: str) -> Path:
    """The path of a command that the venv holds, such as ``attribution``."""
    return VENV / "Scripts" / f"{name}.exe" if _WINDOWS else VENV / "bin" / name


def enter(lock: Path) -> None:
    """
    Make or refresh ``.venv`` from *lock* and go on inside it.

    Returns only when this process already runs there with everything in place;
    otherwise the script starts anew with the venv's Python.
    """
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    changed = not is_current(lock)
    if changed:
        install(lock, inside=inside)
    if inside and not changed:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    hand_over([str(program("python")), *sys.argv])


def hand_over(command: Sequence[str]) -> None:
    """Become *command*: the same process where the system can, else wait for a child."""
    if _WINDOWS:
        # Windows has no exec: os.execv returns the prompt while the child still runs.
        child = subprocess.Popen(command)
        while True:
            try:
                sys.exit(child.wait())
            except KeyboardInterrupt:
                continue  # Ctrl-C reached the child too; let it close in its own way
    os.execv(command[0], list(command))  # noqa: S606 - no shell is the point


def is_current(lock: Path) -> bool:
    """Was exactly this lock file, for exactly this checkout, installed to the end?"""
    stamp = _read_stamp()
    return (
        not _unfinished().exists()
        and program("python").exists()  # a removed base Python leaves a dangling link
        and stamp.get("root") == str(ROOT)
        and stamp.get("package") == _package_hash()
        and stamp.get(lock.name) == _hash(lock)
    )


def install(lock: Path, *, inside: bool = False) -> None:
    """Bring ``.venv`` to what *lock* says, from nothing if it has to be."""
    if not inside and VENV.exists() and not _is_usable():
        say("the old .venv is incomplete or was moved here; making it anew")
        shutil.rmtree(VENV)
    lacking = without_wheels(tests=lock == TEST_LOCK)
    if lacking is not None:
        raise Fault(*lacking)
    if not VENV.exists():
        VENV.mkdir()
        _unfinished().touch()
        _make_venv()
    say(f"installing what {lock.name} lists into .venv (the first time: a minute or two)")
    _pip("--require-hashes", "-r", str(lock))
    # Build isolation would fetch setuptools past the lock's hashes.
    _pip("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamp = {"root": str(ROOT), "package": _package_hash(), lock.name: _hash(lock)}
    if lock == TEST_LOCK:
        stamp[RUN_LOCK.name] = _hash(RUN_LOCK)
    _stamp().write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    _unfinished().unlink(missing_ok=True)


def _make_venv() -> None:
    command = [sys.executable, "-m", "venv", str(VENV)]
    if importlib.util.find_spec("ensurepip") is None:
        # Debian and Ubuntu split venv's pip into a package of its own.
        if importlib.util.find_spec("pip") is None:
            raise Fault(
                "this Python has no ensurepip, so it cannot make a virtual environment",
                "Debian, Ubuntu: apt-get install python3-venv (as root), then run this again",
            )
        command.insert(3, "--without-pip")
    if subprocess.run(command).returncode:
        raise Fault(
            f"{sys.executable} could not make {VENV}",
            "Debian, Ubuntu: apt-get install python3-venv (as root), then run this again",
        )


def _pip(*arguments: str) -> None:
    command = [str(program("python")), "-m", "pip"]
    homes = (*VENV.glob("lib/python3*/site-packages/pip"), VENV / "Lib" / "site-packages" / "pip")
    if not any(home.exists() for home in homes):
        command = [sys.executable, "-m", "pip", "--python", str(program("python"))]
    command += ["install", "-qq", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([*command, *arguments], cwd=ROOT).returncode:
        raise Fault(
            "pip could not install the packages (its own words stand above)",
            "check the network and the disk, then run this again; PIP_INDEX_URL=… names a mirror",
        )


def _is_usable() -> bool:
    """Can this venv be installed into? (Not ours, stamped for elsewhere, half made: no.)"""
    if _unfinished().exists() or not program("python").exists():
        return False
    if _read_stamp().get("root", str(ROOT)) != str(ROOT):
        return False  # its scripts name the folder it was made in
    check = "import sys, pip; sys.exit(sys.version_info < (3, 10))"
    done = subprocess.run([str(program("python")), "-c", check], capture_output=True)
    return done.returncode == 0


def _stamp() -> Path:
    return VENV / "zhuanma.json"


def _unfinished() -> Path:
    return VENV / "zhuanma.unfinished"


def _read_stamp() -> dict[str, str]:
    try:
        stamp = json.loads(_stamp().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _package_hash() -> str:
    # Console scripts and package folders are fixed when installed, even editable.
    return _hash(ROOT / "setup.cfg", ROOT / "pyproject.toml")


def _hash(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
