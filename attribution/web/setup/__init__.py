"""
A new campaign, made in a browser: the only pages of an installation that has none.

`door` asks for the set-up key, `table` takes the document's table, `form` the rest with a poster
and a resident's page beside it (`preview`), `publish` makes the instance and hands over its first
people. Behind them stands the service as it will be, over a trial ledger with nothing in it, so
that a preview is the real thing; in front a guard lets nobody reach any of it but these pages.
When all is published, other workers take this one's place.
"""
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flask import Flask, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution.master import Master
from attribution.resident.form_tokens import FormTokens
from attribution.resident.links import Links
from attribution.resident.scans import ScanLog
from attribution.service import Service
from attribution.settings import Settings
from attribution.store import Store, open_store
from attribution.upkeep import setting_up
from attribution.web.application import create_app
from attribution.web.bodies import Bodies
from attribution.web.bridge import Bridge
from attribution.web.setup import door, form, preview, publish, table
from attribution.web.setup.common import Setting, pages
from qrgen.registry import Campaign

__all__ = ["create_setup_app", "create_setup_asgi_app"]

# Importing them has put their views on the blueprint.
_VIEWS = (door, table, form, preview, publish)

# A table is some hundred kilobytes, a logo a few megabytes.
MOST_BYTES = 8 * 1024 * 1024

# Said to who watches the process, which is well.
_ALIVE = frozenset({"static", "public.healthz"})


class _Drafted(Master):
    """The master of a campaign that is no more than a draft yet."""

    def __init__(self, store: Store, folder: Path):
        super().__init__(store, "draft", folder, folder)
        self.drafted: Campaign | None = None

    def at(self, version: int) -> Campaign:
        assert self.drafted is not None
        return self.drafted


def create_setup_app(
    instance: Path, settings: Settings, renew: Callable[[], None],
    listens: tuple[str, int] | None = None,
) -> Flask:
    """
    Return the pages that set *instance* up.

    Args:
        settings: As `setting_up.begin` gives them.
        renew: Puts workers that serve the new campaign in the place of this one.
    """
    trial = setting_up.trial_of(instance)
    settings = replace(settings, nodes=1, redis_url="", shared_folder=trial)
    store = open_store(settings.database)
    store.migrate()
    master = _Drafted(store, trial)
    links = Links(settings.person_pepper, "draft")
    service = Service(
        settings, master, store,
        ScanLog(store, "draft", settings.code_keys, settings.person_pepper),
        FormTokens(settings.form_keys, settings.form_max_age_s), links,
    )
    here = Setting(instance, settings, setting_up.Drafts(instance), renew)
    master.drafted = here.campaign()
    here.on_change = lambda: setattr(master, "drafted", here.campaign())
    app = create_app(settings, service, listens)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES  # a county's rows, field by field
    app.extensions["zhuanma.setup"] = here
    app.before_request_funcs.setdefault(None, []).insert(0, _guard)
    app.register_blueprint(pages)
    return app


def create_setup_asgi_app(
    instance: Path, settings: Settings, renew: Callable[[], None], threads: int,
    listens: tuple[str, int] | None,
) -> Bridge:
    """Return `create_setup_app` for a server with an event loop."""
    app = create_setup_app(instance, settings, renew, listens)
    bodies = Bodies({"/admin/setup": MOST_BYTES}, door.admission(app), settings.trusted_proxies)
    return Bridge(app.wsgi_app, threads, bodies)


def _guard() -> tuple[str, int] | BaseResponse | Response | None:
    """Let through what sets up, and nothing of the service that stands behind."""
    if request.blueprint == pages.name or request.endpoint in _ALIVE:
        return None
    if request.method in ("GET", "HEAD") and (
        request.path == "/" or f"{request.path}/".startswith("/admin/")
    ):
        return redirect(url_for("setup.start"))
    return render_template("setup/closed.html"), 503
