"""Claims taken at a unit's counter, found without reading all the others."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m028_counter",
    (
        "create index claim_assisted on claim (campaign, unit, id) where client = 'counter'",
    ),
)
