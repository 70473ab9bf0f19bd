"""`attribution trace`: what a credit rests on."""
import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import Opened
from attribution.office import trace


@command("trace")
@click.argument("what")
@click.option("--json", "as_json", is_flag=True)
def run(where: Where, what: str, as_json: bool) -> None:
    with Opened(where) as here:
        for person in trace.find(
            here.ledger, what, here.settings.person_pepper
        ):
            told = trace.trace(here.ledger, person)
            if as_json:
                print(trace.as_json(told))
            else:
                for line in trace.lines(told):
                    print(line)
