"""Appeals against a credit, and the digits that a checker sees."""
from attribution.store.migrations.step import Migration

STEP = Migration(
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
)
