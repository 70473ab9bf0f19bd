"""`attribution init`: an instance, or whatever of it is missing."""
import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import actor
from attribution.rule import instants
from attribution.upkeep import setting_up
from attribution.upkeep.new_instance import initialise
from qrgen.instance import find_instance

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
def run(where: Where, demo: bool, public_url: str | None, admin: str) -> None:
    instance = find_instance(where.instance)
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
