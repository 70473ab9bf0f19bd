"""
Sealing beside the road: what is new is sealed every two minutes while the service runs.

A row that no seal holds yet can be changed by hand without a trace, so the wait is
short. Each worker tries; the first one makes the seal and the others find nothing new.
"""
import logging
import os
import threading
import time

from attribution.ledger import Ledger
from attribution.proof import seals
from attribution.rule import instants
from attribution.rule.instants import SECOND
from attribution.service import Service
from attribution.store import StoreError
from attribution.store import seal_pages as kept

log = logging.getLogger("attribution")

EVERY_S = 120

# So many times as long as a seal took the next one waits: a twentieth of one core at most.
LEAST_REST = 20


def start(service: Service, every_s: float = EVERY_S) -> threading.Event:
    """Seal every *every_s* seconds from now on, in a thread; setting the answer ends it."""
    ended = threading.Event()

    def run() -> None:
        # Workers that began together do not all read at once.
        pause = every_s * (1 + os.getpid() % 8 / 16)
        while not ended.wait(pause):
            begun = time.monotonic()
            tick(service, every_s)
            # On a crowded day seals take long: then they are made less often.
            pause = max(every_s, LEAST_REST * (time.monotonic() - begun))

    if service.settings.seal_keys:
        threading.Thread(target=run, name="seals", daemon=True).start()
    return ended


def tick(service: Service, every_s: float = EVERY_S) -> None:
    """Seal what is new, unless another worker just did."""
    now = instants.now()
    try:
        if _due(service.ledger, now - int(every_s * SECOND) // 2):
            seals.seal_now(service.ledger, service.settings, now)
    except StoreError as error:
        log.error("seals: not sealed: %s", error)


def _due(ledger: Ledger, before: int) -> bool:
    with ledger.store.read() as connection:
        latest = kept.last(connection, ledger.campaign.id)
    return latest is None or latest["until"] <= before
