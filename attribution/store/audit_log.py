"""
The audit log: who did what, when and from where, each entry sealed to the one before.

An entry's hash covers the hash before it, so that a changed, removed or slipped-in
row shows; the head row makes writers queue, so that two entries never share a
number. Entries from before the chain carry no number; the first hash covers them.
"""
import hashlib
import json
from collections.abc import Collection, Iterator

from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row
from attribution.store.ids import first_id_at
from qrgen.faults import Fault

PAGE = 1000
_COLUMNS = "n, id, at, who, what, detail, network, hash"


def append(
    connection: Connection, id: int, at: Instant, who: str, what: str, detail: str,
    network: str = "",
) -> int:
    """
    Record that *who* did *what*; return the entry's number.

    Args:
        detail: What it was done to. Holds no personal data.
        network: The digest of where the request came from; '' for the shell.
    """
    # Before the read: this row is the queue in which writers of all nodes stand.
    connection.run("update audit_head set n = n + 1 where name = 'audit'")
    head = connection.one("select n, hash from audit_head where name = 'audit'")
    assert head is not None
    before = head["hash"] or root(connection)
    row = {
        "n": int(head["n"]), "id": id, "at": at, "who": who, "what": what, "detail": detail,
        "network": network,
    }
    row["hash"] = hash_of(before, row)
    connection.run(
        """insert into audit (n, id, at, who, what, detail, network, hash)
           values (:n, :id, :at, :who, :what, :detail, :network, :hash)""",
        row,
    )
    connection.run(
        "update audit_head set hash = :hash where name = 'audit'", {"hash": row["hash"]}
    )
    return int(head["n"])


def hash_of(before: str, row: Row) -> str:
    """Return the hash of *row* after an entry with the hash *before*."""
    fields = [before, *(row[name] for name in ("n", "id", "at", "who", "what", "detail"))]
    text = json.dumps([*fields, row["network"] or ""], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def root(connection: Connection) -> str:
    """Return the hash that the first numbered entry builds on: that of all older ones."""
    digest = hashlib.sha256(b"audit")
    for row in connection.rows(
        "select id, at, who, what, detail from audit where n is null order by id"
    ):
        digest.update(json.dumps(list(row.values()), ensure_ascii=False).encode())
    return digest.hexdigest()


def head(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the last entry: the seal that a print can carry."""
    row = connection.one("select n, hash from audit_head where name = 'audit'")
    return (int(row["n"]), str(row["hash"])) if row else (0, "")


def after(connection: Connection, n: int, limit: int = PAGE) -> list[Row]:
    """Return the next *limit* entries after number *n*, in order."""
    return connection.rows(
        f"select {_COLUMNS} from audit where n > :n order by n limit :limit",
        {"n": n, "limit": limit},
    )


def latest(
    connection: Connection, *, who: str = "", what: str = "", kinds: Collection[str] = (),
    since: Instant | None = None, until: Instant | None = None, below: int | None = None,
    limit: int = 50,
) -> list[Row]:
    """
    Return the newest entries, below number *below*.

    Args:
        who: Whose; of anybody by default.
        what, kinds: Of which kind, or of which kinds; of all by default.
        since, until: When they were made, *until* exclusive.
    """
    conditions = "n is not null"
    parameters: dict[str, object] = {"limit": limit}
    for name, value in (("who", who), ("what", what)):
        if value:
            conditions += f" and {name} = :{name}"
            parameters[name] = value
    if kinds:
        conditions += f" and what in ({_list(kinds, parameters)})"
    # By ids, which grow with time and are the table's key.
    for name, instant, sign in (("since", since, ">="), ("until", until, "<")):
        if instant is not None:
            conditions += f" and id {sign} :{name}"
            parameters[name] = first_id_at(instant)
    if below is not None:
        conditions += " and n < :below"
        parameters["below"] = below
    return connection.rows(
        f"select {_COLUMNS} from audit where {conditions} order by n desc limit :limit",
        parameters,
    )


def following(connection: Connection, n: int, kinds: Collection[str], limit: int) -> list[Row]:
    """Return the next *limit* entries of *kinds* after number *n*, in order."""
    parameters: dict[str, object] = {"n": n, "limit": limit}
    told = _list(kinds, parameters)
    return connection.rows(
        f"select {_COLUMNS} from audit where n > :n and what in ({told}) order by n limit :limit",
        parameters,
    )


def people(connection: Connection) -> list[str]:
    """Return who has done anything so far, for a filter: accounts, the shell's, partners."""
    return [row["who"] for row in connection.rows("select distinct who from audit order by who")]


def tells_of(connection: Connection, subject: str, n: int) -> bool:
    """Whether an entry after number *n* is about *subject*, as entries write it."""
    told = json.dumps(subject, ensure_ascii=False)
    for sign in "!%_":
        told = told.replace(sign, f"!{sign}")
    return connection.one(
        """select n from audit where n > :n and detail like :told escape '!' limit 1""",
        {"n": n, "told": f'{{"subject":{told}%'},
    ) is not None


def names(connection: Connection, what: str, text: str) -> bool:
    """Whether an entry of the kind *what* holds *text*, which has no sign of a pattern in it."""
    return connection.one(
        "select n from audit where what = :what and detail like :text limit 1",
        {"what": what, "text": f"%{text}%"},
    ) is not None


def kinds(connection: Connection) -> list[str]:
    """Return what has been done so far, for a filter."""
    return [row["what"] for row in connection.rows("select distinct what from audit order by what")]


def faults(connection: Connection) -> Iterator[Fault]:
    """Yield everything wrong with the chain; nothing when it is whole."""
    before, expected = root(connection), 1
    while rows := after(connection, expected - 1):
        for row in rows:
            if row["n"] != expected:
                yield Fault(Code.AUDIT_ENTRIES_MISSING, first=expected, last=row["n"] - 1)
            elif row["hash"] != hash_of(before, row):
                yield Fault(Code.AUDIT_ENTRY_CHANGED, entry=row["n"])
            before, expected = row["hash"], row["n"] + 1
    n, seal = head(connection)
    if n != expected - 1:
        yield Fault(Code.AUDIT_ENTRIES_MISSING, first=expected, last=n)
    elif n and seal != before:
        yield Fault(Code.AUDIT_SEAL_DIFFERS, entry=n)


def _list(values: Collection[str], parameters: dict[str, object]) -> str:
    """Return the placeholders of a list of kinds, and put their values among *parameters*."""
    parameters |= {f"kind{place}": value for place, value in enumerate(values)}
    return ", ".join(f":kind{place}" for place in range(len(values)))
