"""
The token in the address of a resident's page: twenty characters that nobody guesses.

An address is read aloud, shared in a group, kept in a history: so it gives no more than the
page behind it may show to anybody, and never a number or a row's id (ids tell how many
there are, and when). A token is made of what the page is about under a key with a label of its
own, so neither it nor a receipt leads to the other; the ledger keeps a digest of it alone, in
tables that can be erased. Erased, expired and never given are one page.
"""
import hmac
import secrets

# Crockford's base32, as on the posters: nothing that can be mistaken, all of it alphanumeric
# for a QR code, and 100 bits: no limit is needed against guessing.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLD = str.maketrans("OIL", "011")
LENGTH = 20
_LONGEST = 64  # with what a chat hangs on it


class NoPage(Exception):
    """No page has this token, or has it any more."""


class Links:
    """
    Makes and reads the tokens of one campaign's pages.

    Args:
        key: A secret; what is made of it here is under a label of its own.
    """

    def __init__(self, key: str, campaign: str):
        self._key = hmac.digest(key.encode(), b"zhuanma.links", "sha256")
        self._campaign = campaign

    def steps(self, claim: int) -> str:
        """Return the token of the steps of *claim*; the same every time."""
        return self._token("s", str(claim))

    def password(self, person: str, form: str, at: int) -> str:
        """Return the token of the page for the password sent to *person* for *form* at *at*."""
        return self._token("p", person, form, str(at))

    def _token(self, kind: str, *about: str) -> str:
        text = "|".join((kind, self._campaign, *about))
        number = int.from_bytes(hmac.digest(self._key, text.encode(), "sha256")[:13], "big")
        return _written(number)

    def digest_of(self, token: str) -> str:
        """
        Return what the ledger keeps of *token*.

        Raises:
            NoPage: it cannot be one.
        """
        read = read_token(token)
        if read is None:
            raise NoPage
        return hmac.digest(self._key, f"digest|{read}".encode(), "sha256").hex()


def new_token() -> str:
    """Return a token by chance, for what is given out once."""
    return _written(secrets.randbits(5 * LENGTH))


def read_token(text: str) -> str | None:
    """Return *text*, as it came in an address, in its one form; None when it can be no token."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    folded = text.upper().translate(_FOLD)[:LENGTH]
    rest = text[LENGTH:]
    # What a sentence leaves behind an address is no letter of it.
    if len(folded) != LENGTH or any(char not in _ALPHABET for char in folded) or rest.strip(
        ".,;:!?)]}>'\"/ "
    ):
        return None
    return folded


def _written(number: int) -> str:
    return "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(LENGTH))
