"""`attribution init`: an instance, or whatever of it is missing; or the next one of an old."""
from datetime import date, datetime
from pathlib import Path

import click

from attribution.cli.commands import DIR, Where, command
from attribution.cli.tools import actor
from attribution.faults import Code
from attribution.rule import instants
from attribution.upkeep import next_campaign, setting_up
from attribution.upkeep.new_instance import initialise
from qrgen.instance import find_instance
from qrgen.shell import USAGE_AT_FAULT, Fault

LINE = "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -"
DUTIES = {
    "office": "asks: files, corrections, targets",
    "checker": "agrees to what the office asks",
    "accounts": "makes accounts; sees no figures",
}


@command("init")
@click.option("--demo", is_flag=True)
@click.option("--public-url", metavar="URL")
@click.option("--admin", metavar="NAME", default="admin")
@click.option("--from", "old", metavar="OLD_INSTANCE", type=DIR)
@click.option("--start", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--id", metavar="ID")
def run(
    where: Where, demo: bool, public_url: str | None, admin: str, old: str | None,
    start: datetime | None, id: str | None,
) -> None:
    instance = find_instance(where.instance)
    if old is not None:
        _begin_next(instance, Path(old), start.date() if start else None, id, public_url)
        return
    made = initialise(
        instance, instants.now(), campaign=where.campaign, demo=demo,
        public_url=public_url, admin=admin, by=actor(),
    )
    setting_up.end(instance)  # what somebody began in a browser is not what there is now
    if not made.steps and not made.told:
        print(f"{instance} is complete; nothing was changed")
    for step in made.steps:
        print(f"made {step}")
    for told in made.told:
        print(told)
    if made.password:
        print(f"administrator: {made.admin}")
        print(f"password: {made.password}")
        print("shown this once; `attribution user password` sets another")
    for slip in made.slips:
        print()
        print(LINE)
        print(f"role: {slip.role}   ({DUTIES[slip.role]})")
        print(f"account: {slip.name}")
        print(f"first password: {slip.password}")
        print("used once: choose your own when you sign in at /admin/")
    if made.slips:
        print(LINE)
        print("shown this once: cut them apart, and hand each to another human being, unread.")
        print("Two who sign in with two of them can prove that no figure is one person's work;")
        print("one who holds both cannot, and docs/duties.md says what that leaves unproved.")


def _begin_next(
    instance: Path, old: Path, start: date | None, id: str | None, public_url: str | None
) -> None:
    if start is None:
        raise Fault(Code.NEXT_NO_START, status=USAGE_AT_FAULT)
    made, legacy = next_campaign.begin(
        instance, old, instants.now(), start=start, id=id, public_url=public_url, by=actor()
    )
    for step in made.steps:
        print(f"made {step}")
    for told in made.told:
        print(told)
    for name in legacy.left:
        print(f"left behind {name}: none of its units takes part any more")
    print("passwords and second steps are those of the old instance; sessions are not")
    print(f"every unit begins at its next issue, and posters of {legacy.campaign.id} lead to a"
          " page that says so")
    print("all dates moved with the first day: look at them, titles and targets, in 活动设置")
    print(f"other settings stay in {old / 'config.toml'}: copy what you need")
