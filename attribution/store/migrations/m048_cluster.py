"""Past the append-only triggers without putting them aside, which a cluster knows nothing of."""
from attribution.store.migrations.step import Migration

# The function behind the triggers is made anew at each migration (`postgres_words.OWN_TABLES`);
# the step is there so that no node goes on with the one before.
STEP = Migration("m048_cluster", ())
