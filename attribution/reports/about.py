"""
What a table is of, in words: the line above its headings.

A file outlives the page it was asked for on; who gets it a week later has nothing but the file.
"""
from collections.abc import Iterable

from attribution.rule.instants import Instant, local_text
from attribution.store.registry import Unit


def period_text(since: Instant | None, until: Instant | None) -> str:
    """Say a period, *until* exclusive, by its last day; '' where nothing bounds it."""
    first = "" if since is None else _moment(since, 0)
    last = "" if until is None else _moment(until, 1)
    if first and last:
        return first if first == last else f"{first} 至 {last}"
    return f"{first} 起" if first else f"至 {last}" if last else ""


def units_text(units: dict[str, Unit], ids: Iterable[str]) -> str:
    """Say units: each code with its name, of more than three the first and how many."""
    listed = list(ids)
    words = [f"{id} {units[id].name}" if id in units else id for id in listed]
    return "、".join(words) if len(words) <= 3 else f"{words[0]}等 {len(words)} 个码"


def about_text(
    *, period: str = "", whose: str = "", state: str = "", batch: str = "", more: str = "",
) -> str:
    """
    Say what a table is of; what does not restrict it is said too, where one might ask.

    Args:
        period, whose: As `period_text` and `units_text`; '' for all.
    """
    parts = [
        f"期间：{period or '全部'}", f"单位：{whose or '全部'}", f"状态：{state}" if state else "",
        f"批次：{batch}" if batch else "", more,
    ]
    return "　".join(filter(None, parts))


def _moment(instant: Instant, less: int) -> str:
    # Midnight bounds a day; any other moment is said as it is.
    if local_text(instant).endswith("00:00:00"):
        return local_text(instant - less)[:10]
    return local_text(instant)[:16]
