"""Whether somebody else chose an account's password, so that its owner has still to."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m016_own_password",
    (
        # 1 from the moment a password is made for somebody until that somebody changes it.
        # Accounts of before count as changed: nobody knows any more who chose theirs.
        "alter table account add column handed_over {instant} not null default 0",
    ),
)
