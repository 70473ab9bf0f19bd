"""Every format: what it holds, how large it is, and that others can read it."""
import dataclasses
import io
import itertools
import sys
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2_raw as pdfium  # type: ignore[import-untyped]
import pytest
from decoders import as_bad_jpeg, blurred, from_aside, opencv_read, quartered, zbar_read
from factories import (
    CAMPAIGN_TOML,
    CODE_KEY,
    PUBLIC_URL,
    design_campaign,
    make_campaign,
    make_finance_point,
    write_campaign,
)
from PIL import Image, ImageChops

from qrgen.artwork import (
    INKS,
    LOOKS,
    PAIRS,
    TEMPLATES,
    contrast,
    inks,
    poor_pairs,
    template_folder,
)
from qrgen.campaign import Campaign
from qrgen.cli import main
from qrgen.fonts import font_folders
from qrgen.formats import FORMATS
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.pages import Pages
from qrgen.plan import Poster, plan_posters
from qrgen.posters import print_posters
from qrgen.printer import Printer
from qrgen.proof import prove_file
from qrgen.registry import find_advice, find_problems, load_campaign
from qrgen.sheets import document
from qrgen.shell import Fault
from qrgen.symbols import SMALLEST_MODULE_MM, make_symbol
from qrgen.words import standing_words, texts_for

KEYS = [CODE_KEY]
DRAWN = [name for name, made in FORMATS.items() if made.drawn]
# Two pixels a module at quarter scale and 100 dpi: the large formats.
LARGE = ("a4", "a3", "tent", "screen", "share")


@pytest.fixture(scope="module")
def county() -> Campaign:
    return make_campaign()


@pytest.fixture(scope="module")
def posters(county: Campaign) -> list[Poster]:
    """The longest branch, and a department with a long field."""
    return plan_posters([county.unit("N68"), county.unit("D12")], PUBLIC_URL, KEYS)


@pytest.fixture(scope="module")
def made(
    county: Campaign, posters: list[Poster], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Return the first file of each format."""
    out = tmp_path_factory.mktemp("formats")
    return {
        name: print_posters(county, posters, out, formats=[name])[0] for name in FORMATS
    }


def picture_of(file: Path, dpi: int = 150) -> Image.Image:
    if file.suffix != ".pdf":
        with Image.open(file) as image:
            grey: Image.Image = image.convert("L")
            return grey
    with Pages(file) as pages:
        page = pages.grey(0, dpi)
        height, width = page.shape or (0, 0)
        return Image.frombytes("L", (width, height), page)


def words_of(file: Path, page: int = 0) -> str:
    with pypdfium2.PdfDocument(file) as document:
        text: str = document[page].get_textpage().get_text_range()
    return text.replace("\r\n", "")


def stickers_of(image: Image.Image, px: float) -> list[Image.Image]:
    corners = [(6 + 50 * column, 4 + 72.5 * row) for row in range(4) for column in range(4)]
    return [
        image.crop((round(x * px), round(y * px), round((x + 48) * px), round((y + 71) * px)))
        for x, y in corners
    ]


def codes_on(name: str, posters: list[Poster]) -> list[str]:
    """Return the codes on the first page."""
    kind = FORMATS[name]
    if kind.mixed:
        return [poster.url for poster in posters]
    return [posters[0].url] * (1 if kind.per_page else kind.copies)


@pytest.mark.parametrize("name", [n for n in FORMATS if FORMATS[n].codes and n != "svg"])
def test_another_decoder_finds_every_code_of_every_format(
    name: str, made: dict[str, Path], posters: list[Poster]
) -> None:
    """No more than are meant to be there, and no fewer."""
    image = picture_of(made[name], 200)
    # zbar overlooks one or two of twenty on a page; a telephone looks at one at a time.
    views = stickers_of(image, 200 / 25.4) if name == "sticker" else [image]
    found = [text for view in views for text in zbar_read(view)]
    assert sorted(codes_on(name, posters)) == sorted(found)


@pytest.mark.parametrize(
    ("read", "worn", "name"),
    list(
        itertools.product((zbar_read, opencv_read), (blurred, as_bad_jpeg, from_aside), LARGE)
    ),
)
def test_another_decoder_reads_worn_prints(
    read: object, worn: object, name: str, made: dict[str, Path], posters: list[Poster]
) -> None:
    """Blur, JPEG at 20, and a look from aside."""
    assert callable(worn)
    assert callable(read)
    image = worn(picture_of(made[name]))
    # Each fails on some sizes; a telephone is moved until it reads.
    sizes = (image, image.reduce(2), image.reduce(3))
    assert {text for size in sizes for text in read(size)} == {posters[0].url}


@pytest.mark.parametrize("read", [zbar_read, opencv_read])
@pytest.mark.parametrize("name", LARGE)
def test_another_decoder_reads_a_quarter_of_the_size(
    read: object, name: str, made: dict[str, Path], posters: list[Poster]
) -> None:
    """Somebody who stands four times as far away."""
    assert callable(read)
    assert set(read(quartered(picture_of(made[name], 200)))) == {posters[0].url}


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [
        ("a4", 210, 297), ("a3", 297, 420), ("tent", 210, 297), ("sticker", 210, 297),
        ("sticker80", 80, 80), ("badge", 90, 130), ("howto", 210, 297), ("contact", 210, 297),
        ("handover", 210, 297),
    ],
)  # fmt: skip
def test_paper_has_its_size(name: str, width: int, height: int, made: dict[str, Path]) -> None:
    """One page each: nothing runs over."""
    with pypdfium2.PdfDocument(made[name]) as document:
        assert 1 == len(document)
        found = tuple(round(side / 72 * 25.4) for side in document[0].get_size())
    assert (width, height) == found


def test_pictures_have_their_size(made: dict[str, Path]) -> None:
    """A display's, and a WeChat group's under its half megabyte."""
    with Image.open(made["screen"]) as image:
        assert (1920, 1080) == image.size
    with Image.open(made["share"]) as image:
        assert 1080 == image.width
    assert 500_000 > made["share"].stat().st_size


def test_tent_shows_both_faces_upright_once_folded(made: dict[str, Path]) -> None:
    """The far face is the near one, turned by half about the ridge."""
    image = picture_of(made["tent"], 100).point(lambda value: 0 if value < 128 else 255)
    px = 100 / 25.4
    ridge = (17 + 110) * px
    face = 110 * px
    near = image.crop((0, round(ridge) + 3, image.width, round(ridge + face) - 3))
    far = image.crop((0, round(ridge - face) + 3, image.width, round(ridge) - 3)).rotate(180)
    far = far.resize(near.size)
    differing = ImageChops.difference(near, far).histogram()[255]
    assert 0.06 > differing / (near.width * near.height)


@pytest.mark.parametrize("name", DRAWN)
def test_every_format_says_whose_it_is(name: str, made: dict[str, Path]) -> None:
    """And no word that presses or promises."""
    if FORMATS[name].suffix != ".pdf":
        pytest.skip("a picture holds no text; it is drawn by the same parts")
    words = words_of(made[name])
    for expected in ("南门社区", "新华村镇银行兴国总行", "N68-1"):
        assert expected in words
    for word in ("必须", "限时", "红包", "领钱", "任务", "银联"):
        assert word not in words


def set_as_pdf(campaign: Campaign, name: str, poster: Poster, file: Path) -> str:
    """Set a format as a PDF, a picture too, and return its words."""
    with template_folder(campaign) as root:
        order = {
            "format": name, "root": str(root), "fonts": [str(path) for path in font_folders()],
            "print": False, "outline": False, "verify": False, "own_templates": False,
            "helper": False,
        }  # fmt: skip
        Printer(order).make(file, document(campaign, FORMATS[name], [poster]))
    return words_of(file)


RESIDENTS = [name for name in DRAWN if name not in ("contact", "handover", "rules")]
SMALL = ("sticker", "sticker80")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", RESIDENTS)
def test_what_a_resident_needs_is_on_what_residents_see(
    county: Campaign, tmp_path: Path, name: str, look: str
) -> None:
    """What it is, what to do, what it is not, whose campaign, whose code: stickers too."""
    own = dataclasses.replace(county, design={"look": look}, hotline="0797-0000000")
    [poster] = plan_posters([own.unit("N68")], PUBLIC_URL, KEYS)
    words = set_as_pdf(own, name, poster, tmp_path / "one.pdf")
    texts = own.texts
    said = "".join(words.split())  # what stands upright is a letter a line
    scan = texts["long_press" if name == "share" else "scan"]
    for expected in ("云闪付", scan.replace(" ", ""), texts["not_payment"]):
        assert expected in said
    assert "兴国县移动支付便民工程" in said
    assert "N68-1" in said
    assert "南门社区" in said
    if name not in ("howto", "share"):
        assert PUBLIC_URL in said
    if name not in SMALL:
        # The telephone once took the issuer's place.
        for expected in ("2022年9月1日至12月31日", own.issuer, "0797-0000000"):
            assert expected in said
    if name not in (*SMALL, "badge", "badges"):
        steps = [said.rindex(texts[f"step_{number}"]) for number in range(1, 5)]
        assert sorted(steps) == steps


def test_the_first_step_on_paper_is_the_registration(county: Campaign) -> None:
    """It earns the unit its credit; then the platform's three, as the page numbers them."""
    steps = [county.texts[f"step_{number}"] for number in range(1, 5)]
    assert ["扫码登记", "下载并注册", "绑银行卡", "付一笔"] == steps
    assert "核对是不是新用户，并记到本单位" == county.texts["scan_why"]


def test_plain_look_needs_no_ground_to_be_read(county: Campaign, tmp_path: Path) -> None:
    """For an office printer: most of the page stays white, and the code is where it was."""
    [poster] = plan_posters([county.unit("A01")], PUBLIC_URL, KEYS)
    whites = {}
    for look in LOOKS:
        own = dataclasses.replace(county, design={"look": look})
        [file] = print_posters(own, [poster], tmp_path / look)
        page = picture_of(file, 50)
        whites[look] = page.histogram()[255] / (page.width * page.height)
    assert whites["colour"] < 0.6 < whites["plain"]


def test_a_look_that_we_do_not_have_is_told(tmp_path: Path) -> None:
    [problem] = find_problems(design_campaign(tmp_path, look="dark"))
    assert "design.look" in problem.cause
    assert '"plain"' in problem.cause + problem.remedy


def test_old_texts_of_a_countys_steps_are_named_and_stop_nothing(tmp_path: Path) -> None:
    """Its page must not go off the air because of what its paper says."""
    old = (
        '\n[texts]\nstep_1 = "下载云闪付"\nstep_1_note = "在手机应用商店下载"\nstep_2 = "注册"\n'
        'step_3 = "绑银行卡"\n'
    )
    rung = 'hotline = "0797-5321000"\n' + CAMPAIGN_TOML
    folder = write_campaign(tmp_path, toml=rung + old)
    load_campaign(folder)
    named = [problem.cause.split()[0] for problem in find_advice(folder)]
    assert ["texts.step_1", "texts.step_1_note"] == named


def test_a_consent_that_names_nobody_to_ring_is_told_to_be_unfinished(tmp_path: Path) -> None:
    """The seed's document has no number, and its page stays on the air."""
    [problem] = find_advice(PACKAGED_CAMPAIGN)
    assert "the consent names nobody to ask: it is unfinished" in problem.cause
    load_campaign(PACKAGED_CAMPAIGN)
    rung = write_campaign(tmp_path, toml='hotline = "0797-5321000"\n' + CAMPAIGN_TOML)
    assert [] == find_advice(rung)


def test_our_inks_are_legible_too() -> None:
    """On paper, each pair of text and ground as a printer mixes them."""

    def light(name: str) -> str:
        c, m, y, k = (0, 0, 0, 0) if name == "white" else INKS[name]
        shares = [(1 - ink / 100) * (1 - k / 100) for ink in (c, m, y)]
        return "#" + "".join(f"{round(255 * share):02x}" for share in shares)

    poor = [pair for pair in PAIRS if contrast(light(pair[0]), light(pair[1])) < 4.5]
    assert [] == poor


def test_one_template_a_format_without_words_of_its_own() -> None:
    """Another county changes its texts, never a template."""
    for name in DRAWN:
        text = (TEMPLATES / f"{name}.typ").read_text(encoding="utf-8")
        code = "\n".join(line.split("//")[0] for line in text.splitlines())
        assert not [letter for letter in code if "\u4e00" <= letter <= "\u9fff"], name


def test_contact_sheets_hold_thirty_a_page_and_one_file_a_kind(
    county: Campaign, tmp_path: Path
) -> None:
    """The document's Attachment 2: 40 areas on two pages."""
    units = [unit for unit in county.units if unit.kind in ("area", "bank")]
    posters = plan_posters(units, PUBLIC_URL, KEYS)
    files = print_posters(county, posters, tmp_path, formats=["contact"])
    assert ["contact-area.pdf", "contact-bank.pdf"] == [file.name for file in files]
    with pypdfium2.PdfDocument(files[0]) as document:
        assert 2 == len(document)
    assert 30 == len(set(zbar_read(picture_of(files[0], 200))))
    lists = print_posters(county, posters, tmp_path, formats=["handover"])
    words = words_of(lists[0])
    for expected in ("领用登记表", "品名、数量", "日期", "领用人", "A20-1", "1 / 2"):
        assert expected in words


def test_bare_symbols_are_for_artwork_of_ones_own(
    made: dict[str, Path], posters: list[Poster]
) -> None:
    """Vector and pixels, quiet zone included, the same modules."""
    svg = made["svg"].read_text(encoding="utf-8")
    assert svg.startswith("<svg ")
    assert 'width="60.0mm"' in svg
    with Image.open(made["png"]) as image:
        assert [posters[0].url] == zbar_read(image)


def test_format_that_would_be_too_small_refuses(county: Campaign, tmp_path: Path) -> None:
    """Modules under half a millimetre stay unseen; the length of the address decides."""
    long = "https://" + "a-very-long-name." * 8 + "gov.cn"
    posters = plan_posters([county.unit("A01")], long, KEYS)
    with pytest.raises(Fault, match=r"contact: A01-1 needs a symbol of .* the format has 26"):
        print_posters(county, posters, tmp_path, formats=["contact"])
    assert [] == list(tmp_path.iterdir())
    modules = make_symbol(posters[0].url, 5).size
    assert FORMATS["a4"].symbol_mm / modules > SMALLEST_MODULE_MM


def test_proof_refuses_grades_below_b_and_modules_too_small(tmp_path: Path) -> None:
    """The check is worth something only if it can fail."""
    symbol = make_symbol("https://ysf.example.gov.cn/Q/N07-1.9V3K7Q2M5X8T4B6N")
    with Image.open(io.BytesIO(symbol.png(10))) as opened:
        image = opened.convert("L")
    small = image.resize((82, 82))
    small.save(tmp_path / "small.pdf", resolution=150)
    with pytest.raises(Fault, match=r"mm; telephones need 0\.5 mm|reads as nothing"):
        prove_file(tmp_path / "small.pdf", [[symbol.text]])
    middle = image.width // 2
    image.paste(255, (middle - 60, middle - 60, middle + 80, middle + 80))
    image.save(tmp_path / "stained.png")
    with pytest.raises(Fault, match=r"grade B needs 50%|reads as nothing"):
        prove_file(tmp_path / "stained.png", [[symbol.text]])
    (tmp_path / "one.png").write_bytes(symbol.png())
    prove_file(tmp_path / "one.png", [[symbol.text]])
    with pytest.raises(Fault, match="should hold 2 codes, 1 can be read"):
        prove_file(tmp_path / "one.png", [[symbol.text, symbol.text]])


@pytest.mark.parametrize("name", ["a4", "tent", "screen", "share"])
def test_wide_logo_leaves_the_longest_headline_free(tmp_path: Path, name: str) -> None:
    """It lies on the headline's line; what it would cover would touch its white rim."""
    Image.new("RGB", (1600, 160), (0, 0, 255)).save(tmp_path / "logo.png")
    campaign = load_campaign(design_campaign(tmp_path, logo="logo.png", gold="#00ff00"))
    own = dataclasses.replace(
        campaign, texts={**campaign.texts, "headline": "智慧金融平台·惠企便民普惠大众"}
    )
    posters = plan_posters([own.unit("A01")], PUBLIC_URL, KEYS)
    [file] = print_posters(own, posters, tmp_path / "out", formats=[name])
    if file.suffix == ".png":
        page = Image.open(file).convert("RGB")
    else:
        with pypdfium2.PdfDocument(file) as document:
            page = document[0].render(scale=2).to_pil().convert("RGB")

    def pixels(channel: str) -> Image.Image:
        """Return where one channel alone is bright."""
        dark = [
            page.getchannel(other).point(lambda level: 255 * (level < 90))
            for other in "RGB" if other != channel
        ]  # fmt: skip
        bright = page.getchannel(channel).point(lambda level: 255 * (level > 160))
        return ImageChops.multiply(bright, ImageChops.multiply(*dark))

    if name == "tent":  # the upper of its two faces stands on its head
        page = page.crop((0, round(page.height * 0.43), *page.size))
    logo = pixels("B").getbbox()
    assert logo is not None
    rim = round((logo[2] - logo[0]) * 0.05) + 3  # and what is next to it
    middle = (logo[1] + logo[3]) // 2
    headline = pixels("G")
    assert headline.getbbox() is not None
    beside = headline.crop((logo[0] - rim, middle - 8, logo[2] + rim, middle + 8)).getbbox()
    assert beside is None


@pytest.mark.parametrize(("name", "notes"), [("a4", True), ("tent", False)])
def test_words_side_by_side_are_of_one_size(
    county: Campaign, tmp_path: Path, name: str, notes: bool
) -> None:
    """A long one of a county's makes the others smaller too, as a designer would."""
    long = {"step_3": "绑一张您本人的银行卡", "step_4_note": "几毛钱也行，付完这一笔就办好"}
    own = dataclasses.replace(county, texts={**county.texts, **long})
    posters = plan_posters([own.unit("N68")], PUBLIC_URL, KEYS)
    [file] = print_posters(own, posters, tmp_path, formats=[name])
    heads = [f"step_{number}" for number in range(1, 5)]
    with pypdfium2.PdfDocument(file) as document:
        page = document[0].get_textpage()
        said = page.get_text_range()
        for keys in [heads, [f"{head}_note" for head in heads]] if notes else [heads]:
            # A long one takes two lines.
            starts = [said.index(own.texts[key][:3]) for key in keys]
            sizes = [pdfium.FPDFText_GetFontSize(page.raw, start) for start in starts]
            assert max(sizes) - min(sizes) < 0.01


def test_county_changes_colours_logo_and_template_without_python(tmp_path: Path) -> None:
    """All in its campaign folder."""
    Image.new("RGBA", (300, 120), (200, 30, 30, 255)).save(tmp_path / "logo.png")
    folder = design_campaign(tmp_path, deep="#7a1f1f", gold="#ffd27a", logo="logo.png")
    campaign = load_campaign(folder)
    posters = plan_posters([campaign.unit("A01")], PUBLIC_URL, KEYS)
    [file] = print_posters(campaign, posters, tmp_path / "out")
    with pypdfium2.PdfDocument(file) as document:
        page = document[0].render(scale=1).to_pil().convert("RGB")
    assert (0x7A, 0x1F, 0x1F) == page.getpixel((5, 5))  # the band
    assert (200, 30, 30) == page.getpixel((60, 100))  # the logo
    (folder / "templates").mkdir()
    (folder / "templates" / "a4.typ").write_text(
        '#import "parts.typ": *\n'
        "#document-of(for poster in data.posters { sheet(148mm, 210mm, place(center + horizon,"
        " symbol(poster, 90mm))) })\n",
        encoding="utf-8",
    )
    [file] = print_posters(load_campaign(folder), posters, tmp_path / "out")
    with pypdfium2.PdfDocument(file) as document:
        assert 420 == round(document[0].get_size()[0])


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("#nonsense(", "a template of this campaign does not compile: a4.typ:1: unclosed"),
        (
            '#import "parts.typ": *\n#document-of(for p in data.posters '
            "{ sheet(148mm, 210mm, symbol(p, 12mm)) })",
            "telephones need 0.5 mm|reads as nothing",
        ),
        ('#import "parts.typ": *\n#document-of(sheet(9mm, 9mm, []))', "reads as nothing"),
    ],
)
def test_countys_template_is_proved_too(tmp_path: Path, template: str, message: str) -> None:
    """A slip in it is the county's to correct, and no traceback."""
    campaign = load_campaign(own_templates(tmp_path, a4=template))
    posters = plan_posters([campaign.unit("A01")], PUBLIC_URL, KEYS)
    with pytest.raises(Fault, match=message) as caught:
        print_posters(campaign, posters, tmp_path / "out")
    assert "templat" in caught.value.hint or "larger" in caught.value.hint
    assert [] == list((tmp_path / "out").iterdir())


def own_templates(folder: Path, **templates: str) -> Path:
    made = design_campaign(folder)
    (made / "templates").mkdir()
    for name, text in templates.items():
        (made / "templates" / f"{name}.typ").write_text(text, encoding="utf-8")
    return made


@pytest.mark.parametrize(
    ("name", "meant"), [("A4", "a4"), ("Tent", "tent"), ("stickr", "sticker"), ("part", "parts")]
)
def test_template_that_nothing_would_use_is_told(tmp_path: Path, name: str, meant: str) -> None:
    """Else the packaged one is printed, and the county wonders why."""
    [problem] = find_problems(own_templates(tmp_path, **{name: "", "a3": "// the hall's"}))
    assert f"templates/{name}.typ" == problem.file
    assert f"did you mean {meant}.typ?" in problem.remedy


def test_templates_of_its_own_making_may_lie_there(tmp_path: Path) -> None:
    """Named like nothing of ours, or imported; and whatever a Mac or an editor adds."""
    names = {"a4": '#import "parts-own.typ": *', "parts-own": "", "emblem": "", "._a4": ""}
    assert [] == find_problems(own_templates(tmp_path, **names))


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_template_that_is_no_file_is_told(tmp_path: Path) -> None:
    """By check, and by the print when it came later."""
    folder = own_templates(tmp_path)
    campaign = load_campaign(folder)
    posters = plan_posters([campaign.unit("A01")], PUBLIC_URL, KEYS)
    for make, cause in (
        (Path.mkdir, "this is a folder"),
        (lambda path: path.symlink_to("nowhere"), "this link leads nowhere"),
    ):
        path = folder / "templates" / "a4.typ"
        make(path)
        [problem] = find_problems(folder)
        assert ("templates/a4.typ", cause) == (problem.file, problem.cause)
        with pytest.raises(Fault, match=r"^templates/a4\.typ cannot be read"):
            print_posters(campaign, posters, tmp_path / "out")
        path.rmdir() if path.is_dir() else path.unlink()
    editing = folder / "templates" / ".#a4.typ"
    editing.symlink_to("nobody@nowhere")
    assert [] == find_problems(folder)
    with template_folder(campaign) as made:
        assert not (made / editing.name).is_symlink()
    editing.unlink()
    (folder / "templates").rmdir()
    (folder / "templates").write_text("#a4")
    assert ["templates is no folder"] == [problem.cause for problem in find_problems(folder)]


@pytest.mark.parametrize(
    ("slip", "cause"),
    [
        ("#let broken = (", "unclosed delimiter"),
        ('#image("nowhere.png")', "file not found (searched at nowhere.png)"),
        ("#calc.sqrt(none)", "expected integer or float, found none"),
    ],
)
def test_slip_in_what_templates_share_is_told_with_its_line(
    tmp_path: Path, slip: str, cause: str
) -> None:
    """Not with the template that reads it, which is not even the county's."""
    parts = (TEMPLATES / "parts.typ").read_text(encoding="utf-8")
    campaign = load_campaign(own_templates(tmp_path, parts=f"{parts}\n{slip}\n"))
    with pytest.raises(Fault) as caught:
        print_posters(
            campaign, plan_posters([campaign.unit("A01")], PUBLIC_URL, KEYS), tmp_path / "out"
        )
    line = parts.count("\n") + 2
    expected = f"a template of this campaign does not compile: parts.typ:{line}: {cause}"
    assert expected == caught.value.cause


def test_design_is_proved_before_anything_is_printed(tmp_path: Path) -> None:
    """Pale letters, no colour, no logo, a slip of the pen: each with its remedy."""
    folder = design_campaign(tmp_path, grey="#cccccc", deep="blue", logo="none.png", glod="#ffffff")
    causes = " ".join(problem.cause for problem in find_problems(folder))
    for expected in (
        "grey on white has a contrast of 1.6; people need 4.5", "is no colour: 'blue'",
        "no file 'none.png'", "design.glod is not a key we know",
    ):  # fmt: skip
        assert expected in causes


def test_our_own_colours_are_legible() -> None:
    """WCAG 2.2: 4.5 to 1 for every pair; and four inks never drown the paper."""
    assert [] == poor_pairs({})
    assert 21 == round(contrast("#000000", "#ffffff"))
    assert all(sum(shares) <= 300 for shares in INKS.values())
    assert [0, 0, 0, 100] == inks("#000000")
    assert [0, 100, 100, 0] == inks("#ff0000")


def test_finance_point_speaks_of_finance(tmp_path: Path) -> None:
    """融资需求调查点: the same sheet, other words, and a link to the platform."""
    county = make_campaign()
    unit = make_finance_point()
    county = dataclasses.replace(county, units=(*county.units, unit))
    posters = plan_posters([unit], PUBLIC_URL, KEYS)
    [file] = print_posters(county, posters, tmp_path)
    words = words_of(file)
    for expected in ("融资需求调查点", "智慧金融平台", "填写需求", "服务对象：个体工商户"):
        assert expected in words
    for word in ("云闪付", "绑银行卡"):
        assert word not in words
    assert "扫码填融资需求" == texts_for(county, unit)["scan"]


def test_finance_point_without_its_platform_is_a_problem(tmp_path: Path) -> None:
    """It would lead to the page of the other campaign."""
    from factories import UNITS_CSV

    point = "D02,融资需求调查点,东山镇普惠金融服务站,,,,东山镇,甲银行,,,,,\n"
    folder = write_campaign(tmp_path, UNITS_CSV + point)
    [problem] = find_problems(folder)
    assert "a finance survey point leads to the finance platform" in problem.cause
    (folder / "units.csv").write_text(
        UNITS_CSV + point.replace(",,,,,\n", ",,,,download,\n"), encoding="utf-8"
    )
    unit = load_campaign(folder).unit("D02")
    assert ("department", "finance", "A01", "B01") == (
        unit.kind, unit.purpose, unit.area, unit.bank
    )


@pytest.mark.parametrize("row, code", [
    pytest.param("D02,部门,服务站,,,,西河镇,,,,,download,,融资", "line_of_no_unit", id="area"),
    pytest.param("D02,部门,服务站,,,,,D01,,,,download,,融资", "line_of_no_unit", id="bank"),
    pytest.param("D02,部门,服务站,,,,,,一楼,,,download,,融资", "unit_column", id="branch"),
    pytest.param("B03,银行,丁银行,,,,,,,,,download,,融资", "finance_kind", id="kind"),
])
def test_a_survey_point_stands_where_there_is_an_area_and_a_bank(
    tmp_path: Path, row: str, code: str
) -> None:
    """A point that counts for a bank that nobody knows would be missing in its sum."""
    from factories import UNITS_CSV

    units = UNITS_CSV.replace("aliases\n", "aliases,用途\n").replace(",,,\n", ",,,,\n")
    problems = find_problems(write_campaign(tmp_path, f"{units}{row}\n"))
    assert code in {problem.code.value for problem in problems}


def test_a_survey_point_is_no_line_of_its_area(tmp_path: Path) -> None:
    """The area's poster names the banks of Attachment 1, and no other."""
    from factories import UNITS_CSV

    point = "D02,调查点,服务站,,,,西河社区,乙银行,,,,download,\n"
    county = load_campaign(write_campaign(tmp_path, UNITS_CSV + point))
    assert ["N03"] == [line.id for line in county.lines_of("A02")]
    second = standing_words(county, county.unit("A02"))["second"]
    assert "对接银行：甲银行" == second
    assert "对接银行：乙银行" == standing_words(county, county.unit("D02"))["second"]


def test_a_survey_point_without_a_bank_has_those_of_its_area(tmp_path: Path) -> None:
    """Attachment 1 says who docks where; the paper says no less."""
    from factories import UNITS_CSV

    point = "D02,调查点,服务站,,,,东山镇,,,,,download,\nD03,调查点,县中心,,,,,,,,,download,\n"
    county = load_campaign(write_campaign(tmp_path, UNITS_CSV + point))
    assert "对接银行：甲银行、乙银行" == standing_words(county, county.unit("D02"))["second"]
    assert "" == standing_words(county, county.unit("D03"))["second"]


def test_formats_at_the_shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at_the_shell: None
) -> None:
    """Several at once side by side in a folder; a wrong one is exit 2."""
    argv = ["posters", "--units", "A01", "--out", str(tmp_path / "out"), "--format"]
    assert 0 == main([*argv, "svg,png,handover"])
    assert {
        "潋江镇-A01-1.svg", "潋江镇-A01-1.png", "handover-area.pdf", "潋江镇-A01-1-rules.pdf",
    } == {
        file.name for file in (tmp_path / "out").iterdir()
    }
    # As the Chinese keyboard has it, and with a comma too many: as for --units.
    assert 0 == main([*argv, "svg，png, svg,"])
    assert "1 unit as svg, png, rules in" in capsys.readouterr().out
    assert 2 == main([*argv, "，"])
    assert 2 == main([*argv, "a0"])
    assert "there is no format 'a0'" in capsys.readouterr().err
    assert 2 == main([*argv, "screen", "--book", str(tmp_path / "b.pdf")])
    assert 2 == main(["posters", "--units", "A01"])
    assert "nowhere to print to" in capsys.readouterr().err
    assert 0 == main(["posters", "--units", "A01", "--book", str(tmp_path / "b.pdf")])
    assert (tmp_path / "b.pdf").exists()


def test_formats_that_refuse_do_not_keep_the_others_from_being_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at_the_shell: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is told with its reason, and at the end what there is and what not."""
    monkeypatch.setenv("ZHUANMA_PUBLIC_URL", "https://" + "a-very-long-name." * 8 + "gov.cn")
    argv = ["posters", "--units", "A01", "--out", str(tmp_path / "out"), "--format"]
    assert 1 == main([*argv, "svg,contact,png"])
    said = capsys.readouterr()
    assert "" == said.out
    lines = [line for line in said.err.splitlines() if "error" in line]
    assert 3 == len(lines)
    assert lines[0].startswith("qrgen: error: contact: A01-1 needs a symbol of ")
    assert lines[1].startswith("qrgen: error: rules: A01-1 address would come out at ")
    assert "qrgen: error: made: svg, png; not made: contact, rules" == lines[2]
    assert {"潋江镇-A01-1.svg", "潋江镇-A01-1.png"} == {
        file.name for file in (tmp_path / "out").iterdir()
    }


def test_what_every_format_refuses_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at_the_shell: None
) -> None:
    (tmp_path / "file").write_bytes(b"")
    argv = ["posters", "--units", "A01", "--out", str(tmp_path / "file"), "--format"]
    assert 1 == main([*argv, "svg,png"])
    said = capsys.readouterr().err
    assert 1 == said.count("cannot write here")
    assert "qrgen: error: made: no format; not made: svg, png, rules\n" in said
