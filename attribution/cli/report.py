"""`attribution report …`: what the office sends."""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.tools import Opened, actor, instant_of, own_paths
from attribution.faults import Code
from attribution.office import publicity
from attribution.papers import bulletin, bulletin_files
from attribution.papers.bulletin import Draft
from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import to_datetime
from qrgen.faults import Fault
from qrgen.files import open_output, read_text
from qrgen.places import messages_aside

group = Group("report")


@group.command("slogans")
@click.option("--out", type=FILE, required=True)
def slogans(where: Where, out: str) -> None:
    path = Path(out)
    with messages_aside(path), Opened(where) as here:
        with open_output(path, own_paths(here.settings), folders=False) as file:
            count = publicity.write(here, file, None)
        print(f"{count} files in {out}")


@group.command("bulletin")
@click.option("--out", type=FILE, required=True)
@click.option("--pdf", type=FILE)
@click.option("--snapshot", type=click.IntRange(1))
@click.option("--kind", type=click.Choice(list(bulletin.KINDS)), default=bulletin.REPORT)
@click.option("--issuer")
@click.option("--date", "day")
@click.option("--issue", default="")
@click.option("--number", default="")
@click.option("--to", default="")
@click.option("--copy", default="")
@click.option("--problems", type=FILE, multiple=True)
@click.option("--next", "steps", type=FILE, multiple=True)
def make_bulletin(where: Where, out: str, pdf: str | None, snapshot: int | None, kind: str,
                  issuer: str | None, day: str | None, problems: tuple[str, ...],
                  steps: tuple[str, ...], **typed: str) -> None:
    path, now = Path(out), instants.now()
    with messages_aside(path), Opened(where) as here:
        taken = snapshots.get(here.ledger, snapshot) if snapshot else snapshots.latest(here.ledger)
        if taken is None:
            raise Fault(Code.BULLETIN_NO_SNAPSHOT)
        on = instant_of(day, "--date")
        draft = Draft(
            kind, taken.figures.about.issuer if issuer is None else issuer,
            to_datetime(taken.at if on is None else on).date(),
            problems=_texts(problems), steps=_texts(steps), **typed,
        )
        kinds = ["docx", *(["pdf"] if pdf else [])]
        paper, files = bulletin_files.give(
            here.ledger, actor(), now, taken, draft, bulletin.Allowed(), kinds
        )
        for name, file in zip(filter(None, (out, pdf)), files, strict=True):
            with open_output(Path(name), own_paths(here.settings), folders=False) as made:
                made.write(file.content)
    print(f"{out}: snapshot {taken.number}, {paper.count} of {bulletin.MOST} characters")


def _texts(files: tuple[str, ...]) -> str:
    return "\n".join(read_text(Path(name)) for name in files)
