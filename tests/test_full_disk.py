"""A full disk: said in plain words, nothing half left, and the same command goes on."""
import errno
import shutil
import tempfile
from pathlib import Path

import pytest
from disks import small_disk

from qrgen.cli import main
from qrgen.files import write_whole
from qrgen.shell import disk_fault, run
from qrgen.stage import UNFINISHED

Output = pytest.CaptureFixture[str]

SPACE = "qrgen: hint: free some space and give the same command again\n"


pytestmark = pytest.mark.usefixtures("at_the_shell")


def files_below(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_posters_that_do_not_fit_wait_for_space_and_go_on(tmp_path: Path, capsys: Output) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "600k"):
        (disk / "filler").write_bytes(bytes(300_000))
        command = ["posters", "--units", "A01,A02,A03,A04,A05,A06,A07", "--out", str(disk / "out")]
        assert 1 == main(command)
        assert f"qrgen: error: the disk is full: {disk}\n{SPACE}" == capsys.readouterr().err
        finished = files_below(disk / "out" / UNFINISHED) - {"lock", "plan.json"}
        assert 1 <= len(finished) < 7
        assert [UNFINISHED] == [path.name for path in (disk / "out").iterdir()]
        assert not list((disk / "out" / UNFINISHED).glob("part-*"))
        # Given again too soon, it loses nothing of that.
        (disk / "more filler").write_bytes(bytes(shutil.disk_usage(disk).free))
        assert 1 == main(command)
        assert finished <= files_below(disk / "out")
        kept = disk / "out" / UNFINISHED / sorted(finished)[0]
        inode = kept.stat().st_ino
        for filler in disk.glob("*filler"):
            filler.unlink()
        assert 0 == main(command)
        assert 7 == len(files_below(disk))
        assert inode == (disk / "out" / kept.name).stat().st_ino


@pytest.mark.parametrize(
    ("size", "options"),
    [
        # While it is written, and while what is finished is joined or packed.
        pytest.param("80k", ["--print"], id="print"),
        pytest.param("120k", ["--print", "--book", "book.pdf"], id="book"),
        pytest.param("400k", ["--zip", "all.zip"], id="zip"),
        pytest.param("40k", ["--format", "screen"], id="pictures"),
        pytest.param("8k", ["--format", "svg"], id="symbols"),
    ],
)
def test_whatever_is_printed_a_full_disk_is_no_traceback(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch,
    size: str, options: list[str],
) -> None:  # fmt: skip
    disk = tmp_path / "disk"
    with small_disk(disk, size):
        monkeypatch.chdir(disk)
        command = ["posters", "--no-verify", "--units", "A01,A02,N01,N02", "--out", "out"]
        assert 1 == main([*command, *options])
        said = capsys.readouterr().err
        assert said.startswith("qrgen: error: the disk is full: ")
        assert SPACE in said
        assert not [name for name in files_below(disk) if "part" in name]
        assert not {"book.pdf", "all.zip"} & files_below(disk)
        monkeypatch.undo()


def test_of_several_formats_a_full_disk_ends_all_that_follow(
    tmp_path: Path, capsys: Output
) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "40k"):
        command = ["posters", "--no-verify", "--units", "A01", "--out", str(disk / "out")]
        assert 1 == main([*command, "--format", "svg,a4,png"])
        said = capsys.readouterr().err
        assert said.endswith("qrgen: error: made: svg; not made: a4, png, rules\n")
        assert 1 == said.count(f"qrgen: error: the disk is full: {disk}\n{SPACE}")


def test_codes_that_do_not_fit_leave_nothing(tmp_path: Path, capsys: Output) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "16k"):
        out = disk / "codes.csv"
        assert 1 == main(["codes", "--out", str(out)])
        assert f"qrgen: error: the disk is full: {out}\n{SPACE}" == capsys.readouterr().err
        assert [] == list(disk.iterdir())


def test_no_room_for_temporary_files_names_their_disk(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not where the posters go."""
    disk = tmp_path / "disk"
    with small_disk(disk, "40k"):
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        assert 1 == main(["posters", "--units", "A01", "--out", str(tmp_path / "out")])
        assert f"qrgen: error: the disk is full: {disk}\n{SPACE}" == capsys.readouterr().err
        assert [] == list(disk.iterdir())


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full: x"),
        (OSError(errno.EROFS, "Read-only file system"), "the disk is read-only: x"),
        (OSError(errno.EIO, "Input/output error"), "the disk fails to read or write: x"),
        (OSError("No space left on device (os error 28)"), "the disk is full: x"),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
            "no folder for temporary files can be written",
        ),
    ],
)
def test_what_a_disk_does_is_said_in_plain_words(error: OSError, cause: str) -> None:
    fault = disk_fault(error, "x")
    assert fault is not None
    assert cause == fault.cause
    assert fault.hint
    # The console says it in the office's words.
    assert not fault.shown().isascii()


def test_other_errors_are_not_put_down_to_the_disk() -> None:
    assert None is disk_fault(PermissionError(errno.EACCES, "Permission denied", "x"))
    assert None is disk_fault(OSError("something else (os error 2)"))


def test_any_command_says_that_the_disk_is_full(capsys: Output) -> None:
    """An error of a write does not know its file."""

    def fails(argv: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert 1 == run("tool", fails, [])
    assert "tool: error: the disk is full\n" in capsys.readouterr().err


def test_old_file_survives_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "16k"):
        write_whole(disk / "a.csv", b"one")
        with pytest.raises(Exception, match="the disk is full"):
            write_whole(disk / "a.csv", bytes(100_000))
        assert b"one" == (disk / "a.csv").read_bytes()
        assert ["a.csv"] == [path.name for path in disk.iterdir()]
