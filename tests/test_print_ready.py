"""What a print shop's preflight would look at: boxes, inks, fonts, outlines, bytes."""
import dataclasses
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from decoders import zbar_read
from factories import CODE_KEY, PUBLIC_URL, make_campaign
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.ttLib.tables._g_l_y_f import flagOverlapSimple  # type: ignore[import-untyped]
from PIL import Image, ImageChops, ImageStat

from qrgen.campaign import Campaign
from qrgen.fonts import TYPEFACES, letters_of, packaged
from qrgen.formats import FORMATS
from qrgen.plan import plan_posters
from qrgen.posters import print_posters
from qrgen.rare import cut
from qrgen.shell import Fault

KEYS = [CODE_KEY]
MM = 72 / 25.4
PAPER = tuple(name for name, kind in FORMATS.items() if kind.trim_mm)
CUT = {"badge": 1, "badges": 1, "sticker": 16, "sticker80": 1}  # pieces of one unit


@pytest.fixture(scope="module")
def county() -> Campaign:
    return make_campaign()


@pytest.fixture(scope="module")
def prints(county: Campaign, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    posters = plan_posters([county.unit("N68")], PUBLIC_URL, KEYS)
    out = tmp_path_factory.mktemp("print")
    return {
        name: print_posters(county, posters, out, formats=[name], print_ready=True)[0]
        for name in PAPER
    }


def content(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Page | pikepdf.Stream]:
    """Yield the pages, and the forms with a symbol that they place."""
    yield from pdf.pages
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Form":
            yield each


def operators(file: Path) -> Counter[str]:
    with pikepdf.open(file) as pdf:
        return Counter(
            str(instruction.operator)
            for stream in content(pdf)
            for instruction in pikepdf.parse_content_stream(stream)
        )


def rendered(file: Path, dpi: int = 100) -> Image.Image:
    with pypdfium2.PdfDocument(file) as document:
        image = document[0].render(scale=dpi / 72).to_pil()
    assert isinstance(image, Image.Image)
    return image


@pytest.mark.parametrize("name", PAPER)
def test_boxes_are_set(name: str, prints: dict[str, Path]) -> None:
    """The trim is the paper's size, the bleed 3 mm wider, the marks outside of both."""
    with pikepdf.open(prints[name]) as pdf:
        page = pdf.pages[0]
        media, trim, bleed = (
            [float(side) / MM for side in page.obj[box]]
            for box in ("/MediaBox", "/TrimBox", "/BleedBox")
        )
        assert "/OutputIntents" in pdf.Root
        assert "/False" == pdf.docinfo["/Trapped"]
    for inner, outer, by in ((trim, bleed, 3), (bleed, media, 7)):
        assert all(
            abs(abs(a - b) - by) < 0.02 for a, b in zip(inner, outer, strict=True)
        )
    assert FORMATS[name].trim_mm == (round(trim[2] - trim[0]), round(trim[3] - trim[1]))


@pytest.mark.parametrize("name", PAPER)
def test_nothing_is_printed_in_light(name: str, prints: dict[str, Path]) -> None:
    """Only k, K and inks of their own: no RGB, no grey, no profile, no pixels, nothing faint."""
    found = operators(prints[name])
    assert found["k"]
    for word in ("rg", "RG", "g", "G", "cs", "sc", "scn", "sh"):
        assert not found[word], word
    assert found["CS"] == found["SCN"] > 0
    assert found["gs"] == CUT.get(name, 0)
    with pikepdf.open(prints[name]) as pdf:
        for page in pdf.pages:
            for space in page.resources["/ColorSpace"].values():
                assert "/Separation" == space[0]
            for state in page.resources.get("/ExtGState", pikepdf.Dictionary()).values():
                assert {"/Type", "/OP", "/op", "/OPM"} == set(state.keys())
        kinds = {
            str(each["/Subtype"]) for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and "/Subtype" in each
        }  # fmt: skip
        assert "/Image" not in kinds


def test_code_is_black_ink_alone(prints: dict[str, Path]) -> None:
    """In four inks its edges would shift with the plates."""
    paint: tuple[float, ...] = ()
    fills = []
    with pikepdf.open(prints["a4"]) as pdf:
        for stream in content(pdf):
            for instruction in pikepdf.parse_content_stream(stream):
                word = str(instruction.operator)
                if word == "k":
                    paint = tuple(float(share) for share in instruction.operands)
                elif word == "f*":  # the symbol is the one thing filled by the even-odd rule
                    fills.append(paint)
    assert [(0, 0, 0, 1)] == fills


def test_inks_run_over_the_edge_and_marks_stay_outside(prints: dict[str, Path]) -> None:
    """A crooked cut shows no white, and no crop mark."""
    image = rendered(prints["a4"], 127).convert("L")  # five pixels a millimetre
    px = 5
    for x in (8 * px, 110 * px, image.width - 8 * px):
        assert 150 > int(image.getpixel((x, 8 * px)))  # type: ignore[arg-type]
    assert 255 == image.getpixel((5 * px, 8 * px))
    for y in (2 * px, 4 * px):  # the mark above the left edge of the trim
        strip = image.crop((9 * px, y, 11 * px, y + 1))
        assert 200 > strip.getextrema()[0]  # type: ignore[operator]
    middle = image.width // 2
    edge = 10 * px + 3
    for left, right in ((edge, middle - 3 * px), (middle + 3 * px, image.width - edge)):
        assert (255, 255) == image.crop((left, 0, right, 6 * px)).getextrema()


def strokes(file: Path) -> Iterator[tuple[str, tuple[float, ...], bool]]:
    """Yield ink, colour and whether it lies on a layer, for each stroke's colour of *file*."""
    with pikepdf.open(file) as pdf:
        for page in pdf.pages:
            layers = 0
            for instruction in pikepdf.parse_content_stream(page):
                word, given = str(instruction.operator), instruction.operands
                if word == "BDC":
                    assert ["/OC", "/Cut"] == [str(each) for each in given]
                    assert "/OCG" == page.resources["/Properties"]["/Cut"]["/Type"]
                    layers += 1
                elif word == "EMC":
                    layers -= 1
                elif word == "CS":
                    yield str(page.resources["/ColorSpace"][str(given[0])][1]), (), layers > 0
                elif word == "K":
                    yield "", tuple(float(share) for share in given), layers > 0
            assert 0 == layers


def test_marks_are_on_every_plate_and_cuts_on_a_layer(
    county: Campaign, prints: dict[str, Path], tmp_path: Path
) -> None:
    """Black marks would not show a plate that has moved; a cutter looks for its ink's name."""
    posters = plan_posters([county.unit("N68")], PUBLIC_URL, KEYS)
    [outlined] = print_posters(
        county, posters, tmp_path, formats=["sticker"], print_ready=True, outline=True
    )
    for name, file in (*prints.items(), ("sticker", outlined)):
        found = list(strokes(file))
        assert CUT.get(name, 0) == sum(ink == "/CutContour" for ink, _, _ in found), name
        assert all(on_layer == (ink == "/CutContour") for ink, _, on_layer in found), name
        assert 8 + 12 <= sum(ink == "/All" for ink, _, _ in found), name  # crops, and four crosses
        assert (1, 1, 1, 1) not in [paint for _, paint, _ in found], name
        with pikepdf.open(file) as pdf:
            assert (name in CUT) == ("/OCProperties" in pdf.Root)


def test_cut_runs_round_each_sticker_and_the_frame_runs_over_it(prints: dict[str, Path]) -> None:
    """Crop marks between them are in the margin; beyond the cut there is ink, not paper."""
    with pikepdf.open(prints["sticker"]) as pdf:
        words = list(pikepdf.parse_content_stream(pdf.pages[0]))
    at = next(i for i, each in enumerate(words) if str(each.operator) == "BDC")
    box = [each for each in words[at : at + 20] if str(each.operator) in "mlc"]
    xs = [float(each.operands[-2]) for each in box]
    assert 48 == round((max(xs) - min(xs)) / MM)
    image = rendered(prints["sticker"], 254).convert("L")  # ten pixels a millimetre
    # The first sticker begins 6 mm and 4.25 mm from the trim; its ink half a millimetre earlier.
    assert 120 > int(image.getpixel((160 - 3, 400)))  # type: ignore[arg-type]
    assert 255 == image.getpixel((160 - 9, 400))
    mark = image.crop((160 + 478, 142 - 25, 160 + 482, 142 - 15))  # above its right edge
    assert 200 > mark.getextrema()[0]  # type: ignore[operator]


def test_books_tell_their_pages(county: Campaign, tmp_path: Path) -> None:
    """The shop asks for "page 93", the township for its own."""
    posters = plan_posters([county.unit(id) for id in ("A01", "N68", "N01")], PUBLIC_URL, KEYS)
    book = tmp_path / "book.pdf"
    print_posters(county, posters, None, book=book)
    assert [("A01-1", 0), ("N68-1", 1), ("N01-1", 2)] == labels_of(book)
    assert ["乡镇（社区）", "　A01-1　潋江镇", "银行网点"] == bookmarks_of(book)[:3]
    assert 5 == len(bookmarks_of(book))


def test_several_formats_and_copies_make_one_book(county: Campaign, tmp_path: Path) -> None:
    posters = plan_posters([county.unit("A01"), county.unit("N68")], PUBLIC_URL, KEYS)
    books = [tmp_path / f"{name}.pdf" for name in ("one", "two")]
    for book in books:
        print_posters(
            county, posters, None, formats=["a4", "sticker", "contact"], book=book,
            copies={"a4": 2}, print_ready=True,
        )
    assert [
        "A01-1 A4海报 (1)", "A01-1 A4海报 (2)", "N68-1 A4海报 (1)", "N68-1 A4海报 (2)",
        "A01-1 贴纸", "N68-1 贴纸", "乡镇（社区） 1", "银行网点 1",
    ] == [label for label, _ in labels_of(books[0])]
    assert {"A4海报", "贴纸", "一览表"} <= set(bookmarks_of(books[0]))
    assert books[0].read_bytes() == books[1].read_bytes()
    with pikepdf.open(books[0]) as pdf:
        assert 8 == len(pdf.pages)
        assert 1 == len(pdf.Root["/OCProperties"]["/OCGs"])
        assert "/OutputIntents" in pdf.Root
        assert all("/TrimBox" in page.obj for page in pdf.pages)
    assert 16 == len(decoded(books[0], 4))


def decoded(file: Path, page: int) -> list[str]:
    with pypdfium2.PdfDocument(file) as document:
        image = document[page].render(scale=250 / 72).to_pil()
    return [
        text
        for row in range(4)
        for text in zbar_read(
            image.crop((0, row * image.height // 4, image.width, (row + 1) * image.height // 4))
        )
    ]


def labels_of(book: Path) -> list[tuple[str, int]]:
    with pikepdf.open(book) as pdf:
        numbers = list(pdf.Root["/PageLabels"]["/Nums"])
        return [
            (str(label["/P"]), int(at))
            for at, label in zip(numbers[::2], numbers[1::2], strict=True)
        ]


def bookmarks_of(book: Path) -> list[str]:
    """Return the titles as they are listed, each with a blank for each heading over it."""
    def told(items: list[pikepdf.OutlineItem], depth: int) -> Iterator[str]:
        for item in items:
            yield "　" * depth + item.title
            yield from told(item.children, depth + 1)

    with pikepdf.open(book) as pdf, pdf.open_outline() as outline:
        return list(told(outline.root, 0))


def test_zip_has_a_job_ticket_that_claims_what_was_checked(
    county: Campaign, tmp_path: Path
) -> None:
    """Paper, sizes, numbers, finish: else the shop asks by telephone, and is told from memory."""
    posters = plan_posters([county.unit("A01"), county.unit("N68")], PUBLIC_URL, KEYS)
    archive = tmp_path / "order.zip"
    print_posters(
        county, posters, tmp_path / "out", formats=["a4", "sticker", "handover", "screen"],
        archive=archive, print_ready=True, copies={"sticker": 5},
    )
    with zipfile.ZipFile(archive) as packed:
        assert "印刷工单.pdf" == packed.namelist()[0]
        assert 9 == len(packed.namelist())
        ticket = tmp_path / "order-印刷工单.pdf"
        assert ticket.read_bytes() == packed.read("印刷工单.pdf")
    words = words_of(ticket)
    for expected in (
        "A4海报", "210 × 297", "157克铜版纸", "不干胶", "银行网点 1", "CutContour", "JC200103",
        "未用专门软件做印前检查", "12",
    ):  # fmt: skip
        assert expected in words, expected
    for unsaid in ("PDF/X", "领用登记表", "电子屏"):
        assert unsaid not in words
    signed = words_of(tmp_path / "out" / "handover-area.pdf")
    for expected in ("A4海报×1、", "贴纸×5", "领用人电话", "发放人", "张贴处"):
        assert expected in signed, expected
    print_posters(county, posters, tmp_path / "office", archive=archive)
    assert "RGB" in words_of(ticket)


def words_of(file: Path) -> str:
    with pypdfium2.PdfDocument(file) as document:
        text: str = document[0].get_textpage().get_text_range()
    return text.replace("\r\n", "")


def test_every_font_is_embedded(prints: dict[str, Path]) -> None:
    """The shop has none of ours."""
    for file in prints.values():
        with pikepdf.open(file) as pdf:
            descriptors = [
                each for each in pdf.objects
                if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"
            ]  # fmt: skip
            assert descriptors
            for each in descriptors:
                assert {"/FontFile2", "/FontFile3"} & set(each.keys())
                assert "+" in str(each["/FontName"])  # a subset, named as one


def fonts_of(file: Path) -> dict[str, bytes]:
    """Return the letters (ToUnicode) of each font in *file*, by its name."""
    found: dict[str, bytes] = {}
    with pikepdf.open(file) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Dictionary) and each.get("/Subtype") == "/Type0":
                name = str(each["/BaseFont"]).partition("+")[2]
                found[name] = found.get(name, b"") + each["/ToUnicode"].read_bytes()
    return found


@pytest.mark.parametrize("print_ready", [False, True])
def test_each_weight_has_its_name(county: Campaign, tmp_path: Path, print_ready: bool) -> None:
    """At an office as at the shop; typst calls all weights of one font by the lightest."""
    posters = plan_posters([county.unit("N68")], PUBLIC_URL, KEYS)
    [file] = print_posters(county, posters, tmp_path, print_ready=print_ready)
    names = fonts_of(file)
    assert {f"NotoSansSC-{weight}" for weight in ("Regular", "Bold", "Black")} == set(names)
    assert b"<5357>" in names["NotoSansSC-Black"]  # 南, of the large name
    assert b"<51E0>" in names["NotoSansSC-Regular"]  # 几, of the note to a step


def test_a_rare_letter_is_printed_and_named_like_the_others(
    county: Campaign, tmp_path: Path
) -> None:
    """Villages are called 𤭢圳 or 㙟下, and no list of usual letters has all of them."""
    unit = dataclasses.replace(county.unit("D01"), name="㙟下村委会")
    posters = plan_posters([unit], PUBLIC_URL, KEYS)
    files = [print_posters(county, posters, tmp_path / name)[0] for name in ("one", "two")]
    assert b"<365F>" in fonts_of(files[0])["NotoSansSCRare-Black"]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert [posters[0].url] == zbar_read(rendered(files[0]))


def test_faces_are_cut_from_the_font_that_has_every_letter() -> None:
    """What is in the repository is what `scripts/typefaces.py` makes, and may be passed on."""
    assert cut([0x4E00, 0x57A0], 700) == cut([0x57A0, 0x4E00], 700)
    whole = letters_of(next(packaged().glob("*.ttf")))
    usual = {letters_of(file) for file in TYPEFACES.glob("*.ttf")}
    assert 1 == len(usual)
    letters = usual.pop()
    assert letters <= whole
    with TTFont(TYPEFACES / "NotoSansSC-Bold.ttf") as face:
        glyph = face["glyf"][face.getBestCmap()[ord("专")]]
        assert not glyph.flags[0] & flagOverlapSimple  # slow to draw, wherever it is drawn
    rows = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    common = {*map(chr, range(0x20, 0x7F)), *(row.decode("gb2312", "ignore") for row in rows)}
    assert {ord(letter) for letter in common - {""}} - letters == set()
    assert (packaged() / "OFL.txt").read_bytes() == (TYPEFACES / "OFL.txt").read_bytes()


@pytest.mark.parametrize("print_ready", [False, True])
def test_outlines_look_the_same_and_hold_no_text(
    county: Campaign, tmp_path: Path, print_ready: bool
) -> None:
    """转曲: for shops whose software changes fonts."""
    posters = plan_posters([county.unit("N68")], PUBLIC_URL, KEYS)
    files = [
        print_posters(
            county, posters, tmp_path / str(outline), outline=outline, print_ready=print_ready
        )[0]
        for outline in (False, True)
    ]
    plain, outlined = files
    assert not operators(outlined)["BT"]
    with pikepdf.open(outlined) as pdf:
        assert not any(
            isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"
            for each in pdf.objects
        )
        assert "N68-1" in str(pdf.docinfo["/Keywords"])
    difference = ImageChops.difference(
        rendered(plain).convert("L"), rendered(outlined).convert("L")
    ).histogram()
    # Fonts are hinted a little, paths are not: edges differ in grey, nothing in black.
    assert 0.002 > sum(difference[128:]) / sum(difference)
    assert [posters[0].url] == zbar_read(rendered(outlined))


def test_same_input_gives_the_same_bytes(county: Campaign, tmp_path: Path) -> None:
    """Whether a print has changed is told by comparing files, books of parts included."""
    units = county.units[:42]
    posters = plan_posters(units, PUBLIC_URL, KEYS)
    for name in ("one", "two"):
        print_posters(
            county, posters, None, book=tmp_path / f"{name}.pdf", workers=1 + (name == "two")
        )
        print_posters(
            county, posters[:2], tmp_path / name, print_ready=True, outline=True, verify=False
        )
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()
    with pikepdf.open(tmp_path / "one.pdf") as pdf:
        assert 42 == len(pdf.pages)
        assert "兴国县移动支付便民工程 专属二维码" == str(pdf.docinfo["/Title"])


def test_logo_is_turned_into_inks(county: Campaign, tmp_path: Path) -> None:
    """A picture in RGB would be the one thing the shop sends back."""
    Image.new("RGBA", (600, 240), (200, 30, 30, 255)).save(tmp_path / "logo.png")
    own = dataclasses.replace(county, folder=tmp_path, design={"logo": "logo.png"})
    posters = plan_posters([own.unit("A01")], PUBLIC_URL, KEYS)
    [file] = print_posters(own, posters, tmp_path / "out", print_ready=True)
    with pikepdf.open(file) as pdf:
        [image] = [
            each for each in pdf.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]  # fmt: skip
        space = image["/ColorSpace"]
        assert "/DeviceCMYK" == space or 4 == int(space[1]["/N"])
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    vector = dataclasses.replace(own, design={"logo": "logo.svg"})
    with pytest.raises(Fault, match="an SVG cannot be turned into four inks"):
        print_posters(vector, posters, tmp_path / "out", print_ready=True)


@pytest.mark.parametrize("name", ["turned.jpg", "turned.png", "deep.png"])
def test_logo_looks_the_same_in_inks(county: Campaign, tmp_path: Path, name: str) -> None:
    """Held upright while photographed, or 16 bits of grey: typst knows both."""
    if name == "deep.png":
        # From black to white in steps that 8 bits can tell.
        rows = b"".join(struct.pack("<300H", *range(0, 60_000, 200)) for _ in range(120))
        picture = Image.frombytes("I;16", (300, 120), rows)
        picture.save(tmp_path / name)
    else:
        picture = Image.new("L", (120, 300), 255)
        picture.paste(0, (0, 0, 120, 100))
        exif = Image.Exif()
        exif[0x0112] = 6  # orientation: turn it by 90 degrees to the right
        picture.save(tmp_path / name, exif=exif)
    own = dataclasses.replace(county, folder=tmp_path, design={"logo": name})
    posters = plan_posters([own.unit("A01")], PUBLIC_URL, KEYS)
    looks = []
    for print_ready in (False, True):
        out = tmp_path / f"out-{print_ready}"
        [file] = print_posters(own, posters, out, print_ready=print_ready)
        edge = 50 if print_ready else 0  # of 10 mm, around the trim
        page = rendered(file, 127).convert("L")  # five pixels a millimetre
        looks.append(page.crop((edge + 35, edge + 150, edge + 225, edge + 208)))
    assert (0, 255) == looks[0].getextrema()
    difference = ImageChops.difference(*looks)
    assert 20 > ImageStat.Stat(difference).mean[0]
