"""People whom nobody claimed, most of most files, stand in no list of a unit's."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m029_unclaimed",
    (
        "drop index standing_by_credit",
        "create index standing_by_credit on standing (campaign, credited, effective_at)"
        " where credited is not null",
        "drop index standing_by_unit",
        "create index standing_by_unit on standing (campaign, unit) where unit is not null",
    ),
)
