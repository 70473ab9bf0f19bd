"""Masters: what is set once looks as if it were drawn on every page, and is nobody's own."""
import dataclasses
import shutil
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from factories import CAMPAIGN_TOML, CODE_KEY, PUBLIC_URL, make_campaign, make_unit, write_campaign
from PIL import Image, ImageChops, ImageStat

from qrgen.artwork import TEMPLATES
from qrgen.fonts import font_folders
from qrgen.formats import FORMATS
from qrgen.pages import Pages
from qrgen.plan import plan_posters
from qrgen.posters import print_posters
from qrgen.registry import load_campaign
from qrgen.sheets import document
from qrgen.typesetter import Typesetter

KEYS = [CODE_KEY]
PLACED = b"/Subtype/Form"

# As an office would get it from a designer: half transparent, and faded out by a mask.
FAINT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">
<mask id="m"><rect width="300" height="100" fill="#888"/></mask>
<g opacity="0.6"><rect width="300" height="100" fill="red"/></g>
<g mask="url(#m)"><circle cx="200" cy="50" r="45" fill="blue"/></g></svg>"""


def pages_of(file: Path) -> list[Image.Image]:
    drawn = []
    with Pages(file) as pages:
        for number in range(len(pages)):
            page = pages.grey(number)
            height, width = page.shape or (0, 0)
            drawn.append(Image.frombytes("L", (width, height), bytes(page)))
    return drawn


def furthest(difference: Image.Image) -> int:
    """Return by how much the worst pixel differs, of 255."""
    return max(value for value, count in enumerate(difference.histogram()) if count)


def book_of(folder: Path, name: str, count: int = 4) -> Path:
    campaign = load_campaign(folder)
    posters = plan_posters(campaign.units[:count], PUBLIC_URL, KEYS)
    book = folder / f"{name}.pdf"
    print_posters(campaign, posters, None, format_name=name, book=book)
    return book


def both_ways(folder: Path, name: str) -> tuple[Path, Path]:
    """Return a book with masters, and one that draws everything where it stands."""
    mastered = book_of(folder, name).rename(folder / "mastered.pdf")
    (folder / "templates").mkdir()  # the county might have its own, which know of no masters
    return mastered, book_of(folder, name)


@pytest.mark.parametrize("name", [name for name, made in FORMATS.items() if made.master])
def test_a_page_looks_the_same_with_masters_and_without(tmp_path: Path, name: str) -> None:
    mastered, drawn = both_ways(write_campaign(tmp_path), name)
    assert PLACED in mastered.read_bytes()
    assert PLACED not in drawn.read_bytes()
    for one, other in zip(pages_of(mastered), pages_of(drawn), strict=True):
        assert furthest(ImageChops.difference(one, other)) <= 2


def test_transparent_logo_is_as_transparent_in_a_master(tmp_path: Path) -> None:
    """Its groups are needed, so they stay; they put letters a fraction of a pixel elsewhere."""
    (tmp_path / "logo.svg").write_text(FAINT)
    folder = write_campaign(tmp_path, toml=f'{CAMPAIGN_TOML}\n[design]\nlogo = "logo.svg"\n')
    mastered, drawn = both_ways(folder, "a4")
    assert b"/S/Luminosity" in mastered.read_bytes()
    for one, other in zip(pages_of(mastered), pages_of(drawn), strict=True):
        difference = ImageChops.difference(one, other)
        assert furthest(difference.crop((40, 20, 160, 70))) <= 2  # the logo
        assert ImageStat.Stat(difference).mean[0] < 1


def test_each_purpose_has_its_own_master(tmp_path: Path) -> None:
    county = make_campaign()
    finance = make_unit(
        id="D19", kind="department", name="潋江支行融资需求调查点", target=None,
        sector="个体工商户", purpose="finance", mode="redirect", link="platform",
    )  # fmt: skip
    area, line = county.unit("A01"), county.unit("N68")
    county = dataclasses.replace(county, units=(*county.units, finance))
    posters = plan_posters([area, finance, line], PUBLIC_URL, KEYS)
    print_posters(county, posters, None, book=tmp_path / "book.pdf")
    with pypdfium2.PdfDocument(tmp_path / "book.pdf") as book:
        words = [page.get_textpage().get_text_range().replace("\r\n", "") for page in book]
    for text, expected in (
        ("扫码填融资需求", [False, True, False]), ("绑银行卡", [True, False, True])
    ):  # fmt: skip
        assert expected == [text in page for page in words]


def test_a_name_on_everybodys_page_does_not_compile(tmp_path: Path) -> None:
    """A slip in a template of ours must not credit one unit's poster to another by its looks."""
    root = tmp_path / "root"
    shutil.copytree(TEMPLATES, root)
    (root / "a4.typ").write_text(
        '#import "parts.typ": *\n'
        "#let one = (width: 9mm, height: 9mm, draw: poster => text(poster.name))\n"
        "#document-of(master: one, for poster in data.posters {"
        " sheet(9mm, 9mm, from-master(one, poster)) })\n"
    )
    county = make_campaign()
    posters = plan_posters(county.units[:2], PUBLIC_URL, KEYS)
    words = document(county, FORMATS["a4"], posters) | {"symbols": {}}
    for poster in words["posters"]:
        poster["size"] = 33
    folders = [str(folder) for folder in font_folders(county.folder)]
    with pytest.raises(RuntimeError, match="name"):
        Typesetter(root, folders, True, False).set(FORMATS["a4"], words, tmp_path / "a4.pdf")
    Typesetter(root, folders, False, False).set(FORMATS["a4"], words, tmp_path / "a4.pdf")
