"""`attribution check`: the questions whose answer must be none."""
from attribution.cli.commands import Where, command
from attribution.cli.tools import Opened
from attribution.proof import checks, heads, people_checks


@command("check")
def run(where: Where) -> int:
    with Opened(where) as here:
        found = checks.check(
            here.ledger, heads.verifiers(here.ledger, here.settings), here.settings.second_keys
        ) + people_checks.check(here.ledger)
    for finding in found:
        print(f"{finding.question}: {finding.detail}")
    print("the ledger is sound" if not found else f"{len(found)} findings")
    return 1 if found else 0
