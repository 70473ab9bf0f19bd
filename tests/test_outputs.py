# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Outputs go where they were asked to: never in the place of a device, a link or an input."""
import csv
import hashlib
import io
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import openpyxl
import pytest
from disks import small_disk
from factories import make_phone
from needs import unix
from test_facts import claimed, take, write

from attribution.cli import main as attribution
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import local_text
from qrgen import places
from qrgen.cli import main as qrgen
from qrgen.files import open_output, put_all, whole_file, write_whole
from qrgen.shell import NOBODY_READS, DiskFault, Fault, run

unix("devices, pipes and links")
assert sys.platform != "win32"

ROOT = Path(__file__).parents[1]

CLAIMS = "person,unit,at,verified\np1,N07,2022-10-11,1\n"
FACTS = "person,registered_at,card_bound_at,first_txn_at\np1,2022-10-12,2022-10-12,2022-10-12\n"


@pytest.fixture
def county(instance, service, tmp_path):
    """An instance with a claim, a feed file for it, and the two files of `whatif`."""
    now = instants.now()
    claimed(service, 1, "N07", now - instants.HOUR, 1)
    take(service, write(tmp_path / "first.csv", [(make_phone(1), local_text(now), "", "")]))
    write(tmp_path / "day.csv", [(make_phone(1), local_text(now), local_text(now), "")])
    (tmp_path / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    (tmp_path / "facts.csv").write_text(FACTS, encoding="utf-8")
    return instance.folder


# Each command that writes one file, and how the file is named; {t} is the folder of the inputs.
COMMANDS = {
    "codes": ("qrgen.cli", ["codes", "--units", "N07", "--out", "{out}"]),
    "book": ("qrgen.cli", ["posters", "--units", "N07", "--no-verify", "--book", "{out}"]),
    "zip": ("qrgen.cli", ["posters", "--units", "N07", "--format", "svg", "--no-verify",
                          "--out", "{t}/svg", "--zip", "{out}"]),
    "csv": ("attribution.cli", ["export", "claims", "--out", "{out}"]),
    "xlsx": ("attribution.cli", ["export", "claims", "--format", "xlsx", "--out", "{out}"]),
    "report": ("attribution.cli", ["feed", "import", "{t}/day.csv", "--dry-run",
                                   "--report", "{out}"]),
    "whatif": ("attribution.cli", ["whatif", "--claims", "{t}/claims.csv",
                                   "--facts", "{t}/facts.csv", "--out", "{out}"]),
    "policy": ("attribution.cli", ["whatif", "--policy", "first_claim", "--out", "{out}"]),
    "backup": ("attribution.cli", ["backup", "{out}"]),
}
EVERY = pytest.mark.parametrize("name", COMMANDS)


def argv_of(name, out, tmp_path, folder):
    module, words = COMMANDS[name]
    argv = [word.format(out=out, t=tmp_path) for word in words]
    return [sys.executable, "-m", module, *argv, "--instance", str(folder)]


@pytest.fixture
def call(county, tmp_path, monkeypatch, capsys):
    """Run a command here, for what needs no standard output of its own: status and errors."""
    monkeypatch.chdir(tmp_path)

    def called(name, out):
        _, _, module, *argv = argv_of(name, out, tmp_path, county)
        status = {"qrgen.cli": qrgen, "attribution.cli": attribution}[module](argv)
        return status, capsys.readouterr().err

    return called


def start(name, out, tmp_path, folder, **how):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        argv_of(name, out, tmp_path, folder), cwd=tmp_path, env=env,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how},
    )


def finish(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, (err or b"").decode()


def is_whole(name, content):
    """Whether *content* is what the command *name* is to write, from its first byte to its last."""
    if name in ("xlsx", "zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
        if name == "xlsx":
            sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
            assert sheet.max_row == 3  # what it is of, the headings, the one row
            assert str(sheet["A1"].value).startswith(sheet.title)
        return True
    if name == "book":
        return content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF")
    if name == "backup":
        return content.startswith(b"SQLite format 3\0")
    head = {
        "codes": "code", "csv": "流水号", "report": "line", "whatif": "person", "policy": "person",
    }[name]
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return rows[0][0] == head and len(rows) == (1 if name == "policy" else 2)


@EVERY
def test_a_dash_is_standard_output_and_messages_go_to_standard_error(name, county, tmp_path):
    """A table that is piped on must not begin with a sentence, nor leave a file called -."""
    status, out, err = finish(start(name, "-", tmp_path, county))
    assert (0, True) == (status, is_whole(name, out)), err
    assert err
    assert not (tmp_path / "-").exists()


@EVERY
def test_the_device_of_standard_output_is_written_through(name, county, tmp_path):
    """It was replaced by a file, for every program on the machine."""
    before = Path("/dev/stdout").readlink()
    into = tmp_path / "into"
    with into.open("ab") as file:
        file.write(b"before;")
        file.flush()
        status, _, err = finish(start(name, "/dev/stdout", tmp_path, county, stdout=file))
    assert 0 == status, err
    content = into.read_bytes()
    assert content.startswith(b"before;") and is_whole(name, content[7:])
    assert before == Path("/dev/stdout").readlink()


@EVERY
def test_a_pipe_by_name_is_written_through(name, county, tmp_path):
    """As `mkfifo` and process substitution make them; the pipe is still one afterwards."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = start(name, pipe, tmp_path, county)
    content = pipe.read_bytes()
    status, _, err = finish(process)
    assert (0, True) == (status, is_whole(name, content)), err
    assert pipe.is_fifo()


@EVERY
def test_a_link_stays_and_the_file_behind_it_is_replaced(name, call, tmp_path):
    """An office links its shared folder; a file in the link's place would be seen by nobody."""
    shared = tmp_path / "shared"
    shared.mkdir()
    behind = shared / "behind"
    behind.write_bytes(b"old")
    behind.chmod(0o640)
    inode = behind.stat().st_ino
    link = tmp_path / "link"
    link.symlink_to("shared/behind")
    status, err = call(name, link)
    assert (0, True) == (status, is_whole(name, behind.read_bytes())), err
    assert Path("shared/behind") == link.readlink()
    assert inode != behind.stat().st_ino  # replaced in one step, so never half-written
    assert (0o600 if name == "backup" else 0o640) == behind.stat().st_mode & 0o777
    assert ["behind"] == [path.name for path in shared.iterdir()]


@EVERY
def test_a_full_device_is_said_and_stays_a_device(name, call):
    device = Path("/dev/full").stat()
    status, err = call(name, "/dev/full")
    assert 1 == status
    assert "error: the disk is full: /dev/full" in err and "hint: " in err
    assert device.st_rdev == Path("/dev/full").stat().st_rdev


@EVERY
def test_a_reader_that_has_left_ends_the_command_quietly(name, county, tmp_path):
    """As `yes | head` ends: no traceback, and a status that tells a script it was cut off."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        status, _, err = finish(start(name, "-", tmp_path, county, stdout=writing))
    finally:
        os.close(writing)
    assert NOBODY_READS == status
    assert "error" not in err and "Traceback" not in err and "Exception ignored" not in err


@pytest.mark.parametrize("argv", [["units", "list"], ["user", "list"]])
def test_what_is_printed_may_be_cut_off_or_not_fit(argv, county):
    """Also what still stood in the buffer when the command was done."""
    command = [sys.executable, "-m", "attribution.cli", *argv]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ZHUANMA_INSTANCE": str(county)}
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=env)
    os.close(writing)
    assert (NOBODY_READS, b"") == (done.returncode, done.stderr)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=env)
    assert 1 == done.returncode
    assert done.stderr.startswith(b"attribution: error: the disk is full")
    assert b"Exception ignored" not in done.stderr


@EVERY
def test_folders_missing_folders_and_sockets_are_refused_by_the_name_asked(name, call, tmp_path):
    """And nothing is left there, under no name."""
    with socket.socket(socket.AF_UNIX) as server:
        place = os.path.relpath(tmp_path / "socket")  # a socket's path must be short
        server.bind(place if len(place) < 100 else "")
        (tmp_path / "folder").mkdir()
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "file").write_bytes(b"")
        before = sorted(path.name for path in tmp_path.iterdir())
        for out in ("folder", "loop", "file/x", *(["socket"] if len(place) < 100 else [])):
            status, err = call(name, tmp_path / out)
            assert status in (1, 2)
            assert f"error: {tmp_path / out}: " in err or f"{tmp_path / out}: this is a" in err, err
            assert "hint: " in err and ".part-" not in err
        assert before == sorted(p.name for p in tmp_path.iterdir() if p.name != "svg")


def test_a_pipe_that_nobody_reads_is_said(tmp_path, monkeypatch):
    """To open it would wait for ever, and a timer's job would stand there unnoticed."""
    monkeypatch.setattr(places, "READER_MAY_TAKE_S", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(Fault, match="nobody reads from this pipe"), open_output(pipe):
        pass
    assert pipe.is_fifo()


def test_a_reader_may_come_a_little_later(tmp_path):
    """`command --out pipe &` is given before `reader < pipe`."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content: list[bytes] = []
    reader = threading.Timer(0.3, lambda: content.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"x" * 200_000)
    reader.join()
    assert [b"x" * 200_000] == content


def test_a_reader_of_a_named_pipe_that_leaves_is_an_error(tmp_path, capsys):
    """It is not the end of our own line of programs: somebody must hear of it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def leave():
        with pipe.open("rb") as file:
            file.read(1)

    reader = threading.Thread(target=leave)
    reader.start()

    def act(argv):
        with open_output(pipe) as file:
            file.write(b"x")
            file.flush()
            reader.join()
            file.write(b"x" * 200_000)

    assert 1 == run("qrgen", act, [])
    assert f"qrgen: error: {pipe}: who was reading" in capsys.readouterr().err


# What each command reads, that it was asked to write its answer over.
OVER = [
    ("report", "{t}/day.csv"), ("whatif", "{t}/claims.csv"), ("whatif", "{t}/facts.csv"),
    *(("codes", own)
      for own in ("{i}/config.toml", "{i}/keys/codes.keys", "{i}/campaign/units.csv")),
    ("book", "{i}/campaign/units.csv"), ("backup", "{i}/keys/person.keys"),
    *((name, "{i}/ledger.db") for name in ("csv", "xlsx", "report", "policy", "backup")),
]


@pytest.mark.parametrize(("name", "target"), OVER)
@pytest.mark.parametrize("how", ["itself", "hard link", "symbolic link"])
def test_an_input_is_never_replaced_by_the_answer(name, target, how, call, county, tmp_path):
    """A slip of the hand must not cost the platform's file, a key or the ledger."""
    target = Path(target.format(t=tmp_path, i=county))
    if not target.exists():
        target.write_text("")
    out = target if how == "itself" else tmp_path / "other"
    if how == "hard link":
        out.hardlink_to(target)
    elif how == "symbolic link":
        out.symlink_to(target)
    before, inode = target.read_bytes(), target.stat().st_ino
    status, err = call(name, out)
    assert status in (1, 2) and "hint: " in err
    assert str(out) in err
    if target.name != "ledger.db":  # which its own commands may touch
        assert before == target.read_bytes()
    assert (inode, how == "symbolic link") == (target.stat().st_ino, out.is_symlink())


def test_a_full_disk_leaves_the_old_file_whole(tmp_path):
    """Also behind a link, and when what is written comes piece by piece."""
    disk = tmp_path / "disk"
    with small_disk(disk, "100k"):
        (disk / "a").write_bytes(b"old")
        link = tmp_path / "link"
        link.symlink_to(disk / "a")
        for out in (disk / "a", link):
            with pytest.raises(DiskFault, match=f"^the disk is full: {out}$"), \
                    open_output(out) as file:
                for _ in range(300):
                    file.write(b"x" * 1000)
        assert b"old" == (disk / "a").read_bytes()
        assert ["a"] == [path.name for path in disk.iterdir()]


def test_two_ways_to_standard_output_in_one_run_are_refused(county, tmp_path):
    command = [sys.executable, "-m", "qrgen", "posters", "--units", "N07", "--out", "p",
               "--book", "-", "--zip", "/dev/stdout", "--instance", str(county)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (2, b"") == (done.returncode, done.stdout)
    assert b"another file of this run has that name" in done.stderr


def test_a_folder_of_posters_is_no_standard_output(county, tmp_path):
    command = [sys.executable, "-m", "qrgen", "posters", "--units", "N07", "--out", "-",
               "--instance", str(county)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert 2 == done.returncode and b"need a folder" in done.stderr
    assert not (tmp_path / "-").exists()


def test_a_poster_whose_name_is_a_link_stays_one(tmp_path):
    """As for single files: what a print shop linked is what it gets."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.pdf").write_bytes(b"old")
    (tmp_path / "a.pdf").symlink_to("shared/a.pdf")
    (tmp_path / "part").write_bytes(b"new")
    put_all([(tmp_path / "part", tmp_path / "a.pdf")], tmp_path)
    assert (tmp_path / "a.pdf").is_symlink()
    assert b"new" == (tmp_path / "shared" / "a.pdf").read_bytes()
    assert not (tmp_path / "part").exists()


def test_a_link_that_leads_nowhere_yet_gets_its_file(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "link").symlink_to("shared/new")
    write_whole(tmp_path / "link", b"x")
    assert b"x" == (tmp_path / "shared" / "new").read_bytes()
    (tmp_path / "gone").symlink_to("no/such/new")
    with pytest.raises(Fault, match="gone: cannot write here"):
        write_whole(tmp_path / "gone", b"x")
    assert not (tmp_path / "no").exists()


def test_a_disk_is_no_place_for_a_file(tmp_path, monkeypatch):
    """Written through, a list would be the end of everything on it."""
    if os.geteuid() != 0:
        pytest.skip("makes a device")
    disk = tmp_path / "disk"
    try:
        os.mknod(disk, 0o600 | 0o060000, os.makedev(7, 200))
    except PermissionError:
        pytest.skip("may make no device here")
    with pytest.raises(Fault, match="this is a disk"), whole_file(disk):
        pass
    assert disk.is_block_device()


def test_an_export_on_standard_output_is_sealed_as_it_left(county, service, tmp_path):
    """What went through a pipe can be proved like a file: verify-export knows its hash."""
    status, out, err = finish(start("csv", "-", tmp_path, county))
    assert 0 == status
    assert f"sealed claims.csv: sha256 {hashlib.sha256(out).hexdigest()}" in err
    with service.store.read() as connection:
        assert 1 == connection.one("select count(*) as n from audit where what = 'export'")["n"]


def test_an_export_that_cannot_begin_is_not_in_the_audit_log(call, service, tmp_path):
    assert 1 == call("csv", tmp_path / "no" / "x")[0]
    with service.store.read() as connection:
        assert 0 == connection.one("select count(*) as n from audit where what = 'export'")["n"]


def test_a_backup_through_a_pipe_is_a_sound_ledger(county, service, tmp_path):
    status, out, _ = finish(start("backup", "-", tmp_path, county))
    assert 0 == status
    (tmp_path / "copy.db").write_bytes(out)
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert "ok" == copy.execute("pragma integrity_check").fetchone()[0]
        assert 1 == copy.execute("select count(*) from claim").fetchone()[0]
    copy.close()


def test_a_ledger_behind_a_link_is_restored_behind_it(instance, service, tmp_path):
    """The link is how a county keeps the ledger on another disk."""
    service.close()
    ledger = instance.folder / "ledger.db"
    data = tmp_path / "data"
    data.mkdir()
    ledger.rename(data / "real.db")
    ledger.symlink_to(data / "real.db")
    for argv in (["backup", tmp_path / "copy.db"], ["restore", tmp_path / "copy.db"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "attribution.cli", *map(str, argv),
             "--instance", str(instance.folder)],
            capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert 0 == done.returncode, done.stderr
    assert ledger.is_symlink()
    assert not checks.check(service.ledger)
