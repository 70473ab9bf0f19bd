"""What is done once a second person agreed: for each kind of request, the deed that it names."""
from collections.abc import Mapping
from types import MappingProxyType

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import accounts, erasures, unit_tables
from attribution.office.accounts import Word
from attribution.office.requests import Performer, Request
from attribution.rule.instants import Instant
from attribution.service import Service
from qrgen.faults import Fault


def _add_account(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    wanted, password = request.payload, accounts.new_password()
    accounts.add(
        service.store, wanted["name"], password, wanted["role"], now, wanted["units"],
        by=Actor(request.asked_by), rule=service.settings.password_rule,
        campaign=service.campaign.id, handed_over=True, word=Word(of=by.name),
        real_name=wanted.get("real_name", ""),
    )
    return {"account": wanted["name"], "password": password}


def _change_account(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    wanted = request.payload
    accounts.change(
        service.store, wanted["name"], wanted["role"], wanted["units"], now,
        by=Actor(request.asked_by), campaign=service.campaign.id, word=Word(of=by.name),
    )
    return {}


def _open_account(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    accounts.reopen(
        service.store, request.payload["name"], now, by=Actor(request.asked_by),
        word=Word(of=by.name),
    )
    return {}


def _reset_password(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    name, password = request.payload["name"], accounts.new_password()
    accounts.set_password(
        service.store, name, password, now, by=Actor(request.asked_by),
        rule=service.settings.password_rule, handed_over=True, word=Word(of=by.name),
    )
    return {"account": name, "password": password}


def _drop_second_step(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    accounts.set_second_step(
        service.store, request.payload["name"], None, now, by=Actor(request.asked_by),
        word=Word(of=by.name),
    )
    return {}


def _change_units(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    if request.payload["deed"] == "import":
        return unit_tables.take(service, request, by, now)
    raise Fault(Code.REQUEST_KIND, kind=f"units {request.payload['deed']}")


PERFORMERS: Mapping[str, Performer] = MappingProxyType({
    "erasure": erasures.carry_out,
    "units": _change_units,
    "account_add": _add_account,
    "account_change": _change_account,
    "account_open": _open_account,
    "account_password": _reset_password,
    "account_step": _drop_second_step,
})
