"""Addresses of the resident's pages, receipts handed on, and what a claim is made of later."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m027_addresses",
    (
        # The keyed digest of the token in the address of the claim's steps. Beside the receipt,
        # because they live and are erased together; NULL: claimed before there were addresses.
        "alter table receipt add column page text",
        "create index receipt_by_page on receipt (page)",
        # A receipt on its way to one more browser: spent by the first that takes it.
        """create table passing (
                digest text primary key,      -- keyed, of the token in the address
                campaign text not null,
                person text not null,
                claim {instant} not null,
                at {instant} not null,
                expires_at {instant} not null,
                taken_at {instant},
                taken_by text                 -- the browser's number, so that it may ask again
            ){strict}""",
        "create index passing_by_claim on passing (claim)",
        # What a claim is made of whose number is proved later, or never: when number and consent
        # were given, the consent's digest, the app. settled_at: it became one, or another did.
        "alter table one_time add column given_at {instant}",
        "alter table one_time add column consent text",
        "alter table one_time add column client text",
        "alter table one_time add column settled_at {instant}",
        "create index one_time_by_form on one_time (campaign, form, at)",
    ),
)
