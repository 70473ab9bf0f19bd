"""
What goes out, as a queue: put in by the deed's own transaction, taken by a conditional update.

A notice of one recipient, kind and subject is there once, whoever asks for it again. Its states:
``due`` → ``sending`` → ``sent``; or ``failed`` after the last try, ``unsure`` where nobody knows
whether it left, ``dropped`` where it was not to be sent any more.
"""
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from attribution.rule.instants import DAY, HOUR, MINUTE, Instant, day_of, day_start
from attribution.store.engine.database import Connection, Row

# When those who want one message a day have it; not on the hour, when all the world's robots talk.
MORNING = 8 * HOUR + 7 * MINUTE

# The deed that makes somebody wait, as the audit log names it -> the kind of notice.
BY_DEED: Mapping[str, str] = {
    "request_asked": "requests", "correction_asked": "corrections", "period_asked": "periods",
    "feed_plan": "feeds", "appeal": "appeals", "erasure_asked": "erasures",
}

STATES = ("due", "sending", "sent", "unsure", "failed", "dropped")

_COLUMNS = (
    "id, at, recipient, kind, subject, data, state, not_before, tries, fault, message,"
    " claimed_at, sent_at"
)


def next_morning(now: Instant) -> Instant:
    """Return the next MORNING after *now*."""
    today = day_start(day_of(now)) + MORNING
    return today if today > now else day_start(day_of(now + DAY)) + MORNING


def put(
    connection: Connection, id: int, now: Instant, recipient: str, kind: str, subject: str,
    data: Mapping[str, Any] | None = None, not_before: Instant | None = None,
) -> bool:
    """Put a notice in; False where there is one of this recipient, kind and subject."""
    return bool(connection.run(
        """insert into notice (id, at, recipient, kind, subject, data, state, not_before, tries,
               fault)
           values (:id, :at, :recipient, :kind, :subject, :data, 'due', :not_before, 0, '')
           on conflict do nothing""",
        {
            "id": id, "at": now, "recipient": recipient, "kind": kind, "subject": subject,
            "data": json.dumps(data or {}, sort_keys=True),
            "not_before": now if not_before is None else not_before,
        },
    ))


def put_for_all(
    connection: Connection, next_id: Callable[[], int], now: Instant, kind: str, subject: str,
    data: Mapping[str, Any] | None = None, *, but: str = "",
) -> int:
    """
    Put a notice in for everybody who wants to hear of *kind*; return for how many.

    Args:
        but: The account that did it, which knows.
    """
    rows = wanting(connection, kind)
    return sum(
        put(
            connection, next_id(), now, row["recipient"], kind, subject, data,
            next_morning(now) if row["pace"] == "daily" else now,
        )
        for row in rows if row["recipient"] != f"account:{but}"
    )


def put_where_wanted(
    connection: Connection, id: int, now: Instant, recipient: str, kind: str, subject: str,
    data: Mapping[str, Any] | None = None,
) -> bool:
    """Put a notice in where *recipient* wants to hear of *kind*."""
    row = connection.one(
        "select pace from notice_choice where recipient = :recipient and kind = :kind",
        {"recipient": recipient, "kind": kind},
    )
    if row is None:
        return False
    when = next_morning(now) if row["pace"] == "daily" else now
    return put(connection, id, now, recipient, kind, subject, data, when)


def wanting(connection: Connection, kind: str) -> list[Row]:
    """Return who wants to hear of *kind*, and at what pace."""
    return connection.rows(
        "select recipient, pace from notice_choice where kind = :kind order by recipient",
        {"kind": kind},
    )


def wanted(connection: Connection) -> dict[str, list[str]]:
    """Return kind -> who wants to hear of it; kinds that nobody wants are left out."""
    found: dict[str, list[str]] = {}
    rows = connection.rows("select recipient, kind from notice_choice order by kind, recipient")
    for row in rows:
        found.setdefault(row["kind"], []).append(row["recipient"])
    return found


def add_file(
    connection: Connection, id: int, sealed: str, title: str, body: str, name: str, content: str
) -> None:
    """Keep what the notice *id* carries, and to which address."""
    connection.run(
        """insert into notice_file (notice, sealed, title, body, name, content)
           values (:id, :sealed, :title, :body, :name, :content)""",
        {"id": id, "sealed": sealed, "title": title, "body": body, "name": name,
         "content": content},
    )


def file_of(connection: Connection, id: int) -> Row | None:
    """Return the file that the notice *id* carries."""
    return connection.one(
        """select sealed, title, body, name, content from notice_file where notice = :id""",
        {"id": id},
    )


def due(connection: Connection, now: Instant, limit: int = 500) -> list[Row]:
    """Return the notices whose time has come, oldest first."""
    return connection.rows(
        f"""select {_COLUMNS} from notice where state = 'due' and not_before <= :now
            order by not_before, id limit :limit""",
        {"now": now, "limit": limit},
    )


def anything(connection: Connection, now: Instant, lost_before: Instant) -> bool:
    """Whether there is anything to do: to send, or to ask about."""
    return connection.one(
        """select 1 as one from notice where (state = 'due' and not_before <= :now)
               or (state = 'sending' and claimed_at < :before) limit 1""",
        {"now": now, "before": lost_before},
    ) is not None


def claim(connection: Connection, ids: Sequence[int], now: Instant) -> list[int]:
    """Take those of *ids* that nobody took, for one message; return them. Counts as a try."""
    return [
        id for id in ids if connection.run(
            """update notice set state = 'sending', claimed_at = :now, tries = tries + 1,
                   message = :message where id = :id and state = 'due'""",
            {"id": id, "now": now, "message": ids[0]},
        )
    ]


def settle(
    connection: Connection, ids: Collection[int], state: str, now: Instant, *, fault: str = "",
    not_before: Instant | None = None,
) -> int:
    """
    Say what became of *ids*, which were taken; return of how many it still was to be said.

    Args:
        not_before: When it is tried again; with the state ``due``.
    """
    return sum(
        connection.run(
            """update notice set state = :state, fault = :fault,
                   sent_at = case when :state = 'sent' then :now else sent_at end,
                   not_before = coalesce(:not_before, not_before)
               where id = :id and state = 'sending'""",
            {"id": id, "state": state, "fault": fault, "now": now, "not_before": not_before},
        )
        for id in ids
    )


def drop(connection: Connection, ids: Collection[int], fault: str = "") -> int:
    """Let *ids* not be sent, whatever they wait for; return how many that were."""
    return sum(
        connection.run(
            """update notice set state = 'dropped', fault = :fault
               where id = :id and state in ('due', 'failed', 'unsure')""",
            {"id": id, "fault": fault},
        )
        for id in ids
    )


def again(connection: Connection, ids: Collection[int], now: Instant) -> int:
    """Try *ids*, which failed or may have failed, from the beginning; return how many."""
    return sum(
        connection.run(
            """update notice set state = 'due', tries = 0, not_before = :now, fault = ''
               where id = :id and state in ('failed', 'unsure')""",
            {"id": id, "now": now},
        )
        for id in ids
    )


def give_up_lost(connection: Connection, before: Instant, fault: str) -> int:
    """Say of what was taken before *before*, and never settled, that nobody knows."""
    return connection.run(
        """update notice set state = 'unsure', fault = :fault
           where state = 'sending' and claimed_at < :before""",
        {"before": before, "fault": fault},
    )


def messages_since(connection: Connection, recipient: str, since: Instant) -> int:
    """Return how many messages *recipient* was sent, or may have been, since *since*."""
    row = connection.one(
        """select count(distinct message) as n from notice
           where recipient = :recipient and claimed_at >= :since""",
        {"recipient": recipient, "since": since},
    )
    return int(row["n"]) if row else 0


def shut_until(connection: Connection, recipient: str) -> Instant:
    """Return until when the platform of *recipient* said it takes no more; 0 for no such word."""
    row = connection.one(
        """select max(not_before) as until from notice
           where recipient = :recipient and state = 'due' and tries > 0
               and fault like '%robot_too_often%'""",
        {"recipient": recipient},
    )
    return int(row["until"] or 0) if row else 0


def put_off(connection: Connection, ids: Collection[int], until: Instant) -> None:
    """Let *ids*, which nobody took, wait until *until*."""
    for id in ids:
        connection.run(
            "update notice set not_before = :until where id = :id and state = 'due'",
            {"id": id, "until": until},
        )


def counts(connection: Connection) -> dict[str, int]:
    """Return state -> how many notices; states without any are left out."""
    rows = connection.rows("select state, count(*) as n from notice group by state")
    return {row["state"]: int(row["n"]) for row in rows}


def listing(connection: Connection, states: Collection[str], limit: int = 200) -> list[Row]:
    """Return the newest notices in *states*."""
    names = {f"s{number}": state for number, state in enumerate(states)}
    return connection.rows(
        f"""select {_COLUMNS} from notice where state in ({", ".join(f":{n}" for n in names)})
            order by id desc limit :limit""",
        {**names, "limit": limit},
    )


def of(connection: Connection, recipient: str, limit: int) -> list[Row]:
    """Return the newest notices to *recipient*."""
    return connection.rows(
        f"""select {_COLUMNS} from notice where recipient = :recipient
            order by id desc limit :limit""",
        {"recipient": recipient, "limit": limit},
    )


def get(connection: Connection, id: int) -> Row | None:
    """Return the notice *id*."""
    return connection.one(f"select {_COLUMNS} from notice where id = :id", {"id": id})


def forget(connection: Connection, before: Instant) -> int:
    """Delete what was settled and is older than *before*, with its file; return how many."""
    old = "state in ('sent', 'dropped') and at < :before"
    connection.run(
        f"delete from notice_file where notice in (select id from notice where {old})",
        {"before": before},
    )
    return connection.run(f"delete from notice where {old}", {"before": before})


def take_turn(
    connection: Connection, name: str, holder: str, now: Instant, until: Instant
) -> bool:
    """
    Have *name* for *holder* until *until*; False while another has it.

    What is done once in a while is asked with the end of that while: then it is had once in it.
    """
    connection.run(
        """insert into notice_turn (name, at, holder) values (:name, 0, '')
           on conflict do nothing""",
        {"name": name},
    )
    return bool(connection.run(
        """update notice_turn set at = :until, holder = :holder
           where name = :name and (at <= :now or (holder = :holder and holder <> ''))""",
        {"name": name, "holder": holder, "now": now, "until": until},
    ))


def turn_of(connection: Connection, name: str) -> Instant:
    """Return until when somebody has *name*; 0 for nobody ever."""
    row = connection.one("select at from notice_turn where name = :name", {"name": name})
    return int(row["at"]) if row else 0


def end_turn(connection: Connection, name: str, holder: str) -> None:
    """Let others have *name*, which *holder* had."""
    connection.run(
        "update notice_turn set at = 0, holder = '' where name = :name and holder = :holder",
        {"name": name, "holder": holder},
    )
