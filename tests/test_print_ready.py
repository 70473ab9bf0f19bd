"""What a print shop's preflight would look at: boxes, inks, fonts, outlines, bytes."""
import dataclasses
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from decoders import zbar_read
from factories import CODE_KEY, PUBLIC_URL, make_campaign
from PIL import Image, ImageChops, ImageStat

from qrgen.campaign import Campaign
from qrgen.fonts import TYPEFACES, letters_of, packaged
from qrgen.plan import plan_posters
from qrgen.posters import print_posters
from qrgen.rare import cut
from qrgen.shell import Fault

KEYS = [CODE_KEY]
MM = 72 / 25.4
PAPER = ("a4", "a3", "tent", "howto", "badge", "sticker", "sticker80", "contact", "handover")


@pytest.fixture(scope="module")
def county() -> Campaign:
    return make_campaign()


@pytest.fixture(scope="module")
def prints(county: Campaign, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    posters = plan_posters([county.unit("N68")], PUBLIC_URL, KEYS)
    out = tmp_path_factory.mktemp("print")
    return {
        name: print_posters(county, posters, out, format_name=name, print_ready=True)[0]
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
    width, height = {
        "a3": (297, 420), "sticker80": (80, 80), "badge": (90, 130),
    }.get(name, (210, 297))  # fmt: skip
    assert (width, height) == (round(trim[2] - trim[0]), round(trim[3] - trim[1]))


@pytest.mark.parametrize("name", PAPER)
def test_nothing_is_printed_in_light(name: str, prints: dict[str, Path]) -> None:
    """Only k and K: no RGB, no grey, no profile, no pixels, no transparency."""
    found = operators(prints[name])
    assert found["k"]
    for word in ("rg", "RG", "g", "G", "cs", "CS", "sc", "scn", "SCN", "sh", "gs"):
        assert not found[word], word
    with pikepdf.open(prints[name]) as pdf:
        for page in pdf.pages:
            assert not {"/ColorSpace", "/ExtGState"} & set(page.resources.keys())
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
    outside = image.crop((10 * px + 3, 0, image.width - 10 * px - 3, 6 * px))
    assert (255, 255) == outside.getextrema()


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
    assert usual.pop() <= whole
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
