"""
Play the residents and the payment platform: python3 scripts/platform_simulator.py

For demonstrations. Invented residents open codes and hand in the claim form over
HTTP, as a browser without JavaScript would; then the platform's daily file says who
registered, bound a card and paid, and is imported: credits appear within a minute.
Every file, batch and visit says SIMULATED. Numbers are kept in memory, never
printed, and begin with a prefix that no carrier has given out.
"""

import argparse
import contextlib
import csv
import hmac
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import environment
from environment import ROOT, Fault, program, say

if TYPE_CHECKING:
    from qrgen.registry import Campaign

SHANGHAI = timezone(timedelta(hours=8))  # no summer time since 1991, so no tzdata needed

# What becomes of a hundred residents who claimed. Invented, but in the order of size
# that makes every line of a report show something.
FATES = {
    "effective": 62,  # registered, bound a card, paid
    "bound": 11,  # has not paid yet
    "registered": 8,  # has not bound a card yet
    "later": 8,  # registers in a later round
    "never": 5,
    "known": 6,  # had registered long before the campaign
}
ORGANIC_SHARE = 0.1  # besides them, people who registered without any code
SCAN_ONLY_SHARE = 0.2  # and people who looked at the page and left


@dataclass
class Resident:
    """One invented person, and what the platform knows of them."""

    phone: str = field(repr=False)  # a traceback must not show it
    fate: str
    codes: tuple[str, ...]  # opened in this order; the last one is claimed too
    claimed_at: datetime | None = None
    refusal: str = ""
    registered_at: datetime | None = None
    bound_at: datetime | None = None
    paid_at: datetime | None = None


def main() -> int:
    args = read_arguments()
    environment.enter(environment.RUN_LOCK)
    if args.answer is not None:
        return answer_lookups(args.answer, args.instance)
    os.environ["ZHUANMA_INSTANCE"] = str(args.instance)

    campaign, codes = read_instance(args.instance)
    check_open(campaign, now())
    seed = args.seed if args.seed is not None else random.randrange(10**6)
    rng = random.Random(seed)
    everyone: list[Resident] = []
    for turn in range(args.rounds):
        if turn:
            time.sleep(args.pause)
        newcomers = invent(rng, codes, args.residents)
        visit_all(newcomers, args.url, rng)
        everyone += newcomers + invent_organic(rng, args.residents)
        settle(everyone, campaign, rng, now(), first=turn == 0)
        path = write_feed(everyone, args.out or args.instance / "simulated", now())
        report(newcomers, everyone, path, seed)
        if args.do_import:
            import_feed(path)
    say(f"see: {args.url}/admin/")
    return 0


def read_arguments() -> argparse.Namespace:
    parser = environment.parser(__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the service (%(default)s)")
    parser.add_argument(
        "--instance", metavar="DIR", type=Path,
        default=os.environ.get("ZHUANMA_INSTANCE") or ROOT / "instance",
        help="the service's instance folder: its campaign and keys ($ZHUANMA_INSTANCE, else "
        "instance/ of the checkout)",
    )  # fmt: skip
    parser.add_argument("--residents", metavar="N", type=int, default=60, help="(%(default)s)")
    parser.add_argument("--seed", type=int, help="the same residents again (default: by chance)")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="for the feed file (default: INSTANCE/simulated)"
    )
    parser.add_argument(
        "--import", dest="do_import", action=argparse.BooleanOptionalAction, default=True,
        help="hand the file to `attribution feed import`",
    )  # fmt: skip
    parser.add_argument("--rounds", metavar="N", type=int, default=1, help="days to play (1)")
    parser.add_argument("--pause", metavar="S", type=float, default=10, help="between them (10)")
    parser.add_argument(
        "--answer", metavar="PORT", type=int,
        help="instead, play the platform's interface for [newness] on 127.0.0.1:PORT",
    )  # fmt: skip
    args = parser.parse_args()
    if args.residents < 1 or args.rounds < 1 or args.pause < 1:
        parser.error("--residents, --rounds and --pause begin at 1")
    args.instance = args.instance.resolve()
    args.url = args.url.rstrip("/")
    return args


def read_instance(instance: Path) -> tuple["Campaign", list[str]]:
    """Return the campaign and the signed code of each of its units: what is on the walls."""
    from qrgen.codes import Code, sign_code
    from qrgen.instance import find_campaign, read_keys
    from qrgen.registry import load_campaign

    if not (instance / "keys").is_dir():
        raise Fault(f"{instance} is no instance yet", "first: python3 scripts/run.py")
    keys = read_keys(instance, "codes")
    campaign = load_campaign(find_campaign(instance, None))
    return campaign, [sign_code(Code(u.id, u.issue, None), keys) for u in campaign.units]


def check_open(campaign: "Campaign", at: datetime) -> None:
    if not campaign.start <= at < campaign.end:
        raise Fault(
            f"the campaign runs from {campaign.start:%Y-%m-%d} to {campaign.end:%Y-%m-%d},"
            " so claims of today earn nothing",
            "a demonstration moves the dates: python3 scripts/run.py --instance DIR, a new DIR",
        )


# --- the platform's interface ----------------------------------------------------------


def answer_lookups(port: int, instance: Path) -> int:
    """Answer signed lookups until interrupted."""
    with lookup_server(port, instance) as server:
        say(f"SIMULATED: answering at http://127.0.0.1:{server.server_port}/")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    return 0


def lookup_server(port: int, instance: Path) -> ThreadingHTTPServer:
    """
    Return a server that knows who is in *instance*'s simulated files.

    Who is in one is known since the time it says; everybody else is new. An unsigned
    request is refused, a number is never printed.
    """
    from attribution.resident.signed_post import sign

    key_file = instance / "keys" / "platform.keys"
    if not key_file.is_file():
        raise Fault(f"{key_file} is missing", "write the key that both sides share into it")
    key = key_file.read_text(encoding="utf-8").split()[-1]
    users: dict[str, str] = {}
    for path in sorted((instance / "simulated").glob("simulated-*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                users[row["phone"]] = row["registered_at"]

    class Platform(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 4096))
            time_text = self.headers.get("X-Timestamp", "")
            due = sign(key, time_text, self.headers.get("X-Nonce", ""), body)
            fresh = time_text.isdecimal() and abs(time.time() - int(time_text)) <= 300
            if not fresh or not hmac.compare_digest(due, self.headers.get("X-Signature", "")):
                self.send_error(401)
                return
            at = users.get(json.loads(body).get("phone", ""))
            answer = json.dumps({"known": at is not None, "registered_at": at}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Platform)


# --- the residents ---------------------------------------------------------------------


def make_phone(rng: random.Random) -> str:
    # 154 has been given to no carrier: whatever follows, it is nobody's number.
    return f"154{rng.randrange(10**8):08d}"


def invent(rng: random.Random, codes: Sequence[str], count: int) -> list[Resident]:
    """Return *count* residents with what they will do; the same for the same *rng*."""
    # A few walls see most people, as in life; else every unit would have one or none.
    weights = [rng.paretovariate(1.2) for _ in codes]
    fates, shares = list(FATES), list(FATES.values())
    residents = []
    for fate in rng.choices(fates, shares, k=count):
        opened = rng.choices(codes, weights, k=1 if rng.random() < 0.9 else 2)
        residents.append(Resident(make_phone(rng), fate, tuple(opened)))
    return residents


def invent_organic(rng: random.Random, count: int) -> list[Resident]:
    return [Resident(make_phone(rng), "organic", ()) for _ in range(round(count * ORGANIC_SHARE))]


def visit_all(residents: Sequence[Resident], url: str, rng: random.Random) -> None:
    """Let everybody claim, a few at a time, and some only look."""
    from simulated_browser import Browser, Refused, Unreachable

    def visit(resident: Resident) -> None:
        browser = Browser(url)
        try:
            for code in resident.codes:
                page = browser.open(f"/Q/{code}")
            browser.claim(page, resident.phone)
            resident.claimed_at = now()
        except Refused as refused:
            resident.refusal = str(refused)

    lookers = [r.codes[0] for r in residents if rng.random() < SCAN_ONLY_SHARE]
    with ThreadPoolExecutor(max_workers=8) as pool:
        try:
            Browser(url).open("/healthz")
            list(pool.map(visit, residents))
            list(pool.map(lambda code: Browser(url).open(f"/Q/{code}"), lookers))
        except Unreachable as error:
            pool.shutdown(cancel_futures=True)
            raise Fault(
                f"no service answers at {url}: {error}",
                "start it in another terminal (python3 scripts/run.py), or name it with --url",
            ) from None
        except Refused as refused:
            raise Fault(f"the service at {url} answers {refused}", "see its log") from None
    if not any(resident.claimed_at for resident in residents):
        raise Fault(
            f"nobody could claim; the service's answer: {residents[0].refusal}",
            "is --instance the folder that the service at --url runs on?",
        )


# --- the platform ----------------------------------------------------------------------


def settle(
    everyone: Sequence[Resident],
    campaign: "Campaign",
    rng: random.Random,
    at: datetime,
    *,
    first: bool,
) -> None:
    """
    Decide what each resident has done by *at*; nothing lies later than *at*.

    Somebody who has claimed registers between then and *at*: seconds here, where it takes
    minutes or days in life, because the service stamps a claim itself and a fact of
    tomorrow would be no fact.
    """
    for resident in everyone:
        claimed = resident.claimed_at
        if resident.fate == "organic" and not resident.registered_at:
            day = max(campaign.mark_time, at - timedelta(days=30))
            walk(resident, rng, day, at, steps=rng.randint(1, 3))
        elif resident.fate == "known" and not resident.registered_at:
            day = campaign.mark_time - timedelta(days=rng.randint(30, 900))
            walk(resident, rng, day, day + timedelta(days=20), steps=3)
        elif claimed and resident.fate == "later" and not first:
            resident.fate = "effective"
        if claimed and resident.fate in ("registered", "bound", "effective"):
            reached = sum(
                t is not None
                for t in (resident.registered_at, resident.bound_at, resident.paid_at)
            )
            steps = {"registered": 1, "bound": 2, "effective": 3}[resident.fate]
            # In later rounds half of those who are under way go one step on.
            if reached and not first and rng.random() < 0.5:
                steps = reached + 1
            if steps > reached:
                walk(resident, rng, claimed, at, steps=min(steps, 3))


def walk(
    resident: Resident, rng: random.Random, since: datetime, until: datetime, steps: int
) -> None:
    """Spread the steps still to be taken over ``since … until``, in their order."""
    taken = [t for t in (resident.registered_at, resident.bound_at, resident.paid_at) if t]
    begin = max([since, *taken])
    span = (until - begin).total_seconds()
    moments = sorted(rng.uniform(0, span) for _ in range(steps - len(taken)))
    taken += [(begin + timedelta(seconds=m)).replace(microsecond=0) for m in moments]
    times: list[datetime | None] = [*taken, None, None, None]
    resident.registered_at, resident.bound_at, resident.paid_at = times[:3]


def write_feed(everyone: Sequence[Resident], folder: Path, at: datetime) -> Path:
    """Write the platform's file of the day, everybody who ever registered in it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"simulated-{at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.csv"
    # Like a real feed it holds numbers, so it is its owner's alone.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["phone", "registered_at", "card_bound_at", "first_txn_at"])
        for r in everyone:
            if r.registered_at:
                times = (r.registered_at, r.bound_at, r.paid_at)
                writer.writerow([r.phone, *(_shanghai(t) if t else "" for t in times)])
    return path


def import_feed(path: Path) -> None:
    batch = path.stem.upper()  # SIMULATED-…: it shows wherever a batch is named
    command = [str(program("attribution")), "feed", "import", str(path), "--batch", batch]
    if subprocess.run(command).returncode:
        raise Fault(f"attribution did not import {path} (the reason stands above)")


def report(
    newcomers: Sequence[Resident], everyone: Sequence[Resident], path: Path, seed: int
) -> None:
    claimed = [r for r in newcomers if r.claimed_at]
    units = {r.codes[-1].partition(".")[0] for r in claimed}
    say(f"SIMULATED: {len(claimed)} residents claimed at {len(units)} units (--seed {seed})")
    for refusal, count in Counter(r.refusal for r in newcomers if r.refusal).items():
        say(f"SIMULATED: {count} claims were not taken: {refusal}")
    rows = [r for r in everyone if r.registered_at]
    paid = sum(r.paid_at is not None for r in rows)
    say(f"SIMULATED: {path} holds {len(rows)} people who registered, {paid} of whom paid")


def now() -> datetime:
    return datetime.now(timezone.utc)


def _shanghai(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
