"""What a lapsed claim leaves behind, and who claimed persons whom another unit had claimed."""
from attribution.store.migrations.step import Migration

# A unit's first claim of a person after another unit's; the claim before it is the latest of
# those that were not withdrawn.
TAKEOVERS = """insert into takeover
        (campaign, person, unit, claim, at, verified, from_unit, from_claim, from_at,
            from_verified)
    select campaign, person, unit, id, at, verified, from_unit, from_claim, from_at,
        from_verified
    from (select campaign, person, unit, id, at, verified,
            lag(unit) over mine as from_unit, lag(id) over mine as from_claim,
            lag(at) over mine as from_at, lag(verified) over mine as from_verified,
            row_number() over (partition by campaign, person, unit order by at, id) as turn
        from claim where not exists (select 1 from claim_event where
            claim_event.campaign = claim.campaign and claim_event.person = claim.person
            and claim_event.claim = claim.id and claim_event.kind = 'withdrawn')
        window mine as (partition by campaign, person order by at, id)) claims
    where turn = 1 and from_unit is not null"""

STEP = Migration(
    "m023_foresight",
    (
        # That somebody's claims lapsed: a digest of the digests they were known by, which leads
        # to no row. A fact of the platform's that comes later finds it, and is told of.
        """create table lapsed (
                campaign text not null,
                mark text not null,
                at {instant} not null,
                primary key (campaign, mark)
            ){strict}""",
        # Follows from claims (store/takeover_rows.py), as standing does. from_…: the claim before.
        """create table takeover (
                campaign text not null,
                person text not null,
                unit text not null,
                claim {instant} not null,
                at {instant} not null,
                verified {instant} not null,
                from_unit text not null,
                from_claim {instant} not null,
                from_at {instant} not null,
                from_verified {instant} not null,
                primary key (campaign, person, unit)
            ){strict}""",
        "create index takeover_by_unit on takeover (campaign, unit, claim)",
        "create index takeover_by_other on takeover (campaign, from_unit, claim)",
        TAKEOVERS,
    ),
)
