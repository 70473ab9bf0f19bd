"""
What residents see: the page behind a code, the claim, the steps, their rights, the ways out.

Each idea has a module; they share one blueprint and what is in `common`.
"""
from flask import Flask

from attribution.resident.lookups import Lookups
from attribution.resident.messages import make_sender
from attribution.resident.one_time import OneTime
from attribution.resident.platform import make_platform
from attribution.web import limits
from attribution.web.public import (
    claiming,
    forms,
    guide,
    health,
    landing,
    log_head,
    my_claim,
    passwords,
    steps,
)
from attribution.web.public.common import Side, pages

__all__ = ["install"]

# Importing them has put their views on the blueprint.
_VIEWS = (landing, claiming, forms, passwords, steps, my_claim, guide, health, log_head)


def install(app: Flask) -> None:
    """Add the resident's pages to *app*."""
    here = app.extensions["zhuanma"]
    settings = here.settings.resident
    sender = make_sender(settings)
    platform = make_platform(settings, here.ledger)
    app.extensions["zhuanma.side"] = Side(
        Lookups(here.ledger, platform, lambda: here.ledger),
        OneTime(
            here.ledger, here.settings.form_keys[-1], settings.quotas, sender
        ) if sender else None,
        {},
    )
    app.register_blueprint(pages)
    limits.install(app, settings.limits, here.settings.redis_url)
