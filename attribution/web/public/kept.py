"""
What a resident's own browser keeps: its receipts, what it proved, and a number mistyped.

Receipts stay until the campaign is settled, in the signed cookie and nowhere else: the page's
address carries no right, so whoever it is shared with has none. A number that was typed wrongly
waits ten minutes in a cookie that only the form's pages see, so that one digit can be mended
instead of eleven typed again; it is in no address and no table of ours.
"""
from collections.abc import Collection
from dataclasses import dataclass

from flask import current_app, request, session
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from attribution.web.current import service

# What the session of a browser holds.
DECLINED = "declined"  # unit ids whose form this person did not want, newest last
MADE = "made"  # claims this browser made: [[claim, unit, receipt, earlier, was], …], newest last
PROVED = "proved"  # claims whose number was proved in this browser
MINE = "mine"  # what proves whose /my it is, and until when

# Claims of one browser that it can show receipts of.
MOST_MADE = 5

# How long a receipt typed, or a number proved, opens /my.
MINE_S = 900

TYPED_S = 600
_TYPED_PATH = "/form"
_LONGEST = 40  # of a typed number that is given back; a number in all its dress is shorter


@dataclass(frozen=True)
class OwnClaim:
    """
    A claim that this browser made: for *unit*, with its *receipt*, in place of *earlier*.

    Args:
        was: The unproved claim that it proves, whose address this browser still has; 0 for none.
    """

    claim: int
    unit: str
    receipt: str
    earlier: str = ""
    was: int = 0

    @property
    def row(self) -> list[int | str]:
        """What the session keeps; of the same length for every claim that is not proved."""
        row: list[int | str] = [self.claim, self.unit, self.receipt, self.earlier]
        return [*row, self.was] if self.was else row


def made() -> list[OwnClaim]:
    """Return the claims this browser made, as its session says; newest last."""
    kept = session.get(MADE)
    found = []
    for row in kept if isinstance(kept, list) else []:
        if isinstance(row, list) and len(row) >= 3 and isinstance(row[0], int):
            was = row[4] if len(row) == 5 and isinstance(row[4], int) else 0
            unit, receipt, earlier = [*map(str, row[1:4]), ""][:3]
            found.append(OwnClaim(row[0], unit, receipt, earlier, was))
    return found


def made_of(claim: int) -> OwnClaim | None:
    """Return *claim*, if this browser holds its receipt."""
    return next((kept for kept in made() if claim in (kept.claim, kept.was)), None)


def keep(new: OwnClaim, instead_of: int | None = None) -> None:
    """Keep *new*, in place of the unproved claim of the same form where there is one."""
    others = [one for one in made() if one.claim not in (new.claim, instead_of)]
    session[MADE] = [one.row for one in [*others, new]][-MOST_MADE:]
    session.pop(DECLINED, None)


def forget(claims: Collection[int] | None = None) -> None:
    """Forget *claims*; with None the last person altogether, whoever uses this phone next."""
    if claims is None:
        # The browser's number stays, or its limits would begin anew with every person.
        for name in (MADE, PROVED, MINE, DECLINED):
            session.pop(name, None)
        return
    session[MADE] = [one.row for one in made() if one.claim not in claims]
    session[PROVED] = [claim for claim in proved() if claim not in claims]


def proved() -> list[int]:
    """Return the claims whose number was proved in this browser."""
    kept = session.get(PROVED)
    return [claim for claim in kept if isinstance(claim, int)] if isinstance(kept, list) else []


def prove(claims: Collection[int]) -> None:
    """Keep that the number of *claims* was proved here."""
    session[PROVED] = [*(c for c in proved() if c not in claims), *claims][-2 * MOST_MADE:]


# --- a number mistyped --------------------------------------------------------------------


@dataclass(frozen=True)
class Typed:
    """What stood in the form when it was sent."""

    phone: str = ""
    consented: bool = False


def give_back(response: Response, typed: Typed) -> Response:
    """Let the form's pages show what was *typed*, on this phone alone."""
    response.set_cookie(
        _typed_name(), _signer().dumps([typed.phone[:_LONGEST], typed.consented]),
        max_age=TYPED_S, path=_TYPED_PATH, httponly=True, samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def take_back(response: Response) -> Response:
    """Let the phone forget what was typed; whether it kept anything is not known here."""
    response.delete_cookie(
        _typed_name(), path=_TYPED_PATH, httponly=True, samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def typed() -> Typed | None:
    """Return what was typed into the form a moment ago; None where that is not known."""
    try:
        phone, consented = _signer().loads(
            request.cookies.get(_typed_name(), ""), max_age=TYPED_S
        )
        return Typed(str(phone)[:_LONGEST], consented is True)
    except (BadSignature, ValueError, TypeError):
        return None


def _typed_name() -> str:
    # __Host- asks for Path=/, and this one is for the form's pages alone.
    return "__Secure-typed" if current_app.config["SESSION_COOKIE_SECURE"] else "typed"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        list(service().settings.session_keys), salt="attribution.typed"
    )
