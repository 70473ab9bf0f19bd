"""What a row said of a step, a day or an instant or void; and by which rule somebody stands."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m018_stated",
    (
        # What the three instants of the row mean (rule.stated.as_columns): for the n-th the bit
        # 2n says that it is a whole day, 2n + 1 that the step is void. NULL: instants, or nothing.
        "alter table fact add column precision {instant}",
        "alter table standing add column precision {instant}",
        # Which rule of credit the row was made by (rule.terms.RULE).
        "alter table standing add column rule {instant} not null default 1",
        # Question at every start, whether anybody is left.
        "create index standing_judged_before on standing (campaign) where rule < 2",
    ),
)
