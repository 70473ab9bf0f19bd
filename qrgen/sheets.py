"""
Which files a run makes, whose codes are in each, and what its template reads.
"""
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qrgen.artwork import colours_of, inks_of, look_of, picture_name
from qrgen.breaks import line_choices
from qrgen.campaign import KINDS, Campaign
from qrgen.fonts import font_families
from qrgen.formats import Format
from qrgen.plan import Poster
from qrgen.words import poster_words

# Texts that may take more than a line.
_WRAPPED = (
    "headline", "fraud", "steps_title", "scan", "scan_why", "ready", "ask", "decline",
    *(f"step_{number}{part}" for number in range(1, 5) for part in ("", "_note", "_how", "_done")),
    *(f"trouble_{number}" for number in range(1, 4)),
)  # fmt: skip

# What begins so is said on lists, the job ticket and the rules alone.
_OF_OFFICE = ("format_", "paper_", "finish_", "ticket_", "rules_", "column_")

# The same, of one format alone.
_WRAPPED_ON = {
    "rules": tuple(f"rules_{of}" for of in ("colour_1", "shape_1", "file_1", "test_1", "test_2")),
}


@dataclass(frozen=True)
class Job:
    """A file to make, and whose codes are in it."""

    name: str
    posters: tuple[Poster, ...]


def single_files(posters: Sequence[Poster], kind: Format) -> list[Job]:
    """Return a file for each poster, or for each kind of unit where a sheet holds many."""
    if not kind.per_page:
        return [
            Job(f"{poster.file_name}{kind.tag}{kind.suffix}", (poster,)) for poster in posters
        ]
    # Very many units are cut into files of some hundred.
    size = max(kind.per_page * 10, 80)
    size -= size % kind.per_page
    jobs = []
    for group, some in together(posters, kind):
        for at in range(0, len(some), size):
            number = f"-{at // size + 1}" if len(some) > size else ""
            name = f"{kind.name}{group}{number}{kind.suffix}"
            jobs.append(Job(name, tuple(some[at : at + size])))
    return jobs


def together(posters: Sequence[Poster], kind: Format) -> list[tuple[str, list[Poster]]]:
    """Return what a file's name says of the posters in it, and those, for sheets of many."""
    if kind.mixed:
        return [("", list(posters))]
    return [
        (f"-{unit_kind}", [poster for poster in posters if poster.unit.kind == unit_kind])
        for unit_kind in KINDS
    ]


def book_parts(posters: Sequence[Poster], kind: Format) -> list[Job]:
    """
    Return the parts a book is joined from, none longer than a child of the press can hold.

    How many there are depends on the posters alone, for the same book must be the same bytes
    on any machine.
    """
    if kind.per_page:
        return [
            Job(f"book-{kind.name}-{at:06}.pdf", job.posters)
            for at, job in enumerate(single_files(posters, kind))
        ]
    # A part has its own fonts, and joining takes as long as twenty pages: one, if one child alone
    # may hold what two usually do.
    alone = len(posters) <= 2 * kind.at_once
    count = 1 if alone else -(-len(posters) // kind.at_once)
    size = -(-len(posters) // count)
    return [
        Job(f"book-{kind.name}-{at:06}.pdf", tuple(posters[at : at + size]))
        for at in range(0, len(posters), size)
    ]


def document(
    campaign: Campaign, kind: Format, posters: Sequence[Poster], print_ready: bool = False,
    further_families: Sequence[str] = (),
) -> dict[str, Any]:
    """
    Return what ``parts.typ`` reads; the press adds each poster's symbol.

    Args:
        further_families: Fonts to try after the campaign's and ours.
    """
    words = [{**poster_words(campaign, poster), "url": poster.url} for poster in posters]
    # Those of a purpose are the same for hundreds of posters; parts.typ gives them to each, and
    # typst hashes them at each call.
    texts = {
        poster["purpose"]: {
            key: text for key, text in poster["texts"].items()
            if kind.of_office or not key.startswith(_OF_OFFICE)
        }
        for poster in words
    }
    unit_kinds = dict.fromkeys(poster.unit.kind for poster in posters)
    return {
        **about(campaign, posters),
        "families": (*font_families(campaign.folder), *further_families),
        "colours": (inks_of if print_ready else colours_of)(campaign.design),
        "look": look_of(campaign.design),
        "least": kind.least_pt,
        "print": print_ready,
        "kind": kind.name,
        "logo": picture_name(campaign, "logo", print_ready) or None,
        "mark": picture_name(campaign, "mark", print_ready) or None,
        "symbol_mm": kind.symbol_mm,
        "per_page": kind.per_page,
        "group": "、".join(campaign.texts[f"kind_{unit_kind}"] for unit_kind in unit_kinds),
        "lines": {
            text: line_choices(text)
            for text in dict.fromkeys(
                text for poster in words
                for text in _long_texts(poster, _WRAPPED_ON.get(kind.name, ()))
            )
        },
        "texts": texts,
        "posters": [
            {word: poster[word] for word in poster if word != "texts"} for poster in words
        ],
    }


def _long_texts(words: dict[str, Any], further: Sequence[str]) -> tuple[str, ...]:
    """Return the texts that may need more than a line, as the templates put them together."""
    name, second, label = words["name"], words["second"], words["label"]
    return (
        name, second, label, words["whose"], words["full"],
        f"{words['full']}　{label}" if label else "",
        *(words["texts"][key] for key in (*_WRAPPED, *further)),
    )  # fmt: skip


def about(campaign: Campaign, posters: Sequence[Poster]) -> dict[str, Any]:
    """Return what a file says about itself."""
    label = campaign.texts["code_label"]
    if len(posters) == 1:
        poster = posters[0]
        found: dict[str, Any] = {
            "title": f"{poster.unit.name} {label} {poster.code.text}",
            "description": poster.url,
            "keywords": [poster.unit.id, poster.code.text, poster.signed],
        }
    else:
        found = {
            "title": f"{campaign.short_title} {label}",
            "description": f"{posters[0].code.text} … {posters[-1].code.text}",
            "keywords": [poster.code.text for poster in posters],
        }
    if campaign.stamp:
        found["description"] += f" · {campaign.stamp}"
        found["keywords"] = [*found["keywords"], campaign.stamp]
    return {**found, "author": campaign.issuer, "revision": campaign.stamp}
