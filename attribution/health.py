"""
Whether the service can do its work now, and if not, why: what `/readyz` says.

A load balancer sends nobody here while there is a reason; the person who is called
at night reads it first.
"""
import shutil

from attribution.service import Service
from attribution.store import Busy, Connection, StoreError
from attribution.store.sqlite import SQLite

# Below this the next fold of the log may already fail.
LEAST_FREE = 64 * 1024 * 1024


def reasons(service: Service) -> list[str]:
    """Return why scans and claims cannot be taken; empty when they can."""
    found = []
    try:
        missing = service.store.missing_migrations()
        if missing:
            found.append(f"migrations missing: {', '.join(missing)}")
        if not service.desk.snapshot().units:
            found.append("no units: run `attribution units import`")
        # Takes and gives back the write lock; writes nothing.
        service.store.write(_nothing)
    except Busy:
        found.append("the database is held by another process")
    except StoreError as error:
        found.append(f"the database cannot be used: {error}")
    database = service.store.database
    if isinstance(database, SQLite):
        free = shutil.disk_usage(database.path.parent).free
        if free < LEAST_FREE:
            found.append(f"the disk is full: {free // (1024 * 1024)} MB left")
    return found


def _nothing(connection: Connection) -> None:
    pass
