"""
Closing a period: its numbers stay as they were reported, whatever is corrected later.

A period is the days from the lock before up to a chosen day. It is locked no sooner
than a week after its end, for the platform's files come late (by event
time, a week's grace, then the lock), and by two people. A correction of a locked day, by people
or by a feed, leaves that day's reported numbers alone and counts in the open period,
in a column of its own: 红字 in the office's word.
"""
from attribution.ledger import Ledger
from attribution.office import corrections
from attribution.rule.instants import DAY, Instant, day_of, day_start, local_text
from attribution.store import period_locks, staff
from attribution.store.engine.database import Connection, Row
from qrgen.shell import Fault

GRACE = 7 * DAY


def ask(ledger: Ledger, until: Instant, *, asked_by: str, now: Instant) -> int:
    """
    Ask that all days before *until* be locked; return the request's number.

    Raises:
        Fault: *until* is not the start of a day, is locked already, or too recent.
    """
    day = _fit(ledger, until, now)
    row: Row = {"id": ledger.store.next_id(now), "at": now, "until": day, "asked_by": asked_by}

    def act(connection: Connection) -> int:
        period_locks.add_request(connection, ledger.campaign.id, row)
        staff.add_audit(
            connection,
            ledger.store.next_id(now),
            now,
            asked_by,
            "period_asked",
            f"{row['id']} {day}",
        )
        return int(row["id"])

    return corrections.written(ledger.store, act, asked_by)


def approve(ledger: Ledger, request: int, *, approved_by: str, now: Instant) -> Row:
    """
    Lock what *request* asks for; return the lock.

    Raises:
        Fault: there is no such request, it is the approver's own, or overtaken.
    """

    def act(connection: Connection) -> Row:
        asked = period_locks.request(connection, ledger.campaign.id, request)
        if asked is None:
            raise Fault(f"no request {request}", "see `attribution period list`")
        if asked["asked_by"] == approved_by:
            raise Fault(f"{approved_by} asked for it, so another person approves it", status=2)
        latest = period_locks.locked_until(connection, ledger.campaign.id)
        if asked["until"] <= latest:
            raise Fault(f"everything before {day_text(latest)} is locked already")
        counts = [
            {"unit": unit, "day": day, "kind": kind, "n": n, "id": ledger.store.next_id(now)}
            for unit, day, kind, n in period_locks.postings(
                connection, ledger.campaign.id, asked["until"]
            )
        ]
        lock: Row = {
            "since": latest, "until": asked["until"], "id": ledger.store.next_id(now), "at": now,
            "request": request, "asked_by": asked["asked_by"], "approved_by": approved_by,
            "rows": len(counts),
        }
        period_locks.add_lock(connection, ledger.campaign.id, lock, counts)
        staff.add_audit(
            connection, ledger.store.next_id(now), now, approved_by, "period_locked",
            f"{request} {asked['until']}",
        )
        return lock

    return corrections.written(ledger.store, act, approved_by)


def days_of(ledger: Ledger, until: Instant) -> tuple[int, int]:
    """
    Return the days of the locked period that ends before *until*, for a report.

    Raises:
        Fault: no period ends there.
    """
    with ledger.store.read() as connection:
        for lock in period_locks.locks(connection, ledger.campaign.id):
            if lock["until"] == day_of(until):
                return lock["since"], lock["until"]
    raise Fault(
        f"no period ends before {local_text(until)[:10]}", "see `attribution period list`"
    )


def day_text(day: int) -> str:
    """Return the day yyyymmdd with its dashes; 0 is the beginning."""
    text = str(day)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if day else "开始"


def _fit(ledger: Ledger, until: Instant, now: Instant) -> int:
    day = day_of(until)
    if day_start(day) != until:
        raise Fault("a period ends with a day", "write --until 2026-11-01", 2)
    if now < until + GRACE:
        raise Fault(
            f"{day_text(day)} is too soon: the platform's files may come for a week after",
            f"lock it from {local_text(until + GRACE)[:10]} on",
        )
    with ledger.store.read() as connection:
        latest = period_locks.locked_until(connection, ledger.campaign.id)
    if day <= latest:
        raise Fault(f"everything before {day_text(latest)} is locked already", status=2)
    return day
