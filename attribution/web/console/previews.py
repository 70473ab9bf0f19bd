"""What a page shows of a change before it is done: the edits, and all that follows from them."""
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from attribution.judging import Moved
from attribution.office import campaign_deeds, paper, unit_deeds
from attribution.office.campaign_deeds import SettingsPlan
from attribution.office.unit_plans import Edit
from attribution.reports import foreseen, progress
from attribution.reports.foreseen import Flow, Foreseen
from attribution.rule.instants import Instant
from attribution.store import registry, setting_log, unit_log
from attribution.web.console import change_words, words
from attribution.web.console.change_words import FieldChange
from attribution.web.current import service


class UnitLine(NamedTuple):
    """What changes of one unit; *mark* says what becomes of it as a whole."""

    id: str
    name: str
    mark: str
    fields: list[FieldChange]


class PaperLine(NamedTuple):
    """Units whose paper will be wrong for the same reason."""

    why: str
    units: list[str]


class Preview(NamedTuple):
    """
    What a change comes to, for the page that asks whether it is to be done.

    Args:
        units: Of which units what changes.
        settings: What changes of the campaign.
        foreseen: Totals of the first day it holds; None where no unit changes.
        flows: Whose credit moves, by units.
        paper: Whose paper will be wrong, by reason.
    """

    units: list[UnitLine]
    settings: list[FieldChange]
    foreseen: Foreseen | None
    flows: list[Flow]
    balance: Mapping[str, int]
    by_unit: list[tuple[str, int]]
    paper: list[PaperLine]
    papers: int
    names: Mapping[str, str]
    judged: bool = False


def of_deed(deed: str, payload: Mapping[str, Any], now: Instant) -> Preview:
    """
    Return what the deed *deed* on units would come to; nothing is done.

    Raises:
        Fault: it cannot be done.
    """
    made = unit_deeds.preview(service().ledger, deed, payload, now)
    return of_edits(made.edits, made.since, made.moved)


def of_edits(edits: Sequence[Edit], day: int, moved: Iterable[Moved] = ()) -> Preview:
    """Return what *edits* from *day* on come to."""
    here = service()
    with here.store.read() as connection:
        history = unit_log.read(connection, here.campaign.id)
        values = setting_log.read(connection, here.campaign.id)
    codes = progress.by_unit(here.store, here.campaign.id)
    done = {line.key: line.counts.get("effective", 0) for line in codes.lines}
    seen = foreseen.foresee(history, edits, day, done)
    folder = here.campaign.folder
    before = paper.as_of(values, history, day, folder)
    after = paper.as_of(values, foreseen.with_edits(history, edits, day), day, folder)
    lines = [
        UnitLine(
            edit.unit, seen.named.get(edit.unit, ""),
            "新增" if not edit.before else change_words.state_line(edit.after),
            change_words.unit_changes(edit.before, edit.after, seen.named),
        )
        for edit in edits
    ]
    return _preview(lines, [], seen, moved, paper.differences(before, after), seen.named)


def of_settings(made: SettingsPlan) -> Preview:
    """Return what a change of settings comes to."""
    here = service()
    with here.store.read() as connection:
        history = unit_log.read(connection, here.campaign.id)
        values = setting_log.read(connection, here.campaign.id)
        names = {
            id: unit.name for id, unit in registry.read(connection, here.campaign.id).units.items()
        }
    changed = {**values}
    for one in made.changes:
        changed.pop(one.setting, None)
        if one.after is not None:
            changed[one.setting] = one.after
    day = max((d for d in history.days), default=0)
    folder = here.campaign.folder
    pair = (paper.as_of(these, history, day, folder) for these in (values, changed))
    fields = [
        FieldChange(
            change_words.setting_name(one.setting),
            change_words.setting_value(one.setting, one.before),
            change_words.setting_value(one.setting, one.after),
        )
        for one in made.changes
    ]
    judged = any(one.setting in campaign_deeds.TERMS for one in made.changes)
    return _preview([], fields, None, made.moved, paper.differences(*pair), names)._replace(
        judged=judged
    )


def paper_words(found: Iterable[paper.Difference], names: Mapping[str, str]) -> str:
    """Return why paper is wrong, in one line."""
    told = []
    for one in found:
        if one.what == "state":
            told.append(
                f"已并入{names.get(one.now, one.now)}，旧海报扫码后转到那里" if one.now else
                "已停用，旧海报扫码后不再登记"
            )
        elif one.what == "look":
            told.append("颜色或标志改了")
        else:
            name = _PAPER.get(one.what) or change_words.setting_name(one.what)
            told.append(f"{name} {one.was or '无'} → {one.now or '无'}")
    return "；".join(told)


_PAPER = {
    "name": "海报上的名称", "second": "第二行", "issue": "版次", "hotline": "咨询电话",
    "period": "活动时间", "campaign": "活动简称", "document": "文号", "issuer": "主办",
    "demo": "演示",
}


def _preview(
    lines: list[UnitLine], settings: list[FieldChange], seen: Foreseen | None,
    moved: Iterable[Moved], differs: Mapping[str, tuple[paper.Difference, ...]],
    names: Mapping[str, str],
) -> Preview:
    found = foreseen.flows(moved)
    papers: dict[str, list[str]] = {}
    for id, differing in differs.items():
        papers.setdefault(paper_words(differing, names), []).append(id)
    return Preview(
        lines, settings, seen, found, foreseen.balance(found), foreseen.by_unit(found),
        [PaperLine(why, units) for why, units in papers.items()], len(differs), names,
    )


def reason(text: str) -> str:
    """Return why somebody counts for nobody."""
    return words.ROW_REASONS.get(text, text)
