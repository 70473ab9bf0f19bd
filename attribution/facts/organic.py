"""
Rows about people whom nobody ever claimed: most of most files, and no news to anybody.

Where such a row is the only one about its person, surprises nobody, and the ledger holds either
nothing about them or the very same, they stand where the row alone puts them. Nothing further
is read of them then and no history made, which is most of what a row costs. Whatever is less
plain goes the usual way (`survey`), and would come to the same.
"""
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from attribution import judging
from attribution.facts.spool import Item
from attribution.rule import terms as rules
from attribution.rule.instants import Instant, day_of
from attribution.rule.stated import VOID, is_day
from attribution.store.standings import Met, Standing


class Organic(NamedTuple):
    """
    Rows that are such, a person each.

    Args:
        reasons: Of each the reason why it is no credit.
        new: Where those stand who stood nowhere; all others stand where they did.
    """

    items: list[Item]
    reasons: list[str]
    new: list[Standing]


def apart(
    items: Sequence[Item], met: Met, terms: rules.Terms, now: Instant
) -> tuple[Organic, list[Item]]:
    """
    Return the rows among *items* that are such, and all others.

    Args:
        items: All that the file says of their persons.
        met: What the ledger holds about these.
    """
    organic, others = Organic([], [], []), []
    busy = {*met.claims, *met.aliases}
    if len(rows := Counter([item.person for item in items])) < len(items):
        busy.update(person for person, count in rows.items() if count > 1)
    known, today = met.standings, day_of(now)
    for item in items:
        _, person, last4, _, registered, bound, paid, placeholder, grade = item
        if (
            registered is None or registered == VOID or grade is not None or placeholder
            or person in busy
        ):
            others.append(item)
            continue
        # All days, or all instants: a day is a smaller number than any instant.
        latest = today if is_day(registered) else now
        if (
            registered > latest
            or (bound is not None and not registered <= bound <= latest)
            or (paid is not None and not registered <= paid <= latest)
        ):
            others.append(item)
            continue
        stands = judging.unclaimed(person, last4, registered, bound, paid, terms)
        if person not in known:
            organic.new.append(stands)
        elif known[person] != stands:
            others.append(item)
            continue
        organic.items.append(item)
        organic.reasons.append(stands.reason or "")
    return organic, others
