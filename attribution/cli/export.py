"""`attribution export`: a log or the progress table, sealed, marked and entered."""
from dataclasses import replace
from pathlib import Path

import click

from attribution.cli.commands import FILE, Where, command
from attribution.cli.tools import Opened, instant_of
from attribution.cli.writing import write_table
from attribution.proof import given_out
from attribution.reports import export_rows, exports, pace, progress
from attribution.reports.about import about_text, period_text, units_text
from attribution.rule import instants
from attribution.service import Service
from attribution.store import registry
from attribution.store.engine.database import height
from attribution.store.export_pages import Filter
from qrgen.places import messages_aside
from qrgen.shell import progress_bar


@command("export")
@click.argument("what", type=click.Choice(list(exports.EXPORTS)))
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv")
@click.option("--out", type=FILE, required=True)
@click.option("--since", metavar="TIME")
@click.option("--until", metavar="TIME")
@click.option("--unit", metavar="ID")
@click.option("--by", type=click.Choice(list(export_rows.TABLES)), default="area")
@click.option("--encoding", type=click.Choice(["utf-8-sig", "gb18030"]), default="utf-8-sig")
@click.option("--headings", type=click.Choice(["zh", "en"]), default="zh")
def run(
    where: Where, what: str, kind: str, out: str, since: str | None, until: str | None,
    unit: str | None, by: str, encoding: str, headings: str,
) -> None:
    export = exports.EXPORTS[what]
    chosen = Filter(instant_of(since, "--since"), instant_of(until, "--until"), unit)
    now = instants.now()
    path = Path(out)
    with messages_aside(path), Opened(where) as here:
        last = progress.last_instant(now, chosen.until)
        share = pace.at(here.campaign, last).share
        chosen = replace(chosen, period=progress.last_days(last, 7), share=share, by=by)
        blocks = progress_bar(
            export.blocks(here.store, here.campaign.id, chosen), label=export.name, size=height
        )
        given_as = {
            "since": since, "until": until, "unit": unit,
            "by": by if what == "progress" else None,
        }
        asked = given_out.Asked(
            export, given_out.FileForm(kind, encoding, headings),
            {name: value for name, value in given_as.items() if value is not None},
            about=_about(here, chosen, what),
        )
        write_table(here, path, now, asked, blocks)


def _about(here: Service, chosen: Filter, what: str) -> str:
    with here.store.read() as connection:
        units = registry.read(connection, here.campaign.id).units
    return about_text(
        period=period_text(chosen.since, chosen.until),
        whose=units_text(units, [chosen.unit]) if chosen.unit else "",
        more=f"时序进度 {chosen.share}%，时段新增为最近7天" if what == "progress" else "",
    )
