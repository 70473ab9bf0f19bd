"""
The next campaign: a new instance that begins with the units, accounts and texts of an old one.

It has keys and a ledger of its own, so that nothing of the old one's people or numbers is there,
and no old poster counts for it. But it keeps the old code keys to tell such a poster from a forged
one (`settings.former`), and begins at the next issue of every unit, so that a poster is told from
an old one by what is printed under its code. Accounts come with their passwords, and with whose
hands were on them: who was no second person to whom stays so.
"""
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from attribution import deeds, master
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.office import second_steps
from attribution.office.accounts import SCOPED
from attribution.office.sealing import seal
from attribution.rule.instants import SHANGHAI, Instant
from attribution.service import Service, open_service
from attribution.settings import load_settings
from attribution.settings.former import Former, former_text
from attribution.store import contacts, hands, registry, staff
from attribution.store.engine.database import Row
from attribution.store.hands import Hand
from attribution.upkeep.new_instance import Made, initialise, make_folder
from qrgen import campaign_writer
from qrgen.campaign import Campaign
from qrgen.campaign_stamp import STAMP
from qrgen.demo import copy_campaign
from qrgen.faults import Fault
from qrgen.files import write_whole


@dataclass(frozen=True)
class Legacy:
    """
    What an old instance gives to its next one.

    Args:
        content: Its campaign as it is now: who takes part, under the next issues.
        accounts: The open ones, with the second step of each as it was before it was sealed.
        left: Accounts that stay behind, for all their units do.
    """

    campaign: Campaign
    content: master.Content
    public_url: str
    former: tuple[Former, ...]
    keys: tuple[str, ...]
    accounts: tuple[Row, ...]
    scopes: Mapping[str, tuple[str, ...]]
    hands: tuple[Hand, ...]
    contacts: Mapping[str, tuple[Row, ...]]
    left: tuple[str, ...]


def read_old(instance: Path) -> Legacy:
    """
    Return what *instance* gives to its next one; nothing in it is changed.

    Raises:
        Fault: it is no instance, or needs `attribution migrate` first.
    """
    if not (instance / "keys").is_dir():
        raise Fault(Code.NO_OLD_INSTANCE, status=2, folder=instance)
    settings = load_settings(instance)
    service = open_service(settings, trial=True)
    try:
        campaign, id = service.campaign, service.campaign.id
        with service.store.read() as connection:
            content = master.read(connection, id)
            active = registry.read(connection, id).units
            rows = [row for row in staff.accounts(connection) if row["closed_at"] is None]
            whole = [staff.account(connection, row["name"]) for row in rows]
            scopes = staff.all_scopes(connection)
            laid = hands.everything(connection)
            reach = {
                unit.id: tuple(contacts.contacts(connection, id, unit.id))
                for unit in content.units if unit.state == "active"
            }
    finally:
        service.close()
    stays = {unit.id for unit in content.units if unit.state == "active"}
    units = tuple(
        replace(unit, issue=active[unit.id].issue + 1 if unit.id in active else unit.issue + 1)
        for unit in content.units if unit.id in stays
    )
    places = tuple(place for place in content.placements if place.unit in stays)
    accounts, left, kept = [], [], {}
    for row in filter(None, whole):
        units_of = tuple(unit for unit in scopes.get(row["name"], ()) if unit in stays)
        if row["role"] in SCOPED and not units_of:
            left.append(row["name"])
            continue
        kept[row["name"]] = units_of
        accounts.append({**row, "totp": _bare(row["totp"], settings.second_keys)})
    last = (campaign.end - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    return Legacy(
        campaign, replace(content, units=units, placements=places), settings.public_url,
        (*settings.former, Former(id, campaign.short_title, last)),
        (*settings.former_keys, *settings.code_keys), tuple(accounts), kept,
        tuple(hand for hand in laid if hand.account in kept), reach, tuple(left),
    )


def begin(
    instance: Path, old: Path, now: Instant, *, start: date, id: str | None = None,
    public_url: str | None = None, by: Actor,
) -> tuple[Made, Legacy]:
    """
    Make *instance* the next one of *old*: its campaign begins on *start*.

    Args:
        id: What the campaign is called among campaigns; by default the old name with the year.

    Raises:
        Fault: there is something in *instance*, *old* is none, or the id is an earlier one's.
    """
    for name in ("keys", "campaign", "config.toml", "ledger.db"):
        if (instance / name).exists():
            raise Fault(Code.NEXT_THERE, status=2, folder=instance, name=name)
    legacy = read_old(old)
    id = id or next_id(legacy.campaign.id, start)
    if id in {former.id for former in legacy.former}:
        raise Fault(Code.NEXT_SAME_ID, status=2, id=id)
    make_folder(instance)
    _write_campaign(legacy, instance / "campaign", id, start)
    _keep_former(instance, legacy)
    made = initialise(
        instance, now, campaign=None, demo=False, public_url=public_url, admin="admin", by=by,
        people=lambda service: _take_people(service, legacy, now, by),
    )
    made.steps[:0] = ["campaign/", "config.toml"]
    return made, legacy


def _write_campaign(legacy: Legacy, target: Path, id: str, start: date) -> None:
    """Write the campaign as *id* into *target*, all dates moved so that it begins on *start*."""
    content = replace(legacy.content, settings={**legacy.content.settings, "id": id})
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made, id)
        campaign_writer.write_folder(folder, master.files_of(content, id))
        (folder / STAMP).unlink()  # of a revision of another ledger
        copy_campaign(
            folder, target, start=datetime.combine(start, time(), SHANGHAI), demo=False
        )


def next_id(old: str, start: date) -> str:
    """Return the id that a campaign after *old* has, if nobody names another: ``name-2027``."""
    stem, dash, year = old.rpartition("-")
    return f"{stem if dash and year.isdigit() else old}-{start.year}"


def _keep_former(instance: Path, legacy: Legacy) -> None:
    """Write into *instance*, which is being made, by what old posters are told."""
    folder = instance / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "former.keys"
    path.touch(mode=0o600)
    lines = "".join(f"{key}\n" for key in legacy.keys)
    write_whole(path, (
        "# Code keys of earlier campaigns: they sign nothing, and only tell an old poster.\n"
        f"{lines}"
    ).encode())
    write_whole(instance / "config.toml", (
        "# Settings of this instance; docs/deploy.md explains each.\n"
        f'public_url = "{legacy.public_url}"\n{former_text(legacy.former)}'
    ).encode())


def _take_people(service: Service, legacy: Legacy, now: Instant, by: Actor) -> list[str]:
    """
    Enter accounts and contacts of *legacy* into the new ledger, as one deed; return their names.

    Nothing is done in a ledger that has accounts.
    """
    keys = service.settings.second_keys

    def act(doing: Doing) -> list[str]:
        connection = doing.connection
        if staff.accounts(connection):
            return []
        for row in legacy.accounts:
            name = row["name"]
            staff.add_account(
                connection, name, row["password"], row["role"], now, bool(row["handed_over"])
            )
            if row["real_name"]:
                staff.set_real_name(connection, name, row["real_name"])
            staff.set_scopes(connection, name, legacy.scopes[name])
            if row["totp"]:
                staff.set_totp(connection, name, seal(row["totp"], keys))
        for hand in legacy.hands:
            hands.add(
                connection, doing.next_id(), hand.at, hand.account, hand.deed, hand.by_whom,
                hand.vouched_by, alone=hand.alone,
            )
        for unit, rows in legacy.contacts.items():
            for row in rows:
                contacts.put_contact(
                    connection, service.campaign.id, unit, row["name"], row["duty"], row["reach"]
                )
        names = [row["name"] for row in legacy.accounts]
        doing.enter(
            Kind.TAKEN_OVER, f"campaign {legacy.campaign.id}", after={"accounts": names},
            contacts=sum(map(len, legacy.contacts.values())),
        )
        return names

    return deeds.do(service.store, by, now, act)


def _bare(kept: str | None, keys: tuple[str, ...]) -> str | None:
    if not kept:
        return None
    try:
        return second_steps.opened(kept, keys)
    except second_steps.Lost:
        return None  # its owner sets one up again; without the key nobody could sign in by it
