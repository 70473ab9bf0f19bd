"""
What comes of a file: where each of its rows ends, what it gives and takes, and what is written.

A dry run tells it, a plan keeps it for the second person, and a batch keeps it for good.
"""
import json
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from attribution.facts.feed_notes import Note
from attribution.facts.rows import Item, Rows
from attribution.rule.stated import of_kept

CATEGORIES = {
    "matched": "相符",
    "organic": "自然新增或与本活动无关",
    "waiting": "待完成",
    "ruled_out": "登记过，按规则不算",
    "conflict": "与先前数据不一致",
    "time_anomaly": "时间异常",
    "ambiguous": "分不清是谁",
    "not_allowed": "本活动不采用",
    "malformed": "无法读取",
}
TO_WORK_OFF = ("conflict", "time_anomaly", "ambiguous", "not_allowed", "malformed")

# Credits that are told one by one; of more their number.
MOST_TOLD = 200


class Loss(NamedTuple):
    """
    A credit that somebody holds today and a file takes away, or gives to another unit.

    Args:
        lines: The rows that do it.
        unit: Whose credit it is today.
        becomes: Whose it is then; None for nobody's.
        reason: Why nobody's, as the rule has it; None where it is another's.
    """

    lines: Sequence[int]
    unit: str
    becomes: str | None
    reason: str | None


@dataclass
class Report:
    """What a file holds, and what taking it in does (or, on a dry run, would do)."""

    batch: str
    rows: int = 0
    people: int = 0
    credited: int = 0  # standings that become a credit, or move to another unit
    lost: int = 0  # standings that lose one
    moved: int = 0  # of *credited*: those another unit had before
    reasons: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)  # "category: reason"
    totals: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)  # *lost* and *moved*, up to MOST_TOLD
    units: Counter[str] = field(default_factory=Counter)  # unit -> credits more, or less
    settled: int = 0  # older differences that this batch settles
    sha256: str = ""
    notes: list[Note] = field(default_factory=list)  # what was assumed of it
    repeated: bool = False  # this very file was taken in before
    confirmed_by: str = ""
    without_hash: int = 0  # claimants whom no hashed row finds: they came before the recipe


class Outcome(NamedTuple):
    """
    Where one row of a file ended.

    Args:
        category: One of CATEGORIES.
        reason: A word of `categories.categorise`; of a row that cannot be read, its problems as
            `bad_rows.kept` keeps them.
    """

    line: int
    last4: str
    category: str
    reason: str


@dataclass(frozen=True)
class Surveyed:
    """A chunk of a file as it is to be written; *differences* are what to look at."""

    rows: Rows
    differences: Sequence[tuple[int, str | None, str, str, str]]
    settled: Sequence[int]  # older differences that are dealt with by it
    outcomes: Sequence[Outcome] = ()

    def as_json(self) -> str:
        return json.dumps(
            {
                "columns": self.rows.packed(), "differences": self.differences,
                "settled": self.settled,
            },
            ensure_ascii=False, separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> "Surveyed":
        kept = json.loads(text)
        if isinstance(kept, dict):
            rows = Rows.unpacked(kept["columns"])
            differences, settled = kept["differences"], kept["settled"]
        else:
            # Row by row, as an earlier version left it on its way: perhaps with placeholders.
            items, differences, settled = kept
            rows = Rows.of(Item(*row[:4], *map(of_kept, row[4:7]), *row[7:]) for row in items)
        return cls(rows, [tuple(row) for row in differences], settled)


def told(report: Report) -> str:
    """Return *report* as JSON, as it is kept."""
    return json.dumps(vars(report), ensure_ascii=False, sort_keys=True)


class Outcomes:
    """
    Outcomes of a whole file, eight bytes a row, to be told in the order of its lines.

    A number holds line, ending (by its place in a list) and the last four digits.
    """

    def __init__(self) -> None:
        self._packed = array("Q")
        self._endings: dict[tuple[str, str, bool], int] = {}

    def add(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            key = (outcome.category, outcome.reason, outcome.last4 == "")
            ending = self._endings.setdefault(key, len(self._endings))
            self._packed.append(
                outcome.line << 32 | ending << 16 | int(outcome.last4 or 0)
            )

    def in_order(self) -> Iterator[Outcome]:
        endings = list(self._endings)
        for packed in sorted(self._packed):
            category, reason, nameless = endings[packed >> 16 & 0xFFFF]
            last4 = "" if nameless else f"{packed & 0xFFFF:04d}"
            yield Outcome(packed >> 32, last4, category, reason)
