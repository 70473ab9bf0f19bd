"""`attribution export`: a log or the progress table, sealed, marked and entered."""
import hashlib
from dataclasses import replace
from pathlib import Path

import click

from attribution.cli.commands import FILE, Where, command
from attribution.cli.tools import Opened, instant_of, own_paths, who
from attribution.proof import export_seals, seals
from attribution.reports import exports, progress
from attribution.rule import instants
from attribution.store import staff
from attribution.store.engine.database import height
from attribution.store.export_pages import Filter
from qrgen.files import open_output
from qrgen.places import is_standard, messages_aside
from qrgen.shell import progress_bar


@command("export")
@click.argument("what", type=click.Choice(list(exports.EXPORTS)))
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv")
@click.option("--out", type=FILE, required=True)
@click.option("--since", metavar="TIME")
@click.option("--until", metavar="TIME")
@click.option("--unit", metavar="ID")
@click.option("--encoding", type=click.Choice(["utf-8-sig", "gb18030"]), default="utf-8-sig")
@click.option("--headings", type=click.Choice(["zh", "en"]), default="zh")
def run(
    where: Where, what: str, kind: str, out: str, since: str | None, until: str | None,
    unit: str | None, encoding: str, headings: str,
) -> None:
    export = exports.EXPORTS[what]
    chosen = Filter(instant_of(since, "--since"), instant_of(until, "--until"), unit)
    now = instants.now()
    path = Path(out)
    with messages_aside(path), Opened(where) as here:
        chosen = replace(
            chosen, period=progress.last_days(now, 7), share=progress.pace(here.campaign, now).share
        )
        # What leaves is sealed before it does, and says so.
        seals.seal_now(here.ledger, here.settings, now)
        seal = seals.latest_text(here.ledger)
        mark = f"{seal} · {instants.local_text(now)} {who()} 导出" if seal else ""
        blocks = progress_bar(
            export.blocks(here.store, here.campaign.id, chosen), label=export.name, size=height
        )
        content = (
            exports.write_csv(export, blocks, encoding=encoding, language=headings, mark=mark)
            if kind == "csv"
            else exports.stream_xlsx(export, blocks, language=headings, mark=mark)
        )
        digest = hashlib.sha256()
        with open_output(path, own_paths(here.settings), folders=False) as file:
            # Before the first byte leaves, for a pipe gives nothing back.
            here.store.write(
                lambda c: staff.add_audit(
                    c, here.store.next_id(now), now, who(), "export", f"{export.name} {chosen}"
                )
            )
            for block in content:
                digest.update(block)
                file.write(block)
        if here.settings.seal_keys:
            name = f"{export.name}.{kind}" if is_standard(path) else path.name
            given = export_seals.seal_given(
                here.ledger, here.settings.seal_keys, digest.hexdigest(), name,
                now, who(), here.settings.digest,
            )
            print(f"sealed {name}: sha256 {given['sha256']}, seal {given['seal']}")
