"""
What a county may make its own: templates, colours, a logo, a mark in the middle of the code.

All of it lies in the campaign folder. The press is given one folder with the packaged
templates and, over them, the county's of the same names, so that ``templates/a4.typ`` replaces
one format and ``templates/parts.typ`` the look of all.
"""
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from qrgen.campaign import Campaign
from qrgen.fault_codes import Code
from qrgen.pictures import check_picture, save_in_inks
from qrgen.shell import Fault, disk_fault

TEMPLATES = Path(__file__).parent / "templates"

COLOURS = {
    "ink": "#14323f",
    "deep": "#0d4a5a",
    "gold": "#f2c14e",
    "alarm": "#b3261e",
    "soft": "#eef4f5",
    "grey": "#46565c",
}
# Our own colours as a printer mixes them: small type in two inks at most, so that it keeps its
# edges when the plates shift, small print in one. A county's colours are computed by `inks`.
INKS = {
    "ink": [0, 0, 0, 100],
    "deep": [90, 45, 40, 45],
    "gold": [3, 22, 78, 0],
    "alarm": [0, 95, 85, 28],
    "soft": [7, 1, 2, 0],
    "grey": [0, 0, 0, 80],
}
PICTURES = ("logo", "mark")
# In colour, or black on white with rules for an office printer.
LOOKS = ("colour", "plain")
SUFFIXES = (".svg", ".png", ".jpg", ".jpeg")

# Text on ground, as the templates pair them (WCAG 2.2, 1.4.3: 4.5 to 1).
PAIRS = (
    ("white", "deep"), ("gold", "deep"), ("deep", "white"), ("alarm", "white"),
    ("alarm", "soft"), ("grey", "white"), ("grey", "soft"), ("ink", "white"), ("ink", "soft"),
    ("white", "alarm"), ("deep", "soft"),
)  # fmt: skip
CONTRAST = 4.5

_hex = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(text: str) -> bool:
    """``#0d4a5a``."""
    return _hex.fullmatch(text) is not None


def colours_of(design: Mapping[str, str]) -> dict[str, str]:
    """Return the six colours, the county's over ours."""
    return {name: design.get(name, usual) for name, usual in COLOURS.items()}


def inks_of(design: Mapping[str, str]) -> dict[str, list[float]]:
    """Return the six colours as shares of four inks, 0 to 100."""
    return {
        name: list(INKS[name]) if colour == COLOURS[name] else inks(colour)
        for name, colour in colours_of(design).items()
    }


def look_of(design: Mapping[str, str]) -> str:
    """Return which of the `LOOKS`."""
    return design.get("look", LOOKS[0])


def poor_pairs(design: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """Return text, ground and contrast of each pair that is hard to read."""
    colours = {**colours_of(design), "white": "#ffffff"}
    found = []
    for text, ground in PAIRS:
        ratio = contrast(colours[text], colours[ground])
        if ratio < CONTRAST:
            found.append((text, ground, ratio))
    return found


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def inks(colour: str) -> list[float]:
    """
    Return cyan, magenta, yellow and black of *colour*, 0 to 100.

    By the plain formula with black taken out in full: no profile is assumed, the sum of inks
    stays under 300 %, and greys print in black alone.
    """
    red, green, blue = (share / 255 for share in bytes.fromhex(colour[1:]))
    key = 1 - max(red, green, blue)
    if key >= 1:
        return [0, 0, 0, 100]
    return [round(100 * (1 - part - key) / (1 - key), 1) for part in (red, green, blue)] + [
        round(100 * key, 1)
    ]


@contextmanager
def template_folder(campaign: Campaign, print_ready: bool = False) -> Iterator[Path]:
    """
    Give a folder with everything the press may read, gone after the block.

    Raises:
        Fault: A template of the campaign's is no file that can be read; a picture cannot be
            drawn, or not in four inks.
    """
    with tempfile.TemporaryDirectory(prefix="qrgen-") as name:
        folder = Path(name)
        for source in (TEMPLATES, campaign.folder / "templates"):
            if source.is_dir():
                _lay(source, folder)
        for picture in PICTURES:
            if picture in campaign.design:
                source = campaign.folder / campaign.design[picture]
                _take(source, folder / picture_name(campaign, picture, print_ready), print_ready)
        yield folder


def picture_name(campaign: Campaign, picture: str, print_ready: bool) -> str:
    """Return what the templates call the campaign's ``logo`` or ``mark``; empty for none."""
    given = campaign.design.get(picture)
    if given is None:
        return ""
    return f"{picture}-picture" + (".jpg" if print_ready else Path(given).suffix.lower())


def _lay(source: Path, folder: Path) -> None:
    try:
        shutil.copytree(
            source,
            folder,
            dirs_exist_ok=True,
            copy_function=shutil.copyfile,
            # Emacs keeps a link to nowhere beside a file that is being edited.
            ignore=shutil.ignore_patterns(".*"),
        )
    except shutil.Error as error:
        if disk_fault(error):
            raise  # not the template's fault
        what, _, why = error.args[0][0]
        file = Path(what).relative_to(source)
        raise Fault(Code.TEMPLATE_UNREADABLE, file=file, why=why) from None


def _take(source: Path, target: Path, print_ready: bool) -> None:
    if print_ready:
        save_in_inks(source, target)
    else:
        check_picture(source)  # again: since the campaign was read it may have been changed
        shutil.copyfile(source, target)


def _luminance(colour: str) -> float:
    parts = [share / 255 for share in bytes.fromhex(colour[1:])]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
