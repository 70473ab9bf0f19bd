"""The form and the receipt of a claim are found without reading all of them."""
from attribution.store.migrations.step import Migration

STEP = Migration(
    "m015_forms",
    (
        # By the claim, whose ids grow, and not by the person: it costs a commit no page of
        # its own. Seals read the forms of a day by it, the retention job those of a person.
        "create index form_by_claim on form (claim)",
        "create index receipt_by_claim on receipt (claim)",
    ),
)
