"""People behind accounts: their names, what they were told, when they proved to be there."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m025_people",
    (
        "alter table account add column real_name text not null default ''",
        # When who is signed in last gave their password or second step. NULL: at sign-in.
        "alter table staff_session add column proved_at {instant}",
        # What others did is told from the audit log itself, so that no deed goes untold; here
        # stands up to which entry somebody has read it, and up to which a message went out.
        """create table notice_mark (
                account text primary key,
                read_to {instant} not null,
                sent_to {instant} not null
            ){strict}""",
        # Of before nothing is told: nobody reads a year of it.
        """insert into notice_mark (account, read_to, sent_to)
           select account.name, audit_head.n, audit_head.n from account, audit_head
           where audit_head.name = 'audit'""",
        "create index audit_by_what on audit (what, n)",
        "create index audit_by_who on audit (who, n)",
        # Who leaves hands what they asked for to a successor, who is its asker from then on:
        # whoever may not answer it because the leaver asked includes the successor.
        """create table handover (
                id {instant} primary key,
                at {instant} not null,
                leaver text not null references account (name),
                successor text not null references account (name),
                by_whom text not null,
                check (leaver <> successor)
            ){strict}""",
    ),
    append_only=("handover",),
)
