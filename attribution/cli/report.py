"""`attribution report …`: what the office sends."""
from pathlib import Path

import click

from attribution.cli import of_snapshots
from attribution.cli.commands import DIR, FILE, Group, Where
from attribution.cli.tools import Opened, actor, instant_of, own_paths
from attribution.cli.writing import write_table
from attribution.faults import Code
from attribution.office import publicity
from attribution.papers import (
    assessment,
    bulletin,
    bulletin_files,
    exchange,
    from_snapshot,
    giving,
)
from attribution.papers.bulletin import Draft
from attribution.papers.how_named import Telling
from attribution.proof import given_out
from attribution.reports import exports, snapshots
from attribution.reports.about import about_text, period_text
from attribution.rule import instants
from attribution.rule.instants import to_datetime
from attribution.store.export_pages import Filter
from qrgen.extras import need_print
from qrgen.files import open_output, read_text
from qrgen.places import is_standard, messages_aside
from qrgen.shell import USAGE_AT_FAULT, Fault

group = Group("report")


@group.command("assessment")
@click.option("--out", type=FILE, required=True)
@click.option("--snapshot", "number", metavar="N", type=int)
def assess(where: Where, out: str, number: int | None) -> None:
    path = Path(out)
    now = instants.now()
    with messages_aside(path), Opened(where) as here:
        snapshot = from_snapshot.chosen(here.ledger, here.settings, now, actor(), number)
        with open_output(path, own_paths(here.settings), folders=False) as file:
            given = assessment.give(here.ledger, snapshot, actor(), now)
            file.write(given.content)
        print(f"snapshot {snapshot.number}: {given.rows} rows in {out}")


@group.command("exchange")
@click.option("--out", type=DIR, required=True)
@click.option("--unit", "units", metavar="ID,…")
@click.option("--snapshot", "number", metavar="N", type=int)
def exchange_packs(where: Where, out: str, units: str | None, number: int | None) -> None:
    folder = Path(out)
    now = instants.now()
    wanted = units.split(",") if units else None
    with Opened(where) as here:
        snapshot = from_snapshot.chosen(here.ledger, here.settings, now, actor(), number)
        for path, made in exchange.write(here, snapshot, folder, actor(), now, wanted):
            print(f"{made.unit}\t{path}\t{len(made.content)} bytes\t{made.people} people")


@group.command("finance")
@click.option("--out", type=FILE, required=True)
@click.option("--since", metavar="TIME")
@click.option("--until", metavar="TIME")
def finance(where: Where, out: str, since: str | None, until: str | None) -> None:
    path = Path(out)
    kind = "csv" if is_standard(path) else path.suffix.lower().removeprefix(".")
    if kind not in given_out.KINDS:
        raise Fault(Code.REPORT_SUFFIX, status=USAGE_AT_FAULT, kinds=list(given_out.KINDS))
    export = exports.EXPORTS["points"]
    chosen = Filter(instant_of(since, "--since"), instant_of(until, "--until"))
    given_as = {"since": since, "until": until}
    with messages_aside(path), Opened(where) as here:
        asked = given_out.Asked(
            export, given_out.FileForm(kind),
            {name: value for name, value in given_as.items() if value is not None},
            about=about_text(period=period_text(chosen.since, chosen.until)),
        )
        found = export.blocks(here.store, here.campaign.id, chosen)
        write_table(here, path, instants.now(), asked, found)


@group.command("pack")
@click.option("--out", type=FILE, required=True)
@click.option("--snapshot", "number", metavar="N", type=int)
@click.option("--day", is_flag=True)
@click.option("--week", is_flag=True)
@click.option("--since", metavar="DATE")
@click.option("--until", metavar="DATE")
def progress_pack(
    where: Where, out: str, number: int | None, day: bool, week: bool, since: str | None,
    until: str | None,
) -> None:
    path, now = Path(out), instants.now()
    with messages_aside(path), Opened(where) as here:
        need_print()  # before a snapshot is taken for nothing
        with open_output(path, own_paths(here.settings), folders=False) as file:
            one = of_snapshots.asked_for(here, now, number, day, week, since, until)
            made, given = giving.give_pack(here.ledger, actor(), now, one)
            file.write(made.content)
        print(f"{made.rows} files of snapshot {one.number} in {out}, given out as E{given:06}")


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
            here.ledger, actor(), now, taken, draft, Telling.of(here.campaign), kinds
        )
        for name, file in zip(filter(None, (out, pdf)), files, strict=True):
            with open_output(Path(name), own_paths(here.settings), folders=False) as made:
                made.write(file.content)
    print(f"{out}: snapshot {taken.number}, {paper.count} of {bulletin.MOST} characters")


def _texts(files: tuple[str, ...]) -> str:
    return "\n".join(read_text(Path(name)) for name in files)
