"""
`attribution reload`: new workers with the settings as they are now, or the reason why not.

Exit status 0: the new workers answer. 1: they cannot, and the old ones go on; the cause is
said here, in the service's log and at /readyz. 2: there is nothing to reload.
"""
import os
import signal
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path

from attribution.cli.commands import Where, command
from attribution.cli.tools import settings_of
from attribution.faults import Code
from attribution.serving.preflight import preflight
from attribution.upkeep import running
from attribution.upkeep.running import Record
from qrgen.instance import find_instance
from qrgen.shell import USAGE_AT_FAULT, Fault

# Longer than a try, a start and the end of the old workers may take together.
WAIT_S = 300.0


@command("reload")
def run(where: Where) -> None:
    instance = find_instance(where.instance)
    services = running.found(instance)
    if not services:
        raise Fault(Code.NOTHING_RUNS, status=USAGE_AT_FAULT, instance=instance)
    for service in services:
        _check_reachable(service)
        # First here, where nobody is served: a slip is told without a signal to anybody.
        preflight(settings_of(replace(where, campaign=where.campaign or service.campaign)))
    for service in services:
        _renew(instance, service)
        print(f"reloaded: {service.address} runs with new workers")


def _check_reachable(service: Record) -> None:
    if service.host != socket.gethostname():
        raise Fault(Code.RUNS_ELSEWHERE, status=USAGE_AT_FAULT, host=service.host)
    if not service.renews:
        raise Fault(Code.CANNOT_RELOAD, status=USAGE_AT_FAULT, address=service.address)


def _signal(service: Record) -> None:
    # Windows has no such signal, and os.kill ends a process there, whatever it is told.
    if sys.platform != "win32":
        os.kill(service.pid, signal.SIGHUP)
        return
    raise Fault(Code.CANNOT_RELOAD, status=USAGE_AT_FAULT, address=service.address)


def _renew(instance: Path, service: Record) -> None:
    """
    Signal *service* and wait until its new workers answer.

    Raises:
        Fault: they do not. Why, the service says, and goes on with the old ones.
    """
    asked = time.monotonic()
    try:
        _signal(service)
    except ProcessLookupError:
        raise Fault(Code.SERVICE_JUST_ENDED, address=service.address) from None
    except PermissionError:
        raise Fault(
            Code.SERVICE_OF_ANOTHER, status=USAGE_AT_FAULT, address=service.address
        ) from None
    while time.monotonic() < asked + WAIT_S:
        now = running.again(instance, service)
        if now is None:
            raise Fault(Code.SERVICE_ENDED, address=service.address)
        if now.round >= asked:  # a round that began before may not have seen the settings
            if now.cause:
                raise Fault(
                    Code.RELOAD_REFUSED, address=service.address, why=now.cause, advice=now.hint
                )
            return
        time.sleep(0.05)
    raise Fault(Code.RELOAD_SILENT, address=service.address, seconds=int(WAIT_S))
