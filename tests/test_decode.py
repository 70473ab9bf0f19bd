"""Reading back: prints, photos, and what a stranger's code is worth."""
import io
import random
from pathlib import Path

import pytest
from decoders import zbar_read
from factories import CODE_KEY, OLDER_KEY, PUBLIC_URL, make_unit
from PIL import Image, ImageFilter

from qrgen import decode
from qrgen.codes import Code, code_url, sign_code
from qrgen.shell import Fault
from qrgen.symbols import make_symbol, picture
from qrgen.verdicts import Standing, judge, read_standings

UNITS = {"A01": make_unit(issue=2)}
KEYS = [OLDER_KEY, CODE_KEY]


def url_of(code: Code, key: str = CODE_KEY, host: str = PUBLIC_URL) -> str:
    return code_url(host, sign_code(code, [key]))


URL = url_of(Code("A01", 2))
COPIED = " (a code of ours at another address)"


def texts_of(path: Path) -> list[list[str]]:
    return [page.texts for page in decode.read_file(path)]


def texts_in(image: Image.Image) -> list[str]:
    return decode.read_picture(image).texts


def clean_picture(text: str = URL, hole: int = 5, module_px: int = 6) -> Image.Image:
    return picture(make_symbol(text, hole).matrix, module_px)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(URL, "genuine A01-2 东山镇", id="ours"),
        pytest.param(URL.replace("/Q/", "/q/").replace("A01", "a01"), "genuine A01-2 东山镇"),
        pytest.param(
            url_of(Code("A01", 1)),
            "re-issued A01-1 东山镇 (void; issue 2 is the valid one)",
            id="an earlier issue",
        ),
        pytest.param(url_of(Code("A01", 2, "3"), OLDER_KEY), "genuine A01-2-3 东山镇"),
        pytest.param(
            url_of(Code("N99")), "unlisted N99-1 (no such unit in this campaign)", id="not listed"
        ),
        pytest.param(URL[:-1] + "~", f"forged {URL[:-1]}~", id="one letter off"),
        pytest.param(
            url_of(Code("A01"), "f" * 64), f"forged {url_of(Code('A01'), 'f' * 64)}", id="their key"
        ),
        pytest.param(
            url_of(Code("A01", 2), host="https://ysf.example-gov.cn"),
            f"foreign https://ysf.example-gov.cn/Q/{URL.rpartition('/')[2]}{COPIED}",
            id="our code behind another's address",
        ),
        pytest.param(
            URL.replace("https", "http"), "foreign " + URL.replace("https", "http") + COPIED,
            id="no TLS",
        ),
        pytest.param(URL + "?to=x", f"foreign {URL}?to=x{COPIED}", id="with a query"),
        pytest.param(
            URL.replace("https://", "https://a@"), "foreign " + URL.replace("://", "://a@") + COPIED
        ),
        pytest.param(
            url_of(Code("B01"), "f" * 64, "https://ysf.other.gov.cn"),
            f"foreign {url_of(Code('B01'), 'f' * 64, 'https://ysf.other.gov.cn')}"
            " (formed like a code of another instance)",
            id="another county's",
        ),
        pytest.param("https://qr.alipay.com/x", "foreign https://qr.alipay.com/x"),
        pytest.param("wxp://f2f0", "foreign wxp://f2f0", id="a payment code"),
        pytest.param("潋江镇", "foreign 潋江镇", id="text"),
        pytest.param("\x1b[31mgenuine", "foreign \ufffd[31mgenuine", id="steers a terminal"),
        pytest.param("http://[bad", "foreign http://[bad", id="no address at all"),
    ],
)
def test_a_code_is_worth_what_it_proves(text: str, line: str) -> None:
    """Our address, our signature, a unit of ours: all three, or not genuine."""
    assert line == judge(text, KEYS, PUBLIC_URL, UNITS).line


def test_long_text_is_cut_on_its_line() -> None:
    """A code may hold four thousand letters."""
    assert 220 > len(judge("x" * 4000, KEYS, PUBLIC_URL, UNITS).line)


def worn(image: Image.Image) -> Image.Image:
    """Tilted, blurred, noisy, and saved as a bad JPEG."""
    chance = random.Random(7)
    turned = image.convert("L").rotate(15, expand=True, fillcolor=255)
    turned = turned.filter(ImageFilter.GaussianBlur(2.0))
    for _ in range(3000):
        at = (chance.randrange(turned.width), chance.randrange(turned.height))
        turned.putpixel(at, chance.randrange(256))
    out = io.BytesIO()
    turned.save(out, "JPEG", quality=40)
    return Image.open(io.BytesIO(out.getvalue()))


def test_worn_photo_still_reads() -> None:
    """Paper hangs in the rain."""
    assert [URL] == texts_in(worn(clean_picture()).convert("L"))


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_photo_reads_whichever_way_up(angle: int) -> None:
    """People turn the telephone."""
    assert [URL] == texts_in(clean_picture().rotate(angle, expand=True))


def test_two_codes_on_one_picture_are_both_told(tmp_path: Path) -> None:
    """A patch pasted beside the real one must not hide behind it."""
    other = "https://evil.example/x"
    one, two = clean_picture(), clean_picture(other)
    both = Image.new("L", (one.width, one.height + two.height), 255)
    both.paste(one, (0, 0))
    both.paste(two, (0, one.height))
    both.save(tmp_path / "both.png")
    assert [[URL, other]] == texts_of(tmp_path / "both.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "tiff", "pdf"])
def test_picture_formats(tmp_path: Path, suffix: str) -> None:
    """Whatever a telephone or a scanner makes."""
    file = tmp_path / f"photo.{suffix}"
    clean_picture().save(file)
    assert [[URL]] == texts_of(file)


@pytest.mark.parametrize("suffix", ["tiff", "gif", "webp", "png"])
def test_every_page_of_a_picture_is_read(tmp_path: Path, suffix: str) -> None:
    """A scanner puts a pile of paper into one TIFF; what is foreign may lie in the middle."""
    other = "https://evil.example/x"
    pages = [clean_picture(text).convert("RGB") for text in (URL, other, URL)]
    pages[2] = pages[2].resize((600, 400))  # a TIFF's pages may differ
    pages[1:2] = [pages[1].rotate(180)]
    if suffix != "tiff":
        pages = [page.resize((400, 400)) for page in pages]
    file = tmp_path / f"pile.{suffix}"
    pages[0].save(file, save_all=True, append_images=pages[1:])
    assert [[URL], [other], [URL]] == texts_of(file)


def test_what_a_telephone_puts_behind_a_photo_is_no_page(tmp_path: Path) -> None:
    """Else every photo of some telephones would be told twice."""
    photo, depth = clean_picture().convert("RGB"), Image.new("RGB", (100, 100))
    photo.save(tmp_path / "photo.jpg", "MPO", save_all=True, append_images=[depth])
    assert [[URL]] == texts_of(tmp_path / "photo.jpg")


def test_damaged_later_page_is_a_fault(tmp_path: Path) -> None:
    """Half a pile looks like a whole one."""
    file = tmp_path / "pile.tiff"
    clean_picture().save(file, save_all=True, append_images=[clean_picture()])
    raw = file.read_bytes()
    for end in range(len(raw) // 2, len(raw), len(raw) // 60):
        file.write_bytes(raw[:end])
        with pytest.raises(Fault, match=r"pile\.tiff: neither a picture nor a PDF, or damaged"):
            texts_of(file)


def test_code_on_a_transparent_ground_reads(tmp_path: Path) -> None:
    """Black on nothing is black on white."""
    dark = clean_picture().point(lambda value: 255 - value)
    image = Image.new("RGBA", dark.size, (0, 0, 0, 0))
    image.putalpha(dark)
    image.save(tmp_path / "clear.png")
    assert [[URL]] == texts_of(tmp_path / "clear.png")


def test_photo_with_a_note_how_it_was_held(tmp_path: Path) -> None:
    """EXIF orientation 6 is how telephones store an upright photo."""
    exif = Image.Exif()
    exif[0x0112] = 6
    clean_picture().save(tmp_path / "held.jpg", exif=exif)
    assert [[URL]] == texts_of(tmp_path / "held.jpg")


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG\r\n\x1a\n broken", b"%PDF-1.7\nbroken", b"\xff\xd8\xff"]
)
def test_damaged_file_is_a_fault_that_names_it(tmp_path: Path, content: bytes) -> None:
    """Not a traceback."""
    (tmp_path / "photo.bin").write_bytes(content)
    with pytest.raises(Fault, match=r"photo\.bin"):
        texts_of(tmp_path / "photo.bin")


def test_missing_file_is_a_fault_that_names_it(tmp_path: Path) -> None:
    """Mistyped, most likely."""
    with pytest.raises(Fault, match=r"nowhere\.png: there is no such file"):
        texts_of(tmp_path / "nowhere.png")


def test_picture_without_a_code_is_empty() -> None:
    """Nothing found is an answer; the command says what to do."""
    assert [] == texts_in(Image.new("L", (300, 300), 255))


@pytest.mark.parametrize("hole", [0, 5, 7])
def test_another_decoder_reads_the_same(hole: int) -> None:
    """Our own reader might share a fault with our own writer."""
    assert [URL] == zbar_read(clean_picture(hole=hole))


def test_service_knows_which_codes_are_void(tmp_path: Path) -> None:
    """The list that `attribution units list` prints, against the codes on a wall."""
    file = tmp_path / "units.txt"
    file.write_text(
        "A01\tarea\t东山镇\t3\t在用\nA02\tarea\t西山乡\t1\t已撤销\nA03\tarea\t北山乡\t1\t已停用\n",
        encoding="utf-8",
    )
    standings = read_standings(file)
    assert Standing(3) == standings["A01"]
    units = {unit: make_unit(id=unit) for unit in ("A01", "A02", "A03")}

    def line(code: Code) -> str:
        return judge(url_of(code), KEYS, PUBLIC_URL, units, standings).line

    assert "genuine A01-3 东山镇" == line(Code("A01", 3))
    assert "re-issued A01-2 东山镇 (void; issue 3 is the valid one)" == line(Code("A01", 2))
    assert line(Code("A01", 4)).startswith("unlisted A01-4")
    assert line(Code("A02")).startswith("revoked A02-1 东山镇")
    assert "revoked A03-1 东山镇 (the unit is closed)" == line(Code("A03"))


def test_list_that_is_none_is_a_fault(tmp_path: Path) -> None:
    """With the line, as everywhere."""
    (tmp_path / "u.csv").write_text("id,kind,name,issue,state\nA01,area\n", encoding="utf-8")
    with pytest.raises(Fault, match=r"u\.csv:2: not id"):
        read_standings(tmp_path / "u.csv")


def wall(*codes: tuple[str, int, tuple[int, int]], size: tuple[int, int]) -> Image.Image:
    """A photo of a wall with codes of different sizes on it."""
    photo = Image.new("L", size, 205)
    for text, module_px, at in codes:
        photo.paste(clean_picture(text, module_px=module_px), at)
    return photo


def test_phone_photo_held_sideways_with_large_and_small_codes(tmp_path: Path) -> None:
    """Twelve megapixels, EXIF orientation, JPEG, and a patch in the corner."""
    small = "https://evil.example/x"
    photo = wall((URL, 40, (300, 400)), (small, 4, (3300, 2500)), size=(4032, 3024))
    exif = Image.Exif()
    exif[0x0112] = 8
    photo = photo.rotate(-90, expand=True).filter(ImageFilter.GaussianBlur(1.2))
    photo.save(tmp_path / "wall.jpg", quality=70, exif=exif)
    assert [[URL, small]] == texts_of(tmp_path / "wall.jpg")


def test_photo_of_108_megapixels_reads_without_a_warning(tmp_path: Path) -> None:
    """Telephones take such photos by default; Pillow takes them for an attack."""
    photo = wall((URL, 60, (2000, 2000)), size=(12000, 9000))
    photo.save(tmp_path / "huge.jpg", quality=60)
    assert [[URL]] == texts_of(tmp_path / "huge.jpg")


def test_an_iphones_photo_is_read_or_told_how_to_send_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HEIC is what an iPhone makes of a photo unless it is asked for JPEG."""
    photo = tmp_path / "IMG_1.HEIC"
    photo.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40))
    with pytest.raises(Fault, match=r"IMG_1\.HEIC: neither a picture nor a PDF, or damaged"):
        texts_of(photo)
    monkeypatch.setattr("qrgen.extras.find_spec", lambda name: None)
    with pytest.raises(Fault) as refused:
        texts_of(photo)
    assert "HEIC, which cannot be read here" in refused.value.cause
    assert "Most Compatible" in refused.value.hint


def test_an_iphones_photo_is_read() -> None:
    """No encoder of the format is among our packages, so one lies here."""
    photo = Path(__file__).parent / "iphone.heic"
    assert [["https://ysf.example.gov.cn/Q/N07-1.0000000000000000"]] == texts_of(photo)


def test_out_of_focus_is_read_sharper_or_said_to_be_unread() -> None:
    """A blurred photo that tells nothing of itself would pass for a wall without posters."""
    wall = Image.new("L", (600, 500), 205)
    wall.paste(clean_picture(), (100, 60))
    seen = {
        blur: decode.read_picture(wall.filter(ImageFilter.GaussianBlur(blur)))
        for blur in (2.0, 4.0)
    }
    assert [URL] == seen[2.0].texts and not seen[2.0].unread
    assert [] == seen[4.0].texts and seen[4.0].unread
    assert not decode.read_picture(Image.new("L", (600, 500), 205)).unread


def test_a_pdf_is_read_where_its_reader_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server without the extra for printing reads photographs all the same."""
    clean_picture().save(tmp_path / "one.pdf")
    monkeypatch.setattr("qrgen.extras.missing_for_print", lambda: ("pypdfium2",))
    with pytest.raises(Fault) as refused:
        texts_of(tmp_path / "one.pdf")
    assert "zhuanma[print]" in refused.value.hint
    clean_picture().save(tmp_path / "one.png")
    assert [[URL]] == texts_of(tmp_path / "one.png")
