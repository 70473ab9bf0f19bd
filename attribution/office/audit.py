"""The audit log as it is read: whether it is whole, and all of it in order."""
from collections.abc import Iterator

from attribution.store import Store, audit_log
from attribution.store.engine.database import Row
from qrgen.faults import Fault


def faults(store: Store) -> list[Fault]:
    """Return everything wrong with the chain; empty when it is whole."""
    with store.read() as connection:
        return list(audit_log.faults(connection))


def entries(store: Store) -> Iterator[Row]:
    """Yield all entries in order, page by page."""
    n = 0
    while True:
        with store.read() as connection:
            rows = audit_log.after(connection, n)
        yield from rows
        if len(rows) < audit_log.PAGE:
            return
        n = rows[-1]["n"]
