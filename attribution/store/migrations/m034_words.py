"""What was settled is opened again, and a hold that is to stay is out of the queue: both added."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m034_words",
    (
        # `difference_done` is the first word on a difference, one for each. What follows stands
        # here; the last of all says whether somebody has to look at it.
        """create table difference_again (
                campaign text not null,
                difference {instant} not null,
                id {instant} not null,
                at {instant} not null,
                state text not null check (state in ('open', 'done')),
                note text not null,
                by_whom text not null,
                primary key (campaign, difference, id)
            ){strict}""",
        # A held claim counts for nobody until two people release it. That it is not going to be,
        # or is to be looked at again after all, is the last word since it was held.
        """create table hold_word (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                claim {instant} not null,
                state text not null check (state in ('refused', 'waiting')),
                reason text not null,
                note text not null,
                by_whom text not null,
                primary key (campaign, id)
            ){strict}""",
        "create index hold_word_by_claim on hold_word (campaign, claim, id)",
    ),
    append_only=("difference_again", "hold_word"),
)
