"""
Slogans for electronic displays: what each says, how long it may be, what cards can show.

The document asks for slogans on electronic screens (兴府办字〔2022〕81号, 二). A line that scrolls
is read in passing: twenty characters at most, and nothing that the campaign forbids. Control cards
hold the letters of GB 2312; a line with another one comes as a picture as well (`led`).
"""
from dataclasses import dataclass

from qrgen.campaign import Campaign
from qrgen.fault_codes import Code
from qrgen.shell import Fault

# Read in passing; the longest of a screen of 320 points.
LONGEST = 20
KEYS = tuple(f"slogan_{n}" for n in range(1, 7))


@dataclass(frozen=True)
class Slogan:
    """
    One line.

    Args:
        beyond_gb2312: Letters that a control card with a GB 2312 font lacks.
    """

    key: str
    text: str
    beyond_gb2312: str = ""


def slogans_of(campaign: Campaign, forbidden: tuple[str, ...] = ()) -> list[Slogan]:
    """
    Return the slogans of *campaign*, those that say something.

    Raises:
        Fault: one is longer than LONGEST or says what is forbidden; its text is the campaign's.
    """
    made = []
    for key in KEYS:
        text = campaign.texts.get(key, "").strip()
        if not text:
            continue
        if len(text) > LONGEST:
            raise Fault(Code.SLOGAN_LONG, key=f"texts.{key}", count=len(text), most=LONGEST)
        for word in forbidden:
            if word in text:
                raise Fault(Code.KEY_SAYS, key=f"texts.{key}", word=word)
        made.append(Slogan(key, text, "".join(letter for letter in text if not _in_gb2312(letter))))
    return made


def text_file(slogans: list[Slogan], encoding: str) -> bytes:
    """
    Return *slogans* one a line with CRLF, for the programs that fill screens.

    Args:
        encoding: ``utf-8-sig`` or ``gb18030``; both hold every letter.
    """
    return "".join(f"{slogan.text}\r\n" for slogan in slogans).encode(encoding)


def _in_gb2312(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
