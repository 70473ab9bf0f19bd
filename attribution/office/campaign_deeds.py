"""
The campaign's settings as deeds: one value, or a whole folder that somebody edited by hand.

Dates and policy have no day: one version judges everybody, so a change of them judges everybody
again, in steps of their own, and a preview says before whose credit moves. Plain functions over
plain data: a request that two people must agree on is kept as it is, and carried out when it is
approved.
"""
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from attribution import deeds, evidence, judging, master, two_people
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.judging import Moved
from attribution.ledger import Ledger
from attribution.long_deeds import LongDeed
from attribution.office import units
from attribution.office.unit_tables import TablePlan
from attribution.rule.instants import Instant
from attribution.store import Store, contacts, end_log, registry, setting_log, standings
from attribution.store.engine.database import Connection
from attribution.store.setting_log import FILE, SettingChange
from qrgen import campaign_stamp
from qrgen.campaign import Campaign, Placement
from qrgen.faults import Fault
from qrgen.registry import check_values, load_campaign

# Why a credit changes when the campaign's terms do.
CAUSE = "campaign_terms"

# Settings that the rule takes: a change of them judges everybody again.
TERMS = ("start", "end", "mark_time", "settle_end", "policy", "grades")

# An entry shows so much of a text.
SHOWN = 60


@dataclass(frozen=True)
class SettingsPlan:
    """
    What a change of settings comes to.

    Args:
        moved: Whose credit it moves.
        units: What it changes of units, where a folder brings some.
        places: Places with a code of their own, which it names.
        base: The revision that the folder was edited from; None where nothing says so.
        overruled: Settings that the ledger has changed since that revision, too.
        revision: Of the ledger as it is before.
    """

    changes: tuple[SettingChange, ...]
    moved: tuple[Moved, ...] = ()
    units: TablePlan = field(default_factory=TablePlan)
    places: tuple[Placement, ...] = ()
    base: int | None = None
    overruled: tuple[str, ...] = ()
    revision: int = 0

    def __bool__(self) -> bool:
        return bool(self.changes or self.units or self.places)


def preview_set(ledger: Ledger, values: Mapping[str, Any], now: Instant) -> SettingsPlan:
    """
    Return what `set_values` would change, and whose credit it would move; nothing is.

    Raises:
        Fault: the campaign would not be sound.
    """
    with ledger.store.read() as connection:
        content = master.read(connection, ledger.campaign.id)
    changes = _changes(content.settings, values)
    campaign = _checked(content, ledger.campaign.folder, changes)
    return SettingsPlan(
        tuple(changes), _moves(ledger, campaign, changes), revision=content.revision
    )


def set_values(
    ledger: Ledger, by: Actor, values: Mapping[str, Any], now: Instant
) -> SettingsPlan:
    """
    Set each of *values* (a setting by its name; None takes it away), and judge everybody again
    where the rule asks it.

    Raises:
        Fault: the campaign would not be sound, or nothing would change. Nothing was done.
    """

    made = enter_values(ledger, by, values, now)
    return replace(made, moved=_judged_again(ledger, by, made.changes, now))


def enter_values(
    ledger: Ledger, by: Actor, values: Mapping[str, Any], now: Instant
) -> SettingsPlan:
    """Do as `set_values`, and leave it to the caller to `judge_again`."""

    def act(doing: Doing) -> SettingsPlan:
        content = master.read(doing.connection, ledger.campaign.id)
        changes = _changes(content.settings, values)
        if judges(values):  # a later end would call people to a form that takes nobody
            end_log.require_people(doing.connection, ledger.campaign.id)
        if not changes:
            raise Fault(Code.SETTINGS_UNCHANGED, status=2)
        _checked(content, ledger.campaign.folder, changes)
        _enter(doing, ledger, changes)
        return SettingsPlan(tuple(changes), revision=content.revision)

    return deeds.do(ledger.store, by, now, act)


def judge_again(ledger: Ledger, by: Actor, now: Instant) -> tuple[Moved, ...]:
    """Judge everybody by the terms that the ledger has now, in short steps."""
    with ledger.store.read() as connection:
        campaign = master.campaign_of(
            master.read(connection, ledger.campaign.id), ledger.campaign.folder
        )
    new = Ledger(ledger.store, campaign)
    deed = LongDeed(
        ledger.store, by, now, Kind.JUDGED_AGAIN, f"campaign {ledger.campaign.id}"
    )
    moved: list[Moved] = []
    people = 0
    for persons in _everybody(ledger.store, ledger.campaign.id):
        made = deed.step(partial(
            judging.refresh, new, persons=persons, now=now, cause=CAUSE
        ))
        people += len(made)
        moved += judging.moved(made)
    if people:
        deed.end({"people": people, "moved": len(moved)})
    return tuple(moved)


def preview_folder(
    ledger: Ledger, folder: Path, now: Instant, *, renamed: Collection[str] = (),
    replaced: Collection[str] = (),
) -> SettingsPlan:
    """Return what `import_folder` would change; nothing is."""
    campaign = _of_this(ledger, folder)
    with ledger.store.read() as connection:
        content = master.read(connection, ledger.campaign.id)
        base = _base(folder, campaign.id)
        changes, overruled = _folder_changes(
            ledger, connection, campaign, content, base
        )
    planned = units.plan(
        Ledger(ledger.store, campaign), now, base=base, renamed=renamed, replaced=replaced
    )
    after = _after(content, changes)
    return SettingsPlan(
        tuple(changes), _moves(ledger, master.campaign_of(after, folder), changes), planned,
        _places(campaign, content), base, tuple(overruled), content.revision,
    )


def import_folder(
    ledger: Ledger, by: Actor, folder: Path, now: Instant, *, renamed: Collection[str] = (),
    replaced: Collection[str] = (),
) -> SettingsPlan:
    """
    Take in the campaign *folder* that somebody edited: settings, units, places, pictures.

    Raises:
        Fault: it is not sound, another campaign's, or a changed name is not explained.
    """
    campaign = _of_this(ledger, folder)
    base = _base(folder, campaign.id)

    def act(doing: Doing) -> SettingsPlan:
        connection = doing.connection
        content = master.read(connection, ledger.campaign.id)
        changes, overruled = _folder_changes(ledger, connection, campaign, content, base)
        planned = units.import_within(
            Ledger(ledger.store, campaign), doing, base=base, renamed=renamed, replaced=replaced
        )
        if changes:
            master.put_files(connection, campaign)
            _enter(doing, ledger, changes, Kind.CAMPAIGN_IMPORT)
        places = _places(campaign, content)
        for place in places:
            contacts.put_placement(
                connection, campaign.id, place.unit, place.number, place.label, now, by.name
            )
            doing.enter(
                Kind.UNIT_PLACEMENT, f"unit {place.unit}", None, place.label,
                placement=place.number,
            )
        if places:
            registry.bump(connection, campaign.id)
        return SettingsPlan(
            tuple(changes), (), planned, places, base, tuple(overruled), content.revision
        )

    made = deeds.do(ledger.store, by, now, act)
    return replace(made, moved=_judged_again(ledger, by, made.changes, now))


def _enter(
    doing: Doing, ledger: Ledger, changes: Collection[SettingChange],
    kind: Kind = Kind.CAMPAIGN_SET,
) -> None:
    revision = setting_log.enter(
        doing.connection, ledger.campaign.id, [(doing.next_id(), c) for c in changes],
        doing.now, doing.actor.name,
    )
    if any(change.setting == "demo" and not change.after for change in changes):
        two_people.turn_on(doing, ledger.campaign.id)  # it is no demonstration any more
    doing.enter(
        kind, f"campaign {ledger.campaign.id}", revision=revision,
        changed=[{"unit": c.setting, "value": [_shown(c.before), _shown(c.after)]}
                 for c in changes],
    )


def _changes(settings: Mapping[str, Any], values: Mapping[str, Any]) -> list[SettingChange]:
    if "id" in values and values["id"] != settings.get("id"):
        raise Fault(Code.CAMPAIGN_ID_STAYS, status=2)
    return [
        SettingChange(name, settings.get(name), value)
        for name, value in sorted(values.items()) if settings.get(name) != value
    ]


def _folder_changes(
    ledger: Ledger, connection: Connection, campaign: Campaign, content: master.Content,
    base: int | None,
) -> tuple[list[SettingChange], list[str]]:
    """Return what the folder changes of the settings, and which of these the ledger did too."""
    told: dict[str, Any] = master.folder_values(campaign.folder)
    told.update({
        FILE + name: campaign_stamp.digest_of(campaign.folder / name)
        for name in campaign_stamp.own_files(campaign.folder)
        if name not in campaign_stamp.FILES
    })
    now = {**master.with_counts(content), **{
        k: v for k, v in content.settings.items() if k.startswith(FILE)
    }}
    then = now if base is None else setting_log.read(connection, ledger.campaign.id, base)
    changes, overruled = [], []
    for name in sorted(told.keys() | content.settings.keys()):
        value, was = told.get(name), content.settings.get(name)
        if value in (was, now.get(name)):
            continue
        if name.startswith("expect.") and base is not None and value == then.get(name):
            continue
        if base is not None and not name.startswith("expect."):
            if value == then.get(name):
                continue  # nobody edited it: the ledger did, since
            if then.get(name) != was:
                overruled.append(name)
        changes.append(SettingChange(name, was, value))
    return changes, overruled


def _places(campaign: Campaign, content: master.Content) -> tuple[Placement, ...]:
    known = {(place.unit, place.number): place.label for place in content.placements}
    return tuple(
        replace(place, line_no=0) for place in campaign.placements
        if known.get((place.unit, place.number)) != place.label
    )


def _checked(
    content: master.Content, folder: Path, changes: Collection[SettingChange]
) -> Campaign:
    after = _after(content, changes)
    return check_values(master.with_counts(after), after.units, after.placements, folder)


def _after(content: master.Content, changes: Collection[SettingChange]) -> master.Content:
    settings = dict(content.settings)
    for change in changes:
        if change.after is None:
            settings.pop(change.setting, None)
        else:
            settings[change.setting] = change.after
    return replace(content, settings=settings)


def _of_this(ledger: Ledger, folder: Path) -> Campaign:
    campaign = load_campaign(folder)
    if campaign.id != ledger.campaign.id:
        raise Fault(Code.CAMPAIGN_ID_STAYS, status=2)
    return campaign


def _base(folder: Path, id: str) -> int | None:
    stamp = campaign_stamp.read_stamp(folder)
    return stamp.revision if stamp is not None and stamp.id == id else None


def judges(names: Iterable[str]) -> bool:
    """Whether a change of these settings is one of the rule, by which everybody is judged."""
    return any(name in TERMS for name in names)


def _judges(changes: Collection[SettingChange]) -> bool:
    return judges(change.setting for change in changes)


def _moves(
    ledger: Ledger, campaign: Campaign, changes: Collection[SettingChange]
) -> tuple[Moved, ...]:
    """Return whose credit moves when *campaign* judges everybody; write nothing."""
    if not _judges(changes):
        return ()
    terms = judging.terms_of(campaign)
    found: list[Moved] = []
    for persons in _everybody(ledger.store, ledger.campaign.id):
        with ledger.store.read() as connection:
            histories = evidence.histories(connection, campaign, persons)
        for person, history in histories.items():
            then = judging.stand(person, history, terms)
            now = history.standing.credited if history.standing else None
            if now != then.credited:
                found.append(Moved(person, then.last4, now, then.credited, then.reason))
    return tuple(found)


def _judged_again(
    ledger: Ledger, by: Actor, changes: Collection[SettingChange], now: Instant
) -> tuple[Moved, ...]:
    return judge_again(ledger, by, now) if _judges(changes) else ()


def _everybody(store: Store, campaign: str) -> Iterator[list[str]]:
    after = ""
    while True:
        with store.read() as connection:
            persons = standings.persons_after(connection, campaign, after)
        if not persons:
            return
        yield persons
        after = persons[-1]


def _shown(value: Any) -> Any:
    text = value if isinstance(value, str | int | bool | None) else str(value)
    return text[:SHOWN] if isinstance(text, str) else text
