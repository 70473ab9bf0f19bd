"""Since when two people are needed, what they ask and answer, and who made an account."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m024_two",
    (
        # Once this row is there, what counts takes two people. It is never taken away.
        """create table rule_of_two (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                by_whom text not null,
                primary key (campaign)
            ){strict}""",
        # Who made an account, gave it a password, another role, a way back in: and who vouched.
        """create table hand (
                id {instant} primary key,
                at {instant} not null,
                account text not null,
                deed text not null check (deed in ('made', 'password', 'role', 'open',
                    'step', 'own', 'found')),
                by_whom text not null,        -- '' of before: nobody knows any more
                vouched_by text,              -- the approver whose word it took
                alone {instant} not null check (alone in (0, 1)),  -- nobody's, though it should
                role text not null,           -- the account's from then on
                mark text                     -- SHA-256 of the password's hash from then on
            ){strict}""",
        "create index hand_by_account on hand (account, deed, id)",
        """create table request (
                campaign text not null,
                id {instant} not null,
                at {instant} not null,
                kind text not null,
                subject text not null,        -- as in the audit log: unit A01, row 17
                payload text not null,        -- JSON: what is to be done, whole
                note text not null,
                asked_by text not null references account (name),
                primary key (campaign, id),
                unique (campaign, id, asked_by)
            ){strict}""",
        # Whoever asked may take it back; only another may say yes or no.
        """create table request_answer (
                campaign text not null,
                request {instant} not null,
                id {instant} not null,
                at {instant} not null,
                answer text not null check (answer in ('approved', 'refused', 'taken_back')),
                note text not null,
                asked_by text not null,
                answered_by text not null references account (name),
                primary key (campaign, request),
                foreign key (campaign, request, asked_by)
                    references request (campaign, id, asked_by),
                check (answer = 'taken_back' or asked_by <> answered_by),
                check (answer <> 'taken_back' or asked_by = answered_by)
            ){strict}""",
    ),
    append_only=("rule_of_two", "hand", "request", "request_answer"),
)
