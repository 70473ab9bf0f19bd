"""Which service answers, the one of the current application, and what a view gives back."""
from flask import current_app

from attribution.service import Service

# A page other than 200, with its status, and what is said in its head.
PageAndStatus = tuple[str, int] | tuple[str, int, dict[str, str]]


def service() -> Service:
    """Return the service of the current application."""
    found = current_app.extensions["zhuanma"]
    assert isinstance(found, Service)
    return found
