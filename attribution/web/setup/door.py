"""The door of an installation that is not set up: the key, and what it opens."""
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from attribution.upkeep import setting_up
from attribution.web.current import PageAndStatus
from attribution.web.setup.common import INSIDE, is_inside, pages, setting

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


@pages.get("")
def start() -> str:
    """Ask for the key; for who told it, the choice of what to begin with."""
    if not is_inside():
        return render_template("setup/door.html")
    draft = setting().drafts.read()
    return render_template("setup/start.html", begun=bool(draft.revision), draft=draft)


@pages.post("")
def enter() -> Response | PageAndStatus:
    """Let in who tells the key."""
    here = setting()
    if not setting_up.fits(here.instance, request.form.get("key", "")):
        return render_template("setup/door.html", problem=True), 403
    session.clear()
    session[INSIDE] = setting_up.mark_of(here.instance)
    return redirect(url_for("setup.start"))


def admission(app: Flask) -> "Callable[[WSGIEnvironment], str | int]":
    """Return what tells who may send a file here: whoever has told the key."""

    def admit(environ: "WSGIEnvironment") -> str | int:
        with app.request_context(environ.copy()):
            return "setup" if is_inside() else 401

    return admit

