"""Of the people a unit registered, those whose first claim was taken at its counter."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m030_assisted",
    (
        # From now on counted with the claims, as all of `tally`; those of before, here once. Days
        # (yyyymmdd, Shanghai) in whole numbers alone, for no two engines have one calendar:
        # counted from 2000-03-01, so that a year ends with its odd day.
        """insert into tally (campaign, unit, day, kind, slot, n)
            select campaign, unit,
                   (2000 + year + case when month < 3 then 1 else 0 end) * 10000 + month * 100
                       + of_year - (153 * since_march + 2) / 5 + 1,
                   'assisted', 0, count(*)
            from (select campaign, unit, year, of_year, since_march,
                      case when since_march < 10 then since_march + 3 else since_march - 9 end
                          as month
                  from (select campaign, unit, year, of_year,
                            (5 * of_year + 2) / 153 as since_march
                        from (select campaign, unit, year,
                                  days - (365 * year + year / 4 - year / 100) as of_year
                              from (select campaign, unit, days,
                                        (days - days / 1460 + days / 36524 - days / 146096) / 365
                                            as year
                                    from (select campaign, unit,
                                              (at + 28800000000) / 86400000000 - 11017 as days
                                          from claim where client = 'counter'
                                              and not exists (select 1 from claim earlier
                                                  where earlier.campaign = claim.campaign
                                                      and earlier.person = claim.person
                                                      and coalesce(earlier.unit, '') = claim.unit
                                                      and (earlier.at < claim.at
                                                          or (earlier.at = claim.at
                                                              and earlier.id < claim.id)))
                                         ) first_claims) in_years) in_days) in_months) counted
            group by campaign, unit, year, month, of_year, since_march""",
    ),
)
