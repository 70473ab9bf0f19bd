"""The posters: every one decodes, says the right words, and is the same bytes tomorrow."""
import dataclasses
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from factories import CODE_KEY, PUBLIC_URL, make_campaign, make_unit, write_campaign
from needs import SIGKILL, UNIX

from qrgen.campaign import Campaign
from qrgen.decode import read_pdf
from qrgen.finder import QR_ONLY
from qrgen.fonts import font_families, font_folders, glyph_check, packaged
from qrgen.formats import FORMATS
from qrgen.plan import plan_posters, safe_name
from qrgen.posters import print_posters
from qrgen.proof import prove_file
from qrgen.registry import find_problems
from qrgen.sheets import book_parts
from qrgen.shell import Fault
from qrgen.stage import UNFINISHED, staged

KEYS = [CODE_KEY]


def words_of(pdf: Path, page: int = 0) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        text: str = document[page].get_textpage().get_text_range()
    return text.replace("\r\n", "")


def printed(campaign: Campaign, out: Path, *ids: str, url: str = PUBLIC_URL) -> list[Path]:
    units = [campaign.unit(unit_id) for unit_id in ids]
    return print_posters(campaign, plan_posters(units, url, KEYS), out)


@pytest.fixture(scope="module")
def county() -> Campaign:
    return make_campaign()


@pytest.fixture(scope="module")
def book(county: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four kinds, the longest branch, the most banks; with a book and a zip."""
    out = tmp_path_factory.mktemp("posters")
    units = [county.unit(unit_id) for unit_id in ("A19", "N01", "N68", "D12", "B04")]
    print_posters(
        county,
        plan_posters(units, PUBLIC_URL, KEYS),
        out,
        book=out / "book.pdf",
        archive=out / "all.zip",
    )
    return out


def test_every_page_of_the_book_holds_its_code(county: Campaign, book: Path) -> None:
    """Read here once more, from the file that is handed out."""
    units = [county.unit(unit_id) for unit_id in ("A19", "N01", "N68", "D12", "B04")]
    expected = [[poster.url] for poster in plan_posters(units, PUBLIC_URL, KEYS)]
    assert expected == [page.texts for page in read_pdf(book / "book.pdf")]


def test_one_file_a_unit_named_after_it(book: Path) -> None:
    """The print shop sees whose it is without opening it."""
    assert {
        "古龙岗镇-A19-1.pdf",
        "潋江镇-农商行潋江支行-N01-1.pdf",
        "南门社区-新华村镇银行兴国总行-N68-1.pdf",
        "县教科体局-D12-1.pdf",
        "新华村镇银行-B04-1.pdf",
        "book.pdf",
        "all.zip",
        "all-印刷工单.pdf",
    } == {file.name for file in book.iterdir()}


def test_poster_says_what_a_resident_must_know(book: Path) -> None:
    """Free, voluntary, no payment code, whom never to tell a password, which address."""
    words = words_of(book / "潋江镇-农商行潋江支行-N01-1.pdf")
    for expected in (
        "潋江镇", "农商行潋江支行", "便民支付", "自愿办理 不收费", "谨防诈骗", "验证码",
        "N01-1", PUBLIC_URL, "扫码登记", "下载并注册", "绑银行卡", "付一笔", "兴府办字〔2022〕81号",
        "2022年9月1日至12月31日", "兴国县人民政府办公室", *"1234",
    ):  # fmt: skip
        assert expected in words
    assert "本码不是收款码" in words
    assert "微信扫一扫 填手机号" in words


def test_poster_presses_and_promises_nothing(book: Path) -> None:
    """Never 必须, 限时, 红包, 领钱, 任务; and no number that nobody gave us."""
    for page in range(5):
        words = words_of(book / "book.pdf", page)
        for word in ("必须", "限时", "红包", "领钱", "任务", "电话", "演示", "银联"):
            assert word not in words


def test_each_kind_shows_whose_it_is(book: Path) -> None:
    """An area its banks, a department its field."""
    assert "对接银行：农商行、农业银行、赣州银行、新华村镇银行、邮储银行" in words_of(
        book / "古龙岗镇-A19-1.pdf"
    )
    assert "服务领域：学校学费缴纳" in words_of(book / "县教科体局-D12-1.pdf")
    assert "新华村镇银行" in words_of(book / "新华村镇银行-B04-1.pdf")


def test_page_is_a4_with_a_symbol_of_12_centimetres(book: Path) -> None:
    """Scanned from 1.2 metres."""
    with pypdfium2.PdfDocument(book / "古龙岗镇-A19-1.pdf") as document:
        assert 1 == len(document)
        assert (595, 842) == tuple(round(side) for side in document[0].get_size())
        image = document[0].render(scale=150 / 72).to_pil()
    [found] = zxingcpp.read_barcodes(image, formats=QR_ONLY)
    at = found.position
    assert 121 < (at.top_right.x - at.top_left.x) / 150 * 25.4 < 123
    assert 121 < (at.bottom_left.y - at.top_left.y) / 150 * 25.4 < 123


def test_quiet_zone_is_clear_all_round(book: Path) -> None:
    """Four modules of white, in the finished file."""
    with pypdfium2.PdfDocument(book / "古龙岗镇-A19-1.pdf") as document:
        image = document[0].render(scale=100 / 72, grayscale=True).to_pil()
    [found] = zxingcpp.read_barcodes(image, formats=QR_ONLY)
    at = found.position
    quiet = (at.top_right.x - at.top_left.x) / 33 * 3.8
    left, top = at.top_left.x - 2, at.top_left.y - 2
    right, bottom = at.bottom_right.x + 2, at.bottom_right.y + 2
    for box in (
        (left - quiet, top - quiet, left, bottom + quiet),
        (right, top - quiet, right + quiet, bottom + quiet),
        (left, top - quiet, right, top),
        (left, bottom, right, bottom + quiet),
    ):
        assert (255, 255) == image.crop(tuple(round(edge) for edge in box)).getextrema()


def test_file_says_of_itself_which_code_it_is(county: Campaign, book: Path) -> None:
    """A file that lost its name can still be told."""
    [poster] = plan_posters([county.unit("N01")], PUBLIC_URL, KEYS)
    with pikepdf.open(book / "潋江镇-农商行潋江支行-N01-1.pdf") as pdf:
        about = {str(key): str(value) for key, value in pdf.docinfo.items()}
    assert "潋江镇·农商行潋江支行 专属二维码 N01-1" == about["/Title"]
    assert f"N01, N01-1, {poster.signed}" == about["/Keywords"]
    assert "/CreationDate" not in about


def test_black_is_black_ink_alone_on_any_printer(book: Path) -> None:
    """Grey without a profile; a profile's grey may come out in four inks."""
    with pikepdf.open(book / "古龙岗镇-A19-1.pdf") as pdf:
        found = pdf.pages[0].resources["/ColorSpace"]
        spaces = {str(found[name]) for name in found}
    assert {"/DeviceRGB", "/DeviceGray"} == spaces


def test_fonts_travel_inside(book: Path) -> None:
    """The print shop's computer has other fonts, or none."""
    with pikepdf.open(book / "古龙岗镇-A19-1.pdf") as pdf:
        descriptors = [
            obj for obj in pdf.objects
            if isinstance(obj, pikepdf.Dictionary) and obj.get("/Type") == "/FontDescriptor"
        ]  # fmt: skip
        assert descriptors
        assert all("/FontFile2" in d or "/FontFile3" in d for d in descriptors)


def test_same_input_gives_the_same_bytes(county: Campaign, book: Path, tmp_path: Path) -> None:
    """What was approved is what is printed again next year."""
    [again] = printed(county, tmp_path, "N01")
    assert again.read_bytes() == (book / again.name).read_bytes()


def test_zip_holds_the_same_files(book: Path, tmp_path: Path) -> None:
    """With names that Windows shows right, and no time of packing."""
    with zipfile.ZipFile(book / "all.zip") as archive:
        ticket, *singles = archive.infolist()
        assert 5 == len(singles)
        assert (book / "all-印刷工单.pdf").read_bytes() == archive.read(ticket)
        for entry in singles:
            assert (book / entry.filename).read_bytes() == archive.read(entry)
            assert (1980, 1, 1, 0, 0, 0) == entry.date_time
            assert entry.flag_bits & 0x800  # the name is UTF-8


def test_demo_is_marked(county: Campaign, tmp_path: Path) -> None:
    """Nobody may take it for the real one."""
    demo = dataclasses.replace(county, demo=True)
    [file] = printed(demo, tmp_path, "A01", url="http://127.0.0.1:8000")
    words = words_of(file)
    assert "演示" in words
    assert "不用于实际登记" in words


def test_hotline_is_printed_where_the_campaign_sets_one(county: Campaign, tmp_path: Path) -> None:
    """And only there."""
    [file] = printed(dataclasses.replace(county, hotline="县政府二楼"), tmp_path, "A01")
    assert "咨询电话 县政府二楼" in words_of(file)


def test_longest_names_stay_on_the_page(county: Campaign, tmp_path: Path) -> None:
    """A name that is too long gets smaller; it never runs off the paper."""
    unit = make_unit(id="D01", kind="department", name="县" + "农业农村和乡村振兴" * 3 + "局",
                     target=None, sector="学校学费缴纳、校园食堂、商超及教职工" * 3)  # fmt: skip
    longer = dataclasses.replace(county, units=(unit,))
    [file] = printed(longer, tmp_path, "D01", url="https://" + "long-name." * 5 + "gov.cn")
    with pypdfium2.PdfDocument(file) as document:
        assert 1 == len(document)
        page = document[0].get_textpage()
        width, height = document[0].get_size()
        for at in range(page.count_chars()):
            left, bottom, right, top = page.get_charbox(at)
            assert left >= 0
            assert bottom >= 0
            assert right <= width
            assert top <= height


def test_letter_without_a_glyph_stops_the_print(county: Campaign, tmp_path: Path) -> None:
    """typst would draw a box and say nothing."""
    wrong = dataclasses.replace(
        county, units=(make_unit(name="东🀄镇"), make_unit(id="A02", name="西山乡"))
    )
    with pytest.raises(Fault) as caught:
        printed(wrong, tmp_path / "out", "A01", "A02")
    assert ["A01: no font can print 🀄 (U+1F004)"] == [f.cause for f in caught.value.more]
    assert not (tmp_path / "out").exists()


def test_rare_letters_of_the_county_are_in_the_font(county: Campaign) -> None:
    """The ones that cheaper fonts lack."""
    names = "".join(unit.name + (unit.sector or "") for unit in county.units)
    assert "" == glyph_check()(names + "潋垇墩塅埠崇瑶㙟嵊圳𠙶")


def test_print_that_says_another_code_is_refused(book: Path) -> None:
    """The check is worth something only if it can fail."""
    poster = book / "古龙岗镇-A19-1.pdf"
    with pytest.raises(Fault, match=r"page 1 should hold https://x, it reads as https://ysf"):
        prove_file(poster, [["https://x"]])
    with pytest.raises(Fault, match="1 pages, expected 2"):
        prove_file(poster, [*(page.texts for page in read_pdf(poster)), ["https://y"]])


def test_failed_run_changes_nothing(county: Campaign, tmp_path: Path) -> None:
    """Half of the new posters among the old ones is worse than none."""
    out = tmp_path / "out"
    out.mkdir()
    old = out / "潋江镇-A01-1.pdf"
    old.write_bytes(b"old")
    (out / "book.pdf").write_bytes(b"old book")
    # A template that shows the first unit's code only.
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a4.typ").write_text(
        '#import "parts.typ": *\n'
        "#document-of(for p in data.posters { sheet(210mm, 297mm, "
        'if p.unit == "A01" { place(center + horizon, symbol(p, 90mm)) }) })\n'
    )
    own = dataclasses.replace(county, folder=tmp_path)
    with pytest.raises(Fault, match=r"A02.* it reads as nothing"):
        print_posters(
            own, plan_posters([county.unit("A01"), county.unit("A02")], PUBLIC_URL, KEYS), out,
            book=out / "book.pdf", archive=out / "all.zip",
        )  # fmt: skip
    assert b"old" == old.read_bytes()
    assert b"old book" == (out / "book.pdf").read_bytes()
    assert ["book.pdf", old.name] == sorted(file.name for file in out.iterdir())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("潋江镇·农商行潋江支行", "潋江镇-农商行潋江支行"),
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("../../etc", "etc"),
        (" .名. ", "名"),
        ("\n", "unit"),
    ],
)
def test_file_names_are_safe_on_every_system(name: str, expected: str) -> None:
    """Windows refuses nine letters, and dots at the end."""
    assert expected == safe_name(name)


def test_campaigns_own_font_wins(county: Campaign, tmp_path: Path) -> None:
    """A county that owns a licence may use its own face."""
    own = next((packaged().parent / "notosanstc").glob("*.ttf"))
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "own.ttf").write_bytes(own.read_bytes())
    assert ("Noto Sans TC", "Noto Sans SC") == font_families(tmp_path)
    assert tmp_path / "fonts" == font_folders(tmp_path)[0]
    [file] = printed(dataclasses.replace(county, folder=tmp_path), tmp_path / "out", "A01")
    with pikepdf.open(file) as pdf:
        names = " ".join(
            str(obj["/FontName"]) for obj in pdf.objects
            if isinstance(obj, pikepdf.Dictionary) and "/FontName" in obj
        )  # fmt: skip
    assert "NotoSansTC" in names


def own_fonts(folder: Path, files: dict[str, bytes]) -> Path:
    made = write_campaign(folder)
    (made / "fonts").mkdir()
    for name, content in files.items():
        (made / "fonts" / name).write_bytes(content)
    return made


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"junk" * 99, "Not a TrueType or OpenType font"),
        (b"", "not enough data"),
        (b"ttcf" + b"\xff" * 30, "cannot be read"),
        (b"\0\1\0\0\0", "cannot be read"),
        (next(packaged().glob("*.ttf")).read_bytes()[:-5000], "its end is missing"),
    ],
    ids=["junk", "empty", "collection", "head alone", "cut"],
)
def test_font_that_cannot_be_read_is_told_by_name(
    tmp_path: Path, content: bytes, cause: str
) -> None:
    """And all else is proved all the same, by the letters of the other fonts."""
    folder = own_fonts(tmp_path, {"own.ttf": content})
    (folder / "placements.csv").write_text("unit,number,label\nA01,1,东墙\n", "utf-8")
    [problem] = find_problems(folder)
    assert "fonts/own.ttf" == problem.file
    assert cause in problem.cause
    assert "copy the font again" in problem.remedy
    assert ("Noto Sans SC",) == font_families(folder)


def test_fonts_folder_of_a_mac_is_sound(tmp_path: Path) -> None:
    """It lays a file of its own beside each that it copies to a stick."""
    own = next((packaged().parent / "notosanstc").glob("*.ttf")).read_bytes()
    beside = b"\0\5\x16\7" + b"\0" * 200
    folder = own_fonts(tmp_path, {"Kai.ttf": own, "._Kai.ttf": beside})
    assert [] == find_problems(folder)
    assert "Noto Sans TC" == font_families(folder)[0]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_fonts_that_is_no_folder_is_told(tmp_path: Path) -> None:
    """A county that lays the font itself there believes that it is used."""
    folder = write_campaign(tmp_path)
    (folder / "fonts").write_bytes(b"a font")
    assert ["fonts is no folder"] == [problem.cause for problem in find_problems(folder)]
    (folder / "fonts").unlink()
    (folder / "fonts").symlink_to("nowhere")
    assert ["fonts is no folder"] == [problem.cause for problem in find_problems(folder)]


def start_print(out: Path, kind: str) -> "subprocess.Popen[bytes]":
    (out.parent / "temp").mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "TMPDIR": str(out.parent / "temp"),
        "ZHUANMA_CODES_KEYS": CODE_KEY,
        "ZHUANMA_PUBLIC_URL": PUBLIC_URL,
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    command = [sys.executable, "-m", "qrgen", "posters", "--out", str(out)]
    command += ["--instance", str(out.parent / "instance"), "--kind", kind]
    return subprocess.Popen(
        command,
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def finished_files(out: Path) -> set[str]:
    stage = out / UNFINISHED
    return {file.name for file in stage.glob("*.pdf")} if stage.is_dir() else set()


def wait_for_files(run: "subprocess.Popen[bytes]", out: Path, count: int) -> None:
    until = time.monotonic() + 60
    while len(finished_files(out)) < count and time.monotonic() < until and run.poll() is None:
        time.sleep(0.02)


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_tidies_up_and_can_go_on(tmp_path: Path, end: int) -> None:
    """A supervisor stops it, or Ctrl-C: what is finished waits, nothing else is left."""
    out = tmp_path / "out"
    with start_print(out, "area") as run:
        wait_for_files(run, out, 5)
        run.send_signal(end)
        said = run.communicate(timeout=60)[0].decode()
    assert (130, "qrgen: error: interrupted\n") == (run.returncode, said)
    assert [] == list((tmp_path / "temp").iterdir())
    left = {file.name for file in (out / UNFINISHED).iterdir()}
    assert finished_files(out) | {"lock", "plan.json"} == left
    assert 5 <= len(finished_files(out)) < 40


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
def test_killed_in_the_middle_it_leaves_no_half_file_and_goes_on(
    county: Campaign, tmp_path: Path
) -> None:
    """The power fails at the seventh poster; the next run prints the others."""
    out = tmp_path / "out"
    with start_print(out, "area") as run:
        wait_for_files(run, out, 5)
        os.kill(run.pid, SIGKILL)
    before = finished_files(out)
    assert 5 <= len(before) < 40
    assert [] == [file for file in out.iterdir() if file.name != UNFINISHED]
    by_name = {
        f"{poster.file_name}.pdf": poster.url
        for poster in plan_posters(county.units[:40], PUBLIC_URL, KEYS)
    }
    for name in before:
        prove_file(out / UNFINISHED / name, [[by_name[name]]])
    # What is there already is taken as it is, not printed again.
    kept = out / UNFINISHED / sorted(before)[0]
    kept.write_bytes(kept.read_bytes() + b"% kept")
    with start_print(out, "area") as run:
        said = run.communicate(timeout=120)[0].decode()
    assert 0 == run.returncode, said
    assert set(by_name) == {file.name for file in out.iterdir()}
    assert (out / kept.name).read_bytes().endswith(b"% kept")


def test_two_runs_into_one_folder_do_not_mix(county: Campaign, tmp_path: Path) -> None:
    """The second is told to wait; once the first is gone, or was killed, it may print."""
    with staged(tmp_path, "another run") as room:
        (room / "half.pdf").write_bytes(b"theirs")
        with pytest.raises(Fault, match="another run is printing into this folder"):
            printed(county, tmp_path, "A01")
        assert b"theirs" == (room / "half.pdf").read_bytes()
    [file] = printed(county, tmp_path, "A01")
    assert [file] == list(tmp_path.iterdir())


def test_svg_is_read_back_as_well(county: Campaign, tmp_path: Path) -> None:
    """For artwork of one's own nobody else would look."""
    [poster] = plan_posters([county.unit("A01")], PUBLIC_URL, KEYS)
    [file] = print_posters(county, [poster], tmp_path, formats=["svg"])
    prove_file(file, [[poster.url]])
    drawing = file.read_text(encoding="utf-8")
    file.write_text(drawing.replace('fill="#000"', 'fill="#fefefe"'), encoding="utf-8")
    with pytest.raises(Fault, match="it reads as nothing"):
        prove_file(file, [[poster.url]])


def test_what_is_left_of_another_run_is_not_taken(county: Campaign, tmp_path: Path) -> None:
    """Other keys, another address, another template: another poster."""
    stage = tmp_path / UNFINISHED
    stage.mkdir()
    (stage / "plan.json").write_text('"another"')
    (stage / "潋江镇-A01-1.pdf").write_bytes(b"old")
    (stage / "part-1").mkdir()
    [file] = printed(county, tmp_path, "A01")
    assert file.read_bytes().startswith(b"%PDF")
    assert [file] == list(tmp_path.iterdir())


def test_folder_that_cannot_be_written_is_said_at_once(county: Campaign, tmp_path: Path) -> None:
    """Before anything is drawn, and with what to do."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Fault, match="cannot write here") as caught:
        printed(county, tmp_path / "file" / "out", "A01")
    assert "name a folder that is yours" == caught.value.hint
    if os.name != "nt" and UNIX.geteuid() != 0:  # nothing is read-only to root
        tmp_path.chmod(0o500)
        with pytest.raises(Fault, match="cannot write here: Permission denied"):
            printed(county, tmp_path / "out", "A01")
        tmp_path.chmod(0o700)


def test_long_book_is_joined_from_parts_in_order(
    county: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child of the press holds some dozen pages, a book any number."""
    monkeypatch.setitem(FORMATS, "a4", dataclasses.replace(FORMATS["a4"], at_once=20))
    posters = plan_posters(county.units[:42], PUBLIC_URL, KEYS)
    book = tmp_path / "book.pdf"
    assert [] == print_posters(county, posters, None, book=book)
    assert len(book_parts(posters, FORMATS["a4"])) == 3
    assert [[poster.url] for poster in posters] == [page.texts for page in read_pdf(book)]
    assert [book] == list(tmp_path.iterdir())
