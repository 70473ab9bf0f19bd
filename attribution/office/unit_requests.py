"""
Changes of units that two people agree on: single deeds as they were asked, tables edit by edit.

What a table would change was shown to whoever asked, and is what is kept. Where a unit has
moved on since, the request is one that nobody meant, and is not carried out.
"""
from collections.abc import Mapping
from typing import Any

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import requests, unit_deeds
from attribution.office.requests import Request
from attribution.office.unit_plans import Edit
from attribution.office.unit_tables import TablePlan, refuse_unclear
from attribution.rule.instants import Instant, day_of
from attribution.service import Service
from attribution.store import unit_log
from qrgen.faults import Fault

TABLE = "import"


def ask(ledger: Ledger, planned: TablePlan, by: Actor, now: Instant) -> int:
    """
    Ask for all that a table would change.

    Raises:
        Fault: nobody said of a changed name what it means; or nothing would change.
    """
    refuse_unclear(planned, [])
    if not planned:
        raise Fault(Code.UNITS_UNCHANGED, status=2)
    edits = [[one.unit, dict(one.before), dict(one.after)] for one in planned.edits]
    counts = {"added": len(planned.added), "changed": len(planned.changed),
              "closed": len(planned.closed), "replaced": len(planned.replaced)}
    return requests.ask(
        ledger, "units", "units", {"deed": TABLE, "edits": edits, "counts": counts},
        told={"deed": TABLE, "changed": unit_deeds.told(planned.edits), **counts},
        asked_by=by, now=now,
    )


def carry_out(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    """Do what *request* asks for, once *by* agreed."""
    asking, payload = Actor(request.asked_by), request.payload
    if payload["deed"] != TABLE:
        unit_deeds.do(service.ledger, asking, payload["deed"], payload["payload"], now)
        return {}
    edits = [Edit(unit, before, after) for unit, before, after in payload["edits"]]
    ledger = service.ledger

    def act(doing: Doing) -> None:
        units = unit_log.read(doing.connection, ledger.campaign.id).as_of(day_of(now))
        for edit in edits:
            here = units.get(edit.unit)
            if not _fits(edit, here):
                raise Fault(Code.REQUEST_OVERTAKEN, request=request.number)
        unit_deeds.enter_edits(
            ledger, doing.connection, doing.actor, TABLE, edits, day_of(now), now, now
        )
        doing.enter(Kind.UNITS_IMPORT, "units", changed=unit_deeds.told(edits))

    deeds.do(ledger.store, asking, now, act)
    return {}


def _fits(edit: Edit, here: Any) -> bool:
    """Whether the unit is still what the edit was to change."""
    if not edit.before:
        return here is None
    return here is not None and all(
        getattr(here, name) == value for name, value in edit.before.items()
    )
