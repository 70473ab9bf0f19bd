"""
Sealing a secret that must be read again: it lies in the ledger, its key does not.

A password is kept as a digest, of no use to whoever finds a copy of the ledger. The secret of
an authenticator app is not: lying there in the open it makes every code to come. Nor are the
address of a group's robot and somebody's mailbox. So they are sealed (Fernet: AES-128 and
HMAC-SHA256) under a key in `keys/second.keys`, each for its purpose: what was sealed for one is
nothing to the other.
"""
import base64
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

# Before what is sealed; base32, in which secrets lay open before, has no colon.
_MARK = "sealed:"


SECOND_STEP = "second step"
NOTICES = "notices"


class NotOurs(ValueError):
    """Sealed under another key, or damaged."""


def seal(text: str, keys: Sequence[str], purpose: str = SECOND_STEP) -> str:
    """
    Return *text* sealed.

    Args:
        keys: Secrets, oldest first; the last one seals.
    """
    return _MARK + _locks(keys, purpose)[-1].encrypt(text.encode()).decode("ascii")


def is_sealed(text: str) -> bool:
    """Whether *text* came from `seal`."""
    return text.startswith(_MARK)


def unseal(sealed: str, keys: Sequence[str], purpose: str = SECOND_STEP) -> str:
    """
    Return what was sealed, under whichever of *keys*.

    Raises:
        NotOurs: under none of them. The message is safe to log.
    """
    from cryptography.fernet import InvalidToken, MultiFernet

    if keys:
        try:
            return MultiFernet(_locks(keys, purpose)).decrypt(sealed.removeprefix(_MARK)).decode()
        except InvalidToken:
            pass
    raise NotOurs("sealed under a key that is not here")


def is_newest(sealed: str, keys: Sequence[str], purpose: str = SECOND_STEP) -> bool:
    """Whether the last of *keys* sealed it."""
    try:
        unseal(sealed, keys[-1:], purpose)
    except NotOurs:
        return False
    return True


def _locks(keys: Sequence[str], purpose: str) -> "list[Fernet]":
    # Imported here: it takes 70 ms, which no scan and no other command should wait for.
    from cryptography.fernet import Fernet

    # A digest, because Fernet wants 32 bytes and our key files hold longer texts by chance.
    return [
        Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}:{key}".encode()).digest()))
        for key in keys
    ]
