"""
Whoever has the machine and every key of it: changes rows, forgets the log, seals it all anew.
"""
from attribution.proof import heads
from attribution.rule import instants
from attribution.service import Service
from attribution.store.engine.database import Connection
from attribution.store.triggers import past_the_triggers

_OF_THE_LOG = ("log_leaf", "log_tile", "log_head", "log_mark")


def change(service: Service, table: str, *statements: str) -> None:
    """Run *statements* against a *table* whose rows nothing may change."""
    store = service.store

    def run(connection: Connection) -> None:
        with past_the_triggers(connection, store.database.dialect, [table]):
            for statement in statements:
                connection.run(statement)

    store.write(run)


def seal_anew(service: Service, *, counts: bool = True) -> None:
    """Forget the log, its marks and counts, and seal every row as if for the first time."""
    tables = [*_OF_THE_LOG, *(["unit_count"] if counts else [])]
    store = service.store

    def forget(connection: Connection) -> None:
        with past_the_triggers(connection, store.database.dialect, tables):
            for table in tables:
                connection.run(f"delete from {table}")

    store.write(forget)
    heads.seal_now(service.ledger, service.settings, instants.now())
