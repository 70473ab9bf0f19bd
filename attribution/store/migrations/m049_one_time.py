"""One-time passwords by campaign, so that on a cluster all of them are asked on one shard."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m049_one_time",
    (
        "alter table one_time rename to one_time_before",
        """create table one_time (
                campaign text not null,
                id text not null,             -- by chance; the page carries it
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
                visitor text not null,
                head {instant},               -- what a claim will be known by that waits for a
                aliases text,                 -- password; aliases: JSON
                given_at {instant},           -- when number and consent were given
                consent text,                 -- the consent's digest
                client text,                  -- the app
                settled_at {instant},         -- it became a claim, or another did
                near text,                    -- digests of the numbers beside it, JSON
                primary key (campaign, id)
            ){strict}""",
        """insert into one_time (campaign, id, person, last4, purpose, form, secret, at, expires_at,
               tries, proved_at, network, visitor, head, aliases, given_at, consent, client,
               settled_at, near)
           select campaign, id, person, last4, purpose, form, secret, at, expires_at, tries,
               proved_at, network, visitor, head, aliases, given_at, consent, client, settled_at,
               near from one_time_before""",
        "drop table one_time_before",
        "create index one_time_by_person on one_time (campaign, person, at)",
        "create index one_time_by_time on one_time (campaign, at)",
        "create index one_time_by_form on one_time (campaign, form, at)",
    ),
)
