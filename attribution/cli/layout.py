"""
How a file of the platform's is to be read, as somebody says it at the shell.

The same options for every command that reads such a file, because the same messages ask for them.
"""
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from attribution.facts import feed_columns, feed_notes
from attribution.faults import Code
from qrgen.shell import USAGE_AT_FAULT, Fault, language

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--map", "columns", metavar="COL=NAME", multiple=True),
    click.option("--sheet", "sheets", metavar="NAME|N", multiple=True),
    click.option("--heading-row", metavar="N", type=click.IntRange(0, 1_048_576)),
    click.option("--time-column", "clocks", metavar="FIELD=COL", multiple=True),
    click.option("--epoch", "epochs", metavar="FIELD=s|ms", multiple=True),
)


def layout_options(function: F) -> F:
    """Give the command all options of how a file is to be read."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def choices_of(
    columns: Sequence[str], sheets: Sequence[str], heading_row: int | None,
    clocks: Sequence[str], epochs: Sequence[str],
) -> dict[str, str]:
    """
    Return what was chosen, as `feed_columns` has it.

    Raises:
        Fault: An option says nothing that can be done.
    """
    choices = mapping_of(columns)
    if any(sheets):
        choices["sheet"] = "/".join(sheets)
    if heading_row is not None:
        choices["heading_row"] = str(heading_row)
    for pair in clocks:
        field, column = _pair("--time-column", pair)
        choices[f"time_{field}"] = column
    for pair in epochs:
        field, unit = _pair("--epoch", pair)
        if unit not in ("s", "ms"):
            raise Fault(Code.EPOCH_UNIT, status=USAGE_AT_FAULT, pair=pair)
        choices[f"epoch_{field}"] = unit
    return choices


def _pair(option: str, pair: str) -> tuple[str, str]:
    field, _, value = (part.strip() for part in pair.partition("="))
    if field not in feed_columns.TIMES or not value:
        raise Fault(
            Code.OPTION_NOT_A_PAIR, status=USAGE_AT_FAULT, option=option, pair=pair,
            fields=list(feed_columns.TIMES),
        )
    return field, value


def mapping_of(pairs: Sequence[str]) -> dict[str, str]:
    """
    Read COL=NAME pairs as field -> heading, in either direction.

    Raises:
        Fault: neither side is a field, or both are.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        left, separator, right = (part.strip() for part in pair.partition("="))
        fields = [side for side in (left, right) if side in feed_columns.FIELDS]
        if not separator or not left or not right or not fields:
            raise Fault(
                Code.MAP_NOT_A_PAIR, status=USAGE_AT_FAULT,
                pair=pair, fields=list(feed_columns.FIELDS),
            )
        if len(fields) == 2 and left != right:
            raise Fault(Code.MAP_TWO_FIELDS, status=USAGE_AT_FAULT, pair=pair)
        field = fields[0]
        if field in mapping:
            raise Fault(Code.MAP_TWICE, status=USAGE_AT_FAULT, field=field)
        mapping[field] = right if field == left else left
    return mapping


def print_notes(notes: Sequence[feed_notes.Note]) -> None:
    """List what was assumed of a file."""
    spoken = language()
    for said in feed_notes.said(list(notes)):
        print(f"  - {said.told(spoken)}")
