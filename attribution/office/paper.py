"""
What is on paper already and is wrong by now, unit by unit, to be printed and hung again.

Paper says what the campaign said when it was printed. So the words of a unit's poster of then
are held beside those of now: whatever made them differ (a name, a merger, an area's new name on
its lines' posters, the hotline, the last day), nobody has to think of it. What the console
printed is known; what was printed at a machine's shell is not, and is told as such. That the new
one hangs in the old one's place, somebody says, and is entered.
"""
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from attribution import deeds, master
from attribution.deeds import Actor, Doing, Entry, Kind
from attribution.ledger import Ledger
from attribution.rule.instants import Instant, day_of
from attribution.rule.unit_history import UnitHistory, UnitOn
from attribution.store import paper_log, setting_log, unit_log
from attribution.store.engine.database import Connection
from qrgen.campaign import Campaign, Unit
from qrgen.words import standing_words

# Words of a poster in the order in which they are told.
_TOLD = (
    "name", "second", "issue", "hotline", "period", "campaign", "document", "issuer", "demo",
    "texts", "look",
)


@dataclass(frozen=True)
class Difference:
    """One thing that paper says, and what it ought to say: None for a unit that is no more."""

    what: str
    was: str
    now: str | None


@dataclass(frozen=True)
class OldPaper:
    """
    Paper of one unit that is wrong.

    Args:
        printed: When the oldest of it was printed that may hang still; None: not here.
        anew: When what is right was printed, if it was.
        state, successor: What became of the unit.
    """

    unit: str
    name: str
    differences: tuple[Difference, ...]
    printed: Instant | None = None
    anew: Instant | None = None
    state: str = "active"
    successor: str | None = None


def differences(before: Campaign, after: Campaign) -> dict[str, tuple[Difference, ...]]:
    """Return what posters of *before* say that those of *after* do not, by unit."""
    looks = _look(before), _look(after)
    gone = {unit.id: unit for unit in after.former}
    found: dict[str, tuple[Difference, ...]] = {}
    here = {unit.id: unit for unit in after.units}
    for unit in before.units:
        if unit.id in gone:
            last = gone[unit.id]
            found[unit.id] = (Difference("state", last.state, last.successor),)
        elif unit.id in here:
            pair = _words(before, unit, looks[0]), _words(after, here[unit.id], looks[1])
            if differs := tuple(_differing(*pair)):
                found[unit.id] = differs
    return found


@dataclass(frozen=True)
class Printed:
    """When posters of a unit were printed here, in which *formats*, with how many *units*."""

    at: Instant
    formats: str
    by_whom: str
    units: int


def prints_of(connection: Connection, campaign: str, unit: str) -> list[Printed]:
    """Return what the console printed of *unit*, the newest first."""
    found = []
    for row in paper_log.jobs(connection, campaign):
        if unit in (units := row["units"].split(",")):
            found.append(Printed(row["at"], row["format"], row["by_whom"], len(units)))
    for row in paper_log.singles(connection):
        entry = Entry.from_text(row["detail"])
        if entry.subject == f"unit {unit}":
            found.append(Printed(row["at"], str(dict(entry.more).get("format", "")), row["who"], 1))
    return sorted(found, key=lambda one: -one.at)


def wrong(
    ledger: Ledger, now: Instant, only: Collection[str] | None = None
) -> list[OldPaper]:
    """
    Return whose paper says something else than *now*'s posters, in the units' order.

    Args:
        only: Of these units; None for all.
    """
    with ledger.store.read() as connection:
        past = _Past(connection, ledger, now)
        prints = _prints(connection, ledger.campaign.id)
        marks = paper_log.marks(connection, ledger.campaign.id)
        today = past.at(now)
        found = []
        for unit in (*today.units, *today.former):
            if only is not None and unit.id not in only:
                continue
            known = prints.get(unit.id, [])
            mark = marks[unit.id]["at"] if unit.id in marks else None
            since = mark if mark is not None else known[0] if known else past.first
            told = past.differing(since, unit.id)
            if not told:
                continue
            anew = [at for at in known if at > since and not past.differing(at, unit.id)]
            found.append(OldPaper(
                unit.id, unit.name, told,
                since if mark is not None or known else None, anew[-1] if anew else None,
                unit.state, unit.successor,
            ))
    return sorted(found, key=lambda paper: paper.printed is None)


def common(papers: Sequence[OldPaper]) -> tuple[Difference, ...]:
    """Return what is wrong on the paper of every unit that still takes part, if they are some."""
    told = [paper.differences for paper in papers if paper.state == "active"]
    if len(told) < 2:
        return ()
    return tuple(one for one in told[0] if all(one in others for others in told[1:]))


def mark_hung(ledger: Ledger, units: Collection[str], now: Instant, by: Actor) -> int:
    """Note that what hangs of *units* is right as of *now*; return how many they are."""

    def act(doing: Doing) -> int:
        chosen = list(dict.fromkeys(units))
        paper_log.add_marks(
            doing.connection, ledger.campaign.id,
            [(doing.next_id(), unit) for unit in chosen], now, by.name,
        )
        doing.enter(
            Kind.PAPER_HUNG, f"units {'、'.join(chosen[:20])}", count=len(chosen), units=chosen
        )
        return len(chosen)

    return deeds.do(ledger.store, by, now, act)


def as_of(
    values: Mapping[str, Any], history: UnitHistory, day: int, folder: Path
) -> Campaign:
    """Return the campaign that *values* and the units of *day* make, for its posters' words."""
    units = tuple(_unit(unit) for unit in history.as_of(day).values())
    return master.campaign_of(master.Content(0, values, units, (), {}), folder)


class _Past:
    """The campaign as it was when something was printed, made once for each revision and day."""

    def __init__(self, connection: Connection, ledger: Ledger, now: Instant):
        self._connection, self._id = connection, ledger.campaign.id
        self._folder = ledger.campaign.folder
        self._settings = setting_log.rows(connection, self._id)
        self._history = unit_log.read(connection, self._id)
        self._made: dict[tuple[int, int], Campaign] = {}
        self._told: dict[tuple[int, int], dict[str, tuple[Difference, ...]]] = {}
        self._now = now
        # What was printed elsewhere said what the ledger knew first of settings and of units.
        began = [row["at"] for row in self._settings[:1]]
        began += sorted(change.at for change in self._history.changes if change.at)[:1]
        self.first: Instant = max(began, default=now)

    def at(self, moment: Instant) -> Campaign:
        key = self._key(moment)
        if key not in self._made:
            revision, day = key
            values = setting_log.read(self._connection, self._id, revision)
            # One that comes later is on no paper of then, and is none of what is wrong.
            history = UnitHistory(
                change for change in self._history.changes if change.revision <= revision
            )
            self._made[key] = as_of(values, history, day, self._folder)
        return self._made[key]

    def differing(self, moment: Instant, unit: str) -> tuple[Difference, ...]:
        key = self._key(moment)
        if key not in self._told:
            self._told[key] = differences(self.at(moment), self.at(self._now))
        return self._told[key].get(unit, ())

    def _key(self, moment: Instant) -> tuple[int, int]:
        revisions = [0]
        revisions += [row["revision"] for row in self._settings if row["at"] <= moment]
        revisions += [c.revision for c in self._history.changes if c.at <= moment]
        day = day_of(moment)
        # Days between which nothing changes are one.
        return max(revisions), max((d for d in self._history.days if d <= day), default=day)


def _prints(connection: Connection, campaign: str) -> dict[str, list[Instant]]:
    found: dict[str, list[Instant]] = {}
    for row in paper_log.jobs(connection, campaign):
        for unit in row["units"].split(","):
            found.setdefault(unit, []).append(row["at"])
    for row in paper_log.singles(connection):
        unit = Entry.from_text(row["detail"]).subject.removeprefix("unit ")
        found.setdefault(unit, []).append(row["at"])
    return {unit: sorted(at) for unit, at in found.items()}


def _words(campaign: Campaign, unit: Unit, look: str) -> dict[str, Any]:
    return {**standing_words(campaign, unit), "look": look}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Difference]:
    for name in _TOLD:
        was, now = before[name], after[name]
        if was == now:
            continue
        if isinstance(was, dict):
            for key in sorted(was.keys() | now.keys()):
                if was.get(key, "") != now.get(key, ""):
                    yield Difference(f"texts.{key}", was.get(key, ""), now.get(key, ""))
        else:
            yield Difference(name, _plain(was), _plain(now))


def _plain(value: Any) -> str:
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else (
        str(value)
    )


def _look(campaign: Campaign) -> str:
    return json.dumps(dict(sorted(campaign.design.items())))


def _unit(unit: UnitOn) -> Unit:
    values = {
        name: value for name, value in vars(unit).items() if name not in ("since", "aliases")
    }
    return replace(Unit(**values), aliases=tuple(filter(None, (unit.aliases or "").split(";"))))
