"""
Files: people whom nobody claimed stand in no list of a unit's, and seals hold other names.

By the digest of a hash or of some digits a row finds its claimant, and so decides a credit; the
rows that say whose it is get an id of their own, by which seals know them.
"""
from attribution.store.engine.database import Connection
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m029_feeds",
    (
        "drop index standing_by_credit",
        "create index standing_by_credit on standing (campaign, credited, effective_at)"
        " where credited is not null",
        "drop index standing_by_unit",
        "create index standing_by_unit on standing (campaign, unit) where unit is not null",
        # Of the rows that were there, small numbers.
        "alter table alias add column id {instant} not null default 0",
        "create index alias_by_id on alias (campaign, id)",
    ),
)


def number_aliases(connection: Connection) -> None:
    """
    Number the names that are there, below every id that is made since.

    The next seal takes them as they are: no seal before held any.
    """
    number = 0
    while rows := connection.rows(
        "select campaign, person, kind from alias where id = 0 limit :limit", {"limit": 500}
    ):
        for row in rows:
            number += 1
            row["id"] = number
        connection.run_many(
            """update alias set id = :id
               where campaign = :campaign and person = :person and kind = :kind""", rows,
        )
