"""A pack given out: made, numbered, entered, and kept among the files of its snapshot."""
from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.papers import pack, pack_words
from attribution.papers.how_named import Telling
from attribution.proof import given_out
from attribution.reports import snapshots
from attribution.reports.snapshots import Snapshot
from attribution.rule.instants import Instant

KIND = "pack"


def give_pack(
    ledger: Ledger, actor: Actor, now: Instant, snapshot: Snapshot
) -> tuple[given_out.Whole, int]:
    """
    Return the progress pack of *snapshot*, and the number under which it is given out.

    Each file in it is entered by itself too: they are sent on one by one.

    Raises:
        Fault: what draws papers is not installed.
    """
    number, figures = snapshot.number, snapshot.figures
    files = pack.files(number, figures, Telling.of(ledger.campaign))
    made = given_out.Whole(
        f"{pack_words.file_stem(number, figures)}.zip", pack.zipped(files, figures.at), len(files),
        {"snapshot": str(number)}, snapshot=number, kind=KIND,
    )
    snapshots.add_files(
        ledger, now, actor, number, KIND,
        [(file.name, file.sha256) for file in files],
    )
    return made, given_out.give_whole(ledger, actor, now, made)
