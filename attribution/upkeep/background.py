"""
Beside the road, while the service runs: what is new is sealed every two minutes, and a file
whose import was killed while it began to count is finished, and units follow to their day.

A row that no seal holds yet can be changed by hand without a trace, so the wait is
short. The workers take turns. Of a
file several may take chunks at once. Pages do neither: whoever opens one waits for nothing
that they did not ask for, and is told that a file is being taken in.
"""
import logging
import os
import threading
import time

from attribution.facts import intake
from attribution.proof import clocks, heads, publishing
from attribution.rule import instants
from attribution.rule.instants import SECOND
from attribution.service import Service
from attribution.store import StoreError
from attribution.upkeep import housekeeping, late_addresses, outgoing, unanswered
from qrgen.faults import Fault

log = logging.getLogger("attribution")

EVERY_S = 120

# A file is left alone until nobody gave a sign of life for `absorb.SILENCE`.
LOOK_S = 10

# So many times as long as it works a sealing rests, for scans to go first.
RESTS = 2.0


def start(
    service: Service, every_s: float = EVERY_S, look_s: float = LOOK_S
) -> threading.Event:
    """
    Do what nobody asks for from now on, in a thread; setting the answer ends it.

    Args:
        every_s: Between two seals.
        look_s: Between two looks for files that were cut off, and for claims whose password
            was never typed in or whose steps have no address.
    """
    ended = threading.Event()

    def run() -> None:
        # Workers that began together do not all read at once.
        pause, sealed = every_s * (1 + os.getpid() % 8 / 16), time.monotonic()
        while not ended.wait(min(look_s, pause)):
            finish_files(service)
            unanswered.take_in(service)
            late_addresses.give(service)
            settle_units(service)
            if time.monotonic() - sealed >= pause:
                tick(service, every_s)
                look_at_clock(service)
                publish(service)
                sealed = time.monotonic()

    threading.Thread(target=run, name="background", daemon=True).start()
    # A mail server that does not answer holds up neither seals nor files.
    outgoing.start(service, ended, look_s)
    return ended


def finish_files(service: Service) -> None:
    """Go on with files whose import was cut off while they began to count, if nobody else does."""
    try:
        intake.finish(service.ledger, instants.now(), silent=True)
    except StoreError as error:
        log.error("files: not finished: %s", error)


def settle_units(service: Service) -> None:
    """
    Let names, targets and states take effect whose day has come, and the folder follow, which
    this node prints from.
    """
    try:
        housekeeping.settle_units(service.ledger, instants.now())
        service.follow()
        service.keep_folder()
    except StoreError as error:
        log.error("units: not settled: %s", error)


def tick(service: Service, every_s: float = EVERY_S) -> None:
    """Seal what is new, unless another worker just did."""
    try:
        heads.seal_in_turn(
            service.ledger, service.settings, instants.now(), int(every_s * SECOND) // 2,
            rests=RESTS,
        )
    except (StoreError, OSError, Fault) as error:
        log.error("seals: not sealed: %s", error)


def look_at_clock(service: Service) -> None:
    """Say in the log that this machine's clock cannot be right."""
    try:
        wrong = clocks.fault(service.ledger)
    except StoreError as error:
        log.error("clock: not looked at: %s", error)
        return
    if wrong:
        log.error("clock: %s; %s", wrong.cause, wrong.hint)


def publish(service: Service) -> None:
    """Let others see the newest head, if it is time; say so in the log where none may be shown."""
    try:
        publishing.keep_up(service.ledger, service.settings, instants.now())
    except (StoreError, OSError) as error:
        log.error("log: not published: %s", error)
    except Fault as fault:
        log.error("log: no head is shown: %s", fault.cause)
