"""
What must hold for that which a county makes its own: colours, pictures, fonts, templates.
"""
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qrgen.artwork import PICTURES, SUFFIXES, TEMPLATES, poor_pairs
from qrgen.campaign import Campaign, Problem
from qrgen.fault_codes import Code
from qrgen.faults import FaultCode
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
            Code.POOR_CONTRAST,
            text=text, ground=ground, ratio=ratio,
        )


def _pictures_printable(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    for picture in PICTURES:
        name = campaign.design.get(picture)
        if name is None:
            continue
        path = campaign.folder / name
        if "/" in name or "\\" in name or not path.is_file():
            shown = word_or_shape(name)
            yield _design(settings, picture, Code.PICTURE_MISSING, name=shown)
        elif path.suffix.lower() not in SUFFIXES:
            yield _design(settings, picture, Code.NO_PICTURE, name=name)
        else:
            try:
                check_picture(path)
            except Fault as fault:
                yield _design(settings, picture, fault.code, **fault.data)


def _fonts_readable(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    yield from _is_folder(campaign, "fonts")
    for name, why in unreadable_fonts(campaign.folder):
        yield Problem(Code.FONT_UNREADABLE, f"fonts/{name}", 1, why=why)


def _templates_used(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    yield from _is_folder(campaign, "templates")
    ours = {path.name for path in TEMPLATES.iterdir()}
    own = sorted((campaign.folder / "templates").glob("[!.]*"))
    for path in own:
        where = f"templates/{path.name}"
        if not path.exists():
            yield Problem(Code.DEAD_LINK, where, 1)
        elif path.is_dir() and path.name in ours:
            yield Problem(Code.TEMPLATE_IS_FOLDER, where, 1)
        elif path.is_file() and path.suffix.lower() == ".typ" and path.name not in ours:
            near = nearest(path.stem.lower(), [Path(name).stem for name in ours])
            if near and not _imported(path, own):
                yield Problem(Code.TEMPLATE_UNUSED, where, 1, near=near)


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
        yield Problem(Code.NO_FOLDER, name, 1, name=name)


def _design(settings: Settings, key: str, code: FaultCode, /, **data: Any) -> Problem:
    return Problem(code, "campaign.toml", settings.line(f"design.{key}"), **data)


OWN_RULES = (_colours_legible, _pictures_printable, _fonts_readable, _templates_used)
