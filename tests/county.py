# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A county of two people who need each other, and its third slip, for whoever plays its days."""
import io
import sys
from dataclasses import dataclass

from console import PASSWORD, need_two, signed_in

from attribution import cli
from attribution.deeds import Actor
from attribution.office import accounts, first_people
from attribution.rule import instants
from attribution.service import Service


@dataclass
class County:
    """The service of a county; its people are called as their roles are."""

    service: Service
    folder: str

    def visitor(self, name):
        """Return a browser in which *name* is signed in."""
        return signed_in(self.service, name)

    def shell(self, monkeypatch, *argv, passwords=()):
        """Give a command with what is typed at its prompts; return its exit status."""
        monkeypatch.setenv("ZHUANMA_DATABASE", self.service.settings.database)
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{one}\n" for one in passwords)))
        return cli.main([*argv, "--instance", self.folder])


def make_county(service: Service, folder: str) -> County:
    """Switch the rule of two on and make its people, each with a password of their own."""
    now = instants.now()
    need_two(service)
    slips = first_people.make(service.ledger, now, by=Actor("shell:root"), office="office")
    for name in [slip.name for slip in slips]:
        own_password(service, name)
    return County(service, folder)


def own_password(service: Service, name: str) -> None:
    """Let *name* choose their own, as at a first sign-in."""
    accounts.set_password(service.store, name, PASSWORD, instants.now(), by=Actor(name))
