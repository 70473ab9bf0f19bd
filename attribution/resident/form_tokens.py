"""
The one-time token of a claim form: which scan it belongs to, and which code.

It makes the claim prove that a code was really opened, binds the form to that
code, and is spent with the claim. It carries no person and needs no cookie.
"""
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import HMACAlgorithm

from attribution.rule.instants import SECOND, Instant
from qrgen.codes import Code

SALT = "attribution.form"


class BadToken(Exception):
    """
    The token is not ours, or too old.

    Args:
        code: Of a form of ours that is too old: whose page may be opened anew.
    """

    def __init__(self, code: Code | None = None):
        super().__init__("not a form of ours")
        self.code = code


@dataclass(frozen=True)
class Form:
    """
    A claim form that was handed out.

    Args:
        scan: The id of the scan's row.
        turn: Which of the pages that rest on that row (`crowds`); 0 for the scan's own.
    """

    scan: int
    at: Instant
    code: Code
    turn: int = 0

    @property
    def key(self) -> str:
        """What is spent with the claim: another for every page that was handed out."""
        return f"{self.scan:x}.{self.turn:x}" if self.turn else f"{self.scan:x}"


class FormTokens:
    """
    Signs and reads form tokens.

    Args:
        keys: Secrets, oldest first; the last one signs.
    """

    def __init__(self, keys: Sequence[str], max_age_s: int):
        self._signer = _Signer(
            list(keys), salt=SALT, sep=".", key_derivation="hmac", digest_method=hashlib.sha256,
            algorithm=_Prepared(hashlib.sha256),
        )
        self._max_age = max_age_s * SECOND

    def issue(self, form: Form) -> str:
        code = form.code
        # ":" is in no code and no number, so the parts stay apart.
        text = f"{form.scan:x}:{form.at:x}:{code.unit}:{code.issue}:{code.placement or ''}"
        if form.turn:
            text = f"{text}:{form.turn:x}"
        return self._signer.sign(text).decode("ascii")

    def read(self, token: str, now: Instant) -> Form:
        """
        Return the form behind *token*.

        Raises:
            BadToken: not ours, or older than the maximum age.
        """
        form = self.read_late(token)
        if now - form.at > self._max_age:
            raise BadToken(form.code)
        return form

    def read_late(self, token: str) -> Form:
        """
        Return the form behind *token*, however old: to answer again what was sent before.

        Raises:
            BadToken: not ours.
        """
        try:
            text = self._signer.unsign(token[:512]).decode("ascii")
        except (BadSignature, UnicodeError):
            raise BadToken from None
        scan, at, unit, issue, placement, *turn = text.split(":")
        return Form(
            int(scan, 16), int(at, 16), Code(unit, int(issue), placement or None),
            int(turn[0], 16) if turn else 0,
        )


class _Prepared(HMACAlgorithm):
    """The same HMAC from a prepared key: setting one up costs more than the signing."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        signature = _prepared(key).copy()
        signature.update(value)
        return signature.digest()


@lru_cache(maxsize=16)
def _prepared(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=hashlib.sha256)


class _Signer(Signer):
    """Derives each key once: a scan spent a fifth of its time on doing it anew."""

    @lru_cache(maxsize=16)  # noqa: B019
    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return super().derive_key(secret_key)
