"""
One box for everything: a person, a unit, an account, a file, by what people have in hand.

A person is found by a receipt, by the number of any of their rows, or by the last four digits,
with or without a day; a unit or an account by its name, a part of it, or its initials. A whole
phone number is refused: it would stand in an address, and no ledger here knows it. What an account
may not see is not found, which is also the answer for what is not there.
"""
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import naming, trace
from attribution.resident import receipts
from attribution.rule.instants import DAY, Instant, day_start, to_datetime
from attribution.store import console_lists, person_history, staff
from attribution.store.engine.database import Row
from attribution.store.registry import Registry, Unit
from qrgen.faults import Fault
from qrgen.texts import fold

# So many of a kind are shown; more take more letters, or a day.
MOST = 20
_FILES = 1000  # the newest that are looked through: a file each day of three years

# Alone, and not within a row's number, which has eighteen digits.
_PHONE = re.compile(
    r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])", re.ASCII
)
_LAST4 = re.compile(r"([0-9]{4})(?:[@+/ ]+(.+))?", re.ASCII)
_DAY = re.compile(r"(?:([0-9]{4})[-/.年])?([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)


@dataclass(frozen=True)
class Query:
    """
    What a text means as far as its form tells.

    Args:
        secret: It may stand in no address: a receipt opens its claim.
        last4: The digits, if it is four of them, with or without a day.
        since, until: The day that was named; 0 and 0 for none.
    """

    text: str
    secret: bool = False
    last4: str = ""
    since: Instant = 0
    until: Instant = 0


@dataclass(frozen=True)
class Found:
    """What fits, each list no longer than MOST; *persons* are digests, the newest claim first."""

    persons: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    accounts: tuple[Row, ...] = ()
    batches: tuple[Row, ...] = ()

    @property
    def count(self) -> int:
        return len(self.persons) + len(self.units) + len(self.accounts) + len(self.batches)


def read(text: str, now: Instant) -> Query:
    """
    Return what *text* asks for.

    Raises:
        Fault: it holds a phone number, or names a day that is none.
    """
    plain = " ".join(fold(text).split()).removeprefix("#")
    if _PHONE.search(plain):
        raise Fault(Code.SEARCH_NUMBER, status=2)
    if receipts.read_receipt(plain) is not None and not plain.isdecimal():
        return Query(plain, secret=True)
    match = _LAST4.fullmatch(plain)
    if match is None:
        return Query(plain)
    if match[2] is None:
        return Query(plain, last4=match[1])
    since = day_start(_day(match[2].strip(), now))
    return Query(plain, last4=match[1], since=since, until=since + DAY)


def search(
    ledger: Ledger, asked: Query, snapshot: Registry, *, receipt_key: str,
    only: Collection[str] | None, people: bool, accounts: bool, batches: bool,
) -> Found:
    """
    Return what fits *asked*.

    Args:
        only: Ids of the units that may be seen; None for all. Of people those alone are found
            who claimed with one of them or count for one.
        people, accounts, batches: Whether these may be seen at all.
    """
    if not asked.text:
        return Found()
    named = asked.text.casefold()
    with ledger.store.read() as connection:
        campaign = ledger.campaign.id
        persons = _persons(ledger, asked, receipt_key) if people else []
        if only is not None:
            persons = person_history.seen_of(connection, campaign, persons, only)
        every = staff.accounts(connection) if accounts and not asked.secret else []
        files = (
            console_lists.batches(connection, campaign, _FILES)
            if batches and not asked.secret else []
        )
    units = [] if asked.secret else [
        unit for unit in snapshot.units.values()
        if (only is None or unit.id in only)
        and naming.fits_unit(unit, asked.text)
    ]
    units.sort(key=lambda unit: (
        unit.id.casefold() != named, unit.closed_at is not None, not naming.is_called(unit, named)
    ))
    return Found(
        tuple(persons[:MOST]), tuple(units[:MOST]),
        tuple(
            row for row in every if naming.fits_account(row, asked.text)
        )[:MOST],
        tuple(
            row for row in files
            if row["id"].casefold().startswith(named) or named in row["source"].casefold()
        )[:MOST],
    )


def lines(found: Found) -> Iterator[str]:
    """Yield what is no person in *found*, for people to read."""
    for unit in found.units:
        closed = "" if unit.closed_at is None else ", closed"
        yield f"unit {unit.id} {unit.name} ({unit.kind}{closed})"
    for row in found.accounts:
        closed = "" if row["closed_at"] is None else ", closed"
        yield f"account {row['name']} ({row['role']}{closed})"
    for row in found.batches:
        yield f"batch {row['id']} ({row['source']}, {row['row_count']} rows)"


def _persons(ledger: Ledger, asked: Query, receipt_key: str) -> list[str]:
    if asked.last4:
        with ledger.store.read() as connection:
            found = person_history.newest_by_last4(
                connection, ledger.campaign.id, asked.last4,
                (asked.since, asked.until) if asked.until else None,
            )
        if found or asked.until:
            return found
    try:  # the number of a row, be it of four digits
        return trace.find(ledger, asked.text, receipt_key)
    except Fault:
        return []


def _day(text: str, now: Instant) -> int:
    """Return the day (yyyymmdd) that *text* names; without a year the last one that was."""
    today = to_datetime(now).date()
    match = _DAY.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        month, day = int(match[2]), int(match[3])
        found = date(int(match[1] or today.year), month, day)
        if match[1] is None and found > today:
            found = date(today.year - 1, month, day)
    except ValueError:
        raise Fault(Code.SEARCH_DAY, status=2) from None
    return found.year * 10_000 + found.month * 100 + found.day
