"""The public log as it is kept: leaves with what opens them, tiles, heads, sealer's marks."""
from collections.abc import Collection, Mapping, Sequence

from attribution.store.engine.database import Columns, Connection, Row

# Keys of one question.
PAGE = 1000

# Under which the sealer's turn is kept among the marks; no log is called so.
_TURN = "turn"

# Ids as text, so that their order is that of the numbers.
_DIGITS = 19


def key_text(key: int | str) -> str:
    """Return the *key* of a row as leaves know it."""
    return f"{key:0{_DIGITS}}" if isinstance(key, int) else key


def key_texts(keys: Sequence[int | str]) -> list[str]:
    """Return *keys* of rows as leaves know them."""
    return [f"{key:019}" if isinstance(key, int) else key for key in keys]


def key_told(key: str) -> str:
    """Return the *key* of a leaf as people know the row's."""
    return str(int(key)) if len(key) == _DIGITS and key.isdecimal() else key


# --- heads --------------------------------------------------------------------------------


def head(connection: Connection, campaign: str) -> Row | None:
    """Return the newest head: size, at, root (hex), note; None before the first."""
    return connection.one(
        """select size, at, root, note from log_head where campaign = :campaign
           order by size desc limit 1""",
        {"campaign": campaign},
    )


def head_of(connection: Connection, campaign: str, size: int) -> Row | None:
    """Return the head of exactly *size* leaves."""
    return connection.one(
        """select size, at, root, note from log_head
           where campaign = :campaign and size = :size""",
        {"campaign": campaign, "size": size},
    )


def heads(connection: Connection, campaign: str) -> Columns:
    """Return size and instant of all heads, smallest first."""
    return connection.columns(
        "select size, at from log_head where campaign = :campaign order by size",
        {"campaign": campaign},
    )


def latest_heads(connection: Connection, campaign: str, limit: int) -> list[Row]:
    """Return the newest heads, newest first."""
    return connection.rows(
        """select size, at, root, note from log_head where campaign = :campaign
           order by size desc limit :limit""",
        {"campaign": campaign, "limit": limit},
    )


def add_head(connection: Connection, campaign: str, row: Row) -> None:
    """Append a head: size, at, root, note."""
    connection.run(
        """insert into log_head (campaign, size, at, root, note)
           values (:campaign, :size, :at, :root, :note)""",
        {"campaign": campaign, **row},
    )


# --- tiles --------------------------------------------------------------------------------


def tile(connection: Connection, campaign: str, level: int, n: int) -> bytes:
    """Return the hashes of one tile, end to end; b'' where there is none."""
    row = connection.one(
        """select hashes from log_tile
           where campaign = :campaign and level = :level and n = :n""",
        {"campaign": campaign, "level": level, "n": n},
    )
    return bytes(row["hashes"]) if row else b""


def tiles(connection: Connection, campaign: str, level: int, since: int, until: int) -> list[Row]:
    """Return n and hashes of the tiles *since* (inclusive) to *until* of one *level*."""
    return connection.rows(
        """select n, hashes from log_tile where campaign = :campaign and level = :level
               and n >= :since and n < :until order by n""",
        {"campaign": campaign, "level": level, "since": since, "until": until},
    )


def put_tiles(connection: Connection, campaign: str, made: Sequence[Row]) -> None:
    """Write tiles (level, n, hashes), each in the place of the one that it continues."""
    connection.run_many(
        """insert into log_tile (campaign, level, n, hashes)
           values (:campaign, :level, :n, :hashes)
           on conflict (campaign, level, n) do update set hashes = excluded.hashes""",
        [{"campaign": campaign, **row} for row in made],
    )


# --- leaves -------------------------------------------------------------------------------


def add_leaves(connection: Connection, campaign: str, made: Columns) -> None:
    """Append leaves: columns log, key, idx, rc, rp, p."""
    connection.run_block(
        """insert into log_leaf (campaign, log, key, idx, rc, rp, p)
           values (:campaign, :log, :key, :idx, :rc, :rp, :p)""",
        made, {"campaign": campaign},
    )


def leaves_of(
    connection: Connection, campaign: str, log: str, keys: Sequence[str]
) -> dict[str, Row]:
    """Return the leaves of the rows *keys* (at most PAGE) by key."""
    if not keys:
        return {}
    return {row["key"]: row for row in connection.rows(
        """select key, idx, rc, rp, p from log_leaf
           where campaign = :campaign and log = :log and key = any(:keys)""",
        {"campaign": campaign, "log": log, "keys": list(keys)},
    )}


def leaf_at(connection: Connection, campaign: str, idx: int) -> Row | None:
    """Return log and key of the leaf *idx*. Reads all leaves: there is no index by place."""
    return connection.one(
        "select log, key from log_leaf where campaign = :campaign and idx = :idx",
        {"campaign": campaign, "idx": idx},
    )


def keys_among(
    connection: Connection, campaign: str, log: str, keys: Sequence[str]
) -> set[str]:
    """Return which of the rows *keys* (at most PAGE) have a leaf."""
    if not keys:
        return set()
    return {row["key"] for row in connection.rows(
        """select key from log_leaf
           where campaign = :campaign and log = :log and key = any(:keys)""",
        {"campaign": campaign, "log": log, "keys": list(keys)},
    )}


def last_key(connection: Connection, campaign: str, log: str) -> str:
    """Return the last key of *log* that has a leaf; '' before any."""
    row = connection.one(
        """select key from log_leaf where campaign = :campaign and log = :log
           order by key desc limit 1""",
        {"campaign": campaign, "log": log},
    )
    return str(row["key"]) if row else ""


def leaf_columns(
    connection: Connection, campaign: str, log: str, after: str, limit: int
) -> Columns:
    """Return what `leaves_after` does by columns."""
    return connection.columns(
        """select key, idx, rc, rp, p from log_leaf
           where campaign = :campaign and log = :log and key > :after
           order by key limit :limit""",
        {"campaign": campaign, "log": log, "after": after, "limit": limit},
    )


def some_leaves(connection: Connection, campaign: str, limit: int) -> Columns:
    """Return *limit* leaves of whichever logs, in no order: all, where there are fewer."""
    return connection.columns(
        """select log, key, idx, rc, rp, p from log_leaf
           where campaign = :campaign limit :limit""",
        {"campaign": campaign, "limit": limit},
    )


def leaves_after(
    connection: Connection, campaign: str, log: str, after: str, limit: int = PAGE
) -> list[Row]:
    """Return the next leaves of *log* by key."""
    return connection.rows(
        """select key, idx, rc, rp, p from log_leaf
           where campaign = :campaign and log = :log and key > :after
           order by key limit :limit""",
        {"campaign": campaign, "log": log, "after": after, "limit": limit},
    )


def count_leaves(connection: Connection, campaign: str, log: str, since: int, until: int) -> int:
    """Return how many rows of *log* with ids from *since* (inclusive) to *until* have a leaf."""
    row = connection.one(
        """select count(*) as n from log_leaf
           where campaign = :campaign and log = :log and key >= :since and key < :until""",
        {"campaign": campaign, "log": log, "since": key_text(since), "until": key_text(until)},
    )
    return int(row["n"]) if row else 0


def logs(connection: Connection, campaign: str) -> list[str]:
    """Return the names of all logs that have leaves."""
    found: list[str] = []
    after = ""
    while row := connection.one(
        # Each name by a step in the key: to tell them apart by reading all takes minutes.
        """select log from log_leaf where campaign = :campaign and log > :after
           order by log limit 1""",
        {"campaign": campaign, "after": after},
    ):
        found.append(after := row["log"])
    return found


# --- what must be forgotten ---------------------------------------------------------------


def forget_rows(
    connection: Connection, campaign: str, log: str, keys: Collection[int | str], *, wholly: bool
) -> None:
    """
    Forget what opens the personal part of the rows *keys* of *log*.

    Args:
        wholly: The row is gone, and with it what opened the rest.
    """
    emptied = "rc = null, rp = null, p = null" if wholly else "rp = null"
    listed = [key_text(key) for key in keys]
    for first in range(0, len(listed), PAGE):
        connection.run(
            f"""update log_leaf set {emptied}
                where campaign = :campaign and log = :log and key = any(:keys)""",
            {"campaign": campaign, "log": log, "keys": listed[first : first + PAGE]},
        )


def forget_before(
    connection: Connection, campaign: str, log: str, before: int, limit: int, *, wholly: bool
) -> int:
    """Do as `forget_rows` with the next rows whose ids are below *before*; return how many."""
    name = f"{log} {'deleted' if wholly else 'shredded'}"
    after = marks(connection, campaign).get(name, (0, 0))[0]
    row = connection.one(
        """select count(*) as n, max(key) as last from (
               select key from log_leaf where campaign = :campaign and log = :log
                   and key > :after and key < :before order by key limit :limit) step""",
        {"campaign": campaign, "log": log, "after": key_text(after), "before": key_text(before),
         "limit": limit},
    )
    if row is None or not row["n"]:
        return 0
    emptied = "rc = null, rp = null, p = null" if wholly else "rp = null"
    connection.run(
        f"""update log_leaf set {emptied} where campaign = :campaign and log = :log
                and key > :after and key <= :last""",
        {"campaign": campaign, "log": log, "after": key_text(after), "last": row["last"]},
    )
    put_mark(connection, campaign, name, int(row["last"]), 0)
    return int(row["n"])


# --- how far the sealer has come ----------------------------------------------------------


def marks(connection: Connection, campaign: str) -> dict[str, tuple[int, int]]:
    """Return log -> up to where it was looked at, and up to where once more for late rows."""
    return {
        row["log"]: (int(row["upto"]), int(row["late"])) for row in connection.rows(
            "select log, upto, late from log_mark where campaign = :campaign",
            {"campaign": campaign},
        )
    }


def put_mark(connection: Connection, campaign: str, log: str, upto: int, late: int) -> None:
    """Keep how far the sealer has come in *log*."""
    put_marks(connection, campaign, {log: (upto, late)})


def put_marks(
    connection: Connection, campaign: str, marks: Mapping[str, tuple[int, int]]
) -> None:
    """Keep how far the sealer has come in each log: `marks` returns it."""
    connection.run_many(
        """insert into log_mark (campaign, log, upto, late)
           values (:campaign, :log, :upto, :late)
           on conflict (campaign, log) do update set upto = excluded.upto, late = excluded.late""",
        [
            {"campaign": campaign, "log": log, "upto": upto, "late": late}
            for log, (upto, late) in marks.items()
        ],
    )


def take_turn(
    connection: Connection, campaign: str, now: int, until: int, longest: int
) -> bool:
    """
    Take the sealer's turn until an instant; False while it is another's.

    Args:
        longest: How long a turn is at most.
    """
    connection.alone("log_mark")
    held = marks(connection, campaign).get(_TURN, (0, 0))[0]
    # A turn that ends later than any can was taken by a clock that was ahead.
    if now < held <= now + longest:
        return False
    put_mark(connection, campaign, _TURN, until, 0)
    return True


def end_turn(connection: Connection, campaign: str, until: int) -> None:
    """Let the next turn begin at *until*."""
    put_mark(connection, campaign, _TURN, until, 0)


# --- what befell the log, and what units have ---------------------------------------------


def add_event(connection: Connection, campaign: str, row: Row) -> None:
    """Append what befell the log: id, at, kind, data (JSON)."""
    connection.run(
        """insert into log_event (campaign, id, at, kind, data)
           values (:campaign, :id, :at, :kind, :data)""",
        {"campaign": campaign, **row},
    )


def events(connection: Connection, campaign: str, kind: str) -> list[Row]:
    """Return what of one *kind* befell the log, oldest first."""
    return connection.rows(
        """select id, at, kind, data from log_event
           where campaign = :campaign and kind = :kind order by id""",
        {"campaign": campaign, "kind": kind},
    )


def add_counts(connection: Connection, campaign: str, rows: Sequence[Row]) -> None:
    """Append the counts of units on days: id, at, day, until (inclusive), unit, counts (JSON)."""
    connection.run_many(
        """insert into unit_count (campaign, id, at, day, until, unit, counts)
           values (:campaign, :id, :at, :day, :until, :unit, :counts)""",
        [{"campaign": campaign, **row} for row in rows],
    )


def last_count(connection: Connection, campaign: str) -> Row | None:
    """Return the last row of the counts of units: id and until."""
    return connection.one(
        "select id, until from unit_count where campaign = :campaign order by id desc limit 1",
        {"campaign": campaign},
    )


def counts(connection: Connection, campaign: str, after: int, limit: int = PAGE) -> list[Row]:
    """Return the next counts of units by id."""
    return connection.rows(
        """select id, at, day, until, unit, counts from unit_count
           where campaign = :campaign and id > :after order by id limit :limit""",
        {"campaign": campaign, "after": after, "limit": limit},
    )


def counts_of(connection: Connection, campaign: str, unit: str) -> list[Row]:
    """Return all counts of one *unit*, oldest first."""
    return connection.rows(
        """select id, at, day, until, unit, counts from unit_count
           where campaign = :campaign and unit = :unit order by id""",
        {"campaign": campaign, "unit": unit},
    )


def count_rows(
    connection: Connection, campaign: str, log: str, unit: str, since: int, until: int
) -> dict[str, int]:
    """
    Return unit -> rows of *log* with ids from *since* (inclusive) to *until*.

    Args:
        unit: The column that names whose it is.
    """
    return {
        row["unit"]: int(row["n"]) for row in connection.rows(
            f"""select {unit} as unit, count(*) as n from {log}
                where campaign = :campaign and id >= :since and id < :until
                    and {unit} is not null
                group by {unit}""",
            {"campaign": campaign, "since": since, "until": until},
        )
    }


def last_forgetting(connection: Connection, campaign: str) -> int:
    """Return the id of the last record of what was forgotten; 0 before any."""
    row = connection.one(
        "select max(id) as id from retention_run where campaign = :campaign",
        {"campaign": campaign},
    )
    return int(row["id"] or 0) if row else 0
