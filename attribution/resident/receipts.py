"""
A receipt: ten characters with which somebody sees, withdraws or erases their claim.

It needs no message and no account, so it works where one-time passwords are off. The
ledger keeps a digest only: who reads the database cannot withdraw anybody's claim.
It proves one claim and no more. The claim may name a number that is not its holder's,
so nothing else about the number is shown for it (web/public/my_claim.py).
"""
import hmac
import re

from qrgen.registry import Campaign
from qrgen.texts import bare

# Crockford's base32, as on the posters: nothing that can be mistaken.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLD = str.maketrans("OILU", "011V")
_LONGEST = 500  # characters typed, marks and all
LENGTH = 10  # 50 bits: at the limit of tries, a thousand years for one hit


def receipt_of(campaign: Campaign, claim: int, key: str) -> str:
    """Return the receipt of *claim*, such as ``7K3F9-Q2M5X``; the same every time."""
    mac = hmac.digest(key.encode(), f"receipt|{campaign.id}|{claim}".encode(), "sha256")
    number = int.from_bytes(mac[:8], "big")
    text = "".join(_ALPHABET[number >> (5 * place) & 31] for place in range(LENGTH))
    return f"{text[:5]}-{text[5:]}"


def read_receipt(text: str) -> str | None:
    """Return *text*, as typed by hand, in its one form; None when it cannot be a receipt."""
    if len(text) > _LONGEST:
        return None
    # Folded after upper-casing, and ASCII only: "ı".upper() is "I", and no letter of ours.
    plain = re.sub(r"[\-‐‑‒–—―−.]+", "", bare(text))
    folded = plain.upper().translate(_FOLD) if plain.isascii() else ""
    if len(folded) != LENGTH or any(char not in _ALPHABET for char in folded):
        return None
    return f"{folded[:5]}-{folded[5:]}"


def digest_of(receipt: str, key: str) -> str:
    """Return what the ledger keeps of *receipt*."""
    return hmac.digest(key.encode(), f"receipt-digest|{receipt}".encode(), "sha256").hex()
