-- The tables of a ledger as they are today, on SQLite. Made by scripts/schema.py from the
-- steps in attribution/store/migrations/, whose comments these are; nobody edits it, and
-- nothing runs it. PostgreSQL has the same tables and columns (bigint for integer). There
-- `scan` is divided by weeks (attribution/store/partitions.py), and `unit_scan` is a view of
-- it by an index of units in the place of scan_listed (attribution/store/scan_lists.py).
-- On which machine of a cluster each table lies: attribution/store/cluster.py.
--
-- Where no comment says otherwise, instants (at, …_at, since, until) are microseconds since
-- 1970, UTC; a `day` is yyyymmdd in Shanghai; `id` is made from the time and a writer's number
-- (attribution/store/ids.py); `person` is a keyed digest of a phone number. Of a table that
-- "only grows" no row is changed or deleted: triggers refuse it to all but the retention job.

create table migration (name text primary key);

-- Whoever can be credited. Never deleted: closed_at ends a unit.
create table unit (
    campaign text not null,
    id text not null,
    position integer not null,  -- the order of Attachment 1
    kind text not null check (kind in ('area', 'line', 'department', 'bank')),
    name text not null,
    target integer,             -- NULL: none was asked, which is not 0
    official_code text,           -- GB/T 2260 and statistical codes
    area text,                    -- the line's area, a unit id
    bank text,                    -- the line's bank, a unit id
    branch text,
    sector text,
    mode text,                    -- NULL: as the campaign
    link text,
    issue integer not null,     -- the issue now printed
    closed_at integer,
    aliases text,
    purpose text,  -- A survey point (finance) leads to the finance platform; NULL: payment.
    successor text,  -- Into which unit it is merged now.
    leads text,  -- For whom its code claims, and from which instants on, JSON; NULL: always for itself.
    primary key (campaign, id)
) strict;

-- Revoked issues; what is not here, up to unit.issue, is good.
create table revocation (
    campaign text not null,
    unit text not null,
    issue integer not null,
    at integer not null,
    by_whom text not null,
    primary key (campaign, unit, issue)
) strict;

-- Counts changes of the two tables above, so that a server notices
-- them in the transaction of the next scan.
create table registry_version (
    campaign text primary key,
    version integer not null,
    day integer not null default 0  -- The day as of which `unit` stands: what holds from later days is not in it yet.
) strict;

create table writer (
    name text primary key,
    leases integer not null
) strict;

-- Only grows.
create table scan (
    id integer primary key,
    campaign text not null,
    at integer not null,
    day integer not null,       -- yyyymmdd in Shanghai
    unit text not null,
    issue integer not null,
    placement text,
    network text not null,        -- keyed digest of /24 or /48, for limits
    client text not null,         -- which app, never the whole user agent
    flag text                     -- why it does not count as a scan; NULL: counts
) strict;
create trigger scan_late after insert on scan when new.id <= (select id from scan_listed_to)
    begin insert into scan_listed values (new.campaign, new.unit, new.id); end;
create index scan_astray on scan (campaign, at)
    where abs((id / 4194304 + 1640995200000) * 1000 - at) > 60000000;

-- Only grows.
create table claim (
    campaign text not null,
    person text not null,         -- keyed digest, hex
    id integer not null,
    at integer not null,
    unit text not null,
    issue integer not null,
    placement text,
    scan integer,
    verified integer not null check (verified in (0, 1)),
    last4 text not null,
    consent text not null,        -- digest of the text agreed to
    network text not null,
    client text not null,
    primary key (campaign, person, id)
) strict;
create index claim_by_time on claim (campaign, id);
create index claim_by_unit on claim (campaign, unit, id);
create index claim_assisted on claim (campaign, unit, id) where client = 'counter';

-- What befell a claim later: withdrawn, held, released.
-- Only grows.
create table claim_event (
    campaign text not null,
    person text not null,
    id integer not null,
    claim integer not null,
    at integer not null,
    kind text not null check (kind in ('withdrawn', 'held', 'released')),
    reason text not null,
    by_whom text not null,
    primary key (campaign, person, id)
) strict;
create index claim_event_by_id on claim_event (campaign, id);
create index claim_event_by_kind on claim_event (campaign, kind, id);

-- One form, one claim: a token that was used belongs to that claim.
-- Only grows.
create table form (
    token text primary key,
    person text not null,
    claim integer not null
) strict;
create index form_by_claim on form (claim);

-- Only grows.
create table batch (
    campaign text not null,
    id text not null,
    sha256 text not null,
    source text not null,
    as_of integer not null,
    received_at integer not null,
    row_count integer not null,
    by_whom text not null,
    primary key (campaign, id)
) strict;
create index batch_by_hash on batch (campaign, sha256);

-- Only grows.
create table fact (
    campaign text not null,
    person text not null,
    id integer not null,
    as_of integer not null,     -- the platform's business date
    received_at integer not null,
    batch text not null,
    last4 text not null,
    registered_at integer,
    card_bound_at integer,
    first_txn_at integer,
    grade text check (grade in ('hash', 'masked')),  -- By what of the number; NULL: by all of it. The `person` of such a fact is the digest of the hash or of the digits, and whoever bears it is found by `alias`.
    precision integer,  -- What the three instants of the row mean (rule.stated.as_columns): for the n-th the bit 2n says that it is a whole day, 2n + 1 that the step is void. NULL: instants, or nothing.
    primary key (campaign, person, id)
) strict;
create index fact_by_batch on fact (campaign, batch, id);
create index fact_by_id on fact (campaign, id);

-- The first credit of a person, as it was decided. Changes are adjustments.
-- Only grows.
create table credit (
    campaign text not null,
    person text not null,
    id integer not null,
    unit text not null,
    claim integer not null,
    effective_at integer not null,
    decided_at integer not null,
    policy text not null,
    grade text check (grade in ('hash', 'masked')),  -- By what the first decision was made, and by what somebody stands now.
    primary key (campaign, person)
) strict;
create index credit_by_id on credit (campaign, id);

-- Only grows.
create table adjustment (
    campaign text not null,
    person text not null,
    id integer not null,
    at integer not null,
    kind text not null check (kind in ('reassign', 'reverse', 'restore')),
    from_unit text,
    to_unit text,
    reason text not null,
    note text not null,
    automatic integer not null check (automatic in (0, 1)),
    asked_by text not null,
    approved_by text not null,
    primary key (campaign, person, id),
    -- Two people, unless the rule itself speaks.
    check (automatic = 1 or asked_by <> approved_by)
) strict;
create index adjustment_by_id on adjustment (campaign, id);

-- Where each person stands now: derived, one row a person.
create table standing (
    campaign text not null,
    person text not null,
    last4 text not null,
    unit text,                    -- the winner's, also before credit
    claim integer,              -- the winner, else the latest claim
    credited text,                -- the credited unit
    reason text,                  -- why there is no credit
    registered_at integer,
    card_bound_at integer,
    first_txn_at integer,
    effective_at integer,
    decided_at integer not null,
    grade text check (grade in ('hash', 'masked')),
    precision integer,
    rule integer not null default 1,  -- Which rule of credit the row was made by (rule.terms.RULE).
    primary key (campaign, person),
    check ((credited is null) <> (reason is null))
) strict;
create index standing_judged_before on standing (campaign) where rule < 2;
create index standing_by_credit on standing (campaign, credited, effective_at) where credited is not null;
create index standing_by_unit on standing (campaign, unit) where unit is not null;

create table account (
    name text primary key,
    password text not null,       -- argon2id
    role text not null,
    session_epoch integer not null,  -- raised to sign out everywhere
    created_at integer not null,
    closed_at integer,
    totp text,  -- base32; NULL: no second step
    password_at integer,
    handed_over integer not null default 0,  -- 1 from the moment a password is made for somebody until that somebody changes it. Accounts of before count as changed: nobody knows any more who chose theirs.
    real_name text not null default ''
) strict;

-- Only grows.
create table audit (
    id integer primary key,
    at integer not null,
    who text not null,
    what text not null,
    detail text not null,
    n integer,  -- The chain: n without gaps, each hash over the entry and the hash before.
    network text,
    hash text
) strict;
create unique index audit_by_n on audit (n);
create index audit_by_what on audit (what, n);
create index audit_by_who on audit (who, n);

-- A visible page: somebody looked, no preview did.
-- Only grows.
create table seen (
    scan integer primary key,
    campaign text not null,
    unit text not null,
    at integer not null
) strict;

-- Somebody took one of the campaign's links.
-- Only grows.
create table way_out (
    id integer primary key,
    campaign text not null,
    at integer not null,
    day integer not null,
    link text not null,           -- a key of the campaign's links
    unit text,                    -- whose page it stood on, if that is known
    client text not null,
    flag text                     -- why it does not count, as in scan
) strict;
create index way_out_by_link on way_out (campaign, link, day);

-- Who the platform says is new, as found out after a claim: for staff.
create table newness (
    campaign text not null,
    person text not null,
    id integer not null,
    claim integer not null,
    at integer not null,
    state text not null check (state in ('new', 'during', 'before', 'unknown')),
    source text not null,
    primary key (campaign, person, id)
) strict;

-- The platform's list of known users, digests only.
create table known_user (
    campaign text not null,
    person text not null,
    registered_at integer,      -- NULL: known, the time is not
    list text not null,
    primary key (campaign, person)
) strict;

create table known_list (
    campaign text not null,
    id text not null,
    sha256 text not null,
    at integer not null,
    row_count integer not null,
    by_whom text not null,
    primary key (campaign, id)
) strict;

-- Found by a keyed digest: the receipt itself is on the person's paper only.
create table receipt (
    digest text primary key,
    campaign text not null,
    person text not null,
    claim integer not null,
    page text  -- The keyed digest of the token in the address of the claim's steps. Beside the receipt, because they live and are erased together; NULL: claimed before there were addresses.
) strict;
create index receipt_by_claim on receipt (claim);
create index receipt_by_page on receipt (page);

-- What the retention job has to carry out, and when it was asked for.
-- Only grows.
create table erasure_asked (
    campaign text not null,
    person text not null,
    id integer not null,
    at integer not null,
    claim integer,              -- NULL: everything about the person
    by_whom text not null,
    primary key (campaign, person, id)
) strict;

-- Proves that a write gets through (/readyz).
create table beat (
    name text primary key,
    at integer not null
) strict;

-- A dry run that waits for another person; the file itself is not kept.
-- Only grows.
create table feed_plan (
    campaign text not null,
    id integer not null,
    at integer not null,
    batch text not null,
    sha256 text not null,
    asked_by text not null references account (name),
    terms text not null,          -- how it is to be read, JSON
    report text not null,         -- what it would do, JSON
    primary key (campaign, id),
    unique (campaign, id, asked_by)
) strict;

-- Only grows.
create table feed_confirmation (
    campaign text not null,
    id integer not null,
    at integer not null,
    batch text not null,
    plan integer not null,
    asked_by text not null,
    confirmed_by text not null references account (name),
    primary key (campaign, batch),
    foreign key (campaign, plan, asked_by)
        references feed_plan (campaign, id, asked_by),
    check (asked_by <> confirmed_by)
) strict;
create trigger feed_confirmation_two_people before insert on feed_confirmation when 
    exists (select 1 from rule_of_two r where r.campaign = new.campaign) and exists (
        select 1 from hand h where h.deed not in ('own', 'found') and (
            (h.id = (select max(l.id) from hand l
                     where l.account = h.account and l.deed = h.deed)
             and ((h.account = new.confirmed_by and (h.by_whom = new.asked_by
                                                 or h.vouched_by = new.asked_by))
               or (h.account = new.asked_by and (h.by_whom = new.confirmed_by
                                                 or h.vouched_by = new.confirmed_by))))
            or (h.account = new.confirmed_by and h.at > (
                select q.at from feed_plan q where q.campaign = new.campaign
    and q.id = new.plan)))) begin select raise(abort, 'one human being may not be two people'); end;

-- What a batch did, as its report said.
-- Only grows.
create table batch_report (
    campaign text not null,
    id integer not null,
    at integer not null,
    batch text not null,
    report text not null,         -- JSON
    primary key (campaign, batch)
) strict;

-- Under which headings a source writes. Settings, not a log.
create table feed_source (
    campaign text not null,
    name text not null,
    headings text not null,       -- JSON, field -> heading
    at integer not null,
    primary key (campaign, name)
) strict;

-- Only grows.
create table difference_done (
    campaign text not null,
    difference integer not null,
    id integer not null,
    at integer not null,
    note text not null,
    by_whom text not null,
    primary key (campaign, difference)
) strict;

-- A correction is asked for, and answered by somebody else. The asker's
-- name is part of the reference, so that the check compares the true ones.
-- Only grows.
create table proposal (
    campaign text not null,
    id integer not null,
    at integer not null,
    person text not null,
    kind text not null
        check (kind in ('reassign', 'reverse', 'restore', 'hold', 'release')),
    claim integer,              -- hold and release
    to_unit text,                 -- reassign
    reason text not null,
    note text not null,
    asked_by text not null references account (name),
    attachment text,  -- The paper behind a correction: its SHA-256, never the paper.
    primary key (campaign, id),
    unique (campaign, id, asked_by)
) strict;
create index proposal_by_person on proposal (campaign, person);

-- Only grows.
create table proposal_answer (
    campaign text not null,
    proposal integer not null,
    id integer not null,
    at integer not null,
    answer text not null check (answer in ('approved', 'refused')),
    note text not null,
    asked_by text not null,
    answered_by text not null references account (name),
    primary key (campaign, proposal),
    foreign key (campaign, proposal, asked_by)
        references proposal (campaign, id, asked_by),
    check (asked_by <> answered_by)
) strict;
create trigger proposal_answer_two_people before insert on proposal_answer when 
    exists (select 1 from rule_of_two r where r.campaign = new.campaign) and exists (
        select 1 from hand h where h.deed not in ('own', 'found') and (
            (h.id = (select max(l.id) from hand l
                     where l.account = h.account and l.deed = h.deed)
             and ((h.account = new.answered_by and (h.by_whom = new.asked_by
                                                 or h.vouched_by = new.asked_by))
               or (h.account = new.asked_by and (h.by_whom = new.answered_by
                                                 or h.vouched_by = new.answered_by))))
            or (h.account = new.answered_by and h.at > (
                select q.at from proposal q where q.campaign = new.campaign
    and q.id = new.proposal)))) begin select raise(abort, 'one human being may not be two people'); end;

-- One seal covers all rows since the seal before; each is chained to that.
-- Only grows.
create table seal (
    campaign text not null,
    number integer not null,
    day integer not null,       -- yyyymmdd, the day it closes or lies in
    until integer not null,     -- exclusive
    at integer not null,
    digest text not null,         -- sha256 or sm3
    rows integer not null,
    previous text not null,
    root text not null,           -- over the pages
    mac text not null,            -- over all of the above
    primary key (campaign, number)
) strict;

-- Only grows.
create table seal_page (
    campaign text not null,
    number integer not null,
    log text not null,
    page integer not null,
    rows text not null,           -- key:core:whole a line, keyed digests
    primary key (campaign, number, log, page)
) strict;

-- Only grows.
create table export_seal (
    campaign text not null,
    id integer not null,
    at integer not null,
    sha256 text not null,
    name text not null,
    by_whom text not null,
    seal integer not null,
    mac text not null,
    primary key (campaign, id)
) strict;
create index export_seal_by_hash on export_seal (campaign, sha256);

-- What the retention job took away; the only lawful gap in a sealed log.
-- Only grows.
create table retention_run (
    campaign text not null,
    id integer not null,
    at integer not null,
    log text not null,
    kind text not null check (kind in ('deleted', 'shredded')),
    keys text not null,           -- JSON: of single rows; empty: all before
    before integer not null,    -- ids below this
    rows integer not null,
    by_whom text not null,
    primary key (campaign, id)
) strict;

-- Counts of rows that the retention job deleted, so that tallies stay counts.
create table tally_kept (
    campaign text not null,
    unit text not null,
    day integer not null,
    kind text not null,
    n integer not null,
    primary key (campaign, unit, day, kind)
) strict;

-- Keys of partners who push. The secret is derived, not stored.
-- Only grows.
create table partner_key (
    id text primary key,
    partner text not null,
    may text not null,            -- what it opens, words: facts lookups
    at integer not null,
    by_whom text not null
) strict;

-- Only grows.
create table partner_revocation (
    key text primary key,
    at integer not null,
    by_whom text not null
) strict;

-- Not logs: both are forgotten when they have served.
create table partner_nonce (
    key text not null,
    nonce text not null,
    at integer not null,
    primary key (key, nonce)
) strict;

create table partner_answer (
    partner text not null,
    request text not null,        -- the Idempotency-Key
    sha256 text not null,
    at integer not null,
    body text not null,
    primary key (partner, request)
) strict;

-- Which units a role is for; none for office, checker and a viewer of all.
create table account_scope (
    name text not null,
    unit text not null,
    primary key (name, unit)
) strict;

-- A session ends here and not in the cookie, so that signing out is final.
create table staff_session (
    id text primary key,          -- digest of what the cookie holds
    account text not null,
    created_at integer not null,
    seen_at integer not null,
    network text not null,
    client text not null,
    ended_at integer,
    proved_at integer  -- When who is signed in last gave their password or second step. NULL: at sign-in.
) strict;
create index staff_session_by_account on staff_session (account, created_at);

-- Failed sign-ins within a window, by what they have in common.
create table throttle (
    key text primary key,
    since integer not null,
    failures integer not null
) strict;

create table preference (
    account text not null,
    page text not null,
    query text not null,
    primary key (account, page)
) strict;

create table contact (
    campaign text not null,
    unit text not null,
    name text not null,
    duty text not null,
    reach text not null,          -- how the office reaches this member of staff
    primary key (campaign, unit, name)
) strict;

create table placement (
    campaign text not null,
    unit text not null,
    placement text not null,
    label text not null,
    at integer not null,
    by_whom text not null,
    primary key (campaign, unit, placement)
) strict;

create table poster_job (
    id integer primary key,
    campaign text not null,
    at integer not null,
    by_whom text not null,
    format text not null,
    units text not null,          -- ids, comma between
    total integer not null,
    done integer not null,
    seen_at integer not null,   -- the worker's last sign of life
    state text not null check (state in ('waiting', 'running', 'done', 'failed')),
    problem text not null,
    options text  -- JSON; NULL: as before them
) strict;
create index poster_job_by_time on poster_job (campaign, id);

create table audit_head (
    name text primary key,
    n integer not null,
    hash text not null
) strict;

-- Counts kept in the transaction of what they count.
create table tally (
    campaign text not null,
    unit text not null,
    day integer not null,
    kind text not null,
    slot integer not null,
    n integer not null,
    primary key (campaign, unit, day, kind, slot)
) strict;

-- A period that is to be locked, until another person agrees.
-- Only grows.
create table period_request (
    campaign text not null,
    id integer not null,
    at integer not null,
    until integer not null,     -- yyyymmdd, exclusive
    asked_by text not null references account (name),
    primary key (campaign, id),
    unique (campaign, id, asked_by)
) strict;

-- Days from since to until whose numbers stand as they were reported. One
-- lock begins where the one before ends, and none begins there twice.
-- Only grows.
create table period_lock (
    campaign text not null,
    until integer not null,
    since integer not null,
    id integer not null,
    at integer not null,
    request integer not null,
    asked_by text not null,
    approved_by text not null references account (name),
    rows integer not null,      -- of period_count
    primary key (campaign, until),
    unique (campaign, since),
    foreign key (campaign, request, asked_by)
        references period_request (campaign, id, asked_by),
    check (since < until),
    check (asked_by <> approved_by)
) strict;
create trigger period_lock_two_people before insert on period_lock when 
    exists (select 1 from rule_of_two r where r.campaign = new.campaign) and exists (
        select 1 from hand h where h.deed not in ('own', 'found') and (
            (h.id = (select max(l.id) from hand l
                     where l.account = h.account and l.deed = h.deed)
             and ((h.account = new.approved_by and (h.by_whom = new.asked_by
                                                 or h.vouched_by = new.asked_by))
               or (h.account = new.asked_by and (h.by_whom = new.approved_by
                                                 or h.vouched_by = new.approved_by))))
            or (h.account = new.approved_by and h.at > (
                select q.at from period_request q where q.campaign = new.campaign
    and q.id = new.request)))) begin select raise(abort, 'one human being may not be two people'); end;

-- What the lock of *until* posted: its own days as they stood, and for days
-- of earlier locks what corrections had changed since those.
-- Only grows.
create table period_count (
    campaign text not null,
    until integer not null,
    unit text not null,
    day integer not null,
    kind text not null,
    id integer not null,
    n integer not null,
    primary key (campaign, until, unit, day, kind)
) strict;
create index period_count_by_id on period_count (campaign, id);

-- Each set of terms under which credits were decided.
-- Only grows.
create table campaign_terms (
    campaign text not null,
    version text not null,        -- policy@digest of the terms
    id integer not null,
    at integer not null,        -- since when it is in force
    terms text not null,          -- JSON
    primary key (campaign, version)
) strict;

-- A file on its way in (docs/decisions/0007): read and checked, then counted.
create table feed_job (
    campaign text not null,
    id integer not null,
    batch text not null,
    at integer not null,
    seen_at integer not null,   -- its last sign of life
    counted integer not null check (counted in (0, 1)),
    primary key (campaign, id)
) strict;

-- Its rows, some hundred in one: of digests, not of numbers. Gone once counted.
create table feed_chunk (
    campaign text not null,
    job integer not null,
    number integer not null,
    rows text not null,           -- JSON
    primary key (campaign, job, number)
) strict;

-- A unit says that a credit is wrong. *about* is what its administrator can know:
-- a row's number, a receipt or LAST4@DATE; who that is shows at the decision.
-- Only grows.
create table appeal (
    campaign text not null,
    id integer not null,
    at integer not null,
    unit text not null,           -- for whom it is filed
    about text not null,
    note text not null,
    asked_by text not null references account (name),
    primary key (campaign, id),
    unique (campaign, id, asked_by)
) strict;

-- Only grows.
create table appeal_answer (
    campaign text not null,
    appeal integer not null,
    id integer not null,
    at integer not null,
    answer text not null check (answer in ('upheld', 'refused')),
    note text not null,
    proposal integer,           -- the correction that an upheld one led to
    asked_by text not null,
    answered_by text not null references account (name),
    primary key (campaign, appeal),
    foreign key (campaign, appeal, asked_by)
        references appeal (campaign, id, asked_by),
    check (asked_by <> answered_by),
    check ((answer = 'upheld') = (proposal is not null))
) strict;

-- The first three digits under the person's own pad (people.seal_head). Not a
-- log: they are forgotten with the person.
create table head (
    campaign text not null,
    person text not null,
    sealed integer not null,
    primary key (campaign, person)
) strict;

create table scan_listed (
    campaign text not null,
    unit text not null,
    id integer not null,
    primary key (campaign, unit, id)
) strict, without rowid;

create table scan_listed_to (
    name text primary key,
    id integer not null
) strict;

-- Under what else the platform may speak of a person: keyed digests of the hash of
-- the number, and of its first three and last four digits. Not a log: they are
-- forgotten with the person. Only where the campaign allows such grades.
create table alias (
    campaign text not null,
    person text not null,
    kind text not null check (kind in ('hash', 'masked')),
    digest text not null,
    id integer not null default 0,  -- Of the rows that were there, small numbers.
    primary key (campaign, person, kind)
) strict;
create index alias_by_digest on alias (campaign, digest);
create index alias_by_id on alias (campaign, id);

-- Rows of files that somebody must look at, and that somebody did.
-- Only grows.
create table difference (
    campaign text not null,
    id integer not null,
    at integer not null,
    batch text not null,
    line integer not null,
    person text,                  -- NULL: the row could not be read
    last4 text not null,
    category text not null check (category in
        ('conflict', 'time_anomaly', 'malformed', 'ambiguous', 'not_allowed')),
    reason text not null,
    primary key (campaign, id)
) strict;
create index difference_by_person on difference (campaign, person);

-- What the platform counted of a branch or unit in a day, where it names nobody. Of
-- one place, day and source the latest word stands; never a credit.
-- Only grows.
create table platform_count (
    campaign text not null,
    id integer not null,
    at integer not null,
    source text not null,         -- who counted, as the office names them
    day integer not null,       -- yyyymmdd
    place text not null,          -- a unit, or the name of a branch
    registered integer,
    bound integer,
    paid integer,
    by_whom text not null,
    primary key (campaign, id)
) strict;

-- One row a change of one unit.
-- Only grows.
create table unit_change (
    campaign text not null,
    id integer not null,
    at integer not null,        -- when it was entered
    revision integer not null,  -- of the registry, which it made
    unit text not null,
    since integer not null,     -- the first day it holds; 0: from the beginning
    moment integer not null,    -- the same for the rule of credit
    before text not null,         -- the fields that change, JSON
    after text not null,          -- the same fields, JSON
    note text not null,           -- import, add, rename, target, close, merge…
    by_whom text not null,
    primary key (campaign, id)
) strict;

-- One row a change of one setting of campaign.toml. Dates and policy judge everybody
-- by one version, so a setting has no day but the one it was entered on.
-- Only grows.
create table setting_change (
    campaign text not null,
    id integer not null,
    at integer not null,
    revision integer not null,
    setting text not null,        -- end, texts.scan, links.ios, files.logo.png…
    before text,                  -- JSON; NULL: there was none
    after text,                   -- JSON; NULL: there is none any more
    by_whom text not null,
    primary key (campaign, id)
) strict;

-- Pictures and templates of the campaign's own, in base64, by what is in them.
-- Only grows.
create table campaign_file (
    campaign text not null,
    digest text not null,
    content text not null,
    primary key (campaign, digest)
) strict;

-- That somebody's claims lapsed: a digest of the digests they were known by, which leads
-- to no row. A fact of the platform's that comes later finds it, and is told of.
create table lapsed (
    campaign text not null,
    mark text not null,
    at integer not null,
    primary key (campaign, mark)
) strict;

-- Follows from claims (store/takeover_rows.py), as standing does. from_…: the claim before.
create table takeover (
    campaign text not null,
    person text not null,
    unit text not null,
    claim integer not null,
    at integer not null,
    verified integer not null,
    from_unit text not null,
    from_claim integer not null,
    from_at integer not null,
    from_verified integer not null,
    primary key (campaign, person, unit)
) strict;
create index takeover_by_unit on takeover (campaign, unit, claim);
create index takeover_by_other on takeover (campaign, from_unit, claim);

-- Once this row is there, what counts takes two people. It is never taken away.
-- Only grows.
create table rule_of_two (
    campaign text not null,
    id integer not null,
    at integer not null,
    by_whom text not null,
    primary key (campaign)
) strict;

-- Who made an account, gave it a password, another role, a way back in: and who vouched.
-- Only grows.
create table hand (
    id integer primary key,
    at integer not null,
    account text not null,
    deed text not null check (deed in ('made', 'password', 'role', 'open',
        'step', 'own', 'found')),
    by_whom text not null,        -- '' of before: nobody knows any more
    vouched_by text,              -- the approver whose word it took
    alone integer not null check (alone in (0, 1)),  -- nobody's, though it should
    role text not null,           -- the account's from then on
    mark text                     -- SHA-256 of the password's hash from then on
) strict;
create index hand_by_account on hand (account, deed, id);

-- Only grows.
create table request (
    campaign text not null,
    id integer not null,
    at integer not null,
    kind text not null,
    subject text not null,        -- as in the audit log: unit A01, row 17
    payload text not null,        -- JSON: what is to be done, whole
    note text not null,
    asked_by text not null references account (name),
    primary key (campaign, id),
    unique (campaign, id, asked_by)
) strict;

-- Whoever asked may take it back; only another may say yes or no.
-- Only grows.
create table request_answer (
    campaign text not null,
    request integer not null,
    id integer not null,
    at integer not null,
    answer text not null check (answer in ('approved', 'refused', 'taken_back')),
    note text not null,
    asked_by text not null,
    answered_by text not null references account (name),
    primary key (campaign, request),
    foreign key (campaign, request, asked_by)
        references request (campaign, id, asked_by),
    check (answer = 'taken_back' or asked_by <> answered_by),
    check (answer <> 'taken_back' or asked_by = answered_by)
) strict;
create trigger request_answer_two_people before insert on request_answer when 
    exists (select 1 from rule_of_two r where r.campaign = new.campaign) and exists (
        select 1 from hand h where h.deed not in ('own', 'found') and (
            (h.id = (select max(l.id) from hand l
                     where l.account = h.account and l.deed = h.deed)
             and ((h.account = new.answered_by and (h.by_whom = new.asked_by
                                                 or h.vouched_by = new.asked_by))
               or (h.account = new.asked_by and (h.by_whom = new.answered_by
                                                 or h.vouched_by = new.answered_by))))
            or (h.account = new.answered_by and h.at > (
                select q.at from request q where q.campaign = new.campaign
    and q.id = new.request)))) and new.answer <> 'taken_back' begin select raise(abort, 'one human being may not be two people'); end;

-- What others did is told from the audit log itself, so that no deed goes untold; here
-- stands up to which entry somebody has read it, and up to which a message went out.
create table notice_mark (
    account text primary key,
    read_to integer not null,
    sent_to integer not null
) strict;

-- Who leaves hands what they asked for to a successor, who is its asker from then on:
-- whoever may not answer it because the leaver asked includes the successor.
-- Only grows.
create table handover (
    id integer primary key,
    at integer not null,
    leaver text not null references account (name),
    successor text not null references account (name),
    by_whom text not null,
    check (leaver <> successor)
) strict;

-- A receipt on its way to one more browser: spent by the first that takes it.
create table passing (
    digest text primary key,      -- keyed, of the token in the address
    campaign text not null,
    person text not null,
    claim integer not null,
    at integer not null,
    expires_at integer not null,
    taken_at integer,
    taken_by text                 -- the browser's number, so that it may ask again
) strict;
create index passing_by_claim on passing (claim);

-- A row for each code that a picture had, each picture that had none, and each place that
-- was looked for in vain. No picture is kept, and of a stranger's code where it leads.
-- Only grows.
create table patrol (
    id integer primary key,
    campaign text not null,
    at integer not null,
    visit integer not null,     -- the first id of the same patrol
    unit text not null,           -- whose walls; empty: only what was photographed
    picture integer not null,   -- which of the patrol's, from 1; 0: of none
    state text not null,
    code_unit text,               -- of a code that we signed, or of a missing place
    issue integer,
    placement text,
    leads text not null,          -- scheme and host of a stranger's code
    by_whom text not null
) strict;
create index patrol_by_place on patrol (campaign, code_unit, placement, at);
create index patrol_by_visit on patrol (campaign, visit);

-- What was printed is known from poster jobs and the audit log; that it was hung in the
-- place of what had become wrong, somebody has to say.
-- Only grows.
create table paper_mark (
    campaign text not null,
    id integer not null,
    at integer not null,
    unit text not null,
    by_whom text not null,
    primary key (campaign, id)
) strict;

-- A leaf of the tree: which row it is of, where it stands, and what opens it. Erasing
-- a person forgets rp, deleting a scan all three; the leaf stays in its tile.
create table log_leaf (
    campaign text not null,
    log text not null,
    key text not null,            -- of the row; ids with 19 digits
    idx integer not null,       -- from 0, in the order of the tree
    rc blob,                   -- 16 bytes by chance, over the row
    rp blob,                   -- and over what of it is about a person
    p blob,                    -- the digest of that; NULL: nothing is
    primary key (campaign, log, key)
) strict, without rowid;

-- 256 hashes a row, as tiles of the C2SP; the last of a level grows. Level 0 holds
-- what is in the leaves, 1 the roots of full tiles of 0, and so on.
create table log_tile (
    campaign text not null,
    level integer not null,
    n integer not null,
    hashes blob not null,
    primary key (campaign, level, n)
) strict;

-- Each signed head. Whoever extends the tree sees first that the last is still that.
-- Only grows.
create table log_head (
    campaign text not null,
    size integer not null,
    at integer not null,
    root text not null,           -- hex
    note text not null,           -- the signed checkpoint
    primary key (campaign, size)
) strict;

-- Up to which row of a log the sealer has come; found anew when it is lost.
create table log_mark (
    campaign text not null,
    log text not null,
    upto integer not null,      -- all before it were looked at
    late integer not null,      -- and before this once more, for late ones
    primary key (campaign, log)
) strict;

-- How many rows a unit has in each log on a day that is over: one left out shows.
-- Only grows.
create table unit_count (
    campaign text not null,
    id integer not null,
    at integer not null,
    day integer not null,
    until integer not null,     -- the last day; a later one where nothing came
    unit text not null,
    counts text not null,         -- JSON, log -> rows; a log without any is left out
    primary key (campaign, id)
) strict;

-- What befell the log itself: where it began, keys, restored copies, clocks that lied.
-- Only grows.
create table log_event (
    campaign text not null,
    id integer not null,
    at integer not null,
    kind text not null check (kind in ('genesis', 'key', 'restore', 'clock')),
    data text not null,           -- JSON
    primary key (campaign, id)
) strict;

-- Whoever corrects a figure states it once more: of one subject, unit and day the latest
-- row stands, and the earlier one can still be read.
-- Only grows.
create table stated_figure (
    campaign text not null,
    id integer not null,
    at integer not null,
    subject text not null,        -- the key of a goal, or households, users
    unit text not null,           -- an area's id; empty: the county
    day integer not null,       -- of which day it is, yyyymmdd
    number integer not null,
    source text not null,         -- who counted, in the office's words
    by_whom text not null,
    primary key (campaign, id)
) strict;

-- Where an account has its mail. Nothing but the code goes there before it is confirmed.
create table notice_address (
    account text primary key references account (name),
    sealed text not null,         -- under keys/second.keys
    shown text not null,          -- masked: l***@example.gov.cn
    code text not null,           -- digest of the one that was sent; '' for none
    asked_at integer not null,
    tries integer not null,     -- wrong codes since
    codes integer not null,     -- sent since codes_since
    codes_since integer not null,
    confirmed_at integer,
    stop_mark text not null unique  -- digest of what the link that stops it carries
) strict;

-- The robot of a group: its address is a secret, for whoever has it can speak there.
create table notice_robot (
    id integer primary key,
    at integer not null,
    name text not null,
    platform text not null check (platform in ('wecom', 'dingtalk', 'feishu')),
    sealed text not null,         -- JSON: url, secret. '' once it is dropped
    shown text not null,          -- masked
    role text not null,           -- what its group may hear is what this role may see
    units text not null,          -- and of which units: JSON
    by_whom text not null,        -- who answers for it
    state text not null check (state in ('asked', 'active', 'stopped'))
) strict;

-- Of what somebody (account:NAME, robot:ID) wants to hear, and at what pace.
create table notice_choice (
    recipient text not null,
    kind text not null,
    pace text not null check (pace in ('at_once', 'daily')),
    primary key (recipient, kind)
) strict;

-- One notice to one recipient. Of one subject there is one, whoever asks for it again.
create table notice (
    id integer primary key,
    at integer not null,
    recipient text not null,
    kind text not null,
    subject text not null,        -- what makes it the same one: correction 17
    data text not null,           -- JSON: counts
    state text not null check (state in ('due', 'sending', 'sent', 'unsure', 'failed',
        'dropped')),
    not_before integer not null,
    tries integer not null,
    fault text not null,          -- JSON: why not; '' for nothing
    message integer,            -- the first notice of the message it went with
    claimed_at integer,
    sent_at integer,
    unique (recipient, kind, subject)
) strict;
create index notice_by_state on notice (state, not_before);

-- A file to an address that the settings name, which is no account's.
create table notice_file (
    notice integer primary key references notice (id),
    sealed text not null,         -- the address, under keys/second.keys
    title text not null,
    body text not null,
    name text not null,
    content text not null
) strict;

-- What one process does for all: until when it has it, or when it was done last.
create table notice_turn (
    name text primary key,
    at integer not null,
    holder text not null
) strict;

-- The newest row of a scene is what it is now; the earlier ones say what it was.
-- Only grows.
create table scene_version (
    campaign text not null,
    id integer not null,
    at integer not null,
    scene integer not null,     -- its number in the register, from 1
    sector text not null,
    kind text not null,
    name text not null,
    place text not null,
    area text not null,           -- ids of units; empty where nobody is named
    department text not null,
    bank text not null,
    second_bank text not null,
    ways text not null,           -- of 二维码 闪付 免密, with 、 between
    state text not null,          -- planned, building, open, closed
    opened integer not null,    -- yyyymmdd; 0: no day was told
    checked integer not null,
    note text not null,
    by_whom text not null,
    primary key (campaign, id)
) strict;
create index scene_version_by_scene on scene_version (campaign, scene, id);

-- Only grows.
create table end_mark (
    campaign text not null,
    id integer not null,
    at integer not null,
    kind text not null
        check (kind in ('archive', 'shredding', 'shredded', 'copy_gone')),
    subject text not null,        -- a file's name, a copy's name
    detail text not null,         -- JSON
    by_whom text not null,
    primary key (campaign, id)
) strict;

-- `difference_done` is the first word on a difference, one for each. What follows stands
-- here; the last of all says whether somebody has to look at it.
-- Only grows.
create table difference_again (
    campaign text not null,
    difference integer not null,
    id integer not null,
    at integer not null,
    state text not null check (state in ('open', 'done')),
    note text not null,
    by_whom text not null,
    primary key (campaign, difference, id)
) strict;

-- A held claim counts for nobody until two people release it. That it is not going to be,
-- or is to be looked at again after all, is the last word since it was held.
-- Only grows.
create table hold_word (
    campaign text not null,
    id integer not null,
    at integer not null,
    claim integer not null,
    state text not null check (state in ('refused', 'waiting')),
    reason text not null,
    note text not null,
    by_whom text not null,
    primary key (campaign, id)
) strict;
create index hold_word_by_claim on hold_word (campaign, claim, id);

-- *figures* is the text that *sha256* is of; it is told again and never made again.
-- Only grows.
create table snapshot (
    campaign text not null,
    id integer not null,
    at integer not null,
    number integer not null,    -- of the campaign, from 1, without a gap
    since integer not null,     -- days yyyymmdd; until is exclusive
    until integer not null,
    sha256 text not null,
    by_whom text not null,
    figures text not null,
    primary key (campaign, id),
    unique (campaign, number)
) strict;

-- Files that say what a snapshot says, each content once.
-- Only grows.
create table snapshot_file (
    campaign text not null,
    id integer not null,
    at integer not null,
    snapshot integer not null,  -- its number
    kind text not null,           -- pack, bulletin, exchange …
    name text not null,
    sha256 text not null,
    program text not null,        -- by which version of ours it was made
    by_whom text not null,
    primary key (campaign, id)
) strict;
create index snapshot_file_of on snapshot_file (campaign, snapshot, id);

create table one_time (
    campaign text not null,
    id text not null,             -- by chance; the page carries it
    person text not null,
    last4 text not null,
    purpose text not null,        -- claim | my
    form text not null,           -- the claim form's token; empty for my
    secret text not null,         -- keyed digest of id and password; '' once over
    at integer not null,
    expires_at integer not null,
    tries integer not null,
    proved_at integer,
    network text not null,
    visitor text not null,
    head integer,               -- what a claim will be known by that waits for a
    aliases text,                 -- password; aliases: JSON
    given_at integer,           -- when number and consent were given
    consent text,                 -- the consent's digest
    client text,                  -- the app
    settled_at integer,         -- it became a claim, or another did
    near text,                    -- digests of the numbers beside it, JSON
    primary key (campaign, id)
) strict;
create index one_time_by_person on one_time (campaign, person, at);
create index one_time_by_time on one_time (campaign, at);
create index one_time_by_form on one_time (campaign, form, at);

create view unit_scan as
    select listed.campaign as campaign, listed.unit as unit, listed.id as id, at, day, issue, placement, network, client, flag
        from scan_listed listed cross join scan on scan.id = listed.id
    union all
    select campaign, unit, id, at, day, issue, placement, network, client, flag from scan where id > (select id from scan_listed_to);
