"""
One cleaning of text that somebody typed, copied, or saved from a spreadsheet.

What cannot be seen must not decide: a number copied out of a chat carries marks without width,
a cell a byte order mark, a heading a blank that is none. Files, forms and the API all read
through here, so the same text means the same thing wherever it comes in.

Three strengths, because a name is not a number. `clean` is for names and notes: it takes away
what nobody sees and changes no letter. `fold` is for what is compared (headings, ids, times,
known words): it makes full-width forms plain too, which in a name would turn letters into
others (U+F9D1 into 六, Ⅷ in a name into VIII). `squeeze` and `bare` are for numbers,
passwords, receipts and codes, in which no blank means anything, and `bare` for those copied
out of a sentence with its quotes and its full stop.

Each is idempotent, and none of them shortens: a text that is too long is told, not cut.
"""
import re
import unicodedata
from itertools import groupby

# Format characters (category Cf) and letters that show nothing; not the Arabic and Kaithi
# signs of that category, which are seen. `tests/test_texts.py` compares this with Unicode.
_UNSEEN = (
    "\u00ad\u061c\u115f\u1160\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
    "\U000e01f0-\U000e0fff"
)
# These choose how a letter looks or joins: in a name part of its spelling, elsewhere noise.
_JOINERS = "\u180e\u200c\u200d"
_SELECTORS = "\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Uyghur, Kazakh and Mongolian write with them; between other letters they are strays.
_JOINED = "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc\u1800-\u18af"
# Every blank, line ends included. Other control characters stay, to be refused by who reads.
_BLANKS = "\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"

_unseen = re.compile(f"[{_UNSEEN}]")
_stray = re.compile(f"(?<![{_JOINED}])[{_JOINERS}]|[{_JOINERS}](?![{_JOINED}])")
_marks = re.compile(f"[{_UNSEEN}{_JOINERS}{_SELECTORS}]")
_blanks = re.compile(f"[{_BLANKS}]+")
_line_ends = re.compile("\r\n|[\n\r\v\f\u0085\u2028\u2029]")
# Nothing to do: most cells of a table, and most of what is typed.
_plain = re.compile(r"[!-~]*")

# Around a number or a code in a sentence; full-width ones are plain by then.
_AROUND = ".,;:!?'\"()[]{}<>*_~/\\|`。、·‘’“”【】《》〈〉「」『』〔〕"


def seen(text: str) -> str:
    """Return *text* without the marks that nobody sees; its blanks and letters stay."""
    return text if text.isascii() else _stray.sub("", _unseen.sub("", text))


def clean(text: str) -> str:
    """
    Return *text* without invisible marks, each run of blanks as one space, none at the ends.

    For names, labels and notes of one line. No letter is changed, none becomes another.
    """
    if _plain.fullmatch(text):
        return text
    return _blanks.sub(" ", seen(text)).strip(" ")


def clean_lines(text: str) -> str:
    """Return *text* as `clean` leaves each of its lines; empty ones at the ends go."""
    return "\n".join(clean(line) for line in _line_ends.split(text)).strip("\n")


def fold(text: str) -> str:
    """
    Return *text* in the one form in which it is compared: `clean`, and NFKC.

    Footnote marks, circled and Roman numbers stay what they are: ``1390000000¹`` is no number
    of eleven digits.
    """
    if _plain.fullmatch(text):
        return text
    return _blanks.sub(" ", _normal(_marks.sub("", text))).strip(" ")


def squeeze(text: str) -> str:
    """Return *text* as `fold` does, without any blank."""
    if _plain.fullmatch(text):
        return text
    # Once more, because a blank may have kept two characters apart that are one.
    return _normal(_blanks.sub("", _normal(_marks.sub("", text))))


def bare(text: str) -> str:
    """Return *text* as `squeeze` does, without the brackets, quotes and stops around it."""
    return squeeze(text).strip(_AROUND)


def has_marks(text: str) -> bool:
    """Whether *text* holds anything invisible: two such texts can look the same and differ."""
    return _marks.search(text) is not None


def _normal(text: str) -> str:
    if unicodedata.is_normalized("NFKC", text):
        return text
    return "".join(
        "".join(run) if kept else unicodedata.normalize("NFKC", "".join(run))
        for kept, run in groupby(text, lambda char: unicodedata.category(char) in ("No", "Nl"))
    )
