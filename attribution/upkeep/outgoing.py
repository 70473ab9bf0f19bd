"""
Beside the road, too: what has to be told leaves the house, by one process at a time.

A notice is taken by a conditional update before anything is sent, and what became of it is said
after. Whoever ends between the two leaves it taken: after LOST_AFTER it is shown as one of which
nobody knows, and not sent again by itself. So nothing is told twice, or lost, in silence.
"""
import json
import logging
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import letters, notice_robots, notice_ways, outbox, robots
from attribution.office.accounts import Account
from attribution.office.notice_kinds import COPY, KINDS, TITLES, TRY
from attribution.office.sending import PAUSES, Unsent, Unsure
from attribution.reports import notice_texts
from attribution.rule import instants
from attribution.rule.instants import MINUTE, Instant, to_datetime
from attribution.service import Service
from attribution.store import StoreError, notice_queue
from attribution.store import notice_choices as ways
from attribution.store.engine.database import Connection, Row
from attribution.upkeep import to_tell
from qrgen.fault_json import as_plain
from qrgen.faults import Fault

log = logging.getLogger("attribution")

# Longer than any letter takes, with all the patience of `letters` and `robots`.
LOST_AFTER = 5 * MINUTE
# So long one process sends before another may take over from it.
TURN = 3 * MINUTE
# In one go; the next one comes soon.
GO_S = 60.0
WATCH = 10 * MINUTE


@dataclass(frozen=True)
class Recipient:
    """
    Who is told, and by which way: *mail* is an address, *robot* a group's.

    Args:
        sees: What may be told is what this account sees.
    """

    sees: Account
    mail: str = ""
    robot: robots.RobotAddress | None = None
    stop: str = ""


def start(service: Service, ended: threading.Event, look_s: float) -> None:
    """Send from now on what is due, in a thread, until *ended* is set."""
    holder = secrets.token_hex(8)

    def run() -> None:
        while not ended.wait(look_s):
            try:
                tick(service, instants.now(), holder)
            except StoreError as error:
                log.error("notices: not sent: %s", error)
            except Exception:
                # A slip of ours in a text must not end the telling for good.
                log.exception("notices: not sent")

    threading.Thread(target=run, name="notices", daemon=True).start()


def tick(service: Service, now: Instant, holder: str = "") -> int:
    """Look for what has to be told, where nobody did lately, and send what is due."""
    with service.store.read() as connection:
        looks = notice_queue.turn_of(connection, "watch") <= now
        sends = notice_queue.anything(connection, now, now - LOST_AFTER)
    if looks and service.store.write(
        lambda c: notice_queue.take_turn(c, "watch", "", now, now + WATCH)
    ):
        to_tell.watch(service, now)
        sends = True
    return send(service, now, holder or secrets.token_hex(8)) if sends else 0


def send(service: Service, now: Instant, holder: str) -> int:
    """
    Send what is due, unless another process is at it; return how many messages left.
    """
    store = service.store
    if not store.write(lambda c: notice_queue.take_turn(c, "send", holder, now, now + TURN)):
        return 0
    lost = json.dumps(as_plain(Fault(Code.SEND_LOST)))
    store.write(lambda c: notice_queue.give_up_lost(c, now - LOST_AFTER, lost))
    with store.read() as connection:
        rows = notice_queue.due(connection, now)
    if is_quiet(service.settings.notices.quiet, now):
        rows = [row for row in rows if row["kind"] == TRY]
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        # A file is a letter of its own.
        alone = row["id"] if row["kind"] in (COPY, TRY) else 0
        groups.setdefault((row["recipient"], alone), []).append(row)
    begun, count = time.monotonic(), 0
    try:
        for (recipient, _), some in groups.items():
            if time.monotonic() - begun > GO_S:
                break
            at = instants.now() if now <= instants.now() else now
            if not store.write(
                lambda c, at=at: notice_queue.take_turn(c, "send", holder, at, at + TURN)  # type: ignore[misc]
            ):
                break
            count += deliver(service, recipient, some, now)
    finally:
        store.write(lambda c: notice_queue.end_turn(c, "send", holder))
    return count


def try_out(
    service: Service, recipient: str, by: Actor, now: Instant
) -> tuple[bool, Fault | None]:
    """Send a try to *recipient* at once; return whether it left, and why not."""
    id = outbox.put_try(service.store, recipient, by=by, now=now)
    with service.store.read() as connection:
        row = notice_queue.get(connection, id)
    sent = row is not None and deliver(service, recipient, [row], now)
    with service.store.read() as connection:
        row = notice_queue.get(connection, id)
    return sent, outbox.fault_of(row) if row else None


def is_quiet(span: tuple[int, int] | None, now: Instant) -> bool:
    """Whether *now* lies in the hours, in minutes of the day, in which nothing is sent."""
    if span is None:
        return False
    moment = to_datetime(now)
    minute, (first, last) = moment.hour * 60 + moment.minute, span
    return first <= minute < last if first <= last else minute >= first or minute < last


def deliver(service: Service, recipient: str, rows: Sequence[Row], now: Instant) -> bool:
    """Send the notices *rows* to *recipient* as one message; whether it left."""
    store = service.store
    with store.read() as connection:
        to = _recipient(connection, service, recipient, rows)
        chosen = ways.choices(connection, recipient)
    if isinstance(to, Fault):
        _drop(service, rows, to)
        return False
    lines, kept = _lines(service, to, rows, chosen, now)
    if not kept:
        return False
    if to.robot is not None:
        with store.read() as connection:
            often = notice_queue.messages_since(connection, recipient, now - MINUTE)
            until = notice_queue.shut_until(connection, recipient)
        if until > now or often >= robots.PER_MINUTE:
            until = max(until, now + MINUTE // 2)
            store.write(lambda c: notice_queue.put_off(c, [row["id"] for row in kept], until))
            return False
    ids = [row["id"] for row in kept]
    taken = store.write(lambda c: notice_queue.claim(c, ids, now))
    if len(taken) < len(ids):
        # Another process was at some of them: whoever took one sends it, and nobody both.
        kept = [row for row in kept if row["id"] in taken]
        lines, kept = _lines(service, to, kept, chosen, now) if kept else ([], [])
        if not kept:
            return False
    fault: Unsent | None = None
    state = "sent"
    try:
        _hand_over(service, to, kept, lines, ids[0], now)
    except Unsure as unsure:
        state, fault = "unsure", unsure
    except Unsent as not_sent:
        state, fault = "failed", not_sent
    except Fault as other:
        state, fault = "failed", Unsent(other, final=True)
    if fault is not None:
        log.warning("notices: message %s: %s", ids[0], fault)
    store.write(lambda c: _settle(c, kept, state, fault, now))
    return state == "sent"


def _settle(
    connection: Connection, rows: Sequence[Row], state: str, fault: Unsent | None, now: Instant
) -> None:
    said = json.dumps(as_plain(fault.fault)) if fault else ""
    for row in rows:
        if row["kind"] == TRY and state == "failed":
            # Whoever tried was told at once; there is nothing to go after.
            notice_queue.settle(connection, [row["id"]], "dropped", now, fault=said)
            continue
        again = state == "failed" and fault and not fault.final and row["tries"] < len(PAUSES)
        if again and fault:
            when = now + max(PAUSES[row["tries"]], fault.pause)
            notice_queue.settle(connection, [row["id"]], "due", now, fault=said, not_before=when)
        else:
            notice_queue.settle(connection, [row["id"]], state, now, fault=said)


def _drop(service: Service, rows: Sequence[Row], why: Fault) -> None:
    ids, said = [row["id"] for row in rows], json.dumps(as_plain(why))
    service.store.write(lambda c: notice_queue.drop(c, ids, said))


def _lines(
    service: Service, to: Recipient, rows: Sequence[Row], chosen: dict[str, str], now: Instant
) -> tuple[list[str], list[Row]]:
    """Return what is said, and the notices that say it; the others are dropped, with the reason."""
    lines, kept = [], []
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row["kind"], []).append(row)
    for kind, some in by_kind.items():
        if kind in (COPY, TRY):
            kept += some
            lines += ["这是一条测试消息。收到就说明通了。"] if kind == TRY else []
            continue
        if kind not in KINDS or to.sees.role not in KINDS[kind].roles:
            _drop(service, some, Fault(Code.NOTICE_NOT_ALLOWED))
        elif kind not in chosen:
            _drop(service, some, Fault(Code.NOTICE_NOT_WANTED))
        elif said := notice_texts.line(
            service.ledger, kind, some, to.sees, service.settings.alarms, now
        ):
            lines.append(said)
            kept += some
        else:
            _drop(service, some, Fault(Code.NOTICE_NOTHING_LEFT))
    return lines, kept


def _recipient(
    connection: Connection, service: Service, recipient: str, rows: Sequence[Row]
) -> Recipient | Fault:
    """Return who *recipient* is now, and how it is reached; or why it is not."""
    settings, (kind, _, name) = service.settings, recipient.partition(":")
    if kind == "address":
        file = notice_queue.file_of(connection, rows[0]["id"])
        if file is None:
            return Fault(Code.NOTICE_NO_ADDRESS)
        try:
            address = notice_ways.opened(file["sealed"], settings.second_keys)
        except Fault as fault:
            return fault
        if address not in settings.notices.copies:
            return Fault(Code.NOTICE_NOT_WANTED)
        return Recipient(Account(recipient, "", 0), mail=address)
    sees = to_tell.sees(connection, recipient)
    if isinstance(sees, Fault):
        return sees
    try:
        if kind == "robot":
            row = ways.robot(connection, int(name))
            assert row is not None
            return Recipient(sees, robot=notice_robots.address_of(row, settings))
        row = ways.address(connection, name)
        if row is None or row["confirmed_at"] is None:
            return Fault(Code.NOTICE_NO_ADDRESS)
        return Recipient(
            sees, mail=notice_ways.opened(row["sealed"], settings.second_keys),
            stop=notice_ways.stop_token(row, settings.second_keys),
        )
    except Fault as fault:
        return fault


def _hand_over(
    service: Service, to: Recipient, rows: Sequence[Row], lines: Sequence[str], number: int,
    now: Instant,
) -> None:
    """
    Give it to the mail server or the robot.

    Raises:
        Unsent: it was not taken.
        Fault: no server is set.
    """
    settings, campaign = service.settings, service.campaign
    site, demo = settings.public_url, "【演示】" if campaign.demo else ""
    paths = {KINDS[row["kind"]].path for row in rows if row["kind"] in KINDS}
    link = site + (paths.pop() if len(paths) == 1 else "/admin/")
    if to.robot is not None:
        robots.say(
            to.robot, f"{demo}专码·{campaign.short_title}", lines, link, now,
            settings.notices.robot_hosts,
        )
        return
    server = notice_ways.server_of(settings)
    if rows[0]["kind"] == COPY:
        with service.store.read() as connection:
            file = notice_queue.file_of(connection, rows[0]["id"])
        assert file is not None
        letter = letters.write(
            sender=server.sender, to=to.mail, title=f"{demo}{file['title']}",
            lines=file["body"].splitlines(), number=number, site=site, now=now,
            called=f"专码 {campaign.short_title}",
            attachment=letters.Attachment(file["name"], file["content"]),
        )
    else:
        title = f"{len(lines)} 类事情请您看" if len(lines) > 1 else lines[0]
        if rows[0]["kind"] == TRY:
            title = TITLES[TRY]
        stop = f"{site}/admin/notices/stop/{to.stop}"
        letter = letters.write(
            sender=server.sender, to=to.mail, title=f"{demo}专码：{title}", number=number,
            site=site, now=now, called=f"专码 {campaign.short_title}",
            lines=[
                f"{campaign.short_title}{demo}", "", *(f"· {one}" for one in lines), "",
                f"打开：{link}", "",
                "这里只有件数，内容请登录后看。", f"改收什么：{site}/admin/me/notices",
                *([f"不再收：{stop}"] if to.stop else []),
            ],
        )
    letters.hand_in(server, letter, to.mail)
