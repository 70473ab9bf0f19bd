"""Which scans lie far from their time in the log, so that a period can be read by ids."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m014_astray",
    (
        # Ids begin with the time, unless a clock was set back while they were made: of
        # those scans there are none, or a few (`export_pages.reach`). An index of nothing costs a
        # commit nothing.
        """create index scan_astray on scan (campaign, at)
            where abs((id / 4194304 + 1640995200000) * 1000 - at) > 60000000""",
    ),
)
