"""
What is told of an order as a whole: the ticket for the print shop, and how many of what a unit
gets.

A shop that is given files alone asks for paper, number and finish by telephone, and is told from
memory. So a zip has a sheet that says them, of what is in it and in the words of the campaign; of
the files it claims what was checked and nothing else.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qrgen.breaks import line_choices
from qrgen.campaign import KINDS, Campaign
from qrgen.formats import Format
from qrgen.places import find_place
from qrgen.plan import Poster
from qrgen.sheets import Job, together
from qrgen.shop import BLEED_MM, CONDITION, CUT_INK

TICKET_NAME = "印刷工单.pdf"


@dataclass(frozen=True)
class Handed:
    """
    What is printed for the posters of a run.

    Args:
        kinds: The formats.
        copies: How many of each sheet, by format.
        print_ready: As for a print shop.
        outline: Text as outlines.
        files: How many there are, by format.
        given_out: The formats that a unit gets, printed in other runs too.
    """

    kinds: Sequence[Format]
    copies: Mapping[str, int]
    print_ready: bool
    outline: bool
    files: Mapping[str, int]
    given_out: Sequence[Format]


def ticket_job(posters: Sequence[Poster]) -> Job:
    """Return the job that makes the ticket."""
    return Job(TICKET_NAME, tuple(posters))


def beside(archive: Path) -> Path | None:
    """Return where the ticket lies beside *archive*: nowhere, if that will be no file."""
    if archive.is_dir():
        return None  # which is refused with its name
    place = find_place(archive).file
    return place.with_name(f"{place.stem}-{TICKET_NAME}") if place is not None else None


def for_shop(kinds: Sequence[Format]) -> list[Format]:
    """Return those of *kinds* that are printed on paper and handed out."""
    return [kind for kind in kinds if kind.trim_mm is not None and not kind.of_office]


def ticket_words(
    campaign: Campaign, handed: Handed, posters: Sequence[Poster], lines: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Return what the templates of the ticket and of the list to sign read besides the posters.

    Args:
        lines: Where texts may be broken (`sheets.document`), to which ours are added.
    """
    texts = campaign.texts
    things = "、".join(
        f"{texts[f'format_{kind.name}']}×{handed.copies[kind.name]}"
        for kind in for_shop(handed.given_out)
    )
    by_kind = {
        texts[f"kind_{kind}"]: sum(poster.unit.kind == kind for poster in posters)
        for kind in KINDS
    }
    return {
        "handed": things,
        "lines": {**lines, things: line_choices(things)},
        "units": [[name, count] for name, count in by_kind.items() if count],
        "count": len(posters),
        "ready": handed.print_ready,
        "outlined": handed.outline,
        "bleed": BLEED_MM,
        "condition": CONDITION,
        "cut_ink": CUT_INK,
        "rows": [
            {
                "format": texts[f"format_{kind.name}"],
                "file": f"*{kind.tag}.pdf" if not kind.per_page else f"{kind.name}-*.pdf",
                "size": list(kind.trim_mm or ()),
                "files": handed.files[kind.name],
                "pages": pages_of(kind, posters),
                "copies": handed.copies[kind.name],
                "paper": texts[f"paper_{kind.name}"],
                "finish": texts[f"finish_{kind.name}"],
            }
            for kind in for_shop(handed.kinds)
        ],
    }


def pages_of(kind: Format, posters: Sequence[Poster]) -> int:
    """Return how many pages the files of *kind* have together."""
    if not kind.per_page:
        return len(posters)
    return sum(-(-len(some) // kind.per_page) for _, some in together(posters, kind))
