"""
What corrections would do as things stand, one or many at once, before anybody answers them.

Judged as they would be if they were approved one after the other, over what the ledger holds, so
that two about one person are not told as if each stood alone; nothing is written.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from attribution import evidence, judging
from attribution.judging import Change, Moved
from attribution.ledger import Ledger
from attribution.office import corrections
from attribution.store.engine.database import Row
from attribution.store.standings import CHUNK, History
from qrgen.faults import Fault


@dataclass(frozen=True)
class Weighed:
    """
    What would come of them.

    Args:
        moved: Whose credit would move, and from whom to whom; also of somebody else who is
            known by the same digits.
        vain: Correction -> why it would change nothing.
    """

    moved: tuple[Moved, ...] = ()
    vain: Mapping[int, Fault] | None = None

    @property
    def moves(self) -> list[tuple[str | None, str | None]]:
        """From which unit to which, one pair a person; None: nobody's."""
        return [(one.now, one.then) for one in self.moved]

    def fault(self, id: int) -> Fault | None:
        """Return why correction *id* would change nothing; None where it would."""
        return (self.vain or {}).get(id)


def weigh(ledger: Ledger, rows: Sequence[Row]) -> Weighed:
    """
    Return what approving the corrections *rows*, in this order, would do.

    Args:
        rows: As of `proposals`, or alike: id, person, kind, claim, to_unit.
    """
    persons = sorted({str(row["person"]) for row in rows})
    found: dict[str, History] = {}
    vain: dict[int, Fault] = {}
    with ledger.store.read() as connection:
        for first in range(0, len(persons), CHUNK):
            found |= evidence.histories(
                connection, ledger.campaign, persons[first : first + CHUNK]
            )
        then = dict(found)
        for row in rows:
            history = then[row["person"]]
            try:
                then[row["person"]] = corrections.as_corrected(
                    connection, ledger.campaign, row, history, max(row["id"], history.decided + 1)
                )
            except Fault as fault:
                vain[row["id"]] = fault
    return Weighed(_moved(ledger, {
        person: history for person, history in then.items() if history is not found[person]
    }), vain)


def withdrawn(ledger: Ledger, person: str) -> Weighed:
    """Return what it would do that all claims of *person* are withdrawn, as by an erasure."""
    with ledger.store.read() as connection:
        history = evidence.histories(connection, ledger.campaign, [person])[person]
    gone = replace(history, claims=[claim._replace(withdrawn=True) for claim in history.claims])
    return Weighed(_moved(ledger, {person: gone}))


def _moved(ledger: Ledger, changed: dict[str, History]) -> tuple[Moved, ...]:
    terms = judging.terms_of(ledger.campaign)
    return judging.moved(
        Change(history.standing, judging.stand(person, history, terms))
        for person, history in evidence.with_groups(changed).items()
    )
