"""
What the servers behind a ledger tell of themselves that no single write finds out.

A standby refuses writes in the words of a transaction; a cluster that lacks a worker takes
those rows that fall to the others.
"""
from attribution.store.engine.database import Connection, StoreError


def unwell(connection: Connection) -> list[str]:
    """
    Return why this server takes not all writes: its cluster lacks a worker.

    Question of Citus where it has the function for it (11 and later), which has every node try
    every other. A node that cannot be asked finds nobody: of those only itself is missing.

    Raises:
        StoreError: it is a standby, and takes none.
    """
    found = connection.one("select pg_is_in_recovery() as standby")
    if found and found["standby"]:
        raise StoreError("the server is a standby, which takes no writes")
    there = connection.one(
        "select to_regprocedure('citus_check_cluster_node_health()') is not null as citus"
    )
    if not there or not there["citus"]:
        return []
    # Else half a minute for each that is gone.
    connection.run("set local citus.node_connection_timeout = '2s'")
    return [f"worker {row['node']} does not answer" for row in connection.rows(_MISSING)]


_MISSING = """
    with asked as (
        select from_nodename || ':' || from_nodeport as source,
            to_nodename || ':' || to_nodeport as node, result
        from citus_check_cluster_node_health()
    )
    select node from asked where not result
    union select source as node from asked group by source having bool_and(result is null)
    order by node"""
