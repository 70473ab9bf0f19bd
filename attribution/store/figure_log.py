"""Figures that somebody stated with source and day, and nobody can trace to people."""
from collections.abc import Iterable

from attribution.store.engine.database import Connection, Row


def add(connection: Connection, campaign: str, rows: Iterable[Row]) -> None:
    """Append figures."""
    connection.run_many(
        """insert into stated_figure (campaign, id, at, subject, unit, day, number, source, by_whom)
           values (:campaign, :id, :at, :subject, :unit, :day, :number, :source, :by_whom)""",
        [{"campaign": campaign, **row} for row in rows],
    )


def history(connection: Connection, campaign: str) -> list[Row]:
    """Return every figure that was ever stated, the newest statement first."""
    return connection.rows(
        """select id, at, subject, unit, day, number, source, by_whom from stated_figure
           where campaign = :campaign order by id desc""",
        {"campaign": campaign},
    )


def standing(connection: Connection, campaign: str) -> list[Row]:
    """Return what stands: of each subject, unit and day the latest word; by day."""
    return connection.rows(
        """select subject, unit, day, number, source, at, by_whom from stated_figure
           where campaign = :campaign
               and not exists (select 1 from stated_figure later
                   where later.campaign = stated_figure.campaign
                       and later.subject = stated_figure.subject
                       and later.unit = stated_figure.unit
                       and later.day = stated_figure.day and later.id > stated_figure.id)
           order by subject, unit, day""",
        {"campaign": campaign},
    )
