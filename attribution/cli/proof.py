"""`attribution proof …`: what others hold in their hands, and can check without us."""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.tools import Opened, actor, agreed, both, own_paths
from attribution.faults import Code
from attribution.proof import (
    bundle,
    given_out,
    heads,
    key_change,
    log_keys,
    publishing,
    signed_notes,
    tiles,
)
from attribution.proof.bundle import SignedHead
from attribution.rule import instants
from attribution.rule.instants import local_text
from attribution.service import Service
from attribution.store import registry
from qrgen.files import open_output, read_text
from qrgen.places import is_standard, messages_aside
from qrgen.shell import USAGE_AT_FAULT, Fault

group = Group("proof")


@group.command("keys")
@click.option("--renew", is_flag=True)
@click.option("--stolen", is_flag=True)
@both
def keys(where: Where, renew: bool, stolen: bool, by: str | None, second: str | None) -> None:
    with Opened(where) as here:
        if renew or stolen:
            by_whom = agreed(
                here, "log_key", f"campaign {here.campaign.id}", {"stolen": stolen}, by, second
            )
            key_change.renew(
                here.ledger, here.settings, by_whom, instants.now(), at_once=stolen
            )
        found = _keys(here)
        for key, told in zip(found.keys, found.vkeys(here.campaign.id), strict=True):
            until = f"  # until {local_text(key.until)}" if key.until is not None else ""
            print(f"{told}{until}")
            print(f"  SHA-256 {log_keys.fingerprint(told)}")
    if renew or stolen:
        print("hand the new sheet out (docs/proof.md), and copy keys/log.key to the other nodes")


@group.command("checkpoint")
@click.option("--out", type=FILE, default="-")
def checkpoint(where: Where, out: str) -> None:
    with messages_aside(out), Opened(where) as here:
        _write(here, out, _published(here).note.encode())


@group.command("bundle")
@click.option("--unit", metavar="ID")
@click.option("--since", metavar="FILE", type=FILE, multiple=True)
@click.option("--tlog-proof", "index", metavar="INDEX", type=int)
@click.option("--out", type=FILE, required=True)
def of_unit(
    where: Where, unit: str | None, since: tuple[str, ...], index: int | None, out: str
) -> None:
    if (unit is None) == (index is None):
        raise Fault(Code.UNIT_OR_INDEX, status=USAGE_AT_FAULT)
    with messages_aside(out), Opened(where) as here:
        kept = [_kept(here, Path(name)) for name in since]
        head = _published(here)
        if index is not None:
            if not 0 <= index < head.checkpoint.size:
                raise Fault(Code.ROW_WITHOUT_LEAF, index=index)
            opening = bundle.row_at(here.ledger, index)
            content, rows = bundle.single(head, opening, tiles.of(here.ledger)).encode(), 1
        else:
            assert unit is not None
            with here.store.read() as connection:
                if unit not in registry.read(connection, here.campaign.id).units:
                    raise Fault(Code.UNIT_UNKNOWN, status=USAGE_AT_FAULT, unit=unit)
            content, rows = bundle.bundle(here.ledger, unit, head, kept)
        name = Path(out).name if not is_standard(Path(out)) else f"bundle-{unit or index}.json"
        given_out.give_whole(here.ledger, actor(), instants.now(), given_out.Whole(
            name, content, rows, {"unit": unit} if unit else {"leaf": str(index)}
        ))
        _write(here, out, content)
        print(f"{rows} rows, under {head.checkpoint.size} leaves; scripts/verify.py checks it")


def _published(here: Service) -> SignedHead:
    """Return the newest head, which is published by being asked for."""
    now = instants.now()
    _keys(here)
    heads.seal_now(here.ledger, here.settings, now)
    found = publishing.keep_up(here.ledger, here.settings, now, on_demand=True)
    if found is None:
        raise Fault(Code.LOG_NOT_BEGUN)
    return SignedHead(found.checkpoint, found.note)


def _keys(here: Service) -> log_keys.LogKeys:
    found = log_keys.read(here.settings.instance)
    if found is None:
        raise Fault(Code.LOG_KEY_MISSING)
    return found


def _kept(here: Service, path: Path) -> signed_notes.Checkpoint:
    try:
        return bundle.kept_checkpoint(
            read_text(path), _keys(here).verifiers(here.campaign.id)
        )
    except signed_notes.BadNote:
        raise Fault(Code.AGAINST_UNREADABLE, status=USAGE_AT_FAULT, file=path.name) from None


def _write(here: Service, out: str, content: bytes) -> None:
    with open_output(Path(out), own_paths(here.settings), folders=False) as file:
        file.write(content)
