"""The progress table as pictures for WeChat groups: the county's, a bank's, an area's."""
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from flask import Response, abort, render_template, request

from attribution.deeds import Kind
from attribution.proof import heads
from attribution.reports import below, progress_picture
from attribution.reports.lines import Line, ProgressTable
from attribution.reports.pace import Degree
from attribution.reports.progress_picture import PictureColumn
from attribution.store.registry import Unit
from attribution.web.console import access, tables, typed
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import whole_number
from attribution.web.console.tables import Shown
from attribution.web.current import service

# A picture of banks has no branches: each bank's own has. Of the matrix there are its lines.
TITLES = {
    **{view: title for view, title in tables.VIEWS.items() if view != "matrix"},
    "bank": "按银行",
}

_COLUMNS = (
    PictureColumn("序号"), PictureColumn("名称", number=False), PictureColumn("任务"),
    PictureColumn("登记"), PictureColumn("有效"), PictureColumn("更正"), PictureColumn("新增"),
    PictureColumn("完成率"), PictureColumn("进度差", signed=True), PictureColumn("位次"),
)


@dataclass(frozen=True)
class Album:
    """Pictures of one table, *shown*: a part each; *of* one bank or area, or None."""

    shown: Shown
    title: str
    heading: str
    parts: Sequence[Sequence[tuple[str, Line]]]
    of: Unit | None
    ranked: str

    @property
    def query(self) -> dict[str, str]:
        """The address' part that says what is drawn."""
        kept = {name: value for name, value in self.shown.chosen.items() if name != "offset"}
        return {**kept, "view": self.shown.view, **({"of": self.of.id} if self.of else {})}


@pages.get("/table/picture")
@allow(*access.EVERYBODY)
def picture() -> str:
    """Show the table as the pictures that a WeChat group will get, to copy or to keep."""
    album, units = _album(), access.snapshot().units.values()
    only = access.visible()
    heads = {
        kind: [
            unit for unit in units
            if unit.kind == kind and unit.closed_at is None and (only is None or unit.id in only)
        ]
        for kind in below.HEADS
    }
    return render_template("admin/picture.html", album=album, titles=TITLES, heads=heads)


@pages.get("/table.png")
@allow(*access.EVERYBODY)
def table_picture() -> Response:
    """Give the table, or a part of a long one, as a picture for a WeChat group."""
    album = _album()
    shown, count = album.shown, len(album.parts)
    number = whole_number(request.args.get("sheet") or "1")
    if not 1 <= number <= count:
        abort(404)
    has_target = any(line.target for line in shown.table.lines)
    columns = [column for column in _COLUMNS if _is_told(column.heading, shown, has_target)]
    rows = [
        [_cell(column.heading, place, line, shown) for column in columns]
        for place, line in [
            *(("", line) for line in shown.table.heads), *album.parts[number - 1]
        ]
    ]
    part = f"（第{number}张，共{count}张）" if count > 1 else ""
    about = f" {album.of.id}" if album.of else ""
    access.note(Kind.PICTURE, f"{shown.view}{about}{f' {number}/{count}' if part else ''}")
    note = access.log_note()
    demo = "（演示数据）" if service().campaign.demo else ""
    of_whom = "" if album.of else shown.of_whom
    which = f"第{number}张" if part else ""
    stem = "-".join(filter(None, ["进度", album.title, shown.until[:10], which]))
    return Response(
        progress_picture.table_picture(
            f"{service().campaign.short_title}{demo}",
            f"{album.title}{of_whom}{part} 截至 {shown.until} 时序进度 {shown.share}%",
            [replace(column, heading=album.heading) if not column.number else column
             for column in columns],
            rows, len(shown.table.heads),
            [
                f"新增：{shown.period_text}。", f"进度差＝完成率－时序进度（百分点）：{signs()}。",
                album.ranked, _changed(shown.table),
                "" if note else heads.latest_text(service().ledger),
            ],
            f"检查点 {note}" if note else "",
        ),
        content_type="image/png",
        headers={"Content-Disposition": f"inline; filename*=UTF-8''{quote(f'{stem}.png')}"},
    )


def _album() -> Album:
    shown = tables.read_shown()
    of = _of(shown)
    title, told = TITLES.get(shown.view, TITLES["line"]), ""
    heading = "银行" if shown.view == "bank" else shown.heading
    if of is not None:
        table = _below(of, shown.period)
        if table is not None:
            title = f"{of.name}各网点" if of.kind == "bank" else f"{of.name}对接明细"
            heading, told = "网点", f"位次在{of.name}各网点之间。"
            shown = replace(shown, view=of.kind, table=table)
        else:
            of = None
    numbered = [
        ("" if line.rest else f"{number}", line)
        for number, line in enumerate(shown.table.lines, 1)
    ]
    parts = progress_picture.sheets(len(shown.table.heads), numbered)
    return Album(shown, title, heading, parts, of, told)


def _of(shown: Shown) -> Unit | None:
    """Return whose own picture is asked for; None for the table's."""
    if asked := typed.unit("of", request.args):
        found = access.unit_or_404(asked)
        if found.kind not in below.HEADS:
            abort(404)
        return found
    # Who has one bank or area sees in its table that one line: theirs is the one with its lines.
    scopes, units = access.account().scopes, access.snapshot().units
    if shown.chosen.get("q") or len(scopes) != 1 or access.visible() is None:
        return None
    own = units.get(next(iter(scopes)))
    return own if own and own.kind in below.HEADS and own.kind == shown.view else None


def _below(of: Unit, period: tuple[int, int]) -> ProgressTable | None:
    here, only = service(), access.visible()
    campaign = here.campaign.id
    head, table = below.head_of(here.store, campaign, of.kind, of.id, period=period, only=only)
    if head is None:
        return None
    if of.kind == "bank":
        return below.branches(head, table)
    return below.lines(here.store, campaign, head, table, period=period, only=only)


def signs() -> str:
    """Say what each sign beside a gap means."""
    return "，".join(f"{how.sign} {how.word}" for how in Degree if how.word)


def _changed(table: ProgressTable) -> str:
    """Say for a picture's foot how many lines changed; each with its day is in the table."""
    some = [line for line in table.lines if line.note]
    return f"{len(some)}个单位有变动，见进度表。" if some else ""


def _is_told(heading: str, shown: Shown, has_target: bool) -> bool:
    if heading == "更正":
        return bool(shown.table.locked)
    # Of departments nothing is asked.
    return has_target or heading not in ("任务", "完成率", "进度差", "位次")


def _cell(heading: str, number: str, line: Line, shown: Shown) -> str:
    gap, how = line.gap(shown.share), line.degree(shown.share)
    cells = {
        "序号": number, "名称": line.name,
        "任务": "—" if line.target is None else f"{line.target:,}",
        "登记": f"{line.counts.get('claimant', 0):,}",
        "有效": f"{line.counts.get('effective', 0):,}",
        "更正": f"{line.corrected:+,}", "新增": f"{line.fresh:,}",
        "完成率": "—" if line.rate is None else f"{line.rate}%",
        "进度差": "—" if gap is None else f"{gap:+} {how.sign}",
        "位次": "—" if line.rank is None else str(line.rank),
    }
    return cells[heading]
