"""What the platform gives of a number (a hash, some digits), and counts that name nobody."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m017_grades",
    (
        # Under what else the platform may speak of a person: keyed digests of the hash of
        # the number, and of its first three and last four digits. Not a log: they are
        # forgotten with the person. Only where the campaign allows such grades.
        """create table alias (
                campaign text not null,
                person text not null,
                kind text not null check (kind in ('hash', 'masked')),
                digest text not null,
                primary key (campaign, person, kind)
            ){strict}""",
        "create index alias_by_digest on alias (campaign, digest)",
        # By what of the number; NULL: by all of it. The `person` of such a fact is the digest
        # of the hash or of the digits, and whoever bears it is found by `alias`.
        "alter table fact add column grade text check (grade in ('hash', 'masked'))",
        # By what the first decision was made, and by what somebody stands now.
        "alter table credit add column grade text check (grade in ('hash', 'masked'))",
        "alter table standing add column grade text check (grade in ('hash', 'masked'))",
        # What a claim will be known by that waits for a password, JSON.
        "alter table one_time add column aliases text",
        # Two categories more: of a row that may mean several people, and of one that gives
        # less of the number than the campaign allows. line is 0 where no file was read.
        "alter table difference rename to difference_before",
        """create table difference (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                batch text not null,
                line {instant} not null,
                person text,                  -- NULL: the row could not be read
                last4 text not null,
                category text not null check (category in
                    ('conflict', 'time_anomaly', 'malformed', 'ambiguous', 'not_allowed')),
                reason text not null,
                primary key (campaign, id)
            ){strict}""",
        """insert into difference (campaign, id, at, batch, line, person, last4, category, reason)
               select campaign, id, at, batch, line, person, last4, category, reason
               from difference_before""",
        "drop table difference_before",
        "create index difference_by_person on difference (campaign, person)",
        # What the platform counted of a branch or unit in a day, where it names nobody. Of
        # one place, day and source the latest word stands; never a credit.
        """create table platform_count (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                source text not null,         -- who counted, as the office names them
                day {instant} not null,       -- yyyymmdd
                place text not null,          -- a unit, or the name of a branch
                registered {instant},
                bound {instant},
                paid {instant},
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
    ),
    append_only=("difference", "platform_count"),
)
