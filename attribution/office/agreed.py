"""What is done once a second person agreed: for each kind of request, the deed that it names."""
import json
from collections.abc import Mapping
from types import MappingProxyType

from attribution.deeds import Actor
from attribution.office import (
    accounts,
    campaign_deeds,
    erasures,
    notice_robots,
    passwords,
    unit_requests,
)
from attribution.office.requests import Performer, Request
from attribution.office.vouching import Word
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store import request_log


def _add_account(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    wanted, password = request.payload, passwords.new()
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
    name, password = request.payload["name"], passwords.new()
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


def _set_campaign(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    campaign_deeds.enter_values(
        service.ledger, Actor(request.asked_by), request.payload["values"], now
    )
    return {}


def afterwards(service: Service, number: int, by: Actor, now: Instant) -> None:
    """Do what follows an agreement beyond its transaction: this process, the folder, everybody."""
    with service.store.read() as connection:
        row = request_log.get(connection, service.campaign.id, number)
    kind = row["kind"] if row else ""
    if kind not in ("units", "campaign"):
        return
    service.follow()
    if row and kind == "campaign" and campaign_deeds.judges(json.loads(row["payload"])["values"]):
        campaign_deeds.judge_again(service.ledger, by, now)
    service.keep_folder()


PERFORMERS: Mapping[str, Performer] = MappingProxyType({
    "erasure": erasures.carry_out,
    "units": unit_requests.carry_out,
    "campaign": _set_campaign,
    "robot_add": notice_robots.carry_out,
    "account_add": _add_account,
    "account_change": _change_account,
    "account_open": _open_account,
    "account_password": _reset_password,
    "account_step": _drop_second_step,
})
