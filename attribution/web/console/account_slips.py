"""Accounts for many units at once, and a slip of paper for each to be handed over, shown once."""
from collections.abc import Iterable

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from attribution.faults import Code
from attribution.office import account_batches
from attribution.office.account_batches import MOST, Naming
from attribution.rule import instants
from attribution.store.registry import Unit
from attribution.web.console import access, change_words, picking, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.current import service
from qrgen.faults import Fault

FILTERS = ("kind", "area", "bank", "naming")


@pages.get("/accounts-by-unit", endpoint="accounts_by_unit")
@allow("accounts")
def accounts_by_unit() -> str:
    """Offer an account for each unit of a kind, an area or a bank."""
    chosen = {name: request.args.get(name, "") for name in FILTERS}
    wrong = False
    for kind in ("area", "bank"):
        try:
            chosen[kind] = picking.unit(kind, request.args, kinds=(kind,))
        except picking.Unpicked:  # told at the field, and nobody is listed
            wrong = True
    units = access.snapshot().units
    naming: Naming = "id" if chosen["naming"] == "id" else "name"
    return render_template(
        "admin/accounts_by_unit.html", chosen=chosen, kinds=change_words.KINDS, most=MOST,
        rows=[] if wrong else account_batches.candidates(
            service(), _fitting(units.values(), chosen), naming
        ),
        hotline=service().campaign.hotline or "",
    )


@pages.post("/accounts-by-unit", endpoint="add_accounts")
@allow("accounts")
@proven
def add_accounts() -> Response:
    """Make them, and show a slip for each, this once."""
    here, form = service(), request.form
    call = typed.text("reach", 60)
    units = access.snapshot().units  # whoever makes accounts sees no figures of any
    wanted = [
        (units[id], form.get(f"name.{id}", "")) for id in form.getlist("unit") if id in units
    ]
    if not 1 <= len(wanted) <= MOST:
        raise Fault(Code.NO_UNITS_CHOSEN, status=2, most=MOST)
    made = account_batches.add_all(here, wanted, instants.now(), access.actor())
    page = make_response(render_template(
        "admin/account_slips.html", made=made.made, faults=made.faults, call=call,
        address=f"{here.settings.public_url}/admin/", kinds=change_words.KINDS,
    ), 201)
    page.headers["Cache-Control"] = "no-store"
    return page


def _fitting(units: Iterable[Unit], chosen: dict[str, str]) -> list[Unit]:
    kind, area, bank = chosen["kind"] or "area", chosen["area"], chosen["bank"]
    return [
        unit for unit in units
        if unit.kind == kind and area in ("", unit.area, unit.id)
        and bank in ("", unit.bank, unit.id)
    ]
