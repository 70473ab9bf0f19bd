"""
The only way past the append-only triggers, for the retention job.

They are put aside and back in the transaction of the change, so that a kill in between
leaves them where they were.
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
        for table in tables:
            connection.run(f"alter table {table} disable trigger user")
        yield
        for table in tables:
            connection.run(f"alter table {table} enable trigger user")
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
