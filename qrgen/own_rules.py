"""
What must hold for that which a county makes its own: colours, pictures, fonts, templates.
"""
from collections.abc import Iterator
from pathlib import Path

from qrgen.artwork import PICTURES, SUFFIXES, TEMPLATES, poor_pairs
from qrgen.campaign import Campaign, Problem
from qrgen.fonts import unreadable_fonts
from qrgen.pictures import check_picture
from qrgen.settings_file import Settings, nearest
from qrgen.shapes import word_or_shape
from qrgen.shell import Fault


def _colours_legible(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for text, ground, ratio in poor_pairs(campaign.design):
        yield _design(
            settings,
            text if text in campaign.design else ground,
            f"{text} on {ground} has a contrast of {ratio:.1f}; people need 4.5",
            "make the darker colour darker, or the lighter one lighter",
        )


def _pictures_printable(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for picture in PICTURES:
        name = campaign.design.get(picture)
        if name is None:
            continue
        path = campaign.folder / name
        if "/" in name or "\\" in name or not path.is_file():
            yield _design(
                settings,
                picture,
                f"there is no file {word_or_shape(name)} in the campaign folder",
                "lay it beside campaign.toml and write its name only",
            )
        elif path.suffix.lower() not in SUFFIXES:
            yield _design(settings, picture, f"{name} is no picture", "SVG, PNG or JPEG")
        else:
            try:
                check_picture(path)
            except Fault as fault:
                yield _design(settings, picture, fault.cause, fault.hint)


def _fonts_readable(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    yield from _is_folder(campaign, "fonts")
    for name, why in unreadable_fonts(campaign.folder):
        yield Problem(
            f"fonts/{name}",
            1,
            f"this font cannot be read: {why}",
            "copy the font again (.ttf, .otf or .ttc), or delete the file",
        )


def _templates_used(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    yield from _is_folder(campaign, "templates")
    ours = {path.name for path in TEMPLATES.iterdir()}
    own = sorted((campaign.folder / "templates").glob("[!.]*"))
    for path in own:
        where = f"templates/{path.name}"
        if not path.exists():
            yield Problem(where, 1, "this link leads nowhere", "lay the file itself there")
        elif path.is_dir() and path.name in ours:
            yield Problem(where, 1, "this is a folder", "a template is a file: move it up")
        elif path.is_file() and path.suffix.lower() == ".typ" and path.name not in ours:
            near = nearest(path.stem.lower(), [Path(name).stem for name in ours])
            if near and not _imported(path, own):
                yield Problem(
                    where,
                    1,
                    "no format is called that, and no template imports it",
                    f"did you mean {near}.typ? Else import it, or delete it",
                )


def _imported(template: Path, among: list[Path]) -> bool:
    return any(
        template.name.encode() in path.read_bytes()
        for path in among
        if path != template and path.suffix == ".typ" and path.is_file()
    )


def _is_folder(campaign: Campaign, name: str) -> Iterator[Problem]:
    path = campaign.folder / name
    # A link that leads nowhere does not exist, but whoever laid it there counts on it.
    if (path.exists() or path.is_symlink()) and not path.is_dir():
        yield Problem(
            name, 1, f"{name} is no folder", f"make a folder {name} and lay the files into it"
        )


def _design(settings: Settings, key: str, cause: str, remedy: str) -> Problem:
    return Problem("campaign.toml", settings.line(f"design.{key}"), cause, remedy)


OWN_RULES = (_colours_legible, _pictures_printable, _fonts_readable, _templates_used)
