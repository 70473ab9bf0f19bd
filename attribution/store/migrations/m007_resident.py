"""What the resident's pages keep: views, ways out, newness, receipts, passwords, erasures."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m007_resident",
    (
        # A visible page: somebody looked, no preview did.
        """create table seen (
                scan {instant} primary key,
                campaign text not null,
                unit text not null,
                at {instant} not null
            ){strict}""",
        # Somebody took one of the campaign's links.
        """create table way_out (
                id {instant} primary key,
                campaign text not null,
                at {instant} not null,
                day {instant} not null,
                link text not null,           -- a key of the campaign's links
                unit text,                    -- whose page it stood on, if that is known
                client text not null,
                flag text                     -- why it does not count, as in scan
            ){strict}""",
        "create index way_out_by_link on way_out (campaign, link, day)",
        # Who the platform says is new, as found out after a claim: for staff.
        """create table newness (
                campaign text not null,
                person text not null,
                id {instant} not null,
                claim {instant} not null,
                at {instant} not null,
                state text not null check (state in ('new', 'during', 'before', 'unknown')),
                source text not null,
                primary key (campaign, person, id)
            ){strict}""",
        # The platform's list of known users, digests only.
        """create table known_user (
                campaign text not null,
                person text not null,
                registered_at {instant},      -- NULL: known, the time is not
                list text not null,
                primary key (campaign, person)
            ){strict}""",
        """create table known_list (
                campaign text not null,
                id text not null,
                sha256 text not null,
                at {instant} not null,
                row_count {instant} not null,
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
        # Found by a keyed digest: the receipt itself is on the person's paper only.
        """create table receipt (
                digest text primary key,
                campaign text not null,
                person text not null,
                claim {instant} not null
            ){strict}""",
        """create table one_time (
                id text primary key,          -- by chance; the page carries it
                campaign text not null,
                person text not null,
                last4 text not null,
                purpose text not null,        -- claim | my
                form text not null,           -- the claim form's token; empty for my
                secret text not null,         -- keyed digest of id and password; '' once over
                at {instant} not null,
                expires_at {instant} not null,
                tries {instant} not null,
                proved_at {instant},
                network text not null,
                visitor text not null
            ){strict}""",
        "create index one_time_by_person on one_time (campaign, person, at)",
        "create index one_time_by_time on one_time (campaign, at)",
        # What the retention job has to carry out, and when it was asked for.
        """create table erasure_asked (
                campaign text not null,
                person text not null,
                id {instant} not null,
                at {instant} not null,
                claim {instant},              -- NULL: everything about the person
                by_whom text not null,
                primary key (campaign, person, id)
            ){strict}""",
        # Proves that a write gets through (/readyz).
        """create table beat (
                name text primary key,
                at {instant} not null
            ){strict}""",
    ),
    append_only=("seen", "way_out", "erasure_asked"),
)
