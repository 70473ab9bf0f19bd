"""What somebody states with source and day: how goals stand, what a survey counted."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m042_figures",
    (
        # Whoever corrects a figure states it once more: of one subject, unit and day the latest
        # row stands, and the earlier one can still be read.
        """create table stated_figure (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                subject text not null,        -- the key of a goal, or households, users
                unit text not null,           -- an area's id; empty: the county
                day {instant} not null,       -- of which day it is, yyyymmdd
                number {instant} not null,
                source text not null,         -- who counted, in the office's words
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
    ),
    append_only=("stated_figure",),
)
