"""`attribution serve`: answer scans and claims."""
import os
import sys

import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import Opened, settings_of
from attribution.faults import Code
from attribution.office import second_steps
from attribution.proof import clocks, key_change
from attribution.rule import instants
from attribution.serving import server
from attribution.store import StoreError
from attribution.upkeep import file_modes, setting_up
from attribution.upkeep.housekeeping import keep_up
from qrgen.faults import Said
from qrgen.instance import find_instance
from qrgen.shell import language


@command("serve")
@click.option("--host", metavar="HOST", default="127.0.0.1")
@click.option("--port", metavar="PORT", type=int, default=8000)
@click.option("--workers", metavar="N", type=int)
@click.option("--public-url", metavar="URL")
def run(
    where: Where, host: str, port: int, workers: int | None, public_url: str | None
) -> None:
    instance = find_instance(where.instance)
    if where.campaign is None and setting_up.is_due(instance):
        settings = setting_up.begin(instance, public_url)
        if public_url:
            os.environ["ZHUANMA_PUBLIC_URL"] = settings.public_url
        key = setting_up.key_of(instance)
        said = Said(Code.SETUP_WAITS, address=f"http://{host}:{port}/admin/setup", key=key)
        print(f"attribution: {said.told(language())}", file=sys.stderr)
        print(f"attribution: {said.advice(language())}", file=sys.stderr, flush=True)
        server.serve(settings, host, port, workers)
        return
    with Opened(where, public_url) as here:
        settings = here.settings
        for told in file_modes.shut(settings):
            print(f"attribution: {told}", file=sys.stderr)
        try:
            keep_up(here.ledger, instants.now())
            for told in second_steps.prepare(here.store, settings):
                print(f"attribution: {told}", file=sys.stderr)
            if wrong := clocks.fault(here.ledger):
                print(f"attribution: clock: {wrong.told(language())}", file=sys.stderr)
                print(f"attribution: {wrong.advice(language())}", file=sys.stderr)
            for told in key_change.prepare(here.ledger, settings):
                print(f"attribution: {told}", file=sys.stderr)
            settings = settings_of(where, public_url)  # with a key that was made just now
        except StoreError as error:  # another start will do; what it prepares is months ahead
            print(f"attribution: warning: {error}", file=sys.stderr)
    if public_url:  # for as long as this service runs; else config.toml is read again
        os.environ["ZHUANMA_PUBLIC_URL"] = settings.public_url
    server.serve(settings, host, port, workers)
