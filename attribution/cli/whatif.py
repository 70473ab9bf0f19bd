"""`attribution whatif`: whose credit another policy would change; nothing is written."""
import csv
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import click

from attribution import judging
from attribution.cli.commands import FILE, Where, command
from attribution.cli.tools import Opened, own_paths
from attribution.faults import Code
from attribution.reports import whatif
from attribution.rule import terms
from qrgen.files import open_text
from qrgen.instance import find_campaign, find_instance
from qrgen.places import messages_aside
from qrgen.registry import load_campaign
from qrgen.shell import USAGE_AT_FAULT, Fault


@command("whatif")
@click.option("--claims", metavar="FILE.csv", type=FILE)
@click.option("--facts", metavar="FILE.csv", type=FILE)
@click.option("--policy", type=click.Choice(list(terms.POLICIES)))
@click.option("--out", metavar="FILE.csv", type=FILE)
def run(
    where: Where, claims: str | None, facts: str | None, policy: str | None, out: str | None
) -> None:
    with messages_aside(out):
        if claims and facts:
            _over_files(where, Path(claims), Path(facts), policy, out)
        elif claims or facts:
            raise Fault(Code.CLAIMS_WITHOUT_FACTS, status=USAGE_AT_FAULT)
        else:
            _over_ledger(where, policy, out)


def _over_files(
    where: Where, claims: Path, facts: Path, policy: str | None, out: str | None
) -> None:
    if not out:
        raise Fault(Code.OUT_MISSING, status=USAGE_AT_FAULT)
    campaign = load_campaign(find_campaign(find_instance(where.instance), where.campaign))
    terms = judging.terms_of(campaign, policy)
    print(f"{whatif.run(claims, facts, terms, Path(out))} people judged")


def _over_ledger(where: Where, policy: str | None, out: str | None) -> None:
    if not policy:
        raise Fault(Code.POLICY_MISSING, status=USAGE_AT_FAULT, policies=list(terms.POLICIES))
    with Opened(where) as here:
        gains: Counter[str] = Counter()
        losses: Counter[str] = Counter()
        with open_text(
            Path(out), own_paths(here.settings), encoding="utf-8-sig", folders=False
        ) if out else nullcontext(sys.stdout) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["person", "last4", here.campaign.policy, policy, "reason"])
            for moved in whatif.compare(here.ledger, policy):
                losses[moved.now or ""] += 1
                gains[moved.then or ""] += 1
                writer.writerow([
                    moved.person[:12], moved.last4, moved.now or "", moved.then or "",
                    moved.reason or "",
                ])
        for unit in sorted((gains.keys() | losses.keys()) - {""}):
            net = gains[unit] - losses[unit]
            print(f"{unit}: +{gains[unit]} -{losses[unit]} = {net:+d}")
        print(f"{sum(gains.values())} people would count otherwise; nothing was written")
