"""
A phone number becomes a person: a keyed digest, and the last four digits for talk.

The number itself is never stored. Eleven digits are so few that a plain hash is
undone in an hour on one core; only the secret key protects
them, and the digest stays personal information (PIPL 73) until it is destroyed.
"""
import hashlib
import hmac
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from attribution.faults import Code
from qrgen.faults import Fault
from qrgen.shapes import shape_of
from qrgen.texts import bare

# ASCII digits only: \d would also take Arabic-Indic ones.
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FILLING = re.compile(r"[\-‐‑‒–—―−()·]+")
_PREFIX = re.compile(r"(?:tel:)?(?:(?:\+|00|\+00)?86)?\.?", re.IGNORECASE)
# The only points inside a number: ``1390000000.1`` is a spreadsheet's, and nobody's number.
_POINTED = re.compile(r"(1[3-9][0-9])\.([0-9]{4})\.([0-9]{4})")

# Far more than a number in all its dress; refused, not cut: what is behind may be digits.
_LONGEST = 500

# What a file may give of a number, from best to worst, and how a number is written there.
Grade = Literal["number", "hash", "masked"]
GRADES: tuple[Grade, ...] = ("number", "hash", "masked")
_MASK = re.compile(r"1[3-9][0-9]\*{4}[0-9]{4}")
_HASH = re.compile(r"[0-9a-f]{64}")

DIGESTS = ("sha256", "sm3")

# How the pepper begins that stands where one was destroyed: nobody is named under it.
NOBODY = "ended-"


class BadPhone(ValueError):
    """Not a Chinese mobile number. ``digits`` is how many digits were typed."""

    def __init__(self, digits: int):
        super().__init__("not a mobile number")
        self.digits = digits


@dataclass(frozen=True)
class Person:
    """
    Who someone is to the ledger: *digest* (hex) and *last4*.

    Args:
        head: The first three digits as `seal_head` keeps them; None where nobody asked.
        aliases: Under what else the platform may speak of them (`aliases_of`).
    """

    digest: str
    last4: str
    head: int | None = None
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Recipe:
    """
    How the platform hashes a number: *name* of DIGESTS over the digits and its *salt*, UTF-8.

    Args:
        salt_first: The salt stands before the digits; else behind them.
    """

    name: str
    salt: str
    salt_first: bool = False

    def of(self, number: str) -> str:
        """Return the hash of eleven digits, in lower hexadecimal."""
        text = self.salt + number if self.salt_first else number + self.salt
        return hashlib.new(self.name, text.encode()).hexdigest()


def normalise_phone(text: str) -> str:
    """
    Return the 11 digits in *text*, however they are dressed.

    Full width, invisible marks, blanks, hyphens, brackets, a stop behind and +86 change
    nothing; a letter, a digit too many or a footnote's do.

    Raises:
        BadPhone: it is not ``1[3-9]`` and nine digits. The message holds no digit of it.
    """
    if is_number(text):
        return text
    if len(text) > _LONGEST:
        raise BadPhone(sum(map(str.isdigit, text)))
    plain = _FILLING.sub("", bare(text))
    start = _PREFIX.match(plain)
    rest = plain[start.end() :] if start else plain
    rest = _POINTED.sub(r"\1\2\3", rest)
    if not _MOBILE.fullmatch(rest):
        raise BadPhone(sum(char.isdigit() for char in plain))
    return rest


def is_number(text: str) -> bool:
    """Whether *text* is eleven digits of a mobile number and nothing else."""
    return _MOBILE.fullmatch(text) is not None


def grade_of(text: str) -> Grade | None:
    """
    Return what *text* is of a number; None where it is nothing of one.

    Eleven digits, 138****1234, or a hash in lower hexadecimal; as files write these,
    `facts.identities` makes them so.
    """
    if is_number(text):
        return "number"
    if _MASK.fullmatch(text):
        return "masked"
    return "hash" if _HASH.fullmatch(text) else None


def check_digest(name: str) -> None:
    """
    Raise ValueError where *name* cannot be computed here; asked once at start.

    SM3 (GB/T 32905) comes with OpenSSL 3, which not every Python is built on.
    """
    if name not in DIGESTS:
        raise ValueError(f"digest must be one of {', '.join(DIGESTS)}, not {shape_of(name)}")
    try:
        hashlib.new(name)
    except ValueError:
        raise ValueError(f"this Python's OpenSSL does not offer {name}") from None


def identify(phone: str, pepper: str, digest: str = "sha256") -> Person:
    """
    Return the person behind *phone* (as typed) under the campaign's *pepper*.

    Raises:
        BadPhone: see `normalise_phone`.
        Fault: see `identifier`.
    """
    return Person(*identifier(pepper, digest)(normalise_phone(phone)))


class Identifier:
    """
    Makes (digest, last4) of a number of eleven digits: for many numbers.

    Of a masked or hashed one (`grade_of`) it makes what `aliases_of` makes of its number; a
    hash has no last4. The key is what keeps them: a bare hash is as good as the number.
    """

    # The country code keeps the text unambiguous should other numbers follow.
    _SPACES: Final = {11: b"86|", 64: b"hash|"}

    def __init__(self, pepper: str, digest: str):
        self._pepper = pepper
        self._key = pepper.encode()
        self._digest = digest
        # HMAC (RFC 2104) hashes the key anew for each message, unless both of its hashes are
        # kept as they are behind the key: half of the time.
        hashed = hashlib.new(digest)
        key = self._key
        if len(key) > hashed.block_size:
            key = hashlib.new(digest, key).digest()
        key = key.ljust(hashed.block_size, b"\0")
        self._inner = hashlib.new(digest, bytes(byte ^ 0x36 for byte in key) + b"86|")
        self._outer = hashlib.new(digest, bytes(byte ^ 0x5C for byte in key))

    def __call__(self, text: str) -> tuple[str, str]:
        space = b"masked|" if text[3] == "*" else self._SPACES[len(text)]
        last4 = text[-4:] if len(text) == 11 else ""
        return hmac.digest(self._key, space + text.encode(), self._digest).hex(), last4

    def many(self, numbers: Iterable[str]) -> list[str]:
        """Return the digests of *numbers*, each eleven digits."""
        digests: list[str] = []
        begun, ended = self._inner.copy, self._outer.copy
        for number in numbers:
            inner = begun()
            inner.update(number.encode())
            outer = ended()
            outer.update(inner.digest())
            digests.append(outer.hexdigest())
        return digests

    def head_of(self, person: str, sealed: int) -> str:
        """Return the first three digits of *person*, as `seal_head` kept them."""
        return open_head(sealed, person, self._pepper)


def identifier(pepper: str, digest: str) -> Identifier:
    """
    Return what names people under *pepper*.

    Raises:
        Fault: the pepper was destroyed at the end of the campaign.
    """
    if pepper.startswith(NOBODY):
        raise Fault(Code.PEOPLE_GONE)
    return Identifier(pepper, digest)


def aliases_of(
    phone: str, identify: Identifier, grades: Collection[str], recipe: Recipe | None
) -> tuple[tuple[str, str], ...]:
    """
    Return under what else of *grades* the platform may speak of *phone* (as typed).

    Raises:
        BadPhone: see `normalise_phone`.
    """
    number = normalise_phone(phone)
    found: list[tuple[str, str]] = []
    if "hash" in grades and recipe is not None:
        found.append(("hash", identify(recipe.of(number))[0]))
    if "masked" in grades:
        found.append(("masked", identify(mask_of(number[:3], number[-4:]))[0]))
    return tuple(found)


def mask_of(head: str, last4: str) -> str:
    """Return the masked number with these digits."""
    return f"{head}****{last4}"


# All that a mobile number can begin with: 130 to 199.
_HEADS = 70


def seal_head(phone: str, person: str, pepper: str) -> int:
    """
    Return the first three digits of *phone* (as typed) under a pad of *person*'s own.

    The pad comes from the pepper, which is in no database and no backup: to whoever takes
    these, the number is as hidden as before, and it goes when the pepper is destroyed or
    the person's digest is forgotten.

    Raises:
        BadPhone: see `normalise_phone`.
    """
    return (int(normalise_phone(phone)[:3]) - 130 + _pad(person, pepper)) % _HEADS


def open_head(sealed: int, person: str, pepper: str) -> str:
    """Return the three digits behind *sealed*; undoes `seal_head`."""
    return str((sealed - _pad(person, pepper)) % _HEADS + 130)


def _pad(person: str, pepper: str) -> int:
    mac = hmac.digest(pepper.encode(), b"head|" + person.encode(), "sha256")
    return int.from_bytes(mac[:8], "big") % _HEADS


# Beginnings that carriers have been given; longer ones first given in part.
_USUAL = re.compile(
    r"1(?:3[0-9]|4[57]|5[0-35-9]|6[2567]|66|7[0-35-8]|740[0-5]|8[0-9]|9[0-35-9])"
)


def is_usual(phone: str) -> bool:
    """
    Whether *phone* (as typed, a mobile number) begins as numbers in use do.

    A hint to look again and no more: new beginnings are given out before lists know them.
    """
    return _USUAL.match(normalise_phone(phone)) is not None
