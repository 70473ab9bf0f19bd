"""Which service answers: the one of the current application, for every view."""
from flask import current_app

from attribution.service import Service


def service() -> Service:
    """Return the service of the current application."""
    found = current_app.extensions["zhuanma"]
    assert isinstance(found, Service)
    return found
