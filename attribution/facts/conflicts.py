"""
What a row of a file contradicted: the value there was, the new one, whence each, whose credit.

Nothing of it is kept with the difference. The facts are there, each with its file, and so are
the credit's changes; reading them where somebody looks tells of old differences as well, and
costs an import nothing.
"""
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from attribution import judging
from attribution.rule import credit
from attribution.rule.stated import VOID, Stated, from_columns, same
from attribution.store import aliases, difference_rows
from attribution.store.engine.database import Connection, Row
from attribution.store.steps import STEPS

NO_LONGER = "step_no_longer_stated"


@dataclass(frozen=True)
class Changed:
    """One step of a person: what was known, from which batch, and what this row says."""

    step: str
    was: Stated | None
    was_batch: str
    now: Stated | None


@dataclass(frozen=True)
class Contradiction:
    """
    What came of one row.

    Args:
        steps: Those it contradicted, or no longer states.
        moved: Whether its file changed whose credit it is: from *before* to *after*, None
            being nobody's.
    """

    steps: tuple[Changed, ...]
    moved: bool
    before: str | None = None
    after: str | None = None


class _Row(NamedTuple):
    id: int
    batch: str
    person: str
    fact: credit.Fact


def told(connection: Connection, campaign: str, rows: Collection[Row]) -> dict[int, Contradiction]:
    """Return by their ids what the conflicts among *rows* (a page of differences) are about."""
    conflicts = [row for row in rows if row["category"] == "conflict" and row["person"]]
    if not conflicts:
        return {}
    persons = {str(row["person"]) for row in conflicts}
    names = _names(connection, campaign, persons)
    every = {name for some in names.values() for name in some}
    facts: dict[str, list[_Row]] = defaultdict(list)
    for row in difference_rows.facts(connection, campaign, every):
        steps = from_columns([row[step] for step in STEPS], row["precision"])
        facts[row["person"]].append(
            _Row(row["id"], row["batch"], row["person"], credit.Fact(row["as_of"], *steps))
        )
    changes: dict[str, list[Row]] = defaultdict(list)
    for row in difference_rows.changes(connection, campaign, every, judging.FEED):
        changes[row["person"]].append(row)
    lines: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row in difference_rows.beside(connection, campaign, persons):
        lines[row["person"], row["batch"], row["reason"]].append(int(row["line"]))
    found = {}
    for row in conflicts:
        mine = sorted(
            (fact for name in names[row["person"]] for fact in facts[name]), key=lambda one: one.id
        )
        turn = sorted(lines[row["person"], row["batch"], row["reason"]]).index(row["line"])
        decided = [change for name in names[row["person"]] for change in changes[name]]
        conflict = _conflict(row, turn, mine, decided)
        if conflict is not None:
            found[int(row["id"])] = conflict
    return found


def _names(
    connection: Connection, campaign: str, persons: Collection[str]
) -> Mapping[str, set[str]]:
    """Return by what else those are known whom differences call *persons*: by hash or digits."""
    bearers = aliases.bearers(connection, campaign, persons)
    known = aliases.of(connection, campaign, {
        *persons, *(person for some in bearers.values() for person in some)
    })
    found = {}
    for name in persons:
        alone = bearers.get(name, [])
        names = {name, *(alone if len(alone) == 1 else ())}
        names.update(kinds["hash"] for one in list(names)
                     if "hash" in (kinds := known.get(one, {})))
        found[name] = names
    return found


def _conflict(
    row: Row, turn: int, facts: Sequence[_Row], changes: Sequence[Row]
) -> Contradiction | None:
    """Return what the difference *row* tells of, the one in its *turn* of its file and kind."""
    mine = [
        place for place, fact in enumerate(facts)
        if (fact.batch, fact.person) == (row["batch"], row["person"])
    ]
    if not mine:
        return None  # its facts are another's by now
    known, whence = _known(facts[: mine[0]])
    silent = row["reason"] == NO_LONGER
    several: list[tuple[Changed, ...]] = []
    for place in mine:
        fact = facts[place].fact
        changed = []
        for step, value, n in zip(STEPS, fact[1:], range(3), strict=True):
            was = known[n]
            differs = was is not None and (
                value is None if silent else value is not None and not same(was, value)
            )
            if differs:
                changed.append(Changed(step, was, whence[n], value))
            if value is not None:
                known[n] = None if value == VOID else value
                whence[n] = row["batch"]
        if changed and (silent or any(_reason(one) == row["reason"] for one in changed)):
            several.append(tuple(changed))
    if not several:
        return None
    last = facts[mine[-1]].id
    later = next((fact.id for fact in facts if fact.id > last), None)
    moves = [
        one for one in sorted(changes, key=lambda one: int(one["id"]))
        if one["id"] > facts[mine[0]].id and (later is None or one["id"] < later)
    ]
    steps = several[min(turn, len(several) - 1)]
    if not moves:
        return Contradiction(steps, False)
    return Contradiction(steps, True, moves[0]["from_unit"], moves[-1]["to_unit"])


def _known(facts: Sequence[_Row]) -> tuple[list[Stated | None], list[str]]:
    """Return what *facts* say together, each step with the batch that says it."""
    merged = credit.merge_facts([one.fact for one in facts])
    whence = ["", "", ""]
    for n, value in enumerate(merged):
        saying = [one for one in facts if value is not None and one.fact[n + 1] == value]
        if saying:
            whence[n] = max(saying, key=lambda one: (one.fact.as_of, -one.id)).batch
    return list(merged), whence


def _reason(changed: Changed) -> str:
    return f"{changed.step}_void" if changed.now == VOID else f"{changed.step}_differs"
