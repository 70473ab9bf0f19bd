"""The commands as a person meets them: exit status, files, what is printed."""
import csv
import errno
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from factories import CODE_KEY, OLDER_KEY, PUBLIC_URL, UNITS_CSV, write_campaign
from PIL import Image, ImageFilter

from qrgen import fault_codes
from qrgen.cli import CODE_COLUMNS, formula_safe, main
from qrgen.codes import Code, read_code, sign_code
from qrgen.files import read_text, write_whole
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.shell import Fault, run
from qrgen.symbols import make_symbol, picture

Output = pytest.CaptureFixture[str]


pytestmark = pytest.mark.usefixtures("at_the_shell")


def test_check_proves_the_packaged_campaign(capsys: Output) -> None:
    """The county's own data, as installed."""
    assert 0 == main(["check"])
    said = capsys.readouterr().out
    for expected in ("40 areas", "87 lines", "11 banks", "target 40000", "no problem"):
        assert expected in said


def test_check_lists_every_problem_with_file_line_and_remedy(
    tmp_path: Path, capsys: Output
) -> None:
    """Errors go to standard error, in the form every command uses."""
    units = UNITS_CSV.replace("东山镇,300", "东山镇,3OO").replace("B02,bank", "B,bank")
    folder = write_campaign(tmp_path / "c", units)
    assert 1 == main(["check", str(folder)])
    captured = capsys.readouterr()
    assert "" == captured.out
    shape = "3 characters (digits, letters)"
    assert f"qrgen: error: units.csv:2: target is not a whole number, but {shape}\n" in captured.err
    assert "qrgen: hint: write digits only, like 650\n" in captured.err
    assert "qrgen: error: units.csv:9: id 'B' is not well-formed\n" in captured.err
    assert "Traceback" not in captured.err


def test_check_takes_the_instances_campaign_first(tmp_path: Path, capsys: Output) -> None:
    """A campaign of one's own needs no option."""
    write_campaign(tmp_path / "instance" / "campaign")
    assert 0 == main(["check"])
    assert "dongshan" in capsys.readouterr().out


def test_codes_are_a_file_for_spreadsheets(tmp_path: Path) -> None:
    """UTF-8 with BOM, CRLF, these columns, each code genuine."""
    out = tmp_path / "codes.csv"
    assert 0 == main(["codes", "--out", str(out)])
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfcode,unit,issue,placement,kind,name,url\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == 157
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    for row in rows:
        assert Code(row["unit"], int(row["issue"])) == read_code(row["code"], [CODE_KEY])
        assert f"{PUBLIC_URL}/Q/{row['code']}" == row["url"]
    line = next(row for row in rows if row["unit"] == "N07")
    assert ("1", "", "line", "鼎龙乡·邮储银行鼎龙所") == (
        line["issue"], line["placement"], line["kind"], line["name"],
    )  # fmt: skip
    assert CODE_COLUMNS == tuple(rows[0])


def test_units_and_kind_choose(tmp_path: Path) -> None:
    """In the registry's order, each once, however they are typed."""
    out = tmp_path / "codes.csv"
    assert 0 == main(["codes", "--units", "n07, A01,N07，D01", "--out", str(out)])
    rows = list(csv.DictReader(io.StringIO(read_text(out))))
    assert ["A01", "N07", "D01"] == [row["unit"] for row in rows]
    assert 0 == main(["codes", "--kind", "bank", "--out", str(out)])
    assert 12 == len(read_text(out).splitlines())


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--units", "A01,A99,X"], "--units: no unit is called A99, X"),
        (["--units", "A01", "--kind", "bank"], "no unit is chosen"),
        (["--units", ""], "no unit is chosen"),
        (["--kind", "village"], "invalid choice"),
        (["--campaign", "nowhere"], "there is no campaign.toml"),
        (["--public-url", "https://a.cn/path"], "has more than a host"),
    ],
)
def test_wrong_usage_is_exit_2_and_writes_nothing(
    tmp_path: Path, capsys: Output, argv: list[str], message: str
) -> None:
    """A typo never prints 156 posters."""
    out = tmp_path / "codes.csv"
    assert 2 == main(["codes", "--out", str(out), *argv])
    assert message in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["codes"], ["posters", "--book"]])
def test_argparse_faults_are_exit_2(argv: list[str], capsys: Output) -> None:
    """As everywhere at the shell."""
    assert 2 == main(argv)
    assert "usage: qrgen" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["check"], ["codes"], ["posters"], ["inspect"]])
def test_help_is_everywhere(command: list[str], capsys: Output) -> None:
    """And it is no error."""
    assert 0 == main([*command, "--help"])
    assert "usage: qrgen" in capsys.readouterr().out


def test_without_keys_it_says_what_to_run(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a default secret."""
    monkeypatch.delenv("ZHUANMA_CODES_KEYS")
    assert 1 == main(["codes", "--out", str(tmp_path / "x.csv")])
    assert "qrgen: hint: run `attribution init`" in capsys.readouterr().err


def test_posters_book_and_zip_in_one_command(tmp_path: Path, capsys: Output) -> None:
    """And the finished files are genuine to our own inspection."""
    out = tmp_path / "print"
    argv = ["posters", "--units", "A01,N01", "--out", str(out / "single")]
    assert 0 == main([*argv, "--book", str(out / "book.pdf"), "--zip", str(out / "all.zip")])
    captured = capsys.readouterr()
    assert f"2 posters in {out / 'single'}, each read back\n" == captured.out
    assert "" == captured.err  # no bar where there is no terminal
    names = sorted(file.name for file in (out / "single").iterdir())
    assert ["潋江镇-A01-1.pdf", "潋江镇-农商行潋江支行-N01-1.pdf"] == names
    with zipfile.ZipFile(out / "all.zip") as archive:
        assert ["印刷工单.pdf", *names] == sorted(archive.namelist())
    assert 0 == main(["inspect", str(out / "book.pdf")])
    assert (
        "genuine A01-1 潋江镇 [book.pdf p.1]\n"
        "genuine N01-1 潋江镇·农商行潋江支行 [book.pdf p.2]\n"
    ) == capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["--book", "folder"], "--book folder: this is a folder"),
        (["--zip", "folder"], "--zip folder: this is a folder"),
        (["--book", "out"], "--book out: this is a folder"),
        (
            ["--zip", "folder/../out/潋江镇-A01-1.pdf"],
            "--zip folder/../out/潋江镇-A01-1.pdf: another file of this run has that name",
        ),
        (["--book", "a", "--zip", "a"], "--zip a: another file of this run has that name"),
    ],
)
def test_file_that_could_not_take_its_place_is_refused_before_the_print(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch,
    options: list[str], cause: str,
) -> None:  # fmt: skip
    """Not half an hour later."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert 2 == main(["posters", "--units", "A01,N07", "--out", "out", *options])
    assert f"qrgen: error: {cause}\n" in capsys.readouterr().err
    assert ["folder"] == [path.name for path in tmp_path.iterdir()]


def test_folder_with_a_posters_name_leaves_all_in_their_places(
    tmp_path: Path, capsys: Output
) -> None:
    """All take their places together, or none does."""
    in_the_way = tmp_path / "out" / "鼎龙乡-邮储银行鼎龙所-N07-1.pdf"
    in_the_way.mkdir(parents=True)
    assert 1 == main(["posters", "--units", "A01,N07", "--out", str(tmp_path / "out")])
    assert f"error: {in_the_way}: a folder stands where" in capsys.readouterr().err
    assert [in_the_way] == list((tmp_path / "out").iterdir())


def test_codes_name_the_file_that_was_asked_for(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the temporary one beside it, of which nobody knows."""
    assert 1 == main(["codes", "--out", str(tmp_path)])
    assert f"error: {tmp_path}: this is a folder\n" in capsys.readouterr().err
    (tmp_path / "file").write_bytes(b"")
    out = tmp_path / "file" / "x.csv"
    assert 1 == main(["codes", "--out", str(out)])
    assert f"error: {out}: cannot write here: " in capsys.readouterr().err

    def denied(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".part-x"))

    # As where nothing may be written; root may everywhere.
    monkeypatch.setattr(tempfile, "mkstemp", denied)
    out = tmp_path / "x.csv"
    assert 1 == main(["codes", "--out", str(out)])
    assert (
        f"qrgen: error: {out}: cannot write here: Permission denied\n"
        "qrgen: hint: name a folder that is yours\n"
    ) == capsys.readouterr().err


def test_posters_that_lead_nowhere_are_pointed_out(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default address is this computer; on paper it is of no use."""
    monkeypatch.delenv("ZHUANMA_PUBLIC_URL")
    assert 0 == main(["posters", "--units", "A01", "--no-verify", "--out", str(tmp_path / "p")])
    captured = capsys.readouterr()
    assert "--public-url" in captured.err
    assert "not read back" in captured.out


def test_inspect_tells_genuine_forged_and_foreign(tmp_path: Path, capsys: Output) -> None:
    """One line a code, and exit 1 as soon as one is not ours."""
    texts = {
        "ours.png": f"{PUBLIC_URL}/Q/{sign_code(Code('N07'), [CODE_KEY])}",
        "forged.png": f"{PUBLIC_URL}/Q/{sign_code(Code('N07'), [OLDER_KEY])}",
        "foreign.png": "https://pay.example/abc",
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(make_symbol(text).png())
    (tmp_path / "empty.png").write_bytes(make_symbol("https://a.cn").png()[:60])

    assert 0 == main(["inspect", str(tmp_path / "ours.png")])
    assert "genuine N07-1 鼎龙乡·邮储银行鼎龙所\n" == capsys.readouterr().out
    assert 1 == main(["inspect", str(tmp_path / "forged.png")])
    assert f"forged {texts['forged.png']}\n" == capsys.readouterr().out
    assert 1 == main(["inspect", str(tmp_path / "foreign.png")])
    assert "foreign https://pay.example/abc\n" == capsys.readouterr().out
    assert 1 == main(["inspect", *(str(tmp_path / name) for name in (*texts, "empty.png"))])
    captured = capsys.readouterr()
    states = [line.split()[0] for line in captured.out.splitlines()]
    assert ["genuine", "forged", "foreign"] == states
    assert "empty.png: neither a picture nor a PDF" in captured.err


def test_inspect_says_the_page_of_a_picture_too(tmp_path: Path, capsys: Output) -> None:
    """Of a pile that was scanned into one TIFF."""
    texts = [f"{PUBLIC_URL}/Q/{sign_code(Code('N07'), [CODE_KEY])}", "https://pay.example/abc"]
    first, second = (picture(make_symbol(text).matrix, 6) for text in texts)
    first.save(tmp_path / "pile.tiff", save_all=True, append_images=[second])
    assert 1 == main(["inspect", str(tmp_path / "pile.tiff")])
    assert (
        "genuine N07-1 鼎龙乡·邮储银行鼎龙所 [pile.tiff p.1]\n"
        "foreign https://pay.example/abc [pile.tiff p.2]\n"
    ) == capsys.readouterr().out


def test_inspect_of_a_picture_without_a_code_is_exit_1(tmp_path: Path, capsys: Output) -> None:
    """Silence would look like consent."""
    from PIL import Image

    Image.new("RGB", (400, 300), "white").save(tmp_path / "wall.jpg")
    assert 1 == main(["inspect", str(tmp_path / "wall.jpg"), str(tmp_path / "nowhere.jpg")])
    err = capsys.readouterr().err
    assert "wall.jpg: no QR code found" in err
    assert "nowhere.jpg: there is no such file" in err


def photographed(folder: Path, name: str, *texts: str, blur_px: float = 0) -> str:
    """Write a photograph of codes with these *texts*, side by side."""
    codes = [picture(make_symbol(text, 5).matrix, 6) for text in texts]
    wall = Image.new("L", (60 + 320 * len(codes), 400), 205)
    for place, code in enumerate(codes):
        wall.paste(code, (40 + 320 * place, 40))
    wall.filter(ImageFilter.GaussianBlur(blur_px)).save(folder / name, quality=80)
    return str(folder / name)


def ours(code: Code) -> str:
    return f"{PUBLIC_URL}/Q/{sign_code(code, [CODE_KEY])}"


def test_what_was_expected_and_not_found_is_said(tmp_path: Path, capsys: Output) -> None:
    """One blurred poster of three passed with exit 0."""
    sharp = photographed(tmp_path, "1.jpg", ours(Code("A01")), ours(Code("N07", 1, "E1")))
    blurred = photographed(tmp_path, "2.jpg", ours(Code("D03")), blur_px=4)
    assert 0 == main(["inspect", "--expect", "a01，N07-1-E1,N07", sharp])
    assert "what the service has revoked was not asked" in capsys.readouterr().err
    assert 1 == main(["inspect", "--expect", "A01,D03,N07-1-E2", sharp, blurred])
    said = capsys.readouterr()
    assert ["genuine", "genuine"] == [line.split()[0] for line in said.out.splitlines()]
    assert "2.jpg: something looks like a code and cannot be read" in said.err
    assert "error: not found: D03, N07-1-E2" in said.err
    assert 1 == main(["inspect", sharp, blurred])  # even if nobody expects anything
    assert 2 == main(["inspect", "--expect", "A01,Z99,junk-", sharp])
    assert "no unit or code is called Z99, JUNK-" in capsys.readouterr().err


def test_a_code_stuck_over_another_is_said(tmp_path: Path, capsys: Output) -> None:
    wall = picture(make_symbol(ours(Code("N07")), 5).matrix, 8)
    patch = picture(make_symbol("https://pay.example/x").matrix, 8).resize((160, 160))
    wall.paste(patch, ((wall.width - 160) // 2, (wall.height - 160) // 2))
    wall.save(tmp_path / "wall.png")
    assert 1 == main(["inspect", str(tmp_path / "wall.png")])
    assert "foreign https://pay.example/x (stuck over another code)\n" == capsys.readouterr().out


def test_of_a_pdf_with_a_damaged_page_the_others_are_told(tmp_path: Path, capsys: Output) -> None:
    pages = [picture(make_symbol(ours(Code(unit))).matrix, 6) for unit in ("A01", "A02", "A03")]
    pages[0].save(tmp_path / "pile.pdf", save_all=True, append_images=pages[1:])
    whole = (tmp_path / "pile.pdf").read_bytes()
    first, second, third = re.findall(rb"[0-9]+ 0 R", re.findall(rb"/Kids \[[^]]*", whole)[0])
    kids = b"/Kids [ %s %s %s ]"
    assert kids % (first, second, third) in whole
    (tmp_path / "damaged.pdf").write_bytes(
        whole.replace(kids % (first, second, third), kids % (first, b"9 0 R", third))
    )
    assert 1 == main(["inspect", str(tmp_path / "damaged.pdf")])
    said = capsys.readouterr()
    assert [["genuine", "A01-1", "p.1]"], ["genuine", "A03-1", "p.3]"]] == [
        [*line.split()[:2], line.split()[-1]] for line in said.out.splitlines()
    ]
    assert "damaged.pdf: page 2 is damaged and was not read" in said.err


def test_it_runs_as_an_installed_command_in_any_locale(tmp_path: Path) -> None:
    """A console that cannot show Chinese must not end the run."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, "-m", "qrgen", "check"],
        cwd=tmp_path, env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert b"xingguo-2022" in done.stdout


def test_copied_folder_changed_in_excel_runs_another_campaign(
    tmp_path: Path, capsys: Output
) -> None:
    """The whole point of a campaign as data."""
    folder = tmp_path / "mine"
    shutil.copytree(PACKAGED_CAMPAIGN, folder)
    text = read_text(folder / "units.csv").replace("潋江镇", "清水镇")
    (folder / "units.csv").write_bytes(text.replace("\n", "\r\n").encode("gb18030"))
    out = tmp_path / "p"
    assert 0 == main(
        ["posters", "--campaign", str(folder), "--units", "N01", "--out", str(out)]
    )
    assert ["清水镇-农商行潋江支行-N01-1.pdf"] == [file.name for file in out.iterdir()]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A name like =HYPERLINK(…) must not run in the county office."""
    assert f"'{cell}" == formula_safe(cell)


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """An old file survives a failed write, and nothing is left beside it."""
    from qrgen.files import whole_file

    target = tmp_path / "a.csv"
    write_whole(target, b"one")
    with pytest.raises(RuntimeError), whole_file(target) as part:
        part.write_bytes(b"tw")
        raise RuntimeError
    assert (b"one", ["a.csv"]) == (target.read_bytes(), [f.name for f in tmp_path.iterdir()])


def test_faults_are_told_one_by_one_and_their_sum_last(capsys: Output) -> None:
    """The last line is the one in sight."""

    def fails(argv: object) -> int:
        single = [
            Fault(fault_codes.Code.OUT_IS_FOLDER, path="one"),
            Fault(fault_codes.Code.NO_SUCH_FILE, path="two"),
        ]
        raise Fault(fault_codes.Code.OUT_IS_FOLDER, path="both", more=single)

    assert 1 == run("tool", fails, [])
    assert (
        "tool: error: one: this is a folder\ntool: hint: name a file\n"
        "tool: error: two: there is no such file\n"
        "tool: error: both: this is a folder\ntool: hint: name a file\n"
    ) == capsys.readouterr().err


def test_program_errors_stay_visible() -> None:
    """Hiding a bug would hide it from whoever can mend it."""

    def broken(argv: object) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run("tool", broken, [])
