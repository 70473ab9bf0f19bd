"""
Time-based codes of an authenticator app (RFC 6238): six digits, HMAC-SHA-1, thirty seconds each.

Pure arithmetic: that one code opens the door once is kept in `signing_in`.
"""
import base64
import hmac
import secrets
import struct

from attribution.rule.instants import SECOND, Instant
from qrgen.texts import bare

_STEP_S = 30


def code(secret: str, now: Instant) -> str:
    """Return the six digits of RFC 6238 for the base32 *secret* at *now*."""
    counter = struct.pack(">Q", now // SECOND // _STEP_S)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"


def new_secret() -> str:
    """Return a new secret for an authenticator app: 160 bits in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def fits(secret: str, digits: str, now: Instant) -> bool:
    """Whether *digits* are right now, one step ago or one ahead (clocks differ)."""
    near = (now - _STEP_S * SECOND, now, now + _STEP_S * SECOND)
    told = bare(digits).encode()
    return any(hmac.compare_digest(code(secret, at).encode(), told) for at in near)
