"""What hangs on walls: up to when old paper of a unit was taken down and hung anew."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m033_paper",
    (
        # What was printed is known from poster jobs and the audit log; that it was hung in the
        # place of what had become wrong, somebody has to say.
        """create table paper_mark (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                unit text not null,
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
    ),
    append_only=("paper_mark",),
)
