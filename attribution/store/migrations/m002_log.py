"""Scans, claims, what befell a claim, and the forms that were used."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m002_log",
    (
        """create table scan (
                id {instant} primary key,
                campaign text not null,
                at {instant} not null,
                day {instant} not null,       -- yyyymmdd in Shanghai
                unit text not null,
                issue {instant} not null,
                placement text,
                network text not null,        -- keyed digest of /24 or /48, for limits
                client text not null,         -- which app, never the whole user agent
                flag text                     -- why it does not count as a scan; NULL: counts
            ){strict}""",
        "create index scan_by_unit on scan (campaign, unit, id)",
        """create table claim (
                campaign text not null,
                person text not null,         -- keyed digest, hex
                id {instant} not null,
                at {instant} not null,
                unit text not null,
                issue {instant} not null,
                placement text,
                scan {instant},
                verified {instant} not null check (verified in (0, 1)),
                last4 text not null,
                consent text not null,        -- digest of the text agreed to
                network text not null,
                client text not null,
                primary key (campaign, person, id)
            ){strict}""",
        "create index claim_by_time on claim (campaign, id)",
        "create index claim_by_unit on claim (campaign, unit, id)",
        # What befell a claim later: withdrawn, held, released.
        """create table claim_event (
                campaign text not null,
                person text not null,
                id {instant} not null,
                claim {instant} not null,
                at {instant} not null,
                kind text not null check (kind in ('withdrawn', 'held', 'released')),
                reason text not null,
                by_whom text not null,
                primary key (campaign, person, id)
            ){strict}""",
        # One form, one claim: a token that was used belongs to that claim.
        """create table form (
                token text primary key,
                person text not null,
                claim {instant} not null
            ){strict}""",
    ),
    append_only=("scan", "claim", "claim_event", "form"),
)
