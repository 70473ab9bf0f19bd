"""
The data for 考核: a sheet each of areas, banks, branches and departments, and no score of ours.

The document leaves the rules to the county's office (办法由县专班另行制定), and the rules of 2026
bound those. So each cell is a count or follows from counts beside it, each column says how and by
which export its rows are listed, each row by which codes; whoever scores, does so from there.
"""
import hashlib
from collections.abc import Sequence

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.office import scenes
from attribution.office.scenes import Scene
from attribution.papers import sheets
from attribution.papers.sheets import PaperColumn, PaperSheet
from attribution.papers.unit_measures import MEASURES, Measured, MeasureValue
from attribution.proof import given_out
from attribution.proof.given_out import Whole
from attribution.reports import scene_coverage, snapshots
from attribution.reports.figures import Figures
from attribution.reports.lines import Line
from attribution.reports.snapshots import Snapshot
from attribution.rule.instants import Instant, local_text

# Said on the first sheet and on the page; the sources: docs/console.md.
LAW = (
    "本表只给数据：不打分、不排名。考核办法由县专班另定（文件只定到这里）。",
    "办法要守的界限：国办函〔2026〕12号，政务应用不得对安装率、使用率等作考核，不得强制下载、"
    "积分排名；本表的完成率属不属于，由县里判断，有疑问的不要用来考核。",
    "网信部门2024年的要求：不在工作群里拿应用的数据通报排名，不要求截图、打卡、接龙。",
    "本表是县专班内部用的；对外或发群之前，先按上面两条看一遍。",
)

_WHOSE = {"area": "乡镇社区", "bank": "银行", "line": "网点", "department": "部门"}


def workbook(figures: Figures, number: int, register: Sequence[Scene] = ()) -> bytes:
    """
    Return the workbook of the snapshot *number* with its *figures*.

    Args:
        register: Of scenes, as it was at that moment.
    """
    tables = [_table(figures, number, kind) for kind in _WHOSE]
    if register:
        tables.append(_scenes(figures, number, register))
    return sheets.made(
        f"{figures.about.short_title} 考核数据", figures.at,
        [_explained(figures, number), *(table for table in tables if table.rows)],
    )


def give(ledger: Ledger, snapshot: Snapshot, actor: Actor, now: Instant) -> Whole:
    """Return the workbook of *snapshot* as a file; that it is given out is entered."""
    figures, number = snapshot.figures, snapshot.number
    content = workbook(figures, number, scenes.all_scenes(ledger, snapshot.at))
    rows = sum(len(lines_of(figures, kind)) for kind in _WHOSE)
    file = Whole(f"assessment-{number:04}.xlsx", content, rows, {"snapshot": str(number)})
    given_out.give_whole(ledger, actor, now, file)
    sha256 = hashlib.sha256(content).hexdigest()
    snapshots.add_file(ledger, now, actor, number, "assessment", file.name, sha256)
    return file


def basis(figures: Figures, number: int) -> str:
    """Return of which snapshot and which days something is, on one line."""
    return (
        f"快照第{number}号，{local_text(figures.at)[:16]} 取；数到 {figures.last_day} 为止；"
        f"本时段 {figures.first_day} 至 {figures.last_day}；"
        f"活动第{figures.elapsed}天，共{figures.days}天，时序进度 {figures.share}%"
    )


def lines_of(figures: Figures, kind: str) -> list[tuple[Line, int]]:
    """Return the total and the lines of one *kind*, each with what the stretch before counted."""
    def table(of: str) -> list[Line]:
        made = {"area": figures.areas, "bank": figures.banks}.get(kind)
        found = made(of=of) if made else figures.of_units(kind, of=of)
        return [*found.heads, *found.lines]

    before = {
        (line.key, line.name): line.counts.get("effective", 0) for line in table("earlier")
    }
    return [(line, before.get((line.key, line.name), 0)) for line in table("steps")]


def values(one: Measured) -> list[MeasureValue]:
    return [measure.value(one) for measure in MEASURES]


def _table(figures: Figures, number: int, kind: str) -> PaperSheet:
    found = lines_of(figures, kind)
    heads = sum(not line.key and not line.rest for line, _ in found)
    rows = [
        [line.key, line.name, *values(Measured(figures, line, before)), _codes(line), line.note]
        for line, before in found
    ]
    columns = [
        PaperColumn("编号", width=6), PaperColumn("名称", width=20),
        *(PaperColumn(one.heading, one.kind, 9) for one in MEASURES),
        PaperColumn("由哪些码合计", width=22), PaperColumn("变动", width=14),
    ]
    sources = [
        "明细在哪里", f"各列：后台“下载”的表，和要选的状态；天数选到 {figures.last_day}",
        *(one.rows or f"＝{one.how}" for one in MEASURES), "在“下载”里按这些码筛选", "",
    ]
    return PaperSheet(
        _WHOSE[kind], f"{figures.about.short_title}：{_WHOSE[kind]}考核数据",
        [basis(figures, number)], columns, rows if any(line.key for line, _ in found) else [],
        sources, heads, 2, large=True,
    )


def _codes(line: Line) -> str:
    return "全部" if line.units is None else ",".join(line.units)


def _scenes(figures: Figures, number: int, register: Sequence[Scene]) -> PaperSheet:
    sectors = sorted({scene.sector for scene in register})
    rows: list[list[MeasureValue]] = []
    for kind, by in (("area", scene_coverage.by_area), ("bank", scene_coverage.by_bank)):
        units = figures.then.of_kind(kind)
        counted = by(register, [unit.id for unit in units])
        names = {unit.id: unit.name for unit in units}
        rows += [
            [id, names[id], *(found.get(sector, 0) for sector in sectors), sum(found.values())]
                for id, found in counted
        ]
    return PaperSheet(
        "场景", f"{figures.about.short_title}：已开通的支付场景，按乡镇社区和主办银行",
        [basis(figures, number), "登记簿在快照那一刻的样子；明细：后台“支付场景”，选“已开通”。"],
        [PaperColumn("编号", width=6), PaperColumn("名称", width=20),
         *(PaperColumn(name, "count", 10) for name in (*sectors, "合计"))],
        rows, fixed=2,
    )


def _explained(figures: Figures, number: int) -> PaperSheet:
    about = figures.about
    told = [
        *(["【演示】这是演示数据，不是真的。"] if about.demo else []),
        basis(figures, number), *LAW,
        f"依据文件：{about.document}；归属规则版本 {figures.terms or '—'}；"
        f"平台对账文件 {figures.batches} 批" + (
            f"，最近一批 {figures.last_batch}" if figures.last_batch else ""
        ),
        "怎么找到明细：后台“下载”里选“明细在哪里”一行写的表，单位填最后“由哪些码合计”一列的码，"
        f"状态选写明的那种，到日填 {figures.last_day}，得到的行数就是这个数。"
        "注册、绑卡按平台说的那天计：attribution 这张表不填到日，"
        "看“注册时间”“绑卡时间”到这天为止的行。",
        (
            f"{_day(figures.locked)} 之前的天已经锁定：后来的更正不改旧数，记在“其中锁定后更正”里，"
            "所以更正涉及的天，明细和数会不同。" if figures.locked else "还没有锁定的天。"
        ),
        "明细随账本走：快照以后又有更正、删除的，明细会和快照不同；快照的数不再变。",
        "只有单位的数，没有任何人的信息。",
    ]
    return PaperSheet(
        "说明", f"{about.short_title}：考核用数据", told,
        [PaperColumn("指标", width=22), PaperColumn("怎么算", width=52),
         PaperColumn("明细：哪张表，什么筛选", width=52)],
        [[one.heading, one.how, one.rows or "由同一行别的数算出"] for one in MEASURES],
    )


def _day(day: int) -> str:
    return f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}"


