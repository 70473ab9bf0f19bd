"""
Who may send a large body: told from the head of a request, before the body is read.

Staff by their open session, for an address their role may open; partners by a key that
there is. What a signature covers is the body, so more cannot be known of it yet.
"""
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, request
from flask_login import current_user

from attribution.facts import partners
from attribution.rule import instants
from attribution.store import StoreError
from attribution.web.console import access
from attribution.web.current import service

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger("attribution")


def admission(app: Flask) -> "Callable[[WSGIEnvironment], str | int]":
    """Return what tells whose body a request of *app* brings, or the status to refuse it with."""

    def admit(environ: "WSGIEnvironment") -> str | int:
        # A copy: the request that is made of it here is not the one that will be answered.
        with app.request_context(environ.copy()):
            try:
                if request.path.startswith("/api/"):
                    here = service()
                    key = partners.known_key(here.store, dict(request.headers), instants.now())
                    return f"key {key}" if key else 401
                if not current_user.is_authenticated:
                    return 401
                if request.endpoint is None or not access.may(request.endpoint):
                    return 413
                return f"account {access.account().name}"
            except StoreError as error:
                log.error("store: %s", error)
                return 503

    return admit
