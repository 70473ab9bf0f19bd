"""
Claims that look like roster typing: held for a person to look at, never dropped.

Somebody under pressure types a list of numbers instead of asking people. Nothing in
one claim shows that; many claims of one code do. So every sign is about the company a
claim keeps, and none holds a claim that stands alone: a young person with a filled-in
form is fast, and that is no fault.

A number that was proved by a one-time password was in a hand, and is asked of one sign alone:
numbers in a row, for a box of SIM cards receives messages, too.

The signs: the honeypot field, more claims of one network, code or browser than the limits
say (which refuse nobody), too many claims of one code in a short time, too many forms filled
in faster than a hand can, numbers in a row, and a burst at night.
"""
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attribution.rule.instants import HOUR, MINUTE, SECOND, Instant, to_datetime
from attribution.rule.people import BadPhone, identify, normalise_phone
from attribution.settings.resident_options import Signs
from attribution.store import residents
from attribution.store.assisted import CLIENT
from attribution.store.engine.database import Connection
from attribution.store.ids import EPOCH_MS

WINDOW = 10 * MINUTE
NIGHT = (0, 5)  # hours of Shanghai, the last one excluded
NEAR = 10
# Claims of one code in an hour that are looked at.
_MOST = 200


def neighbours(phone: str, pepper: str, digest: str) -> frozenset[str]:
    """
    Return the digests of the numbers within NEAR of *phone*.

    Stored digests hide which numbers lie side by side; so the neighbours are digested
    afresh at every claim, which takes 60 microseconds.
    """
    number = int(normalise_phone(phone))
    found = set()
    for step in range(-NEAR, NEAR + 1):
        if step:
            try:
                found.add(identify(str(number + step), pepper, digest).digest)
            except BadPhone:
                continue
    return frozenset(found)


def reason_to_hold(
    connection: Connection, campaign: str, unit: str, *, now: Instant, scan: int | None,
    near: Iterable[str], honeypot: bool, signs: Signs, crowded: bool = False,
    verified: bool = False,
) -> str | None:
    """
    Return why a claim of *unit* at *now* is to be held, or None.

    Called before the claim is added, in its transaction.

    Args:
        scan: The scan its form belongs to; its id tells when the page was opened.
        near: `neighbours` of its number.
        crowded: It lies beyond a limit of `[limits]`.
        verified: Its number was proved.
    """
    if verified:
        recent = residents.recent_claims(connection, campaign, unit, now - HOUR, _MOST)
        return "sequence" if _in_a_row(recent, near, signs) else None
    # Alone it is a browser that fills in whatever there is; a program is quick as well.
    if honeypot and _is_fast(scan, now, signs):
        return "honeypot"
    if crowded:
        return "crowded"
    most = max(signs.per_code, signs.too_fast, signs.at_night, _MOST)
    recent = residents.recent_claims(connection, campaign, unit, now - HOUR, most)
    # A counter beside it takes people as fast as they come.
    window = [row for row in recent if row["at"] > now - WINDOW and row["client"] != CLIENT]
    if signs.per_code and len(window) >= signs.per_code:
        return "velocity"
    if signs.too_fast and _is_fast(scan, now, signs):
        fast = sum(_is_fast(row["scan"], row["at"], signs) for row in window)
        if fast >= signs.too_fast:
            return "too_fast"
    if _in_a_row(recent, near, signs):
        return "sequence"
    if signs.at_night and NIGHT[0] <= to_datetime(now).hour < NIGHT[1]:
        night = [row for row in recent if _is_night(row)]
        if len(night) >= signs.at_night:
            return "night"
    return None


def _in_a_row(
    recent: Iterable[Mapping[str, Any]], near: Iterable[str], signs: Signs
) -> bool:
    if not signs.in_a_row:
        return False
    people = frozenset(near)
    return len({row["person"] for row in recent if row["person"] in people}) >= signs.in_a_row


def _is_night(row: Mapping[str, int]) -> bool:
    return NIGHT[0] <= to_datetime(row["at"]).hour < NIGHT[1]


def _is_fast(scan: int | None, at: Instant, signs: Signs) -> bool:
    if scan is None:
        return False
    opened = ((scan >> 22) + EPOCH_MS) * 1000
    return at - opened < signs.human_time_s * SECOND


WORDS: Sequence[tuple[str, str]] = (
    ("honeypot", "填了人看不见的栏"),
    ("crowded", "同一网络、同一个码或同一部手机登记太多"),
    ("velocity", "同一个码十分钟内登记太多"),
    ("too_fast", "多张登记表填得比手快"),
    ("sequence", "号码相连"),
    ("night", "夜间集中登记"),
)
