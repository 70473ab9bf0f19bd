"""
Try the promises of many nodes for real: python3 scripts/trial.py failover crowd copy

`failover`: two nodes under load, one killed -9 every few seconds, the primary killed once
and its synchronous standby promoted. `crowd`: a thousand phones claimed and completed at
once through both nodes. `copy`: a campaign of a million scans moved to PostgreSQL and back.
Residents keep every answer; at the end each is looked for in the ledger, and `attribution
check` must find nothing. The servers are PostgreSQL's own, started here.
"""
import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import bench
import bench_bulk
import bench_instance
import environment
import nodes
import partner_client
from environment import ROOT, Fault, say
from nodes import Node, Resident, Told

Result = dict[str, Any]


def main() -> int:
    parser = environment.parser(__doc__)
    parser.add_argument("what", nargs="+", choices=list(TRIALS), metavar="WHAT",
                        help=", ".join(TRIALS))  # fmt: skip
    parser.add_argument("--seconds", type=float, default=60, help="of load (%(default)s)")
    parser.add_argument("--people", type=int, default=1000, help="of the crowd (%(default)s)")
    parser.add_argument("--scans", type=int, default=1_000_000, help="to copy (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args()
    environment.enter(environment.TEST_LOCK)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    results: Result = {"machine": bench.machine()}
    for what in options.what:
        say(f"{what} …")
        with tempfile.TemporaryDirectory(prefix="zhuanma-trial-") as folder:
            instance = bench_instance.make_instance(Path(folder) / "instance")
            results[what] = TRIALS[what](instance, options)
        print(f"{what}: " + ", ".join(f"{k} {v}" for k, v in results[what].items()), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    return 0


# --- two nodes, kills and a failover ------------------------------------------------------


def try_failover(instance: Path, options: argparse.Namespace) -> Result:
    import stores

    with stores.pair() as (primary, standby):
        url = (
            f"postgresql://zhuanma@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
            "?target_session_attrs=read-write"
        )
        return failover(
            instance, url, options.seconds, lambda: stores.fail_over(primary, standby)
        )


def failover(
    instance: Path, url: str, seconds: float, fail_over: Callable[[], None], *,
    every_s: float = 3.0, residents: int = 8,
) -> Result:
    """Load two nodes of *url*, killing one every *every_s*; *fail_over* once, half-way."""
    key, secret = prepared(instance, url)
    paths = codes(instance)
    told, stop = Told(), threading.Event()
    pair = [Node(instance, url) for _ in range(2)]
    numbers = iter(range(10**7))
    mutex = threading.Lock()

    def live() -> None:
        chance = random.Random()
        with closing(Resident([node.port for node in pair], told, stop)) as resident:
            while not stop.is_set():
                unit = chance.choice(list(paths))
                token = resident.scan(paths[unit])
                if token and chance.random() < 0.3:
                    with mutex:
                        phone = bench_instance.made_up(next(numbers))
                    resident.claim(token, phone, unit, times=chance.choice((1, 1, 2)))

    def settle() -> None:
        while not stop.is_set():
            stop.wait(0.5)
            due = {p: u for p, u in list(told.claims.items()) if p not in told.facts}
            if due and bring(key, secret, [node.port for node in pair], sorted(due), stop):
                told.hear(lambda told, due=due: told.facts.update(due))  # type: ignore[misc]

    kills, restarts = 0, 0
    threads = [threading.Thread(target=live) for _ in range(residents)]
    threads += [threading.Thread(target=settle) for _ in range(2)]
    began = time.monotonic()
    try:
        for node in pair:
            node.start()
        for node in pair:
            node.wait()
        began = time.monotonic()
        for thread in threads:
            thread.start()
        failed_over, next_kill = False, began + every_s
        while time.monotonic() < began + seconds or not failed_over:
            time.sleep(0.1)
            for node in pair:  # as a service manager does
                if not node.is_running():
                    node.start()
                    restarts += 1
            if not failed_over and time.monotonic() > began + seconds / 2:
                fail_over()
                failed_over = True
            if time.monotonic() > next_kill:
                if pair[(kills + 1) % 2].is_ready():  # never both at once
                    pair[kills % 2].kill()
                    kills += 1
                next_kill = time.monotonic() + every_s
        for node in pair:
            if not node.is_running():
                node.start()
            node.wait()
        time.sleep(1)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
        for node in pair:
            node.stop()
    return {
        "seconds": round(time.monotonic() - began), "kills": kills, "restarts": restarts,
        "failovers": 1, **compared(instance, url, told),
    }


# --- a crowd ------------------------------------------------------------------------------


def try_crowd(instance: Path, options: argparse.Namespace) -> Result:
    import stores

    with stores.new_url("postgres", instance) as url:
        return crowd(instance, url, options.people)


def crowd(instance: Path, url: str, people: int) -> Result:
    """Have *people* phones claimed and completed at once, each through both nodes."""
    key, secret = prepared(instance, url)
    paths = codes(instance)
    units = list(paths)
    told, stop = Told(), threading.Event()
    with nodes.running(2, instance, url) as pair:
        ports = [node.port for node in pair]
        forms = {}
        with closing(Resident(ports, told, stop)) as resident:
            for number in range(people):
                unit = units[number % len(units)]
                forms[number] = (resident.scan(paths[unit]), unit)

        def act(job: tuple[str, int, int]) -> None:
            what, number, turn = job
            phone = bench_instance.made_up(number)
            if what == "claim":
                token, unit = forms[number]
                assert token
                with closing(Resident([ports[turn]], told, stop)) as resident:
                    resident.claim(token, phone, unit)
            else:
                some = [bench_instance.made_up(n) for n in range(number, min(number + 10, people))]
                bring(key, secret, [ports[turn]], some, stop)

        jobs = [("claim", n, turn) for n in range(people) for turn in (0, 1)]
        jobs += [("facts", n, turn) for n in range(0, people, 10) for turn in (0, 1)]
        random.shuffle(jobs)
        began = time.monotonic()
        with ThreadPoolExecutor(24) as pool:
            list(pool.map(act, jobs))
        taken = time.monotonic() - began
    told.facts = dict(told.claims)
    if len(told.claims) != people:
        raise Fault(f"{len(told.claims)} claims were answered, not {people}")
    return {"requests": len(jobs), "took_s": round(taken, 1), **compared(instance, url, told)}


# --- a copy -------------------------------------------------------------------------------


def try_copy(instance: Path, options: argparse.Namespace) -> Result:
    import stores

    with stores.new_url("postgres", instance) as url:
        return copy(instance, url, options.scans)


def copy(instance: Path, url: str, scans: int) -> Result:
    """Copy a campaign of *scans* (and a hundredth as many people) to *url*, and back."""
    people = max(scans // 100, 10)
    bench_bulk.fill(instance, scans)
    complete(instance, people)
    bench_instance.command(["seal", "--instance", str(instance)])
    here = f"sqlite:///{(instance / 'ledger.db').resolve().as_posix()}"
    back = f"sqlite:///{(instance / 'back.db').resolve().as_posix()}"
    found: Result = {"scans": scans, "people": people}
    for name, source, target in (("there", here, url), ("back", url, back)):
        found[f"{name}_s"] = round(bench_instance.command(
            ["copy", "--from", source, "--to", target, "--instance", str(instance)]
        ).seconds, 1)
    for name, database in (("sqlite", here), ("postgres", url), ("returned", back)):
        began = time.monotonic()
        findings = check(instance, database)
        found[f"{name}_check_s"] = round(time.monotonic() - began, 1)
        found[f"{name}_findings"] = len(findings)
        if findings:
            raise Fault(f"check of {name}: {findings[0]}")
    return found


def complete(instance: Path, people: int) -> None:
    """Have *people* claim, and the platform say that they did all."""
    from attribution import judging
    from attribution.resident import claims
    from attribution.resident.form_tokens import Form
    from attribution.rule import instants
    from attribution.rule.people import identify
    from attribution.store import standings

    service = bench_instance.opened(instance)
    opened = [service.scans.open(path[3:]) for path in bench_instance.scan_paths(instance)]
    now = instants.now()
    for first in range(0, people, 500):
        rows = []
        for number in range(first, min(first + 500, people)):
            found = opened[number % len(opened)]
            person = identify(bench_instance.made_up(number), service.settings.person_pepper)
            claims.claim(
                service.ledger, found, Form(number + 1, now, found.code), person,
                now, consent="trial", network="", client="other",
            )
            rows.append(standings.FactRow(
                service.store.next_id(now), service.campaign.id, person.digest, now, now,
                "trial", person.last4, now, now, now,
            ))
        with service.store.transaction() as connection:
            standings.add_facts(connection, rows)
            judging.refresh(
                service.ledger, connection, [row.person for row in rows], now,
                "feed",
            )
    service.close()


# --- what they share ----------------------------------------------------------------------


def open_at(instance: Path, url: str, *, migrating: bool = False) -> Any:
    from attribution.service import open_service
    from attribution.settings import load_settings

    return open_service(
        load_settings(instance, environ={"ZHUANMA_DATABASE": url}), migrating=migrating
    )


def prepared(instance: Path, url: str) -> tuple[str, str]:
    """Make the tables at *url* and put the units in; return a partner's key and secret."""
    from attribution.deeds import Actor
    from attribution.facts import partners
    from attribution.office.units import import_units
    from attribution.rule import instants

    service = open_at(instance, url, migrating=True)
    now = instants.now()
    import_units(service.ledger, now, Actor("trial"))
    made = partners.add(
        service.store, service.settings.seal_keys, "bank", partners.MAY, Actor("trial"), now
    )
    service.close()
    return made


def codes(instance: Path) -> dict[str, str]:
    """Return unit -> the path of its code."""
    return {path[3:].partition("-")[0]: path for path in bench_instance.scan_paths(instance)}


def bring(
    key: str, secret: str, ports: Sequence[int], phones: Sequence[str], stop: threading.Event
) -> bool:
    """Send the platform's word about *phones*, again at the next node until it is taken."""
    from attribution.rule import instants

    at = instants.iso_text(instants.now())
    items = [
        {"phone": phone, "registered_at": at, "card_bound_at": at, "first_txn_at": at}
        for phone in phones[: partner_client.MOST]
    ]
    request = f"trial-{random.getrandbits(64):016x}"
    while not stop.is_set():
        for port in ports:
            try:
                partner_client.post(
                    f"http://127.0.0.1:{port}", key, secret, "/api/v1/facts", {"items": items},
                    request, tries=1,
                )
            except RuntimeError as error:
                if str(error)[:2] in ("40", "41", "42") and not str(error).startswith("429"):
                    raise Fault(f"the facts were refused: {error}") from None
                stop.wait(0.05)
            else:
                return True
    return False


def check(instance: Path, url: str) -> list[str]:
    """Return what `attribution check` finds at *url*, the seals included."""
    from attribution.proof import checks, heads

    service = open_at(instance, url)
    try:
        return [
            f"{finding.question}: {finding.detail}"
            for finding in checks.check(
                service.ledger, heads.verifiers(service.ledger, service.settings)
            )
        ]
    finally:
        service.close()


def compared(instance: Path, url: str, told: Told) -> Result:
    """
    Hold what was answered against the ledger.

    Raises:
        Fault: something was lost, doubled or credited wrongly.
    """
    from attribution.proof import heads
    from attribution.rule import instants
    from attribution.rule.people import identify

    service = open_at(instance, url)
    pepper = service.settings.person_pepper
    with service.store.read() as connection:
        scans = {row["id"] for row in connection.rows("select id from scan")}
        claims = Counter(
            (row["person"], row["unit"])
            for row in connection.rows("select person, unit from claim")
        )
        credits = Counter(row["person"] for row in connection.rows("select person from credit"))
        credited = {
            row["person"]: row["credited"]
            for row in connection.rows("select person, credited from standing")
        }
    persons = {phone: identify(phone, pepper).digest for phone in told.claims}
    lost_scans = told.scans - scans
    lost_claims = [p for p, unit in told.claims.items() if (persons[p], unit) not in claims]
    wrong = [p for p, unit in told.facts.items() if credited.get(persons[p]) != unit]
    doubled = [one for one, n in (*claims.items(), *credits.items()) if n > 1]
    heads.seal_now(service.ledger, service.settings, instants.now())
    service.close()
    findings = check(instance, url)
    found = {
        "scans": len(told.scans), "claims": len(told.claims), "credits": len(told.facts),
        "sent_again": told.again, "longest_silence_s": round(told.longest_s, 1),
        "lost": len(lost_scans) + len(lost_claims), "wrong": len(wrong),
        "doubled": len(doubled), "findings": len(findings),
    }
    if not told.scans or not told.claims or not told.facts:
        raise Fault(f"nothing was tried: {found}")
    if any(found[name] for name in ("lost", "wrong", "doubled", "findings")):
        raise Fault(f"the promise is broken: {found}", "; ".join(findings[:3]))
    return found


TRIALS: dict[str, Callable[[Path, argparse.Namespace], Result]] = {
    "failover": try_failover, "crowd": try_crowd, "copy": try_copy,
}

if __name__ == "__main__":
    sys.exit(environment.run_script(main))
