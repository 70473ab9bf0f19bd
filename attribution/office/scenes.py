"""
Scenes (场景建设, stage 2 of the document): where residents can pay, sector by sector.

Banks build them in their areas, with the department of the sector. A register is only of use
when those who build keep it, so a bank edits the scenes of the areas it docks with, the office
all; nothing is edited away: each change is a version with a name and a day.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from attribution.deeds import Actor, Doing, Kind, do
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import Instant, day_of
from attribution.store import registry, scene_log
from attribution.store.engine.database import Row
from qrgen.faults import Fault

# Sectors that published registers have (绵阳 2018, 陕西); others may be typed.
SECTORS = (
    "公交出租", "商圈", "院校食堂", "批零菜场", "医疗社保", "药店", "停车", "公共缴费", "罚没",
    "缴税", "出入境", "景区",
)
STATES = {"planned": "拟建", "building": "建设中", "open": "已开通", "closed": "停用"}
WAYS = ("二维码", "闪付", "免密")

LONGEST = {"sector": 12, "kind": 20, "name": 60, "place": 80, "note": 200}


@dataclass(frozen=True)
class Scene:
    """
    One place where residents can pay.

    Args:
        number: In the register, from 1; 0: not in it yet.
        sector, kind: What it belongs to, and what it is there.
        area, department, bank, second_bank: Ids of units; '' where nobody is named.
        ways: Some of WAYS.
        state: A key of STATES.
        opened, checked: Days yyyymmdd; 0: not told.
    """

    number: int
    sector: str
    name: str
    kind: str = ""
    place: str = ""
    area: str = ""
    department: str = ""
    bank: str = ""
    second_bank: str = ""
    ways: tuple[str, ...] = ()
    state: str = "planned"
    opened: int = 0
    checked: int = 0
    note: str = ""


def of_row(row: Row) -> Scene:
    """Return the scene that a *row* of the log holds."""
    ways = tuple(filter(None, row["ways"].split("、")))
    told = {name: row[name] for name in scene_log.COLUMNS if name != "ways"}
    return Scene(number=row["scene"], ways=ways, **told)


def all_scenes(ledger: Ledger, at: Instant = scene_log.ALWAYS) -> list[Scene]:
    """Return the register as it is now, or as it was *at* an instant."""
    with ledger.store.read() as connection:
        return [of_row(row) for row in scene_log.current(connection, ledger.campaign.id, at)]


@dataclass(frozen=True)
class Saved:
    """Which scenes are new, which changed, and how many were so already."""

    added: tuple[Scene, ...]
    changed: tuple[tuple[Scene, Scene], ...]
    same: int


def plan(ledger: Ledger, scenes: Sequence[Scene], mine: "Mine") -> Saved:
    """
    Return what `save` would do; nothing is.

    A scene without a number is the one in the register with its area and name, if there is one.

    Raises:
        Fault: one names what is not there, or is not for who asks; `more` names every one.
    """
    with ledger.store.read() as connection:
        snapshot = registry.read(connection, ledger.campaign.id)
        rows = scene_log.current(connection, ledger.campaign.id)
    return _planned([of_row(row) for row in rows], scenes, snapshot, mine)


def save(
    ledger: Ledger, scenes: Sequence[Scene], mine: "Mine", now: Instant, by: Actor
) -> Saved:
    """Enter *scenes*, all of them or none; raises as `plan`."""

    def act(doing: Doing) -> Saved:
        connection, campaign = doing.connection, ledger.campaign.id
        # Two who add at once must not get one number.
        connection.alone("scene_version")
        there = [of_row(row) for row in scene_log.current(connection, campaign)]
        made = _planned(there, scenes, registry.read(connection, campaign), mine)
        if any(one.opened > day_of(now) for one in scenes):
            raise Fault(Code.FIGURE_DAY, status=2)
        last = max((one.number for one in there), default=0)
        added = tuple(
            replace(one, number=last + n) for n, one in enumerate(made.added, start=1)
        )
        saved = replace(made, added=added)
        rows = [*added, *(new for _, new in made.changed)]
        if not rows:
            return saved
        scene_log.add(connection, campaign, [
            {**_plain(one), "id": doing.next_id(), "at": now, "by_whom": by.name} for one in rows
        ])
        doing.enter(
            Kind.SCENES, f"campaign {campaign}", added=len(added), changed_rows=len(made.changed),
            rows=len(rows), scenes=[one.number for one in rows][:50],
        )
        return saved

    return do(ledger.store, by, now, act)


@dataclass(frozen=True)
class Mine:
    """
    Which scenes somebody may see and enter.

    Args:
        areas: Ids of their areas; None for all.
        department: The one whose sector they are for, when they are.
        bank: The bank that they stand for, when they do: what they add is its own.
    """

    areas: frozenset[str] | None = None
    department: str = ""
    bank: str = ""

    def sees(self, scene: Scene) -> bool:
        """Whether *scene* is for them."""
        return (
            self.areas is None or scene.area in self.areas
            or bool(self.department and scene.department == self.department)
            or bool(self.bank and self.bank in (scene.bank, scene.second_bank))
        )

    def may_enter(self, scene: Scene) -> bool:
        """Whether they may add or change *scene*."""
        return self.areas is None or scene.area in self.areas


def _planned(
    there: Sequence[Scene], scenes: Sequence[Scene], snapshot: registry.Registry, mine: Mine
) -> Saved:
    by_number = {one.number: one for one in there}
    by_name = {(one.area, one.name): one for one in there}
    added: list[Scene] = []
    changed: list[tuple[Scene, Scene]] = []
    problems: list[Fault] = []
    same, seen = 0, set()
    for place, scene in enumerate(scenes, start=1):
        known = by_number.get(scene.number) if scene.number else by_name.get(
            (scene.area, scene.name)
        )
        if scene.number and known is None:
            problems.append(Fault(Code.SCENE_UNKNOWN, row=place, number=scene.number))
            continue
        problem = _problem(scene, place, snapshot)
        key = known.number if known else (scene.area, scene.name)
        if problem is None and key in seen:
            problem = Fault(Code.SCENE_TWICE, row=place)
        if problem is None and not (
            mine.may_enter(scene) and (known is None or mine.may_enter(known))
        ):
            problem = Fault(Code.SCENE_NOT_YOURS, row=place)
        if problem is not None:
            problems.append(problem)
            continue
        seen.add(key)
        if known is None:
            added.append(scene)
        elif (new := replace(scene, number=known.number)) != known:
            changed.append((known, new))
        else:
            same += 1
    if problems:
        raise Fault(Code.SCENES_UNFIT, status=2, count=len(problems), more=problems[:200])
    return Saved(tuple(added), tuple(changed), same)


def _problem(scene: Scene, row: int, snapshot: registry.Registry) -> Fault | None:
    kinds = {
        "area": scene.area, "department": scene.department, "bank": scene.bank,
        "second_bank": scene.second_bank,
    }
    for name, id in kinds.items():
        unit = snapshot.units.get(id)
        wanted = "bank" if name == "second_bank" else name
        if (id or name == "area") and (unit is None or unit.kind != wanted):
            return Fault(Code.SCENE_UNIT, row=row, column=COLUMN_WORDS[name])
    for name, most in LONGEST.items():
        text = getattr(scene, name)
        if len(text) > most or (not text and name in ("sector", "name")):
            return Fault(Code.SCENE_TEXT, row=row, column=COLUMN_WORDS[name], most=most)
    if scene.state not in STATES or not set(scene.ways) <= set(WAYS):
        return Fault(Code.SCENE_STATE, row=row)
    if scene.state == "open" and not scene.opened:
        return Fault(Code.SCENE_NO_DAY, row=row)
    return None


COLUMN_WORDS: Mapping[str, Code] = {
    "area": Code.FIGURE_AREA, "department": Code.SCENE_DEPARTMENT, "bank": Code.SCENE_BANK,
    "second_bank": Code.SCENE_SECOND_BANK, "sector": Code.SCENE_SECTOR, "kind": Code.SCENE_KIND,
    "name": Code.SCENE_NAME, "place": Code.SCENE_PLACE, "note": Code.SCENE_NOTE,
    "state": Code.SCENE_STATE_COLUMN, "ways": Code.SCENE_WAYS, "opened": Code.SCENE_OPENED,
    "checked": Code.SCENE_CHECKED,
}


def _plain(scene: Scene) -> dict[str, Any]:
    told = {one.name: getattr(scene, one.name) for one in fields(scene) if one.name != "number"}
    return {**told, "ways": "、".join(scene.ways), "scene": scene.number}
