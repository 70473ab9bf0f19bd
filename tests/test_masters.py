"""Masters: what is set once looks as if it were drawn on every page, and is nobody's own."""
import dataclasses
import shutil
from pathlib import Path

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from factories import (
    CAMPAIGN_TOML,
    CODE_KEY,
    PUBLIC_URL,
    make_campaign,
    make_finance_point,
    write_campaign,
)
from PIL import Image, ImageChops

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

# As an office would get them from a designer. Two shapes that overlap are one grey when they are
# faint together, and three when each is faint for itself.
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">'
SHAPES = '<rect width="200" height="100"/><rect x="100" width="200" height="100"/>'
FAINT = {
    "opacity": f'{SVG}<g opacity="0.5">{SHAPES}</g></svg>',
    "mask": f'{SVG}<mask id="m"><rect width="300" height="100" fill="#888"/></mask>'
    f'<g mask="url(#m)">{SHAPES}</g></svg>',
    "blend": f'{SVG}<g style="isolation:isolate" opacity="0.5"><g style="mix-blend-mode:multiply">'
    f"{SHAPES}</g></g></svg>",
}


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
    print_posters(campaign, posters, None, formats=[name], book=book)
    return book


def places(book: Path) -> bool:
    """Whether any page places another one, a master."""
    with pikepdf.open(book) as pdf:
        return any(
            isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Form"
            for each in pdf.objects
        )


def both_ways(folder: Path, name: str) -> tuple[Path, Path]:
    """Return a book with masters, and one that draws everything where it stands."""
    mastered = book_of(folder, name).rename(folder / "mastered.pdf")
    (folder / "templates").mkdir()  # the county might have its own, which know of no masters
    return mastered, book_of(folder, name)


@pytest.mark.parametrize("name", [name for name, made in FORMATS.items() if made.master])
def test_a_page_looks_the_same_with_masters_and_without(tmp_path: Path, name: str) -> None:
    mastered, drawn = both_ways(write_campaign(tmp_path), name)
    assert places(mastered)
    assert not places(drawn)
    for one, other in zip(pages_of(mastered), pages_of(drawn), strict=True):
        assert furthest(ImageChops.difference(one, other)) <= 2


@pytest.mark.parametrize("name", ["a4", "tent"])
@pytest.mark.parametrize("how", FAINT)
def test_faint_logo_stays_faint_as_a_whole(tmp_path: Path, name: str, how: str) -> None:
    """With a master and without: what is placed as a group must stay one."""
    (tmp_path / "logo.svg").write_text(FAINT[how])
    folder = write_campaign(tmp_path, toml=f'{CAMPAIGN_TOML}\n[design]\nlogo = "logo.svg"\n')
    book = book_of(folder, name)
    x, y, third = (80, 141, 31) if name == "a4" else (753, 591, 25)
    page = pages_of(book)[0]
    row = page.crop((0, y, page.width, y + 1)).tobytes()
    greys = [row[x + step * third] for step in (-1, 0, 1)]
    assert len(set(greys)) == 1, greys
    assert 90 < greys[0] < 200, greys


def test_each_purpose_has_its_own_master(tmp_path: Path) -> None:
    county = make_campaign()
    finance = make_finance_point()
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
