"""How a campaign ends: what was done of its end, each deed a row of its own."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m046_end",
    (
        """create table end_mark (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                kind text not null
                    check (kind in ('archive', 'shredding', 'shredded', 'copy_gone')),
                subject text not null,        -- a file's name, a copy's name
                detail text not null,         -- JSON
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
    ),
    append_only=("end_mark",),
)
