"""
The rule of two: who may be the second person for what another asked.

One human being must not be two people. A name proves nothing: whoever made an account, or gave
it its password, can be that account. So the other of two is nobody whose account or password
came from the one, nor one that came into being, or into other hands, after the question was
asked. An account that may ask or answer takes an approver's word, and whoever gave it stands
behind the account from then on: two whom the same people stand behind are one. What was done to
an account without anybody's word stands for all to see for `QUARANTINE` before it counts again.

In a demonstration one may do all, and every page says so.
"""
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from attribution.deeds import Doing, Kind
from attribution.faults import Code
from attribution.rule.instants import DAY, Instant, local_text
from attribution.store import handovers, hands
from attribution.store.engine.database import Connection
from attribution.store.hands import Hand
from qrgen.faults import Fault

# Long enough for everybody to come by once.
QUARANTINE = 7 * DAY

# Whose word counts where two are needed; and who may ask for what only the office does.
APPROVERS = ("office", "checker")
# An account that becomes one of these takes an approver's word.
RANKED = (*APPROVERS, "accounts")

# Deeds on an account after which somebody else may be inside.
_FOREIGN = ("made", "password", "role", "open", "step")


def is_on(connection: Connection, campaign: str) -> bool:
    """Whether what counts takes two people in *campaign*."""
    return hands.on_since(connection, campaign) is not None


def turn_on(doing: Doing, campaign: str) -> None:
    """From now on two are needed, for good."""
    if hands.turn_on(
        doing.connection, campaign, doing.next_id(), doing.now, doing.actor.name
    ):
        doing.enter(Kind.RULE_OF_TWO, f"campaign {campaign}", after="on")


@dataclass(frozen=True)
class Question:
    """A question that another has to answer."""

    by: str
    at: Instant


def require_second(
    connection: Connection, campaign: str, asked: Question, second: str, role: str, now: Instant
) -> None:
    """
    Refuse *second*, an account of *role*, where it may not answer what was asked.

    Raises:
        Fault: it may not, and why.
    """
    if not is_on(connection, campaign):
        return
    if role not in APPROVERS:
        raise Fault(Code.SECOND_ROLE, status=2, account=second)
    known = hands.everything(connection)
    # Whoever took over from who asked is its asker, too.
    for asker in handovers.askers(connection, asked.by, asked.at):
        if why := barred(known, Question(asker, asked.at), second, now):
            raise why


def barred(known: Iterable[Hand], asked: Question, second: str, now: Instant) -> Fault | None:
    """
    Return why *second* may not answer what was *asked*; None where it may.

    Args:
        known: The deeds on all accounts, oldest first; those after *now* are left out.
    """
    standing = _standing(hand for hand in known if hand.at <= now)
    one, other = standing.get(asked.by, []), standing.get(second, [])
    if second in _owners(one) or asked.by in _owners(other):
        return Fault(Code.SECOND_MADE, status=2, account=second, by=asked.by)
    for hand in other:
        if hand.at > asked.at:
            return Fault(Code.SECOND_LATER, status=2, account=second, at=local_text(hand.at)[:16])
    if lone := quarantined((*other, *one), now):
        return lone
    behind, beside = _behind(standing, asked.by), _behind(standing, second)
    if both := sorted((behind | {asked.by}) & (beside | {second})):
        return Fault(
            Code.SECOND_SAME_WORD, status=2, account=second, other=asked.by, by=both[0]
        )
    return None


def quarantined(deeds: Iterable[Hand], now: Instant) -> Fault | None:
    """Return why an account with these *deeds* does not count yet; None where it does."""
    for hand in deeds:
        if hand.alone and hand.at <= now < hand.at + QUARANTINE:
            return Fault(
                Code.SECOND_ALONE, status=2, account=hand.account, by=hand.by_whom,
                until=local_text(hand.at + QUARANTINE)[:16],
            )
    return None


def pairs(
    roles: dict[str, str], known: Sequence[Hand], now: Instant
) -> Iterator[tuple[str, str]]:
    """Yield who may ask now, and who may answer it, of the open accounts with their *roles*."""
    for asker, role in roles.items():
        if role != "office":
            continue
        for second, other in roles.items():
            if second != asker and other in APPROVERS and barred(
                known, Question(asker, now), second, now
            ) is None:
                yield asker, second


def _standing(known: Iterable[Hand]) -> dict[str, list[Hand]]:
    """Return the latest deed of each kind on each account."""
    latest: dict[str, dict[str, Hand]] = {}
    for hand in known:
        if hand.deed in _FOREIGN:
            latest.setdefault(hand.account, {})[hand.deed] = hand
    return {account: list(deeds.values()) for account, deeds in latest.items()}


def _owners(deeds: Iterable[Hand]) -> set[str]:
    return {owner for hand in deeds for owner in (hand.by_whom, hand.vouched_by) if owner}


def _behind(standing: Mapping[str, Sequence[Hand]], account: str) -> set[str]:
    """Return who gave their word for *account*, who was behind these, and so on."""
    found: set[str] = set()
    due = [hand.vouched_by for hand in standing.get(account, ()) if hand.vouched_by]
    while due:
        name = due.pop()
        if name not in found:
            found.add(name)
            for hand in standing.get(name, ()):
                if hand.vouched_by:
                    due.append(hand.vouched_by)
                elif hand.by_whom in standing:  # an account's deed, of before two were needed
                    found.add(hand.by_whom)
    return found
