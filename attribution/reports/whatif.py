"""
What if: the pure rule over files, writing nothing but its answer.

Anyone may check a result, or compare policies, with two tables and no database.
"""
import csv
from collections.abc import Iterator
from pathlib import Path

from attribution import evidence, judging
from attribution.facts.plain_tables import BROKEN
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.reports.whatif_files import rows as what_if_rows
from attribution.rule import credit
from attribution.rule import terms as rules
from attribution.rule.instants import Instant, parse_instant
from attribution.rule.stated import NO_AS_OF, Stated, parse_stated
from attribution.store import standings
from qrgen.faults import Fault
from qrgen.files import open_text
from qrgen.shapes import shape_of

_TRUE = frozenset({"1", "true", "yes", "y", "t", "是"})
_FALSE = frozenset({"", "0", "false", "no", "n", "f", "否"})


def compare(ledger: Ledger, policy: str) -> Iterator[judging.Moved]:
    """
    Yield those whose credit *policy* would change, over the live ledger; write nothing.

    Both sides are worked out from the log, so that a stale standing cannot mislead.
    """
    terms, others = judging.terms_of(ledger.campaign), judging.terms_of(ledger.campaign, policy)
    after = ""
    while True:
        with ledger.store.read() as connection:
            persons = standings.persons_after(connection, ledger.campaign.id, after)
            found = evidence.histories(connection, ledger.campaign, persons)
        for person, history in found.items():
            now = judging.stand(person, history, terms)
            then = judging.stand(person, history, others)
            if now.credited != then.credited:
                yield judging.Moved(person, now.last4, now.credited, then.credited, then.reason)
        if not persons:
            return
        after = persons[-1]


def run(claims_path: Path, facts_path: Path, terms: rules.Terms, out: Path) -> int:
    """
    Judge every person in the two files; write ``person,unit,reason`` to *out*.

    Args:
        claims_path: A table ``person,unit,at,verified[,held,withdrawn]``, or the download of claims
            in any form; ids are the order of the rows.
        facts_path: A table ``person,registered_at,card_bound_at,first_txn_at[,as_of]``, one row
            a person, or the download of attribution; with ``as_of`` several, of which an empty
            one ranks before all others.

    Returns:
        The number of persons.

    Raises:
        Fault: a row cannot be read; every one is named, and nothing is written.
    """
    faults: list[Fault] = []
    claims = _claims(claims_path, faults)
    facts = _facts(facts_path, faults)
    if faults:
        raise Fault(Code.WHATIF_ROWS, more=faults)
    persons = sorted(claims.keys() | facts.keys())
    with open_text(out, [claims_path, facts_path], folders=False) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["person", "unit", "reason"])
        for person in persons:
            known = credit.merge_facts(facts.get(person, []))
            decision = credit.judge(claims.get(person, []), known, terms)
            reason = decision.reason.value if decision.reason else ""
            writer.writerow([person, decision.unit or "", reason])
    return len(persons)


def _claims(path: Path, faults: list[Fault]) -> dict[str, list[credit.Claim]]:
    found: dict[str, list[credit.Claim]] = {}
    columns = ("person", "unit", "at", "verified")
    for number, (line, row) in enumerate(what_if_rows(path, columns, faults), 1):
        try:
            claim = credit.Claim(
                id=number,
                unit=_needed(row, "unit"),
                at=_moment(_needed(row, "at")),
                verified=_truth(row, "verified"),
                held=_truth(row, "held"),
                withdrawn=_truth(row, "withdrawn"),
            )
            found.setdefault(_needed(row, "person"), []).append(claim)
        except Fault as problem:
            faults.append(Fault(Code.WHATIF_ROW, file=path, line=line, problem=problem))
    return found


def _facts(path: Path, faults: list[Fault]) -> dict[str, list[credit.Fact]]:
    found: dict[str, list[credit.Fact]] = {}
    columns = ("person", "registered_at", "card_bound_at", "first_txn_at")
    for line, row in what_if_rows(path, columns, faults):
        try:
            person = _needed(row, "person")
            if person in found and "as_of" not in row:
                raise Fault(Code.WHATIF_PERSON_TWICE)
            at = _moment(as_of) if (as_of := _value(row, "as_of")) else NO_AS_OF
            fact = credit.Fact(at, *(_stated(row, column) for column in columns[1:]))
            found.setdefault(person, []).append(fact)
        except Fault as problem:
            faults.append(Fault(Code.WHATIF_ROW, file=path, line=line, problem=problem))
    return found


def _value(row: dict[str, str], column: str) -> str:
    value = row.get(column, "").strip()
    if value == BROKEN:
        raise Fault(Code.WHATIF_BROKEN, column=column)
    return value


def _needed(row: dict[str, str], column: str) -> str:
    value = _value(row, column)
    if not value:
        raise Fault(Code.WHATIF_EMPTY, column=column)
    return value


def _moment(value: str) -> Instant:
    try:
        return parse_instant(value)
    except ValueError as error:
        raise Fault(Code.WHATIF_NO_TIME, reason=str(error)) from None


def _stated(row: dict[str, str], column: str) -> Stated | None:
    try:
        return parse_stated(_value(row, column))
    except ValueError as error:
        raise Fault(Code.WHATIF_NO_TIME_IN, column=column, reason=str(error)) from None


def _truth(row: dict[str, str], column: str) -> bool:
    value = _value(row, column).lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise Fault(Code.WHATIF_NO_TRUTH, column=column, shape=shape_of(value))
