"""
What a page shows before the button: the person's time line, and the effect in numbers.

One module for all that is decided about people, so that the first person and the second, the queue
and the person's own page show the same rows, told by the same template.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from attribution.judging import Moved
from attribution.office import corrections, story, weighing
from attribution.reports import effects
from attribution.reports.effects import Effect, Tables
from attribution.reports.words import GRADES
from attribution.resident import reached, review
from attribution.rule.headway import Headway
from attribution.store.engine.database import Row
from attribution.web.console import access, words
from attribution.web.console.rows import STATE_WORDS
from attribution.web.current import service

KINDS = {
    "reassign": "改归属", "reverse": "撤销归属", "restore": "恢复判定", "hold": "暂缓登记",
    "release": "放行登记",
}

# Cases on a page: each with the whole story of a person.
CASES = 10


@dataclass(frozen=True)
class Would:
    """
    What one answer would do.

    Args:
        label: Which answer, in words.
        effect: What it does to units and ranks.
        vain: Why it cannot be given, or would change nothing.
        to_unit: The unit that a reassignment names.
    """

    label: str
    effect: Effect
    vain: str = ""
    to_unit: str | None = None
    moved: Sequence[Moved] = ()

    def lands(self, person: str, now: str | None) -> str | None:
        """Return whose *person*, credited to *now*, would be."""
        return next((one.then for one in self.moved if one.person == person), now)


@dataclass(frozen=True)
class Case:
    """
    Somebody about whom something waits.

    Args:
        rows: What waits, of one kind of queue.
        woulds: What each answer would do.
        page: How far the resident's own page says they are; None where it says nothing.
        since: The id of what was asked, where somebody saw the evidence then; else 0.
    """

    told: story.Story
    page: Headway | None
    rows: Sequence[Row] = ()
    woulds: Sequence[Would] = ()
    since: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def news(self) -> int:
        """How many events the story has since the question was asked, but for itself."""
        return sum(event.row["id"] > self.since for event in self.told.events)


def case(
    person: str, rows: Sequence[Row] = (), woulds: Sequence[Would] = (), since: int = 0,
    **more: Any,
) -> Case:
    """Return the case of *person*, of whom the account may see all."""
    told = story.tell(service().ledger, person)
    return Case(told, page_of(told), rows, woulds, since, more)


def page_of(told: story.Story) -> Headway | None:
    """Return what the resident's own page says of how far they are; None where nothing."""
    return reached.read(service().ledger, told.person) if told.proved and told.whole else None


def tables() -> Tables:
    """Return the tables that effects are counted on, as they stand."""
    here = service()
    return effects.tables(here.store, here.campaign.id)


def of_proposals(rows: Sequence[Row], on: Tables, label: str = "批准以后") -> Would:
    """Return what approving the corrections *rows* would do, one after the other."""
    weighed = weighing.weigh(service().ledger, rows)
    faults = [fault for row in rows if (fault := weighed.fault(row["id"]))]
    vain = "；".join(dict.fromkeys(fault.shown() for fault in faults))
    to_unit = rows[0]["to_unit"] if len(rows) == 1 else None
    return Would(label, on.after(weighed.moves), vain, to_unit, weighed.moved)


def choices(told: story.Story, on: Tables, units: Iterable[str] = ()) -> list[Would]:
    """
    Return what each correction that one may ask for about a person would do.

    Args:
        units: To which units it may be reassigned, besides those that the person claimed with.
    """
    named = dict.fromkeys([*units, *(claim["unit"] for claim in told.claims)])
    wanted = [("reassign", unit) for unit in named if unit != told.credited]
    wanted += [("reverse", None), ("restore", None)]
    found = []
    for kind, unit in wanted:
        row = {"id": 0, "person": told.person, "kind": kind, "claim": None, "to_unit": unit}
        would = of_proposals([row], on, KINDS[kind])
        if not would.vain:
            found.append(would)
    return found


def of_erasure(person: str, on: Tables, label: str = "撤回以后") -> Would:
    """Return what it would do that all claims of *person* are withdrawn, as an erasure does."""
    weighed = weighing.withdrawn(service().ledger, person)
    return Would(label, on.after(weighed.moves), moved=weighed.moved)


def of_claims(claims: Sequence[Row], kind: str, on: Tables) -> Would:
    """Return what it would do that *claims* (rows with id and person) are held, or released."""
    return of_proposals([
        {
            "id": -place, "person": claim["person"], "kind": kind, "claim": claim["id"],
            "to_unit": None,
        }
        for place, claim in enumerate(claims, 1)
    ], on)


def by_person(rows: Iterable[Row]) -> list[list[Row]]:
    """Return *rows* grouped by person, in the order in which each person comes first."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["person"], []).append(row)
    return list(groups.values())


def names() -> dict[str, str]:
    """Return what the units are called, by id."""
    return {id: unit.name for id, unit in access.snapshot().units.items()}


def words_of_story() -> dict[str, object]:
    """Return what the time line's template names, whoever it tells of."""
    return {
        "kinds": KINDS, "reasons": corrections.REASONS, "words": STATE_WORDS, "grades": GRADES,
        "causes": words.CAUSES, "held_words": {**corrections.REASONS, **dict(review.WORDS)},
        "names": names(), "visible": access.visible(),
    }
