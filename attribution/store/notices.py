"""What others did, as it is told: entries of the audit log, and up to where each has read."""
from collections.abc import Collection, Iterable

from attribution.store import audit_log
from attribution.store.engine.database import Connection, Row


def begin(connection: Connection, account: str) -> None:
    """Let *account*, a new one, be told what is done from now on."""
    n, _ = audit_log.head(connection)
    connection.run(
        """insert into notice_mark (account, read_to, sent_to) values (:account, :n, :n)
           on conflict do nothing""",
        {"account": account, "n": n},
    )


def mark(connection: Connection, account: str) -> tuple[int, int]:
    """Return up to which entry *account* has read, and up to which messages went out."""
    row = connection.one(
        "select read_to, sent_to from notice_mark where account = :account", {"account": account}
    )
    return (int(row["read_to"]), int(row["sent_to"])) if row else (0, 0)


def read(connection: Connection, account: str, n: int) -> None:
    """Note that *account* has read up to entry *n*; never less than before."""
    connection.run(
        """update notice_mark set read_to = :n where account = :account and read_to < :n""",
        {"account": account, "n": n},
    )


def sent(connection: Connection, account: str, n: int) -> None:
    """Note that *account* had messages up to entry *n*."""
    connection.run(
        "update notice_mark set sent_to = :n where account = :account and sent_to < :n",
        {"account": account, "n": n},
    )


def after(
    connection: Connection, n: int, *, kinds: Collection[str], exports: str,
    exporters: Collection[str] | None, but: str, limit: int,
) -> list[Row]:
    """
    Return the newest entries after *n*: of *kinds*, and *exports* by *exporters* (None: anybody)
    or at the shell.

    Args:
        but: Whose own are left out.
    """
    names: dict[str, object] = {"n": n, "but": but, "limit": limit, "exports": exports}
    told = _list("k", kinds, names)
    by = "" if exporters is None else (
        f" and (who in ({_list('e', exporters, names)}) or who like 'shell%')"
    )
    return connection.rows(
        f"""select n, at, who, what, detail from audit
            where n > :n and who <> :but
                and (what in ({told}) or (what = :exports{by}))
            order by n desc limit :limit""",
        names,
    )


def of_people(
    connection: Connection, who: Collection[str] | None, *, but: Iterable[str],
    since: int | None, until: int | None, below: int | None, limit: int,
) -> list[Row]:
    """
    Return the newest entries of *who* (None: anybody's), without the kinds *but*.

    Args:
        since, until: Ids that bound them, *until* exclusive (`ids.first_id_at`).
        below: Entries with a number below this.
    """
    names: dict[str, object] = {"limit": limit}
    where = f"n is not null and what not in ({_list('b', but, names)})"
    if who is not None:
        where += f" and who in ({_list('w', who, names)})"
    bounds = (("id >=", "since", since), ("id <", "until", until), ("n <", "below", below))
    for compared, name, value in bounds:
        if value is not None:
            where += f" and {compared} :{name}"
            names[name] = value
    return connection.rows(
        f"""select n, id, at, who, what, detail from audit where {where}
            order by n desc limit :limit""",
        names,
    )


def _list(prefix: str, values: Iterable[str], names: dict[str, object]) -> str:
    """Name each of *values* for a statement; an empty list holds nothing, in both engines."""
    found = {f"{prefix}{number}": value for number, value in enumerate(values)}
    names.update(found)
    return ", ".join(f":{name}" for name in found) or "null"
