"""
What must hold for that which a county makes its own: colours and pictures.
"""
from collections.abc import Iterator

from qrgen.artwork import PICTURES, SUFFIXES, poor_pairs
from qrgen.campaign import Campaign, Problem
from qrgen.pictures import check_picture
from qrgen.settings_file import Settings
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
                f"there is no file {name!r} in the campaign folder",
                "lay it beside campaign.toml and write its name only",
            )
        elif path.suffix.lower() not in SUFFIXES:
            yield _design(settings, picture, f"{name} is no picture", "SVG, PNG or JPEG")
        else:
            try:
                check_picture(path)
            except Fault as fault:
                yield _design(settings, picture, fault.cause, fault.hint)


def _design(settings: Settings, key: str, cause: str, remedy: str) -> Problem:
    return Problem("campaign.toml", settings.line(f"design.{key}"), cause, remedy)


OWN_RULES = (_colours_legible, _pictures_printable)
