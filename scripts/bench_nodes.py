"""
Scans on either engine: where `bench.py scan` puts its ledger, and one node against two.

Real nodes (`attribution serve`, one worker each) on SQLite and on one PostgreSQL, all on
loopback. Server, nodes and load share this machine, so read the ratios, not the figures.
Where ZHUANMA_TEST_CITUS names a cluster: three nodes on it, in turns with three on its
coordinator's server alone.
"""
import argparse
import contextlib
import os
import statistics
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bench_bulk
import bench_load
import nodes
from bench_instance import make_instance, opened, ratio, scan_paths
from bench_load import Load

Result = dict[str, Any]


@contextmanager
def ledger(instance: Path, database: str) -> Iterator[str]:
    """
    Give the URL of a ledger with the instance's units, for the length of the block.

    Args:
        database: ``sqlite`` (the instance's own), ``postgres`` (a server started here), or
            the URL of an empty database.
    """
    from attribution.deeds import Actor
    from attribution.office.units import import_units
    from attribution.rule import instants
    from attribution.service import open_service
    from attribution.settings import load_settings

    def fill(url: str) -> None:
        settings = load_settings(instance, environ={"ZHUANMA_DATABASE": url})
        service = open_service(settings, migrating=True)
        import_units(service.ledger, instants.now(), Actor("bench"))
        service.store.prepare(instants.now())
        service.close()

    if database == "sqlite":
        yield f"sqlite:///{(instance / 'ledger.db').resolve().as_posix()}"
    elif database == "postgres":
        import stores

        with stores.new_url("postgres", instance) as url:
            fill(url)
            yield url
    else:
        fill(database)
        yield database


def count_scans(url: str) -> int:
    """Return how many scans are there."""
    from attribution.store import open_store

    store = open_store(url)
    try:
        with store.read() as connection:
            row = connection.one("select count(*) as n from scan")
    finally:
        store.close()
    return int(row["n"]) if row else 0


def bench_nodes(folder: Path, args: argparse.Namespace) -> Result:
    """One node on SQLite, one and two on one PostgreSQL, 32 connections in all."""
    instance = make_instance(folder / "nodes")
    paths = scan_paths(instance)
    cases = [(1, "sqlite"), (1, "postgres"), (2, "postgres")]
    if args.database not in ("sqlite", "postgres"):
        cases = [(1, args.database), (2, args.database)]
    taken: dict[tuple[int, str], list[Load]] = {case: [] for case in cases}
    lost = 0
    for _ in range(args.rounds):  # in turns: what else runs here falls on all alike
        for (count, database), loads in taken.items():
            with ledger(instance, database) as url:
                before = count_scans(url)
                with nodes.running(count, instance, url) as running:
                    ports = [node.port for node in running]
                    warm = visit(ports, paths, 32, 1)
                    load = visit(ports, paths, 32, args.seconds)
                loads.append(load)
                there = count_scans(url) - before
                lost += max(warm.answered + load.answered - there, 0)
    rates = {case: statistics.median(load.rate for load in loads) for case, loads in taken.items()}
    runs = [
        {
            "nodes": count, "database": database.partition(":")[0], "per_second": round(rate),
            "p99_ms": round(statistics.median(x.p99_ms for x in taken[count, database]), 1),
            "failed": sum(x.failed for x in taken[count, database]),
        }
        for (count, database), rate in rates.items()
    ]
    ratios: Result = {"nodes_lost": lost}
    if len(cases) == 3:
        ratios["postgres_vs_sqlite"] = ratio(rates[cases[1]], rates[cases[0]])
    ratios["two_nodes_vs_one"] = ratio(rates[cases[-1]], rates[cases[-2]])
    if "ZHUANMA_TEST_CITUS" in os.environ:
        more = bench_cluster(instance, args)
        runs += more["runs"]
        ratios.update(more["ratios"])
    return {"runs": runs, "ratios": ratios}


def bench_cluster(instance: Path, args: argparse.Namespace) -> Result:
    """
    Three nodes on a cluster, beside as many on one server of it, pair by pair: scans by 32
    connections, and claims through the store by 32 threads.
    """
    import cluster_stores

    from attribution.store import cluster, open_store

    paths = scan_paths(instance)
    taken: dict[str, dict[str, list[Load]]] = {"scans": {}, "claims": {}}
    lost, count = 0, args.rows or 600
    # As many shards as a cluster makes unless it is told.
    with cluster_stores.plain_url() as plain, cluster_stores.bare_url(shards=32) as spread:
        with contextlib.closing(open_store(spread)) as store:
            store.migrate()
            cluster.distribute(store.database, cluster.due(store.database))
        for round_ in range(args.rounds):
            for name, url in (("postgres", plain), ("citus", spread)):
                with ledger(instance, url):
                    pass
                before = count_scans(url)
                with nodes.running(3, instance, url) as running:
                    ports = [node.port for node in running]
                    warm = visit(ports, paths, 32, 2)
                    load = visit(ports, paths, 32, args.seconds)
                taken["scans"].setdefault(name, []).append(load)
                lost += max(warm.answered + load.answered - (count_scans(url) - before), 0)
                with contextlib.closing(opened(instance, url)) as service:
                    people = range(round_ * count, (round_ + 1) * count)
                    load = bench_bulk.claims_by(service, 32, people)
                taken["claims"].setdefault(name, []).append(load)
    runs = [
        {
            "nodes": 3, "database": f"{what}, {name}",
            "per_second": round(statistics.median(load.rate for load in loads)),
            "p99_ms": round(statistics.median(load.p99_ms for load in loads), 1),
            "failed": sum(load.failed for load in loads),
        }
        for what, by in taken.items() for name, loads in by.items()
    ]
    ratios: Result = {"citus_lost": lost}
    for what, by in taken.items():
        pairs = zip(by["citus"], by["postgres"], strict=True)
        each = sorted(ratio(one.rate, other.rate) for one, other in pairs)
        ratios[f"citus_{what}_vs_postgres"] = statistics.median(each)
        ratios[f"citus_{what}_vs_postgres_pairs"] = ", ".join(map(str, each))
    return {"runs": runs, "ratios": ratios}


def visit(ports: Sequence[int], paths: list[str], connections: int, seconds: float) -> Load:
    """Load all *ports* at once and add up; the worse of the waits."""
    with ThreadPoolExecutor(len(ports)) as pool:
        loads = list(pool.map(
            lambda port: bench_load.run(port, paths, connections // len(ports), seconds), ports
        ))
    return Load(
        sum(load.answered for load in loads), sum(load.failed for load in loads),
        max(load.seconds for load in loads), max(load.p50_ms for load in loads),
        max(load.p99_ms for load in loads),
    )
