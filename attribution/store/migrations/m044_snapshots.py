"""Numbered states of the ledger as they were reported (快照), and what was made of each."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m044_snapshots",
    (
        # *figures* is the text that *sha256* is of; it is told again and never made again.
        """create table snapshot (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                number {instant} not null,    -- of the campaign, from 1, without a gap
                since {instant} not null,     -- days yyyymmdd; until is exclusive
                until {instant} not null,
                sha256 text not null,
                by_whom text not null,
                figures text not null,
                primary key (campaign, id),
                unique (campaign, number)
            ){strict}""",
        # Files that say what a snapshot says, each content once.
        """create table snapshot_file (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                snapshot {instant} not null,  -- its number
                kind text not null,           -- pack, bulletin, exchange …
                name text not null,
                sha256 text not null,
                program text not null,        -- by which version of ours it was made
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
        "create index snapshot_file_of on snapshot_file (campaign, snapshot, id)",
    ),
    append_only=("snapshot", "snapshot_file"),
)
