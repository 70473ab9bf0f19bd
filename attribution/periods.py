"""
Closing a period: its numbers stay as they were reported, whatever is corrected later.

A period is the days from the lock before up to a chosen day. It is locked no sooner
than a week after its end, for the platform's files come late (by event
time, a week's grace, then the lock), and by two people. A correction of a locked day, by people
or by a feed, leaves that day's reported numbers alone and counts in the open period,
in a column of its own: 红字 in the office's word.
"""
from attribution import corrections
from attribution.instants import DAY, Instant, day_of, day_start, local_text
from attribution.store import Store, periods, staff
from attribution.store.database import Connection, Row
from qrgen.registry import Campaign
from qrgen.shell import Fault

GRACE = 7 * DAY


def ask(
    store: Store, campaign: Campaign, until: Instant, *, asked_by: str, now: Instant
) -> int:
    """
    Ask that all days before *until* be locked; return the request's number.

    Raises:
        Fault: *until* is not the start of a day, is locked already, or too recent.
    """
    day = _fit(store, campaign, until, now)
    row: Row = {"id": store.next_id(now), "at": now, "until": day, "asked_by": asked_by}

    def act(connection: Connection) -> int:
        periods.add_request(connection, campaign.id, row)
        staff.add_audit(
            connection, store.next_id(now), now, asked_by, "period_asked", f"{row['id']} {day}"
        )
        return int(row["id"])

    return corrections.written(store, act, asked_by)


def approve(
    store: Store, campaign: Campaign, request: int, *, approved_by: str, now: Instant
) -> Row:
    """
    Lock what *request* asks for; return the lock.

    Raises:
        Fault: there is no such request, it is the approver's own, or overtaken.
    """

    def act(connection: Connection) -> Row:
        asked = periods.request(connection, campaign.id, request)
        if asked is None:
            raise Fault(f"no request {request}", "see `attribution period list`")
        if asked["asked_by"] == approved_by:
            raise Fault(f"{approved_by} asked for it, so another person approves it", status=2)
        latest = periods.locked_until(connection, campaign.id)
        if asked["until"] <= latest:
            raise Fault(f"everything before {day_text(latest)} is locked already")
        counts = [
            {"unit": unit, "day": day, "kind": kind, "n": n, "id": store.next_id(now)}
            for unit, day, kind, n in periods.postings(connection, campaign.id, asked["until"])
        ]
        lock: Row = {
            "since": latest, "until": asked["until"], "id": store.next_id(now), "at": now,
            "request": request, "asked_by": asked["asked_by"], "approved_by": approved_by,
            "rows": len(counts),
        }
        periods.add_lock(connection, campaign.id, lock, counts)
        staff.add_audit(
            connection, store.next_id(now), now, approved_by, "period_locked",
            f"{request} {asked['until']}",
        )
        return lock

    return corrections.written(store, act, approved_by)


def days_of(store: Store, campaign: Campaign, until: Instant) -> tuple[int, int]:
    """
    Return the days of the locked period that ends before *until*, for a report.

    Raises:
        Fault: no period ends there.
    """
    with store.read() as connection:
        for lock in periods.locks(connection, campaign.id):
            if lock["until"] == day_of(until):
                return lock["since"], lock["until"]
    raise Fault(
        f"no period ends before {local_text(until)[:10]}", "see `attribution period list`"
    )


def day_text(day: int) -> str:
    """Return the day yyyymmdd with its dashes; 0 is the beginning."""
    text = str(day)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if day else "开始"


def _fit(store: Store, campaign: Campaign, until: Instant, now: Instant) -> int:
    day = day_of(until)
    if day_start(day) != until:
        raise Fault("a period ends with a day", "write --until 2026-11-01", 2)
    if now < until + GRACE:
        raise Fault(
            f"{day_text(day)} is too soon: the platform's files may come for a week after",
            f"lock it from {local_text(until + GRACE)[:10]} on",
        )
    with store.read() as connection:
        latest = periods.locked_until(connection, campaign.id)
    if day <= latest:
        raise Fault(f"everything before {day_text(latest)} is locked already", status=2)
    return day
