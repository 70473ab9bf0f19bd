"""`attribution migrate`: the database up to date, and over the nodes of a cluster."""
import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import settings_of, who
from attribution.deeds import Actor
from attribution.office import second_steps
from attribution.rule import instants
from attribution.service import open_service
from attribution.store import cluster
from attribution.upkeep import distributing
from attribution.upkeep.housekeeping import keep_up


@command("migrate")
@click.option("--citus", is_flag=True)
@click.option("--citus-sql", is_flag=True)
def run(where: Where, citus: bool, citus_sql: bool) -> None:
    if citus_sql:
        print("".join(f"{statement};\n" for statement in cluster.statements()), end="")
        return
    service = open_service(settings_of(where), migrating=True)
    try:
        if citus:
            for table in distributing.distribute(service.store, instants.now(), Actor(who())):
                print(f"distributed {table}")
        keep_up(service.ledger, instants.now())
        for told in second_steps.prepare(service.store, service.settings):
            print(told)
    finally:
        service.close()
    print("the database is up to date")
