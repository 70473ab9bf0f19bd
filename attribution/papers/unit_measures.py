"""
The measures of a unit that the data for 考核 are made of, each with where its rows are.

A measure says how it is counted, and by which export and which filter its rows are listed, so that
nobody has to believe a cell. There is no score and no rank among them: the document leaves the
rules to the county's office.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from attribution.reports import pace
from attribution.reports.figures import Figures
from attribution.reports.lines import Line

MeasureValue = int | Decimal | str | None


@dataclass(frozen=True)
class Measured:
    """A *line* of a table of *figures*, whose *before* counted the stretch before."""

    figures: Figures
    line: Line
    before: int = 0

    def count(self, kind: str) -> int:
        return self.line.counts.get(kind, 0)

    def sum_of(self, by_unit: Mapping[str, int]) -> int:
        """Return what *by_unit* adds up to over the line's codes."""
        if self.line.units is None:
            return sum(by_unit.values())
        return sum(by_unit.get(code, 0) for code in self.line.units)

    @property
    def done(self) -> int:
        return self.count("effective")


@dataclass(frozen=True)
class Measure:
    """
    One measure.

    Args:
        kind: ``count`` a whole number; ``rate`` with two places; ``word``.
        rows: Which rows it counts: an export, and the filter on it beside the codes and the days;
            '' where it follows from other cells, which *how* names.
    """

    key: str
    heading: str
    kind: str
    value: Callable[[Measured], MeasureValue]
    how: str
    rows: str = ""


def _expected(one: Measured) -> int | None:
    target = one.line.target
    return None if target is None else one.figures.pace.expected(target)


def _ahead(one: Measured) -> int | None:
    expected = _expected(one)
    return None if expected is None else one.done - expected


def _counted(kind: str) -> Callable[[Measured], MeasureValue]:
    return lambda one: one.count(kind)


def _share(of: str, whole: str) -> Callable[[Measured], MeasureValue]:
    return lambda one: pace.rate(one.count(of), one.count(whole))


MEASURES: tuple[Measure, ...] = (
    Measure("target", "指导任务数", "count", lambda one: one.line.target,
            "附件1（改过的从改的那天起）；部门和银行的码没有任务，空着，不是0"),
    Measure("effective", "有效新用户", "count", _counted("effective"),
            "活动时间里新注册、绑了卡、付过一笔，每人只计一个单位", "credits"),
    Measure("rate", "完成率（%）", "rate", lambda one: one.line.rate, "有效新用户÷指导任务数"),
    Measure("expected", "按时序应到", "count", _expected, "指导任务数×时序进度"),
    Measure("ahead", "比应到多", "count", _ahead, "有效新用户－按时序应到；负数是少"),
    Measure("gap", "时序进度差（百分点）", "rate", lambda one: one.line.gap(one.figures.share),
            "完成率－时序进度"),
    Measure("degree", "快慢", "word", lambda one: one.line.degree(one.figures.share).word,
            "按进度差：±2以内正常，落后2个以上滞后，落后10个以上严重滞后"),
    Measure("fresh", "本时段新增", "count", lambda one: one.line.fresh,
            "本时段几天里的有效新用户", "credits，只选本时段的天"),
    Measure("before", "上时段新增", "count", lambda one: one.before,
            "前面同样多的天里的有效新用户，含更正", "credits，只选上时段的天"),
    Measure("scan", "扫码", "count", _counted("scan"),
            "去掉预览、机器打开的", "scans，state=counted"),
    Measure("claimant", "登记", "count", _counted("claimant"),
            "每人每个单位算一次", "claims，state=first"),
    Measure("assisted", "其中柜台协助", "count", _counted("assisted"),
            "首次登记是在柜台办的", "claims，state=first，“打开方式代码”是 counter 的行"),
    Measure("registered", "注册", "count", _counted("registered"),
            "登记过的人里平台说已注册的", "attribution，state=registered，看“注册时间”"),
    Measure("bound", "绑卡", "count", _counted("bound"),
            "其中平台说已绑卡的", "attribution，state=bound，看“绑卡时间”"),
    Measure("registered_share", "注册／登记（%）", "rate", _share("registered", "claimant"),
            "注册÷登记"),
    Measure("bound_share", "绑卡／注册（%）", "rate", _share("bound", "registered"), "绑卡÷注册"),
    Measure("paid_share", "有效新用户／绑卡（%）", "rate", _share("effective", "bound"),
            "有效新用户÷绑卡：绑卡后付过款、又都在时间里的"),
    Measure("by_number", "依据：号码", "count",
            lambda one: one.done - one.count("effective_hash") - one.count("effective_masked"),
            "平台给的是完整号码", "credits，“数据依据”是“号码”的行"),
    Measure("by_hash", "依据：哈希", "count", _counted("effective_hash"),
            "平台给的是号码的哈希", "credits，“数据依据”是“哈希”的行"),
    Measure("by_mask", "依据：掩码", "count", _counted("effective_masked"),
            "平台给的是打码的号码", "credits，“数据依据”是“掩码”的行"),
    Measure("held", "待核查登记", "count", lambda one: one.sum_of(one.figures.held),
            "先放在一边、等人核实的登记，核实后才算", "claims，state=held"),
    Measure("turned", "归属后又转出、撤销", "count", lambda one: one.sum_of(one.figures.turned),
            "曾经计给它、后来改走或撤销的次数",
            "attribution，state=reversed 是撤销的；改给别家的见后台“更正”"),
    Measure("corrected", "其中锁定后更正", "count", lambda one: one.line.corrected,
            "已锁定的天，后来更正带来（正）或拿走（负）的有效新用户，已算在内", "后台“更正”"),
)
