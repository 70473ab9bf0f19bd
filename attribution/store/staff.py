"""Staff: accounts, the units each is for, sessions, failed sign-ins, remembered filters."""
from collections.abc import Iterable

from attribution.rule.instants import Instant
from attribution.store import notices
from attribution.store.engine.database import Connection, Row


def account(connection: Connection, name: str) -> Row | None:
    """Return the account *name*, closed ones too."""
    return connection.one(
        """select name, password, role, session_epoch, created_at, closed_at, totp, password_at,
               handed_over, real_name
           from account where name = :name""",
        {"name": name},
    )


def accounts(connection: Connection) -> list[Row]:
    """Return all accounts by name, without passwords."""
    return connection.rows(
        """select name, role, created_at, closed_at, totp, handed_over, real_name from account
           order by name"""
    )


def real_names(connection: Connection) -> dict[str, str]:
    """Return what the people behind accounts are called, of those that say it."""
    rows = connection.rows("select name, real_name from account where real_name <> ''")
    return {row["name"]: row["real_name"] for row in rows}


def set_real_name(connection: Connection, name: str, real_name: str) -> None:
    """Keep whose the account *name* is."""
    connection.run(
        "update account set real_name = :real where name = :name",
        {"name": name, "real": real_name},
    )


def of_role(connection: Connection, role: str) -> list[str]:
    """Return the open accounts of *role*, by name."""
    rows = connection.rows(
        "select name from account where role = :role and closed_at is null order by name",
        {"role": role},
    )
    return [row["name"] for row in rows]


def add_account(
    connection: Connection, name: str, password: str, role: str, now: Instant,
    handed_over: bool = False,
) -> bool:
    """
    Add an account; False when the name is taken.

    Args:
        password: Its argon2id hash.
        handed_over: Somebody else made the password, and knows it.
    """
    notices.begin(connection, name)
    return bool(
        connection.run(
            """insert into account (name, password, role, session_epoch, created_at, password_at,
                   handed_over)
               values (:name, :password, :role, 0, :now, :now, :handed_over)
               on conflict do nothing""",
            {
                "name": name, "password": password, "role": role, "now": now,
                "handed_over": int(handed_over),
            },
        )
    )


def set_password(
    connection: Connection, name: str, password: str, now: Instant | None = None,
    handed_over: bool = False,
) -> bool:
    """Change a password, which signs the account out everywhere; see `add_account`."""
    return bool(
        connection.run(
            """update account set password = :password, session_epoch = session_epoch + 1,
                   password_at = coalesce(:now, password_at), handed_over = :handed_over
               where name = :name""",
            {"name": name, "password": password, "now": now, "handed_over": int(handed_over)},
        )
    )


def set_role(connection: Connection, name: str, role: str) -> bool:
    """Give *name* another role, which signs the account out everywhere."""
    return bool(
        connection.run(
            """update account set role = :role, session_epoch = session_epoch + 1
               where name = :name""",
            {"name": name, "role": role},
        )
    )


def totps(connection: Connection) -> dict[str, str]:
    """Return the second steps by account, closed ones too: sealed, or from before they were."""
    rows = connection.rows("select name, totp from account where totp is not null order by name")
    return {row["name"]: row["totp"] for row in rows}


def set_totp(connection: Connection, name: str, secret: str | None) -> None:
    """Ask for a second step at sign-in, by its sealed *secret*, or (None) no longer."""
    connection.run(
        "update account set totp = :secret where name = :name", {"name": name, "secret": secret}
    )


def close_account(connection: Connection, name: str, at: Instant | None) -> bool:
    """Close an account (or open it again with None), which signs it out everywhere."""
    return bool(
        connection.run(
            """update account set closed_at = :at, session_epoch = session_epoch + 1
               where name = :name""",
            {"name": name, "at": at},
        )
    )


def end_everywhere(connection: Connection, name: str, at: Instant) -> int:
    """End every session of *name*; return how many were open."""
    connection.run(
        "update account set session_epoch = session_epoch + 1 where name = :name", {"name": name}
    )
    return connection.run(
        "update staff_session set ended_at = :at where account = :name and ended_at is null",
        {"name": name, "at": at},
    )


def scopes(connection: Connection, name: str) -> list[str]:
    """Return the unit ids that *name* is for."""
    rows = connection.rows(
        "select unit from account_scope where name = :name order by unit", {"name": name}
    )
    return [row["unit"] for row in rows]


def all_scopes(connection: Connection) -> dict[str, list[str]]:
    """Return the unit ids of every account that has some."""
    found: dict[str, list[str]] = {}
    for row in connection.rows("select name, unit from account_scope order by name, unit"):
        found.setdefault(row["name"], []).append(row["unit"])
    return found


def set_scopes(connection: Connection, name: str, units: Iterable[str]) -> None:
    """Make *units* the ones that *name* is for."""
    connection.run("delete from account_scope where name = :name", {"name": name})
    connection.run_many(
        "insert into account_scope (name, unit) values (:name, :unit)",
        [{"name": name, "unit": unit} for unit in sorted(set(units))],
    )


def add_session(
    connection: Connection, id: str, account: str, now: Instant, network: str, client: str
) -> None:
    """Begin a session; *id* is the digest of what the cookie holds."""
    connection.run(
        """insert into staff_session (id, account, created_at, seen_at, proved_at, network, client)
           values (:id, :account, :now, :now, :now, :network, :client)""",
        {"id": id, "account": account, "now": now, "network": network, "client": client},
    )


def session(connection: Connection, id: str) -> Row | None:
    """Return the session *id*, ended ones too."""
    return connection.one(
        """select account, created_at, seen_at, ended_at,
               coalesce(proved_at, created_at) as proved_at
           from staff_session where id = :id""",
        {"id": id},
    )


def prove_session(connection: Connection, id: str, now: Instant) -> None:
    """Note that who is in the session *id* has just proved to be the account's owner."""
    connection.run(
        "update staff_session set proved_at = :now where id = :id and ended_at is null",
        {"id": id, "now": now},
    )


def see_session(connection: Connection, id: str, now: Instant) -> None:
    """Note that the session *id* is in use."""
    connection.run(
        "update staff_session set seen_at = :now where id = :id", {"id": id, "now": now}
    )


def end_session(connection: Connection, id: str, now: Instant) -> None:
    """End the session *id*."""
    connection.run(
        "update staff_session set ended_at = :now where id = :id and ended_at is null",
        {"id": id, "now": now},
    )


def sessions(connection: Connection, account: str, since: Instant) -> list[Row]:
    """Return the open sessions of *account* seen since *since*, newest first."""
    return connection.rows(
        """select id, created_at, seen_at, client from staff_session
           where account = :account and ended_at is null and seen_at >= :since
           order by created_at desc""",
        {"account": account, "since": since},
    )


def last_seen(connection: Connection) -> dict[str, Instant]:
    """Return when each account was in the console last."""
    rows = connection.rows("select account, max(seen_at) as at from staff_session group by account")
    return {row["account"]: int(row["at"]) for row in rows}


def end_one_session(connection: Connection, account: str, start: str, now: Instant) -> int:
    """
    End the open sessions of *account* whose id begins with *start*; return how many.

    Pages name a session by the beginning of its id: the whole is nobody's business.
    """
    return connection.run(
        """update staff_session set ended_at = :now
           where account = :account and ended_at is null and substr(id, 1, :length) = :start""",
        {"account": account, "now": now, "start": start, "length": len(start)},
    )


def failures(connection: Connection, account: str, since: Instant) -> list[Row]:
    """
    Return what was counted against *account* in windows begun since *since*: key, failures.

    Args:
        account: As it is counted (`signing_in.counted_as`).
    """
    return [
        row
        for row in connection.rows(
            "select key, since, failures from throttle where since > :since and failures > 0",
            {"since": since},
        )
        if _about(row["key"], account)
    ]


def unlock(connection: Connection, account: str) -> int:
    """Forget every failure counted against *account*; return how many counts there were."""
    keys = [
        row["key"]
        for row in connection.rows("select key from throttle")
        if _about(row["key"], account)
    ]
    for key in keys:
        forgive(connection, key)
    return len(keys)


def _about(key: str, account: str) -> bool:
    # "pair:WHO:…", "device:WHO:…", "account:WHO", "step:WHO", "step:WHO:…"; WHO is a digest.
    kind, _, rest = key.partition(":")
    return kind in ("pair", "device", "account", "step") and rest.partition(":")[0] == account


def count_failure(connection: Connection, key: str, now: Instant, window: int) -> int:
    """Count one more failure under *key* and return how many there are within *window*."""
    connection.run(
        """insert into throttle (key, since, failures) values (:key, :now, 1)
           on conflict (key) do update set
               failures = case when throttle.since <= :before then 1
                   else throttle.failures + 1 end,
               since = case when throttle.since <= :before then excluded.since
                   else throttle.since end""",
        {"key": key, "now": now, "before": now - window},
    )
    row = connection.one("select failures from throttle where key = :key", {"key": key})
    return int(row["failures"]) if row else 0


def forgive(connection: Connection, key: str) -> None:
    """Forget the failures under *key*."""
    connection.run("delete from throttle where key = :key", {"key": key})


def forgive_one(connection: Connection, key: str) -> None:
    """Take back one failure under *key*: what was counted in advance was none."""
    connection.run(
        "update throttle set failures = failures - 1 where key = :key and failures > 0",
        {"key": key},
    )


def sweep_failures(connection: Connection, before: Instant) -> None:
    """Forget failures whose window is long over."""
    connection.run("delete from throttle where since < :before", {"before": before})


def preference(connection: Connection, account: str, page: str) -> str:
    """Return the query that *account* last used on *page*; '' when there is none."""
    row = connection.one(
        "select query from preference where account = :account and page = :page",
        {"account": account, "page": page},
    )
    return str(row["query"]) if row else ""


def set_preference(connection: Connection, account: str, page: str, query: str) -> None:
    """Remember *query* for *account* on *page*."""
    connection.run(
        """insert into preference (account, page, query) values (:account, :page, :query)
           on conflict (account, page) do update set query = excluded.query""",
        {"account": account, "page": page, "query": query},
    )
