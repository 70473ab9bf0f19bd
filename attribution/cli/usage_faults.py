"""
What was typed wrongly, as one of our faults: said in the reader's language, exit status 2.

click's sentences are English and repeat what was typed, which may be somebody's number; ours
name the option or the argument and, of a value, nothing.
"""
from difflib import get_close_matches
from typing import Any

import click

from attribution.cli.commands import name_of
from attribution.faults import Code
from qrgen.shapes import is_word
from qrgen.shell import USAGE_AT_FAULT, Fault


def fault_of(error: click.UsageError) -> Fault:
    """Return *error* as a fault, by its class."""
    context = error.ctx
    typed = context.command_path if context else "attribution"
    match error:
        case click.MissingParameter(param=click.Parameter() as param):
            return _fault(Code.USAGE_MISSING, typed, name=name_of(param))
        case click.BadParameter(param=click.Parameter() as param):
            name = name_of(param)
            if isinstance(param.type, click.Choice):
                return _fault(
                    Code.USAGE_NO_SUCH_CHOICE, typed, name=name, choices=list(param.type.choices)
                )
            return _fault(Code.USAGE_NO_NUMBER, typed, name=name)
        case click.NoSuchOption(option_name=name):
            return _near(
                Code.USAGE_NO_SUCH_OPTION, Code.USAGE_NEAR_OPTION, typed,
                name, error.possibilities or [],
            )
        case click.exceptions.NoSuchCommand(command_name=name):
            if not is_word(name):
                return _fault(Code.USAGE_NO_COMMAND, typed)
            known = (
                context.command.list_commands(context)
                if context and isinstance(context.command, click.Group) else []
            )
            return _near(
                Code.USAGE_NO_SUCH_COMMAND, Code.USAGE_NEAR_COMMAND, typed,
                repr(name), get_close_matches(name, known),
            )
        case click.BadOptionUsage(option_name=name):
            option = _option(context, name)
            flag = option is not None and option.is_flag
            code = Code.USAGE_TAKES_NO_VALUE if flag else Code.USAGE_NEEDS_VALUE
            return _fault(code, typed, name=name)
    if context and isinstance(context.command, click.Group):
        return _fault(Code.USAGE_COMMAND_MISSING, typed)
    return _fault(Code.USAGE_TOO_MUCH, typed)


def _fault(code: Code, typed: str, **data: Any) -> Fault:
    return Fault(code, status=USAGE_AT_FAULT, typed=typed, **data)


def _near(code: Code, near: Code, typed: str, name: str, known: list[str]) -> Fault:
    return _fault(near if known else code, typed, name=name, known=known)


def _option(context: click.Context | None, name: str) -> click.Option | None:
    params = context.command.get_params(context) if context else []
    return next((p for p in params if isinstance(p, click.Option) and name in p.opts), None)
