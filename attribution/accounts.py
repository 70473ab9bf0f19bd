"""Staff accounts: argon2id, and an answer that takes as long for a name nobody has."""
import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from attribution.instants import Instant
from attribution.store import Store, staff
from qrgen.shell import Fault

# Argon2id with the library's defaults: RFC 9106, the low-memory profile.
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody's password")

ROLES = ("office",)

# Long rather than intricate (ASVS 6.2.1); no other rule, so that phrases work.
SHORTEST = 12


@dataclass(frozen=True)
class Account:
    """Someone who may sign in. *epoch* rises when all sessions are to end."""

    name: str
    role: str
    epoch: int


def new_password() -> str:
    """Return a password that can be read out over the telephone: no 0 O 1 I L."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


def add(store: Store, name: str, password: str, role: str, now: Instant) -> None:
    """
    Add an account.

    Raises:
        Fault: the name is taken or unfit, or the password too short.
    """
    if not name.strip() or name != name.strip() or len(name) > 40:
        raise Fault("an account name has 1 to 40 characters", status=2)
    hashed = _hash(password)
    if not store.write(lambda c: staff.add_account(c, name, hashed, role, now)):
        raise Fault(f"the account {name!r} exists already", "see `attribution user list`")


def set_password(store: Store, name: str, password: str) -> None:
    """Change a password; all sessions of the account end."""
    hashed = _hash(password)
    if not store.write(lambda c: staff.set_password(c, name, hashed)):
        raise Fault(f"no account {name!r}", "see `attribution user list`", status=2)


def find(store: Store, name: str) -> Account | None:
    """Return the open account *name*."""
    with store.read() as connection:
        row = staff.account(connection, name)
    if row is None or row["closed_at"] is not None:
        return None
    return Account(row["name"], row["role"], row["session_epoch"])


def sign_in(store: Store, name: str, password: str) -> Account | None:
    """Return the account if *password* is right, else None, whichever was wrong."""
    with store.read() as connection:
        row = staff.account(connection, name)
    known = row is not None and row["closed_at"] is None
    hashed = row["password"] if row is not None and known else _NOBODY
    try:
        _HASHER.verify(hashed, password[:1024])
    except (VerificationError, InvalidHashError):
        return None
    if row is None or not known:
        return None
    return Account(row["name"], row["role"], row["session_epoch"])


def _hash(password: str) -> str:
    if len(password) < SHORTEST:
        raise Fault(f"a password has at least {SHORTEST} characters", status=2)
    return _HASHER.hash(password)
