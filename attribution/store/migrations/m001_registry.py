"""Who can be credited, the codes that were revoked, and who writes."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m001_registry",
    (
        # Whoever can be credited. Never deleted: closed_at ends a unit.
        """create table unit (
                campaign text not null,
                id text not null,
                position {instant} not null,  -- the order of Attachment 1
                kind text not null check (kind in ('area', 'line', 'department', 'bank')),
                name text not null,
                target {instant},             -- NULL: none was asked, which is not 0
                official_code text,           -- GB/T 2260 and statistical codes
                area text,                    -- the line's area, a unit id
                bank text,                    -- the line's bank, a unit id
                branch text,
                sector text,
                mode text,                    -- NULL: as the campaign
                link text,
                issue {instant} not null,     -- the issue now printed
                closed_at {instant},
                primary key (campaign, id)
            ){strict}""",
        # Revoked issues; what is not here, up to unit.issue, is good.
        """create table revocation (
                campaign text not null,
                unit text not null,
                issue {instant} not null,
                at {instant} not null,
                by_whom text not null,
                primary key (campaign, unit, issue)
            ){strict}""",
        # Counts changes of the two tables above, so that a server notices
        # them in the transaction of the next scan.
        """create table registry_version (
                campaign text primary key,
                version {instant} not null
            ){strict}""",
        """create table writer (
                name text primary key,
                leases {instant} not null
            ){strict}""",
        "insert into writer (name, leases) values ('writer', 0)",
    ),
)
