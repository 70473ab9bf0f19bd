"""What the platform counted of branches and units where it names nobody."""
from collections.abc import Iterable

from attribution.store.engine.database import Connection, Row


def add(connection: Connection, campaign: str, rows: Iterable[Row]) -> None:
    """Append counts. Of one place, day and source the latest word stands."""
    connection.run_many(
        """insert into platform_count (campaign, id, at, source, day, place, registered, bound,
               paid, by_whom)
           values (:campaign, :id, :at, :source, :day, :place, :registered, :bound, :paid,
               :by_whom)""",
        [{"campaign": campaign, **row} for row in rows],
    )


def standing(
    connection: Connection, campaign: str, since: int = 0, until: int = 99_999_999
) -> list[Row]:
    """Return what stands of the days *since* to *until* (exclusive), by place, source and day."""
    return connection.rows(
        """select place, source, day, registered, bound, paid, at, by_whom from platform_count
           where campaign = :campaign and day >= :since and day < :until
               and not exists (select 1 from platform_count later
                   where later.campaign = platform_count.campaign
                       and later.place = platform_count.place
                       and later.source = platform_count.source
                       and later.day = platform_count.day and later.id > platform_count.id)
           order by place, source, day""",
        {"campaign": campaign, "since": since, "until": until},
    )
