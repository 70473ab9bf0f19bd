"""Numbers that lie beside one that a password was sent to: known then, and asked for later."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m027_neighbours",
    (
        # Digests of the numbers beside it, JSON; the claim that follows knows no number any more.
        # The row is gone after a day.
        "alter table one_time add column near text",
    ),
)
