"""
Periods as people type and read them in the console: 到 is the last day itself.

The end is exclusive everywhere else, so that periods neither overlap nor gap; an office that
reads "到 11月5日" means the fifth with it, and one that meant it so lost a day of its week. Turned
in this one place, and nowhere twice. A link of before, with ``until``, means what it meant.
"""
from collections.abc import Mapping

from attribution.reports import progress
from attribution.rule.instants import (
    DAY,
    SECOND,
    Instant,
    day_of,
    day_start,
    local_text,
    parse_instant,
)

# Presets of what is new: days with today, and how they are said.
PRESETS = {"1": "今天", "7": "最近7天", "14": "最近14天", "30": "最近30天"}
USUAL = "7"


def after(text: str) -> Instant:
    """
    Return the first instant after what *text* names: a day, or a moment to its second.

    Raises:
        ValueError: it is no time.
    """
    instant = parse_instant(text)
    return instant + (DAY if len(text.strip()) <= len("2026-11-05") else SECOND)


def date_text(instant: Instant) -> str:
    """Return the Shanghai day of *instant* as a field of a form holds it."""
    return local_text(instant)[:10]


def last_day(until: int) -> str:
    """Return the last day before the day *until* (yyyymmdd)."""
    return date_text(day_start(until) - 1)


def bounds(chosen: Mapping[str, str]) -> tuple[Instant | None, Instant | None]:
    """
    Return the period in a query, its end exclusive; None where it has no bound.

    Raises:
        ValueError: one of them is no time.
    """
    since, to, until = (chosen.get(name, "") for name in ("since", "to", "until"))
    end = after(to) if to else parse_instant(until) if until else None
    return parse_instant(since) if since else None, end


def fields(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the period in a query as the fields 从 and 到 hold it; '' for what is none."""
    try:
        since, until = bounds(chosen)
    except ValueError:
        return {"since": "", "to": ""}
    return {
        "since": "" if since is None else date_text(since),
        "to": "" if until is None else date_text(until - 1),
    }


def span(since: int, until: int) -> dict[str, str]:
    """Return the days *since* to *until* (yyyymmdd, exclusive) as a query."""
    return {"since": date_text(day_start(since)), "to": last_day(until)}


def chosen_period(
    chosen: dict[str, str], shown: str, now: Instant
) -> tuple[tuple[int, int], str]:
    """
    Return the days of what is new, and how they are said; *chosen* keeps only what holds.

    A preset wins over dates that stand there from before. Dates win where they were typed
    beside the preset that the page had *shown*, for that is no choice.

    Raises:
        ValueError: what was typed is no date, or no such preset.
    """
    preset, typed = chosen.get("period", ""), chosen.get("from") or chosen.get("to")
    if typed and (not preset or preset == shown):
        chosen.pop("period", None)
        since = parse_instant(chosen.get("from") or "2000-01-01")
        last = parse_instant(chosen["to"]) if chosen.get("to") else now
        since, last = min(since, last), max(since, last)
        days = day_of(since), progress.last_days(last, 1)[1]
        first = "" if not chosen.get("from") else date_text(since)
        return days, f"{first} 至 {date_text(last)}".strip()
    for name in ("from", "to"):
        chosen.pop(name, None)
    if (preset or USUAL) not in PRESETS:
        raise ValueError("no such period")
    return progress.last_days(now, int(preset or USUAL)), PRESETS[preset or USUAL]
