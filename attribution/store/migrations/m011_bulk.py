"""A file on its way in, while it is read."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m011_bulk",
    (
        # A file on its way in (docs/decisions/0007): read and checked, then counted.
        """create table feed_job (
                campaign text not null,
                id {instant} not null,
                batch text not null,
                at {instant} not null,
                seen_at {instant} not null,   -- its last sign of life
                counted {instant} not null check (counted in (0, 1)),
                primary key (campaign, id)
            ){strict}""",
        # Its rows, some hundred in one: of digests, not of numbers. Gone once counted.
        """create table feed_chunk (
                campaign text not null,
                job {instant} not null,
                number {instant} not null,
                rows text not null,           -- JSON
                primary key (campaign, job, number)
            ){strict}""",
    ),
)
