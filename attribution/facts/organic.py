"""
Rows about people whom nobody ever claimed: most of most files, and no news to anybody.

Where such a row is the only one about its person, surprises nobody, and the ledger holds either
nothing about them or the very same, they stand where the row alone puts them. Nothing further
is read of them then and no history made, which is most of what a row costs. Whatever is less
plain goes the usual way (`survey`), and would come to the same.
"""
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from attribution import judging
from attribution.facts.rows import Item, Rows
from attribution.rule import credit
from attribution.rule import terms as rules
from attribution.rule.instants import Instant, day_of
from attribution.rule.stated import VOID, is_day
from attribution.store.standings import NOBODY, Met, Unclaimed


class Organic(NamedTuple):
    """
    Rows that are such, a person each.

    Args:
        lines: Where they stand in the file; *last4s* and *reasons* are of the same rows.
        reasons: Why each is no credit.
        new: Where those stand who stood nowhere; all others stand where they did.
    """

    lines: Sequence[int] = ()
    last4s: Sequence[str] = ()
    reasons: Sequence[str] = ()
    new: Unclaimed = NOBODY


def apart(
    rows: Rows, met: Met, terms: rules.Terms, now: Instant
) -> tuple[Organic, list[Item]]:
    """
    Return the ones among *rows* that are such, and all others.

    Args:
        rows: All that the file says of their persons.
        met: What the ledger holds about these.
    """
    known, today = met.standings, day_of(now)
    busy = {*met.claims, *met.aliases}
    if len(set(rows.person)) < rows.height:
        busy.update(person for person, count in Counter(rows.person).items() if count > 1)
    surprising = {
        place for column in (rows.placeholder, rows.grade) if any(column)
        for place, value in enumerate(column) if value
    }
    places: list[int] = []
    reasons: list[str] = []
    new: list[tuple[Any, ...]] = []
    for place, (person, registered, bound, paid) in enumerate(
        zip(rows.person, rows.registered_at, rows.card_bound_at, rows.first_txn_at, strict=True)
    ):
        if registered is None or registered == VOID or person in busy or place in surprising:
            continue
        # All days, or all instants: a day is a smaller number than any instant.
        latest = today if is_day(registered) else now
        if (
            registered > latest
            or (bound is not None and not registered <= bound <= latest)
            or (paid is not None and not registered <= paid <= latest)
        ):
            continue
        reason = credit.unclaimed(registered, terms)._value_
        stands = person, rows.last4[place], reason, registered, bound, paid
        if person not in known:
            new.append(stands)
        elif known[person] != judging.unclaimed(*stands):
            continue
        places.append(place)
        reasons.append(reason)
    others = [True] * rows.height
    for place in places:
        others[place] = False
    return Organic(
        [rows.line[place] for place in places], [rows.last4[place] for place in places], reasons,
        Unclaimed(*zip(*new, strict=True)) if new else NOBODY,
    ), rows.items(others)
