"""
What has to be told, and no deed puts into the queue: what waits, alarms, the week, the machine.

Looked for once in a while by one of all processes, and only where somebody wants to hear of it.
"""
import shutil
from collections.abc import Iterator, Sequence

from attribution.faults import Code
from attribution.office import accounts, notice_robots, telling
from attribution.office.accounts import Account
from attribution.office.notice_kinds import KINDS
from attribution.proof import clocks, publishing
from attribution.reports import notice_texts
from attribution.rule.instants import DAY, Instant, day_of, day_start, to_datetime
from attribution.service import Service
from attribution.store import notice_choices as ways
from attribution.store import notice_queue, registry
from attribution.store.engine.database import Connection, Row
from attribution.upkeep import ending, running
from qrgen.faults import Fault

KEPT = 90 * DAY
# An account that was closed by mistake is opened again within days.
CLOSED_KEPT = 30 * DAY
# A ledger, and a copy of it, need room; below this the office is told.
LEAST_FREE_MB = 1024

# Kind, subject, data, and to whom.
_Found = list[tuple[str, str, dict[str, int | str], list[str]]]


def watch(service: Service, now: Instant) -> None:
    """Put into the queue what no deed does: what waits, alarms, the week, what others did."""
    store, campaign = service.store, service.campaign
    day, moment = day_of(now), to_datetime(now)
    with store.read() as connection:
        wanted = notice_queue.wanted(connection)
    if service.settings.notices.mail is None and not wanted:
        return
    found: _Found = []
    if now >= day_start(day) + notice_queue.MORNING:
        with store.read() as connection:
            for kind in wanted:
                queue = kind in KINDS and KINDS[kind].counted and kind != "alarms"
                if queue and notice_texts.waiting(connection, campaign.id, kind):
                    found.append((kind, f"waits {day}", {}, wanted[kind]))
        if moment.weekday() == 0 and "weekly" in wanted:
            found.append(("weekly", f"week {day}", {}, wanted["weekly"]))
    found += _alarms(service, wanted.get("alarms", []), now)
    for said in ending.due(service, now) if "machine" in wanted else ():
        # Once a week while a step waits, and at once when another does.
        step = int(said.data.get("number", 0))
        week = "-".join(map(str, moment.isocalendar()[:2]))
        found.append(("machine", f"end {step} {week}", {"end": step}, wanted["machine"]))
    found += [
        ("machine", f"{what} {day}", data, wanted["machine"])
        for what, data in _troubles(service) if "machine" in wanted
    ]

    def put(connection: Connection) -> None:
        for kind, subject, data, recipients in found:
            for row in notice_queue.wanting(connection, kind):
                if row["recipient"] in recipients:
                    notice_queue.put_where_wanted(
                        connection, store.next_id(now), now, row["recipient"], kind, subject, data
                    )
        notice_queue.forget(connection, now - KEPT)
        ways.forget_closed(connection, now - CLOSED_KEPT)

    store.write(put)
    names = [one.removeprefix("account:") for one in wanted.get("news", [])]
    if names:
        telling.send(store, lambda name, rows: _news(service, name, rows, now), names)


def _news(service: Service, name: str, rows: Sequence[Row], now: Instant) -> None:
    id = service.store.next_id(now)
    subject, data = f"news {rows[-1]['n']}", {"deeds": len(rows)}
    service.store.write(lambda c: notice_queue.put_where_wanted(
        c, id, now, f"account:{name}", "news", subject, data
    ))


def _alarms(
    service: Service, wanting: Sequence[str], now: Instant
) -> _Found:
    """Return each alarm with who wants it and may see it, once a week while it stands."""
    week = "-".join(map(str, to_datetime(now).isocalendar()[:2]))
    told: dict[str, list[str]] = {}
    with service.store.read() as connection:
        seen = {
            one: to for one in wanting
            if not isinstance(to := sees(connection, one), Fault) and to.role in
            KINDS["alarms"].roles
        }
    if not seen:
        return []
    every = notice_texts.alarms_of(
        service.ledger, Account("", "office", 0), service.settings.alarms, now
    )
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id)
    for one, to in seen.items():
        only = accounts.visible(to, units)
        for alarm in every:
            if only is None or (alarm.unit is not None and alarm.unit in only):
                told.setdefault(f"{alarm.kind} {alarm.unit or ''} {week}", []).append(one)
    return [("alarms", subject, {}, recipients) for subject, recipients in told.items()]


def _troubles(service: Service) -> list[tuple[str, dict[str, int | str]]]:
    """Return what is wrong with this machine."""
    found: list[tuple[str, dict[str, int | str]]] = []
    try:
        free = shutil.disk_usage(service.settings.instance).free >> 20
    except OSError:
        free = LEAST_FREE_MB
    if free < LEAST_FREE_MB:
        found.append(("disk", {"free_mb": free}))
    if clocks.fault(service.ledger):
        found.append(("clock", {"clock": 1}))
    if running.trouble():
        found.append(("settings", {"settings": 1}))
    try:
        publishing.current(service.ledger, service.settings)
    except Fault:
        found.append(("log", {"log": 1}))
    return found


def findings(service: Service, number: int, now: Instant) -> None:
    """Put into the queue that a check found something."""
    service.store.write(lambda c: notice_queue.put_for_all(
        c, lambda: service.store.next_id(now), now, "machine", f"findings {day_of(now)}",
        {"findings": number},
    ))


def troubles_of_notices(service: Service) -> Iterator[str]:
    """Yield a line where notices did not leave; for whoever reads what the day's job prints."""
    with service.store.read() as connection:
        counts = notice_queue.counts(connection)
    failed, unsure = counts.get("failed", 0), counts.get("unsure", 0)
    if failed or unsure:
        yield (
            f"notices: {failed} failed, of {unsure} nobody knows whether they arrived"
            " (`attribution notice list`)"
        )


def sees(connection: Connection, recipient: str) -> Account | Fault:
    """Return what *recipient* may see now."""
    kind, _, name = recipient.partition(":")
    if kind == "account":
        account = accounts.read(connection, name)
        return account or Fault(Code.NOTICE_CLOSED)
    row = ways.robot(connection, int(name))
    if row is None or row["state"] != "active":
        return Fault(Code.NOTICE_CLOSED)
    return notice_robots.audience(row)
