"""`attribution trace`: what a credit rests on, or what else a text finds."""
import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import Opened
from attribution.ledger import Ledger
from attribution.office import search, trace
from attribution.rule import instants
from attribution.store import registry
from qrgen.faults import Fault


@command("trace")
@click.argument("what")
@click.option("--json", "as_json", is_flag=True)
def run(where: Where, what: str, as_json: bool) -> None:
    with Opened(where) as here:
        try:
            persons = trace.find(here.ledger, what, here.settings.person_pepper)
        except Fault as fault:
            # As the console's box: four digits alone, a day without its year, a unit, a file.
            found = _search(here.ledger, what, here.settings.person_pepper)
            if not found.count:
                raise fault
            persons = list(found.persons)
            for line in search.lines(found):
                print(line)
        for person in persons:
            told = trace.trace(here.ledger, person)
            if as_json:
                print(trace.as_json(told))
            else:
                for line in trace.lines(told):
                    print(line)


def _search(ledger: Ledger, what: str, key: str) -> search.Found:
    with ledger.store.read() as connection:
        snapshot = registry.read(connection, ledger.campaign.id)
    return search.search(
        ledger, search.read(what, instants.now()), snapshot, receipt_key=key, only=None,
        people=True, accounts=True, batches=True,
    )
