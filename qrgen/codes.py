"""
The code on a poster: ``<unit>-<issue>[-<placement>].<mac>``, in the QR alphanumeric set.

It never expires, because paper cannot be refreshed; it is revoked, or issued again under the
next issue number. One code has one text: whoever keys a cache, a limit or a de-duplication on
the text may do so. The stock itsdangerous signer does not promise that (its base64 reader drops
letters it does not know), hence the subclass.
"""
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from itsdangerous import Signer
from itsdangerous.signer import SigningAlgorithm

# Crockford's base32: no I, L, O, U, so that a code can be read out over the telephone.
# https://www.crockford.com/base32.html
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# 80 bits: a guess a millisecond for a century hits with probability 3e-12. A multiple of
# five, so that no letter of the MAC carries unused bits and none can be swapped.
MAC_BITS = 80
MAC_LENGTH = MAC_BITS // 5

# Separates poster codes from everything else these keys might sign. Changing it voids every
# poster already on a wall.
SALT = "qrgen.codes"

_UNIT = f"[{ALPHABET}]{{1,8}}"
_ISSUE = "[1-9][0-9]{0,3}"
_PLACEMENT = f"[{ALPHABET}]{{1,4}}"

# Nothing longer can be a code, so nothing longer is looked at.
MAX_LENGTH = 8 + 1 + 4 + 1 + 4 + 1 + MAC_LENGTH

_unit = re.compile(_UNIT)
_placement = re.compile(_PLACEMENT)
_signed = re.compile(
    rf"({_UNIT})-({_ISSUE})(?:-({_PLACEMENT}))?\.[{ALPHABET}]{{{MAC_LENGTH}}}", re.ASCII
)

# What is left behind a link by whoever wrote it into a sentence or copied it out of one, and
# what WeChat adds when a page is passed on. No code ends so.
_BEHIND = (
    r"[\s\u200b-\u200f\u2060\ufeff"  # blanks, also those without width
    r".,;:!?'\")\]}>*_~/\\"
    # The same in Chinese: 。 ， 、 ； ： ！ ？ ． … ‘ ’ “ ” ） 】 》 〉 」 』 ］ ·
    r"\u3002\uff0c\u3001\uff1b\uff1a\uff01\uff1f\uff0e\u2026\u2018\u2019\u201c\u201d"
    r"\uff09\u3011\u300b\u3009\u300d\u300f\uff3d\u00b7]"
)
_tailed = re.compile(
    rf"([0-9A-Za-z-]+\.[0-9A-Za-z]+)(?:{_BEHIND}+(?:&.*)?|&.*)", re.DOTALL
)
_MOST_TAIL = 200

# What people type or a clerk reads aloud. Applied after upper-casing, and to ASCII only:
# "ı".upper() is "I", and the Turkish letter must stay refused.
_FOLD = str.maketrans("OIL", "011")


class BadCode(ValueError):
    """The text is not a code we signed."""


@dataclass(frozen=True)
class Code:
    """
    What a poster names.

    Args:
        unit: The unit's id, up to 8 letters and digits without I, L, O, U.
        issue: 1 to 9999; a code that was copied or lost is replaced by the next issue.
        placement: Which wall, which member of staff: 1 to 4 letters and digits without
            I, L, O, U; or ``None``.
    """

    unit: str
    issue: int = 1
    placement: str | None = None

    def __post_init__(self) -> None:
        # Checked here, not when signing: what cannot be printed cannot be made.
        if not _unit.fullmatch(self.unit):
            raise ValueError(f"unit id {self.unit!r}: 1 to 8 of {ALPHABET}")
        if not 1 <= self.issue <= 9999:
            raise ValueError(f"issue {self.issue!r}: 1 to 9999")
        if self.placement is not None and not _placement.fullmatch(self.placement):
            raise ValueError(f"placement {self.placement!r}: 1 to 4 of {ALPHABET}")

    @property
    def text(self) -> str:
        """``N07-1`` or ``N07-1-3``: printed under the code, for people."""
        tail = "" if self.placement is None else f"-{self.placement}"
        return f"{self.unit}-{self.issue}{tail}"


def sign_code(code: Code, keys: Sequence[str]) -> str:
    """
    Return the text to print for *code*: ``N07-1.9V3K7Q2M5X8T4B6N``.

    Args:
        keys: Secrets, oldest first; the last one signs.
    """
    return _signer(tuple(keys)).sign(code.text).decode("ascii")


def read_code(text: str, keys: Sequence[str]) -> Code:
    """
    Return the code in *text*, whichever of *keys* signed it.

    Lower case counts as upper case, O as 0, I and L as 1; a full stop, a bracket or a blank
    behind it is passed over (`without_tail`).

    Raises:
        BadCode: None of *keys* signed it. The message is safe to log and never differs.
    """
    try:
        return read_exact(text, keys)
    except BadCode:
        bare = without_tail(text)
        if bare is None:
            raise
    return read_exact(bare, keys)


def without_tail(text: str) -> str | None:
    """Return *text* without what a sentence left behind it; None where there is no such thing."""
    found = _tailed.fullmatch(text) if len(text) <= MAX_LENGTH + _MOST_TAIL else None
    return found[1] if found else None


def read_exact(text: str, keys: Sequence[str]) -> Code:
    """
    Do as `read_code`, and forgive nothing but the letters: no blank and no full-width letter.

    So after that folding exactly one text stands for a code.

    Raises:
        BadCode: None of *keys* signed it. The message is safe to log and never differs.
    """
    if len(text) <= MAX_LENGTH and text.isascii():
        folded = text.upper().translate(_FOLD)
        parts = _signed.fullmatch(folded)
        if parts and _signer(tuple(keys)).validate(folded):
            return Code(parts[1], int(parts[2]), parts[3])
    raise BadCode("not one of our codes")


def is_code_like(text: str) -> bool:
    """Whether *text* is formed like a code, whoever signed it."""
    return text.isascii() and bool(_signed.fullmatch(text.upper().translate(_FOLD)))


def code_url(public_url: str, signed: str) -> str:
    """
    Return what the QR code holds: ``https://host/Q/N07-1.9V3K7Q2M5X8T4B6N``.

    Scheme and host in lower case, for some scanners take ``HTTPS://`` for plain text; the rest
    in upper case, which the QR alphanumeric mode stores in 5.5 bits a letter.
    """
    return f"{public_url.rstrip('/').lower()}/Q/{signed}"


class _CodeSigner(Signer):
    """
    An itsdangerous signer whose MAC is Crockford base32, compared as text.

    Everything else (key list, derivation, ``sign``, ``validate``) is inherited.
    """

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        secret = self.secret_key if secret_key is None else secret_key
        return _derived(secret if isinstance(secret, bytes) else secret.encode())

    def get_signature(self, value: str | bytes) -> bytes:
        return self._mac(self.derive_key(), value)

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        given = sig if isinstance(sig, bytes) else sig.encode()
        # Newest first: most posters on the walls are recent.
        return any(
            hmac.compare_digest(self._mac(self.derive_key(key), value), given)
            for key in reversed(self.secret_keys)
        )

    def _mac(self, key: bytes, value: str | bytes) -> bytes:
        raw = value if isinstance(value, bytes) else value.encode()
        number = int.from_bytes(self.algorithm.get_signature(key, raw)[: MAC_BITS // 8], "big")
        return b"".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


class _Hmac(SigningAlgorithm):
    # The same HMAC as the stock algorithm's, in one call to OpenSSL instead of three: a scan
    # is answered by little more than this.
    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


# Two letters at a time.
_PAIRS = [(a + b).encode("ascii") for a in ALPHABET for b in ALPHABET]
_SHIFTS = tuple(range(MAC_BITS - 10, -1, -10))


@lru_cache(maxsize=64)
def _derived(secret: bytes) -> bytes:
    # What key_derivation="hmac" computes; kept, for a busy service asks thousands of times
    # a second. A test holds it equal to the stock derivation.
    return hmac.digest(secret, SALT.encode("ascii"), "sha256")


@lru_cache(maxsize=16)
def _signer(keys: tuple[str, ...]) -> _CodeSigner:
    if not keys:
        raise ValueError("no key to sign or read codes with")
    # Spelled out because itsdangerous still defaults to SHA-1 and to "django-concat".
    return _CodeSigner(
        list(keys),
        salt=SALT,
        key_derivation="hmac",
        digest_method=hashlib.sha256,
        algorithm=_Hmac(),
    )
