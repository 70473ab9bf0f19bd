"""
The schema, as a list of steps. A step that has shipped is never edited.

One text for every engine; `Words` holds the few that differ. Everything about a
person is keyed by (campaign, person), the shard key of a distributed database;
scans by their own id; units and codes are small reference tables (docs/scale.md).
Logs (scan, claim, claim_event, fact, adjustment, credit, audit …) only grow, and
triggers refuse anything else. `standing` and `tally` are derived from the logs
and can be rebuilt at any time (`attribution rebuild`).
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from attribution.store.database import Connection


@dataclass(frozen=True)
class Words:
    """What the engines call things."""

    instant: str  # a 64-bit integer
    strict: str  # refuses values of another type than the column's
    append_only: Callable[[str], list[str]]  # statements that close a table to change
    # What one engine does besides, by the step's name.
    besides: Mapping[str, Callable[[Connection], None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Migration:
    name: str
    statements: tuple[str, ...]
    append_only: tuple[str, ...] = ()


MIGRATIONS = [
    Migration(
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
    ),
    Migration(
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
    ),
    Migration(
        "m003_ledger",
        (
            """create table batch (
                campaign text not null,
                id text not null,
                sha256 text not null,
                source text not null,
                as_of {instant} not null,
                received_at {instant} not null,
                row_count {instant} not null,
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
            """create table fact (
                campaign text not null,
                person text not null,
                id {instant} not null,
                as_of {instant} not null,     -- the platform's business date
                received_at {instant} not null,
                batch text not null,
                last4 text not null,
                registered_at {instant},
                card_bound_at {instant},
                first_txn_at {instant},
                primary key (campaign, person, id)
            ){strict}""",
            "create index fact_by_batch on fact (campaign, batch, id)",
            # The first credit of a person, as it was decided. Changes are adjustments.
            """create table credit (
                campaign text not null,
                person text not null,
                id {instant} not null,
                unit text not null,
                claim {instant} not null,
                effective_at {instant} not null,
                decided_at {instant} not null,
                policy text not null,
                primary key (campaign, person)
            ){strict}""",
            """create table adjustment (
                campaign text not null,
                person text not null,
                id {instant} not null,
                at {instant} not null,
                kind text not null check (kind in ('reassign', 'reverse', 'restore')),
                from_unit text,
                to_unit text,
                reason text not null,
                note text not null,
                automatic {instant} not null check (automatic in (0, 1)),
                asked_by text not null,
                approved_by text not null,
                primary key (campaign, person, id),
                -- Two people, unless the rule itself speaks.
                check (automatic = 1 or asked_by <> approved_by)
            ){strict}""",
            # Where each person stands now: derived, one row a person.
            """create table standing (
                campaign text not null,
                person text not null,
                last4 text not null,
                unit text,                    -- the winner's, also before credit
                claim {instant},              -- the winner, else the latest claim
                credited text,                -- the credited unit
                reason text,                  -- why there is no credit
                registered_at {instant},
                card_bound_at {instant},
                first_txn_at {instant},
                effective_at {instant},
                decided_at {instant} not null,
                primary key (campaign, person),
                check ((credited is null) <> (reason is null))
            ){strict}""",
            "create index standing_by_credit on standing (campaign, credited, effective_at)",
            # Counts kept in the transaction of what they count.
            """create table tally (
                campaign text not null,
                unit text not null,
                day {instant} not null,
                kind text not null,
                n {instant} not null,
                primary key (campaign, unit, day, kind)
            ){strict}""",
        ),
        append_only=("batch", "fact", "credit", "adjustment"),
    ),
    Migration(
        "m004_staff",
        (
            """create table account (
                name text primary key,
                password text not null,       -- argon2id
                role text not null,
                session_epoch {instant} not null,  -- raised to sign out everywhere
                created_at {instant} not null,
                closed_at {instant}
            ){strict}""",
            """create table audit (
                id {instant} primary key,
                at {instant} not null,
                who text not null,
                what text not null,
                detail text not null
            ){strict}""",
        ),
        append_only=("audit",),
    ),
    Migration(
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
    ),
    Migration(
        "m006_ledger",
        (
            # Each log is read by id when a day is sealed and when the seal is checked.
            "create index claim_event_by_id on claim_event (campaign, id)",
            "create index fact_by_id on fact (campaign, id)",
            "create index credit_by_id on credit (campaign, id)",
            "create index adjustment_by_id on adjustment (campaign, id)",
            "create index batch_by_hash on batch (campaign, sha256)",
            # A dry run that waits for another person; the file itself is not kept.
            """create table feed_plan (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                batch text not null,
                sha256 text not null,
                asked_by text not null references account (name),
                terms text not null,          -- how it is to be read, JSON
                report text not null,         -- what it would do, JSON
                primary key (campaign, id),
                unique (campaign, id, asked_by)
            ){strict}""",
            """create table feed_confirmation (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                batch text not null,
                plan {instant} not null,
                asked_by text not null,
                confirmed_by text not null references account (name),
                primary key (campaign, batch),
                foreign key (campaign, plan, asked_by)
                    references feed_plan (campaign, id, asked_by),
                check (asked_by <> confirmed_by)
            ){strict}""",
            # What a batch did, as its report said.
            """create table batch_report (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                batch text not null,
                report text not null,         -- JSON
                primary key (campaign, batch)
            ){strict}""",
            # Under which headings a source writes. Settings, not a log.
            """create table feed_source (
                campaign text not null,
                name text not null,
                headings text not null,       -- JSON, field -> heading
                at {instant} not null,
                primary key (campaign, name)
            ){strict}""",
            # Rows of files that somebody must look at, and that somebody did.
            """create table difference (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                batch text not null,
                line {instant} not null,
                person text,                  -- NULL: the row could not be read
                last4 text not null,
                category text not null
                    check (category in ('conflict', 'time_anomaly', 'malformed')),
                reason text not null,
                primary key (campaign, id)
            ){strict}""",
            "create index difference_by_person on difference (campaign, person)",
            """create table difference_done (
                campaign text not null,
                difference {instant} not null,
                id {instant} not null,
                at {instant} not null,
                note text not null,
                by_whom text not null,
                primary key (campaign, difference)
            ){strict}""",
            # A correction is asked for, and answered by somebody else. The asker's
            # name is part of the reference, so that the check compares the true ones.
            """create table proposal (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                person text not null,
                kind text not null
                    check (kind in ('reassign', 'reverse', 'restore', 'hold', 'release')),
                claim {instant},              -- hold and release
                to_unit text,                 -- reassign
                reason text not null,
                note text not null,
                asked_by text not null references account (name),
                primary key (campaign, id),
                unique (campaign, id, asked_by)
            ){strict}""",
            "create index proposal_by_person on proposal (campaign, person)",
            """create table proposal_answer (
                campaign text not null,
                proposal {instant} not null,
                id {instant} not null,
                at {instant} not null,
                answer text not null check (answer in ('approved', 'refused')),
                note text not null,
                asked_by text not null,
                answered_by text not null references account (name),
                primary key (campaign, proposal),
                foreign key (campaign, proposal, asked_by)
                    references proposal (campaign, id, asked_by),
                check (asked_by <> answered_by)
            ){strict}""",
            # One seal covers all rows since the seal before; each is chained to that.
            """create table seal (
                campaign text not null,
                number {instant} not null,
                day {instant} not null,       -- yyyymmdd, the day it closes or lies in
                until {instant} not null,     -- exclusive
                at {instant} not null,
                digest text not null,         -- sha256 or sm3
                rows {instant} not null,
                previous text not null,
                root text not null,           -- over the pages
                mac text not null,            -- over all of the above
                primary key (campaign, number)
            ){strict}""",
            """create table seal_page (
                campaign text not null,
                number {instant} not null,
                log text not null,
                page {instant} not null,
                rows text not null,           -- key:core:whole a line, keyed digests
                primary key (campaign, number, log, page)
            ){strict}""",
            """create table export_seal (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                sha256 text not null,
                name text not null,
                by_whom text not null,
                seal {instant} not null,
                mac text not null,
                primary key (campaign, id)
            ){strict}""",
            "create index export_seal_by_hash on export_seal (campaign, sha256)",
            # What the retention job took away; the only lawful gap in a sealed log.
            """create table retention_run (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                log text not null,
                kind text not null check (kind in ('deleted', 'shredded')),
                keys text not null,           -- JSON: of single rows; empty: all before
                before {instant} not null,    -- ids below this
                rows {instant} not null,
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
            # Counts of rows that the retention job deleted, so that tallies stay counts.
            """create table tally_kept (
                campaign text not null,
                unit text not null,
                day {instant} not null,
                kind text not null,
                n {instant} not null,
                primary key (campaign, unit, day, kind)
            ){strict}""",
            # Keys of partners who push. The secret is derived, not stored.
            """create table partner_key (
                id text primary key,
                partner text not null,
                may text not null,            -- what it opens, words: facts lookups
                at {instant} not null,
                by_whom text not null
            ){strict}""",
            """create table partner_revocation (
                key text primary key,
                at {instant} not null,
                by_whom text not null
            ){strict}""",
            # Not logs: both are forgotten when they have served.
            """create table partner_nonce (
                key text not null,
                nonce text not null,
                at {instant} not null,
                primary key (key, nonce)
            ){strict}""",
            """create table partner_answer (
                partner text not null,
                request text not null,        -- the Idempotency-Key
                sha256 text not null,
                at {instant} not null,
                body text not null,
                primary key (partner, request)
            ){strict}""",
        ),
        append_only=(
            "feed_plan", "feed_confirmation", "batch_report", "difference", "difference_done",
            "proposal", "proposal_answer", "seal", "seal_page", "export_seal", "retention_run",
            "partner_key", "partner_revocation",
        ),
    ),
    Migration(
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
    ),
    Migration(
        "m009_scale",
        (
            # A count is the sum of its slots, so that many can add to it at once. On
            # PostgreSQL this step also divides the scan log by weeks (`partitions`).
            "alter table tally rename to tally_single",
            """create table tally (
                campaign text not null,
                unit text not null,
                day {instant} not null,
                kind text not null,
                slot {instant} not null,
                n {instant} not null,
                primary key (campaign, unit, day, kind, slot)
            ){strict}""",
            """insert into tally (campaign, unit, day, kind, slot, n)
               select campaign, unit, day, kind, 0, n from tally_single""",
            "drop table tally_single",
        ),
    ),
    Migration(
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
    ),
    Migration(
        "m011_bulk",
        (
            # A file on its way in (docs/decisions/0007): read and checked, then counted.
            """create table feed_job (
                campaign text not null,
                id {instant} not null,
                batch text not null,
                at {instant} not null,
                seen_at {instant} not null,   -- its last sign of life
                counted {instant} not null check (counted in (0, 1)),
                primary key (campaign, id)
            ){strict}""",
            # Its rows, some hundred in one: of digests, not of numbers. Gone once counted.
            """create table feed_chunk (
                campaign text not null,
                job {instant} not null,
                number {instant} not null,
                rows text not null,           -- JSON
                primary key (campaign, job, number)
            ){strict}""",
        ),
    ),
    Migration(
        "m012_console",
        (
            # A unit says that a credit is wrong. *about* is what its administrator can know:
            # a row's number, a receipt or LAST4@DATE; who that is shows at the decision.
            """create table appeal (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                unit text not null,           -- for whom it is filed
                about text not null,
                note text not null,
                asked_by text not null references account (name),
                primary key (campaign, id),
                unique (campaign, id, asked_by)
            ){strict}""",
            """create table appeal_answer (
                campaign text not null,
                appeal {instant} not null,
                id {instant} not null,
                at {instant} not null,
                answer text not null check (answer in ('upheld', 'refused')),
                note text not null,
                proposal {instant},           -- the correction that an upheld one led to
                asked_by text not null,
                answered_by text not null references account (name),
                primary key (campaign, appeal),
                foreign key (campaign, appeal, asked_by)
                    references appeal (campaign, id, asked_by),
                check (asked_by <> answered_by),
                check ((answer = 'upheld') = (proposal is not null))
            ){strict}""",
            # The first three digits under the person's own pad (people.seal_head). Not a
            # log: they are forgotten with the person.
            """create table head (
                campaign text not null,
                person text not null,
                sealed {instant} not null,
                primary key (campaign, person)
            ){strict}""",
            "alter table one_time add column head {instant}",
            "alter table poster_job add column options text",  # JSON; NULL: as before them
        ),
        append_only=("appeal", "appeal_answer"),
    ),
    # A unit's scans, by the means of each engine: see `scan_lists`.
    Migration("m013_scan_lists", ()),
]


def apply(connection: Connection, words: Words) -> list[str]:
    """Apply the steps that the database has not seen; return their names."""
    connection.run("create table if not exists migration (name text primary key)")
    seen = {row["name"] for row in connection.rows("select name from migration")}
    applied = []
    for migration in MIGRATIONS:
        if migration.name in seen:
            continue
        for statement in migration.statements:
            connection.run(statement.format(instant=words.instant, strict=words.strict))
        for table in migration.append_only:
            for statement in words.append_only(table):
                connection.run(statement)
        if migration.name in words.besides:
            words.besides[migration.name](connection)
        connection.run("insert into migration (name) values (:name)", {"name": migration.name})
        applied.append(migration.name)
    return applied


def missing(connection: Connection) -> list[str]:
    """Return the names of the steps that the database has not seen."""
    seen = {row["name"] for row in connection.rows("select name from migration")}
    return [migration.name for migration in MIGRATIONS if migration.name not in seen]
