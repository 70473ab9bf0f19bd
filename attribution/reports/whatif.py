"""
What if: the pure rule over files, writing nothing but its answer.

Anyone may check a result, or compare policies, with two CSV files and no database.
"""
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from attribution import judging
from attribution.ledger import Ledger
from attribution.rule import credit
from attribution.rule import terms as rules
from attribution.rule.instants import Instant, parse_instant
from attribution.store import standings
from qrgen.files import open_text
from qrgen.shapes import shape_of
from qrgen.shell import Fault

_TRUE = frozenset({"1", "true", "yes", "y", "t", "是"})
_FALSE = frozenset({"", "0", "false", "no", "n", "f", "否"})


@dataclass(frozen=True)
class Moved:
    """A person who would count for another unit (None: for none) under the other policy."""

    person: str
    last4: str
    now: str | None
    then: str | None
    reason: str | None


def compare(ledger: Ledger, policy: str) -> Iterator[Moved]:
    """
    Yield those whose credit *policy* would change, over the live ledger; write nothing.

    Both sides are worked out from the log, so that a stale standing cannot mislead.
    """
    terms, others = judging.terms_of(ledger.campaign), judging.terms_of(ledger.campaign, policy)
    after = ""
    while True:
        with ledger.store.read() as connection:
            persons = standings.persons_after(connection, ledger.campaign.id, after)
            found = standings.histories(connection, ledger.campaign.id, persons)
        for person, history in found.items():
            now = judging.stand(person, history, terms)
            then = judging.stand(person, history, others)
            if now.credited != then.credited:
                yield Moved(person, now.last4, now.credited, then.credited, then.reason)
        if not persons:
            return
        after = persons[-1]


def run(claims_path: Path, facts_path: Path, terms: rules.Terms, out: Path) -> int:
    """
    Judge every person in the two files; write ``person,unit,reason`` to *out*.

    Args:
        claims_path: CSV ``person,unit,at,verified[,held,withdrawn]``; ids are the
            order of the rows.
        facts_path: CSV ``person,registered_at,card_bound_at,first_txn_at``, one row a person.

    Returns:
        The number of persons.

    Raises:
        Fault: a row cannot be read; every one is named, and nothing is written.
    """
    faults: list[Fault] = []
    claims = _claims(claims_path, faults)
    facts = _facts(facts_path, faults)
    if faults:
        raise Fault("the files cannot be judged as they are", "correct these lines", more=faults)
    persons = sorted(claims.keys() | facts.keys())
    with open_text(out, [claims_path, facts_path], folders=False) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["person", "unit", "reason"])
        for person in persons:
            decision = credit.judge(
                claims.get(person, []), facts.get(person, credit.Facts()), terms
            )
            reason = decision.reason.value if decision.reason else ""
            writer.writerow([person, decision.unit or "", reason])
    return len(persons)


def _claims(path: Path, faults: list[Fault]) -> dict[str, list[credit.Claim]]:
    found: dict[str, list[credit.Claim]] = {}
    columns = ("person", "unit", "at", "verified")
    for number, (line, row) in enumerate(_rows(path, columns), 1):
        try:
            claim = credit.Claim(
                id=number,
                unit=_needed(row, "unit"),
                at=parse_instant(_needed(row, "at")),
                verified=_truth(row, "verified"),
                held=_truth(row, "held"),
                withdrawn=_truth(row, "withdrawn"),
            )
            found.setdefault(_needed(row, "person"), []).append(claim)
        except ValueError as error:
            faults.append(Fault(f"{path}:{line}: {error}"))
    return found


def _facts(path: Path, faults: list[Fault]) -> dict[str, credit.Facts]:
    found: dict[str, credit.Facts] = {}
    columns = ("person", "registered_at", "card_bound_at", "first_txn_at")
    for line, row in _rows(path, columns):
        try:
            person = _needed(row, "person")
            if person in found:
                raise ValueError("a second row for one person; merge them first")
            found[person] = credit.Facts(*(_time(row, column) for column in columns[1:]))
        except ValueError as error:
            faults.append(Fault(f"{path}:{line}: {error}"))
    return found


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            names = [name.strip() for name in reader.fieldnames or []]
            missing = [column for column in columns if column not in names]
            if missing:
                raise Fault(
                    f"{path}:1: no column {', '.join(missing)}",
                    f"the columns are {','.join(columns)}",
                )
            reader.fieldnames = names
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise Fault(f"{path}: {error.strerror}", "give a CSV file that can be read") from None
    except UnicodeDecodeError:
        raise Fault(f"{path}: not text in UTF-8", "save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise Fault(f"{path}: {error}", "save it as CSV in UTF-8") from None


def _needed(row: dict[str, str], column: str) -> str:
    value = (row.get(column) or "").strip()
    if not value:
        raise ValueError(f"{column} is empty")
    return value


def _time(row: dict[str, str], column: str) -> Instant | None:
    value = (row.get(column) or "").strip()
    try:
        return parse_instant(value) if value else None
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from None


def _truth(row: dict[str, str], column: str) -> bool:
    value = (row.get(column) or "").strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ValueError(f"{column} must be 1 or 0, not {shape_of(value)}")
