"""
The `attribution` command: one verb for each thing an operator does.

Each noun is a module of its own, loaded when it is asked for: `--help`, a completion and a slip
in the first word need neither Flask nor the ledger. A module parses, calls one function of the
domain and prints. Exit status: 0 done, 1 the data is at fault, 2 the usage is. Errors go to
stderr as a cause and a hint (`qrgen.shell`); a password is printed once, at its making.
"""
import os
import sys
from collections.abc import Iterator, Sequence

import click

from attribution.cli.commands import Command, Group
from qrgen.shell import run

PROGRAM = "attribution"

# The variable that a shell sets when it asks how a line may go on; click's name for it.
COMPLETE = "_ATTRIBUTION_COMPLETE"

# In the order of the help. What each does, it says in `help_en` and `help_zh`.
NOUNS = {
    "init": "attribution.cli.init:run",
    "serve": "attribution.cli.serve:run",
    "reload": "attribution.cli.reload:run",
    "backup": "attribution.cli.backup:run",
    "restore": "attribution.cli.backup:restore",
    "migrate": "attribution.cli.migrate:run",
    "check": "attribution.cli.check:run",
    "rebuild": "attribution.cli.rebuild:run",
    "user": "attribution.cli.user:group",
    "units": "attribution.cli.units:group",
    "campaign": "attribution.cli.campaign:group",
    "feed": "attribution.cli.feed:group",
    "goal": "attribution.cli.goal:group",
    "report": "attribution.cli.report:group",
    "snapshot": "attribution.cli.snapshot:group",
    "scene": "attribution.cli.scene:group",
    "newness": "attribution.cli.newness:group",
    "links": "attribution.cli.links:group",
    "export": "attribution.cli.export:run",
    "copy": "attribution.cli.copy:run",
    "daily": "attribution.cli.daily:run",
    "correct": "attribution.cli.correct:group",
    "request": "attribution.cli.request:group",
    "trace": "attribution.cli.trace:run",
    "terms": "attribution.cli.terms:run",
    "seal": "attribution.cli.seal:run",
    "proof": "attribution.cli.proof:group",
    "verify-export": "attribution.cli.verify_export:run",
    "retention": "attribution.cli.retention:group",
    "end": "attribution.cli.end:group",
    "whatif": "attribution.cli.whatif:run",
    "period": "attribution.cli.period:group",
    "partner": "attribution.cli.partner:group",
    "notice": "attribution.cli.notice:group",
}

ROOT = Group(PROGRAM, nouns=NOUNS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    # Copies, downloads, uploads: whatever a command or the service writes is its owner's alone.
    before = os.umask(0o077)
    try:
        return run(PROGRAM, _main, sys.argv[1:] if argv is None else argv)
    finally:
        os.umask(before)


def commands() -> Iterator[tuple[str, click.Context]]:
    """Yield every command that can be typed, such as ``feed import``, with its context."""
    yield from _within(click.Context(ROOT, info_name=PROGRAM), "")


def _within(context: click.Context, path: str) -> Iterator[tuple[str, click.Context]]:
    group = context.command
    assert isinstance(group, Group)
    for name in group.list_commands(context):
        child = group.get_command(context, name)
        assert child is not None
        below = click.Context(child, info_name=name, parent=context)
        if isinstance(child, Command):
            yield f"{path}{name}", below
        else:
            yield from _within(below, f"{path}{name} ")


def _main(argv: Sequence[str]) -> int | None:
    if asked := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(ROOT, {}, PROGRAM, COMPLETE, asked)
    # Not by click's own `main`, which takes interrupts and broken pipes its way; `run` has ours.
    try:
        with ROOT.make_context(PROGRAM, list(argv)) as context:
            status: int | None = ROOT.invoke(context)
            return status
    except click.exceptions.Exit as leaving:  # after --help
        return leaving.exit_code
    except click.UsageError as error:
        from attribution.cli.usage_faults import fault_of

        raise fault_of(error) from None
