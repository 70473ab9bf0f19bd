"""
Writing much beside a service that must not wait (docs/decisions/0007).

Whoever has much to write does so in steps of some hundredths of a second, each a
transaction after which the ledger is sound, and stands back after each.
"""
import time
from collections.abc import Callable
from typing import TypeVar

from attribution.store import Busy, Store
from attribution.store.engine.database import Connection

T = TypeVar("T")

# How long a step is tried for while others keep the database to themselves.
PATIENCE_S = 120.0


def write(store: Store, step: Callable[[Connection], T]) -> T:
    """Write *step*, patiently; and then stand back, so that whoever waits comes first."""
    until = time.monotonic() + PATIENCE_S
    while True:
        began = time.monotonic()
        try:
            outcome = store.write(step)
        except Busy:
            if time.monotonic() > until:
                raise
        else:
            time.sleep(min(time.monotonic() - began, 0.05))
            return outcome
        time.sleep(0.05)
