"""
What residents see: the page behind a code, the claim, the steps, their rights, the ways out.

Each idea has a module; they share one blueprint and what is in `parts`.
"""
from flask import Flask

from attribution import resident
from attribution.lookups import Lookups
from attribution.one_time import OneTime
from attribution.web import limits
from attribution.web.public import claiming, health, landing, mine, ways
from attribution.web.public.parts import Side, pages

__all__ = ["install"]

# Importing them has put their views on the blueprint.
_VIEWS = (claiming, health, landing, mine, ways)


def install(app: Flask) -> None:
    """Add the resident's pages to *app*."""
    here = app.extensions["zhuanma"]
    settings = here.settings.resident
    sender = resident.make_sender(settings)
    platform = resident.make_platform(settings, here.store, here.campaign)
    app.extensions["zhuanma.side"] = Side(
        Lookups(here.store, here.campaign, platform),
        OneTime(
            here.store, here.campaign, here.settings.form_keys[-1], settings.quotas, sender
        ) if sender else None,
        {},
    )
    app.register_blueprint(pages)
    limits.install(app, settings.limits, here.settings.redis_url)
