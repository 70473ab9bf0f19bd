"""`attribution init`: an instance, or whatever of it is missing."""
import click

from attribution.cli.commands import Where, command
from attribution.rule import instants
from attribution.upkeep.new_instance import initialise
from qrgen.instance import find_instance


@command("init")
@click.option("--demo", is_flag=True)
@click.option("--public-url", metavar="URL")
@click.option("--admin", metavar="NAME", default="admin")
def run(where: Where, demo: bool, public_url: str | None, admin: str) -> None:
    instance = find_instance(where.instance)
    made = initialise(
        instance, instants.now(), campaign=where.campaign, demo=demo,
        public_url=public_url, admin=admin,
    )
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
