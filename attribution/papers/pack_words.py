"""What a progress pack says beside its tables: of which days, how it stands, on what it rests."""
import hashlib
from datetime import date, timedelta

from attribution.papers.how_named import INTERNAL, LAW, OUR_WAY, Telling
from attribution.papers.pack_tables import PackTable, meanings
from attribution.proof import signed_notes
from attribution.reports.figures import Figures
from attribution.rule.instants import date_of, local_text

_KINDS = {1: "日报", 7: "周报"}


def kind(figures: Figures) -> str:
    """Return what the pack is called by its days: 日报, 周报 or 进度专报."""
    return _KINDS.get(_days(figures), "进度专报")


def file_stem(number: int, figures: Figures) -> str:
    """Return what files of the pack are called, without their suffix."""
    return f"进度{kind(figures)}-{figures.last_day}-快照{number}"


def snapshot(number: int) -> str:
    return f"快照第{number}号"


def title(figures: Figures) -> str:
    return f"{figures.about.short_title}{'（演示数据）' if figures.about.demo else ''}"


def stretch(figures: Figures) -> str:
    """Return the days of the report and those beside them."""
    before = date_of(figures.before)
    return (
        f"本时段 {_span(figures.first_day, figures.last_day)}，"
        f"上时段 {_span(before, figures.first_day - timedelta(days=1))}"
    )


def under(number: int, figures: Figures) -> str:
    """Return the line below a table's title: snapshot, moment, days, elapsed time."""
    return (
        f"{snapshot(number)}　数据截至 {local_text(figures.at)[:16]}　{stretch(figures)}　"
        f"时序进度 {figures.share}%（{figures.days}天已过{figures.elapsed}天）"
    )


def checkpoint(figures: Figures) -> str:
    """Return the signed head of the log on one line; '' without one."""
    return signed_notes.on_one_line(figures.head) if figures.head else ""


def lately(figures: Figures) -> str:
    """Return the days of the report as a picture's foot has them."""
    return f"{stretch(figures)}。"


def in_words(figures: Figures) -> list[str]:
    """Return how the county stands, in sentences."""
    total = figures.areas().total
    fresh, earlier = (
        figures.areas(of=of).total.counts.get("effective", 0) for of in ("fresh", "earlier")
    )
    done = total.counts.get("effective", 0)
    how = total.degree(figures.share).word
    found = [f"截至{_long(figures.last_day)}，全县累计有效新用户{done:,}人"]
    if total.target:
        gap = total.gap(figures.share)
        found[0] += f"，任务数{total.target:,}人，完成率{total.rate}%"
        found.append(
            f"活动时间已过{figures.share}%，完成率与时序进度相差{gap:+}个百分点，{how}"
        )
    change = fresh - earlier
    beside = "与上时段持平"
    if change:
        beside = f"比上时段{'多' if change > 0 else '少'}{abs(change):,}人"
    found.append(f"本时段新增{fresh:,}人，上时段{earlier:,}人，{beside}")
    if total.corrected:
        found.append(f"累计数含对已锁定日期的更正{total.corrected:+,}人")
    return [f"{one}。" for one in found]


def notes(
    number: int, figures: Figures, telling: Telling, made: tuple[PackTable, ...]
) -> list[tuple[str, str]]:
    """Return what stands on the sheet 说明: what a thing is, and what there is to say of it."""
    about = figures.about
    digest = hashlib.sha256(figures.text.encode()).hexdigest()
    found = [
        ("密级和范围", INTERNAL),
        ("依据的规定", LAW + OUR_WAY),
        ("点名和位次", told(telling)),
        ("情况", "".join(in_words(figures))),
        ("活动", f"{about.title}（{about.document}，{about.issuer}）"),
        ("快照", f"第{number}号，取数时间 {local_text(figures.at)}"),
        ("期间", stretch(figures)),
        ("快照校验码", f"SHA-256 {digest}"),
        ("日志检查点", checkpoint(figures) or "取数时还没有检查点"),
        ("归属规则版本", figures.terms),
        ("平台数据", _platform(figures)),
        ("锁定", _locked(figures)),
        ("合计怎样核对", "各表的合计是快照里的数；表末“核对”一行由表格软件把各行加起来，"
         "应与合计相同。银行表只加银行，不再加网点；网点表和部门表把“以外”一行加上。"),
        ("并入和停用", "并入的单位从生效那天起与接收单位合为一行，写“含”；停用的有数才列，"
         "不再有任务；各从哪天起见“变动”。"),
    ]
    return [*found, *((f"栏目：{headings}", words) for headings, words in meanings(made))]


def told(telling: Telling) -> str:
    """Return what the campaign lets papers say of single units."""
    if not telling.naming:
        return "本活动设置为不点名：只写各档有几个单位，不写是哪几个，也不排位。"
    if not telling.ranking:
        return "本活动设置为点名但不排位，只供内部。"
    return "本活动设置为内部点名、内部排位；位次只供内部安排工作，可在“活动设置”里关掉。"


def _platform(figures: Figures) -> str:
    if figures.told is None:
        return "平台还没有提供过数据。"
    return (
        f"到取数时收到 {figures.batches:,} 批，最近一批 {local_text(figures.told)}，"
        f"编号 {figures.last_batch}"
    )


def _locked(figures: Figures) -> str:
    if not figures.locked:
        return "还没有锁定的日期。"
    last = date_of(figures.locked) - timedelta(days=1)
    return f"{last} 及以前的数已锁定；之后对这些天的更正，算在作出更正的那一期。"


def _days(figures: Figures) -> int:
    return (figures.last_day - figures.first_day).days + 1


def _span(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} 至 {last}"


def _long(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
