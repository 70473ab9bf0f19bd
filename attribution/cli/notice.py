"""`attribution notice …`: what leaves the house by mail and robots, and what did not."""
import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, actor
from attribution.faults import Code
from attribution.office import letters, notice_ways, outbox
from attribution.office.sending import Unsent
from attribution.rule import instants
from attribution.settings.mailing import is_address
from attribution.store import notice_choices, notice_queue
from attribution.upkeep import outgoing
from qrgen.shapes import shape_of
from qrgen.shell import USAGE_AT_FAULT, Fault, language

group = Group("notice")

MOST = 200


@group.command("list")
@click.option("--all", "everything", is_flag=True)
def show(where: Where, everything: bool) -> None:
    with Opened(where) as here, here.store.read() as connection:
        counts = notice_queue.counts(connection)
        robots = notice_choices.robots(connection)
        rows = notice_queue.listing(
            connection, notice_queue.STATES if everything else outbox.TROUBLED, MOST
        )
    print("  ".join(f"{state} {counts.get(state, 0)}" for state in notice_queue.STATES))
    for robot in robots:
        print("\t".join((
            f"robot:{robot['id']}", robot["name"], robot["platform"], robot["shown"],
            robot["state"], robot["by_whom"],
        )))
    for row in rows:
        fault = outbox.fault_of(row)
        print("\t".join((
            str(row["id"]), instants.local_text(row["at"]), row["recipient"], row["kind"],
            row["state"], f"tries {row['tries']}", fault.told(language()) if fault else "-",
        )))


@group.command("retry")
@click.argument("notice", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True)
def retry(where: Where, notice: tuple[int, ...], everything: bool) -> None:
    if not notice and not everything:
        raise Fault(Code.USAGE_MISSING, status=USAGE_AT_FAULT, name="NOTICE",
                    typed="attribution notice retry")
    now = instants.now()
    with Opened(where) as here:
        with here.store.read() as connection:
            failed = [row["id"] for row in notice_queue.listing(connection, ("failed",), MOST)]
        # Of what may have arrived, each has to be named: somebody asked whether it did.
        ids = [*notice, *(failed if everything else [])]
        count = outbox.again(here.store, ids, by=actor(), now=now)
        if notice and not count:
            raise Fault(Code.NOTICE_UNKNOWN, notice=notice[0])
        sent = outgoing.send(here, now, f"shell {now}")
    print(f"{count} notices are tried again; {sent} messages left now")


@group.command("test")
@click.option("--robot", metavar="ROBOT", type=int)
@click.option("--to", metavar="ADDRESS")
def test(where: Where, robot: int | None, to: str | None) -> None:
    if (robot is None) == (to is None):
        raise Fault(Code.USAGE_MISSING, status=USAGE_AT_FAULT, name="--robot / --to",
                    typed="attribution notice test")
    now = instants.now()
    with Opened(where) as here:
        if to is None:
            with here.store.read() as connection:
                if notice_choices.robot(connection, robot or 0) is None:
                    raise Fault(Code.ROBOT_UNKNOWN, robot=robot)
            sent, fault = outgoing.try_out(here, f"robot:{robot}", actor(), now)
            if not sent:
                raise fault or Fault(Code.NOTICE_CLOSED)
            print("it left; look whether the group has it")
            return
        if not is_address(to):
            raise Fault(Code.NOTICE_ADDRESS_TYPED, status=USAGE_AT_FAULT, shape=shape_of(to))
        server = notice_ways.server_of(here.settings)
        letter = letters.write(
            sender=server.sender, to=to, title="专码：测试消息", number=here.store.next_id(now),
            site=here.settings.public_url, now=now, called=f"专码 {here.campaign.short_title}",
            lines=["这是一条测试消息。收到就说明通了。"],
        )
        try:
            letters.hand_in(server, letter, to)
        except Unsent as unsent:
            raise unsent.fault from None
    print(f"{server.host} has taken it; look whether it arrives")
