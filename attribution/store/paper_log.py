"""What was printed of which unit and when, and when its old paper was last taken down."""
from collections.abc import Collection

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row


def jobs(connection: Connection, campaign: str) -> list[Row]:
    """Return the poster jobs that printed something: when, what, by whom, and of which units."""
    return connection.rows(
        """select at, units, format, by_whom from poster_job
           where campaign = :campaign and state <> 'failed' order by id""",
        {"campaign": campaign},
    )


def singles(connection: Connection) -> list[Row]:
    """Return the entries of posters that were printed one by one."""
    return connection.rows(
        "select at, who, detail from audit where what = 'poster' and n is not null order by n"
    )


def add_marks(
    connection: Connection, campaign: str, marks: Collection[tuple[int, str]], now: Instant,
    by_whom: str,
) -> None:
    """Note that what hangs of each unit is right as of *now*; *marks* are ids and units."""
    connection.run_many(
        """insert into paper_mark (campaign, id, at, unit, by_whom)
           values (:campaign, :id, :at, :unit, :by_whom)""",
        [
            {"campaign": campaign, "id": id, "at": now, "unit": unit, "by_whom": by_whom}
            for id, unit in marks
        ],
    )


def marks(connection: Connection, campaign: str) -> dict[str, Row]:
    """Return the last mark of each unit that has one."""
    rows = connection.rows(
        "select unit, at, by_whom from paper_mark where campaign = :campaign order by id",
        {"campaign": campaign},
    )
    return {row["unit"]: row for row in rows}
