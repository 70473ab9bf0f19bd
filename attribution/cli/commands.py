"""
What a command, and a group of them, is here: click's, with three things of ours.

Every command takes ``--instance`` and ``--campaign`` and hands them on as one `Where`. Help
comes from the table of whoever's language it is, not from the code. A group may name modules
instead of holding commands, and loads one when it is asked for.
"""
import gc
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from qrgen.shell import language

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

HELP_NAMES = ["-h", "--help"]


@dataclass(frozen=True)
class Where:
    """Which instance and which campaign a command is about, as given; None: the usual one."""

    instance: str | None = None
    campaign: str | None = None


class Deferred(click.ParamType[str]):
    """
    A path, taken as it is typed and left to whoever opens it; a shell completes it.

    Not `click.Path`, which judges what lies there before our own words about it can.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list["CompletionItem"]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type=self.name)]


FILE, DIR = Deferred("file"), Deferred("dir")


def words(spoken: str | None = None) -> Mapping[str, str]:
    """Return the table of help in a language, by default that of whoever is at the shell."""
    table: Mapping[str, str] = import_module(f"attribution.cli.help_{spoken or language()}").HELP
    return table


def path_of(context: click.Context) -> str:
    """Return the command as it is typed, without the program's name; '' for the program."""
    names = []
    while context.parent is not None:
        names.append(context.info_name or "")
        context = context.parent
    return " ".join(reversed(names))


def name_of(param: click.Parameter) -> str:
    """Return a parameter as people know it: ``--role``, ``FILE``."""
    return param.opts[-1] if isinstance(param, click.Option) else param.human_readable_name


def help_of(context: click.Context, param: click.Parameter) -> str:
    """Return what the tables say of a parameter: of this command's own, else of all of the name."""
    name = name_of(param)
    table = words()
    return table.get(f"{path_of(context)} {name}") or table.get(name, "")


class _Told(click.Command):
    """Help as we write it, in the language of whoever asks."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        params = super().get_params(ctx)
        for param in params:
            if isinstance(param, click.Option):
                param.help = help_of(ctx, param)  # completion tells it too
        return params

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(
            ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), words()["usage"] + " "
        )

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words()[path_of(ctx)])

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            (param.make_metavar(ctx), help_of(ctx, param))
            for param in self.get_params(ctx) if isinstance(param, click.Argument)
        ]
        if rows:
            with formatter.section(words()["arguments"]):
                formatter.write_dl(rows)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        must = words()["required"]
        rows = [
            (param.get_help_spec(ctx), f"{param.help}{must if param.required else ''}")
            for param in self.get_params(ctx) if isinstance(param, click.Option)
        ]
        with formatter.section(words()["options"]):
            formatter.write_dl(rows)


class Command(_Told):
    """A command; its function gets a `Where` first, then the parameters by name."""

    def __init__(self, name: str | None, **attributes: Any) -> None:
        super().__init__(name, context_settings={"help_option_names": HELP_NAMES}, **attributes)
        self.params += [
            click.Option(["--instance"], type=DIR), click.Option(["--campaign"], type=DIR)
        ]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """
        Parse as click does, but for two things that commands in timers and notes rely on: an
        option may be cut short as long as it means one, and is never taken for a value
        (``--source --dry-run`` would import in earnest, under the source ``--dry-run``).
        """
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        names = [name for option in options for name in option.opts]
        literal = args.index("--") if "--" in args else len(args)
        full = [_in_full(arg, names) for arg in args[:literal]] + args[literal:]
        try:
            if not ctx.resilient_parsing:  # a line that is being completed is never whole
                _refuse_options_as_values(
                    full[:literal + 1], [option for option in options if not option.is_flag]
                )
            return super().parse_args(ctx, full)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click leaves it out where a value is missing
            raise

    def invoke(self, ctx: click.Context) -> Any:
        params = dict(ctx.params)
        where = Where(params.pop("instance"), params.pop("campaign"))
        assert self.callback is not None
        # What is loaded stays: looking through it again and again for what could be thrown away
        # costs whoever makes much, like an import, a tenth of their time.
        gc.freeze()
        return ctx.invoke(self.callback, where, **params)


def _in_full(arg: str, names: list[str]) -> str:
    name, equals, value = arg.partition("=")
    if not name.startswith("--") or name in names:
        return arg
    meant = [known for known in names if known.startswith(name)]
    return f"{meant[0]}{equals}{value}" if len(meant) == 1 else arg


def _refuse_options_as_values(args: list[str], options: list[click.Option]) -> None:
    takers = {name for option in options for name in option.opts}
    waiting = None
    for arg in args:
        if waiting and arg.startswith("--") and " " not in arg:
            raise click.BadOptionUsage(waiting, "")
        waiting = arg if arg in takers and not waiting else None


class Group(_Told, click.Group):
    """
    Commands under one noun.

    Args:
        nouns: Instead of commands, name -> ``module:attribute``, in the order of the help.
    """

    command_class = Command

    def __init__(
        self, name: str | None = None, nouns: Mapping[str, str] | None = None
    ) -> None:
        # A bare noun is bad usage and not a call for help: a script must not take it for done.
        super().__init__(
            name, no_args_is_help=False, options_metavar="", subcommand_metavar="COMMAND ...",
            context_settings={"help_option_names": HELP_NAMES},
        )
        self._nouns = nouns or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._nouns, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._nouns:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._nouns[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _Told.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(words()["commands"]):
            formatter.write_dl([(name, self._told(ctx, name)) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem"]:
        """Complete from the tables; click's way would load every module to ask its help."""
        from click.shell_completion import CompletionItem

        return [
            *(CompletionItem(name, help=self._told(ctx, name))
              for name in self.list_commands(ctx) if name.startswith(incomplete)),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]

    def _told(self, ctx: click.Context, name: str) -> str:
        return words()[f"{path_of(ctx)} {name}".strip()]


def command(name: str) -> "Callable[[Callable[..., Any]], Command]":
    """Make a command called *name* of the decorated function."""
    return click.command(name, cls=Command)
