"""
Which rows of a table are no items of it: totals, notes at the foot, rules of dashes.

A total that is taken for a person or a town counts twice, so it is known by its word, or by the
name of the whole; where there is neither, by being the sum of its neighbours, which only a table
of numbers can say.
"""
import re
from collections.abc import Collection, Sequence
from enum import Enum

from qrgen.tables.cells import TableRow, is_blank
from qrgen.tables.headings import key_of


class Apart(Enum):
    """What a row is that is no item."""

    TOTAL = "total"
    NOTE = "note"
    RULE = "rule"


_TOTAL = re.compile(
    r".{0,12}(合计|总计|小计|共计|总和|累计|汇总)(\(.*\))?(\d+[户人条笔个元]?|[::].{0,12})?|(grand|sub)?total:?|sum"
)
_NOTE = re.compile(
    r"(注|备注|说明|附注|附|制表|填表|审核|复核|负责人|导出|打印|生成|数据来源|统计口径)(人|时间|日期)?\d?[:：.、]"
    r"|(共|总共|合计)\d+(条|笔|户|人|行|页|项)|第\d+页|[-—=*#]+.*(结束|完|end).*[-—=*#]*|以上|以下空白"
    r"|\(?(已选择)?\d+(行|rows?)(inset|selected|affected|受影响|。)"
)
# Lines that only draw: between headings and rows, and around a table as databases print it.
_RULE = re.compile(r"[-—_=*#·.:+|]{3,}")


def apart(row: TableRow, own_names: Collection[str] = ()) -> Apart | None:
    """
    Return what *row* is if it is no item of its table; None if it is one.

    Known by its words alone, which stand in its first filled cells; numbers are not looked at.

    Args:
        own_names: How the whole is called, whose name some write before its total.
    """
    filled = [cell for cell in row.cells if not is_blank(cell)]
    words = [key_of(cell) for cell in filled[:3] if isinstance(cell, str)]
    if not words:
        return None
    if len(filled) <= 2 and _NOTE.match(words[0]):
        return Apart.NOTE
    if len(filled) == 1 and _RULE.match(words[0]):
        return Apart.RULE
    if all(isinstance(cell, str) and _RULE.fullmatch(key_of(cell)) for cell in filled):
        return Apart.RULE
    own = {key_of(name) for name in own_names}
    if any(_TOTAL.fullmatch(word) or word in own for word in words):
        return Apart.TOTAL
    return None


def sums(values: Sequence[float | None], slack: float = 1e-6) -> dict[int, list[int]]:
    """
    Return which of *values* are sums of others: place -> the places that it adds up.

    A value may be the sum of the two or more before it (back to the last sum), of all items
    before or after it, or of all sums before it. That can be chance in a short list, so it is
    for asking somebody, or beside a word that says so.
    """
    found: dict[int, list[int]] = {}
    told = [place for place, value in enumerate(values) if value is not None]
    if not told:
        return found
    first, others = told[0], told[1:]
    if _adds_up(values, first, others, slack):
        found[first] = others
    since: list[int] = []  # items after the last sum
    items: list[int] = []
    partial: list[int] = []  # sums of parts, which a last one adds up
    for place in told[1:] if first in found else told:
        for parts in (since, items, partial):
            if _adds_up(values, place, parts, slack):
                found[place] = list(parts)
                partial.append(place)
                since = []
                break
        else:
            since.append(place)
            items.append(place)
    return found


def _adds_up(
    values: Sequence[float | None], place: int, parts: Sequence[int], slack: float
) -> bool:
    total = values[place]
    if len(parts) < 2 or total is None or not total:
        return False
    return abs(sum(values[part] or 0 for part in parts) - total) <= slack * max(1, abs(total))
