"""`migrate --citus`: the tables of a ledger are distributed over the nodes of a cluster."""
from attribution.deeds import Actor, Kind, do
from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.store import Store, StoreError, cluster
from qrgen.faults import USAGE_AT_FAULT, Fault


def distribute(store: Store, now: Instant, actor: Actor) -> list[str]:
    """
    Distribute the tables that are not yet, and return their names.

    Entered before the first of them, as the server moves each in a transaction of its own;
    run again after an interruption, the entry names those that were left.

    Raises:
        Fault: this is no cluster, or it refuses.
    """
    if store.database.dialect != "postgresql":
        raise Fault(Code.NOT_POSTGRESQL, status=USAGE_AT_FAULT)
    try:
        due = cluster.due(store.database)
        names = [place.table for place in due]
        if due:
            do(store, actor, now, lambda doing: doing.enter(
                Kind.DISTRIBUTED, f"{len(due)} tables", after=names
            ))
        cluster.distribute(store.database, due)
    except StoreError as error:
        raise Fault(Code.NOT_DISTRIBUTABLE, error=str(error)) from None
    return names


def close(store: Store) -> bool:
    """Close the logs to `truncate`; return whether they are: a superuser may do all the same."""
    return not store.write(cluster.close_to_truncate)
