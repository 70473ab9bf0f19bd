"""`attribution correct | trace | seal | verify-export | whatif`: corrected and proved."""
import argparse
import csv
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from attribution import judging
from attribution.cli.tools import Commands, Opened, own_paths, signed_in, who
from attribution.deeds import Actor
from attribution.facts import feed_reader
from attribution.office import corrections, trace
from attribution.proof import export_seals, seals
from attribution.reports import whatif
from attribution.rule import credit, instants
from attribution.service import Service
from attribution.store import proposals, registry, standings
from attribution.store import seal_pages as kept_seals
from attribution.upkeep import retention
from attribution.upkeep.housekeeping import keep_up
from qrgen.cli import TO_STANDARD
from qrgen.files import open_text
from qrgen.instance import find_campaign, find_instance
from qrgen.places import messages_aside
from qrgen.registry import load_campaign
from qrgen.shell import Fault


def install(command: Commands, group: Any) -> None:
    """Add the commands."""
    correct = group("correct", "corrections: one person asks, another approves")
    for kind, help in (
        ("reassign", "ask that a person count for another unit"),
        ("reverse", "ask that a credit be taken back"),
        ("restore", "ask that the rule decide again"),
        ("hold", "ask that a claim not count for now"),
        ("release", "ask that a held claim count again"),
    ):
        made = command(kind, _ask, help, correct)
        made.set_defaults(kind=kind)
        made.add_argument(
            "row", type=int,
            help="the claim" if kind in ("hold", "release") else "the person's claim or credit",
        )
        if kind == "reassign":
            made.add_argument("--to", metavar="UNIT", required=True)
        made.add_argument("--reason", choices=list(corrections.REASONS), required=True)
        made.add_argument("--note", required=True, help="what was found, and on what paper")
        made.add_argument(
            "--attachment", metavar="FILE",
            help="the paper it rests on: its SHA-256 is kept, the file is not",
        )
        made.add_argument("--by", metavar="ACCOUNT", required=True)
    for verb, help in (("approve", "let a correction take effect"), ("refuse", "refuse one")):
        made = command(verb, _answer, help, correct)
        made.set_defaults(approve=verb == "approve")
        made.add_argument("correction", type=int)
        made.add_argument("--note", default="")
        made.add_argument("--by", metavar="ACCOUNT", required=True)
    listed = command("list", _list, "list the corrections nobody has answered", correct)
    listed.add_argument(
        "--attachment", metavar="FILE", help="only those that rest on exactly this file"
    )
    listed.add_argument("--all", action="store_true", help="the answered ones too")

    traced = command("trace", _trace, "show what a credit rests on: scan, claim, facts, decision")
    traced.add_argument("what", help="a row's number, LAST4@DATE, or a resident's receipt")
    traced.add_argument("--json", action="store_true")

    command("terms", _terms, "list the versions of the rule: since when, and of what terms")

    sealed = command("seal", _seal, "seal every finished day that is not sealed yet")
    sealed.add_argument("--now", action="store_true", help="and today as far as it went")
    sealed.add_argument("--list", action="store_true", help="only list the seals")
    command("verify-export", _verify, "prove that a file was exported here and not altered") \
        .add_argument("file")

    kept = group("retention", "what must not be kept")
    due = command("run", _retention_run, "unlink lapsed and erased persons, drop old scans", kept)
    due.add_argument("--dry-run", action="store_true", help="only count")
    ended = command("shred", _shred, "end a campaign: destroy its pepper, for good", kept)
    ended.add_argument("id", help="the campaign's id, typed in full")

    what = command("whatif", _whatif, "compare policies, on the ledger or over files")
    what.add_argument("--claims", metavar="FILE.csv", help="judge these files, not the ledger")
    what.add_argument("--facts", metavar="FILE.csv")
    what.add_argument("--policy", choices=list(credit.POLICIES))
    what.add_argument("--out", metavar="FILE.csv", help=TO_STANDARD)


def _sha256(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return feed_reader.sha256_of(Path(path))
    except OSError as error:
        raise Fault(f"{path}: {error.strerror}", "name the scanned paper", 2) from None


def _ask(options: argparse.Namespace) -> None:
    attachment = _sha256(options.attachment)
    with Opened(options) as here:
        by = signed_in(here, options.by)
        made = corrections.ask(
            here.ledger, options.kind, options.row, reason=options.reason,
            note=options.note, asked_by=Actor(by), now=instants.now(),
            to_unit=getattr(options, "to", None), attachment=attachment,
        )
    print(f"correction {made} waits for another person:")
    print(f"attribution correct approve {made} --by ACCOUNT")


def _answer(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        by = signed_in(here, options.by)
        done = corrections.answer(
            here.ledger, options.correction, approve=options.approve,
            answered_by=Actor(by), now=instants.now(), note=options.note,
        )
        seals.seal_now(here.ledger, here.settings, instants.now())
    if options.approve:
        print(f"correction {done.proposal}: {done.before or 'none'} -> {done.after or 'none'}")
    else:
        print(f"correction {done.proposal} is refused")


def _list(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        with here.store.read() as connection:
            rows = proposals.listing(
                connection, here.campaign.id, everything=options.all or bool(options.attachment)
            )
        wanted = _sha256(options.attachment)
        for row in rows:
            if wanted not in (None, row["attachment"]):
                continue
            state = f"{row['answer']} by {row['answered_by']}" if row["answer"] else "waits"
            print("\t".join((
                str(row["id"]), instants.local_text(row["at"]), row["kind"],
                f"…{row['last4'] or ''}", row["to_unit"] or "-", row["reason"], row["note"],
                row["asked_by"], state, row["attachment"] or "-",
            )))


def _trace(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        for person in trace.find(
            here.ledger, options.what, here.settings.person_pepper
        ):
            told = trace.trace(here.ledger, person)
            if options.json:
                print(trace.as_json(told))
            else:
                for line in trace.lines(told):
                    print(line)


def _terms(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        with here.store.read() as connection:
            versions = registry.terms(connection, here.campaign.id)
            used = {row["policy"]: row["n"] for row in standings.policies(
                connection, here.campaign.id)}
        now = judging.version_of(judging.told_terms(here.campaign))
    for row in versions:
        state = "in force" if row["version"] == now else "-"
        print("\t".join((
            row["version"], instants.local_text(row["at"]), state,
            f"{used.get(row['version'], 0)} credits", row["terms"],
        )))


def keys_of(here: Service) -> tuple[str, ...]:
    """Return the keys of the seals, or say how to make them."""
    if not here.settings.seal_keys:
        raise Fault("there is no keys/seals.keys", "run `attribution init` to make one")
    return here.settings.seal_keys


def _seal(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        if options.list:
            with here.store.read() as connection:
                made = kept_seals.listing(connection, here.campaign.id)
        else:
            made = seals.seal_days(
                here.ledger, keys_of(here), instants.now(),
                digest=here.settings.digest, today=options.now,
            )
    for row in made:
        print(f"{seals.describe(row)} · {row['rows']} rows")
    if not made:
        print("no seal yet" if options.list else "every finished day is sealed")


def _verify(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        rows = export_seals.verify_export(
            here.ledger, keys_of(here), Path(options.file)
        )
        with here.store.read() as connection:
            made = {seal["number"]: seal for seal in kept_seals.listing(
                connection, here.campaign.id)}
    for row in rows:
        print(
            f"genuine: {row['name']} exported {instants.local_text(row['at'])} by {row['by_whom']},"
            f" after seal {row['seal']}"
        )
        if row["seal"] in made:
            print(seals.describe(made[row["seal"]]))


def _retention_run(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        if not options.dry_run:
            keep_up(here.ledger, instants.now())
        done = retention.run(
            here.ledger, instants.now(), who(), dry_run=options.dry_run
        )
        waiting = retention.waiting(here.ledger, instants.now())
    would = "would be " if options.dry_run else ""
    print(f"persons {would}unlinked: {done.lapsed} lapsed, {done.asked} on their own wish")
    for why in waiting:
        print(f"no claim lapses yet: {why}")
    print(f"single claims {would}unlinked on their persons' wish: {done.claims}")
    print(f"scans {would}deleted, their counts kept: {done.scans}")


def _shred(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        if options.id != here.campaign.id:
            raise Fault(f"{options.id!r} is not this campaign", f"it is {here.campaign.id}", 2)
        done = retention.shred(
            here.ledger, here.settings.instance, instants.now(), who()
        )
    print(f"emptied {sum(done.values())} rows and destroyed keys/person.keys")
    print("destroy the copies of that file too, and restart the service")


def _whatif(options: argparse.Namespace) -> None:
    with messages_aside(options.out):
        _compare(options)


def _compare(options: argparse.Namespace) -> None:
    if bool(options.claims) != bool(options.facts):
        raise Fault("--claims and --facts belong together", "give both, or neither", 2)
    if options.claims:
        if not options.out:
            raise Fault("--out is missing", "name the file for the answer: --out FILE.csv", 2)
        campaign = load_campaign(
            find_campaign(find_instance(options.instance), options.campaign)
        )
        terms = judging.terms_of(campaign, options.policy)
        count = whatif.run(Path(options.claims), Path(options.facts), terms, Path(options.out))
        print(f"{count} people judged")
        return
    if not options.policy:
        raise Fault("--policy is missing", f"one of {', '.join(credit.POLICIES)}", 2)
    with Opened(options) as here:
        gains: Counter[str] = Counter()
        losses: Counter[str] = Counter()
        with open_text(
            Path(options.out), own_paths(here.settings), encoding="utf-8-sig", folders=False
        ) if options.out else nullcontext(sys.stdout) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["person", "last4", here.campaign.policy, options.policy, "reason"])
            for moved in whatif.compare(here.ledger, options.policy):
                losses[moved.now or ""] += 1
                gains[moved.then or ""] += 1
                writer.writerow([
                    moved.person[:12], moved.last4, moved.now or "", moved.then or "",
                    moved.reason or "",
                ])
        for unit in sorted((gains.keys() | losses.keys()) - {""}):
            net = gains[unit] - losses[unit]
            print(f"{unit}: +{gains[unit]} -{losses[unit]} = {net:+d}")
        print(f"{sum(gains.values())} people would count otherwise; nothing was written")
