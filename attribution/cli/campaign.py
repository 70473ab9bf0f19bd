"""`attribution campaign …`: the settings that the ledger holds, and its folder in and out."""
import json
from pathlib import Path
from typing import Any

import click

from attribution import master
from attribution.cli.commands import DIR, Group, Where
from attribution.cli.tools import Opened, agreed, both, by_two
from attribution.cli.unit_changes import print_moves
from attribution.cli.unit_files import Names, adopt, print_table, tell_older
from attribution.faults import Code
from attribution.office import campaign_deeds
from attribution.office.campaign_deeds import SettingsPlan
from attribution.rule import instants
from attribution.rule.instants import iso_text, local_text, parse_instant
from attribution.store import setting_log
from qrgen import campaign_stamp, campaign_writer
from qrgen.campaign_values import INSTANTS
from qrgen.shell import USAGE_AT_FAULT, Fault

group = Group("campaign")

_FLAGS = ("demo", "second_person", "expect.lines_add_up")
_LISTS = ("grades", "allowed_hosts", "stages", "goals", "expect.forbidden_banks",
          "expect.forbidden_words")


@group.command("show")
def show(where: Where) -> None:
    with Opened(where) as here, here.store.read() as connection:
        content = master.read(connection, here.campaign.id)
    for name, value in sorted(content.settings.items()):
        print(f"{name}\t{_told(value)}")
    print(f"revision\t{content.revision}")


@group.command("history")
def history(where: Where) -> None:
    with Opened(where) as here, here.store.read() as connection:
        rows = setting_log.rows(connection, here.campaign.id)
    for row in rows:
        before, after = (
            None if row[k] is None else json.loads(row[k]) for k in ("before", "after")
        )
        print(
            f"{local_text(row['at'])}\t{row['setting']}\t{_told(before)} -> {_told(after)}\t"
            f"{row['by_whom']}\trevision {row['revision']}"
        )


@group.command("set")
@click.argument("name", metavar="KEY")
@click.argument("value", metavar="VALUE", required=False)
@click.option("--remove", is_flag=True)
@click.option("--dry-run", is_flag=True)
@both
def change(
    where: Where, name: str, value: str | None, remove: bool, dry_run: bool, by: str | None,
    second: str | None,
) -> None:
    if (value is None) != remove:
        raise Fault(Code.SETTING_VALUE, status=USAGE_AT_FAULT, name="KEY")
    now = instants.now()
    with Opened(where) as here:
        with here.store.read() as connection:
            settings = setting_log.read(connection, here.campaign.id)
        wanted = _wanted(settings, name, value)
        made = campaign_deeds.preview_set(here.ledger, wanted, now)
        actor = None
        if not dry_run:
            actor = by_two(
                here, "campaign", f"campaign {here.campaign.id}", {"values": wanted}, by, second
            )
        if actor is not None:
            made = campaign_deeds.set_values(here.ledger, actor, wanted, now)
    _print(made)
    if actor is None:
        print("nothing was changed" + ("" if dry_run else " yet"))


@group.command("export")
@click.argument("folder", type=DIR)
def give(where: Where, folder: str) -> None:
    with Opened(where) as here:
        with here.store.read() as connection:
            content = master.read(connection, here.campaign.id)
        path = Path(folder)
        stamp = campaign_stamp.read_stamp(path)
        if path.is_dir() and any(path.iterdir()) and (
            stamp is None or stamp.id != here.campaign.id or campaign_stamp.edited(path, stamp)
        ):
            raise Fault(Code.FOLDER_NOT_OURS, folder=path)
        campaign_writer.write_folder(path, master.files_of(content, here.campaign.id))
    print(f"{folder}: revision {content.revision}")


@group.command("import")
@click.argument("folder", type=DIR)
@click.option("--renamed", metavar="UNIT,…", default="")
@click.option("--replaced", metavar="UNIT,…", default="")
@click.option("--dry-run", is_flag=True)
@both
def take(
    where: Where, folder: str, renamed: str, replaced: str, dry_run: bool, by: str | None,
    second: str | None,
) -> None:
    now, path, names = instants.now(), Path(folder), Names(renamed, replaced)
    with Opened(where) as here:
        made = campaign_deeds.preview_folder(here.ledger, path, now, **names.given)
        tell_older(made.base, made.revision)
        _print(made)
        if made.units.unclear and not dry_run:
            names.ask(made.units)
        if not made and not made.units.unclear:
            print("the campaign is as in the folder; nothing to change")
            if not dry_run:
                adopt(here, path, now)
        elif not dry_run:
            actor = agreed(
                here, "campaign", f"campaign {here.campaign.id}",
                {"settings": len(made.changes), "units": len(made.units.edits)}, by, second,
            )
            campaign_deeds.import_folder(here.ledger, actor, path, now, **names.given)
            adopt(here, path, now)


def _print(made: SettingsPlan) -> None:
    for one in made.changes:
        print(f"~ {one.setting}: {_told(one.before)} -> {_told(one.after)}")
    for name in made.overruled:
        print(f"! {name}: changed in the ledger since, too")
    for place in made.places:
        print(f"+ {place.unit}-{place.number} {place.label}")
    print_table(made.units)
    print_moves(made.moved)


def _wanted(settings: dict[str, Any], name: str, text: str | None) -> dict[str, Any]:
    """Return the setting *name* as *text* would have it, by its whole name."""
    parts = name.split(".")
    if parts[0] == "links" and len(parts) == 3:
        whole = f"links.{parts[1]}"
        link = {**settings.get(whole, {}), parts[2]: text}
        return {whole: {k: v for k, v in link.items() if v is not None}}
    return {name: None if text is None else _value(name, text)}


def _value(name: str, text: str) -> Any:
    try:
        if name in INSTANTS:
            return iso_text(parse_instant(text))
        if name in _FLAGS:
            return {"true": True, "false": False}[text.strip().lower()]
        if name in _LISTS or name.startswith("links."):
            return json.loads(text)
        if name.startswith("expect.") and name != "expect.official_code_prefix":
            return int(text)
    except (ValueError, KeyError):
        raise Fault(Code.SETTING_VALUE, status=USAGE_AT_FAULT, name=_word(name)) from None
    return text


def _word(name: str) -> str:
    return name if name.replace(".", "").replace("_", "").isascii() else "KEY"


def _told(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
