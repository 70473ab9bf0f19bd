"""`attribution user …`: accounts of the staff."""
from collections.abc import Callable
from typing import Any

import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, asked_password, signed_in, who
from attribution.deeds import Actor
from attribution.office import account_names, accounts, handing_over, passwords
from attribution.office.vouching import Word
from attribution.rule import instants
from attribution.service import Service
from attribution.store import staff

group = Group("user")


def _on_whose_word(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add how an account that counts gets an approver's word, or nobody's."""
    for add in (
        click.option("--alone", is_flag=True),
        click.option("--voucher", metavar="ACCOUNT"),
    ):
        function = add(function)
    return function


def _word(here: Service, voucher: str | None, alone: bool) -> Word:
    """Return the word of *voucher*, whose own password is asked for."""
    if voucher is not None:
        return Word(of=signed_in(here, voucher).name)
    return Word(alone=alone)


@group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(accounts.ROLES), default="office")
@click.option("--scope", metavar="UNIT", multiple=True)
@click.option("--generate", is_flag=True)
@click.option("--real-name", metavar="NAME", default="")
@_on_whose_word
def add(
    where: Where, name: str, role: str, scope: tuple[str, ...], generate: bool, real_name: str,
    voucher: str | None, alone: bool,
) -> None:
    password = passwords.new() if generate else asked_password()
    with Opened(where) as here:
        accounts.add(
            here.store, name, password, role, instants.now(),
            [unit for text in scope for unit in text.split(",") if unit],
            by=Actor(who()), rule=here.settings.password_rule, campaign=here.campaign.id,
            handed_over=generate, real_name=real_name, word=_word(here, voucher, alone),
        )
    print(f"added {name}" + (f", password: {password}" if generate else ""))


@group.command("password")
@click.argument("name")
@click.option("--generate", is_flag=True)
@_on_whose_word
def set_password(
    where: Where, name: str, generate: bool, voucher: str | None, alone: bool
) -> None:
    password = passwords.new() if generate else asked_password()
    with Opened(where) as here:
        accounts.set_password(
            here.store, name, password, instants.now(), by=Actor(who()),
            rule=here.settings.password_rule, handed_over=generate,
            word=_word(here, voucher, alone),
        )
    print(f"changed the password of {name}" + (f": {password}" if generate else ""))


@group.command("close")
@click.argument("name")
def close(where: Where, name: str) -> None:
    with Opened(where) as here:
        accounts.close(here.store, name, instants.now(), by=Actor(who()))
    print(f"closed {name}; all its sessions ended")


@group.command("open")
@click.argument("name")
@_on_whose_word
def reopen(where: Where, name: str, voucher: str | None, alone: bool) -> None:
    with Opened(where) as here:
        accounts.reopen(
            here.store, name, instants.now(), by=Actor(who()), word=_word(here, voucher, alone)
        )
    print(f"{name} is open, with the password that it had")


@group.command("rename")
@click.argument("name")
@click.argument("real_name")
def rename(where: Where, name: str, real_name: str) -> None:
    with Opened(where) as here:
        accounts.rename(here.store, name, real_name, instants.now(), by=Actor(who()))
    print(f"{name} is kept as the account of {account_names.real(real_name)}")


@group.command("hand-over")
@click.argument("name")
@click.argument("successor")
@click.option("--close", "closing", is_flag=True)
def hand_over(where: Where, name: str, successor: str, closing: bool) -> None:
    with Opened(where) as here:
        items = handing_over.hand_over(
            here.ledger, name, successor, instants.now(), by=Actor(who()), close=closing
        )
    for kind, ids in items.items():
        print(f"{kind}\t{' '.join(map(str, ids))}")
    print(f"{successor} stands for what {name} had open")


@group.command("second-step-off")
@click.argument("name")
@_on_whose_word
def second_step_off(where: Where, name: str, voucher: str | None, alone: bool) -> None:
    with Opened(where) as here:
        accounts.set_second_step(
            here.store, name, None, instants.now(), by=Actor(who()),
            word=_word(here, voucher, alone),
        )
    print(f"{name} signs in with the password alone, until a second step is set up again")


@group.command("list")
def show(where: Where) -> None:
    with Opened(where) as here, here.store.read() as connection:
        scopes = staff.all_scopes(connection)
        for row in staff.accounts(connection):
            state = "closed" if row["closed_at"] is not None else "open"
            print("\t".join((
                row["name"], row["role"], state, instants.local_text(row["created_at"]),
                ",".join(scopes.get(row["name"], [])), row["real_name"],
            )))
