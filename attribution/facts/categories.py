"""Where one row of a file ends, by what it states, what was known, and where its person stands."""
from collections.abc import Sequence

from attribution.facts.rows import Item
from attribution.rule import credit
from attribution.rule import terms as rules
from attribution.rule.instants import Instant
from attribution.rule.stated import VOID, Stated, day, first, is_day, same
from attribution.store import difference_rows, standings

_STEPS = ("registered_at", "card_bound_at", "first_txn_at")


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


def no_longer_stated(
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
