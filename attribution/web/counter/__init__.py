"""
The counter: a unit's account registers customers, one after another, on one device.

Nothing of a customer stays on it. No receipt is kept there, no number is shown again once it was
sent, and what belongs to the customer (the steps, the receipt) goes to a phone of theirs by a code
that dies with 下一位. It is a page of staff: roles, sessions and form tokens are the console's.
"""
from flask import Flask

from attribution.web.counter import passing, taking
from attribution.web.counter.desk import pages

__all__ = ["install"]

# Importing them has put their views on the blueprint.
_VIEWS = (taking, passing)


def install(app: Flask) -> None:
    """Add the counter's pages to *app*; after the console, whose rules they follow."""
    app.register_blueprint(pages)
