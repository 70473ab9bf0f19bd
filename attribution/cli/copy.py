"""`attribution copy`: move a ledger from one database to another, and prove it."""
import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from attribution.cli.tools import who
from attribution.config import load_settings
from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.proof import checks
from attribution.rule import instants
from attribution.store import Store, StoreError, open_store
from attribution.upkeep import copying
from qrgen.instance import find_campaign, find_instance
from qrgen.registry import load_campaign
from qrgen.shell import Fault

__all__ = ["add_commands"]


def add_commands(command: Callable[..., Any]) -> None:
    """Add the subcommand by means of *command*, which makes a parser."""
    made = command("copy", _copy, "copy the ledger into another database, and compare both")
    made.add_argument("--from", dest="source", metavar="URL", required=True,
                      help="sqlite:///FILE or postgresql://…")
    made.add_argument("--to", dest="target", metavar="URL", required=True,
                      help="likewise; its tables are made where they are missing")


def _copy(options: argparse.Namespace) -> int:
    if options.source == options.target:
        raise Fault("--from and --to are the same database", "name two", 2)
    instance = find_instance(options.instance)
    campaign = load_campaign(find_campaign(instance, options.campaign))
    seal_keys = load_settings(instance, campaign=options.campaign).seal_keys
    source = _open(options.source, "--from", must_exist=True)
    target = _open(options.target, "--to", must_exist=False)
    try:
        total = copying.prepare(source, target)
        copying.enter(source, target, instants.now(), Actor(who()), total)
        with tqdm(total=total, desc="rows", unit="", disable=None) as bar:
            for number in copying.copy(source, target):
                bar.update(number)
        differing = 0
        for compared in copying.compare(source, target):
            here, there = compared.source, compared.target
            if compared.same:
                print(f"{compared.table}\t{here[0]} rows\tseal {here[1][:16]}")
            else:
                differing += 1
                print(f"{compared.table}\tDIFFERS: {here[0]} rows, seal {here[1][:16]};"
                      f" the copy {there[0]} rows, seal {there[1][:16]}")
        found = 0
        for name, store in (("source", source), ("copy", target)):
            for finding in checks.check(Ledger(store, campaign), seal_keys):
                found += 1
                print(f"{name}: {finding.question}: {finding.detail}")
    except StoreError as error:
        raise Fault(
            f"the copy was interrupted: {error}", "run the same command again; it goes on"
        ) from None
    finally:
        source.close()
        target.close()
    if differing:
        raise Fault(
            f"{differing} tables differ",
            "stop the service on the source and run the same command again; it goes on",
        )
    if found:
        raise Fault(f"{found} findings", "see `attribution check`")
    print("both hold the same, and are sound")
    return 0


def _open(url: str, option: str, *, must_exist: bool) -> Store:
    # SQLite would make an empty file and call it a ledger.
    if must_exist and url.startswith("sqlite:///") and not Path(url[10:]).is_file():
        raise Fault(f"{option}: {url[10:]} does not exist", "name the ledger's file", 2)
    try:
        return open_store(url)
    except ValueError as error:
        raise Fault(f"{option}: {error}", "write sqlite:///FILE or postgresql://…", 2) from None
