"""Staff accounts, and the audit log of what they did."""
from attribution.instants import Instant
from attribution.store.database import Connection, Row


def account(connection: Connection, name: str) -> Row | None:
    """Return the account *name*, closed ones too."""
    return connection.one(
        """select name, password, role, session_epoch, created_at, closed_at from account
           where name = :name""",
        {"name": name},
    )


def accounts(connection: Connection) -> list[Row]:
    """Return all accounts by name, without passwords."""
    return connection.rows(
        "select name, role, created_at, closed_at from account order by name"
    )


def add_account(
    connection: Connection, name: str, password: str, role: str, now: Instant
) -> bool:
    """Add an account; *password* is its argon2id hash. False when the name is taken."""
    return bool(
        connection.run(
            """insert into account (name, password, role, session_epoch, created_at)
               values (:name, :password, :role, 0, :now) on conflict do nothing""",
            {"name": name, "password": password, "role": role, "now": now},
        )
    )


def set_password(connection: Connection, name: str, password: str) -> bool:
    """Change a password, which signs the account out everywhere."""
    return bool(
        connection.run(
            """update account set password = :password, session_epoch = session_epoch + 1
               where name = :name""",
            {"name": name, "password": password},
        )
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


def add_audit(
    connection: Connection, id: int, at: Instant, who: str, what: str, detail: str
) -> None:
    """Record that *who* did *what*. *detail* holds no personal data."""
    connection.run(
        """insert into audit (id, at, who, what, detail)
           values (:id, :at, :who, :what, :detail)""",
        {"id": id, "at": at, "who": who, "what": what, "detail": detail},
    )
