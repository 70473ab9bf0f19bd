"""
Which passwords are fit: long enough, and not among those that are guessed first.

How soon one is guessed is asked of zxcvbn, which brings the lists of passwords, names and words
in common use, and knows rows of keys, repetitions, dates and letters written as digits. Length
alone lets ``123456789012345`` in (NIST SP 800-63B 5.1.1.2, ASVS 6.2.4).
"""
import re

from attribution.faults import Code
from qrgen.faults import Fault

# Long rather than intricate (ASVS 6.2.1), or what 等保 inspectors look for.
RULES = {
    "length": "至少15个字符，什么字都可以，建议用一句话；不能是常见的密码",
    "mixed": "至少8个字符，大写字母、小写字母、数字、符号中至少三种；不能是常见的密码",
}
SHORTEST = {"length": 15, "mixed": 8}
LONGEST = 1024

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


def refuse_long(password: str) -> None:
    """
    Refuse what is longer than any password is: it is looked at whole, or not at all.

    Raises:
        Fault: it is.
    """
    if len(password) > LONGEST:
        raise Fault(Code.PASSWORD_LONG, status=2, most=LONGEST)


def _is_common(password: str, name: str) -> bool:
    from zxcvbn import zxcvbn  # its lists are read when somebody chooses a password, no sooner

    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*_OURS, *([name] if name else [])])
    return int(found["guesses"]) < _FEWEST_GUESSES
