"""`attribution migrate`: the database up to date, and over the nodes of a cluster."""
import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import settings_of
from attribution.faults import Code
from attribution.office import second_steps
from attribution.rule import instants
from attribution.service import open_service
from attribution.store import Store, StoreError, cluster
from attribution.upkeep.housekeeping import keep_up
from qrgen.shell import USAGE_AT_FAULT, Fault


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
            _distribute(service.store)
        keep_up(service.ledger, instants.now())
        for told in second_steps.prepare(service.store, service.settings):
            print(told)
    finally:
        service.close()
    print("the database is up to date")


def _distribute(store: Store) -> None:
    if store.database.dialect != "postgresql":
        raise Fault(Code.CITUS_NEEDS_POSTGRESQL, status=USAGE_AT_FAULT)
    try:
        for table in cluster.distribute(store.database):
            print(f"distributed {table}")
    except StoreError as error:
        raise Fault(Code.CITUS_REFUSES, problem=str(error)) from None
