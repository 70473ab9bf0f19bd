"""
The console: where staff see, decide, print and download.

Flask-Login keeps who is signed in, Flask-WTF the CSRF token. `access` refuses
whatever a view does not openly allow, so a forgotten rule is a closed door.
"""
from flask import Flask, request
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup

from attribution.web.console import (
    access,
    account_slips,
    appeals,
    audits,
    bulletin_pages,
    callbacks,
    campaign_pages,
    corrections,
    deed_pages,
    differences,
    download_log,
    downloads,
    end_pages,
    erasures,
    exchange_pages,
    feeds,
    finance_pages,
    find,
    goal_pages,
    guide,
    held,
    lapsing,
    me,
    notice_pages,
    overview,
    pack_pages,
    papers,
    patrol_pages,
    period_pages,
    persons,
    picking,
    pictures,
    posters,
    proof_pages,
    requests,
    robot_pages,
    rows,
    scene_pages,
    sign_in,
    snapshot_pages,
    tables,
    takeovers,
    unit_changes,
    unit_page,
    unit_tables,
    units,
    users,
)

__all__ = ["install"]

# Importing them has put their views on the blueprint.
_VIEWS = (
    account_slips, appeals, audits, bulletin_pages, callbacks, campaign_pages, corrections,
    deed_pages, differences, download_log, downloads, end_pages, erasures, exchange_pages,
    feeds, finance_pages, find, goal_pages, guide, held, lapsing, me, notice_pages, overview,
    pack_pages, papers, patrol_pages, period_pages, persons, pictures, posters, proof_pages,
    requests, robot_pages, rows, scene_pages, sign_in, snapshot_pages, tables, takeovers,
    unit_changes, unit_page, unit_tables, units, users,
)


def install(app: Flask) -> None:
    """Add the staff's pages to *app*."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf = CSRFProtect(app)
    manager = LoginManager(app)
    manager.session_protection = "basic"  # a telephone changes networks all day
    manager.user_loader(access.load)

    @app.before_request
    def protect() -> None:
        if request.blueprint in access.BLUEPRINTS:
            csrf.protect()

    app.jinja_env.filters.update(access.FILTERS)
    app.jinja_env.globals.update(picking.GLOBALS, csrf=_csrf_field)
    app.register_blueprint(access.pages)


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
