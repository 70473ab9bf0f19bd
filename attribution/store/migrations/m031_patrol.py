"""What patrols found on the walls: evidence, so it only grows."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m031_patrol",
    (
        # A row for each code that a picture had, each picture that had none, and each place that
        # was looked for in vain. No picture is kept, and of a stranger's code where it leads.
        """create table patrol (
                id {instant} primary key,
                campaign text not null,
                at {instant} not null,
                visit {instant} not null,     -- the first id of the same patrol
                unit text not null,           -- whose walls; empty: only what was photographed
                picture {instant} not null,   -- which of the patrol's, from 1; 0: of none
                state text not null,
                code_unit text,               -- of a code that we signed, or of a missing place
                issue {instant},
                placement text,
                leads text not null,          -- scheme and host of a stranger's code
                by_whom text not null
            ){strict}""",
        "create index patrol_by_place on patrol (campaign, code_unit, placement, at)",
        "create index patrol_by_visit on patrol (campaign, visit)",
    ),
    append_only=("patrol",),
)
