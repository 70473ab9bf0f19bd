"""
`attribution migrate`: the database up to date, and over the nodes of a cluster.

Where an earlier rule of credit judged people, it first lists whose credit would move, and
judges nobody before somebody who read the list says so.
"""
import csv
from itertools import chain
from pathlib import Path

import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import agreed, both, own_paths, settings_of, who
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import first_people, second_steps
from attribution.proof import key_change
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.rule.terms import RULE
from attribution.service import Service, open_service
from attribution.store import cluster, hands
from attribution.upkeep import distributing, judging_again
from attribution.upkeep.housekeeping import keep_up
from qrgen.files import open_text
from qrgen.shell import Fault


@command("migrate")
@click.option("--judge-again", is_flag=True)
@click.option("--citus", is_flag=True)
@click.option("--citus-sql", is_flag=True)
@both
def run(
    where: Where, judge_again: bool, citus: bool, citus_sql: bool, by: str | None,
    second: str | None,
) -> None:
    if citus_sql:
        print("".join(f"{statement};\n" for statement in cluster.statements()), end="")
        return
    begun = instants.now()
    service = open_service(settings_of(where), migrating=True)
    try:
        if citus:
            for table in distributing.distribute(service.store, instants.now(), Actor(who())):
                print(f"distributed {table}")
            if not distributing.close(service.store):
                print("the logs can be emptied by truncate: let the service's role be no superuser")
        keep_up(service.ledger, instants.now())
        for told in second_steps.prepare(service.store, service.settings):
            print(told)
        for told in key_change.prepare(service.ledger, service.settings):
            print(told)
        if judging_again.is_due(service.ledger):
            _judge_again(service, judge_again, begun, by, second)
        lacking = first_people.is_due(service.ledger, instants.now())
    finally:
        service.close()
    print("the database is up to date")
    if lacking:
        print("what counts takes two people from now on; `attribution init` makes those who lack")


def _judge_again(
    service: Service, read: bool, begun: Instant, by: str | None, second: str | None
) -> None:
    """List whose credit the rule moves; judge everybody when nobody's does, or it was *read*."""
    path = service.settings.instance / f"rule-{RULE}-moves.csv"
    moved, listed = _listed(service, path), None
    if moved:
        listed = path.name
        if not read:
            raise Fault(Code.JUDGE_AGAIN_MOVES, moved=moved, rule=RULE, file=path)
    judging = Actor(who())
    with service.store.read() as connection:
        since = hands.on_since(connection, service.campaign.id)
    # A ledger that came to the rule of two with this very step has nobody yet to agree.
    if moved and since is not None and since < begun:
        judging = agreed(
            service, "judge_again", f"campaign {service.campaign.id}", {"rule": RULE}, by, second
        )
    judged = judging_again.judge_again(service.ledger, instants.now(), judging, listed)
    print(
        f"{judged.people} people judged again by rule {RULE}, {judged.moved} count otherwise"
        + (f": {path}" if listed else "")
    )


def _listed(service: Service, path: Path) -> int:
    """Write a line for everybody whose credit moves to *path*; return how many, 0 writes none."""
    moves = judging_again.moves(service.ledger)
    begun = next(moves, None)
    if begun is None:
        return 0
    count = 0
    with open_text(path, own_paths(service.settings), encoding="utf-8-sig") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["person", "last4", "now", "then", "reason"])
        for moved in chain([begun], moves):
            count += 1
            writer.writerow([
                moved.person[:12], moved.last4, moved.now or "", moved.then or "",
                moved.reason or "",
            ])
    return count
