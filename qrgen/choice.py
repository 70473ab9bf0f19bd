"""
Which posters the options of ``qrgen`` choose, and how many of each.
"""
import argparse
from collections.abc import Iterable, Mapping, Sequence

from qrgen.campaign import KINDS, Campaign, Unit
from qrgen.fault_codes import Code
from qrgen.formats import FORMATS, with_rules
from qrgen.plan import Poster, plan_placements, plan_posters
from qrgen.shell import USAGE_AT_FAULT, Fault

# More of one sheet nobody hangs up; a slip of the finger does.
MOST_COPIES = 10_000


def words_of(text: str) -> list[str]:
    """Return what stands between commas, full-width ones too, each once."""
    words = (word.strip() for word in text.replace("，", ",").split(","))
    return list(dict.fromkeys(word for word in words if word))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the options by which units and places are chosen."""
    parser.add_argument("--units", metavar="A01,N07,…", help="these units only")
    parser.add_argument("--kind", choices=KINDS, help="units of this kind only")
    parser.add_argument(
        "--area", metavar="A07,…", help="these townships and their branches, by id or name"
    )
    parser.add_argument("--bank", metavar="B03,…", help="these banks and their branches")
    parser.add_argument(
        "--placements", action="store_true",
        help="a code for each wall or member of staff in the campaign's placements.csv",
    )  # fmt: skip
    parser.add_argument(
        "--place", metavar="WORD,…",
        help="of the placements those with this number, or this in their label",
    )  # fmt: skip


def planned(
    campaign: Campaign, options: argparse.Namespace, url: str, keys: Sequence[str]
) -> list[Poster]:
    """
    Return the posters that *options* choose, in the registry's order.

    Raises:
        Fault: A unit that is named is unknown; nothing is left; there are no placements.
    """
    chosen = _chosen(campaign, options)
    if not options.placements and options.place is None:
        return plan_posters(chosen, url, keys)
    if not campaign.placements:
        raise Fault(Code.NO_PLACEMENTS, folder=campaign.folder)
    posters = plan_placements(campaign, chosen, url, keys)
    if options.place is not None:
        places = words_of(options.place)
        posters = [
            poster for poster in posters
            if any(word == poster.code.placement or word in poster.label for word in places)
        ]
        if not posters:
            raise Fault(Code.NOTHING_CHOSEN, status=USAGE_AT_FAULT)
    return posters


def copies_of(text: str | None, formats: Iterable[str]) -> dict[str, int]:
    """
    Return how many copies of each of *formats* ``3`` or ``a4=2,sticker=5`` asks for.

    Raises:
        Fault: It is no number, or of a format that is not made.
    """
    copies = dict.fromkeys(formats, 1)
    for word in words_of(text or ""):
        name, equals, number = word.replace("＝", "=").rpartition("=")
        name = name.strip()
        if not number.strip().isdecimal() or not 1 <= int(number) <= MOST_COPIES:
            raise Fault(Code.COPIES_NO_NUMBER, status=USAGE_AT_FAULT, most=MOST_COPIES)
        if equals and name not in copies:
            raise Fault(
                Code.FORMAT_UNKNOWN, status=USAGE_AT_FAULT, format=name, formats=list(copies)
            )
        copies.update({name: int(number)} if equals else dict.fromkeys(copies, int(number)))
    return copies


def formats_of(text: str) -> list[str]:
    """
    Return the names of the formats in *text*, ``all`` being each.

    Raises:
        Fault: One is unknown, or there is none.
    """
    formats = words_of(text)
    if formats == ["all"]:
        return list(FORMATS)
    if unknown := [name for name in formats or [""] if name not in FORMATS]:
        raise Fault(
            Code.FORMAT_UNKNOWN, status=USAGE_AT_FAULT, format=unknown[0], formats=list(FORMATS)
        )
    return with_rules(formats)


def _chosen(campaign: Campaign, options: argparse.Namespace) -> list[Unit]:
    """Return the units that all options together leave, in the registry's order."""
    chosen = list(campaign.units)
    if options.units is not None:
        by_id = {unit.id: unit for unit in campaign.units}
        asked = _known(campaign, "--units", options.units.upper(), by_id)
        chosen = [unit for unit in chosen if unit in asked]
    if options.kind is not None:
        chosen = [unit for unit in chosen if unit.kind == options.kind]
    if options.area is not None:
        ids = _ids(campaign, options.area, "area")
        chosen = [unit for unit in chosen if unit.id in ids or unit.area in ids]
    if options.bank is not None:
        ids = _ids(campaign, options.bank, "bank")
        chosen = [unit for unit in chosen if unit.id in ids or unit.bank in ids]
    if not chosen:
        raise Fault(Code.NOTHING_CHOSEN, status=USAGE_AT_FAULT)
    return chosen


def _ids(campaign: Campaign, text: str, kind: str) -> set[str]:
    of_kind = [unit for unit in campaign.units if unit.kind == kind]
    by_word = {word: unit for unit in of_kind for word in (unit.id, unit.id.lower(), unit.name)}
    return {unit.id for unit in _known(campaign, f"--{kind}", text, by_word)}


def _known(
    campaign: Campaign, option: str, text: str, by_word: Mapping[str, Unit]
) -> list[Unit]:
    asked = words_of(text)
    if unknown := [word for word in asked if word not in by_word]:
        if not campaign.units:
            raise Fault(Code.NO_UNITS, status=USAGE_AT_FAULT, option=option, units=unknown)
        example = next(iter(by_word.values()), campaign.units[0]).id
        raise Fault(
            Code.UNITS_UNKNOWN, status=USAGE_AT_FAULT, option=option, units=unknown,
            example=example,
        )
    return [by_word[word] for word in asked]
