"""
Which passwords are fit (long enough, not among those that are guessed first), and their hashes.

How soon one is guessed is asked of zxcvbn, which brings the lists of passwords, names and words
in common use, and knows rows of keys, repetitions, dates and letters written as digits. Length
alone lets ``123456789012345`` in (NIST SP 800-63B 5.1.1.2, ASVS 6.2.4). Hashes are argon2id, and
looking at one takes as long for a name nobody has.
"""
import re
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from attribution.faults import Code
from attribution.office.turnstile import Turnstile
from qrgen.faults import Fault

# Long rather than intricate (ASVS 6.2.1), or what 等保 inspectors look for.
RULES = {
    "length": "至少15个字符，什么字都可以，建议用一句话；不能是常见的密码",
    "mixed": "至少8个字符，大写字母、小写字母、数字、符号中至少三种；不能是常见的密码",
}
SHORTEST = {"length": 15, "mixed": 8}
LONGEST = 1024

# Argon2id with the library's defaults: RFC 9106, the low-memory profile.
_HASHER = PasswordHasher()
# Each hash fills 64 MiB for some tenths of a second: 24 at once took a process from 76 to
# 1 449 MB. Two keep two cores busy and fill 128. The costs stay: they are what a stolen ledger
# is guarded by. Eight wait, a second or two; more would take the threads of residents.
HASHING = Turnstile(inside=2, waiting=8, wait_s=5.0)
# A hash of nobody's password with the costs of today, so that an unknown name takes as long
# as a wrong password. Written down, because making it took half of every command's start.
NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$WB0wiOMF1ewH+Bcg05zXiw"
    "$UcbO3bkgGp5Nyfp/rFVMbJWYFD0wqF/rVen2n3hSUjs"
)

# As many as zxcvbn counts for eight characters by chance, the shortest that a rule lets in.
_FEWEST_GUESSES = 10**8
# What a stranger tries here before anywhere else.
_OURS = ("zhuanma", "专码", "xingguo", "yunshanfu", "云闪付", "unionpay", "admin", "password")
# It looks at every part of a text; for a thousand characters that takes seconds.
_LOOKED_AT = 72


def problem(password: str, rule: str, name: str = "") -> Fault | None:
    """Return why *password* is unfit under *rule* for the account *name*; None when it is fit."""
    least = SHORTEST[rule]
    if len(password) > LONGEST:
        return Fault(Code.PASSWORD_LONG, status=2, most=LONGEST)
    if len(password) < least:
        return Fault(Code.PASSWORD_SHORT, status=2, least=least)
    if len(set(password)) < 5 or (len(name) > 2 and name.lower() in password.lower()):
        return Fault(Code.PASSWORD_PLAIN, status=2)
    kinds = sum(
        bool(re.search(kind, password)) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]")
    )
    if rule == "mixed" and kinds < 3:
        return Fault(Code.PASSWORD_KINDS, status=2)
    if _is_common(password, name):
        return Fault(Code.PASSWORD_COMMON, status=2)
    return None


def new() -> str:
    """Return a password that can be read out over the telephone: no 0 O 1 I L."""
    alphabet = "abcdefghjkmnpqrstuvwxyz"
    parts = ["".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4)]
    return "-".join([*parts, "".join(secrets.choice("23456789") for _ in range(3))])


def hashed(password: str, rule: str, name: str) -> str:
    """
    Return the hash of *password* for the account *name*.

    Raises:
        Fault: it is unfit under *rule*.
        turnstile.Full: too many passwords are being looked at.
    """
    if unfit := problem(password, rule, name):
        raise unfit
    with HASHING.passing():
        return _HASHER.hash(password)


def fits(password: str, kept: str) -> bool:
    """
    Whether *password* is the one hashed as *kept*; none longer than LONGEST is.

    Raises:
        turnstile.Full: too many passwords are being looked at.
    """
    if len(password) > LONGEST:  # nobody has one, so this tells nothing of anybody
        return False
    try:
        with HASHING.passing():
            return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _is_common(password: str, name: str) -> bool:
    from zxcvbn import zxcvbn  # its lists are read when somebody chooses a password, no sooner

    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*_OURS, *([name] if name else [])])
    return int(found["guesses"]) < _FEWEST_GUESSES
