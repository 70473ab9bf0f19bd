"""
Who stands for what somebody asked for who has left: a chain of handovers.

What was asked stays under the name of who asked, in logs that only grow. Whoever took over is
its asker as well from then on, and so is whoever took over from them.
"""
from collections.abc import Sequence

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row


def add(
    connection: Connection, id: int, at: Instant, leaver: str, successor: str, by_whom: str
) -> None:
    """Append a handover."""
    connection.run(
        """insert into handover (id, at, leaver, successor, by_whom)
           values (:id, :at, :leaver, :successor, :by_whom)""",
        {"id": id, "at": at, "leaver": leaver, "successor": successor, "by_whom": by_whom},
    )


def everything(connection: Connection) -> list[Row]:
    """Return all handovers, oldest first."""
    return connection.rows("select id, at, leaver, successor, by_whom from handover order by id")


def chain(rows: Sequence[Row], asker: str, at: Instant) -> tuple[str, ...]:
    """
    Return whose it was, one after another, what *asker* asked for at *at*; the last has it now.

    Args:
        rows: All handovers, oldest first.
    """
    held = [asker]
    for row in rows:
        if row["leaver"] == held[-1] and row["at"] >= at:
            held.append(row["successor"])
            at = row["at"]
    return tuple(held)


def askers(connection: Connection, asker: str, at: Instant) -> tuple[str, ...]:
    """Return the chain of what *asker* asked for at *at*."""
    return chain(everything(connection), asker, at)


def may_hold(rows: Sequence[Row], name: str) -> list[str]:
    """Return whose things *name* may have now: its own, and those of whom it took over from."""
    found = [name]
    for row in reversed(rows):
        if row["successor"] in found and row["leaver"] not in found:
            found.append(row["leaver"])
    return found
