"""
Robots of groups: added by the office, where two are needed once another agreed.

What a group hears is what one role may see, and of which units: whoever adds the robot says whose
group it is. The address is sealed from the moment it is typed; the question to the second person
shows it masked, and what is dropped keeps no secret.
"""
import json
from collections.abc import Collection, Mapping

from attribution import deeds, two_people
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import accounts, requests, robots
from attribution.office.accounts import Account
from attribution.office.notice_kinds import in_groups
from attribution.office.notice_ways import keys_of, opened
from attribution.office.requests import Request
from attribution.office.sealing import NOTICES, seal
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.settings import Settings
from attribution.store import notice_choices as kept
from attribution.store import registry
from attribution.store.engine.database import Row
from qrgen.faults import Fault
from qrgen.shapes import shape_of
from qrgen.texts import clean

LONGEST_NAME = 30

# Whose group it may be; who makes accounts sees no figures.
AUDIENCES = ("office", "checker", "area", "department", "bank", "viewer")


def add(
    ledger: Ledger, settings: Settings, name: str, address: robots.RobotAddress, *, role: str,
    units: Collection[str], kinds: Collection[str], by: Actor, now: Instant,
) -> tuple[int, bool]:
    """
    Add a robot; return its number, and whether it waits for a second person.

    Args:
        role: What its group may see: one of AUDIENCES.
        units: Which units that is for, where the role is for units.
        kinds: What it is to say.

    Raises:
        Fault: the address is none, or the group may not hear of that.
    """
    keys = keys_of(settings)
    robots.check(address, settings.notices.robot_hosts)
    name = clean(name)[:LONGEST_NAME]
    if not name:
        raise Fault(Code.ROBOT_NAME)
    if role not in AUDIENCES:
        raise Fault(Code.ACCOUNT_ROLE, status=2, role=shape_of(role), roles=AUDIENCES)
    may = in_groups(role)
    for kind in kinds:
        if kind not in may:
            raise Fault(Code.NOTICE_KIND, kind=shape_of(kind))
    wanted = sorted(set(units))
    told = {
        "name": name, "platform": address.platform, "shown": robots.shown(address), "role": role,
        "units": wanted, "kinds": sorted(set(kinds)),
    }

    def act(doing: Doing) -> tuple[int, bool]:
        connection, id = doing.connection, doing.next_id()
        units_there = registry.read(connection, ledger.campaign.id)
        accounts.check_scopes(role, frozenset(wanted), units_there)
        waits = two_people.is_on(connection, ledger.campaign.id)
        kept.add_robot(connection, {
            "id": id, "at": now, "name": name, "platform": address.platform,
            "sealed": seal(json.dumps([address.url, address.secret]), keys, NOTICES),
            "shown": told["shown"], "role": role, "units": json.dumps(wanted),
            "by_whom": doing.actor.name, "state": "asked" if waits else "active",
        })
        kept.set_choices(connection, f"robot:{id}", dict.fromkeys(told["kinds"], "at_once"))
        if waits:
            requests.ask_within(doing, ledger, "robot_add", f"robot {id}", {"robot": id, **told})
        else:
            doing.enter(Kind.ROBOT_ADD, f"robot {id}", after=told)
        return id, waits

    return deeds.do(ledger.store, by, now, act)


def carry_out(
    service: Service, request: Request, by: Actor, now: Instant
) -> Mapping[str, str]:
    """Let the robot speak that another asked for."""
    id = int(request.payload["robot"])

    def act(doing: Doing) -> None:
        if not kept.set_robot(doing.connection, id, "active"):
            raise Fault(Code.ROBOT_UNKNOWN, robot=id)
        doing.enter(
            Kind.ROBOT_ADD, f"robot {id}",
            after={key: value for key, value in request.payload.items() if key != "robot"},
        )

    deeds.do(service.store, Actor(request.asked_by), now, act)
    return {}


def drop(ledger: Ledger, id: int, *, by: Actor, now: Instant) -> None:
    """
    Let a robot speak no more, and forget its address.

    Raises:
        Fault: there is none.
    """

    def act(doing: Doing) -> None:
        if not kept.set_robot(doing.connection, id, "stopped"):
            raise Fault(Code.ROBOT_UNKNOWN, robot=id)
        kept.set_choices(doing.connection, f"robot:{id}", {})
        doing.enter(Kind.ROBOT_DROP, f"robot {id}")

    deeds.do(ledger.store, by, now, act)


def take_on(ledger: Ledger, id: int, *, by: Actor, now: Instant) -> None:
    """Answer for a robot from now on, whose one has left."""

    def act(doing: Doing) -> None:
        row = require(kept.robot(doing.connection, id), id)
        if kept.take_on(doing.connection, id, by.name):
            doing.enter(Kind.ROBOT_CHANGE, f"robot {id}", row["by_whom"], by.name)

    deeds.do(ledger.store, by, now, act)


def require(row: Row | None, id: int) -> Row:
    """
    Return the robot in *row*.

    Raises:
        Fault: there is none, or it was dropped.
    """
    if row is None or row["state"] == "stopped":
        raise Fault(Code.ROBOT_UNKNOWN, robot=id)
    return row


def address_of(row: Row, settings: Settings) -> robots.RobotAddress:
    """
    Return where the robot in *row* is.

    Raises:
        Fault: it is sealed under a key that is not here.
    """
    url, secret = json.loads(opened(row["sealed"], settings.second_keys))
    return robots.RobotAddress(row["platform"], url, secret)


def audience(row: Row) -> Account:
    """Return what the group of the robot in *row* may see, as an account would be."""
    return Account(f"robot:{row['id']}", row["role"], 0, frozenset(json.loads(row["units"])))
