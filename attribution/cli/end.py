"""`attribution end …`: through the end of a campaign, each step after the one before."""
from pathlib import Path

import click

from attribution import two_people
from attribution.cli.commands import FILE, Group, Where
from attribution.cli.tools import Opened, actor, agreed, both, signed_in
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.rule import instants
from attribution.rule.instants import local_text
from attribution.service import Service
from attribution.store import end_log, forgetting, request_log
from attribution.upkeep import archiving, copies_elsewhere, ending, retention, shredding
from attribution.upkeep.ending import EndStep
from qrgen.shell import USAGE_AT_FAULT, Fault, language

group = Group("end")

# What a step is called, and what to do for it.
_STEPS = {
    EndStep.CLOSED: "nobody registers any more",
    EndStep.SETTLED: "what people do counts no more, and late files are in",
    EndStep.DIFFERENCES: "no file on its way, no open difference",
    EndStep.HELD: "no held claim",
    EndStep.ANSWERED: "no appeal, correction, request or wish to be erased waits",
    EndStep.LOCKED: "the last period is locked",
    EndStep.BULLETIN: "the last period has its bulletin (attribution report bulletin)",
    EndStep.ARCHIVED: "the archive is made and checked (attribution end archive)",
    EndStep.SHREDDED: "everybody is forgotten (attribution end shred)",
}


@group.command("status")
def status(where: Where) -> None:
    with Opened(where) as here:
        for number, stage in enumerate(ending.stages(here, instants.now()), 1):
            state = "done" if stage.done else "now" if stage.reached else "later"
            due = f"\tfrom {local_text(stage.due)[:16]}" if stage.due and not stage.done else ""
            print(f"{number}\t{state}\t{_STEPS[stage.step]}{due}")
            for said in stage.left if stage.reached else ():
                print(f"\t\t{said.told(language())}")
        print("copies elsewhere, to be destroyed by hand once everybody is forgotten:")
        _print_copies(here)


def _print_copies(here: Service) -> None:
    for one in copies_elsewhere.listed(here):
        state = f"gone, said {one.gone['by_whom']}" if one.gone else "there"
        print(f"\t{one.name}\t{state}\t{one.said.told(language())}")


@group.command("archive")
@click.argument("file", type=FILE)
def archive(where: Where, file: str) -> None:
    with Opened(where) as here:
        made = archiving.make(here, Path(file).absolute(), actor(), instants.now())
    print(f"wrote {file}: {made.size} bytes, checked from outside; sha256 {made.sha256}")
    print(f"whoever gets it unpacks it and runs: python3 archive_check.py {made.file.name}")


@group.command("shred")
@click.argument("id")
@click.option("--dry-run", is_flag=True)
@both
def shred(
    where: Where, id: str, dry_run: bool, by: str | None, second: str | None
) -> None:
    with Opened(where) as here:
        forget_everybody(here, id, by, second, dry_run=dry_run)


def forget_everybody(
    here: Service, id: str, by: str | None, second: str | None, *, dry_run: bool = False
) -> None:
    """Say what would go, then have two people agree, then do it; or go on where it was cut off."""
    if id != here.campaign.id:
        raise Fault(
            Code.ANOTHER_CAMPAIGN, status=USAGE_AT_FAULT, given=id, campaign=here.campaign.id
        )
    now = instants.now()
    with here.store.read() as connection:
        counts = forgetting.count_people(connection, id)
        begun, two = end_log.is_over(connection, id), two_people.is_on(connection, id)
        asked = request_log.waiting(connection, id, ending.REQUEST, ending.subject(here))
    if two and by is None and not dry_run and not begun:
        raise Fault(Code.TWO_AT_THE_SHELL, status=USAGE_AT_FAULT, subject=ending.subject(here))
    ending.require(here, EndStep.SHREDDED, now)
    for table, rows in counts.items():
        print(f"{table}\t{rows}")
    if dry_run:
        _print_copies(here)
        return
    shredding.pepper_of(here.settings.instance)  # before anybody is asked
    if begun:
        _finish(here, actor())
    elif by is None or second is not None or not two:
        by_whom = agreed(here, ending.REQUEST, ending.subject(here), {"rows": counts}, by, second)
        _finish(here, by_whom)
    elif asked is None or asked["asked_by"] == by:
        number = ending.ask(here, signed_in(here, by), now, counts)
        print(f"request {number} waits for another person, who sees the same and runs:")
        print(f"attribution end shred {id} --by ACCOUNT")
    else:
        by_whom = signed_in(here, by)
        ending.agree(here, asked["id"], by_whom, now)
        _finish(here, by_whom)


def _finish(here: Service, by_whom: Actor) -> None:
    done = ending.finish(here, by_whom, instants.now())
    space = retention.give_back(here.ledger, anew=True)
    print(f"emptied {sum(done.values())} rows and destroyed keys/person.keys")
    print(space)
    print("restart the service; then destroy these too, and tick each off: attribution end gone")
    _print_copies(here)


@group.command("gone")
@click.argument("names", nargs=-1, required=True)
@click.option("--note", metavar="TEXT", default="")
@click.option("--by", metavar="ACCOUNT", required=True)
def gone(where: Where, names: tuple[str, ...], note: str, by: str) -> None:
    with Opened(where) as here:
        done = copies_elsewhere.tick_off(
            here, list(names), signed_in(here, by), instants.now(), note
        )
        print(f"{done} copies are ticked off")
        _print_copies(here)
