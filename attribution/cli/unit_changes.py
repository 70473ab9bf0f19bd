"""`attribution units add|close|merge|rename|target|replace`: what changes, from a day on."""
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, both, by_two
from attribution.faults import Code
from attribution.judging import Moved
from attribution.office import unit_deeds
from attribution.office.periods import day_text
from attribution.office.unit_plans import Edit
from attribution.rule import instants
from attribution.rule.instants import local_text
from attribution.store.engine.database import Row
from qrgen.campaign import PURPOSES
from qrgen.shell import USAGE_AT_FAULT, Fault

# So many whose credit moves are listed; the rest is their number.
LISTED = 50


def register(group: Group) -> None:
    """Put the commands into the *group* of units."""

    @group.command("add")
    @click.option("--kind", required=True)
    @click.option("--name", required=True)
    @click.option("--id", "id")
    @click.option("--target", metavar="N", type=int)
    @click.option("--area")
    @click.option("--bank")
    @click.option("--branch")
    @click.option("--sector")
    @click.option("--official-code")
    @click.option("--purpose", type=click.Choice(PURPOSES))
    @click.option("--link", metavar="KEY")
    @_when
    def add(where: Where, how: How, **fields: Any) -> None:
        _do(where, "add", {k: v for k, v in fields.items() if v is not None}, how)

    @group.command("close")
    @click.argument("unit")
    @click.option("--with-lines", is_flag=True)
    @_when
    def close(where: Where, unit: str, with_lines: bool, how: How) -> None:
        _do(where, "close", {"unit": unit, "with_lines": with_lines}, how)

    @group.command("merge")
    @click.argument("unit")
    @click.option("--into", required=True, metavar="UNIT")
    @click.option("--leave-target", is_flag=True)
    @_when
    def merge(where: Where, unit: str, into: str, leave_target: bool, how: How) -> None:
        target = "leave" if leave_target else "add"
        _do(where, "merge", {"unit": unit, "into": into, "target": target}, how)

    @group.command("rename")
    @click.argument("unit")
    @click.argument("name")
    @_when
    def rename(where: Where, unit: str, name: str, how: How) -> None:
        _do(where, "rename", {"unit": unit, "name": name}, how)

    @group.command("target")
    @click.argument("targets", nargs=-1, required=True, metavar="UNIT=N...")
    @_when
    def target(where: Where, targets: tuple[str, ...], how: How) -> None:
        _do(where, "target", {"targets": dict(map(_pair, targets))}, how)

    @group.command("replace")
    @click.argument("unit")
    @click.option("--name", required=True)
    @click.option("--id", "id")
    @click.option("--bank")
    @click.option("--branch")
    @click.option("--lead-on", is_flag=True)
    @_when
    def replace(where: Where, unit: str, how: How, **fields: Any) -> None:
        payload = {k: v for k, v in fields.items() if v is not None}
        _do(where, "replace", {"unit": unit, **payload}, how)


@dataclass(frozen=True)
class How:
    """From which day on, whether it is only to be seen, and who does it, who agrees."""

    since: str | None
    dry_run: bool
    by: str | None
    second: str | None


def _when(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def collected(
        *args: Any, since: str | None, dry_run: bool, by: str | None, second: str | None,
        **rest: Any,
    ) -> Any:
        return function(*args, how=How(since, dry_run, by, second), **rest)

    taking: Callable[..., Any] = both(collected)
    taking = click.option("--dry-run", is_flag=True)(taking)
    return click.option("--from", "since", metavar="DAY")(taking)


def _do(where: Where, name: str, payload: dict[str, Any], how: How) -> None:
    payload["since"] = unit_deeds.day_given(how.since, "--from")
    now = instants.now()
    with Opened(where) as here:
        change = unit_deeds.preview(here.ledger, name, payload, now)
        actor = None
        if not how.dry_run:
            actor = by_two(
                here, "units", _subject(change), {"deed": name, "payload": payload}, how.by,
                how.second,
            )
        if actor is not None:
            change = unit_deeds.do(here.ledger, actor, name, payload, now)
    for edit in change.edits:
        print(f"{mark_of(edit)} {edit.unit} {told(edit)}")
    print(f"from {day_text(change.since)}" + ("" if how.since else " on, from now"))
    print_moves(change.moved)
    if actor is None:
        print("nothing was changed" + ("" if how.dry_run else " yet"))


def _subject(change: unit_deeds.Entered) -> str:
    units = [edit.unit for edit in change.edits]
    return f"unit {units[0]}" if len(units) == 1 else f"units {'、'.join(units[:20])}"


def print_moves(moved: tuple[Moved, ...]) -> None:
    """Print whose credit moves, and how many they are."""
    for one in moved[:LISTED]:
        print(f"  ****{one.last4} {one.now or '-'} -> {one.then or one.reason}")
    if moved:
        print(f"credits that move: {len(moved)}")


def change_of(row: Row) -> str:
    """Return a change of a unit as a line: when entered, from which day, what, by whom."""
    since = day_text(row["since"]) if row["since"] else "the beginning"
    return (
        f"{local_text(row['at'])}\t{row['unit']}\tfrom {since}\t{row['note']}\t"
        f"{_fields(json.loads(row['before']), json.loads(row['after']))}\t{row['by_whom']}\t"
        f"revision {row['revision']}"
    )


def told(edit: Edit) -> str:
    return _fields(edit.before, edit.after)


def _fields(before: Any, after: Any) -> str:
    return "; ".join(
        f"{name}: {_told(before.get(name))} -> {_told(value)}" for name, value in after.items()
        if name != "position"
    )


def _told(value: object) -> str:
    return "none" if value is None else str(value)


def mark_of(edit: Edit) -> str:
    if not edit.before:
        return "+"
    return "-" if edit.after.get("state") in ("closed", "merged") else "~"


def _pair(text: str) -> tuple[str, int]:
    unit, equals, number = text.partition("=")
    if not equals or not number.strip().isdecimal():
        raise Fault(Code.TARGET_PAIR, status=USAGE_AT_FAULT)
    return unit.strip(), int(number)
