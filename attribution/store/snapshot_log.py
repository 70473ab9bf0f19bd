"""Snapshots and the files that were made of them: rows that only ever are added."""
from collections.abc import Iterable

from attribution.store.engine.database import Connection, Row

_LIGHT = "id, at, number, since, until, sha256, by_whom"
_FILE = "id, at, snapshot, kind, name, sha256, program, by_whom"


def add(connection: Connection, campaign: str, row: Row) -> None:
    """Append a snapshot; the key refuses a number twice."""
    connection.run(
        """insert into snapshot (campaign, id, at, number, since, until, sha256, by_whom, figures)
           values (:campaign, :id, :at, :number, :since, :until, :sha256, :by_whom, :figures)""",
        {"campaign": campaign, **row},
    )


def last_number(connection: Connection, campaign: str) -> int:
    """Return the highest number of a snapshot; 0 before the first."""
    row = connection.one(
        "select max(number) as number from snapshot where campaign = :campaign",
        {"campaign": campaign},
    )
    return int(row["number"] or 0) if row else 0


def one(connection: Connection, campaign: str, number: int) -> Row | None:
    """Return the snapshot *number* with its ``figures``."""
    return connection.one(
        f"""select {_LIGHT}, figures from snapshot
            where campaign = :campaign and number = :number""",
        {"campaign": campaign, "number": number},
    )


def every(connection: Connection, campaign: str) -> list[Row]:
    """Return all snapshots without their figures, the newest first."""
    return connection.rows(
        f"select {_LIGHT} from snapshot where campaign = :campaign order by number desc",
        {"campaign": campaign},
    )


def add_files(connection: Connection, campaign: str, rows: Iterable[Row]) -> None:
    """Append files."""
    connection.run_many(
        f"""insert into snapshot_file (campaign, {_FILE})
            values (:campaign, :id, :at, :snapshot, :kind, :name, :sha256, :program, :by_whom)""",
        [{"campaign": campaign, **row} for row in rows],
    )


def files(connection: Connection, campaign: str, number: int | None = None) -> list[Row]:
    """Return the files made of the snapshot *number*, or of all, oldest first."""
    mine = "" if number is None else " and snapshot = :number"
    return connection.rows(
        f"select {_FILE} from snapshot_file where campaign = :campaign{mine} order by id",
        {"campaign": campaign} if number is None else {"campaign": campaign, "number": number},
    )
