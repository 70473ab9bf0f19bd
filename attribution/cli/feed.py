"""`attribution feed …`: the platform's files, from dry run to the last difference."""
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.layout import choices_of, layout_options, print_notes
from attribution.cli.tools import Opened, actor, instant_of, own_paths, signed_in, who
from attribution.deeds import Actor
from attribution.facts import bad_rows, intake, platform_counts
from attribution.facts import differences as facts_differences
from attribution.facts.feed_blocks import RowBlock
from attribution.facts.intake import Aim, Feed, Watcher
from attribution.facts.report import TO_WORK_OFF
from attribution.facts.row_numbers import line_text, read_line
from attribution.faults import Code
from attribution.proof import heads
from attribution.reports import beside, difference_table, exports
from attribution.rule import instants
from attribution.rule.people import DIGESTS, identifier
from attribution.service import Service
from attribution.store import difference_rows, feed_batches
from qrgen.files import open_text
from qrgen.places import find_place, messages_aside
from qrgen.shell import USAGE_AT_FAULT, Fault, progress_bar

# A longer file waits for the next seal, which is two minutes off; this costs a second.
SEALED_AT_ONCE = 20_000


group = Group("feed")


def _reading(
    here: Service, mapping: dict[str, str], source: str | None, accepted: Sequence[str],
    pairs: Sequence[str], as_of: str | None, allow_losses: bool,
) -> intake.Reading:
    if source and not mapping:
        with here.store.read() as connection:
            known = feed_batches.source(connection, here.campaign.id, source)
        if known is None:
            raise Fault(Code.NO_SUCH_SOURCE, status=USAGE_AT_FAULT, source=source)
        mapping = known
    accept: set[int] = set()
    for text in ",".join(accepted).split(","):
        if text.strip():
            try:
                accept.add(read_line(text))
            except ValueError:
                raise Fault(Code.ACCEPT_NOT_A_LINE, status=USAGE_AT_FAULT, text=text) from None
    totals: dict[str, int] = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        if not number.isdecimal():
            raise Fault(Code.TOTAL_NOT_A_PAIR, status=USAGE_AT_FAULT, pair=pair)
        totals[name] = int(number)
    return intake.Reading(
        mapping, instant_of(as_of, "--as-of"), frozenset(accept), totals, allow_losses,
    )


def _same_recipe(here: Service, told: str | None) -> None:
    """
    Refuse a file whose numbers are hashed otherwise than those of the claims.

    Nothing else could be done with the recipe: the claims keep no number to be hashed again.
    """
    if told is None:
        return
    name, separator, salt = told.partition(":")
    if not separator or name not in DIGESTS:
        raise Fault(Code.HASH_OPTION, status=USAGE_AT_FAULT)
    ours = here.settings.recipe
    if ours is None or (ours.name, ours.salt) != (name, salt):
        raise Fault(Code.HASH_OTHER)


@group.command("import")
@click.argument("file", type=FILE)
@layout_options
@click.option("--source", metavar="NAME")
@click.option("--dry-run", is_flag=True)
@click.option("--as-of", metavar="TIME")
@click.option("--accept", metavar="LINES", multiple=True)
@click.option("--total", metavar="NAME=N", multiple=True)
@click.option("--allow-losses", is_flag=True)
@click.option("--hash", "recipe", metavar="RECIPE:SALT")
@click.option("--by", metavar="ACCOUNT")
@click.option("--batch", metavar="ID")
@click.option("--report", metavar="FILE.csv", type=FILE)
def take(
    where: Where, file: str, columns: tuple[str, ...], sheets: tuple[str, ...],
    heading_row: int | None, clocks: tuple[str, ...], epochs: tuple[str, ...],
    source: str | None, dry_run: bool, as_of: str | None, accept: tuple[str, ...],
    total: tuple[str, ...], allow_losses: bool, recipe: str | None, by: str | None,
    batch: str | None, report: str | None,
) -> None:
    with messages_aside(report), Opened(where) as here:
        _same_recipe(here, recipe)
        chosen = choices_of(columns, sheets, heading_row, clocks, epochs)
        reading = _reading(here, chosen, source, accept, total, as_of, allow_losses)
        asks = by is not None and not dry_run
        name = signed_in(here, by) if by is not None and asks else actor()
        aim = Aim.TRY if dry_run else Aim.PLAN if asks else Aim.TAKE
        feed = Feed(Path(file), batch or "", reading, (source or "") if chosen else "")
        told = _run(here, feed, report, name, aim)
        if asks and not told.repeated:
            _print(told, "would be")
            print(
                f"it waits for another person: attribution feed confirm {file}"
                f" --batch {told.batch} --by ACCOUNT"
            )
        else:
            _print(told, "would be" if dry_run else "are")
        if told.categories["conflict"] and reading.as_of is None:
            print(
                "rows that contradict what is known and state no date count as of their import;"
                " if the file is older than what it contradicts, give its --as-of"
            )


@group.command("confirm")
@click.argument("file", type=FILE)
@click.option("--by", metavar="ACCOUNT", required=True)
@click.option("--batch", metavar="ID")
@click.option("--report", metavar="FILE.csv", type=FILE)
def confirm(where: Where, file: str, by: str, batch: str | None, report: str | None) -> None:
    with messages_aside(report), Opened(where) as here:
        feed = Feed(Path(file), batch or "")
        _print(_run(here, feed, report, signed_in(here, by), Aim.CONFIRM), "are")


def _run(here: Service, feed: Feed, out: str | None, by: Actor, aim: Aim) -> intake.Report:
    if out is not None:
        find_place(Path(out), [feed.path, *own_paths(here.settings)])
    with _details(out) as details:
        report = intake.import_feed(
            here.ledger, feed, identifier(here.settings.person_pepper, here.settings.digest),
            by, instants.now(), aim,
            Watcher(lambda some: progress_bar(some, label="feed", size=_rows_in), details),
        )
    if aim is not Aim.TRY and not report.repeated and report.rows <= SEALED_AT_ONCE:
        heads.seal_now(here.ledger, here.settings, instants.now())
    return report


def _rows_in(some: object) -> int:
    return len(some.lines) if isinstance(some, RowBlock) else 1


@contextmanager
def _details(out: str | None) -> Iterator[Any]:
    if out is None:
        yield None
        return
    with open_text(Path(out), encoding="utf-8-sig", folders=False) as file:
        writer = csv.writer(file)
        writer.writerow(["line", "last4", "category", "reason"])
        yield lambda o: writer.writerow([
            line_text(o.line), o.last4, o.category, bad_rows.told(o.reason),
        ])


def _print(report: intake.Report, done: str) -> None:
    if report.repeated:
        print(f"this file was taken in before, as batch {report.batch}; nothing was changed")
        return
    print(f"batch {report.batch}: {report.rows} rows about {report.people} people {done} taken in")
    if report.notes:
        print("read like this:")
        print_notes(report.notes)
    print(f"new credits: {report.credited}, credits lost: {report.lost}")
    if report.losses:
        print(f"credits that people hold and that {done} taken away or moved, by rows of the file:")
        for loss in report.losses:
            lines = ", ".join(map(line_text, loss.lines))
            print(f"  row {lines}: {loss.unit} -> {loss.becomes or f'nobody ({loss.reason})'}")
        if more := report.lost + report.moved - len(report.losses):
            print(f"  and {more} more")
    for reason, count in report.reasons.most_common():
        print(f"  {reason}: {count}")
    print("rows by category:")
    _table(report.categories, report.causes)
    if report.without_hash:
        print(
            f"{report.without_hash} claimants cannot be found by a hash:"
            " they claimed before [facts] was set"
        )
    if report.settled:
        print(f"older differences settled by this file: {report.settled}")


def _table(categories: Mapping[str, int], causes: Mapping[str, int]) -> None:
    for category, words in intake.CATEGORIES.items():
        if categories.get(category):
            print(f"  {category} {words}: {categories[category]}")
            for cause, count in sorted(causes.items()):
                if cause.startswith(f"{category}: "):
                    print(f"    {cause.partition(': ')[2]}: {count}")


@group.command("list")
def show(where: Where) -> None:
    with Opened(where) as here:
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
            when, told = instants.local_text(row["at"]), json.loads(row["report"])
            print("\t".join((
                row["batch"], when, "waits for confirmation", row["asked_by"],
                f"credited={told['credited']} moved={told.get('moved', 0)} lost={told['lost']}",
            )))


def _which(command: Any) -> Any:
    """Add the options that choose among the differences."""
    for name in ("batch", "reason"):
        command = click.option(f"--{name}", metavar="TEXT", default="")(command)
    return click.option("--category", type=click.Choice(TO_WORK_OFF))(command)


@group.command("differences")
@click.option("--all", "everything", is_flag=True)
@_which
def differences(
    where: Where, everything: bool, category: str | None, reason: str, batch: str
) -> None:
    state = "" if everything else "open"
    chosen = difference_rows.Chosen(state, category or "", reason, batch)
    with Opened(where) as here:
        count = 0
        for block in difference_table.rows_of(
            here.store, here.campaign.id, chosen, exports.REASONS
        ):
            for place, id in enumerate(block["id"]):
                row = {name: values[place] for name, values in block.items()}
                count += row["done_at"] is None and not row["outcome"]
                state = str(row["state"])
                if row["done_at"] is not None:
                    state += f"\t{row['by_whom']}: {row['note']}"
                if row["reopened_at"] is not None:
                    state += f"\t{row['reopened_by']}: {row['reopened_note']}"
                told = [
                    str(id), f"{row['batch']}:{row['line']}", row["last4"] or "-",
                    row["category"], row["reason"] or row["reason_text"], state,
                ]
                if row["step"]:
                    told.append(f"{row['was']} ({row['was_batch']}) -> {row['now']}")
                if row["moved"] == "是":
                    told.append(f"{row['before'] or '-'} -> {row['after'] or '-'}")
                print("\t".join(told))
        print(f"{count} to look at")


@group.command("counts")
@click.argument("file", type=FILE, required=False)
@click.option("--source", metavar="NAME", default="")
def counts(where: Where, file: str | None, source: str) -> None:
    with Opened(where) as here:
        if file is not None:
            taken = platform_counts.take(
                here.ledger, Path(file), source, Actor(who()), instants.now()
            )
            print(f"{taken.rows} counts are taken in; they credit nobody")
            print_notes(taken.notes)
            return
        for line in beside.table(here.store, here.campaign.id):
            theirs = " ".join(
                f"{name}={'-' if n is None else n}" for name, n in line.theirs.items()
            )
            ours = " ".join(f"{name}={n}" for name, n in line.ours.items())
            print("\t".join((
                line.place, line.name, line.source, f"{line.since}-{line.until}", theirs, ours
            )))


@group.command("settle")
@click.argument("difference", type=int, required=False)
@click.option("--every", is_flag=True)
@click.option("--reopen", is_flag=True)
@_which
@click.option("--note", metavar="TEXT", required=True)
def settle(
    where: Where, difference: int | None, every: bool, reopen: bool, category: str | None,
    reason: str, batch: str, note: str,
) -> None:
    if (difference is None) != every or (reopen and every):
        raise Fault(Code.SETTLE_ONE_OR_EVERY, status=USAGE_AT_FAULT)
    with Opened(where) as here:
        actor = Actor(who())
        if reopen and difference is not None:
            if not facts_differences.reopen(
                here.ledger, [difference], note, actor, instants.now()
            ):
                raise Fault(Code.DIFFERENCE_NOT_DONE, difference=difference)
            print(f"difference {difference} is to be looked at again")
            return
        if difference is None:
            chosen = difference_rows.Chosen("open", category or "", reason, batch)
            done = facts_differences.settle_all(here.ledger, chosen, note, actor, instants.now())
            print(f"{done} differences are dealt with")
            return
        if not facts_differences.settle(here.ledger, [difference], note, actor, instants.now()):
            raise Fault(Code.DIFFERENCE_UNKNOWN, difference=difference)
    print(f"difference {difference} is dealt with")
