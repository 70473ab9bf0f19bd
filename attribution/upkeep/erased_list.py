"""
Which rows were emptied of their persons, told outside the ledger: ``keys/log.erased``.

A copy of the ledger from before an erasure holds who was erased. So that a restore can erase
them again, also where the ledger is lost that knew it, each record of an erasure stands here as
well: ids of rows, which are numbers by time, and nothing of a person.
"""
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from attribution.ledger import Ledger
from attribution.store import erased_rows
from attribution.store.engine.database import Row
from qrgen.replacing import sync_number

# Beside the key of the log: whoever restores the ledger does not restore this.
FILE = "log.erased"

UNWRITABLE = (
    "keys/log.erased cannot be written: a restored copy would not know who was erased since"
)


@dataclass
class Erased:
    """
    What was erased.

    Args:
        rows: Log -> ids of rows that named somebody.
        records: By which records of erasures.
        everybody: That all persons of the campaign were shredded.
    """

    rows: dict[str, set[int]] = field(default_factory=dict)
    records: set[int] = field(default_factory=set)
    everybody: bool = False

    def add(self, record: Row) -> None:
        """Take notice of a *record* as `erased_rows.records` or a line of the file has it."""
        if not _tells(record):
            return
        self.records.add(int(record["id"]))
        keys = _keys(record)
        if not keys:
            self.everybody = True
        self.rows.setdefault(record["log"], set()).update(keys)


def keep_up(ledger: Ledger, instance: Path) -> bool:
    """
    Write down what the ledger records of erasures and the file lacks, and see it on the disk.

    Returns:
        Whether it could be written: a folder of keys may be somebody else's.
    """
    path = instance / "keys" / FILE
    try:
        known = {int(line["id"]) for line in _lines(path)}
        with ledger.store.read() as connection:
            records = erased_rows.records(connection, ledger.campaign.id)
        new = [row for row in records if row["id"] not in known and _tells(row)]
        if new:
            _append(path, (_line(ledger.campaign.id, row) for row in new))
    except OSError:
        return False
    return True


def read(instance: Path, campaign: str) -> list[Row]:
    """Return the records of erasures of *campaign* that the file holds, as the ledger has them."""
    return [line for line in _lines(instance / "keys" / FILE) if line["campaign"] == campaign]


def _tells(record: Row) -> bool:
    """Whether a *record* says whose rows were emptied; of old scans it says nothing of anybody."""
    if record["log"] not in erased_rows.NAMING or record["kind"] != "shredded":
        return False
    return bool(_keys(record) or record["before"])


def _keys(record: Row) -> list[int]:
    keys = record["keys"]
    try:
        found = json.loads(keys) if isinstance(keys, str) and keys else keys or []
    except ValueError:
        return []
    return [key for key in found if isinstance(key, int)] if isinstance(found, list) else []


def _line(campaign: str, record: Row) -> str:
    return json.dumps({
        "campaign": campaign, "id": record["id"], "log": record["log"], "kind": record["kind"],
        "keys": _keys(record), "before": record["before"],
    })


def _append(path: Path, lines: Iterable[str]) -> None:
    path.touch(mode=0o600)
    with path.open("ab+") as file:
        # After a line that a power cut left half.
        file.seek(0, 2)
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        sync_number(file.fileno())


def _lines(path: Path) -> Iterator[Row]:
    """Yield the whole lines; half of one tells nothing, and is written again."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and {"campaign", "id", "log", "kind", "before"} <= found.keys():
            yield found
