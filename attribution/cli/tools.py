"""What the commands share: the open service, who is at the shell, passwords, times."""
import contextlib
import getpass
import os
import sys
from pathlib import Path

from attribution.cli.commands import Where
from attribution.deeds import Actor
from attribution.facts import intake
from attribution.faults import Code
from attribution.office import accounts
from attribution.rule import instants
from attribution.rule.instants import Instant, parse_instant
from attribution.service import Service, open_service
from attribution.settings import Settings, load_settings
from attribution.store import StoreError
from attribution.upkeep import housekeeping
from qrgen.instance import find_instance, own_files
from qrgen.shell import USAGE_AT_FAULT, Fault


class Opened:
    """
    The service of the instance that was named, closed at the end of the block.

    A file whose import was cut off after it began to count is finished first, so that no
    command shows half of it.
    """

    def __init__(self, where: Where, public_url: str | None = None):
        self._service = open_service(settings_of(where, public_url))

    def __enter__(self) -> Service:
        here = self._service
        # What only reads must work on a full disk too.
        with contextlib.suppress(StoreError):
            intake.finish(here.ledger, instants.now())
            housekeeping.settle_units(here.ledger, instants.now())
        return here

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            with contextlib.suppress(StoreError):
                self._service.follow()
                self._service.keep_folder()
        self._service.close()


def settings_of(where: Where, public_url: str | None = None) -> Settings:
    """Return the settings of the instance that was named."""
    instance = find_instance(where.instance)
    if not (instance / "keys").is_dir() and "ZHUANMA_CODES_KEYS" not in os.environ:
        raise Fault(Code.NO_INSTANCE, path=instance)
    return load_settings(instance, campaign=where.campaign, public_url=public_url)


def own_paths(settings: Settings) -> list[Path]:
    """Return what the service lives on, and no output of a command may replace."""
    scheme, _, name = settings.database.partition(":///")
    ledger = [Path(name + end) for end in ("", "-wal", "-shm")] if scheme == "sqlite" else []
    return [*ledger, *own_files(settings.instance, settings.campaign_folder)]


def instant_of(text: str | None, option: str) -> Instant | None:
    """Read the time given to *option*; None when it was not given."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Fault(
            Code.NO_TIME, status=USAGE_AT_FAULT, option=option, problem=str(error)
        ) from None


def actor() -> Actor:
    """Return the person at the shell, as deeds know them."""
    try:
        return Actor(f"shell:{getpass.getuser()}")
    except (OSError, KeyError):
        return Actor("shell")


def who() -> str:
    """Name the person at the shell, for the audit log."""
    return actor().name


def asked_password() -> str:
    """Return a new password: asked twice on the terminal, or a line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("password: ")
    if first != getpass.getpass("again: "):
        raise Fault(Code.PASSWORDS_DIFFER, status=USAGE_AT_FAULT)
    return first


def signed_in(here: Service, name: str) -> str:
    """
    Return *name* once its password was given: on the terminal, or as a line of standard input.

    Where two people must act, the operating system's user is not enough: both may be one.
    """
    if sys.stdin.isatty():
        password = getpass.getpass(f"password of {name}: ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    account = accounts.sign_in(here.store, name, password)
    if account is None:
        raise Fault(Code.NO_SUCH_SIGN_IN, status=USAGE_AT_FAULT, name=name)
    if account.handed_over:
        raise Fault(Code.PASSWORD_HANDED_OVER, status=USAGE_AT_FAULT, name=name)
    return name
