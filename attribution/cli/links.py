"""`attribution links …`: the ways out, and how often they were taken."""
from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened
from attribution.store import residents

group = Group("links")


@group.command("list")
def show(where: Where) -> None:
    with Opened(where) as here, here.store.read() as connection:
        counts = residents.ways_out(connection, here.campaign.id)
        links = here.campaign.links
    for key, link in links.items():
        print(f"{key}\t{counts.get(key, 0)}\t{link.label}")
