"""
The register of scenes as a table: read from what a bank or a department sends, by names or ids.

A row that cannot be read is named by its line and column, and then nothing of the file counts.
"""
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from attribution.facts import plain_tables
from attribution.facts.feed_notes import Note
from attribution.facts.feed_values import PLACEHOLDER, NotRead, TimeColumn, time_of
from attribution.facts.row_numbers import line_text
from attribution.faults import Code
from attribution.office.scenes import COLUMN_WORDS, STATES, WAYS, Scene
from attribution.rule.stated import VOID, day
from attribution.store import registry
from qrgen.campaign import Campaign
from qrgen.shell import Fault
from qrgen.texts import fold

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": ("编号", "序号", "场景编号"), "sector": ("领域", "行业", "行业领域"),
    "kind": ("类型", "场景类型"), "name": ("名称", "场景名称", "商户名称"),
    "place": ("地点", "地址"), "area": ("乡镇（社区）", "乡镇", "社区", "区域"),
    "department": ("负责部门", "责任部门", "主管部门"), "bank": ("主办银行", "责任银行", "银行"),
    "second_bank": ("协办银行",), "ways": ("支付方式", "受理方式"), "state": ("状态", "进度"),
    "opened": ("开通日期", "开通时间"), "checked": ("核实日期", "核查日期"), "note": ("备注",),
}
_NEEDED = ("name", "sector", "area")
_DAY = TimeColumn("as_of")
_STATE_WORDS = {**{word: key for key, word in STATES.items()}, **{key: key for key in STATES},
                "": "planned", "已建成": "open", "开通": "open", "在建": "building"}


@dataclass(frozen=True)
class SceneTable:
    """The scenes of a table in its order, and what was passed over in it."""

    scenes: tuple[Scene, ...]
    notes: tuple[Note, ...]


def read(path: Path, snapshot: registry.Registry, campaign: Campaign) -> SceneTable:
    """
    Return what the table at *path* says.

    Raises:
        Fault: it is no such table, or rows cannot be read; `more` names each.
    """
    names = _names(snapshot, campaign)

    def made_of(texts: Mapping[str, str]) -> list[Scene] | str:
        made = _scene(texts, names)
        return made if isinstance(made, str) else [made]

    try:
        found = plain_tables.read_whole(path, HEADINGS, _NEEDED, ("sector", "area"), made_of)
    except Fault as fault:
        if fault.code is Code.TABLE_COLUMNS:
            raise Fault(Code.SCENES_COLUMNS, file=path) from None
        raise
    if found.bad:
        raise Fault(Code.SCENES_UNFIT, file=path, count=len(found.bad), more=[
            Fault(Code.SCENES_ROW, file=path.name, line=line_text(line),
                  column=COLUMN_WORDS.get(column, Code.SCENE_NUMBER))
            for line, column in found.bad[:plain_tables.MOST_TOLD]
        ])
    return SceneTable(tuple(found.made), tuple(found.notes))


def _scene(texts: Mapping[str, str], names: Mapping[str, str]) -> Scene | str:
    """Return the scene of a row, or the name of the column that cannot be read."""
    if plain_tables.BROKEN in texts.values():
        return next(name for name, text in texts.items() if text == plain_tables.BROKEN)
    number = texts.get("number", "").removesuffix(".0")
    if number and not re.fullmatch(r"[0-9]{1,7}", number):
        return "number"
    units = {}
    for column, kind in (("area", "area"), ("department", "department"), ("bank", "bank"),
                         ("second_bank", "bank")):
        text = fold(texts.get(column, ""))
        id = names.get(f"{kind}:{text}", "")
        if text and not id:
            return column
        units[column] = id
    state = _STATE_WORDS.get(fold(texts.get("state", "")))
    if state is None:
        return "state"
    ways = tuple(filter(None, re.split(r"[、，,;；/\s]+", fold(texts.get("ways", "")))))
    if not set(ways) <= set(WAYS):
        return "ways"
    days = {}
    for column in ("opened", "checked"):
        try:
            told = time_of(texts[column], _DAY, lambda _: None) if texts.get(column) else None
        except NotRead:
            return column
        days[column] = 0 if told in (None, VOID, PLACEHOLDER) else day(told)
    return Scene(
        int(number or 0), texts["sector"], texts["name"], texts.get("kind", ""),
        texts.get("place", ""), units["area"], units["department"], units["bank"],
        units["second_bank"], tuple(way for way in WAYS if way in ways), state, days["opened"],
        days["checked"], texts.get("note", ""),
    )


def _names(snapshot: registry.Registry, campaign: Campaign) -> dict[str, str]:
    """Return ``kind:name`` -> id of every unit, by id, name and other names."""
    aliases = {unit.id: unit.aliases for unit in campaign.units}
    return {
        f"{unit.kind}:{fold(name)}": unit.id for unit in snapshot.units.values()
        for name in (unit.id, unit.name, *aliases.get(unit.id, ()))
    }

