"""Counts in slots, so that many can add to one at once."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m009_scale",
    (
        # A count is the sum of its slots, so that many can add to it at once. On
        # PostgreSQL this step also divides the scan log by weeks (`partitions`).
        "alter table tally rename to tally_single",
        """create table tally (
                campaign text not null,
                unit text not null,
                day {instant} not null,
                kind text not null,
                slot {instant} not null,
                n {instant} not null,
                primary key (campaign, unit, day, kind, slot)
            ){strict}""",
        """insert into tally (campaign, unit, day, kind, slot, n)
               select campaign, unit, day, kind, 0, n from tally_single""",
        "drop table tally_single",
    ),
)
