"""Locked periods, the terms in force, and the paper behind a correction."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m010_ledger",
    (
        # A period that is to be locked, until another person agrees.
        """create table period_request (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                until {instant} not null,     -- yyyymmdd, exclusive
                asked_by text not null references account (name),
                primary key (campaign, id),
                unique (campaign, id, asked_by)
            ){strict}""",
        # Days from since to until whose numbers stand as they were reported. One
        # lock begins where the one before ends, and none begins there twice.
        """create table period_lock (
                campaign text not null,
                until {instant} not null,
                since {instant} not null,
                id {instant} not null,
                at {instant} not null,
                request {instant} not null,
                asked_by text not null,
                approved_by text not null references account (name),
                rows {instant} not null,      -- of period_count
                primary key (campaign, until),
                unique (campaign, since),
                foreign key (campaign, request, asked_by)
                    references period_request (campaign, id, asked_by),
                check (since < until),
                check (asked_by <> approved_by)
            ){strict}""",
        # What the lock of *until* posted: its own days as they stood, and for days
        # of earlier locks what corrections had changed since those.
        """create table period_count (
                campaign text not null,
                until {instant} not null,
                unit text not null,
                day {instant} not null,
                kind text not null,
                id {instant} not null,
                n {instant} not null,
                primary key (campaign, until, unit, day, kind)
            ){strict}""",
        "create index period_count_by_id on period_count (campaign, id)",
        # Each set of terms under which credits were decided.
        """create table campaign_terms (
                campaign text not null,
                version text not null,        -- policy@digest of the terms
                id {instant} not null,
                at {instant} not null,        -- since when it is in force
                terms text not null,          -- JSON
                primary key (campaign, version)
            ){strict}""",
        # The paper behind a correction: its SHA-256, never the paper.
        "alter table proposal add column attachment text",
    ),
    append_only=("period_request", "period_lock", "period_count", "campaign_terms"),
)
