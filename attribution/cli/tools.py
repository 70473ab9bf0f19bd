"""What the commands share: the open service, who is at the shell, passwords, times."""
import contextlib
import getpass
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from attribution import two_people
from attribution.cli.commands import Where
from attribution.deeds import Actor
from attribution.facts import intake
from attribution.faults import Code
from attribution.office import requests, signing_in
from attribution.rule import instants
from attribution.rule.instants import Instant, parse_instant
from attribution.service import Service, open_service
from attribution.settings import Settings, load_settings
from attribution.store import StoreError
from attribution.upkeep import housekeeping, setting_up
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
    bare = not (instance / "keys").is_dir() and "ZHUANMA_CODES_KEYS" not in os.environ
    if bare or (instance / setting_up.FOLDER).is_dir():
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
    except (OSError, KeyError, ImportError):  # Windows before 3.13: no `pwd`
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


def signed_in(here: Service, name: str) -> Actor:
    """
    Return the account *name* as who acts, once its password was given.

    On the terminal, or as a line of standard input. Where two people must act, the operating
    system's user is not enough: both may be one. Its name stands in the entry beside.
    """
    if sys.stdin.isatty():
        password = getpass.getpass(f"password of {name}: ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    account = signing_in.sign_in(here.store, name, password)
    if account is None:
        raise Fault(Code.NO_SUCH_SIGN_IN, status=USAGE_AT_FAULT, name=name)
    if account.handed_over:
        raise Fault(Code.PASSWORD_HANDED_OVER, status=USAGE_AT_FAULT, name=name)
    return Actor(name, door=who())


def both(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add who asks and who agrees, to a command at which both stand."""
    for add in (
        click.option("--second", metavar="ACCOUNT"),
        click.option("--by", metavar="ACCOUNT"),
    ):
        function = add(function)
    return function


def by_two(
    here: Service, kind: str, subject: str, payload: Mapping[str, Any], by: str | None,
    second: str | None,
) -> Actor | None:
    """
    Return who does *kind* now; None where it was asked for, and waits for a second person.

    Raises:
        Fault: two are needed, and nobody is named.
    """
    if by is None or second is not None:
        return agreed(here, kind, subject, payload, by, second)
    with here.store.read() as connection:
        if not two_people.is_on(connection, here.campaign.id):
            return signed_in(here, by)
    number = requests.ask(
        here.ledger, kind, subject, payload, asked_by=signed_in(here, by), now=instants.now()
    )
    print(f"request {number} waits for another person:")
    print(f"attribution request approve {number} --by ACCOUNT")
    return None


def agreed(
    here: Service, kind: str, subject: str, payload: Mapping[str, Any], by: str | None,
    second: str | None,
) -> Actor:
    """
    Return who does *kind*, once both who are needed for it gave their passwords, one by one.

    Whoever is at the shell, where one may do all; or who is named, alone, where one is.

    Raises:
        Fault: two are needed, and are not there.
    """
    with here.store.read() as connection:
        by_two = two_people.is_on(connection, here.campaign.id)
    if by_two and (by is None or second is None):
        raise Fault(Code.TWO_AT_THE_SHELL, status=USAGE_AT_FAULT, subject=subject)
    asking = actor() if by is None else signed_in(here, by)
    if by is None or second is None:
        return asking
    requests.together(
        here.ledger, kind, subject, payload, asked_by=asking, second=signed_in(here, second),
        now=instants.now(),
    )
    return asking
