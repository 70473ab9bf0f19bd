"""The scans of one unit: a list on SQLite, a view of the index on PostgreSQL (`scan_lists`)."""
from attribution.store.migrations.step import Migration

STEP = Migration("m013_scan_lists", ())
