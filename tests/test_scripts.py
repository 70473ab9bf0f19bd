"""What a newcomer's first commands promise, without a network."""

import ast
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import chromium
import environment
import pytest
import run

SCRIPTS = environment.ROOT / "scripts"


def start(script: str, *arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(SCRIPTS / script), *arguments],
        cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip


# --- run.py ------------------------------------------------------------------------------


def test_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    """Nobody should wait for an installation only to learn that the port is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start("run.py", "--port", str(port), "--instance", "专码 here", cwd=tmp_path)
    assert 1 == done.returncode
    cause, hint = done.stderr.splitlines()
    assert cause.startswith(f"run.py: error: cannot listen on 127.0.0.1:{port}: ")
    assert hint.startswith("run.py: hint: ") and f"--port {port + 1}" in hint
    assert [] == list((tmp_path / "专码 here").iterdir())


@pytest.mark.parametrize("port", ["0x", "0", "99999999"])
def test_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    done = start("run.py", "--port", port, "--instance", str(tmp_path), cwd=tmp_path)
    assert 2 == done.returncode
    assert "run.py: error: argument --port: " in done.stderr


def test_unwritable_folder_is_told_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = start("run.py", "--no-serve", "--instance", "file/inside", cwd=tmp_path)
    assert 1 == done.returncode
    assert re.match(r"run\.py: error: cannot write in .+\nrun\.py: hint: .+--instance", done.stderr)


class Printer:
    """Stands in for `qrgen posters`: writes the named files, counts its calls."""

    def __init__(self) -> None:
        self.names = ["A01.pdf", "N07.pdf"]
        self.calls = 0
        self.status = 0

    def __call__(self, command: list[str], **_: object) -> "subprocess.CompletedProcess[bytes]":
        self.calls += 1
        folder = Path(command[command.index("--out") + 1])
        for name in self.names:
            (folder / name).write_text(f"print {self.calls}")
        return subprocess.CompletedProcess(command, self.status)


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> Printer:
    printer = Printer()
    monkeypatch.setattr(subprocess, "run", printer)
    monkeypatch.setattr(run, "poster_fingerprint", lambda instance: "as it was")
    return printer


def test_second_start_prints_no_poster_again(tmp_path: Path, printer: Printer) -> None:
    run.print_posters(tmp_path)
    run.print_posters(tmp_path)
    assert 1 == printer.calls
    assert "print 1" == (tmp_path / "posters" / "N07.pdf").read_text()


def test_lost_poster_is_printed_again(tmp_path: Path, printer: Printer) -> None:
    run.print_posters(tmp_path)
    (tmp_path / "posters" / "N07.pdf").unlink()
    run.print_posters(tmp_path)
    assert "print 2" == (tmp_path / "posters" / "N07.pdf").read_text()


def test_changed_campaign_reprints_and_drops_units_that_left(
    tmp_path: Path, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poster of a unit that left must not be printed by mistake; other files stay."""
    run.print_posters(tmp_path)
    (tmp_path / "posters" / "notes.txt").write_text("mine")
    printer.names = ["A01.pdf"]
    monkeypatch.setattr(run, "poster_fingerprint", lambda instance: "changed")
    run.print_posters(tmp_path)
    assert ["A01.pdf", "notes.txt"] == sorted(p.name for p in (tmp_path / "posters").iterdir())


def test_failed_print_leaves_the_old_posters(
    tmp_path: Path, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.print_posters(tmp_path)
    monkeypatch.setattr(run, "poster_fingerprint", lambda instance: "changed")
    printer.status = 1
    with pytest.raises(environment.Fault, match="could not be printed"):
        run.print_posters(tmp_path)
    assert "print 1" == (tmp_path / "posters" / "A01.pdf").read_text()
    assert ["posters", "posters.json"] == sorted(p.name for p in tmp_path.iterdir())


# --- the venv ----------------------------------------------------------------------------


class Checkout:
    """A checkout whose venv and pip are make-believe; *did* tells what was asked of them."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.did: list[str] = []
        self.lock = root / "requirements.lock"
        for name in ("requirements.lock", "requirements-test.lock", "setup.cfg", "pyproject.toml"):
            (root / name).write_text(f"{name} 1")
        monkeypatch.setattr(environment, "ROOT", root)
        monkeypatch.setattr(environment, "VENV", root / ".venv")
        monkeypatch.setattr(environment, "RUN_LOCK", self.lock)
        monkeypatch.setattr(environment, "TEST_LOCK", root / "requirements-test.lock")
        monkeypatch.setattr(environment, "_make_venv", self.make_venv)
        monkeypatch.setattr(environment, "_pip", lambda *arguments: self.did.append("pip"))

    def make_venv(self) -> None:
        self.did.append("venv")
        python = environment.program("python")
        python.parent.mkdir(parents=True)
        # A real one, for install asks it whether it has pip.
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    if os.name == "nt":
        pytest.skip("the make-believe Python is a shell script")
    return Checkout(tmp_path, monkeypatch)


def test_second_start_installs_nothing(checkout: Checkout) -> None:
    assert not environment.is_current(checkout.lock)
    environment.install(checkout.lock)
    assert ["venv", "pip", "pip"] == checkout.did
    assert environment.is_current(checkout.lock)


@pytest.mark.parametrize("name", ["requirements.lock", "setup.cfg"])
def test_changed_lock_or_metadata_installs_again_into_the_same_venv(
    checkout: Checkout, name: str
) -> None:
    environment.install(checkout.lock)
    (environment.ROOT / name).write_text("2")
    assert not environment.is_current(checkout.lock)
    checkout.did.clear()
    environment.install(checkout.lock)
    assert ["pip", "pip"] == checkout.did
    assert environment.is_current(checkout.lock)


def test_half_made_venv_is_made_anew(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle of pip, a venv may import half a package."""

    def cut_off(*arguments: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environment, "_pip", cut_off)
        with pytest.raises(KeyboardInterrupt):
            environment.install(checkout.lock)
    assert not environment.is_current(checkout.lock)
    environment.install(checkout.lock)
    assert ["venv", "venv", "pip", "pip"] == checkout.did


def test_venv_of_a_moved_checkout_is_made_anew(checkout: Checkout) -> None:
    """Its console scripts name the folder where it was made."""
    environment.install(checkout.lock)
    stamp = environment.VENV / "zhuanma.json"
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "root": "/elsewhere"}))
    assert not environment.is_current(checkout.lock)
    checkout.did.clear()
    environment.install(checkout.lock)
    assert ["venv", "pip", "pip"] == checkout.did


def test_venv_somebody_made_by_hand_is_used_not_deleted(checkout: Checkout) -> None:
    checkout.make_venv()
    (environment.VENV / "theirs").touch()
    environment.install(checkout.lock)
    assert (environment.VENV / "theirs").exists()
    assert environment.is_current(checkout.lock)


def test_tests_packages_serve_the_service_too(checkout: Checkout) -> None:
    """After scripts/test.py, scripts/run.py has nothing to install."""
    environment.install(environment.TEST_LOCK)
    assert environment.is_current(environment.RUN_LOCK)


def test_python_without_ensurepip_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(environment.Fault, match="no ensurepip") as caught:
        environment._make_venv()
    assert "python3-venv" in caught.value.hint


def test_old_python_is_told_so_and_sees_no_traceback() -> None:
    code = (
        "import sys; sys.version_info = (3, 9, 18); sys.argv = ['scripts/run.py']; "
        f"sys.path.insert(0, {str(SCRIPTS)!r}); import environment"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 1 == done.returncode
    assert done.stderr.startswith("run.py: error: Python 3.10 or newer is needed, this is 3.9\n")


@pytest.mark.parametrize(
    "path",
    [p for p in sorted(SCRIPTS.glob("*.py")) if "import environment" in p.read_text("utf-8")]
    + [SCRIPTS / "environment.py"],
    ids=lambda path: path.name,
)
def test_old_python_can_at_least_read_the_scripts(path: Path) -> None:
    """Else it would answer with a SyntaxError instead of the sentence above."""
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_browser_named_by_hand_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHUANMA_CHROMIUM", sys.executable)  # anything that knows --version
    assert sys.executable == chromium.find_browser()


# --- the lock files ----------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    text = (environment.ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text, re.MULTILINE))


def test_service_runs_with_the_versions_it_was_tested_with() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-test.lock").items()


def test_a_server_without_print_runs_with_the_same_versions_and_without_typst_and_fonts() -> None:
    everything, serving = locked("requirements.lock"), locked("requirements-serve.lock")
    assert serving.items() < everything.items()
    assert {"typst", "justmytype-intl-cjk", "pikepdf"} <= everything.keys() - serving.keys()


@pytest.mark.parametrize("name", [
    "requirements.lock", "requirements-serve.lock", "requirements-test.lock",
])
def test_every_locked_package_has_a_hash_and_no_home(name: str) -> None:
    """A hash keeps every mirror honest; so none needs to be named."""
    text = (environment.ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_ci_calls_the_readmes_command() -> None:
    command = "python3 scripts/test.py"
    assert command in (environment.ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert command in (environment.ROOT / "README.md").read_text(encoding="utf-8")
