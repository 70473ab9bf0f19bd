"""Feeds that wait for a second person, differences, corrections, seals, retention, partners."""
from attribution.store.migrations.step import Migration

STEP = Migration(
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
)
