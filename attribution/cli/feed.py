"""`attribution feed …`: the platform's files, from dry run to the last difference."""
import argparse
import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attribution.cli.tools import Commands, Opened, instant_of, own_paths, signed_in, who
from attribution.deeds import Actor
from attribution.facts import bad_rows, differences, feed_reader, intake, notes
from attribution.facts.intake import Aim, Feed, Watcher
from attribution.faults import Code
from attribution.proof import seals
from attribution.rule import instants
from attribution.rule.people import identifier
from attribution.service import Service
from attribution.store import feed_batches
from qrgen.files import open_text
from qrgen.places import find_place, messages_aside
from qrgen.shell import Fault, progress_bar

# A longer file waits for the next seal, which is two minutes off; this costs a second.
SEALED_AT_ONCE = 20_000


def install(command: Commands, feed: Any) -> None:
    """Add the commands of the group *feed*."""
    taken = command("import", _import, "take in a file of facts", feed)
    taken.add_argument("file")
    taken.add_argument(
        "--map", metavar="COL=NAME", action="append", default=[],
        help="the heading a field stands under, e.g. registered_at=开通时间",
    )
    taken.add_argument(
        "--source", metavar="NAME", help="remember --map under this name, or use what it remembers"
    )
    taken.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    taken.add_argument("--as-of", metavar="TIME", help="the file's business date (default: now)")
    taken.add_argument(
        "--accept", metavar="LINES", action="append", default=[],
        help="lines that are malformed and may be left out, e.g. 17,204",
    )
    taken.add_argument(
        "--total", metavar="NAME=N", action="append", default=[],
        help="a control total of the platform's: rows, registered, bound or paid",
    )
    taken.add_argument(
        "--allow-losses", action="store_true", help="let the file take away many credits"
    )
    taken.add_argument(
        "--by", metavar="ACCOUNT", help="who asks, where another person is to confirm"
    )
    confirm = command("confirm", _confirm, "take in a file that another person asked for", feed)
    confirm.add_argument("file")
    confirm.add_argument("--by", metavar="ACCOUNT", required=True, help="who confirms")
    for made in (taken, confirm):
        made.add_argument("--batch", metavar="ID", help="the file's number (default: its name)")
        made.add_argument(
            "--report", metavar="FILE.csv",
            help="write where each row ended: line, category, reason; - is standard output",
        )
    command("list", _list, "list the batches, and what waits for confirmation", feed)
    differing = command("differences", _differences, "list the rows somebody must look at", feed)
    differing.add_argument("--all", action="store_true", help="those dealt with too")
    done = command("settle", _settle, "mark a difference as dealt with", feed)
    done.add_argument("difference", type=int)
    done.add_argument("--note", required=True, help="what was found")


def mapping_of(pairs: list[str]) -> dict[str, str]:
    """
    Read COL=NAME pairs as field -> heading, in either direction.

    Raises:
        Fault: neither side is a field, or both are.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        left, separator, right = (part.strip() for part in pair.partition("="))
        fields = [side for side in (left, right) if side in feed_reader.FIELDS]
        if not separator or not left or not right or not fields:
            raise Fault(
                f"--map {pair}: not FIELD=HEADING",
                f"the fields are {', '.join(feed_reader.FIELDS)}",
                2,
            )
        if len(fields) == 2 and left != right:
            raise Fault(f"--map {pair}: both sides are fields", "rename the column in the file", 2)
        field = fields[0]
        if field in mapping:
            raise Fault(f"--map names {field} twice", "name each field once", 2)
        mapping[field] = right if field == left else left
    return mapping


def _reading(here: Service, options: argparse.Namespace) -> intake.Reading:
    mapping = mapping_of(options.map)
    if options.source and not mapping:
        with here.store.read() as connection:
            known = feed_batches.source(connection, here.campaign.id, options.source)
        if known is None:
            raise Fault(f"no source {options.source!r}", "name its columns once with --map", 2)
        mapping = known
    accept: set[int] = set()
    for text in ",".join(options.accept).split(","):
        if text.strip():
            if not text.strip().isdecimal():
                raise Fault(f"--accept {text}: not a line number", "write --accept 17,204", 2)
            accept.add(int(text))
    totals: dict[str, int] = {}
    for pair in options.total:
        name, _, number = pair.partition("=")
        if not number.isdecimal():
            raise Fault(f"--total {pair}: not NAME=N", "write --total rows=200", 2)
        totals[name] = int(number)
    return intake.Reading(
        mapping, instant_of(options.as_of, "--as-of"), frozenset(accept), totals,
        options.allow_losses,
    )


def _import(options: argparse.Namespace) -> None:
    with messages_aside(options.report), Opened(options) as here:
        reading = _reading(here, options)
        asks = options.by is not None and not options.dry_run
        by = signed_in(here, options.by) if asks else who()
        report = _run(here, options, by, reading, dry_run=options.dry_run, plan=asks)
        if asks and not report.repeated:
            _print(report, "would be")
            print(
                f"it waits for another person: attribution feed confirm {options.file}"
                f" --batch {report.batch} --by ACCOUNT"
            )
        else:
            _print(report, "would be" if options.dry_run else "are")
        if report.categories["conflict"] and reading.as_of is None:
            print(
                "rows that contradict what is known and state no date count as of their import;"
                " if the file is older than what it contradicts, give its --as-of"
            )


def _confirm(options: argparse.Namespace) -> None:
    with messages_aside(options.report), Opened(options) as here:
        by = signed_in(here, options.by)
        _print(_run(here, options, by, None, confirm=True), "are")


def _run(
    here: Service, options: argparse.Namespace, by: str, reading: intake.Reading | None,
    *, dry_run: bool = False, plan: bool = False, confirm: bool = False,
) -> intake.Report:
    if options.report is not None:
        find_place(Path(options.report), [Path(options.file), *own_paths(here.settings)])
    with _details(options.report) as details:
        aim = (
            Aim.TRY if dry_run else Aim.PLAN if plan else Aim.CONFIRM if confirm else Aim.TAKE
        )
        feed = Feed(
            Path(options.file), options.batch or "", reading or intake.Reading(),
            (options.source or "") if reading is not None and options.map else "",
        )
        report = intake.import_feed(
            here.ledger, feed, identifier(here.settings.person_pepper, here.settings.digest),
            Actor(by), instants.now(), aim,
            Watcher(lambda rows: progress_bar(rows, label="feed"), details),
        )
    if not dry_run and not report.repeated and report.rows <= SEALED_AT_ONCE:
        seals.seal_now(here.ledger, here.settings, instants.now())
    return report


@contextmanager
def _details(out: str | None) -> Iterator[Any]:
    if out is None:
        yield None
        return
    with open_text(Path(out), encoding="utf-8-sig", folders=False) as file:
        writer = csv.writer(file)
        writer.writerow(["line", "last4", "category", "reason"])
        yield lambda o: writer.writerow([o.line, o.last4, o.category, bad_rows.told(o.reason)])


def _print(report: intake.Report, done: str) -> None:
    if report.repeated:
        print(f"this file was taken in before, as batch {report.batch}; nothing was changed")
        return
    print(f"batch {report.batch}: {report.rows} rows about {report.people} people {done} taken in")
    print(f"new credits: {report.credited}, credits lost: {report.lost}")
    for reason, count in report.reasons.most_common():
        print(f"  {reason}: {count}")
    print("rows by category:")
    _table(report.categories, report.causes)
    if report.settled:
        print(f"older differences settled by this file: {report.settled}")


def _table(categories: Mapping[str, int], causes: Mapping[str, int]) -> None:
    for category, words in intake.CATEGORIES.items():
        if categories.get(category):
            print(f"  {category} {words}: {categories[category]}")
            for cause, count in sorted(causes.items()):
                if cause.startswith(f"{category}: "):
                    print(f"    {cause.partition(': ')[2]}: {count}")


def _list(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        with here.store.read() as connection:
            batches = feed_batches.reports(connection, here.campaign.id)
            plans = feed_batches.open_plans(connection, here.campaign.id)
        for row in batches:
            categories = json.loads(row["report"])["categories"] if row["report"] else {}
            told = " ".join(f"{name}={n}" for name, n in sorted(categories.items()))
            print("\t".join((
                row["batch"], instants.local_text(row["received_at"]), row["source"],
                str(row["row_count"]), row["by_whom"], told,
            )))
        for row in plans:
            when = instants.local_text(row["at"])
            print(f"{row['batch']}\t{when}\twaits for confirmation\t{row['asked_by']}")


def _differences(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        count = 0
        for row in feed_batches.differences(here.store, here.campaign.id, everything=options.all):
            count += row["done_at"] is None
            state = "待查"
            if row["done_at"] is not None:
                state = f"已处理\t{row['by_whom']}: {notes.told(row['note'])}"
            print("\t".join((
                str(row["id"]), f"{row['batch']}:{row['line']}", row["last4"] or "-",
                row["category"], bad_rows.told(row["reason"]), state,
            )))
        print(f"{count} to look at")


def _settle(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        if not differences.settle(
            here.ledger, [options.difference], options.note, Actor(who()), instants.now()
        ):
            raise Fault(Code.DIFFERENCE_UNKNOWN, difference=options.difference)
    print(f"difference {options.difference} is dealt with")
