"""
Where each row of a file ends, found by reading only: what a dry run tells.

The rows are laid over what the ledger holds, a chunk at a time and each in a short read
of its own, so nobody waits. What comes of it is the report, and what is to be written.
"""
import json
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from attribution import evidence, judging
from attribution.facts import bad_rows
from attribution.facts.bad_rows import BadRow
from attribution.facts.feed_notes import Note
from attribution.facts.organic import Organic, apart
from attribution.facts.rows import Item, Rows
from attribution.rule import credit
from attribution.rule import terms as rules
from attribution.rule.instants import Instant
from attribution.rule.masked import MaskedRow
from attribution.rule.stated import VOID, Stated, day, first, is_day, of_kept, same
from attribution.store import aliases, difference_rows, feed_batches, lapsed_marks, standings
from attribution.store.engine.database import Connection
from qrgen.registry import Campaign

CATEGORIES = {
    "matched": "相符",
    "organic": "自然新增或与本活动无关",
    "waiting": "待完成",
    "ruled_out": "登记过，按规则不算",
    "conflict": "与先前数据不一致",
    "time_anomaly": "时间异常",
    "ambiguous": "分不清是谁",
    "not_allowed": "本活动不采用",
    "malformed": "无法读取",
}
TO_WORK_OFF = ("conflict", "time_anomaly", "ambiguous", "not_allowed", "malformed")
# A row that would have been a credit for whoever had claimed its person.
FORGOTTEN = "forgotten_claimant"
_NOTHING: tuple[None, None, None] = (None, None, None)
_STEPS = ("registered_at", "card_bound_at", "first_txn_at")


@dataclass
class Report:
    """What a file holds, and what taking it in does (or, on a dry run, would do)."""

    batch: str
    rows: int = 0
    people: int = 0
    credited: int = 0  # standings that become a credit, or move to another unit
    lost: int = 0  # standings that lose one
    moved: int = 0  # of *credited*: those another unit had before
    reasons: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)  # "category: reason"
    totals: Counter[str] = field(default_factory=Counter)
    settled: int = 0  # older differences that this batch settles
    sha256: str = ""
    notes: list[Note] = field(default_factory=list)  # what was assumed of it
    repeated: bool = False  # this very file was taken in before
    confirmed_by: str = ""
    without_hash: int = 0  # claimants whom no hashed row finds: they came before the recipe


class Outcome(NamedTuple):
    """
    Where one row of a file ended.

    Args:
        category: One of CATEGORIES.
        reason: A word of `categorise`; of a row that cannot be read, its problems as
            `bad_rows.kept` keeps them.
    """

    line: int
    last4: str
    category: str
    reason: str


@dataclass(frozen=True)
class Surveyed:
    """A chunk of a file as it is to be written; *differences* are what to look at."""

    rows: Rows
    differences: Sequence[tuple[int, str | None, str, str, str]]
    settled: Sequence[int]  # older differences that are dealt with by it
    outcomes: Sequence[Outcome] = ()

    def as_json(self) -> str:
        return json.dumps(
            {
                "columns": self.rows.packed(), "differences": self.differences,
                "settled": self.settled,
            },
            ensure_ascii=False, separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> "Surveyed":
        kept = json.loads(text)
        if isinstance(kept, dict):
            rows = Rows.unpacked(kept["columns"])
            differences, settled = kept["differences"], kept["settled"]
        else:
            # Row by row, as an earlier version left it on its way: perhaps with placeholders.
            items, differences, settled = kept
            rows = Rows.of(Item(*row[:4], *map(of_kept, row[4:7]), *row[7:]) for row in items)
        return cls(rows, [tuple(row) for row in differences], settled)


def told(report: Report) -> str:
    """Return *report* as JSON, as it is kept."""
    return json.dumps(vars(report), ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Laid:
    """
    Rows laid over the ledger.

    Args:
        organic: Those that are no news to anybody.
        others: All others, about whom the rest tells.
        found: The histories of whomever they may be about.
        bearers: Those, by what else than a number a row names them under.
    """

    organic: Organic
    others: Sequence[Item]
    found: dict[str, standings.History]
    bearers: Mapping[str, Sequence[str]]


class Survey:
    """
    Lays rows over the ledger; those of one person all in one call.

    Args:
        detailed: Whether it shall tell where each row ends.
    """

    def __init__(
        self, campaign: Campaign, report: Report, now: Instant, *, detailed: bool = True
    ):
        self._campaign = campaign
        self._detailed = detailed
        self._terms = judging.terms_of(campaign)
        self._report = report
        self._now = now
        self._lapsed: bool | None = None  # whether anybody's claims did; asked once

    def look(self, connection: Connection, rows: Rows) -> Surveyed:
        """Judge the persons of *rows* with these, write nothing, and tell."""
        laid = laid_over(connection, self._campaign, rows, self._report.batch, self._now)
        return self.tell(connection, rows, laid)

    def tell(
        self, connection: Connection, rows: Rows, laid: Laid,
        unasked: Mapping[int, frozenset[int]] = MappingProxyType({}),
    ) -> Surveyed:
        """
        Do as `look`, by the histories that *rows* were laid over.

        Args:
            unasked: By line the places of the steps that the row does not speak of at all.
        """
        known: dict[str, list[Stated | None]] = {}
        after: dict[str, standings.Standing] = {}
        for person, history in evidence.with_groups(laid.found).items():
            before = history.standing
            known[person] = [
                before.registered_at, before.card_bound_at, before.first_txn_at,
            ] if before else [None, None, None]
            after[person] = judging.stand(person, history, self._terms)
            if after[person] != before:
                self._count(judging.Change(before, after[person]))
        self._report.people += len(set(rows.person))
        outcomes = []
        for item in laid.others:
            ending = self._not_by_number(item, laid, known, after)
            if isinstance(ending, str):
                history, states = laid.found[ending], known[ending]
                dropped = _no_longer_stated(
                    item, states, [*history.facts, *history.hashed],
                    unasked.get(item.line, frozenset()),
                )
                ending = categorise(
                    item.steps, states, after[ending], bool(history.claims), self._now,
                    dropped=dropped, placeholder=item.placeholder,
                )
                for place, value in enumerate(item.steps):
                    if value is not None:
                        states[place] = None if value == VOID else value
            outcomes.append(Outcome(item.line, item.last4, *ending))
        outcomes += self._organic(connection, laid.organic)
        return self._to_write(connection, rows, outcomes)

    def _about_forgotten(
        self, connection: Connection, owners: Mapping[int, str], outcomes: Sequence[Outcome]
    ) -> tuple[Sequence[Outcome], set[str]]:
        """
        Return *outcomes* with those named that find only somebody whose claims lapsed.

        And of whom that was told before, which one telling is enough for.
        """
        if not self._some_lapsed(connection):
            return outcomes, set()
        unclaimed = {
            owners[one.line] for one in outcomes if one.reason == "no_claim" and one.line in owners
        }
        found = lapsed_marks.marked(connection, self._campaign.id, unclaimed)
        told = feed_batches.told_of(connection, self._campaign.id, found, FORGOTTEN)
        return [
            one._replace(category="ambiguous", reason=FORGOTTEN)
            if one.reason == "no_claim" and owners.get(one.line) in found - told else one
            for one in outcomes
        ], told

    def _some_lapsed(self, connection: Connection) -> bool:
        if self._lapsed is None:
            self._lapsed = lapsed_marks.some(connection, self._campaign.id)
        return self._lapsed

    def unreadable(self, connection: Connection, bad: Sequence[BadRow]) -> Surveyed:
        """Tell of rows that somebody accepted as they are."""
        outcomes = [Outcome(row.line, "", "malformed", bad_rows.kept(row.problems)) for row in bad]
        return self._to_write(connection, Rows(), outcomes)

    def _not_by_number(
        self, item: Item, laid: Laid, known: Mapping[str, Sequence[Stated | None]],
        after: Mapping[str, standings.Standing],
    ) -> tuple[str, str] | str:
        """Return where *item* ends, or whom it is about where that is certain."""
        if item.grade is None:
            return item.person
        if item.grade not in self._campaign.grades:
            return "not_allowed", f"{item.grade}_not_allowed"
        bearers = laid.bearers.get(item.person, ())
        if item.grade == "hash" and bearers:
            return bearers[0]
        fact = credit.Fact(item.as_of, *item.steps)
        if item.placeholder:
            return "time_anomaly", "placeholder"
        if item.grade == "masked" and any(item.steps) and item.registered_at is None:
            return "ambiguous", "no_registration"
        if item.grade == "masked" and bearers:
            found = evidence.matching(laid.found[bearers[0]], self._terms)
            if item.registered_at == VOID and found.registrants:
                return "conflict", "registered_at_void"
            place = found.place_of(fact)
            if place is not None and place in found.owners:
                owner = found.owners[place]
                undone = [
                    was if value == VOID else None
                    for was, value in zip(known[owner], item.steps, strict=True)
                ]
                return categorise(item.steps, undone, after[owner], True, self._now)
            if place is not None and place in found.doubtful():
                return "ambiguous", evidence.doubt(found.registrants[place])
        # Nobody claimed whom it could be about.
        alone = judging.stand(item.person, standings.History(facts=[fact]), self._terms)
        return categorise(item.steps, _NOTHING, alone, False, self._now)

    def _count(self, change: judging.Change) -> None:
        report = self._report
        was = change.before.credited if change.before else None
        if change.after.credited and change.after.credited != was:
            report.credited += 1
            report.moved += was is not None
        elif was and not change.after.credited:
            report.lost += 1
        report.reasons[change.after.reason or "credited"] += 1

    def _organic(self, connection: Connection, organic: Organic) -> list[Outcome]:
        """Return where these rows end, or count them at once where nobody asks for each."""
        report = self._report
        report.reasons.update(organic.new.reason)
        if self._detailed or self._some_lapsed(connection):
            return [
                Outcome(line, last4, "organic", reason)
                for line, last4, reason in zip(
                    organic.lines, organic.last4s, organic.reasons, strict=True
                )
            ]
        for reason, count in Counter(organic.reasons).items():
            report.categories["organic"] += count
            report.causes[f"organic: {reason}"] += count
        return []

    def _to_write(
        self, connection: Connection, rows: Rows, outcomes: Sequence[Outcome]
    ) -> Surveyed:
        report = self._report
        owners = dict(zip(rows.line, rows.person, strict=True)) if outcomes else {}
        outcomes, told = self._about_forgotten(connection, owners, outcomes)
        fine = {*rows.person} - told
        differences = []
        for outcome in outcomes:
            report.categories[outcome.category] += 1
            cause = outcome.reason if outcome.category != "malformed" else "row"
            report.causes[f"{outcome.category}: {cause}"] += 1
            if outcome.category in TO_WORK_OFF:
                person = owners.get(outcome.line)
                fine.discard(person or "")
                differences.append((
                    outcome.line, person, outcome.last4, outcome.category, outcome.reason
                ))
        settled = [
            row["id"] for row in feed_batches.open_differences_of(
                connection, self._campaign.id, fine
            )
        ]
        report.settled += len(settled)
        return Surveyed(rows, differences, settled, outcomes)


def laid_over(
    connection: Connection, campaign: Campaign, rows: Rows, batch: str, now: Instant
) -> Laid:
    """
    Read the histories of whomever *rows* may be about, and add what these say to them.

    Args:
        rows: All that is said of their persons.
    """
    graded = [*zip(rows.person, rows.grade, strict=True)]
    digits = {person for person, grade in graded if grade == "masked"}
    hashes = {person for person, grade in graded if grade == "hash"}
    bearers: dict[str, list[str]] = {}
    if (digits or hashes) and len(campaign.grades) > 1:
        # First, and before anybody is held: nobody joins those who claimed with these digits.
        connection.hold(campaign.id, sorted(digits))
        bearers = aliases.bearers(connection, campaign.id, digits | hashes)
    named = [person for some in bearers.values() for person in some]
    persons = dict.fromkeys([person for person, grade in graded if grade is None] + named)
    met = evidence.meet(connection, campaign, [*persons], digits)
    organic, others = apart(rows, met, judging.terms_of(campaign), now)
    rest = dict.fromkeys([item.person for item in others if item.grade is None] + named)
    found = evidence.histories(connection, campaign, [*rest], met=met, digits=digits)
    for item in others:
        fact = credit.Fact(item.as_of, *item.steps)
        if item.grade is None:
            history = found[item.person]
            history.last4 = history.last4 or item.last4
            history.facts.append(fact)
        elif item.grade in campaign.grades:
            for person in bearers.get(item.person, ())[:1]:
                history = found[person]
                if item.grade == "hash":
                    history.hashed.append(fact)
                elif history.group is not None:
                    history.group.rows.append(MaskedRow(0, batch, fact))
    return Laid(organic, others, found, bearers)


class Outcomes:
    """
    Outcomes of a whole file, eight bytes a row, to be told in the order of its lines.

    A number holds line, ending (by its place in a list) and the last four digits.
    """

    def __init__(self) -> None:
        self._packed = array("Q")
        self._endings: dict[tuple[str, str, bool], int] = {}

    def add(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            key = (outcome.category, outcome.reason, outcome.last4 == "")
            ending = self._endings.setdefault(key, len(self._endings))
            self._packed.append(
                outcome.line << 32 | ending << 16 | int(outcome.last4 or 0)
            )

    def in_order(self) -> Iterator[Outcome]:
        endings = list(self._endings)
        for packed in sorted(self._packed):
            category, reason, nameless = endings[packed >> 16 & 0xFFFF]
            last4 = "" if nameless else f"{packed & 0xFFFF:04d}"
            yield Outcome(packed >> 32, last4, category, reason)


def categorise(
    steps: Sequence[Stated | None], known: Sequence[Stated | None], after: standings.Standing,
    claimed: bool, now: Instant, *, dropped: bool = False, placeholder: bool = False,
) -> tuple[str, str]:
    """
    Return the category of one row, and why: the first that applies.

    Args:
        steps: What the row states of registration, card and first payment.
        known: What was known of them before this row.
        after: Where the person stands with it.
        claimed: Whether the person ever claimed.
        placeholder: Whether it has a day before 2010 where a step would stand.
        dropped: Whether the row is later than what is known and silent about some of it.
    """
    latest = now + rules.SKEW
    if placeholder:
        return "time_anomaly", "placeholder"
    if any(value and value != VOID and first(value) > latest for value in steps):
        return "time_anomaly", "in_the_future"
    registered = known[0] if steps[0] is None else steps[0]
    if registered is not None and registered != VOID:
        if _out_of_order(steps[1], registered):
            return "time_anomaly", "bound_before_registered"
        if _out_of_order(steps[2], registered):
            return "time_anomaly", "paid_before_registered"
    for name, value, before in zip(_STEPS, steps, known, strict=True):
        if value is not None and before is not None and not same(before, value):
            return "conflict", f"{name}_void" if value == VOID else f"{name}_differs"
    if dropped:
        return "conflict", "step_no_longer_stated"
    if after.credited is not None:
        return "matched", "credited"
    reason = str(after.reason)
    if claimed and reason in difference_rows.RULED_OUT:
        return "ruled_out", reason
    if reason in ("not_registered_yet", "held", "not_bound_yet", "no_transaction_yet"):
        return "waiting", reason
    return ("matched" if reason == "reversed" else "organic"), reason


def _out_of_order(step: Stated | None, registered: Stated) -> bool:
    """Whether *step* lies before *registered*: by days, of two instants by more than the skew."""
    if step is None or step == VOID:
        return False
    if is_day(step) or is_day(registered):
        return day(step) < day(registered)
    return step < registered - rules.SKEW


def _no_longer_stated(
    item: Item, known: Sequence[Stated | None], facts: Sequence[credit.Fact],
    unasked: frozenset[int],
) -> bool:
    """Whether *item* is later than every row that states a known step, and silent about it."""
    if None not in item.steps or not any(known):
        return False
    return any(
        value is None and before is not None and place not in unasked
        and all(fact.as_of < item.as_of for fact in facts if fact[place + 1] is not None)
        for place, (value, before) in enumerate(zip(item.steps, known, strict=True))
    )
