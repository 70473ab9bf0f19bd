"""
What the pages of a book are called: in a reader's list of bookmarks, and as page numbers.

A print shop asks for "page 93" and a township for its own; so each page has the code that stands on
it for a number, and its unit stands in the list, under its kind and, where a book holds several
formats, under the format.
"""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qrgen.campaign import Campaign
from qrgen.formats import Format
from qrgen.sheets import Job


@dataclass(frozen=True)
class Leaf:
    """
    A page.

    Args:
        label: Takes the place of its number.
        title: In the list of bookmarks.
        under: The headings it stands under there, outermost first.
        copies: How many times the page stands in the book, one after the other.
    """

    label: str
    title: str
    under: tuple[str, ...] = ()
    copies: int = 1


def leaves_of(
    campaign: Campaign, kind: Format, jobs: Sequence[Job], copies: int, *, of_several: bool
) -> Iterator[list[Leaf]]:
    """Yield the pages of each of *jobs*, the parts of a book; of several formats, each is named."""
    format_word = campaign.texts[f"format_{kind.name}"]
    above = (format_word,) if of_several else ()
    many = len({poster.unit.kind for job in jobs for poster in job.posters}) > 1
    for job in jobs:
        kinds = [campaign.texts[f"kind_{poster.unit.kind}"] for poster in job.posters]
        if kind.per_page:
            count = -(-len(job.posters) // kind.per_page)
            what = format_word if kind.mixed else kinds[0]
            yield [
                Leaf(f"{what} {page}", f"{what} {page}/{count}", above, copies)
                for page in range(1, count + 1)
            ]
            continue
        yield [
            Leaf(
                f"{poster.code.text} {format_word}" if of_several else poster.code.text,
                "　".join(filter(None, (poster.code.text, poster.unit.name, poster.label))),
                (*above, word) if many else above, copies,
            )
            for poster, word in zip(job.posters, kinds, strict=True)
        ]
