"""`attribution request …`: what takes two people: one asked, another agrees or does not."""
import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, signed_in
from attribution.office import agreed, requests
from attribution.proof import heads
from attribution.rule import instants
from attribution.store import request_log

group = Group("request")


@group.command("list")
def show(where: Where) -> None:
    with Opened(where) as here:
        with here.store.read() as connection:
            rows = request_log.listing(connection, here.campaign.id)
        for row in rows:
            state = f"{row['answer']} by {row['answered_by']}" if row["answer"] else "waits"
            print("\t".join((
                str(row["id"]), instants.local_text(row["at"]), row["kind"], row["subject"],
                row["payload"], row["note"] or "-", row["asked_by"], state,
            )))


@group.command("approve")
@click.argument("request", type=int)
@click.option("--note", metavar="TEXT", default="")
@click.option("--by", metavar="ACCOUNT", required=True)
def approve(where: Where, request: int, note: str, by: str) -> None:
    with Opened(where) as here:
        second = signed_in(here, by)
        told = requests.approve(
            here, request, agreed.PERFORMERS, by=second, now=instants.now(), note=note
        )
        agreed.afterwards(here, request, second, instants.now())
        heads.seal_now(here.ledger, here.settings, instants.now())
    print(f"request {request} is approved and done")
    for name, value in told.items():
        print(f"{name}: {value}")
    if told:
        print("shown this once: hand it to its owner, who uses it once")


@group.command("refuse")
@click.argument("request", type=int)
@click.option("--note", metavar="TEXT", default="")
@click.option("--by", metavar="ACCOUNT", required=True)
def refuse(where: Where, request: int, note: str, by: str) -> None:
    with Opened(where) as here:
        requests.refuse(
            here.ledger, request, by=signed_in(here, by), now=instants.now(), note=note
        )
    print(f"request {request} is refused or taken back; nothing was changed")
