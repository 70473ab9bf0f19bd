"""
The quick way through a long part of XML, beside the parser that always is right.

Nearly all rows of a workbook are written alike, and one pattern reads such a row in a tenth of
the time that a parser takes for its forty marks. Whatever does not fit the pattern to the letter
is given to the parser, which has seen everything but those rows and so sees a sound page. A
comment or a section of raw text could show a row that is none: where there is one, the parser
reads all the rest.
"""
import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

# What may stand in a text as it is. A carriage return is another letter for the parser.
TEXT = rb"[^<&\x00-\x08\x0b-\x1f]*"
ATTRIBUTES = rb'(?: [A-Za-z_][A-Za-z0-9_.:-]*="[^"<>&\x00-\x1f]*")*'
BLANKS = rb"[ \t\r\n]*"

_DECLARED = re.compile(rb"\s*<\?xml[^<>]*?\?>")
_OTHER_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)

# Takes rows from a place on, and returns where the next begins: the same place if it took none.
Plain = Callable[[bytes, int], int]

# What is looked at at once; whatever is longer the parser reads.
_LONGEST = 1 << 20


def skim(
    blocks: Iterator[bytes], parser: expat.XMLParserType, opening: "re.Pattern[bytes]",
    ending: bytes, plain: Plain, inside: Callable[[], bool],
) -> Iterator[None]:
    """
    Give all *blocks* to *plain* or to *parser*, in order; yield after each.

    Args:
        opening: The tag behind which the rows stand, as it is usually written.
        ending: The end of a row.
        plain: Takes rows that are written as usual.
        inside: Whether the parser stands directly behind *opening* or the end of a row.

    Raises:
        expat.ExpatError: The page is no XML.
    """
    rest = b""
    careful = began = False
    for block in blocks:
        if careful:
            parser.Parse(block)
            yield
            continue
        known = len(rest)
        rest += block
        if not began and (found := opening.search(rest)) is not None:
            at = found.end()
            parser.Parse(rest[:at])
            careful = _is_unusual(rest[:at]) or not inside()
            rest, known, began = rest[at:], 0, True
        if began and not careful:
            # Such a mark may lie across two blocks.
            careful = _has_mark(rest, max(0, known - 1))
            at = 0
            while not careful:
                end = plain(rest, at)
                if end > at:
                    at = end
                    continue
                end = rest.find(ending, at)
                if end < 0:
                    break
                end += len(ending)
                parser.Parse(rest[at:end])
                at = end
                careful = not inside()
            rest = rest[at:]
        if careful or len(rest) > _LONGEST:
            careful = True
            parser.Parse(rest)
            rest = b""
        yield
    parser.Parse(rest, True)
    yield


def _is_unusual(head: bytes) -> bool:
    declared = _DECLARED.match(head)
    if declared and _OTHER_ENCODING.search(declared[0]):
        return True
    return _has_mark(head, declared.end() if declared else 0)


def _has_mark(page: bytes, since: int) -> bool:
    # One letter that is rare is found ten times as fast as two of which one is not.
    return (page.find(b"!", since) >= 0 and page.find(b"<!", since) >= 0) or (
        page.find(b"?", since) >= 0 and page.find(b"<?", since) >= 0
    )
