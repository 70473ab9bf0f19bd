"""What the groups of commands share: the open service, who is at the shell, times."""
import argparse
import contextlib
import getpass
import os
import sys
from pathlib import Path
from typing import Any, Protocol

from attribution.facts import intake
from attribution.office import accounts
from attribution.rule import instants
from attribution.rule.instants import Instant, parse_instant
from attribution.service import Service, open_service
from attribution.settings import Settings, load_settings
from attribution.store import StoreError
from qrgen.instance import find_instance, own_files
from qrgen.shell import Fault


class Commands(Protocol):
    """Adds a command called *name* (within a group) that runs *action*."""

    def __call__(
        self, name: str, action: object, help: str, within: Any = ...
    ) -> argparse.ArgumentParser: ...


class Opened:
    """
    The service of the options' instance, closed at the end of the block.

    A file whose import was cut off after it began to count is finished first, so that no
    command shows half of it.
    """

    def __init__(self, options: argparse.Namespace):
        self._service = open_service(settings_of(options))

    def __enter__(self) -> Service:
        here = self._service
        # What only reads must work on a full disk too.
        with contextlib.suppress(StoreError):
            intake.finish(here.ledger, instants.now())
        return here

    def __exit__(self, *_: object) -> None:
        self._service.close()


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings of the options' instance."""
    instance = find_instance(options.instance)
    if not (instance / "keys").is_dir() and "ZHUANMA_CODES_KEYS" not in os.environ:
        raise Fault(f"{instance}: not an instance folder", "make one with `attribution init`")
    return load_settings(
        instance, campaign=options.campaign, public_url=getattr(options, "public_url", None)
    )


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
            f"{option}: {error}", "write 2022-10-11 or 2022-10-11T09:30:00+08:00", 2
        ) from None


def who() -> str:
    """Name the person at the shell, for the audit log."""
    try:
        return f"shell:{getpass.getuser()}"
    except (OSError, KeyError):
        return "shell"


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
        raise Fault(f"no account {name!r} with this password", "see `attribution user list`", 2)
    if account.handed_over:
        raise Fault(
            f"somebody else made the password of {name!r}, so it proves nobody",
            "sign in to the console with it once, and choose another there", 2,
        )
    return name
