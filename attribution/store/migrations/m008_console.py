"""The console: sessions, contacts, placements, poster jobs, and the audit log's chain."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m008_console",
    (
        "alter table account add column totp text",  # base32; NULL: no second step
        "alter table account add column password_at {instant}",
        # Which units a role is for; none for office, checker and a viewer of all.
        """create table account_scope (
                name text not null,
                unit text not null,
                primary key (name, unit)
            ){strict}""",
        # A session ends here and not in the cookie, so that signing out is final.
        """create table staff_session (
                id text primary key,          -- digest of what the cookie holds
                account text not null,
                created_at {instant} not null,
                seen_at {instant} not null,
                network text not null,
                client text not null,
                ended_at {instant}
            ){strict}""",
        "create index staff_session_by_account on staff_session (account, created_at)",
        # Failed sign-ins within a window, by what they have in common.
        """create table throttle (
                key text primary key,
                since {instant} not null,
                failures {instant} not null
            ){strict}""",
        """create table preference (
                account text not null,
                page text not null,
                query text not null,
                primary key (account, page)
            ){strict}""",
        """create table contact (
                campaign text not null,
                unit text not null,
                name text not null,
                duty text not null,
                reach text not null,          -- how the office reaches this member of staff
                primary key (campaign, unit, name)
            ){strict}""",
        """create table placement (
                campaign text not null,
                unit text not null,
                placement text not null,
                label text not null,
                at {instant} not null,
                by_whom text not null,
                primary key (campaign, unit, placement)
            ){strict}""",
        """create table poster_job (
                id {instant} primary key,
                campaign text not null,
                at {instant} not null,
                by_whom text not null,
                format text not null,
                units text not null,          -- ids, comma between
                total {instant} not null,
                done {instant} not null,
                seen_at {instant} not null,   -- the worker's last sign of life
                state text not null check (state in ('waiting', 'running', 'done', 'failed')),
                problem text not null
            ){strict}""",
        "create index poster_job_by_time on poster_job (campaign, id)",
        # The chain: n without gaps, each hash over the entry and the hash before.
        "alter table audit add column n {instant}",
        "alter table audit add column network text",
        "alter table audit add column hash text",
        "create unique index audit_by_n on audit (n)",
        """create table audit_head (
                name text primary key,
                n {instant} not null,
                hash text not null
            ){strict}""",
        "insert into audit_head (name, n, hash) values ('audit', 0, '')",
        # The console's lists read by these.
        "create index claim_event_by_kind on claim_event (campaign, kind, id)",
        "create index standing_by_unit on standing (campaign, unit)",
    ),
)
