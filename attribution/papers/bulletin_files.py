"""A bulletin leaves the house: made, checked, entered, and kept with its snapshot."""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.papers import bulletin
from attribution.papers.bulletin import Draft, Paper
from attribution.papers.how_named import Telling
from attribution.proof import given_out
from attribution.reports.snapshots import Snapshot
from attribution.rule.instants import Instant
from qrgen.extras import need_print

# The kinds of file there are, and what a browser is told of each.
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class BulletinFile:
    name: str
    content: bytes


def give(
    ledger: Ledger, actor: Actor, now: Instant, snapshot: Snapshot, draft: Draft,
    telling: Telling, kinds: Sequence[str],
) -> tuple[Paper, list[BulletinFile]]:
    """
    Return the paper and its files of *kinds*, entered as given out.

    Raises:
        Fault: as `bulletin.make`, or what draws papers is not installed.
    """
    need_print()
    paper = bulletin.make(snapshot.number, snapshot.figures, draft, telling)
    stem = f"{paper.kind}-{snapshot.number}-{paper.day:%Y%m%d}"
    files = [BulletinFile(f"{stem}.{kind}", _writers()[kind](paper)) for kind in kinds]
    rows = sum(len(table.rows) for table in paper.attached)
    for file in files:
        given_out.give_whole(ledger, actor, now, given_out.Whole(
            file.name, file.content, rows, snapshot=snapshot.number, kind="bulletin",
        ))
    return paper, files


def _writers() -> Mapping[str, Callable[[Paper], bytes]]:
    # Of the extra [print].
    from attribution.papers import official_docx, official_pdf

    return {"docx": official_docx.write, "pdf": official_pdf.write}
