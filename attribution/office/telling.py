"""
What somebody did is told to others: who has to hear of which deed.

A rule of two is worth nothing where nobody looks. So an account made, a role changed, a password
reset, a download, an approval stands on the next page of the others of that rank, until they
have read it. It is read from the audit log itself: a deed that nobody is told of would be one
without an entry, and there is none. A kind of deed that comes later is told, unless it is named
among the quiet ones.
"""
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from attribution.deeds import Entry, Kind
from attribution.office import accounts
from attribution.office.accounts import Account
from attribution.store import Store, notices, staff
from attribution.store.engine.database import Connection, Row

# About one account: told to whom it is about as well.
ABOUT_ACCOUNTS = frozenset({
    Kind.ACCOUNT_ADD, Kind.ACCOUNT_CHANGE, Kind.ACCOUNT_CLOSE, Kind.ACCOUNT_OPEN,
    Kind.ACCOUNT_PASSWORD, Kind.TOTP, Kind.HANDED_OVER,
})
# Told to whom it is about, and nobody else.
_TO_ITS_OWNER = frozenset({Kind.NOT_PROVED, Kind.SESSION_END, Kind.ACCOUNT_UNLOCK})
# Told to who asked, whatever their role; to the office and the checkers like all others.
_TO_ITS_ASKER = frozenset({
    Kind.APPEAL_UPHELD, Kind.APPEAL_REFUSED, Kind.REQUEST_APPROVED, Kind.REQUEST_REFUSED,
})
# What stands in a list that others work through anyway, and what changes nothing.
QUIET = frozenset({
    Kind.SIGN_IN, Kind.SIGN_IN_FAILED, Kind.SIGN_IN_BLOCKED, Kind.SIGN_OUT,
    Kind.SIGN_OUT_EVERYWHERE, Kind.PASSWORD, Kind.EXPORT_DONE, Kind.EXPORT_BROKEN,
    Kind.EXPORT_REFUSED, Kind.PICTURE, Kind.POSTERS, Kind.POSTER, Kind.PAPER_HUNG,
    Kind.UNIT_PLACEMENT, Kind.UNIT_CONTACT, Kind.PATROL,
    Kind.FEED_UPLOAD, Kind.FEED_PLAN, Kind.FEED_DISCARD, Kind.FACTS,
    Kind.LOOKUP, Kind.DIFFERENCE_DONE, Kind.DIFFERENCE_REOPENED, Kind.CORRECTION_ASKED,
    Kind.TOGETHER, Kind.APPEAL, Kind.PERIOD_ASKED,
    Kind.RETENTION, Kind.BACKUP, Kind.SEALED, Kind.DISTRIBUTED,
    Kind.NOTICE_ADDRESS, Kind.NOTICE_CHOICES, Kind.NOTICE_AGAIN, Kind.NOTICE_DROPPED,
    Kind.NOTICE_TEST,
})
# They see everybody's deeds; the office those that are not about single units' downloads.
OVERSEERS = ("office", "checker")
MOST = 300

# Called with an account and what it is to hear, oldest first.
Messenger = Callable[[str, list[Row]], None]


@dataclass(frozen=True)
class Colleague:
    """What decides whether somebody hears of a deed: their role, and their units."""

    role: str
    scopes: frozenset[str]


def unread(connection: Connection, to: Account) -> list[Row]:
    """Return the entries that *to* has still to read, newest first, at most MOST."""
    read_to, _ = notices.mark(connection, to.name)
    return _told_after(connection, read_to, to)


def read(store: Store, account: str, n: int) -> None:
    """Note that *account* has read what was told up to entry *n*."""
    store.write(lambda c: notices.read(c, account, n))


def send(store: Store, messenger: Messenger, only: Collection[str] | None = None) -> int:
    """
    Give *messenger* what each open account has neither read nor been sent; return how many.

    Args:
        only: The accounts that are asked about; None: all.

    An account is marked after its own messages went: one that could not be sent is sent again,
    and the others are not.
    """
    with store.read() as connection:
        names = [
            row["name"] for row in staff.accounts(connection)
            if row["closed_at"] is None and (only is None or row["name"] in only)
        ]
    count = 0
    for name in names:
        with store.read() as connection:
            to = accounts.read(connection, name)
            rows = _told_after(connection, max(notices.mark(connection, name)), to) if to else []
        if rows:
            messenger(name, rows[::-1])
            newest = int(rows[0]["n"])
            store.write(lambda c, name=name, n=newest: notices.sent(c, name, n))  # type: ignore[misc]
            count += 1
    return count


def is_told(row: Row, to: Account, colleagues: Mapping[str, Colleague]) -> bool:
    """
    Whether *to* hears of the entry *row*.

    Args:
        colleagues: All accounts, closed ones too; who is none of them was at the shell.
    """
    if row["who"] == to.name or row["what"] in _values(QUIET):
        return False
    entry = Entry.from_text(row["detail"])
    about = entry.subject.removeprefix("account ") if entry.subject.startswith("account ") else ""
    if row["what"] in _values(_TO_ITS_OWNER):
        return about == to.name
    if row["what"] in _values(ABOUT_ACCOUNTS):
        if row["what"] == Kind.HANDED_OVER.value and entry.after == to.name:
            return True
        if about == to.name:
            return bool(row["what"] != Kind.ACCOUNT_ADD.value)
        return to.role in (*OVERSEERS, "accounts") or _is_near(about, to, colleagues)
    if row["what"] == Kind.EXPORT.value:
        by = colleagues.get(row["who"])
        if to.role == "checker" or (to.role == "office" and (by is None or by.role == "office")):
            return True
        return _is_near(row["who"], to, colleagues)
    if row["what"] in _values(_TO_ITS_ASKER) and dict(entry.more).get("asked_by") == to.name:
        return True
    return to.role in OVERSEERS


def _is_near(name: str, to: Account, colleagues: Mapping[str, Colleague]) -> bool:
    """Whether *name* is of the same rank as *to*, and for one of the same units."""
    other = colleagues.get(name)
    if other is None or other.role != to.role or to.role not in accounts.SCOPED:
        return False
    return bool(other.scopes & to.scopes)


def _told_after(connection: Connection, n: int, to: Account) -> list[Row]:
    scopes = staff.all_scopes(connection)
    colleagues = {
        row["name"]: Colleague(row["role"], frozenset(scopes.get(row["name"], ())))
        for row in staff.accounts(connection)
    }
    overseer = to.role in OVERSEERS
    kinds = (
        {kind.value for kind in Kind} - _values(QUIET) - {Kind.EXPORT.value} if overseer
        else _values(ABOUT_ACCOUNTS | _TO_ITS_OWNER | _TO_ITS_ASKER)
    )
    exporters: Collection[str] | None = None
    if to.role == "office":
        exporters = [name for name, one in colleagues.items() if one.role == "office"]
    elif not overseer:
        exporters = [name for name in colleagues if _is_near(name, to, colleagues)]
    rows = notices.after(
        connection, n, kinds=sorted(kinds), exports=Kind.EXPORT.value, exporters=exporters,
        but=to.name, limit=MOST,
    )
    return [row for row in rows if is_told(row, to, colleagues)]


def _values(kinds: Collection[Kind]) -> set[str]:
    return {kind.value for kind in kinds}
