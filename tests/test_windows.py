"""
What was promised for Windows and macOS, by stand-ins: neither is at hand here.

`as_windows.py` is a process without what Windows lacks, where open files cannot be replaced;
here single refusals are played, with the numbers that Windows gives them.
"""
import errno
import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import as_windows
import environment
import pytest
import systems
from factories import CODE_KEY, PUBLIC_URL, make_campaign
from needs import unix

from attribution.serving import listening
from attribution.upkeep import private
from qrgen import replacing
from qrgen.campaign_stamp import STAMP
from qrgen.campaign_writer import write_folder
from qrgen.fault_codes import Code
from qrgen.files import whole_file, write_whole
from qrgen.plan import plan_posters
from qrgen.posters import print_posters
from qrgen.replacing import HeldFault
from qrgen.shell import Fault

ROOT = Path(__file__).parent.parent

unix("the real thing is here")
assert sys.platform != "win32"

import fcntl  # noqa: E402 (nobody has it there)


class Others:
    """What other programs hold; whoever replaces or removes it is refused, as Windows does."""

    def __init__(self) -> None:
        self.held: set[Path] = set()
        self.refused = threading.Event()

    def guard(self, monkeypatch: pytest.MonkeyPatch, name: str, places: int) -> None:
        real = getattr(os, name)

        def guarded(*arguments: str, **more: int) -> None:
            for path in arguments[:places]:
                if Path(path) in self.held:
                    self.refused.set()
                    raise as_windows.refusal(path)
            real(*arguments, **more)

        monkeypatch.setattr(os, name, guarded)


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> Iterator[Others]:
    found = Others()
    for name, places in (("replace", 2), ("rename", 2), ("unlink", 1)):
        found.guard(monkeypatch, name, places)
    monkeypatch.setattr(replacing, "REFUSES_OPEN_FILES", True)
    monkeypatch.setattr(replacing, "PATIENCE_S", 0.2)
    yield found
    found.held.clear()


# --- files that others have open -----------------------------------------------------------


def test_a_file_that_a_scanner_looks_at_is_replaced_once_it_lets_go(
    tmp_path: Path, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "PATIENCE_S", 120.0)
    out = tmp_path / "进度 list.csv"
    out.write_bytes(b"old")
    others.held.add(out)

    def let_go() -> None:
        others.refused.wait()
        others.held.clear()

    scanner = threading.Thread(target=let_go)
    scanner.start()
    write_whole(out, b"new")
    scanner.join()
    assert b"new" == out.read_bytes()
    assert [out] == list(tmp_path.iterdir())


def test_a_list_open_in_excel_is_named_and_stays(tmp_path: Path, others: Others) -> None:
    """Named is the file to close, and not the one of ours beside it."""
    out = tmp_path / "进度.csv"
    out.write_bytes(b"old")
    others.held.add(out)
    with pytest.raises(HeldFault, match="another program has this file open") as caught, \
            whole_file(out) as part:
        part.write_bytes(b"new")
    assert {"path": out} == caught.value.data
    assert "WPS" in caught.value.hint and "WPS" in caught.value.advice("zh")
    assert b"old" == out.read_bytes()
    assert [out] == list(tmp_path.iterdir())


@pytest.mark.parametrize(("number", "held"), [(32, True), (33, True), (5, True), (3, False)])
def test_numbers_of_windows_that_mean_another_program(
    tmp_path: Path, number: int, held: bool
) -> None:
    """Python makes EACCES of the first three; the last is a path that is not there."""
    (tmp_path / "a").write_bytes(b"")
    error = as_windows.numbered(number, str(tmp_path / "a"))
    assert held == replacing.is_held(error, tmp_path / "a")
    assert not replacing.is_held(PermissionError(errno.EACCES, "x"), tmp_path / "a")


def posters_of(folder: Path, count: int) -> dict[str, bytes]:
    county = make_campaign()
    posters = plan_posters(county.units[:count], PUBLIC_URL, [CODE_KEY])
    made = print_posters(county, posters, folder)
    return {path.name: path.read_bytes() for path in made}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_with_one_poster_open_none_is_replaced_and_the_same_run_goes_on(
    tmp_path: Path, others: Others
) -> None:
    """Half of one run and half of another is what nobody can hand out."""
    names = sorted(posters_of(tmp_path, 2))
    for name in names:
        (tmp_path / name).write_bytes(b"old")
    others.held.add(tmp_path / names[1])
    with pytest.raises(HeldFault) as caught:
        posters_of(tmp_path, 2)
    assert {"path": tmp_path / names[1]} == caught.value.data
    assert dict.fromkeys(names, b"old") == contents(tmp_path)
    others.held.clear()
    kept = {name: (tmp_path / ".unfinished" / name).read_bytes() for name in names}
    assert kept == posters_of(tmp_path, 2)
    assert names == sorted(path.name for path in tmp_path.iterdir())


def test_a_poster_opened_at_the_last_moment_puts_the_others_back(
    tmp_path: Path, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at before, it was free; the first is replaced by then."""
    monkeypatch.setattr(replacing, "check_free", lambda targets: None)
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, content in ((old, b"old"), (new, b"new")):
        folder.mkdir()
        for name in "abc":
            (folder / name).write_bytes(content)
    others.held.add(old / "b")
    with pytest.raises(HeldFault):
        replacing.replace_all([(new / name, old / name) for name in "abc"], new)
    assert dict.fromkeys("abc", b"old") == contents(old)
    assert b"new" == (new / "a").read_bytes()


def test_with_its_table_open_in_excel_a_campaign_is_exported_whole_or_not(
    tmp_path: Path, others: Others
) -> None:
    """Half of it is no export of ours any more: it was taken for a folder edited by hand."""
    folder = tmp_path / "活动 campaign"
    write_folder(folder, {"campaign.toml": b"old", "units.csv": b"old", STAMP: b"old"})
    new = {"campaign.toml": b"new", "units.csv": b"new", STAMP: b"new"}
    others.held.add(folder / "units.csv")
    with pytest.raises(HeldFault) as caught:
        write_folder(folder, new)
    assert {"path": folder / "units.csv"} == caught.value.data
    assert dict.fromkeys(new, b"old") == contents(folder)
    others.held.clear()
    write_folder(folder, new)
    assert new == contents(folder)
    assert sorted(new) == sorted(path.name for path in folder.iterdir())


def test_every_open_poster_is_named_at_once(tmp_path: Path, others: Others) -> None:
    """Closing one, printing again and hearing of the next takes a morning."""
    for name in "ab":
        (tmp_path / name).write_bytes(b"")
        others.held.add(tmp_path / name)
    with pytest.raises(HeldFault) as caught:
        replacing.check_free([tmp_path / name for name in "abc"])
    assert Code.FILES_HELD == caught.value.code
    assert [tmp_path / "a", tmp_path / "b"] == [one.data["path"] for one in caught.value.more]


def test_a_poster_has_the_rights_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What is made in a folder of mode 0700 is its maker's alone on Windows, moved or not.

    So no such folder may be made on the way; a colleague on the share got "access denied".
    """
    made: list[tuple[str, int]] = []
    real = os.mkdir

    def mkdir(path: str, mode: int = 0o777, **more: int) -> None:
        made.append((str(path), mode))
        real(path, mode, **more)

    monkeypatch.setattr(os, "mkdir", mkdir)
    assert posters_of(tmp_path / "out", 1)
    within = [mode for path, mode in made if path.startswith(str(tmp_path / "out"))]
    assert within and {0o777} == set(within)


@pytest.mark.parametrize("network", [False, True])
def test_on_macos_what_is_synced_reaches_the_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: bool
) -> None:
    """Its fsync stops at the drive's own memory; a disk of the network knows no better."""
    asked: list[object] = []

    def control(number: int, what: int) -> int:
        asked.append(what)
        if network:
            raise OSError(errno.ENOTSUP, "Operation not supported")
        return 0

    monkeypatch.setattr(replacing, "sys", types.SimpleNamespace(platform="darwin"))
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", control)
    monkeypatch.setattr(os, "fsync", lambda number: asked.append("fsync"))
    write_whole(tmp_path / "list.csv", b"new")
    assert ([51, "fsync"] if network else [51]) == asked


# --- a process without what Windows lacks --------------------------------------------------


def test_an_office_day_without_fcntl_fork_and_signals(
    tmp_path: Path, windows_programs: Path
) -> None:
    """Keys, posters, a scan, copy and restore, two writers, two starts: in a path with blanks."""
    place = tmp_path / "我的 文件"
    place.mkdir()
    done = subprocess.run(
        [sys.executable, "tests/as_windows.py", "tests/windows_day.py", str(place)], cwd=ROOT,
        capture_output=True, env={
            **os.environ, "PATH": f"{windows_programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0",
        },
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr.decode("gbk", "replace")
    told = json.loads(done.stdout.splitlines()[-1])
    (poster,) = told.pop("printed")  # and no lock or folder of ours beside it
    assert poster.endswith("A01-1.pdf")
    assert {
        "init": 0, "posters": [0, 0], "scan": 200, "copied": True,
        "in use": "the ledger is in use", "restored": True, "left beside": [],
        "second writer": "waits", "second start": "port_taken",
        "running": 1, "reload": 2, "running after": 0,
    } == told
    asked = (tmp_path / "icacls.txt").read_text("utf-8")
    assert f"{place}/instance 专码 /inheritance:r" in asked
    assert "*S-1-5-21-7-1001:(OI)(CI)F" in asked


def test_every_test_is_found_where_half_of_unix_is_missing(tmp_path: Path) -> None:
    """One module that imported `resource` at its top kept all others from being run."""
    done = collected("tests")
    assert 0 == done.returncode, done.stdout[-3000:]
    assert "error" not in done.stdout.splitlines()[-1]
    assert "test_codes.py" in done.stdout and "test_reload.py" not in done.stdout
    (tmp_path / "test_x.py").write_text("import resource\n", encoding="utf-8")
    assert 2 == collected(str(tmp_path)).returncode


def collected(what: str) -> "subprocess.CompletedProcess[str]":
    places = [ROOT, ROOT / "tests", ROOT / "scripts"]
    return subprocess.run(
        [sys.executable, "tests/windows_collect.py", what], cwd=ROOT, capture_output=True,
        text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
    )


# --- the instance is nobody else's -----------------------------------------------------------


@pytest.mark.parametrize(("path", "environ", "cloud"), [
    ("/Users/李/Library/Mobile Documents/com~apple~CloudDocs/专码", {}, "iCloud"),
    ("/Users/li/Library/CloudStorage/x/zhuanma", {}, "iCloud"),
    ("/c/Users/li/OneDrive - 兴国县/zhuanma", {}, "OneDrive"),
    ("/d/云/专码/instance", {"OneDrive": "/d/云"}, "OneDrive"),
    ("/c/Users/li/Nutstore/zhuanma", {}, "坚果云"),
    ("/c/zhuanma/instance", {"OneDrive": "/c/Users/li/OneDrive"}, None),
    ("/home/onedriver/zhuanma", {}, None),
])
def test_a_folder_that_a_cloud_copies_away_is_known(
    path: str, environ: dict[str, str], cloud: str | None
) -> None:
    """Keys that leave the machine are not keys, and a ledger copied while it is written is none."""
    assert cloud == private.cloud_of(Path(path), environ)


def test_an_account_that_cannot_be_told_is_no_silence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="whoami"):
        private.shut_on_windows(tmp_path, lambda command: b"")


# --- the port ----------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [
    (10048, "port_taken"), (10013, "port_taken"), (10049, "address_elsewhere"),
])
def test_numbers_of_windows_for_a_port(
    monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    """No port asks for rights there: 10013 is somebody who holds it alone."""
    def refuse(*_: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(listening, "_bound", refuse)
    with pytest.raises(Fault) as caught:
        listening.listen("127.0.0.1", 1)
    assert code == caught.value.code.value


# --- what is said before anything is downloaded ------------------------------------------------


GLIBC = ("glibc", "2.36")


@pytest.mark.parametrize(("python", "mac", "libc", "cause"), [
    ("win-amd64", "", ("", ""), None),
    ("macosx-11.0-arm64", "14.5", ("", ""), None),
    ("macosx-11.0-arm64", "26.1", ("", ""), None),
    ("linux-x86_64", "", GLIBC, None),
    ("linux-aarch64", "", ("glibc", "2.28"), None),
    ("win-arm64", "", ("", ""), "win-arm64.*granian"),
    ("win32", "", ("", ""), "win32"),
    ("macosx-11.0-arm64", "12.7.6", ("", ""), None),
    ("macosx-11.0-arm64", "11.7", ("", ""), "macOS 11.7, and there are packages for 12"),
    ("macosx-10.9-x86_64", "14.5", ("", ""), "Intel.*cryptography"),
    ("linux-x86_64", "", ("", ""), "another C library.*zxing-cpp"),
    ("linux-x86_64", "", ("glibc", "2.17"), "glibc 2.17"),
    ("linux-riscv64", "", GLIBC, "riscv64"),
])
def test_what_has_no_wheels_is_said(
    monkeypatch: pytest.MonkeyPatch, python: str, mac: str, libc: tuple[str, str],
    cause: str | None,
) -> None:
    """A page of a compiler's errors is no way to learn it."""
    monkeypatch.delenv(systems.BUILD, raising=False)
    found = systems.without_wheels(python, mac, libc, "3.12")
    if cause is None:
        assert None is found
    else:
        assert found is not None and re.search(cause, found[0]) and systems.BUILD in found[1]


@pytest.mark.parametrize(("mac", "version", "said"), [
    ("12.7.6", "3.10", False), ("13.6", "3.12", False), ("12.7.6", "3.13", True),
    ("13.6", "3.14", True), ("14.0", "3.14", False),
])
def test_on_an_old_macos_a_python_that_will_do_is_named(
    monkeypatch: pytest.MonkeyPatch, mac: str, version: str, said: bool
) -> None:
    monkeypatch.delenv(systems.BUILD, raising=False)
    found = systems.without_wheels("macosx-11.0-arm64", mac, ("", ""), version)
    assert said == (found is not None and "install Python 3.12" in found[1])


@pytest.mark.parametrize(("mac", "said"), [("12.7.6", True), ("13.6", False)])
def test_what_only_the_tests_lack_is_said_of_the_tests(
    monkeypatch: pytest.MonkeyPatch, mac: str, said: bool
) -> None:
    monkeypatch.delenv(systems.BUILD, raising=False)
    asked = ("macosx-11.0-arm64", mac, ("", ""), "3.12")
    assert None is systems.without_wheels(*asked)
    found = systems.without_wheels(*asked, tests=True)
    assert said == (found is not None and "opencv" in found[0])


def test_it_is_said_before_the_venv_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "without_wheels", lambda tests: ("no", "hint"))
    with pytest.raises(environment.Fault, match="no"):
        environment.install(tmp_path / "requirements.lock")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("lock", [
    environment.RUN_LOCK, environment.SERVE_LOCK, environment.TEST_LOCK,
], ids=lambda lock: lock.name)
def test_every_pin_of_a_lock_is_for_some_system(lock: Path) -> None:
    """A marker that holds nowhere is a slip, and so is a package pinned twice at one place."""
    used: set[str] = set()
    for system in systems.SYSTEMS:
        for python in system.pythons:
            found = list(systems.pins(lock, system, python))
            names = [pin.partition("==")[0] for pin in found]
            assert len(names) == len(set(names)) > 30
            assert ("uvloop" in names) == (system.sys_platform != "win32")
            used.update(found)
    lines = lock.read_text("utf-8").splitlines()
    assert {re.split(r"[ ;]", line)[0] for line in lines if re.match(r"[a-z0-9]", line)} == used


# --- files for those systems -----------------------------------------------------------------


def test_a_checkout_has_the_same_bytes_everywhere(tmp_path: Path) -> None:
    """CRLF would break shells and hashes; cmd.exe alone wants it."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    (tmp_path / ".gitattributes").write_bytes((ROOT / ".gitattributes").read_bytes())
    git = ["git", "-C", str(tmp_path), "-c", "core.autocrlf=true", "-c", "core.safecrlf=false"]
    subprocess.run([*git, "init", "-q"], check=True)
    names = ("start.cmd", "setup.cfg", "a.typ", "b.lock")
    for name in names:
        (tmp_path / name).write_bytes(b"one\r\ntwo\r\n")
    subprocess.run([*git, "add", "."], check=True)
    for name in names:
        (tmp_path / name).unlink()
    subprocess.run([*git, "checkout", "-q", "--", "."], check=True)
    assert [b"one\r\ntwo\r\n", *[b"one\ntwo\n"] * 3] == [
        (tmp_path / name).read_bytes() for name in names
    ]


def test_a_double_click_does_what_run_py_does() -> None:
    """And lets the browser ask what to begin with, for there is nothing else to type into."""
    lines = (ROOT / "start.cmd").read_text("utf-8").splitlines()
    assert "%FOUND% scripts\\run.py --new %*" in lines
    chinese = [number for number, line in enumerate(lines) if not line.isascii()]
    assert lines.index("chcp 65001 >nul") < min(chinese)


@pytest.mark.parametrize("name", ["zhuanma-task.xml", "zhuanma-daily-task.xml"])
def test_tasks_of_windows_are_read_and_start_commands_that_there_are(name: str) -> None:
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    text = (ROOT / "deploy" / name).read_text("ascii")
    tree = ElementTree.fromstring(text)  # noqa: S314 (our own file)
    given = tree.findtext(f".//{space}Arguments")
    assert given is not None
    check_command(given.replace("C:\\zhuanma\\instance", NO_FOLDER).split())
    assert f"/xml deploy\\{name}" in text


@pytest.mark.parametrize("name", ["cn.zhuanma.serve.plist", "cn.zhuanma.daily.plist"])
def test_property_lists_of_macos_are_read_and_start_commands_that_there_are(name: str) -> None:
    read = plistlib.loads((ROOT / "deploy" / name).read_bytes())
    assert f"{read['Label']}.plist" == name
    assert 0o077 == read["Umask"]
    program, *given = read["ProgramArguments"]
    assert program.endswith("/.venv/bin/attribution")
    check_command(given)


# A folder within a file: nobody can make one there, and `serve` would begin a new instance.
NO_FOLDER = str(Path(__file__).resolve() / "instance")


def check_command(given: list[str]) -> None:
    """See that the command reads *given*, which stops at its folder, and not before."""
    done = subprocess.run(
        [sys.executable, "-m", "attribution.cli", *given], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "ZHUANMA_INSTANCE": NO_FOLDER},
    )
    assert 1 == done.returncode, done.stderr
    assert "usage" not in done.stderr.lower()
