"""
`attribution reload`: new workers with the settings as they are now, or the reason why not.

Exit status 0: the new workers answer. 1: they cannot, and the old ones go on; the cause is
said here, in the service's log and at /readyz. 2: there is nothing to reload.
"""
import argparse
import os
import signal
import socket
import time
from pathlib import Path

from attribution.cli.tools import Commands, settings_of
from attribution.serving.preflight import preflight
from attribution.upkeep import running
from attribution.upkeep.running import Record
from qrgen.instance import find_instance
from qrgen.shell import USAGE_AT_FAULT, Fault

# Longer than a try, a start and the end of the old workers may take together.
WAIT_S = 300.0


def install(command: Commands) -> None:
    """Add the command."""
    command("reload", _reload, "let the running service take the settings as they are now")


def _reload(options: argparse.Namespace) -> None:
    instance = find_instance(options.instance)
    services = running.found(instance)
    if not services:
        raise Fault(
            f"no service runs on {instance}", "start one with `attribution serve`", USAGE_AT_FAULT
        )
    for service in services:
        _check_reachable(service)
        # First here, where nobody is served: a slip is told without a signal to anybody.
        chosen = argparse.Namespace(**vars(options))
        chosen.campaign = options.campaign or service.campaign
        preflight(settings_of(chosen))
    for service in services:
        _renew(instance, service)
        print(f"reloaded: {service.address} runs with new workers")


def _check_reachable(service: Record) -> None:
    if service.host != socket.gethostname():
        raise Fault(
            f"the service of this instance runs on {service.host!r}, another machine or container",
            "give the command there, such as `docker compose exec zhuanma attribution reload`",
            USAGE_AT_FAULT,
        )
    if not service.renews:
        raise Fault(
            f"{service.address} runs on waitress, which cannot renew its workers",
            "restart it to load the settings", USAGE_AT_FAULT,
        )


def _renew(instance: Path, service: Record) -> None:
    """
    Signal *service* and wait until its new workers answer.

    Raises:
        Fault: they do not. Why, the service says, and goes on with the old ones.
    """
    asked = time.monotonic()
    try:
        os.kill(service.pid, signal.SIGHUP)
    except ProcessLookupError:
        raise Fault(f"{service.address} has just ended", "its log may say why") from None
    except PermissionError:
        raise Fault(
            f"{service.address} is another user's", "give the command as that user, or as root",
            USAGE_AT_FAULT,
        ) from None
    while time.monotonic() < asked + WAIT_S:
        now = running.again(instance, service)
        if now is None:
            raise Fault(f"{service.address} ended while it reloaded", "its log may say why")
        if now.round >= asked:  # a round that began before may not have seen the settings
            if now.cause:
                raise Fault(f"{service.address} goes on as it was: {now.cause}", now.hint)
            return
        time.sleep(0.05)
    raise Fault(
        f"{service.address} has not said within {WAIT_S:.0f} s what became of the reload",
        "see its log; the old workers go on until new ones answer",
    )
