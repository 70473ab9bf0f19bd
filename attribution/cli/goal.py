"""`attribution goal …`: the county's goals, and what areas counted before."""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.layout import print_notes
from attribution.cli.tools import Opened, actor, instant_of
from attribution.office import stated_figures
from attribution.office.stated_figures import Figure
from attribution.reports import goals
from attribution.rule import instants
from attribution.rule.instants import day_of

group = Group("goal")


@group.command("list")
def show(where: Where) -> None:
    with Opened(where) as here:
        stands, bases = goals.read(here.store, here.campaign, instants.now())
    print("goal\tlabel\twanted\tby\treached\tday\tsource\tpercent\ta day needed\tat this rate")
    for one in stands:
        print("\t".join(_text(value) for value in (
            one.goal.key, one.goal.label, one.goal.number, one.goal.by, one.number, one.day,
            one.source or ("" if one.number is None else "ledger"), one.share, one.needed,
            one.likely,
        )))
    print("area\tname\thouseholds\texisting users\teffective\tper 100 households")
    for base in bases:
        print("\t".join(_text(value) for value in (
            base.unit, base.name, base.households and base.households["number"],
            base.users and base.users["number"], base.effective, base.per_hundred,
        )))


@group.command("state")
@click.argument("key", metavar="KEY")
@click.argument("number", metavar="NUMBER", type=int)
@click.option("--source", metavar="NAME", required=True)
@click.option("--day", metavar="DATE")
def state(where: Where, key: str, number: int, source: str, day: str | None) -> None:
    now = instants.now()
    with Opened(where) as here:
        figure = Figure(key, "", _day(day) or day_of(now), number, source)
        stated_figures.state(here.ledger, [figure], now, actor())
    print(f"{key} of {figure.day}: {number}, by {source}")


@group.command("import")
@click.argument("file", type=FILE)
@click.option("--source", metavar="NAME", default="")
@click.option("--day", metavar="DATE")
def take(where: Where, file: str, source: str, day: str | None) -> None:
    with Opened(where) as here:
        taken = stated_figures.take(
            here.ledger, Path(file), instants.now(), actor(), source=source, day=_day(day)
        )
    print(f"{len(taken.figures)} figures are taken in; they credit nobody")
    print_notes(taken.notes)


def _day(text: str | None) -> int | None:
    at = instant_of(text, "--day") if text else None
    return None if at is None else day_of(at)


def _text(value: object) -> str:
    return "-" if value is None else str(value)
