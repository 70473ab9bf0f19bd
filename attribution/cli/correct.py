"""`attribution correct …`: corrections: one person asks, another approves."""
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.tools import Opened, signed_in
from attribution.facts import feed_reader
from attribution.faults import Code
from attribution.office import corrections
from attribution.proof import heads
from attribution.rule import instants
from attribution.store import proposals
from qrgen.shell import USAGE_AT_FAULT, Fault

group = Group("correct")


def _grounds(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every correction is asked for with: whom it is about, why, who asks."""
    for add in (
        click.option("--by", metavar="ACCOUNT", required=True),
        click.option("--attachment", type=FILE),
        click.option("--note", metavar="TEXT", required=True),
        click.option("--reason", type=click.Choice(list(corrections.REASONS)), required=True),
        click.argument("row", type=int),
    ):
        function = add(function)
    return function


@group.command("reassign")
@_grounds
@click.option("--to", metavar="UNIT", required=True)
def reassign(where: Where, **grounds: Any) -> None:
    _ask(where, "reassign", **grounds)


@group.command("reverse")
@_grounds
def reverse(where: Where, **grounds: Any) -> None:
    _ask(where, "reverse", **grounds)


@group.command("restore")
@_grounds
def restore(where: Where, **grounds: Any) -> None:
    _ask(where, "restore", **grounds)


@group.command("hold")
@_grounds
def hold(where: Where, **grounds: Any) -> None:
    _ask(where, "hold", **grounds)


@group.command("release")
@_grounds
def release(where: Where, **grounds: Any) -> None:
    _ask(where, "release", **grounds)


def _ask(
    where: Where, kind: str, row: int, reason: str, note: str, attachment: str | None, by: str,
    to: str | None = None,
) -> None:
    digest = _sha256(attachment)
    with Opened(where) as here:
        made = corrections.ask(
            here.ledger, kind, row, reason=reason,
            note=note, asked_by=signed_in(here, by), now=instants.now(),
            to_unit=to, attachment=digest,
        )
    print(f"correction {made} waits for another person:")
    print(f"attribution correct approve {made} --by ACCOUNT")


@group.command("approve")
@click.argument("correction", type=int)
@click.option("--note", metavar="TEXT", default="")
@click.option("--by", metavar="ACCOUNT", required=True)
def approve(where: Where, correction: int, note: str, by: str) -> None:
    done = _answer(where, correction, True, note, by)
    print(f"correction {done.proposal}: {done.before or 'none'} -> {done.after or 'none'}")


@group.command("refuse")
@click.argument("correction", type=int)
@click.option("--note", metavar="TEXT", default="")
@click.option("--by", metavar="ACCOUNT", required=True)
def refuse(where: Where, correction: int, note: str, by: str) -> None:
    done = _answer(where, correction, False, note, by)
    print(f"correction {done.proposal} is refused")


def _answer(
    where: Where, correction: int, approve: bool, note: str, by: str
) -> corrections.Answered:
    with Opened(where) as here:
        done = corrections.answer(
            here.ledger, correction, approve=approve,
            answered_by=signed_in(here, by), now=instants.now(), note=note,
        )
        heads.seal_now(here.ledger, here.settings, instants.now())
    return done


@group.command("list")
@click.option("--attachment", type=FILE)
@click.option("--all", "everything", is_flag=True)
def show(where: Where, attachment: str | None, everything: bool) -> None:
    with Opened(where) as here:
        with here.store.read() as connection:
            rows = proposals.listing(
                connection, here.campaign.id, everything=everything or bool(attachment)
            )
        wanted = _sha256(attachment)
        for row in rows:
            if wanted not in (None, row["attachment"]):
                continue
            state = f"{row['answer']} by {row['answered_by']}" if row["answer"] else "waits"
            print("\t".join((
                str(row["id"]), instants.local_text(row["at"]), row["kind"],
                f"…{row['last4'] or ''}", row["to_unit"] or "-", row["reason"], row["note"],
                row["asked_by"], state, row["attachment"] or "-",
            )))


def _sha256(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return feed_reader.sha256_of(Path(path))
    except OSError as error:
        raise Fault(
            Code.NO_ATTACHMENT, status=USAGE_AT_FAULT, path=path, problem=error.strerror
        ) from None
