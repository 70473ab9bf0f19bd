"""
The only way past the append-only triggers, for the retention job.

It is opened and closed in the transaction of the change, so that a kill in between leaves
it closed. SQLite's triggers are put aside and back; PostgreSQL's look at a setting of the
transaction, which no other sees and which goes along to the nodes of a cluster.
"""
import contextlib
from collections.abc import Iterator, Sequence

from attribution.store.engine.database import Connection


@contextlib.contextmanager
def past_the_triggers(
    connection: Connection, dialect: str, tables: Sequence[str]
) -> Iterator[None]:
    """Let the block change rows of *tables*."""
    if dialect != "sqlite":
        connection.run("set local zhuanma.past_append_only = 'on'")
        yield
        connection.run("set local zhuanma.past_append_only = 'off'")
        return
    triggers = [
        row for row in connection.rows(
            "select name, tbl_name, sql from sqlite_master where type = 'trigger'"
        )
        if row["tbl_name"] in tables
    ]
    for row in triggers:
        connection.run(f"drop trigger {row['name']}")
    yield
    for row in triggers:
        connection.run(row["sql"])
