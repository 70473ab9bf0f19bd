"""`attribution copy`: move a ledger from one database to another, and prove it."""
from pathlib import Path

import click
from tqdm import tqdm

from attribution.cli.commands import Where, command
from attribution.cli.tools import who
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import checks, heads
from attribution.rule import instants
from attribution.settings import load_settings
from attribution.store import Store, StoreError, open_store
from attribution.upkeep import copying
from qrgen.instance import find_campaign, find_instance
from qrgen.registry import load_campaign
from qrgen.shell import USAGE_AT_FAULT, Fault


@command("copy")
@click.option("--from", "source_url", metavar="URL", required=True)
@click.option("--to", "target_url", metavar="URL", required=True)
def run(where: Where, source_url: str, target_url: str) -> int:
    if source_url == target_url:
        raise Fault(Code.COPY_INTO_ITSELF, status=USAGE_AT_FAULT)
    instance = find_instance(where.instance)
    campaign = load_campaign(find_campaign(instance, where.campaign))
    settings = load_settings(instance, campaign=where.campaign)
    source = _open(source_url, "--from", must_exist=True)
    target = _open(target_url, "--to", must_exist=False)
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
            ledger = Ledger(store, campaign)
            for finding in checks.check(ledger, heads.verifiers(ledger, settings)):
                found += 1
                print(f"{name}: {finding.question}: {finding.detail}")
    except StoreError as error:
        raise Fault(Code.COPY_INTERRUPTED, problem=str(error)) from None
    finally:
        source.close()
        target.close()
    if differing:
        raise Fault(Code.COPY_DIFFERS, tables=differing)
    if found:
        raise Fault(Code.COPY_UNSOUND, findings=found)
    print("both hold the same, and are sound")
    return 0


def _open(url: str, option: str, *, must_exist: bool) -> Store:
    # SQLite would make an empty file and call it a ledger.
    if must_exist and url.startswith("sqlite:///") and not Path(url[10:]).is_file():
        raise Fault(
            Code.NO_LEDGER_FILE, status=USAGE_AT_FAULT, option=option, path=url[10:]
        )
    try:
        return open_store(url)
    except ValueError as error:
        raise Fault(
            Code.NO_DATABASE_URL, status=USAGE_AT_FAULT, option=option, problem=str(error)
        ) from None
