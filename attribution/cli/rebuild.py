"""`attribution rebuild`: everyone judged again from the log."""
import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import Opened, agreed, both, who
from attribution.deeds import Actor
from attribution.proof import checks
from attribution.rule import instants


@command("rebuild")
@click.option("--check", is_flag=True)
@click.option("--tallies", is_flag=True)
@both
def run(
    where: Where, check: bool, tallies: bool, by: str | None, second: str | None
) -> int:
    with Opened(where) as here:
        if check:
            differing = [person for person, _ in checks.differing(here.ledger)]
            for person in differing:
                print(f"person {person[:12]} stands otherwise than the rule says")
            print(f"{len(differing)} differences")
            return 1 if differing else 0
        if tallies:
            checks.rebuild_tallies(here.ledger, instants.now(), Actor(who()))
            print("the tallies are counted afresh")
            return 0
        by_whom = agreed(here, "rebuild", f"campaign {here.campaign.id}", {}, by, second)
        changed = checks.rebuild(here.ledger, instants.now(), by_whom)
        print(f"{changed} standings changed; the tallies are counted afresh")
    return 0
