"""A county's own texts, as long as `qrgen check` lets them be: small, but side by side."""
import dataclasses
import math
import re
from itertools import combinations
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2_raw as pdfium  # type: ignore[import-untyped]
import pytest
from factories import CAMPAIGN_TOML, CODE_KEY, PUBLIC_URL, make_campaign, write_campaign

from qrgen.artwork import template_folder
from qrgen.breaks import text_width
from qrgen.campaign import Campaign
from qrgen.fault_codes import Code
from qrgen.fonts import font_folders
from qrgen.formats import FORMATS
from qrgen.plan import Poster, plan_posters
from qrgen.printer import Printer
from qrgen.registry import find_problems
from qrgen.sheets import document
from qrgen.shell import Fault

Box = tuple[float, float, float, float]

HOTLINE = "0797-5322222、0797-5323333（工作日8:30至17:30）"
LABEL = "政务服务大厅一楼东侧综合窗口三号自助机旁"


def lengthened(text: str, share: float = 2) -> str:
    """Return *text* over and over, as long as the rule allows, or *share* times as long."""
    most, at = share * text_width(text), 0
    if share == 2:
        most = max(12.0, most)
    longer = text
    while text_width(longer + text[at % len(text)]) <= most:
        longer += text[at % len(text)]
        at += 1
    return longer


def letters_of(file: Path) -> tuple[tuple[float, float], list[Box]]:
    """Return the first page's size, and each letter's left, bottom, right and top."""
    with pypdfium2.PdfDocument(file) as pdf:
        page = pdf[0]
        text = page.get_textpage()
        boxes = [text.get_charbox(at) for at in range(text.count_chars())]
        return page.get_size(), [box for box in boxes if box[2] > box[0] and box[3] > box[1]]


def overlap(one: Box, other: Box) -> bool:
    """Tell whether the letters touch; a comma may hang below its neighbour's slope."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return min(across, down) > 0.06 * max(one[3] - one[1], other[3] - other[1])


def set_alone(campaign: Campaign, name: str, posters: list[Poster], file: Path) -> None:
    """Set a format as a PDF, a picture too, so that its letters can be asked for."""
    kind = FORMATS[name]
    with template_folder(campaign) as root:
        order = {
            "format": name, "root": str(root), "fonts": [str(path) for path in font_folders()],
            "print": False, "outline": False, "verify": False, "own_templates": False,
            "helper": False,
        }  # fmt: skip
        Printer(order).make(file, document(campaign, kind, posters))


def with_long_texts(share: float, demo: bool) -> Campaign:
    usual = make_campaign()
    return dataclasses.replace(
        usual, demo=demo, hotline=HOTLINE,
        # Not the ribbon, whose letters stand askew and fill their boxes with nothing.
        texts={key: lengthened(text, share) for key, text in usual.texts.items()}
        | {"demo": "　"},
    )


def set_one(own: Campaign, name: str, label: str, file: Path) -> None:
    [poster] = plan_posters([own.unit("N68")], PUBLIC_URL, [CODE_KEY])
    posters = [dataclasses.replace(poster, label=label), poster]
    set_alone(own, name, posters if FORMATS[name].per_page else posters[:1], file)


def check_letters(name: str, file: Path) -> None:
    """Nothing runs over the paper, and no letter into another."""
    (wide, high), letters = letters_of(file)
    assert len(letters) > 80
    for left, bottom, right, top in letters:
        assert 0 <= left < right <= wide and 0 <= bottom < top <= high
    if name == "sticker":  # the others are the same picture
        letters = [box for box in letters if box[2] < wide * 0.27 and box[1] > high * 0.74]
    assert [] == [pair for pair in combinations(letters, 2) if overlap(*pair)]


def sizes_of(file: Path) -> list[float]:
    """Return the size of each letter as it is drawn, in points."""
    with pypdfium2.PdfDocument(file) as pdf:
        text = pdf[0].get_textpage()
        sizes = []
        for at in range(text.count_chars()):
            box = text.get_charbox(at)
            if box[2] > box[0]:
                matrix = pdfium.FS_MATRIX()
                pdfium.FPDFText_GetMatrix(text.raw, at, matrix)
                scale = math.hypot(matrix.c, matrix.d)
                sizes.append(pdfium.FPDFText_GetFontSize(text.raw, at) * scale)
        return sizes


DRAWN = [name for name, kind in FORMATS.items() if kind.drawn]


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("demo", [False, True])
def test_texts_a_fifth_longer_fit_every_format(tmp_path: Path, name: str, demo: bool) -> None:
    """With the longest branch, a long place and a telephone: nothing overlaps."""
    file = tmp_path / "one.pdf"
    set_one(with_long_texts(1.2, demo), name, LABEL[:12], file)
    check_letters(name, file)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("demo", [False, True])
def test_longest_texts_lie_side_by_side_or_are_refused_by_name(
    tmp_path: Path, name: str, demo: bool
) -> None:
    """Twice as long as ours, as `qrgen check` lets them be: never too small to be read."""
    file = tmp_path / "one.pdf"
    try:
        set_one(with_long_texts(2, demo), name, LABEL, file)
    except Fault as fault:
        assert Code.TEXT_TOO_SMALL is fault.code
        assert name == fault.data["format"]
        named = r"^(texts\.|N68-1 |hotline|short_title|.*_label|issuer)"
        assert re.search(named, fault.data["what"])
    else:
        check_letters(name, file)


@pytest.mark.parametrize("name", [name for name in DRAWN if FORMATS[name].least_pt])
@pytest.mark.parametrize("unit", ["N68", "A19", "D12", "B04"])
def test_no_letter_is_smaller_than_the_format_allows(
    tmp_path: Path, name: str, unit: str
) -> None:
    """But the id in the middle of the code, which belongs to the symbol."""
    county = make_campaign()
    [poster] = plan_posters([county.unit(unit)], PUBLIC_URL, [CODE_KEY])
    file = tmp_path / "one.pdf"
    set_alone(county, name, [poster], file)
    # What labels a number, an address or a letter to glue is four fifths of it.
    least = 0.78 * FORMATS[name].least_pt * (2**0.5 if name == "a3" else 1)
    sizes = sorted(sizes_of(file))
    per_code = len(poster.unit.id) * FORMATS[name].copies
    small = [size for size in sizes if size < least]
    assert len(small) <= per_code


def test_a_name_that_would_be_tiny_is_refused_with_what_to_shorten(tmp_path: Path) -> None:
    """Twenty-eight letters on a sticker once came out at 4.4 points."""
    county = make_campaign()
    long = dataclasses.replace(county.unit("D12"), name="兴国县农业农村和乡村振兴局" * 4)
    own = dataclasses.replace(county, units=(*county.units[:-1], long))
    [poster] = plan_posters([long], PUBLIC_URL, [CODE_KEY])
    with pytest.raises(Fault, match=r"^sticker: D12-1 name would come out at [1-5]\.\d pt") as told:
        set_alone(own, "sticker", [poster], tmp_path / "one.pdf")
    assert "say it shorter" in told.value.hint


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f'scan = "{"扫" * 20}"', "texts.scan is 20 letters wide, printed matter has room for 19"),
        ('scan = "第一行\\n第二行"', "texts.scan holds a line break or the like"),
    ],
)
def test_texts_too_long_or_of_two_lines_are_told(tmp_path: Path, line: str, told: str) -> None:
    folder = write_campaign(tmp_path, toml=f"{CAMPAIGN_TOML}\n[texts]\n{line}\n")
    [problem] = find_problems(folder)
    assert (told, len(CAMPAIGN_TOML.splitlines()) + 3) == (problem.cause, problem.line)
