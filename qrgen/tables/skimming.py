"""
The quick way through a long part of XML, beside the parser that always is right.

Nearly all rows of a workbook are written alike, and one pattern reads such a row in a tenth of
the time that a parser takes for its forty marks. Whatever does not fit the pattern to the letter
is given to the parser, which has seen everything but those rows and so sees a sound page. A
comment, a section of raw text or another namespace could hide a row from the parser, or show
one that is none: where there is any, the parser reads all the rest.
"""
import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

# What may stand in a text as it is. A carriage return is another letter for the parser.
TEXT = rb"[^<&\x00-\x08\x0b-\x1f]*"
# Attributes, but for such as a tag that closes itself could have.
ATTRIBUTES = rb"[^<>&/\x00-\x1f]*"

_UNUSUAL = re.compile(rb"<[!?]|xmlns")
_DECLARED = re.compile(rb"\s*<\?xml[^<>]*?\?>")
_OTHER_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)

# What is looked at at once; whatever is longer the parser reads.
_LONGEST = 1 << 20


def skim(
    blocks: Iterator[bytes], parser: expat.XMLParserType, opening: bytes, closing: bytes,
    plain: "re.Pattern[bytes]", inside: Callable[[], bool],
) -> Iterator["re.Match[bytes] | None"]:
    """
    Yield what *plain* matches, in order, and None whenever *parser* was given a piece.

    Args:
        opening: The tag behind which the rows stand, as it is usually written.
        closing: The end of a row.
        plain: A whole row as it is usually written.
        inside: Whether the parser stands directly behind *opening* or the end of a row.

    Raises:
        expat.ExpatError: The page is no XML.
    """
    rest = b""
    careful = began = False
    for block in blocks:
        if careful:
            parser.Parse(block)
            yield None
            continue
        known = len(rest)
        rest += block
        if not began:
            at = rest.find(opening)
            if at >= 0:
                at += len(opening)
                careful = _is_unusual(rest[:at])
                parser.Parse(rest[:at])
                yield None
                rest, known, began = rest[at:], 0, True
                careful = careful or not inside()
        if began and not careful:
            # A mark of two letters may lie across two blocks, and xmlns across six.
            careful = _UNUSUAL.search(rest, max(0, known - 5)) is not None
            at = 0
            while not careful:
                if found := plain.match(rest, at):
                    yield found
                    at = found.end()
                    continue
                end = rest.find(closing, at)
                if end < 0:
                    break
                end += len(closing)
                parser.Parse(rest[at:end])
                yield None
                at = end
                careful = not inside()
            rest = rest[at:]
        if careful or len(rest) > _LONGEST:
            careful = True
            parser.Parse(rest)
            yield None
            rest = b""
    parser.Parse(rest, True)
    yield None


def _is_unusual(head: bytes) -> bool:
    declared = _DECLARED.match(head)
    if declared and _OTHER_ENCODING.search(declared[0]):
        return True
    return re.search(rb"<[!?]", head[declared.end() if declared else 0:]) is not None
