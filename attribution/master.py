"""
The ledger as the one master of its campaign: settings and units, as of one revision.

The registry's version is the revision: whatever changes units, issues or settings makes
another, so every scan's transaction notices, and a request reads one row to know. The campaign
folder is an export, which each node writes for itself; one that somebody edited by hand is
never written over, and never served: it comes in as an import.
"""
import contextlib
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.rule.unit_history import UnitChange
from attribution.store import (
    Store,
    StoreError,
    contacts,
    registry,
    setting_log,
    unit_log,
)
from attribution.store.engine.database import Connection
from attribution.store.setting_log import FILE, SettingChange
from qrgen import campaign_stamp, campaign_writer
from qrgen.campaign import Campaign, Placement, Problem, Unit
from qrgen.campaign_values import flat, settings_of
from qrgen.faults import Fault
from qrgen.files import read_toml
from qrgen.registry import RegistryError, check_values, load_campaign

log = logging.getLogger("attribution")


@dataclass(frozen=True)
class Content:
    """All that a campaign is at one revision."""

    revision: int
    settings: Mapping[str, Any]
    units: tuple[Unit, ...]  # those closed and merged too
    placements: tuple[Placement, ...]
    files: Mapping[str, bytes]

    @property
    def values(self) -> dict[str, Any]:
        """What ``campaign.toml`` says."""
        return {k: v for k, v in self.settings.items() if not k.startswith(FILE)}


class Master:
    """
    The campaign of one *store*, by its newest revision. Safe between threads.

    Args:
        folder: Where people keep the campaign; it is written where it is an export of ours.
        instance: What lies outside it is never ours to write. This node writes what it needs
            there, when *folder* is not.
    """

    def __init__(self, store: Store, id: str, folder: Path, instance: Path):
        self._store = store
        self._ours = is_within(folder, instance)
        self._id = id
        self._folder = folder
        self._own = instance / "campaign-served"
        self._mutex = threading.Lock()
        self._kept: tuple[int, Campaign] | None = None
        self._written = -1

    def at(self, version: int) -> Campaign:
        """Return the campaign of the revision *version*, or of a newer one."""
        kept = self._kept
        if kept is None or kept[0] < version:
            with self._mutex:
                kept = self._kept
                if kept is None or kept[0] < version:
                    kept = self._kept = self._read()
        return kept[1]

    def folder(self) -> Path:
        """
        Return a folder of the newest revision, written now where it is not there yet.

        Raises:
            Fault: it cannot be written.
        """
        with self._store.read() as connection:
            revision = registry.version(connection, self._id)
            for folder in (self._folder, self._own) if self._ours else (self._own,):
                stamp = campaign_stamp.read_stamp(folder)
                if stamp is None and folder.exists() and folder != self._own:
                    continue  # somebody's, and nothing says of what it is a copy
                if stamp is not None and folder != self._own and (
                    stamp.id != self._id or campaign_stamp.edited(folder, stamp)
                ):
                    continue
                if stamp is not None and stamp.revision == revision and (
                    not campaign_stamp.edited(folder, stamp)
                ):
                    return folder
                content = read(connection, self._id)
                campaign_writer.write_folder(folder, files_of(content, self._id))
                return folder
        raise AssertionError("this node's own folder is always ours")

    def keep_folder(self, version: int) -> None:
        """Write the folder of the revision *version*, once; a folder that cannot be is told of."""
        if version > self._written:
            self._written = version
            try:
                self.folder()
            except (Fault, OSError) as error:
                log.warning("the campaign's folder is not written: %s", error)

    def is_edited(self) -> bool:
        """Whether somebody edited the folder by hand, so that it is not what is served."""
        if not self._ours or not self._folder.is_dir():
            return False
        stamp = campaign_stamp.read_stamp(self._folder)
        return stamp is None or bool(campaign_stamp.edited(self._folder, stamp))

    def is_ours(self, folder: Path) -> bool:
        """Whether *folder* is the one of this instance."""
        return self._ours and folder.resolve() == self._folder.resolve()

    def write_over(self, folder: Path) -> None:
        """Write *folder* as an export, whatever it says."""
        with self._store.read() as connection:
            content = read(connection, self._id)
        campaign_writer.write_folder(folder, files_of(content, self._id))

    def _read(self) -> tuple[int, Campaign]:
        with self._store.read() as connection:
            content = read(connection, self._id)
        campaign = campaign_of(content, self._folder)
        if not content.units:
            # Before the first import: what will be taken in.
            with contextlib.suppress(Fault):
                there = load_campaign(self._folder)
                campaign = replace(
                    campaign, units=there.units, former=there.former,
                    placements=there.placements,
                )
        return content.revision, campaign


def read(connection: Connection, campaign: str) -> Content:
    """Return all that *campaign* is now."""
    settings = setting_log.read(connection, campaign)
    snapshot = registry.read(connection, campaign)
    return Content(
        snapshot.version, settings, tuple(map(unit_of, snapshot.units.values())),
        tuple(
            Placement(unit, number, label)
            for unit, places in sorted(contacts.all_placements(connection, campaign).items())
            for number, label in sorted(places.items())
        ),
        setting_log.files(connection, campaign, settings),
    )


def unit_of(unit: registry.Unit) -> Unit:
    """Return a *unit* of the ledger as files know it. One that is yet to come is active."""
    gone = unit.closed_at is not None and unit.closed_at != 0
    return Unit(
        unit.id, unit.kind, unit.name, unit.target, unit.issue,  # type: ignore[arg-type]
        unit.official_code, unit.area, unit.bank, unit.branch, unit.sector,
        unit.mode, unit.link,  # type: ignore[arg-type]
        tuple(filter(None, (unit.aliases or "").split(";"))),
        unit.purpose or "payment",  # type: ignore[arg-type]
        unit.position + 2, unit.position,
        "merged" if unit.successor else "closed" if gone else "active", unit.successor,
    )


def campaign_of(content: Content, folder: Path) -> Campaign:
    """
    Return the campaign of *content*.

    Raises:
        RegistryError: the settings are none; nobody entered them by our doors.
    """
    problems: list[Problem] = []
    settings = settings_of(content.values, problems)
    if problems:
        raise RegistryError(folder, problems)
    active = [unit for unit in content.units if unit.state == "active"]
    return replace(
        settings.campaign(active, folder), placements=content.placements,
        former=tuple(unit for unit in content.units if unit.state != "active"),
    )


def files_of(content: Content, id: str) -> dict[str, bytes]:
    """Return the folder of *content*, file by file."""
    return campaign_writer.folder_files(
        with_counts(content), content.units, content.placements, content.files, id,
        content.revision,
    )


def with_counts(content: Content) -> dict[str, Any]:
    """Return the settings with the counts that a check is to find in this revision's units."""
    values = content.values
    active = [unit for unit in content.units if unit.state == "active"]
    for kind in ("area", "line", "department", "bank"):
        if f"expect.{kind}s" in values:
            values[f"expect.{kind}s"] = sum(
                unit.kind == kind and not unit.is_point for unit in active
            )
    targets = {
        kind: sum(unit.target or 0 for unit in active if unit.kind == kind)
        for kind in ("area", "line")
    }
    if "expect.target_sum" in values:
        if targets["area"] == targets["line"]:
            values["expect.target_sum"] = targets["area"]
        else:
            del values["expect.target_sum"]
    if values.get("expect.lines_add_up") and any(
        unit.target != sum(line.target or 0 for line in active if line.area == unit.id)
        for unit in active if unit.kind == "area"
    ):
        values["expect.lines_add_up"] = False
    return values


def with_table(
    connection: Connection, campaign: str, units: Sequence[Unit], folder: Path
) -> Campaign:
    """
    Return *campaign* with the *units* of a table that somebody sent, proved.

    Counts and the sum of targets are what the table makes them; that lines add up to their
    area's target is asked as long as they do.

    Raises:
        RegistryError: it lists every problem.
    """
    content = read(connection, campaign)
    values = with_counts(content)
    for name in ("areas", "lines", "departments", "banks", "target_sum"):
        values.pop(f"expect.{name}", None)
    known = {unit.id for unit in units}
    places = [place for place in content.placements if place.unit in known]
    return check_values(values, units, places, folder)


def open_master(
    store: Store, folder: Path, instance: Path, now: Instant, *, trial: bool = False
) -> tuple[Master, str]:
    """
    Return the master of the campaign that *folder* names, and its id; without a folder, of
    the only one that the ledger has. An empty ledger takes its campaign in first; one ledger is
    one campaign's.

    Args:
        trial: Write nothing; a campaign that is not known is taken from its folder for once.

    Raises:
        Fault: there is no such campaign, its folder is not sound and the ledger's only hope, or
            the ledger is another's.
    """
    with store.read() as connection:
        known = setting_log.campaigns(connection)
    id = _named(folder)
    if id not in known and id is not None and known:
        # Served all the same, it would leave the first one's receipts, scans and files to nobody.
        raise Fault(Code.INSTANCE_HAS_CAMPAIGN, known=known[-1], id=id, folder=folder)
    if id not in known and not (id is None and len(known) == 1):
        campaign = load_campaign(folder)
        if trial:
            return _Tried(store, campaign), campaign.id
        try:
            store.write(lambda c: take_in(store, c, campaign, now))
        except StoreError as error:  # a full disk: what only reads must work all the same
            log.warning("the campaign is not taken in yet: %s", error)
            return _Tried(store, campaign), campaign.id
        adopt(store, campaign.id, folder, instance)
        return Master(store, campaign.id, folder, instance), campaign.id
    id = id if id in known else known[0]
    assert id is not None
    made = Master(store, id, folder, instance)
    if made.is_edited():
        log.warning(
            "%s was edited by hand and is not what is served: `attribution campaign import %s"
            " --dry-run` shows what it would change", folder, folder,
        )
    return made, id


class _Tried(Master):
    """What would be served of a campaign that the ledger does not know yet."""

    def __init__(self, store: Store, campaign: Campaign):
        super().__init__(store, campaign.id, campaign.folder, campaign.folder)
        self._campaign = campaign

    def at(self, version: int) -> Campaign:
        return self._campaign

    def folder(self) -> Path:
        return self._campaign.folder


def take_in(store: Store, connection: Connection, campaign: Campaign, now: Instant) -> None:
    """Enter all settings of *campaign*, which the ledger does not know, as its folder says them."""
    if campaign.id in setting_log.campaigns(connection):
        return  # another process was faster
    values = folder_values(campaign.folder)
    values.update(put_files(connection, campaign))
    setting_log.enter(
        connection, campaign.id,
        [(store.next_id(now), SettingChange(k, None, v)) for k, v in values.items()], now, "init",
    )
    for place in campaign.placements:
        contacts.put_placement(
            connection, campaign.id, place.unit, place.number, place.label, now, "init"
        )
    # An older ledger's units lack what it never kept; all else of them is its own.
    there = {unit.id: unit for unit in (*campaign.units, *campaign.former)}
    more = []
    for unit in registry.read(connection, campaign.id).units.values():
        told = there.get(unit.id)
        if told is None or unit.aliases is not None or unit.purpose is not None:
            continue
        fields: dict[str, Any] = {}
        if told.aliases:
            fields["aliases"] = ";".join(told.aliases)
        if told.purpose != "payment":
            fields["purpose"] = told.purpose
        if fields:
            before = dict.fromkeys(fields)
            more.append(UnitChange(
                store.next_id(now), unit.id, 0, 0, before, fields, now, "init", "migration"
            ))
    if more:
        unit_log.enter(connection, campaign.id, more, now)


def folder_values(folder: Path) -> dict[str, Any]:
    """Return what ``campaign.toml`` in *folder* says, setting by setting."""
    return flat(read_toml(folder / "campaign.toml"))


def put_files(connection: Connection, campaign: Campaign) -> dict[str, str]:
    """Keep the pictures, templates and fonts of *campaign*'s folder; return their settings."""
    return {
        FILE + name: setting_log.put_file(
            connection, campaign.id, (campaign.folder / name).read_bytes()
        )
        for name in campaign_stamp.own_files(campaign.folder) if name not in campaign_stamp.FILES
    }


def is_within(folder: Path, instance: Path) -> bool:
    return instance.resolve() in folder.resolve().parents


def adopt(store: Store, id: str, folder: Path, instance: Path) -> None:
    """
    Stamp *folder*, whose content the ledger has just taken in, as it is: from now on it is an
    export. Outside of the *instance*, or where it says something else, it stays somebody's.
    """
    if not is_within(folder, instance):
        return
    with store.read() as connection:
        content = read(connection, id)
    try:
        campaign = load_campaign(folder)
        names = campaign_stamp.own_files(folder)
        digests = {name: campaign_stamp.digest_of(folder / name) for name in names}
        same = {unit.id: _bare(unit) for unit in content.units} == {
            unit.id: _bare(unit) for unit in (*campaign.units, *campaign.former)
        }
        if same and folder_values(folder) == content.values:
            stamp = campaign_stamp.Stamp(id, content.revision, digests)
            (folder / campaign_stamp.STAMP).write_text(
                campaign_stamp.stamp_text(stamp), encoding="utf-8", newline="\n"
            )
    except (Fault, OSError) as error:
        log.warning("%s: not stamped: %s", folder, error)


def _bare(unit: Unit) -> Unit:
    return replace(unit, line_no=0, position=0)


def _named(folder: Path) -> str | None:
    """Return the id that the ``campaign.toml`` of *folder* names; None where it names none."""
    try:
        id = read_toml(folder / "campaign.toml").get("id")
    except Fault:
        return None
    return id if isinstance(id, str) else None
