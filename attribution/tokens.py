"""
The one-time token of a claim form: which scan it belongs to, and which code.

It makes the claim prove that a code was really opened, binds the form to that
code, and is spent with the claim. It carries no person and needs no cookie.
"""
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer

from attribution.instants import SECOND, Instant
from qrgen.codes import Code

SALT = "attribution.form"


class BadToken(Exception):
    """The token is not ours, or too old."""


@dataclass(frozen=True)
class Form:
    """A claim form that was handed out: *scan* is the id of the scan's row."""

    scan: int
    at: Instant
    code: Code


class FormTokens:
    """
    Signs and reads form tokens.

    Args:
        keys: Secrets, oldest first; the last one signs.
    """

    def __init__(self, keys: Sequence[str], max_age_s: int):
        self._signer = Signer(
            list(keys), salt=SALT, sep=".", key_derivation="hmac", digest_method=hashlib.sha256
        )
        self._max_age = max_age_s * SECOND

    def issue(self, form: Form) -> str:
        code = form.code
        # ":" is in no code and no number, so the parts stay apart.
        text = f"{form.scan:x}:{form.at:x}:{code.unit}:{code.issue}:{code.placement or ''}"
        return self._signer.sign(text).decode("ascii")

    def read(self, token: str, now: Instant) -> Form:
        """
        Return the form behind *token*.

        Raises:
            BadToken: not ours, or older than the maximum age.
        """
        try:
            text = self._signer.unsign(token[:512]).decode("ascii")
        except (BadSignature, UnicodeError):
            raise BadToken from None
        scan, at, unit, issue, placement = text.split(":")
        form = Form(int(scan, 16), int(at, 16), Code(unit, int(issue), placement or None))
        if now - form.at > self._max_age:
            raise BadToken
        return form
