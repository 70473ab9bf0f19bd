"""By which way somebody hears: the address of an account, the robots of groups, and of what."""
from collections.abc import Mapping
from typing import Any

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row


def address(connection: Connection, account: str) -> Row | None:
    """Return the address of *account*, confirmed or not."""
    return connection.one(
        """select account, sealed, shown, code, asked_at, tries, codes, codes_since, confirmed_at,
               stop_mark
           from notice_address where account = :account""",
        {"account": account},
    )


def addresses(connection: Connection) -> list[Row]:
    """Return all addresses, by account."""
    return connection.rows(
        """select account, sealed, shown, confirmed_at, stop_mark from notice_address
           order by account"""
    )


def put_address(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep the address in *row*, which is not confirmed, in the place of an earlier one."""
    connection.run(
        """insert into notice_address (account, sealed, shown, code, asked_at, tries, codes,
               codes_since, confirmed_at, stop_mark)
           values (:account, :sealed, :shown, :code, :asked_at, 0, :codes, :codes_since, null,
               :stop_mark)
           on conflict (account) do update set sealed = excluded.sealed, shown = excluded.shown,
               code = excluded.code, asked_at = excluded.asked_at, tries = 0,
               codes = excluded.codes, codes_since = excluded.codes_since, confirmed_at = null,
               stop_mark = excluded.stop_mark""",
        row,
    )


def count_try(connection: Connection, account: str) -> None:
    """Count a code that *account* typed."""
    connection.run(
        "update notice_address set tries = tries + 1 where account = :account",
        {"account": account},
    )


def confirm(connection: Connection, account: str, now: Instant) -> None:
    """Note that the mail of *account* arrives."""
    connection.run(
        """update notice_address set confirmed_at = :now, code = '' where account = :account""",
        {"account": account, "now": now},
    )


def drop_address(connection: Connection, account: str) -> bool:
    """Forget the address of *account*; False where there is none."""
    return bool(connection.run(
        """update notice_address set sealed = '', shown = '', code = '', confirmed_at = null
           where account = :account and sealed <> ''""",
        {"account": account},
    ))


def forget_closed(connection: Connection, before: Instant) -> int:
    """Forget the addresses of accounts that were closed before *before*; return how many."""
    return connection.run(
        """update notice_address set sealed = '', shown = '', code = '', confirmed_at = null
           where sealed <> ''
               and account in (select name from account where closed_at < :before)""",
        {"before": before},
    )


def sealed(connection: Connection) -> list[tuple[str, str | int, str]]:
    """Return everything that is sealed: of what (``address``, ``robot``), whose, and the seal."""
    found: list[tuple[str, str | int, str]] = [
        ("address", row["account"], row["sealed"]) for row in connection.rows(
            "select account, sealed from notice_address where sealed <> ''"
        )
    ]
    found += [
        ("robot", row["id"], row["sealed"])
        for row in connection.rows("select id, sealed from notice_robot where sealed <> ''")
    ]
    return found + [
        ("file", row["notice"], row["sealed"])
        for row in connection.rows("select notice, sealed from notice_file")
    ]


def seal_again(connection: Connection, what: str, whose: str | int, before: str, now: str) -> int:
    """Put the seal *now* in the place of *before*, if that still stands there."""
    table, key = {
        "address": ("notice_address", "account"), "robot": ("notice_robot", "id"),
        "file": ("notice_file", "notice"),
    }[what]
    return connection.run(
        f"update {table} set sealed = :now where {key} = :whose and sealed = :before",
        {"whose": whose, "before": before, "now": now},
    )


def choices(connection: Connection, recipient: str) -> dict[str, str]:
    """Return of which kinds *recipient* wants to hear: kind -> pace."""
    rows = connection.rows(
        "select kind, pace from notice_choice where recipient = :recipient order by kind",
        {"recipient": recipient},
    )
    return {row["kind"]: row["pace"] for row in rows}


def set_choices(connection: Connection, recipient: str, wanted: Mapping[str, str]) -> None:
    """Let *recipient* hear of the kinds in *wanted* (kind -> pace) and of no others."""
    connection.run(
        "delete from notice_choice where recipient = :recipient", {"recipient": recipient}
    )
    connection.run_many(
        "insert into notice_choice (recipient, kind, pace) values (:recipient, :kind, :pace)",
        [{"recipient": recipient, "kind": kind, "pace": pace} for kind, pace in wanted.items()],
    )


_ROBOT = "id, at, name, platform, sealed, shown, role, units, by_whom, state"


def robots(connection: Connection) -> list[Row]:
    """Return all robots that were not dropped, oldest first."""
    return connection.rows(
        f"select {_ROBOT} from notice_robot where state <> 'stopped' order by id"
    )


def robot(connection: Connection, id: int) -> Row | None:
    """Return the robot *id*, a dropped one too."""
    return connection.one(f"select {_ROBOT} from notice_robot where id = :id", {"id": id})


def add_robot(connection: Connection, row: Mapping[str, Any]) -> None:
    """Add the robot in *row*."""
    connection.run(
        """insert into notice_robot (id, at, name, platform, sealed, shown, role, units, by_whom,
               state)
           values (:id, :at, :name, :platform, :sealed, :shown, :role, :units, :by_whom,
               :state)""",
        row,
    )


def set_robot(connection: Connection, id: int, state: str) -> bool:
    """Let the robot *id* be in *state*; a stopped one keeps no secret, and stays stopped."""
    return bool(connection.run(
        """update notice_robot set state = :state,
               sealed = case when :stops = 1 then '' else sealed end
           where id = :id and state <> :state and state <> 'stopped'""",
        {"id": id, "state": state, "stops": int(state == "stopped")},
    ))


def take_on(connection: Connection, id: int, account: str) -> bool:
    """Let *account* answer for the robot *id*."""
    return bool(connection.run(
        "update notice_robot set by_whom = :account where id = :id and by_whom <> :account",
        {"id": id, "account": account},
    ))
