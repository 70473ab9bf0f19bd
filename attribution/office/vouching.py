"""
On whose word an account becomes one that may ask, approve or make accounts, and whose hand it was.

Else one human being with the roles `office` and `accounts` could make a second person to agree
with: so who vouches, who makes and who gives a password are kept, and are no second person to it.
"""
from dataclasses import dataclass

from attribution import two_people
from attribution.deeds import Doing
from attribution.faults import Code
from attribution.store import hands, staff
from attribution.two_people import APPROVERS, RANKED
from qrgen.faults import Fault


@dataclass(frozen=True)
class Word:
    """
    On whose word an account becomes one that may ask, approve or make accounts.

    Args:
        of: The approver who gives it. What they stand behind, they are no second person to.
        alone: Nobody gives it: the shell's way when nobody can. Such an account waits
            `two_people.QUARANTINE`, and everybody is told.
        first: They are the ledger's first people (`first_people`), before whom there was nobody.
    """

    of: str = ""
    alone: bool = False
    first: bool = False


NOBODYS = Word()


def told(doing: Doing, name: str, role: str, word: Word) -> dict[str, object]:
    """
    Refuse what takes an approver's word and has none; return what is to be told of it.

    Raises:
        Fault: *name*, of *role*, is or becomes one that counts, on nobody's word.
    """
    connection = doing.connection
    if role not in RANKED or not hands.is_on_anywhere(connection):
        return {}
    if word.alone:
        return {"alone": True}
    if word.first and not hands.had_role(connection, "accounts", doing.now):
        return {"first": True}
    if not word.of:
        # The first one: who else could make an account that anybody vouched for?
        if role == "accounts" and not staff.of_role(connection, "accounts"):
            return {}
        raise Fault(Code.ACCOUNT_WORD, status=2, account=name, role=role)
    voucher = staff.account(connection, word.of)
    if (
        voucher is None or voucher["closed_at"] is not None or voucher["handed_over"]
        or voucher["role"] not in APPROVERS or word.of in (name, doing.actor.name)
    ):
        raise Fault(Code.ACCOUNT_NO_VOUCHER, status=2, account=word.of)
    known = [hand for hand in hands.everything(connection) if hand.account == word.of]
    if waits := two_people.quarantined(known, doing.now):
        raise waits
    return {"vouched_by": word.of}


def lay_hand(doing: Doing, name: str, deed: str, word: Word = NOBODYS) -> None:
    """Keep whose deed on the account *name* this was."""
    hands.add(
        doing.connection, doing.next_id(), doing.now, name, deed, doing.actor.name,
        word.of or None, alone=word.alone,
    )
