"""A county's own texts, as long as `qrgen check` lets them be: small, but side by side."""
import dataclasses
from itertools import combinations
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from factories import CAMPAIGN_TOML, CODE_KEY, PUBLIC_URL, make_campaign, write_campaign

from qrgen.artwork import template_folder
from qrgen.breaks import text_width
from qrgen.campaign import Campaign
from qrgen.fonts import font_folders
from qrgen.formats import FORMATS
from qrgen.plan import Poster, plan_posters
from qrgen.printer import Printer
from qrgen.registry import find_problems
from qrgen.sheets import document

Box = tuple[float, float, float, float]

HOTLINE = "0797-5322222、0797-5323333（工作日8:30至17:30）"
LABEL = "政务服务大厅一楼东侧综合窗口三号自助机旁"


def lengthened(text: str) -> str:
    """Return *text* over and over, as long as the rule allows."""
    most, at = max(12.0, 2 * text_width(text)), 0
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


@pytest.mark.parametrize("name", [name for name, kind in FORMATS.items() if kind.drawn])
@pytest.mark.parametrize("demo", [False, True])
def test_longest_texts_lie_side_by_side(tmp_path: Path, name: str, demo: bool) -> None:
    usual = make_campaign()
    own = dataclasses.replace(
        usual, demo=demo, hotline=HOTLINE,
        # Not the ribbon, whose letters stand askew and fill their boxes with nothing.
        texts={key: lengthened(text) for key, text in usual.texts.items()} | {"demo": "　"},
    )
    [poster] = plan_posters([own.unit("N68")], PUBLIC_URL, [CODE_KEY])
    posters = [dataclasses.replace(poster, label=LABEL), poster]
    set_alone(own, name, posters if FORMATS[name].per_page else posters[:1], tmp_path / "one.pdf")
    (wide, high), letters = letters_of(tmp_path / "one.pdf")
    assert len(letters) > 80
    for left, bottom, right, top in letters:
        assert 0 <= left < right <= wide and 0 <= bottom < top <= high
    if name == "sticker":  # the others are the same picture
        letters = [box for box in letters if box[2] < wide * 0.27 and box[1] > high * 0.78]
    assert [] == [pair for pair in combinations(letters, 2) if overlap(*pair)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f'scan = "{"扫" * 15}"', "texts.scan is 15 letters wide, printed matter has room for 14"),
        ('scan = "第一行\\n第二行"', "texts.scan holds a line break or the like"),
    ],
)
def test_texts_too_long_or_of_two_lines_are_told(tmp_path: Path, line: str, told: str) -> None:
    folder = write_campaign(tmp_path, toml=f"{CAMPAIGN_TOML}\n[texts]\n{line}\n")
    [problem] = find_problems(folder)
    assert (told, len(CAMPAIGN_TOML.splitlines()) + 3) == (problem.cause, problem.line)
