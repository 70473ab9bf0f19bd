"""
What can be printed: each format, its sheet, its symbol, and how many codes a page must hold.

A format is a template of the same name in ``templates`` and a line here. What a finished file
must show when it is read back follows from this table alone, never from the template.
"""
from collections.abc import Sequence
from dataclasses import dataclass

# A mark of five modules leaves 76 % of the error correction at level Q's version 4, grade A,
# whatever is drawn in it. Seven, for a county's emblem, cost a reader two to six of a hundred worn
# codes (docs/posters.md).
MARK_MODULES = 5

# The words of a poster (`words.poster_words`) that all units of a purpose share.
COMMON_WORDS = (
    "purpose", "campaign", "document", "period", "issuer", "hotline", "address", "demo",
)  # fmt: skip


@dataclass(frozen=True)
class Format:
    """
    A kind of printed matter.

    Args:
        name: Also the template's, where there is one.
        symbol_mm: Width of the symbol without its quiet zone; 0 where paper has no say.
        least_pt: No letter that is read on the wall comes out smaller; what would is refused.
        copies: How many times a unit's code stands on its page.
        per_page: Units on one page of a sheet that holds many; 0 for one unit a file.
        mixed: Units of all kinds share such a sheet; else each kind begins a file of its own.
        mark: Modules left blank in the middle for the unit's id or a mark of the county's.
        codes: Whether it shows codes at all.
        drawn: Whether a template draws it; the bare symbol is drawn by us.
        ppi: Pixels an inch, for pictures.
        at_once: Pages that a child process of the press sets before it ends; bounds its memory.
        master: The words of a poster that decide what stands on its master page (see
            `typesetter`); ``code`` makes it the poster's own, without it all with the same words
            share one. None: there are no masters.
        largest_bytes: A file larger than this is refused; 0 for no limit.
        of_office: Stays in the office, and is not handed out for a wall.
        trim_mm: Width and height of the paper once it is cut; none for pictures.
        about: For ``--help``.
    """

    name: str
    about: str
    suffix: str = ".pdf"
    symbol_mm: float = 0
    least_pt: float = 0
    copies: int = 1
    per_page: int = 0
    mixed: bool = False
    mark: int = MARK_MODULES
    codes: bool = True
    drawn: bool = True
    ppi: float | None = None
    at_once: int = 80
    master: tuple[str, ...] = ()
    largest_bytes: int = 0
    trim_mm: tuple[int, int] | None = (210, 297)
    of_office: bool = False

    @property
    def tag(self) -> str:
        """What tells its files from another format's in the same folder."""
        return "" if self.name in ("a4", "svg", "png") else f"-{self.name}"

    def codes_by_page(self, urls: Sequence[str]) -> list[list[str]]:
        """Return the codes that each page of a file with these must hold."""
        if not self.per_page:
            return [[url] * self.copies for url in urls]
        return [
            list(urls[at : at + self.per_page]) if self.codes else []
            for at in range(0, len(urls), self.per_page)
        ]


FORMATS = {
    made.name: made
    for made in (
        Format("a4", "wall poster", symbol_mm=122, least_pt=11.5, master=("purpose", "size")),
        Format(
            "a3", "wall poster for a hall",
            symbol_mm=172.5, least_pt=11.5, master=("purpose", "size"),  # as on A4
            trim_mm=(297, 420),
        ),
        Format("tent", "table sign, folded and glued", symbol_mm=72, least_pt=8.5, copies=2),
        Format(
            "howto", "the four steps as pictures, for a counter", symbol_mm=50, least_pt=16
        ),
        Format(
            "badge", "worn by staff, 90 by 130 mm",
            symbol_mm=48, least_pt=7, trim_mm=(90, 130),
        ),
        Format(
            "badges", "the same, four on an A4 sheet",
            symbol_mm=48, least_pt=7, per_page=4, mixed=True,
        ),
        Format(
            "sticker", "sixteen stickers on an A4 sheet",
            symbol_mm=34, least_pt=6.5, copies=16, at_once=48,
            master=("code",),
        ),
        Format(
            "sticker80", "one sticker, 80 mm square",
            symbol_mm=44, least_pt=6.5, trim_mm=(80, 80),
        ),
        Format(
            "screen", "1920x1080 picture for a display", ".png", least_pt=24, ppi=72,
            trim_mm=None,
        ),
        Format(
            "share", "1080 wide picture for a WeChat group", ".png",
            least_pt=24, ppi=72, largest_bytes=500_000, trim_mm=None,
        ),
        Format(
            "contact", "all codes of a kind on A4 sheets",
            symbol_mm=26, per_page=30, mark=0, of_office=True,
        ),
        Format(
            "handover", "list to sign when handing out", per_page=20, codes=False, of_office=True,
        ),
        Format(
            "rules", "how to use the bare symbol in one's own artwork; comes with svg and png",
            symbol_mm=60, least_pt=10, mark=0, of_office=True,
        ),
        Format(
            "svg", "the bare symbol, for artwork of one's own", ".svg", mark=0, drawn=False,
            trim_mm=None,
        ),
        Format(
            "png", "the bare symbol as a picture", ".png", mark=0, drawn=False, trim_mm=None,
        ),
    )
}


def with_rules(formats: Sequence[str]) -> list[str]:
    """Return *formats*, with a bare symbol the sheet of rules for artwork of one's own."""
    bare = any(not FORMATS[name].drawn for name in formats)
    return [*formats, "rules"] if bare and "rules" not in formats else list(formats)


# What a print shop is given with the files: paper, sizes, numbers. Nobody asks for it by name.
TICKET = Format("ticket", "job ticket", per_page=1_000_000, codes=False, of_office=True)


def format_named(name: str) -> Format:
    """Return a format, or the job ticket."""
    return TICKET if name == TICKET.name else FORMATS[name]
