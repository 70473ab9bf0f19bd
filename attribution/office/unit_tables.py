"""
A whole table of units that two people agree on: kept as it was sent, taken in when agreed to.

What it would change was shown to whoever asked, and its digest is kept beside: a registry that
has moved on since makes the request one that nobody meant, and it is not carried out.
"""
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import requests, units
from attribution.office.requests import Request
from attribution.office.units import Plan
from attribution.rule.instants import Instant
from attribution.service import Service
from qrgen.faults import Fault
from qrgen.files import write_whole
from qrgen.registry import load_campaign


def ask(ledger: Ledger, table: bytes, planned: Plan, by: Actor, now: Instant) -> int:
    """Ask that *table*, which would change what is *planned*, be taken in."""
    sha256 = hashlib.sha256(table).hexdigest()
    return requests.ask(
        ledger, "units", "units",
        {"deed": "import", "table": table.decode("latin-1"), "plan": _digest(planned),
         "counts": counts(planned), "sha256": sha256},
        told={"deed": "import", "counts": counts(planned), "sha256": sha256},
        asked_by=by, now=now,
    )


def take(service: Service, request: Request, by: Actor, now: Instant) -> Mapping[str, str]:
    """Take in the table of *request*, and let the campaign's folder have it too."""
    table = str(request.payload["table"]).encode("latin-1")
    folder = Path(tempfile.mkdtemp(prefix="units-"))
    try:
        shutil.copy(service.settings.campaign_folder / "campaign.toml", folder)
        (folder / "units.csv").write_bytes(table)
        ledger = Ledger(service.store, load_campaign(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if _digest(units.plan(ledger)) != request.payload["plan"]:
        raise Fault(Code.REQUEST_OVERTAKEN, request=request.number)
    # The file first: a ledger that knows more units than the file would lose them again.
    write_whole(service.settings.campaign_folder / "units.csv", table)
    units.import_units(ledger, now, Actor(request.asked_by))
    return {}


def counts(planned: Plan) -> list[int]:
    """Return how many units would be added, changed and closed."""
    return [len(planned.added), len(planned.changed), len(planned.closed)]


def _digest(planned: Plan) -> str:
    told: list[Any] = [
        [asdict(unit) for unit in planned.added],
        [[asdict(before), asdict(after)] for before, after in planned.changed],
        [asdict(unit) for unit in planned.closed],
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()
