"""What others did, for the strip on one's next page: a line for each of one person and kind."""
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from attribution.store.engine.database import Row
from attribution.web.console import audit_words, people

MOST = 6


class NewsLine(NamedTuple):
    """What somebody did, so many times, at last at *at*."""

    title: str
    who: str
    at: int
    times: int
    text: str


class News(NamedTuple):
    """The lines, how many deeds they and the *left* ones are, and the newest entry's number."""

    lines: list[NewsLine]
    deeds: int
    left: int
    upto: int


def news(rows: Iterable[Row], units: Mapping[str, str]) -> News | None:
    """Return what the entries *rows*, newest first, say; None where there is none.

    *units* are the names of units by their ids.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["who"], row["what"]), []).append(row)
    if not found:
        return None
    groups = list(found.values())
    lines = [
        NewsLine(
            audit_words.title(of[0]["what"]), people.person(of[0]["who"]), of[0]["at"],
            len(of),
            audit_words.plain(of[0]["what"], of[0]["detail"], units) if len(of) == 1 else "",
        )
        for of in groups[:MOST]
    ]
    return News(
        lines, sum(map(len, groups)), sum(map(len, groups[MOST:])), int(groups[0][0]["n"])
    )
