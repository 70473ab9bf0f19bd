"""The platform's facts, the credits, the corrections, and what is counted from them."""
from attribution.store.migrations.step import Migration

STEP = Migration(
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
)
