"""
Where each row of a file ends, found by reading only: what a dry run tells.

The rows are laid over what the ledger holds, a chunk at a time and each in a short read
of its own, so nobody waits. What comes of it is the report, and what is to be written.
"""
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from attribution import evidence, judging
from attribution.facts import bad_rows
from attribution.facts.bad_rows import BadRow
from attribution.facts.categories import categorise, no_longer_stated
from attribution.facts.laying import Laid, laid_over
from attribution.facts.organic import Organic
from attribution.facts.report import MOST_TOLD, TO_WORK_OFF, Loss, Outcome, Report, Surveyed
from attribution.facts.rows import Item, Rows
from attribution.rule import credit
from attribution.rule.instants import Instant
from attribution.rule.stated import VOID, Stated
from attribution.store import feed_batches, lapsed_marks, standings
from attribution.store.engine.database import Connection
from qrgen.registry import Campaign

# A row that would have been a credit for whoever had claimed its person.
FORGOTTEN = "forgotten_claimant"
_NOTHING: tuple[None, None, None] = (None, None, None)
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
                self._tell_loss(person, history, before, after[person], laid)
        self._report.people += len(set(rows.person))
        outcomes = []
        for item in laid.others:
            ending = self._not_by_number(item, laid, known, after)
            if isinstance(ending, str):
                history, states = laid.found[ending], known[ending]
                dropped = no_longer_stated(
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
        for unit, by in ((was, -1), (change.after.credited, 1)):
            if unit is not None and was != change.after.credited:
                report.units[unit] += by
        report.reasons[change.after.reason or "credited"] += 1

    def _tell_loss(
        self, person: str, history: standings.History, before: standings.Standing | None,
        after: standings.Standing, laid: Laid,
    ) -> None:
        """Keep by which rows *person*, whose credit somebody holds, is theirs no more."""
        losses = self._report.losses
        if before is None or before.credited in (None, after.credited):
            return
        if len(losses) < MOST_TOLD:
            assert before.credited is not None
            lines = laid.lines_about(person, history)
            losses.append(Loss(lines, before.credited, after.credited, after.reason))

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
