"""
A new instance: keys, settings, campaign, database, and its first people.

A demonstration has one administrator, who does all; anything else has the two that the rule of
two needs, and a third who makes the accounts.

Every step is skipped where its result is there already, so that running it again
repairs what is missing and never replaces a key: posters hang on walls.
"""
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from attribution import master, two_people
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import accounts, first_people, passwords, second_steps, units
from attribution.office.first_people import Slip
from attribution.proof import log_keys
from attribution.rule.instants import SHANGHAI, Instant, to_datetime
from attribution.service import Service, open_service
from attribution.settings import load_settings
from attribution.store import staff
from attribution.upkeep.private import cloud_of, make_private
from qrgen import instance as instances
from qrgen.demo import copy_campaign
from qrgen.faults import Fault, Said
from qrgen.registry import RegistryError, find_unready
from qrgen.shell import language

KEYS = ("codes", "forms", "sessions", "person", "seals", second_steps.KEY)

# A demo begins in the past, so that registrations and payments can lie in it.
DEMO_AGE = timedelta(days=30)


@dataclass
class Made:
    """
    What was made, and what else was done.

    *password*, that of a demonstration, and the *slips* are told once and kept nowhere.
    """

    instance: Path
    steps: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    admin: str | None = None
    password: str | None = None
    slips: list[Slip] = field(default_factory=list)


def initialise(
    instance: Path,
    now: Instant,
    *,
    campaign: str | None,
    demo: bool,
    public_url: str | None,
    admin: str,
    by: Actor = Actor("init"),  # noqa: B008 (frozen)
    people: Callable[[Service], list[str]] | None = None,
) -> Made:
    """
    Make *instance*, or what is missing of it.

    Args:
        campaign: Folder to copy; by default the packaged one.
        demo: Move the campaign's dates so that it began 30 days ago.
        people: Enters accounts into a ledger that has none, and returns their names.

    Raises:
        Fault: something cannot be made; what is there already stays.
    """
    made = Made(instance)
    if not demo and not (instance / "campaign").exists():
        # Before anything is made: keys beside a campaign that is none would look like an instance.
        _prove(instances.find_campaign(instance, campaign), now)
    make_folder(instance)
    if cloud := cloud_of(instance.resolve()):
        made.told.append(Said(Code.IN_A_CLOUD, folder=instance, cloud=cloud).told(language()))
    for name in KEYS:
        if not (instance / "keys" / f"{name}.keys").exists():
            instances.make_keys(instance, name)
            made.steps.append(f"keys/{name}.keys")
    config = instance / "config.toml"
    if not config.exists():
        url = instances.public_url(instance, public_url)
        config.write_text(
            "# Settings of this instance; docs/deploy.md explains each.\n"
            f'public_url = "{url}"\n',
            encoding="utf-8",
        )
        made.steps.append("config.toml")
    # After the settings: the log is named by the address that stands in them.
    if log_keys.make(instance, instances.public_url(instance, public_url)):
        made.steps.append(f"keys/{log_keys.FILE}")
    copy = instance / "campaign"
    if not copy.exists():
        source = instances.find_campaign(instance, campaign)
        copy_campaign(source, copy, start=_demo_start(now) if demo else None)
        made.steps.append("campaign/")
    service = open_service(load_settings(instance, public_url=public_url), migrating=True)
    try:
        if not service.scans.snapshot().units:
            planned = units.import_units(service.ledger, now, by)
            made.steps.append(f"{len(planned.added)} units")
            master.adopt(service.store, service.campaign.id, copy, instance)
        made.told += second_steps.prepare(service.store, service.settings)
        if people is not None:
            made.steps += [f"account {name}" for name in people(service)]
        with service.store.read() as connection:
            anybody = bool(staff.accounts(connection))
            by_two = two_people.is_on(connection, service.campaign.id)
        if by_two:
            made.slips = first_people.make(
                service.ledger, now, by=by, office=admin, rule=service.settings.password_rule
            )
            made.steps += [f"{slip.role} {slip.name}" for slip in made.slips]
        elif not anybody:
            password = passwords.new()
            accounts.add(service.store, admin, password, "office", now, by=by)
            made.admin, made.password = admin, password
            made.steps.append(f"administrator {admin}")
    finally:
        service.close()
    return made


def _prove(source: Path, now: Instant) -> None:
    if problems := find_unready(source, to_datetime(now)):
        raise RegistryError(source, problems)


def make_folder(instance: Path) -> None:
    """
    Make the folder of an instance, for the account that serves alone.

    Raises:
        Fault: it cannot be made.
    """
    try:
        instance.mkdir(parents=True, exist_ok=True)
        # Other users of the machine have no business with the ledger.
        make_private(instance)
    except OSError as error:
        raise Fault(
            Code.INSTANCE_UNWRITABLE, folder=instance, reason=error.strerror
        ) from None


def _demo_start(now: Instant) -> datetime:
    today = to_datetime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today - DEMO_AGE).astimezone(SHANGHAI)
