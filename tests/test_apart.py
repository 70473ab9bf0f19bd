"""A file from outside may cost its reader everything, and us nothing."""
import contextlib
import http.client
import io
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import Instance, Signs
from console import PASSWORD, add_everyone
from factories import CODE_KEY, PUBLIC_URL, make_phone
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import SIGKILL
from PIL import Image
from test_console_pages import HEAD, feed
from test_crash import ROOT, Served, served  # noqa: F401 -- a fixture
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from attribution import cli
from attribution.facts import feed_reader, feed_rows
from attribution.service import Service
from qrgen import apart, photos, units_apart
from qrgen.campaign import Problem
from qrgen.codes import Code, code_url, sign_code
from qrgen.fault_codes import Term
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.shell import Fault
from qrgen.symbols import make_symbol, picture
from qrgen.units_file import read_units_file

ON_UNIX = pytest.mark.skipif(os.name == "nt", reason="limits of Unix")
ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
SMALL = apart.Bounds(memory=256 << 20, cpu_s=1)
GOOD = code_url(PUBLIC_URL, sign_code(Code("A01"), [CODE_KEY]))


def jobs(name: str, *arguments: Any, bounds: apart.Bounds = apart.USUAL) -> list[Any]:
    return list(apart.items(f"apart_jobs:{name}", *arguments, bounds=bounds))


# --- the other process --------------------------------------------------------------------


def test_what_goes_over_comes_back() -> None:
    values = ["手机号", "\udc80", '"\n', 1 << 60, -1, 1.5, None, True, [], {"a": [None]}]
    assert values == jobs("echo", *values)
    assert list(range(100_000)) == jobs("count", 100_000)
    assert [] == jobs("count", 0)
    assert [7] == jobs("chatter")


@ON_UNIX
def test_it_is_bound_before_it_reads() -> None:
    """No keys of ours in its environment, no core file with numbers, nothing on disk."""
    bounds, environment, modules = jobs("world")
    assert {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": 64} == {
        name: value for name, value in bounds.items() if name != "RLIMIT_AS"
    }
    if apart.HELD_BY_KERNEL:
        assert apart.USUAL.memory == bounds["RLIMIT_AS"]
    assert set(environment) <= {"LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    assert [] == modules


@ON_UNIX
def test_it_writes_no_file(tmp_path: Path) -> None:
    with pytest.raises(apart.Ended, match="OSError"):
        jobs("write", str(tmp_path / "made"))
    assert b"" == (tmp_path / "made").read_bytes()


@ON_UNIX
@pytest.mark.parametrize(
    ("job", "arguments", "bounds", "said"),
    [
        ("eat", [2000], SMALL, "more than 256 MB of memory"),
        ("spin", [], SMALL, "more than 1 s of computing"),
        ("sleep", [], apart.Bounds(silence_s=0.5), "longer than 0.5 s"),
        ("sleep", [], apart.Bounds(patience_s=0.5), "longer than 0.5 s"),
        ("die", [int(signal.SIGABRT)], SMALL, "memory, or it is damaged .SIGABRT"),
        ("die", [int(SIGKILL)], SMALL, "memory, or it is damaged .SIGKILL"),
        ("leave", [3], SMALL, "its reader broke .status 3"),
        ("leave", [0], SMALL, "its reader broke .status 0"),
        ("raw", ["[1"], SMALL, "its reader broke"),
        ("raw", ["[1\n"], SMALL, "its reader broke"),
        ("raw", ["[" * 100_000 + "\n"], SMALL, "its reader broke"),
        ("raw", ['"done"\n'], SMALL, "its reader broke"),
        ("raw", ['{"fault": 1}\n'], SMALL, "its reader broke"),
        ("endless_line", [], SMALL, "more than can be taken in"),
        ("count", [100_000], apart.Bounds(answers=100_000), "more than can be taken in"),
        ("nothing_of_this_name", [], SMALL, "its reader broke .AttributeError"),
    ],
)
def test_whatever_becomes_of_it_is_one_sentence(
    job: str, arguments: list[Any], bounds: apart.Bounds, said: str
) -> None:
    with pytest.raises(apart.Ended, match=said):
        jobs(job, *arguments, bounds=bounds)


@ON_UNIX
@pytest.mark.skipif(shutil.which("ps") is None, reason="no ps")
def test_memory_is_watched_where_no_kernel_holds_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS takes RLIMIT_AS and does nothing with it."""
    monkeypatch.setattr(apart, "HELD_BY_KERNEL", False)
    with pytest.raises(apart.Ended, match="more than 256 MB of memory"):
        jobs("eat", 4000, bounds=SMALL)


def test_a_fault_over_there_is_a_fault_here() -> None:
    with pytest.raises(Fault) as caught:
        jobs("refuse", "day.csv")
    fault = caught.value
    assert ("day.csv: this is a folder", "name a file", 2) == (
        fault.cause,
        fault.hint,
        fault.status,
    )


def test_an_error_over_there_is_told_without_the_file() -> None:
    """Its words may quote a cell; its kind and place are enough to mend it."""
    said = r"day\.csv: its reader broke \(ValueError, apart_jobs\.py:\d+\)"
    with pytest.raises(Fault, match=said) as caught:
        list(apart.read(Path("day.csv"), "apart_jobs:slip", remedy=Term.SEND_UNITS))
    assert Term.SEND_UNITS.words("en").cause == caught.value.hint


@ON_LINUX
def test_it_ends_when_nobody_listens_any_more() -> None:
    answers = apart.items("apart_jobs:process")
    pid = next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert not Path(f"/proc/{pid}").exists()


@ON_LINUX
def test_it_ends_when_its_parent_is_killed() -> None:
    script = (
        "import sys, time; sys.path[:0] = sys.argv[1:]; from qrgen import apart\n"
        "for pid in apart.items('apart_jobs:process'): print(pid, flush=True); time.sleep(3600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(ROOT), str(ROOT / "tests")], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 60
    # A process that was taken over by init, and not yet buried, reads nothing any more.
    while (state := state_of(pid)) not in ("", "Z"):
        assert time.monotonic() < until, state
        time.sleep(0.05)


def state_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def test_few_read_at_once_and_the_next_waits_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred uploads at once must not be a hundred gigabytes."""
    monkeypatch.setattr(apart, "TURN_S", 0.05)
    busy = [apart.items("apart_jobs:count", 10) for _ in range(apart.AT_ONCE)]
    assert [0] * apart.AT_ONCE == [next(answers) for answers in busy]
    with pytest.raises(apart.Ended, match="other files are being read"):
        jobs("count", 1)
    for answers in busy:
        assert list(range(1, 10)) == list(answers)
    assert [0] == jobs("count", 1)


def test_its_answers_wait_until_they_are_wanted() -> None:
    """Two million rows are never in memory: the pipe is full, and the reader waits."""
    answers = apart.items("apart_jobs:count", 10_000_000, bounds=apart.Bounds(answers=1 << 30))
    assert 0 == next(answers)
    assert list(range(1, 5000)) == [next(answers) for _ in range(1, 5000)]
    answers.close()  # type: ignore[attr-defined]


# --- the platform's files -----------------------------------------------------------------


def ends(read: Any, path: Path) -> list[Any]:
    """Return the rows of *path*, and the fault behind them if there is one."""
    rows: list[Any] = []
    try:
        rows.extend(read(path))
    except Fault as fault:
        rows.append((fault.cause, fault.hint, fault.status))
    return rows


CELLS = st.one_of(
    st.integers(0, 99).map(make_phone), st.just("2026-11-28 09:30:00"), st.just("2026/11/28"),
    st.sampled_from(["", "-", "无", "未", "1e5", "１３９", '="20261128"', "'20261128", "x"]),
    st.text(st.characters(codec="gb18030", exclude_characters="\0", exclude_categories=["C"]),
            max_size=12),
)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=6), max_size=6)


@pytest.mark.parametrize("kind", ["utf-8-sig", "gb18030", "raw", "xlsx"])
@settings(max_examples=12)
@given(table=TABLES, junk=st.binary(max_size=40))
def test_a_file_reads_there_as_it_reads_here(
    kind: str, table: list[list[str]], junk: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("feed") / f"day.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in [HEAD, *table]:
            book.active.append([None if cell.startswith("=") else cell for cell in row])
        book.save(path)
    else:
        text = "\n".join(",".join(row) for row in [HEAD, *table])
        path.write_bytes(text.encode("utf-8" if kind == "raw" else kind) + junk * (kind == "raw"))
    assert ends(feed_reader.rows_here, path) == ends(feed_rows.read_feed, path)


@pytest.fixture
def stray(tmp_path: Path) -> Path:
    """Five kilobytes with one cell in the farthest corner: 550 GB for who makes a table of it."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(HEAD)
    book.active["XFD1048576"] = 1
    book.save(tmp_path / "stray.xlsx")
    return tmp_path / "stray.xlsx"


@ON_LINUX
def test_a_stray_cell_is_refused_and_named(stray: Path) -> None:
    with pytest.raises(Fault, match=r"stray\.xlsx: .* beyond the table, at XFD1048576") as caught:
        list(feed_rows.read_feed(stray))
    assert "copy the rows alone into a new sheet" in caught.value.hint


def workbook(path: Path, part: bytes, times: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
        with book.open("xl/sharedStrings.xml", "w") as file:
            for _ in range(times):
                file.write(part)
    return path


def test_strings_that_unpack_to_a_gigabyte_and_a_half_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "strings.xlsx", b"<si><t>" + b"a" * 1_000_000 + b"</t></si>", 1600)
    assert path.stat().st_size < 2_000_000
    with pytest.raises(Fault, match=r"strings\.xlsx: it unpacks to more than 1024 MB") as caught:
        list(feed_rows.read_feed(path))
    assert "解开以后超过 1024 MB" in caught.value.shown()


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    """What a part says of itself is only the first question."""
    path = workbook(tmp_path / "liar.xlsx", b"a" * 1_000_000, 3)
    raw = path.read_bytes()
    assert 2 <= raw.count(struct.pack("<I", 3_000_000))
    path.write_bytes(raw.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 30)))
    with pytest.raises(Fault, match=r"liar\.xlsx: the workbook is damaged"):
        list(feed_rows.read_feed(path))


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_bytes(",".join(HEAD).encode() + b"\n" + b"1" * 400_000)
    with pytest.raises(Fault, match=r"day\.csv:2: "):
        list(feed_rows.read_feed(path))


def test_rows_that_are_none_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that a file took over may say anything; a row is a row here or nothing."""
    for item in ([1], [1, 2], ["1", "x"], [1, "1", 0, 0, 0, 0], [1, make_phone(1), "x", 0, 0, 0],
                 [1, make_phone(1), 0, 0, 0, True], {"a": 1}, None):
        monkeypatch.setattr(apart, "read", lambda *_, item=item, **__: iter([item]))
        with pytest.raises(Fault, match="its reader broke"):
            list(feed_rows.read_feed(tmp_path / "day.csv"))


@ON_LINUX
def test_the_command_refuses_as_the_console_does(
    instance: Instance, stray: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["feed", "import", str(stray), "--dry-run"], ["newness", "import", str(stray)]):
        assert 1 == cli.main([*words, "--instance", str(instance.folder)])
        assert f"{stray}: " in (told := capsys.readouterr().err)
        assert "far beyond the table" in told


class Staff:
    """The office in a browser that keeps every cookie, for there is no TLS here."""

    def __init__(self, port: int):
        self.port = port
        self.cookies: dict[str, str] = {}
        self.page = ""

    def ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)
            assert found
            stream, _, boundary = stream_encode_multipart({"csrf_token": found[1], **form})
            with stream:
                body = stream.read()
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            self.page = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()

    def uploads(self, name: str, body: bytes) -> int:
        """Send a feed; return the status of the page that shows what it would do."""
        self.ask("GET", "/admin/feeds")
        sent = FileStorage(io.BytesIO(body), name)
        _, location = self.ask("POST", "/admin/feeds", {"file": sent})
        status, _ = self.ask("GET", location)
        # A large one is worked off beside the service, and its page looked at until it is.
        while status == 302 or "data-work" in self.page:
            time.sleep(0.2)
            status, _ = self.ask("GET", location)
        return status


def workers_of(process: "subprocess.Popen[bytes]") -> list[int]:
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return sorted(map(int, text.split()))


@ON_LINUX
def test_residents_are_answered_while_such_files_come_in(
    served: Served, service: Service, sign: Signs, stray: Path, tmp_path: Path  # noqa: F811
) -> None:
    """The workers that serve them are the same afterwards, and never loaded what reads files."""
    add_everyone(service)
    bomb = workbook(tmp_path / "strings.xlsx", b"a" * 1_000_000, 1600)
    good = openpyxl.Workbook()
    assert good.active is not None
    good.active.append(HEAD)
    good.active.append([make_phone(1), *["2026-11-28 09:30:00"] * 3])
    good.save(tmp_path / "good.xlsx")
    before = workers_of(served.process)
    over, answers = threading.Event(), list[object]()

    def scan() -> None:
        while not over.is_set():
            try:
                answers.append(served.get(f"/Q/{sign('A01')}")[0])
            except (OSError, http.client.HTTPException) as error:
                answers.append(error)

    visitors = [threading.Thread(target=scan) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    try:
        office = Staff(served.port)
        office.ask("GET", "/admin/login")
        form = {"name": "office", "password": PASSWORD}
        assert 302 == office.ask("POST", "/admin/login", form)[0]
        for _ in range(2):
            assert 400 == office.uploads("stray.xlsx", stray.read_bytes())
            assert "离表格很远的 XFD1048576" in office.page
            assert 400 == office.uploads("strings.xlsx", bomb.read_bytes())
            assert "解开以后超过" in office.page
        assert 200 == office.uploads("good.xlsx", (tmp_path / "good.xlsx").read_bytes())
        assert "<dt>行数</dt><dd>1</dd>" in office.page
        assert 200 == office.uploads("good.csv", feed(2))
    finally:
        over.set()
        for visitor in visitors:
            visitor.join()
    assert answers and {200} == set(answers)
    assert before and before == workers_of(served.process)
    for pid in before:
        assert "calamine" not in Path(f"/proc/{pid}/maps").read_text()


# --- units.csv sent to the console --------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        (PACKAGED_CAMPAIGN / "units.csv").read_text(encoding="utf-8-sig"), "",
        "id,kind\nA01,planet\n", 'id,kind,name\nA01,area,"x\n', "id,kind,name,target\n合计,,,\n",
        "id,kind,name,target,aliases\nA01,area,东山镇,3,甲;乙\n",
    ],
)
def test_units_read_there_as_they_read_here(tmp_path: Path, text: str) -> None:
    file = tmp_path / "units.csv"
    file.write_text(text, encoding="utf-8")
    here: list[Problem] = []
    there: list[Problem] = []
    assert read_units_file(file, here) == units_apart.read_units(file, there)
    assert here == there


# --- pictures and PDFs --------------------------------------------------------------------


def flat_png(path: Path, side: int) -> Path:
    """Write a white square of *side* pixels: a hundred kilobytes for a gigapixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(
            ">I", zlib.crc32(kind + body)
        )

    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * ((side + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )
    return path


def blank_pdf(path: Path, pages: int, side_pt: int) -> Path:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids)]
    parts += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]>>" % (side_pt, side_pt)] * pages
    out, places = b"%PDF-1.7\n", list[int]()
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    path.write_bytes(
        out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
        + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(out))
    )
    return path


def good_picture(path: Path) -> Path:
    picture(make_symbol(GOOD).matrix, 6).save(path)
    return path


def found(files: list[Path]) -> Iterator[object]:
    for path, pages in photos.read_files(files):
        assert path == files.pop(0)
        yield pages.cause if isinstance(pages, Fault) else [page.texts for page in pages]


def test_pictures_made_to_be_too_much_are_refused_and_the_others_read(tmp_path: Path) -> None:
    many = [Image.new("1", (8, 8)) for _ in range(2000)]
    many[0].save(tmp_path / "many.tiff", save_all=True, append_images=many[1:])
    files = [
        good_picture(tmp_path / "1.png"), flat_png(tmp_path / "bomb.png", 30_000),
        tmp_path / "many.tiff", blank_pdf(tmp_path / "many.pdf", 2000, 100),
        blank_pdf(tmp_path / "huge.pdf", 1, 10**9), tmp_path / "nowhere.png",
        good_picture(tmp_path / "2.png"),
    ]
    assert [
        [[GOOD]], f"{tmp_path / 'bomb.png'}: the picture is too large",
        f"{tmp_path / 'many.tiff'}: more than 500 pages",
        f"{tmp_path / 'many.pdf'}: more than 500 pages", [[]],
        f"{tmp_path / 'nowhere.png'}: there is no such file", [[GOOD]],
    ] == list(found(files))


@ON_LINUX
def test_a_picture_that_ends_its_reader_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "BOUNDS", apart.Bounds(memory=320 << 20))
    files = [
        good_picture(tmp_path / "1.png"), flat_png(tmp_path / "large.png", 10_000),
        good_picture(tmp_path / "2.png"), flat_png(tmp_path / "last.png", 10_000),
    ]
    assert [
        [[GOOD]], f"{tmp_path / 'large.png'}: reading it takes more than 320 MB of memory",
        [[GOOD]], f"{tmp_path / 'last.png'}: reading it takes more than 320 MB of memory",
    ] == list(found(files))


def test_more_pictures_than_one_reader_takes(tmp_path: Path) -> None:
    files = [good_picture(tmp_path / f"{n}.png") for n in range(photos.BATCH + 2)]
    assert [[[GOOD]]] * (photos.BATCH + 2) == list(found(files))
