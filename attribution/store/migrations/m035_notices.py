"""What goes out of the house: who wants to hear of what, by which way, and each notice."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m035_notices",
    (
        # Where an account has its mail. Nothing but the code goes there before it is confirmed.
        """create table notice_address (
                account text primary key references account (name),
                sealed text not null,         -- under keys/second.keys
                shown text not null,          -- masked: l***@example.gov.cn
                code text not null,           -- digest of the one that was sent; '' for none
                asked_at {instant} not null,
                tries {instant} not null,     -- wrong codes since
                codes {instant} not null,     -- sent since codes_since
                codes_since {instant} not null,
                confirmed_at {instant},
                stop_mark text not null unique  -- digest of what the link that stops it carries
            ){strict}""",
        # The robot of a group: its address is a secret, for whoever has it can speak there.
        """create table notice_robot (
                id {instant} primary key,
                at {instant} not null,
                name text not null,
                platform text not null check (platform in ('wecom', 'dingtalk', 'feishu')),
                sealed text not null,         -- JSON: url, secret. '' once it is dropped
                shown text not null,          -- masked
                role text not null,           -- what its group may hear is what this role may see
                units text not null,          -- and of which units: JSON
                by_whom text not null,        -- who answers for it
                state text not null check (state in ('asked', 'active', 'stopped'))
            ){strict}""",
        # Of what somebody (account:NAME, robot:ID) wants to hear, and at what pace.
        """create table notice_choice (
                recipient text not null,
                kind text not null,
                pace text not null check (pace in ('at_once', 'daily')),
                primary key (recipient, kind)
            ){strict}""",
        # One notice to one recipient. Of one subject there is one, whoever asks for it again.
        """create table notice (
                id {instant} primary key,
                at {instant} not null,
                recipient text not null,
                kind text not null,
                subject text not null,        -- what makes it the same one: correction 17
                data text not null,           -- JSON: counts
                state text not null check (state in ('due', 'sending', 'sent', 'unsure', 'failed',
                    'dropped')),
                not_before {instant} not null,
                tries {instant} not null,
                fault text not null,          -- JSON: why not; '' for nothing
                message {instant},            -- the first notice of the message it went with
                claimed_at {instant},
                sent_at {instant},
                unique (recipient, kind, subject)
            ){strict}""",
        "create index notice_by_state on notice (state, not_before)",
        # A file to an address that the settings name, which is no account's.
        """create table notice_file (
                notice {instant} primary key references notice (id),
                sealed text not null,         -- the address, under keys/second.keys
                title text not null,
                body text not null,
                name text not null,
                content text not null
            ){strict}""",
        # What one process does for all: until when it has it, or when it was done last.
        """create table notice_turn (
                name text primary key,
                at {instant} not null,
                holder text not null
            ){strict}""",
    ),
)
