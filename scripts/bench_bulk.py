"""
What `bench.py` measures besides the scan page: claims, feed files, downloads, the console.

Each in a fresh instance in a temporary folder; commands as `bench_instance.command` runs them.
"""

import argparse
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench_instance import command, made_up, make_instance, opened, ratio
from bench_load import Load
from bench_plain_feed import plain_core_seconds
from bench_tables import reader_ratios
from environment import Fault

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.office import passwords

Result = dict[str, Any]

# A county's campaign: with fewer days than rows for each, every unit has scans on every day
# from the smallest size on, and the tables of all sizes have as many lines to add up.
DAYS = 60


# --- claims -------------------------------------------------------------------------------


def bench_claim(folder: Path, args: argparse.Namespace) -> Result:
    """Claims through the store by 32 threads, as the view makes them; then one at a time."""
    service = opened(make_instance(folder / "claim"))
    count = args.rows or 5000
    runs: list[Result] = []
    for threads, numbers in ((32, range(count)), (1, range(count, count + count // 5))):
        load = claims_by(service, threads, numbers)
        runs.append({
            "what": f"claims, {threads} threads", "per_second": round(load.rate),
            "p50_ms": round(load.p50_ms, 2), "p99_ms": round(load.p99_ms, 2),
        })  # fmt: skip
    service.close()
    return {"runs": runs, "ratios": {
        "claims_32_vs_1_thread": ratio(runs[0]["per_second"], runs[1]["per_second"]),
    }}  # fmt: skip


def claims_by(service: Any, threads: int, numbers: Sequence[int]) -> Load:
    """Make a claim of each of the people *numbers*."""
    from concurrent.futures import ThreadPoolExecutor

    from attribution.resident import claims
    from attribution.resident.form_tokens import Form
    from attribution.rule import instants
    from attribution.rule.people import identify
    from qrgen.codes import Code

    found = [service.scans.check(Code(unit)) for unit in sorted(service.scans.snapshot().units)]

    def claim(number: int) -> float:
        began = time.monotonic()
        now = instants.now()
        code = found[number % len(found)]
        person = identify(made_up(number), service.settings.person_pepper, service.settings.digest)
        form = Form(service.store.next_id(now), now, code.code)
        claims.claim(service.ledger, code, form, person, now,
                     consent="bench", network="", client="other")  # fmt: skip
        return time.monotonic() - began

    began = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        times = sorted(pool.map(claim, numbers))
    return Load(
        len(times), 0, time.monotonic() - began,
        times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000,
    )


# --- feed files ---------------------------------------------------------------------------


def bench_feed(folder: Path, args: argparse.Namespace) -> Result:
    """Files of the platform, half as large and full (200 000 rows): dry run, then for good."""
    instance = make_instance(folder / "feed")
    most = args.rows or 200_000
    runs: list[Result] = []
    first = 0
    for count in (most // 2, most):
        path = folder / f"feed-{count}.csv"
        write_feed(path, first, count)
        claim_some(instance, first, count)
        first += count
        for what in ("dry run", "import"):
            plain = plain_core_seconds(instance, path, writing=what == "import")
            ran = command([
                "feed", "import", str(path), "--instance", str(instance),
                *(["--dry-run"] if what == "dry run" else []),
            ])
            runs.append({
                "what": f"{what} of {count} rows", "seconds": round(ran.seconds, 1),
                "core_seconds": round(ran.core_seconds, 2), "plain": round(plain, 2),
                "per_second": round(count / ran.seconds),
                "per_core_second": round(count / ran.core_seconds), "megabytes": ran.megabytes,
            })  # fmt: skip
    for verb in (["check"], ["seal"], ["check"], ["rebuild"]):
        ran = command([*verb, "--instance", str(instance)])
        runs.append({
            "what": f"{' '.join(verb)} of {first} people", "seconds": round(ran.seconds, 1),
            "per_second": round(first / ran.seconds),
            "per_core_second": round(first / ran.core_seconds), "megabytes": ran.megabytes,
        })  # fmt: skip
    return {"runs": runs, "ratios": {
        **reader_ratios(folder, most),
        "feed_memory_twice_the_rows": ratio(runs[3]["megabytes"], runs[1]["megabytes"]),
        "feed_core_seconds_import_vs_dry_run": ratio(
            runs[2]["per_core_second"], runs[3]["per_core_second"]
        ),
        "feed_dry_run_vs_plain": ratio(runs[2]["plain"], runs[2]["core_seconds"]),
        "feed_import_vs_plain": ratio(runs[3]["plain"], runs[3]["core_seconds"]),
    }}  # fmt: skip


def write_feed(path: Path, first: int, count: int) -> None:
    from attribution.rule import instants

    day = instants.now() - instants.DAY
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,registered_at,card_bound_at,first_txn_at\n")
        for number in range(first, first + count):
            when = instants.local_text(day + number % 50_000 * instants.SECOND)
            paid = when if number % 3 else ""
            file.write(f"{made_up(number)},{when},{when},{paid}\n")


def claim_some(instance: Path, first: int, count: int) -> None:
    """Let every fourth person of the file have claimed two days ago."""
    from attribution.rule import instants
    from attribution.rule.people import identifier
    from attribution.store import log

    service = opened(instance)
    identify = identifier(service.settings.person_pepper, service.settings.digest)
    units = sorted(service.scans.snapshot().units)
    now = instants.now()
    rows = []
    for number in range(first, first + count, 4):
        person, last4 = identify(made_up(number))
        id = service.store.next_id(now)
        rows.append(log.ClaimRow(
            id, service.campaign.id, person, now - 2 * instants.DAY, units[number % len(units)],
            1, None, None, False, last4, "bench", "", "other", token=f"{id:x}",
        ))
    with service.store.transaction() as connection:
        for row in rows:
            log.add_claim(connection, row)
    service.close()


# --- the log ------------------------------------------------------------------------------

# For so long scans are counted, alone and beside a sealing.
_SCANNING_S = 5.0


def bench_seal(folder: Path, args: argparse.Namespace) -> Result:
    """Rows sealed and checked, beside two HMACs a row; and scans while others are sealed."""
    from attribution.proof import heads, sealer

    instance = make_instance(folder / "seal")
    people = args.rows or 300_000
    claim_some(instance, 0, 4 * people)
    command(["rebuild", "--instance", str(instance)])
    runs: list[Result] = []
    for verb in (["seal"], ["check"]):
        ran = command([*verb, "--instance", str(instance)])
        runs.append({
            "what": f"{verb[0]} of {people} people", "seconds": round(ran.seconds, 1),
            "core_seconds": round(ran.core_seconds, 2), "megabytes": ran.megabytes,
        })  # fmt: skip
    service = opened(instance)
    leaves = sealer.head(service.ledger).size
    hashed = two_hmacs(leaves)
    alone = scans_a_second(service, None)
    beside = scans_a_second(
        service, lambda: heads.seal_now(
            service.ledger, service.settings, instants_now(), rests=background_rests()
        )
    )
    service.close()
    runs += [
        {"what": f"two HMACs each of {leaves} rows", "core_seconds": round(hashed, 2)},
        {"what": "scans, 16 threads", "per_second": round(alone)},
        {"what": "scans, 16 threads, beside a sealing", "per_second": round(beside)},
    ]  # fmt: skip
    return {"runs": runs, "ratios": {
        "seal_and_check_vs_two_hmacs_each": ratio(
            2 * hashed, runs[0]["core_seconds"] + runs[1]["core_seconds"]
        ),
        "scans_while_sealing_vs_alone": ratio(beside, alone),
    }}  # fmt: skip


def instants_now() -> int:
    from attribution.rule import instants

    return instants.now()


def background_rests() -> float:
    """Return how many times as long as it works a sealing of the service rests."""
    from attribution.upkeep import background

    return background.RESTS


def two_hmacs(rows: int) -> float:
    """Return the core seconds of what a seal of before the log made of so many rows."""
    import hmac
    import json

    row = ["claim", 650173941674938370, 1796006958885000, "N07", 1, None, None, 0, "2026-10"]
    person, key = ["0a" * 32, "1234", "network"], b"k" * 64
    began = time.process_time()
    for _ in range(rows):
        core = json.dumps(row)
        hmac.digest(key, b"core" + core.encode(), "sha256").hex()
        hmac.digest(key, b"whole" + core.encode() + json.dumps(person).encode(), "sha256").hex()
    return time.process_time() - began


def scans_a_second(service: Any, sealing: Callable[[], Any] | None) -> float:
    """Return how many scans 16 threads log in a second, beside *sealing* over and over."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event, Thread

    from attribution.store import log

    ended = Event()
    unit = min(service.scans.snapshot().units)
    version = service.scans.snapshot().version

    def scan(_: int) -> int:
        count = 0
        while not ended.is_set():
            now = instants_now()
            service.store.append_scan(log.Scan(
                service.store.next_id(now), service.campaign.id, now, unit, 1, None, "", "w",
            ), version)
            count += 1
        return count

    def seal() -> None:
        while sealing is not None and not ended.is_set():
            sealing()

    beside = Thread(target=seal)
    with ThreadPoolExecutor(16) as pool:
        began = time.monotonic()
        counts = [pool.submit(scan, number) for number in range(16)]
        beside.start()
        ended.wait(_SCANNING_S)
        ended.set()
        total = sum(one.result() for one in counts)
        taken = time.monotonic() - began
    beside.join()
    return total / taken


# --- downloads ----------------------------------------------------------------------------


def bench_export(folder: Path, args: argparse.Namespace) -> Result:
    """The scan log as CSV and XLSX, a tenth and all of 1 000 000 rows; and the csv module alone."""
    most = args.rows or 1_000_000
    instance = make_instance(folder / "export")
    runs: list[Result] = []
    for count in (most // 10, most):
        fill(instance, count)
        for kind in ("csv", "xlsx"):
            out = folder / f"scans.{kind}"
            ran = command(["export", "scans", "--format", kind, "--out", str(out),
                           "--instance", str(instance)])  # fmt: skip
            runs.append({
                "what": f"{kind} of {count} rows", "seconds": round(ran.seconds, 1),
                "per_second": round(count / ran.seconds),
                "per_core_second": round(count / ran.core_seconds),
                "megabytes": ran.megabytes, "file_megabytes": round(out.stat().st_size / 1e6, 1),
            })  # fmt: skip
            out.unlink()
    alone = csv_alone(folder / "alone.csv", most)
    runs.append({"what": f"csv module alone, {most} rows", "per_core_second": alone})
    by_name = {run["what"].split()[0]: run for run in runs[2:4]}
    small = {run["what"].split()[0]: run for run in runs[:2]}
    return {"runs": runs, "ratios": {
        "export_csv_per_core_second": by_name["csv"]["per_core_second"],
        "export_csv_vs_csv_module": ratio(by_name["csv"]["per_core_second"], alone),
        **{f"export_{kind}_memory_ten_times_the_rows":
           ratio(by_name[kind]["megabytes"], small[kind]["megabytes"]) for kind in by_name},
    }}  # fmt: skip


def csv_alone(path: Path, count: int) -> int:
    """Return how many such rows a core-second the csv module writes when nothing else is done."""
    import csv

    row = ["648113436869263360", "2026-11-24 10:00:00", "N07", "1", "", "wechat", ""]
    began = time.process_time()
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        for _ in range(count):
            writer.writerow(row)
    path.unlink()
    return round(count / (time.process_time() - began))


# --- the console --------------------------------------------------------------------------

PAGES = (
    "/admin/", "/admin/table", "/admin/table?view=bank", "/admin/table?view=line",
    "/admin/units", "/admin/units/N07", "/admin/rows?what=scans",
    "/admin/rows?what=scans&unit=N07", "/admin/rows?what=scans&state=flagged",
    "/admin/rows?what=scans&sort=unit&dir=asc", "/admin/rows?what=claims", "/admin/held",
    "/admin/downloads", "/metrics", "/readyz",
)


# How often each page is asked for; of all the times the least counts, for what else this
# machine does can only add to it.
ROUNDS = 15


def bench_reports(folder: Path, args: argparse.Namespace) -> Result:
    """Each console page and table at 10⁴, 10⁶ and 10⁷ scans (or up to --rows), in turns."""
    most = args.rows or 10_000_000
    sizes = sorted({min(n, most) for n in (10_000, 1_000_000, 10_000_000)})
    services = {}
    for size in sizes:
        instance = make_instance(folder / f"reports-{size}")
        fill(instance, size)
        services[size] = opened(instance)
    asked = {size: questions(service) for size, service in services.items()}
    least: dict[str, dict[int, float]] = {}
    for _ in range(2 if args.quick else ROUNDS):
        for what in asked[sizes[0]]:
            for size in sizes:
                began = time.thread_time()
                asked[size][what]()
                taken = (time.thread_time() - began) * 1000
                known = least.setdefault(what, {})
                known[size] = min(taken, known.get(size, taken))
    for service in services.values():
        service.close()
    runs: list[Result] = [
        {"what": what, **{f"ms at {n}": round(ms, 2) for n, ms in times.items()},
         "ratio": ratio(times[sizes[-1]], times[sizes[0]])}
        for what, times in least.items()
    ]  # fmt: skip
    worst = max(runs, key=lambda run: float(run["ratio"]))
    return {"runs": runs, "ratios": {
        "reports_largest_vs_smallest": worst["ratio"], "reports_slowest": worst["what"],
    }}  # fmt: skip


def questions(service: Any) -> dict[str, Callable[[], object]]:
    """Return what the console asks: its tables by themselves, and its pages."""
    from attribution.reports import alarms, progress, trends
    from attribution.rule import instants
    from attribution.store import staff
    from attribution.web.application import create_app

    store, campaign = service.store, service.campaign.id
    now = instants.now()
    asked: dict[str, Callable[[], object]] = {
        "by_area": lambda: progress.by_area(store, campaign),
        "by_bank": lambda: progress.by_bank(store, campaign),
        "by_unit": lambda: progress.by_unit(store, campaign),
        "trend": lambda: trends.trend(store, campaign, *progress.last_days(now, DAYS)),
        "alarms": lambda: alarms.find(Ledger(store, service.campaign), now, None),
    }
    client = create_app(service.settings, service).test_client()
    with store.read() as connection:
        name = next(row["name"] for row in staff.accounts(connection))
    sign_in(client, service, name)
    # A week that lies long back: nothing that came since may be read.
    first, last = (instants.local_text(now - days * instants.DAY)[:10] for days in (50, 43))
    week = f"/admin/rows?what=scans&since={first}&until={last}"
    for path in (*PAGES, week, f"{week}&unit=N07", f"{week}&dir=asc"):
        asked[path] = lambda path=path: get(client, path)  # type: ignore[misc]
    return asked


def sign_in(client: Any, service: Any, name: str) -> None:
    import re

    from attribution.office import accounts
    from attribution.rule import instants

    password = passwords.new()
    accounts.set_password(
        service.store, name, password, instants.now(), by=Actor("bench"),
        rule=service.settings.password_rule,
    )
    page = client.get("/admin/login").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    answer = client.post("/admin/login", data={
        "csrf_token": token[1], "name": name, "password": password,
    })
    assert answer.status_code == 302, answer.status_code


def get(client: Any, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise Fault(f"{path} answered {answer.status_code}")


# --- what they share ----------------------------------------------------------------------


def fill(instance: Path, count: int) -> None:
    """
    Bring the scan log up to *count* rows over DAYS days, and the counts with it.

    Straight into the file, for by the road of a visitor ten million take an hour; `attribution
    check` would find nothing wrong with it.
    """
    from attribution.rule import instants
    from attribution.store import ids

    service = opened(instance)
    campaign, units = service.campaign.id, sorted(service.scans.snapshot().units)
    path = service.store.database.path
    service.close()
    free = shutil.disk_usage(path.parent).free
    if free < 400 * count:
        raise Fault(f"{count} scans need {400 * count >> 20} MB of disk", "name one: --dir DIR")
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("pragma synchronous = off")
    (have,) = raw.execute("select count(*) from scan").fetchone()
    more, span = count - have, DAYS * instants.DAY
    began = instants.day_start(instants.day_of(instants.now() - span))

    def rows() -> Any:
        for n in range(more):
            at = began + n * span // more
            # Each call has a writer's number of its own, so its ids meet no other's.
            id = ids.first_id_at(at) + have.bit_length() * ids.PER_MS
            place = n * 31 % len(units)
            # Bots come to the same few units always, so that each size has as many counts.
            flag = "bot" if place % 50 == 0 else None
            yield (id, campaign, at, instants.day_of(at), units[place], 1, None, "", "wechat", flag)

    raw.execute("begin immediate")
    raw.executemany("insert into scan values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows())
    raw.execute("delete from tally where kind in ('scan', 'flagged')")
    raw.execute(
        """insert into tally (campaign, unit, day, kind, slot, n)
           select campaign, unit, day, case when flag is null then 'scan' else 'flagged' end,
               0, count(*) from scan group by 1, 2, 3, 4"""
    )
    raw.execute("commit")
    service = opened(instance)
    service.store.prepare(instants.now())  # the units' lists
    service.close()
    raw.execute("pragma wal_checkpoint(truncate)")
    raw.close()
