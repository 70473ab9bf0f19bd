"""The public log: a Merkle tree over all rows that count, and the openings of its leaves."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m036_log",
    (
        # A leaf of the tree: which row it is of, where it stands, and what opens it. Erasing
        # a person forgets rp, deleting a scan all three; the leaf stays in its tile.
        """create table log_leaf (
                campaign text not null,
                log text not null,
                key text not null,            -- of the row; ids with 19 digits
                idx {instant} not null,       -- from 0, in the order of the tree
                rc {bytes},                   -- 16 bytes by chance, over the row
                rp {bytes},                   -- and over what of it is about a person
                p {bytes},                    -- the digest of that; NULL: nothing is
                primary key (campaign, log, key)
            ){keyed}""",
        # 256 hashes a row, as tiles of the C2SP; the last of a level grows. Level 0 holds
        # what is in the leaves, 1 the roots of full tiles of 0, and so on.
        """create table log_tile (
                campaign text not null,
                level {instant} not null,
                n {instant} not null,
                hashes {bytes} not null,
                primary key (campaign, level, n)
            ){strict}""",
        # Each signed head. Whoever extends the tree sees first that the last is still that.
        """create table log_head (
                campaign text not null,
                size {instant} not null,
                at {instant} not null,
                root text not null,           -- hex
                note text not null,           -- the signed checkpoint
                primary key (campaign, size)
            ){strict}""",
        # Up to which row of a log the sealer has come; found anew when it is lost.
        """create table log_mark (
                campaign text not null,
                log text not null,
                upto {instant} not null,      -- all before it were looked at
                late {instant} not null,      -- and before this once more, for late ones
                primary key (campaign, log)
            ){strict}""",
        # How many rows a unit has in each log on a day that is over: one left out shows.
        """create table unit_count (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                day {instant} not null,
                until {instant} not null,     -- the last day; a later one where nothing came
                unit text not null,
                counts text not null,         -- JSON, log -> rows; a log without any is left out
                primary key (campaign, id)
            ){strict}""",
        # What befell the log itself: where it began, keys, restored copies, clocks that lied.
        """create table log_event (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                kind text not null check (kind in ('genesis', 'key', 'restore', 'clock')),
                data text not null,           -- JSON
                primary key (campaign, id)
            ){strict}""",
    ),
    append_only=("log_head", "unit_count", "log_event"),
)
